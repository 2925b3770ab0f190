//! What a change does to a schema and to rows: the statements that are new in it.

use crate::facts::sql::{Operation, Source, Statement};
use crate::review::deltas::compare::FilePair;
use std::collections::{HashMap, HashSet};

/// The statements that only one side of a change has.
pub struct Statements<'a> {
    /// Those that are new.
    pub new: Vec<Placed<'a>>,
    /// Those that are gone.
    pub gone: Vec<Placed<'a>>,
    /// The new ones that a deploy will run.
    forward: Vec<Placed<'a>>,
    born: HashSet<&'a str>,
    added: HashSet<(&'a str, &'a str)>,
}

/// A statement and its file.
#[derive(Clone, Copy)]
pub struct Placed<'a> {
    /// The file.
    pub file: &'a FilePair<'a>,
    /// The statement.
    pub statement: &'a Statement,
}

type Key<'a> = (Operation, &'a str, &'a str, &'a [String], &'a str, bool);

fn key(it: &Statement) -> Key<'_> {
    (
        it.operation,
        &it.table,
        &it.name,
        &it.filter,
        &it.detail,
        it.down,
    )
}

impl<'a> Statements<'a> {
    /// Compares the statements of both sides, wherever in the change they stand: one that has only
    /// moved to another file is neither new nor gone.
    pub fn of(files: &'a [FilePair<'a>]) -> Self {
        let mut balance: HashMap<Key<'_>, i64> = HashMap::new();
        for file in files {
            for it in &file.before.statements {
                *balance.entry(key(it)).or_default() -= 1;
            }
            for it in &file.after.statements {
                *balance.entry(key(it)).or_default() += 1;
            }
        }
        let mut new = Vec::new();
        let mut gone = Vec::new();
        for file in files {
            new.extend(only_in(
                file,
                &file.after.statements,
                &file.before.statements,
            ));
            gone.extend(only_in(
                file,
                &file.before.statements,
                &file.after.statements,
            ));
        }
        new.retain(|it| take(&mut balance, it.statement, 1));
        gone.retain(|it| take(&mut balance, it.statement, -1));
        let forward = || new.iter().map(|it| it.statement).filter(|it| !it.down);
        let born = forward()
            .filter(|it| it.operation == Operation::CreateTable)
            .map(|it| it.table.as_str())
            .collect();
        let added = forward()
            .filter(|it| it.operation == Operation::AddColumn)
            .map(|it| (it.table.as_str(), it.name.as_str()))
            .collect();
        let runs =
            |it: &Placed<'_>| !it.statement.down && !sows(&it.file.path) && !squashes(it.file);
        Self {
            forward: new.iter().copied().filter(runs).collect(),
            new,
            gone,
            born,
            added,
        }
    }

    /// The new ones that a deploy will run: not the way back, not seeds.
    pub fn forward(&self) -> impl Iterator<Item = Placed<'a>> + '_ {
        self.forward.iter().copied()
    }

    /// Whether a table is born in the same change, or lives for a moment only.
    pub fn fleeting(&self, placed: Placed<'_>) -> bool {
        let table = placed.statement.table.as_str();
        let file = &placed.file.after.statements;
        self.born.contains(table)
            || ["tmp", "temp", "#"].iter().any(|it| table.starts_with(it))
            || ["_tmp", "_temp"].iter().any(|it| table.ends_with(it))
            || file.iter().any(|it| match it.operation {
                Operation::CreateTable => it.table == table && !it.down,
                // SQLite's way to change a table: build anew, copy, drop, rename.
                Operation::RenameTable => {
                    it.detail == table || it.detail.ends_with(&format!(".{table}"))
                }
                // The same with a column.
                Operation::RenameColumn => {
                    placed.statement.operation == Operation::DropColumn
                        && it.table == table
                        && it.detail == placed.statement.name
                        && !it.down
                }
                _ => false,
            })
    }

    /// Whether a model by this name is a table that is born in the same change.
    pub fn is_new_table(&self, table: &str) -> bool {
        let table = plain(table);
        self.born.iter().any(|it| plain(it) == table)
    }

    /// Whether a column is new in the same change; the table may be named by its model.
    pub fn is_new_column(&self, table: &str, column: &str) -> bool {
        let plain_table = plain(table);
        self.added
            .iter()
            .any(|(of, name)| *name == column && plain(of) == plain_table)
            || self.is_new_table(table)
    }
}

/// A table's name as its model has it as well: no underscores, no plural.
fn plain(name: &str) -> String {
    name.replace('_', "").trim_end_matches('s').to_owned()
}

fn only_in<'a>(
    file: &'a FilePair<'a>,
    here: &'a [Statement],
    there: &[Statement],
) -> Vec<Placed<'a>> {
    let mut others: HashMap<Key<'_>, usize> = HashMap::new();
    for it in there {
        *others.entry(key(it)).or_default() += 1;
    }
    here.iter()
        .filter(|it| match others.get_mut(&key(it)) {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => true,
        })
        .map(|statement| Placed { file, statement })
        .collect()
}

fn take<'a>(balance: &mut HashMap<Key<'a>, i64>, it: &'a Statement, sign: i64) -> bool {
    let Some(count) = balance.get_mut(&key(it)) else {
        return false;
    };
    if *count * sign <= 0 {
        return false;
    }
    *count -= sign;
    true
}

impl Placed<'_> {
    /// The symbol that is shown: the class of a migration or the function that runs the statement;
    /// in a file of SQL the name of the migration.
    pub fn symbol(&self) -> String {
        const STEPS: [&str; 9] = [
            "change",
            "up",
            "Up",
            "safe_up",
            "safeUp",
            "upgrade",
            "down",
            "exports.up",
            "module.exports.up",
        ];
        let symbol = self.statement.symbol.as_str();
        if STEPS.contains(&symbol) || symbol.is_empty() {
            return stem(&self.file.path);
        }
        match symbol.rsplit_once('.') {
            Some((class, step)) if STEPS.contains(&step) => class.to_owned(),
            _ => symbol.to_owned(),
        }
    }

    /// The code, as it stands after the change.
    pub fn code(&self) -> &str {
        self.file.after.code(&self.statement.span)
    }

    /// `table.column`, or the table alone.
    pub fn named(&self) -> String {
        let it = self.statement;
        match (it.table.as_str(), it.name.as_str()) {
            (table, "") => table.to_owned(),
            ("", name) => name.to_owned(),
            (table, name) => format!("{table}.{name}"),
        }
    }

    /// Whether it stands in a migration, which a deploy runs once and for good.
    pub fn migrates(&self) -> bool {
        self.statement.source == Source::Call
            && matches!(
                self.statement.operation,
                Operation::DropColumn | Operation::DropTable
            )
            || is_migration(&self.file.path)
    }
}

/// The name of a file without its ending; of the folder where the file only says what it is.
pub fn stem(path: &str) -> String {
    let mut parts = path.rsplit('/');
    let name = parts.next().unwrap_or(path);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let stem = stem.strip_suffix(".up").unwrap_or(stem);
    match stem {
        "migration" | "up" | "down" | "index" => {
            parts.next().map_or(stem, |folder| folder).to_owned()
        }
        _ => stem.to_owned(),
    }
}

/// Whether a path is one of a migration.
pub fn is_migration(path: &str) -> bool {
    let path = path.to_lowercase();
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", &path));
    let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).count();
    folders.split('/').any(|it| {
        matches!(
            it,
            "migrations"
                | "migration"
                | "migrate"
                | "versions"
                | "changelog"
                | "changelogs"
                | "evolutions"
                | "changesets"
                | "alembic"
                | "liquibase"
                | "flyway"
                | "dbmigrate"
                | "schema_migrations"
                | "upgrades"
        ) || digits(it) >= 8
    }) || digits(name) >= 8
        || name.contains("changelog")
        || (name.starts_with('v') && digits(&name[1..]) > 0 && name.contains("__"))
}

/// Whether a file says anew what migrations that have run said before: Django's squashed ones.
fn squashes(file: &FilePair<'_>) -> bool {
    file.path.ends_with(".py") && file.after.text.contains("replaces = [")
}

/// Whether a path is of code that fills or empties a database of a developer.
fn sows(path: &str) -> bool {
    path.to_lowercase().split(['/', '_', '-', '.']).any(|it| {
        matches!(
            it,
            "seed"
                | "seeds"
                | "seeder"
                | "seeders"
                | "fixture"
                | "fixtures"
                | "test"
                | "tests"
                | "spec"
                | "specs"
                | "testdata"
                | "testutil"
                | "testing"
                | "e2e"
                | "demo"
                | "sample"
                | "samples"
                | "example"
                | "examples"
                | "benchmark"
        )
    })
}
