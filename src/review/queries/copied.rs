//! Whether a migration copies what a column holds before it drops the column.

use super::schema::{Placed, is_migration};
use crate::facts::sql::{Operation, Source, Statement};
use crate::facts::tree::ScopeKind;
use crate::facts::undoes;
use crate::facts::words::words;
use crate::review::deltas::compare::SideFacts;

/// Where one side of a migration copies all that a column that it drops holds, as far as it can be
/// told: the line.
pub(crate) fn copied(side: &SideFacts<'_>, dropped: &Statement) -> Option<u32> {
    let column = dropped.name.as_str();
    if dropped.operation != Operation::DropColumn || column.is_empty() {
        return None;
    }
    let written = side
        .statements
        .iter()
        .filter(|it| !it.down && (it.line <= dropped.line || it.symbol != dropped.symbol));
    let said = written
        .filter(|it| takes_over(side, it, dropped))
        .map(|it| it.line);
    said.chain(by_code(side, dropped)).next()
}

/// The line at which a migration that stands on both sides copied what it drops, where it no longer
/// does and still drops it.
pub(crate) fn copy_gone(
    path: &str,
    before: &SideFacts<'_>,
    after: &SideFacts<'_>,
    dropped: &Statement,
) -> Option<u32> {
    let same = |it: &&Statement| {
        it.operation == dropped.operation
            && it.table == dropped.table
            && it.name == dropped.name
            && !it.down
    };
    let was = before.statements.iter().find(same)?;
    let told = || copied(before, was);
    (is_migration(path) && copied(after, dropped).is_none()).then(told)?
}

/// Whether a statement writes what a column holds somewhere else, for all rows.
fn takes_over(side: &SideFacts<'_>, it: &Statement, dropped: &Statement) -> bool {
    let column = dropped.name.as_str();
    match it.operation {
        Operation::Update if it.source != Source::Call => {
            let reads = it
                .detail
                .split_once('=')
                .is_some_and(|(_, values)| says(values, column));
            // Rows are found by their keys.
            let mut joined = it.filter.iter().filter(|it| *it != column && *it != "?");
            reads && !cuts(&it.detail) && joined.all(|it| it == "id" || it.ends_with("_id"))
        }
        Operation::Insert => {
            let code = side.code(&it.span).to_lowercase();
            let Some((_, query)) = code.split_once("select") else {
                return false;
            };
            let (chosen, from) = query
                .split_once(" from ")
                .unwrap_or_else(|| query.split_once("\nfrom ").unwrap_or((query, "")));
            let limited = from
                .split_once("where")
                .is_some_and(|(_, condition)| !says(condition, column));
            let joined = from.replace("left join", "").contains("join");
            (says(chosen, column) || chosen.contains('*'))
                && says(from, &dropped.table)
                && !limited
                && !joined
                && !cuts(chosen)
        }
        _ => false,
    }
}

/// Whether a value loses something on its way.
fn cuts(code: &str) -> bool {
    ["trunc", "floor", "ceil", "::date", "as date", "md5", "sha"]
        .iter()
        .any(|it| code.contains(it))
}

/// Whether a word stands in a text.
fn says(text: &str, word: &str) -> bool {
    text.split(|it: char| !(it.is_alphanumeric() || it == '_'))
        .any(|it| it.eq_ignore_ascii_case(word))
}

/// Whether a function of the migration reads the column of each row and writes others.
fn by_code(side: &SideFacts<'_>, dropped: &Statement) -> Option<u32> {
    if dropped.source == Source::File {
        return None;
    }
    let functions = side
        .tree
        .scopes
        .iter()
        .filter(|it| it.kind == ScopeKind::Function && !undoes(&it.name));
    // Django runs what `RunPython(fill, empty)` names first.
    let runs: Vec<&str> = side
        .facts
        .calls
        .iter()
        .filter(|it| it.name == "RunPython")
        .filter_map(|it| Some(it.arguments.first()?.value.last_name()))
        .collect();
    for scope in functions {
        if !runs.is_empty() && !runs.contains(&scope.name.as_str()) {
            continue;
        }
        let code = side.code(&scope.span);
        let writes = ["update", "save", "insert", "create("]
            .iter()
            .any(|it| code.contains(it));
        if !writes {
            continue;
        }
        for (index, line) in code.lines().enumerate() {
            let plain = line.to_lowercase();
            let aside = [
                "drop",
                "remove",
                "add_column",
                "addcolumn",
                "rename",
                "alter",
            ]
            .iter()
            .any(|it| plain.contains(it));
            if !aside && reads(line, &dropped.name) {
                return Some(scope.line + u32::try_from(index).unwrap_or_default());
            }
        }
    }
    None
}

/// Whether a line reads a column: what it is given, in an update or by itself, is none.
fn reads(line: &str, column: &str) -> bool {
    let part = |it: char| it.is_alphanumeric() || it == '_';
    let lower = line.to_lowercase();
    lower.match_indices(column).any(|(at, _)| {
        let (before, rest) = lower.split_at(at);
        let after = rest.get(column.len()..).unwrap_or_default();
        if before.ends_with(part) || after.starts_with(part) {
            return false;
        }
        let after = after
            .trim_start_matches(['"', '\'', '`', ']', ')'])
            .trim_start();
        let given = after.starts_with('=') && !after.starts_with("==") || after.starts_with(':');
        let asked = before.rsplit_once('(').is_some_and(|(name, _)| {
            ["filter", "exclude", "where", "get"]
                .iter()
                .any(|it| name.ends_with(it))
        });
        !given || asked
    })
}

/// Whether a column was added by a file of migrations that says itself that it was never released.
pub(crate) fn unreleased(placed: &Placed<'_>) -> bool {
    let gone = placed.statement;
    let never = words(&placed.file.path).iter().any(|it| it == "unreleased");
    let adds = |it: &Statement| {
        let born = matches!(it.operation, Operation::AddColumn | Operation::CreateTable);
        born && it.table == gone.table && it.name == gone.name && !it.down
    };
    never && placed.file.before.statements.iter().any(adds)
}
