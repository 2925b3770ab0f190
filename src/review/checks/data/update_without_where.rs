use crate::facts::sql::{Operation, Source, Statement};
use crate::review::Context;
use crate::review::queries::schema::is_migration;
use crate::review::record::finding::Finding;

check! {
    /// Every row of a table gets the same value.
    ///
    /// ## What it does
    /// Speaks when a new statement sets a fixed value in every row of a table. Filling a column
    /// that is new in the same change is only recorded, and so is computing a value for each row.
    ///
    /// ## Why it matters
    /// The values that stood there are overwritten for every customer, and nothing remembers them.
    ///
    /// ## Example
    /// ```sql
    /// UPDATE users SET plan = 'free';
    /// ```
    ///
    /// ## Instead
    /// Add a condition that names the rows, or fill a new column in batches.
    "data/update-without-where", Data, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    let statements = context.statements();
    for placed in statements.forward() {
        let it = placed.statement;
        if it.operation != Operation::Update || !it.filter.is_empty() {
            continue;
        }
        let set = assignments(it);
        let fills = set
            .iter()
            .all(|(column, _)| statements.is_new_column(&it.table, column));
        let fixed = !set.is_empty() && set.iter().any(|(_, value)| is_fixed(value));
        let speaks = fixed
            && !fills
            && !it.table.is_empty()
            && !statements.fleeting(placed)
            && (is_migration(&placed.file.path) || it.source != Source::File);
        out.push(
            Finding::new(
                placed.file,
                &placed.symbol(),
                format!("update all of {} {}", it.table, it.detail),
            )
            .after(it.line, placed.code())
            .says(
                format!(
                    "This overwrites {} in every row of `{}`: nothing says which rows are meant, and the earlier values are lost.",
                    columns(&set),
                    it.table.replace("hole__", "…")
                ),
                "Add a condition that names the rows, or keep the earlier values until the change has proved itself.",
            )
            .speaks_if(speaks),
        );
    }
}

fn columns(set: &[(String, String)]) -> String {
    let names: Vec<String> = set
        .iter()
        .map(|(column, _)| format!("`{column}`"))
        .collect();
    match names.is_empty() {
        true => "values".to_owned(),
        false => names.join(", "),
    }
}

/// The columns that an update sets, and to what.
fn assignments(it: &Statement) -> Vec<(String, String)> {
    let separator = match it.source {
        Source::Call => ':',
        _ => '=',
    };
    it.detail
        .trim_matches(|it| matches!(it, '{' | '}' | '[' | ']'))
        .split(", ")
        .filter_map(|part| part.split_once(separator))
        .map(|(column, value)| {
            let column = column.trim().trim_matches('"');
            let column = column.rsplit('.').next().unwrap_or(column);
            (column.to_owned(), value.trim().to_owned())
        })
        .filter(|(column, _)| {
            !column.is_empty() && column.chars().all(|it| it.is_alphanumeric() || it == '_')
        })
        .collect()
}

/// Whether it is the same for every row.
fn is_fixed(value: &str) -> bool {
    let value = value.trim_end_matches([']', '}']);
    (value.starts_with(['\'', '"']) && value.ends_with(['\'', '"']))
        || value.starts_with(|it: char| it.is_ascii_digit())
        || matches!(
            value,
            "true" | "false" | "null" | "now()" | "current_timestamp" | "default"
        )
}
