use crate::facts::sql::{Operation, Statement};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::queries::lookup::whose;
use crate::review::queries::schema::Statements;
use crate::review::record::finding::Finding;

check! {
    /// A table can be read or written by everybody who has the public key.
    ///
    /// ## What it does
    /// Speaks when row-level security is switched off, also for the owner of a table alone, when a
    /// policy lets everybody through, or everybody for whom it is not set who is asking, when one
    /// that asked whose a row is makes way for one that lets everybody read, and when a table is made
    /// without row-level security in a project whose other tables rely on it (a `supabase` folder).
    ///
    /// ## Why it matters
    /// Where browsers talk to the database directly, the policy is the only lock: without it, any
    /// visitor can read the whole table.
    ///
    /// ## Example
    /// ```sql
    /// ALTER TABLE invoices DISABLE ROW LEVEL SECURITY;
    /// ```
    ///
    /// ## Instead
    /// Switch row-level security on, and write a policy that asks for the owner of the row.
    "auth/public-default", Auth, SPEAKS, run
}

const ADVICE: &str =
    "Switch row-level security on, and write a policy that asks for the owner of the row.";

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    let statements = context.statements();
    let forced = |table: &str| {
        let files = context.files.iter();
        let all = files.flat_map(|file| file.after.text.split(';'));
        let words = |it: &str| {
            it.to_lowercase()
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
        };
        all.map(words).any(|it| {
            it.ends_with("force row level security")
                && !it.contains("no force")
                && it.split([' ', '.', '"']).any(|part| part == table)
        })
    };
    let enabled = |table: &str| {
        context.files.iter().any(|file| {
            file.after.statements.iter().any(|it| {
                it.operation == Operation::EnableRowSecurity && it.table == table && !it.down
            })
        })
    };
    for placed in statements.forward() {
        let it = placed.statement;
        let concern = match it.operation {
            Operation::DisableRowSecurity
                if it.detail == "no force"
                    && !forced(&it.table)
                    && !statements.fleeting(placed) =>
            {
                format!(
                    "Row-level security of `{}` no longer holds for the owner of the table. Where the application connects as the owner, it can now read and change every row.",
                    it.table
                )
            }
            Operation::DisableRowSecurity
                if it.detail.is_empty() && !statements.fleeting(placed) && !enabled(&it.table) =>
            {
                format!(
                    "Row-level security of `{}` is switched off: who can reach the database can now read and change every row.",
                    it.table
                )
            }
            Operation::Policy if opens(it) => format!(
                "The policy `{}` lets everybody through: every row of `{}` is open to whoever has the public key.",
                it.name, it.table
            ),
            Operation::Policy if reads_all(it) && took_owner(statements, it) => format!(
                "The policy `{}` lets everybody read every row of `{}`, where a policy that is gone asked whose it is. One customer could read what is another's.",
                it.name, it.table
            ),
            Operation::Policy if unset_opens(it) => format!(
                "The policy `{}` lets through whoever did not set who is asking: without the setting, every row of `{}` is open.",
                it.name, it.table
            ),
            Operation::CreateTable
                if browser_reaches(&placed.file.path)
                    && it.detail != "temporary"
                    && !internal(placed.code())
                    && !enabled(&it.table) =>
            {
                format!(
                    "The table `{}` is made without row-level security: whoever has the public key can read and change every row.",
                    it.table
                )
            }
            _ => continue,
        };
        out.push(
            Finding::new(
                placed.file,
                &placed.symbol(),
                format!("{:?} {}", it.operation, placed.named()),
            )
            .after(it.line, placed.code())
            .says(concern, ADVICE),
        );
    }
}

/// Whether a policy that changes rows, or is for everybody, has no condition.
fn opens(it: &Statement) -> bool {
    let plain: String = it.detail.split_whitespace().collect();
    let open = plain.contains("using(true)") || plain.contains("withcheck(true)");
    // Letting the server's own role through opens nothing; reading may be meant for everybody.
    let reads_only = it.detail.contains("for select") && !it.detail.contains("to anon");
    let server_only = it.detail.contains("service_role");
    open && !reads_only && !server_only
}

/// Whether a policy lets everybody read.
fn reads_all(it: &Statement) -> bool {
    let plain: String = it.detail.split_whitespace().collect();
    plain.contains("using(true)") && !it.detail.contains("service_role")
}

/// Whether a policy of the same table, of another name, is dropped that says whose the rows are.
fn took_owner(statements: &Statements<'_>, policy: &Statement) -> bool {
    statements.forward().any(|placed| {
        let it = placed.statement;
        it.operation == Operation::DropPolicy
            && it.table == policy.table
            && it.name != policy.name
            && (whose(&it.name)
                || words(&it.name)
                    .iter()
                    .any(|it| it == "own" || it == "isolation"))
    })
}

/// Whether a policy compares a column with itself, or asks for nothing, where a setting of the
/// connection is missing.
fn unset_opens(it: &Statement) -> bool {
    let plain: String = it.detail.split_whitespace().collect();
    let setting = plain.contains("current_setting(");
    let missing = ["isnull", "=''"].iter().any(|end| {
        let mut at = 0;
        while let Some(found) = plain[at..].find("current_setting(").map(|it| at + it) {
            let rest = &plain[found..];
            let closed = rest.find(')').map_or("", |close| &rest[close + 1..]);
            let closed = closed.trim_start_matches(')');
            let before = &plain[..found];
            let alternative = before.trim_end_matches('(').ends_with("or")
                || closed
                    .strip_prefix(end)
                    .is_some_and(|it| it.starts_with("or"));
            if closed.starts_with(end) && alternative {
                return true;
            }
            at = found + 1;
        }
        false
    });
    // `coalesce(current_setting(…)::uuid, tenant_id) = tenant_id`.
    let itself = plain.match_indices("coalesce(").any(|(at, _)| {
        let rest = &plain[at..];
        let Some((inside, after)) = rest.split_once(")=") else {
            return false;
        };
        let column = after
            .split(|it: char| !(it.is_alphanumeric() || it == '_' || it == '.'))
            .next()
            .unwrap_or_default();
        inside.contains("current_setting(")
            && !column.is_empty()
            && inside.rsplit(',').next() == Some(column)
    });
    setting && (missing || itself)
}

fn browser_reaches(path: &str) -> bool {
    path.split('/').any(|it| it == "supabase")
}

/// Only the public schema is reached from a browser.
fn internal(code: &str) -> bool {
    let head = code.split('(').next().unwrap_or_default();
    let name = head.split_whitespace().last().unwrap_or_default();
    match name.rsplit_once('.') {
        Some((schema, _)) => schema.trim_matches('"') != "public",
        None => false,
    }
}
