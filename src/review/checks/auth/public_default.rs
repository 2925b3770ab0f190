use crate::facts::sql::{Operation, Statement};
use crate::review::Context;
use crate::review::record::finding::Finding;

check! {
    /// A table can be read or written by everybody who has the public key.
    ///
    /// ## What it does
    /// Speaks when row-level security is switched off, when a policy lets everybody through, and
    /// when a table is made without row-level security in a project whose other tables rely on it
    /// (a `supabase` folder).
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
                if !statements.fleeting(placed) && !enabled(&it.table) =>
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
