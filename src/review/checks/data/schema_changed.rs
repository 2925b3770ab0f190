use crate::facts::sql::Operation;
use crate::review::Context;
use crate::review::record::finding::Finding;
use std::collections::BTreeSet;

check! {
    /// The shape of what is stored changes.
    ///
    /// ## What it does
    /// Records every change of a schema: tables, columns, constraints and policies that a
    /// migration or a schema file makes, changes or takes away.
    ///
    /// ## Why it matters
    /// It tells which changes touch stored data at all, for the record and for whoever has to go
    /// back later.
    ///
    /// ## Example
    /// ```sql
    /// ALTER TABLE orders ADD COLUMN note text;
    /// ```
    ///
    /// ## Instead
    /// Nothing: this is a note, not an advice.
    "data/schema-changed", Data, RECORDS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    let statements = context.statements();
    let mut seen = BTreeSet::new();
    let both = statements
        .new
        .iter()
        .map(|it| (it, true))
        .chain(statements.gone.iter().map(|it| (it, false)));
    for (placed, new) in both {
        let it = placed.statement;
        if matches!(
            it.operation,
            Operation::Select | Operation::Insert | Operation::Delete | Operation::Update
        ) || !seen.insert((placed.file.path.as_str(), it.table.as_str()))
        {
            continue;
        }
        let finding = Finding::new(
            placed.file,
            &placed.symbol(),
            format!("{:?} {}", it.operation, placed.named()),
        );
        let finding = match new {
            true => finding.after(it.line, placed.code()),
            false => finding.before(it.line, placed.file.before.code(&it.span)),
        };
        out.push(
            finding
                .says(
                    format!("The schema of `{}` changes.", it.table),
                    "Nothing to do; this is for the record.",
                )
                .speaks_if(false),
        );
    }
}
