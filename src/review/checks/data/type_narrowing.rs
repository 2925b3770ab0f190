use crate::facts::sql::Operation;
use crate::review::Context;
use crate::review::record::finding::Finding;

check! {
    /// A column of a table that already has rows takes less than it did.
    ///
    /// ## What it does
    /// Records when the type of an existing column changes, or when it may no longer be empty.
    ///
    /// ## Why it matters
    /// Rows that do not fit make the migration fail in production, or are cut.
    ///
    /// ## Example
    /// ```sql
    /// ALTER TABLE users ALTER COLUMN username SET NOT NULL;
    /// ```
    ///
    /// ## Instead
    /// Fill and check the rows first, then tighten the column.
    "data/type-narrowing", Data, RECORDS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    let statements = context.statements();
    for placed in statements.forward() {
        let it = placed.statement;
        let what = match it.operation {
            Operation::ChangeType => "gets another type",
            Operation::SetNotNull => "may no longer be empty",
            _ => continue,
        };
        if statements.is_new_column(&it.table, &it.name) || statements.fleeting(placed) {
            continue;
        }
        out.push(
            Finding::new(
                placed.file,
                &placed.symbol(),
                format!("narrow {} {}", placed.named(), it.detail),
            )
            .after(it.line, placed.code())
            .says(
                format!(
                    "The column `{}` {what}. Rows that are already there and do not fit will make this fail, or will be cut.",
                    placed.named()
                ),
                "Count the rows that do not fit, mend them first, and then change the column.",
            )
            .speaks_if(false),
        );
    }
}
