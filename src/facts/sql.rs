//! SQL statements, whichever file or migration tool they come from.
//!
//! A text is first cut into statements, each within bounds that no parser can be led beyond.
//! PostgreSQL's parser reads most of them, the other dialects read what it cannot.

mod dialects;
mod embedded;
mod liquibase;
mod plain;
mod postgres;
mod prisma;
mod split;

pub(super) use embedded::{Place, literal, read_embedded};
pub(super) use liquibase::{read_change_sets, read_changelog};
pub(super) use prisma::read_schema;

use super::tree::Span;
use split::Chunk;
use std::collections::HashMap;
use std::ops::RangeInclusive;

/// One statement, as far as the checks need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// What it does.
    pub operation: Operation,
    /// The table, lower case, without schema and quotes; empty where there is none.
    pub table: String,
    /// The column, constraint, index or other thing it is about; empty for the table itself.
    pub name: String,
    /// The columns that its condition compares, lower case, sorted.
    pub filter: Vec<String>,
    /// Anything else that distinguishes it, lower case: type, default, `on delete` action, policy
    /// expression, the columns that an update sets.
    pub detail: String,
    /// The line, from 1.
    pub line: u32,
    /// The bytes of the statement.
    pub span: Span,
    /// Whether it stands in the direction that undoes a migration.
    pub down: bool,
    /// The path of the scope that holds it; empty in a file of SQL.
    pub symbol: String,
    /// Where it was read.
    pub source: Source,
}

/// Where a statement was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// A file of SQL.
    File,
    /// A string of SQL in code.
    Text,
    /// A call of a migration tool or of an object mapper.
    Call,
}

/// What a parser makes of one statement, before it has a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parsed {
    operation: Operation,
    table: String,
    name: String,
    filter: Vec<String>,
    detail: String,
}

impl Parsed {
    fn new(operation: Operation, table: &str, name: &str) -> Self {
        Self {
            operation,
            table: identifier(table),
            name: identifier(name),
            filter: Vec::new(),
            detail: String::new(),
        }
    }

    fn detail(mut self, detail: &str) -> Self {
        self.detail = words(detail);
        self
    }

    fn filter(mut self, mut filter: Vec<String>) -> Self {
        filter.sort();
        filter.dedup();
        self.filter = filter;
        self
    }
}

/// Statements of a text, and the lines that could not be read.
#[derive(Debug, Default)]
pub(super) struct Statements {
    pub(super) found: Vec<Statement>,
    pub(super) broken: Vec<RangeInclusive<u32>>,
}

/// What the parsers made of statements that were read before, by their code: the two sides of a
/// file have most of them in common.
pub(super) type Known<'t> = HashMap<&'t str, Option<Vec<Parsed>>>;

/// The statements of a file of SQL.
pub(super) fn read_file<'t>(path: &str, text: &'t str, known: &mut Known<'t>) -> Statements {
    let mut out = Statements::default();
    let undoes = undoes(path);
    for chunk in split::chunks(text) {
        let code = &text[chunk.span.clone()];
        let Some(parsed) = parse(&chunk, code, known) else {
            out.broken.push(chunk.line..=chunk.end_line);
            continue;
        };
        for parsed in parsed {
            out.found.push(Statement {
                operation: parsed.operation,
                table: parsed.table,
                name: parsed.name,
                filter: parsed.filter,
                detail: parsed.detail,
                line: chunk.line,
                span: chunk.span.start as u32..chunk.span.end as u32,
                down: undoes || chunk.down,
                symbol: String::new(),
                source: Source::File,
            });
        }
    }
    out
}

/// Whether a path names the undoing half of a migration.
fn undoes(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let stem = name.strip_suffix(".sql").unwrap_or(&name);
    stem == "down"
        || [".down", "_down", "-down", ".undo", ".rollback", "_rollback"]
            .iter()
            .any(|end| stem.ends_with(end))
        || (name.starts_with('u') && name.contains("__") && name[1..].starts_with(char::is_numeric))
}

/// Reads one statement. None where no parser can.
fn parse<'t>(chunk: &Chunk, code: &'t str, known: &mut Known<'t>) -> Option<Vec<Parsed>> {
    match chunk.head(code) {
        split::Head::Nothing => Some(Vec::new()),
        split::Head::Known(parsed) => Some(vec![parsed]),
        split::Head::Unbounded => None,
        split::Head::Parse => known
            .entry(code)
            .or_insert_with(|| postgres::parse(code).or_else(|| dialects::parse(code)))
            .clone(),
    }
}

/// A name without schema and quotes, lower case.
pub(super) fn identifier(name: &str) -> String {
    let last = name.rsplit('.').next().unwrap_or(name);
    last.trim()
        .trim_matches(|it| matches!(it, '"' | '`' | '[' | ']' | '\''))
        .to_lowercase()
}

/// Code on one line, lower case, quotes of names taken out.
fn words(code: &str) -> String {
    let plain: String = code.chars().filter(|it| !matches!(it, '"' | '`')).collect();
    plain
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// A table is born.
    CreateTable,
    /// A table goes.
    DropTable,
    /// A table gets another name.
    RenameTable,
    /// A schema or database goes.
    DropSchema,
    /// A column is born.
    AddColumn,
    /// A column goes.
    DropColumn,
    /// A column gets another name.
    RenameColumn,
    /// A column gets another type.
    ChangeType,
    /// A column may no longer be empty.
    SetNotNull,
    /// A column may be empty again.
    DropNotNull,
    /// A column gets another default.
    SetDefault,
    /// A foreign key is added; `detail` is what happens to its rows when the other row goes.
    AddForeignKey,
    /// Any other constraint is added.
    AddConstraint,
    /// A constraint goes.
    DropConstraint,
    /// An index is built.
    CreateIndex,
    /// An index goes.
    DropIndex,
    /// Row-level security is switched on.
    EnableRowSecurity,
    /// Row-level security is switched off.
    DisableRowSecurity,
    /// A policy is made or changed.
    Policy,
    /// A policy goes.
    DropPolicy,
    /// Rights are given; `detail` is the whole statement.
    Grant,
    /// Rights are taken away.
    Revoke,
    /// A role is made or changed; `detail` is the whole statement.
    Role,
    /// A trigger or a rule is made, or switched on again; `detail` are its events.
    CreateTrigger,
    /// A trigger or a rule goes, or is switched off.
    DropTrigger,
    /// Every row goes.
    Truncate,
    /// Rows go.
    Delete,
    /// Rows change.
    Update,
    /// Rows are read.
    Select,
    /// Rows are added.
    Insert,
}
