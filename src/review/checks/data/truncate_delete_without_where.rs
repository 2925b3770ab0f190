use crate::facts::sql::{Operation, Source};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::queries::schema::{Placed, is_migration};
use crate::review::record::finding::Finding;

check! {
    /// Every row of a table is deleted.
    ///
    /// ## What it does
    /// Speaks when a new statement or call empties a table: `DELETE` without a condition,
    /// `TRUNCATE`, or an object mapper that deletes everything. A routine whose name says that it
    /// resets or clears is only recorded.
    ///
    /// ## Why it matters
    /// A forgotten condition deletes the rows of every customer instead of one.
    ///
    /// ## Example
    /// ```python
    /// Invoice.objects.all().delete()
    /// ```
    ///
    /// ## Instead
    /// Add a condition, count what it matches first, and run it in a transaction.
    "data/truncate-delete-without-where", Data, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    let statements = context.statements();
    for placed in statements.forward() {
        let it = placed.statement;
        let empties = match it.operation {
            Operation::Truncate => true,
            Operation::Delete => it.filter.is_empty(),
            _ => false,
        };
        if !empties {
            continue;
        }
        let speaks = !statements.fleeting(placed)
            && !it.table.is_empty()
            && !copied(placed)
            && (is_migration(&placed.file.path) || it.source != Source::File)
            && !resets(placed);
        out.push(
            Finding::new(
                placed.file,
                &placed.symbol(),
                format!("delete all of {}", it.table),
            )
            .after(it.line, placed.code())
            .says(
                format!(
                    "This deletes every row of `{}`: nothing says which rows are meant.",
                    it.table.replace("hole__", "…")
                ),
                "Add a condition that names the rows, count them first, and run it in a transaction.",
            )
            .speaks_if(speaks),
        );
    }
}

/// Whether the rows were put elsewhere in the same step, or the table is a cache.
fn copied(placed: Placed<'_>) -> bool {
    let table = &placed.statement.table;
    words(table)
        .iter()
        .any(|it| matches!(it.as_str(), "cache" | "caches" | "queue" | "lock" | "locks"))
}

/// Whether the routine says by its name that it empties things.
fn resets(placed: Placed<'_>) -> bool {
    let path = placed.file.path.to_lowercase();
    if is_migration(&path) {
        return false;
    }
    words(&placed.statement.symbol)
        .iter()
        .chain(&words(&path))
        .any(|it| {
            matches!(
                it.as_str(),
                "reset"
                    | "clear"
                    | "wipe"
                    | "flush"
                    | "truncate"
                    | "all"
                    | "purge"
                    | "clean"
                    | "cleanup"
                    | "empty"
                    | "rebuild"
                    | "reindex"
                    | "teardown"
                    | "drop"
                    | "prune"
                    | "sync"
                    | "refresh"
                    | "restore"
                    | "import"
                    | "dev"
                    | "debug"
            )
        })
}
