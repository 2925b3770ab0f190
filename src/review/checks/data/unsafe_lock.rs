use crate::facts::sql::Operation;
use crate::review::Context;
use crate::review::queries::schema::is_migration;
use crate::review::record::finding::Finding;

check! {
    /// A migration may stop writes to a table while it runs.
    ///
    /// ## What it does
    /// Records when an index is built on an existing table without doing so concurrently, or a
    /// foreign key is added that checks every row at once. It speaks when a migration built the same
    /// index concurrently before.
    ///
    /// ## Why it matters
    /// On a large table everybody who writes to it waits until the migration is through.
    ///
    /// ## Example
    /// ```ruby
    /// add_index :orders, :customer_id
    /// ```
    ///
    /// ## Instead
    /// Build the index concurrently; add the key without checking, and check it later.
    "data/unsafe-lock", Data, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    let statements = context.statements();
    for placed in statements.forward() {
        let it = placed.statement;
        let what = match it.operation {
            Operation::CreateIndex if !it.detail.contains("concurrently") => "An index is built on",
            Operation::AddForeignKey if !it.detail.contains("not valid") => {
                "A foreign key is checked on"
            }
            _ => continue,
        };
        if statements.is_new_column(&it.table, &it.name) || statements.fleeting(placed) {
            continue;
        }
        // It was built beside the work of everybody else.
        let beside = statements.gone.iter().any(|gone| {
            let was = gone.statement;
            was.operation == Operation::CreateIndex
                && was.detail.contains("concurrently")
                && !was.down
                && (&was.table, &was.name) == (&it.table, &it.name)
        });
        out.push(
            Finding::new(
                placed.file,
                &placed.symbol(),
                format!("lock {} {}", it.table, it.name),
            )
            .after(it.line, placed.code())
            .says(
                format!(
                    "{what} the table `{}` in one go. On a large table, everybody who writes to it waits meanwhile.",
                    it.table
                ),
                "Build it concurrently, or in two steps, where the table is large.",
            )
            .speaks_if(beside && is_migration(&placed.file.path)),
        );
    }
}
