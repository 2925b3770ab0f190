use super::rename_as_drop_add::renames;
use crate::facts::sql::{Operation, Source};
use crate::review::Context;
use crate::review::queries::copied::{copied, copy_gone, unreleased};
use crate::review::queries::schema::Placed;
use crate::review::record::finding::Finding;
use std::collections::BTreeMap;

check! {
    /// A table, a column or a whole schema is dropped.
    ///
    /// ## What it does
    /// Speaks when a migration, a script or code that is new in the change drops a table, a column
    /// or a schema. It stays silent about the way back of a migration, about tables that are born
    /// in the same change, and about tables that only live for a moment. A column whose values the
    /// migration copies for every row before it drops it is only recorded; where a migration that is
    /// already there no longer copies them and still drops it, it speaks.
    ///
    /// ## Why it matters
    /// What is dropped is gone for good: going back to the earlier code does not bring the values
    /// back, and code that still runs during the deploy may ask for them.
    ///
    /// ## Example
    /// ```sql
    /// ALTER TABLE customers DROP COLUMN phone;
    /// ```
    ///
    /// ## Instead
    /// Take two releases: first stop reading and writing it, then drop it. Name the backup that
    /// still has it.
    "data/drop", Data, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    no_longer_copied(context, out);
    let statements = context.statements();
    let renamed = renames(statements);
    let mut groups: BTreeMap<(String, String, u8), Vec<Placed<'_>>> = BTreeMap::new();
    for placed in statements.forward() {
        let it = placed.statement;
        let kind = match it.operation {
            Operation::DropSchema => 0,
            Operation::DropTable => 1,
            Operation::DropColumn => 2,
            _ => continue,
        };
        if renamed
            .iter()
            .any(|(drop, _)| std::ptr::eq(drop.statement, it))
        {
            continue;
        }
        let group = (placed.file.path.clone(), it.table.clone(), kind);
        groups.entry(group).or_default().push(placed);
    }
    for ((_, table, kind), group) in groups {
        let first = group[0];
        let mut names: Vec<String> = group
            .iter()
            .map(|it| format!("`{}`", readable(&it.named())))
            .collect();
        names.dedup();
        let what = match kind {
            0 => "schema",
            1 => "table",
            _ if names.len() > 1 => "columns",
            _ => "column",
        };
        let when = match first.statement.source {
            Source::File | Source::Call if first.migrates() => "When this migration runs",
            _ => "When this runs",
        };
        let kept =
            |it: &Placed<'_>| copied(&it.file.after, it.statement).is_some() || unreleased(it);
        let fleeting =
            statements.fleeting(first) || table.is_empty() && kind == 2 || group.iter().all(kept);
        out.push(
            Finding::new(
                first.file,
                &first.symbol(),
                format!("drop {what} {}", names.join(" ")),
            )
            .after(first.statement.line, first.code())
            .says(
                format!(
                    "{when}, the {what} {} and all that is stored there {} deleted for good. Going back to the earlier code will not bring it back.",
                    names.join(", "),
                    if names.len() > 1 { "are" } else { "is" },
                ),
                "Make sure that nothing reads it any more, and that a backup still has it. Better: stop using it in one release and drop it in the next.",
            )
            .speaks_if(!fleeting),
        );
    }
}

/// Migrations that copied what they drop, and only drop it now.
fn no_longer_copied(context: &Context<'_>, out: &mut Vec<Finding>) {
    for file in context.files {
        let drops = file.after.statements.iter().filter(|it| !it.down);
        let gone = drops
            .filter_map(|it| Some((it, copy_gone(&file.path, &file.before, &file.after, it)?)));
        let Some((dropped, line)) = gone.into_iter().next() else {
            continue;
        };
        let placed = Placed {
            file,
            statement: dropped,
        };
        out.push(
            Finding::new(file, &placed.symbol(), format!("no copy {}", placed.named()))
                .before(line, file.before.line(line))
                .after(dropped.line, placed.code())
                .says(
                    format!(
                        "This migration copied what `{}` holds before it drops it, and no longer copies it. When it runs, the values are gone for good.",
                        readable(&placed.named())
                    ),
                    "Copy the values first, and count that none is missing before the column goes.",
                ),
        );
    }
}

fn readable(name: &str) -> String {
    match name.contains("hole__") {
        true => name.replace("hole__", "…"),
        false => name.to_owned(),
    }
}
