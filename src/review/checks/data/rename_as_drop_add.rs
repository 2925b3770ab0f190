use crate::facts::sql::{Operation, Statement};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::queries::schema::{Placed, Statements};
use crate::review::record::finding::Finding;

check! {
    /// A rename is written as dropping one column and adding another.
    ///
    /// ## What it does
    /// Speaks when one migration drops exactly one column of a table and adds exactly one whose
    /// name is like it, and nothing copies the values over.
    ///
    /// ## Why it matters
    /// The new column starts empty. What stood in the old one is lost, for every row.
    ///
    /// ## Example
    /// ```sql
    /// ALTER TABLE users DROP COLUMN full_name;
    /// ALTER TABLE users ADD COLUMN name text;
    /// ```
    ///
    /// ## Instead
    /// Rename the column, or add the new one, copy the values, and drop the old one in a later
    /// release.
    "data/rename-as-drop-add", Data, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    let statements = context.statements();
    for (drop, add) in renames(statements) {
        out.push(
            Finding::new(
                drop.file,
                &drop.symbol(),
                format!("drop {} add {}", drop.named(), add.named()),
            )
            .after(drop.statement.line, drop.code())
            .says(
                format!(
                    "The column `{}` is dropped and `{}` is added in the same step. If this is a rename, every value of the old column is lost: the new one starts empty.",
                    drop.named(),
                    add.statement.name,
                ),
                "Rename the column instead, or copy the values first and drop the old column in a later release.",
            ),
        );
    }
}

/// Columns that are dropped where one with a like name is added, and nothing copies the values.
pub(super) fn renames<'a>(statements: &Statements<'a>) -> Vec<(Placed<'a>, Placed<'a>)> {
    let mut found = Vec::new();
    let of = |operation: Operation, drop: Option<Placed<'a>>| -> Vec<Placed<'a>> {
        statements
            .new
            .iter()
            .copied()
            .filter(|it| {
                !it.statement.down
                    && it.statement.operation == operation
                    && drop.is_none_or(|drop| {
                        drop.file.path == it.file.path && drop.statement.table == it.statement.table
                    })
            })
            .collect()
    };
    for drop in statements
        .forward()
        .filter(|it| it.statement.operation == Operation::DropColumn)
    {
        let drops = of(Operation::DropColumn, Some(drop));
        let adds = of(Operation::AddColumn, Some(drop));
        let ([_], [add]) = (&drops[..], &adds[..]) else {
            continue;
        };
        if copies(&drop.file.after.statements, &drop.statement.table)
            || statements.fleeting(drop)
            || runs_code(drop)
            || !alike(&drop.statement.name, &add.statement.name)
        {
            continue;
        }
        found.push((drop, *add));
    }
    found
}

fn copies(statements: &[Statement], table: &str) -> bool {
    statements.iter().any(|it| {
        matches!(it.operation, Operation::Update | Operation::Insert)
            && !it.down
            && (it.table == table || it.table.contains("hole__"))
    })
}

/// A migration that runs code of its own may well copy the values there.
fn runs_code(placed: Placed<'_>) -> bool {
    [
        "RunPython",
        "find_each",
        "update_all",
        "update!",
        "->update(",
        "update_columns",
    ]
    .iter()
    .any(|it| placed.file.after.text.contains(it))
}

/// Whether one name may be a new name of the other.
fn alike(old: &str, new: &str) -> bool {
    const COMMON: [&str; 9] = [
        "id", "at", "is", "has", "type", "count", "date", "new", "old",
    ];
    if old == new {
        return false;
    }
    let (old_words, new_words) = (words(old), words(new));
    let shares = old_words
        .iter()
        .any(|it| !COMMON.contains(&it.as_str()) && new_words.contains(it));
    let holds = |outer: &str, inner: &str| inner.len() >= 4 && outer.contains(inner);
    shares || holds(old, new) || holds(new, old) || strsim::normalized_levenshtein(old, new) >= 0.6
}
