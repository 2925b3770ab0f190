use crate::facts::fact::Call;
use crate::facts::tree::{Expr, ExprKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::delta::ScopeDelta;
use crate::review::finding::{Finding, name_of};
use crate::review::slots::{self, Slot};

check! {
    /// A request may set a field that decides about rights or money.
    ///
    /// ## What it does
    /// Compares the lists of fields that are taken from a request as they are (`permit`,
    /// `attr_accessible`, `$fillable`) and of those that are not (`attr_protected`, `$guarded`,
    /// `read_only_fields`). It speaks when a field that says who somebody is, what they may do, whose
    /// something is or what it costs is newly taken.
    ///
    /// ## Why it matters
    /// Whoever sends the request fills in the field: they make themselves an administrator, or take
    /// what belongs to somebody else.
    ///
    /// ## Example
    /// ```ruby
    /// params.require(:user).permit(:name, :email, :role) # role is new
    /// ```
    ///
    /// ## Instead
    /// Set such fields in the code that knows who is asking.
    "auth/more-fields-taken", Auth, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        for (before, after) in &delta.calls_changed {
            let (from, to) = match before.name.as_str() {
                "permit" | "attr_accessible" => (before, after),
                "attr_protected" | "attr_readonly" => (after, before),
                _ => continue,
            };
            let (old, new) = (fields(from), fields(to));
            let taken = new.iter().find(|it| !old.contains(it) && decides(it));
            if let Some(field) = taken.filter(|_| !administers(delta)) {
                out.push(finding(delta, before, after, field));
            }
        }
        let listed = |slot: &Slot<'_>| {
            matches!(
                slot.name.trim_start_matches('$'),
                "fillable" | "guarded" | "read_only_fields"
            ) && matches!(slot.value.kind, ExprKind::List(_))
        };
        let changes = slots::changes(delta.before, delta.after, &delta.renames, &listed);
        for (before, after) in changes.changed {
            let takes = before.name.ends_with("fillable");
            let (old, new) = (texts(before.value), texts(after.value));
            let (old, new) = if takes { (old, new) } else { (new, old) };
            let taken = new.iter().find(|it| !old.contains(it) && decides(it));
            if let Some(field) = taken.filter(|_| !administers(delta)) {
                out.push(
                    says(
                        Finding::new(delta.file, delta.symbol(), format!("takes {field}")),
                        delta,
                        field,
                    )
                    .before(before.line, delta.base_file.before.code(&before.span))
                    .after(after.line, delta.file.after.code(&after.span)),
                );
            }
        }
    }
}

fn finding(delta: &ScopeDelta<'_>, before: &Call, after: &Call, field: &str) -> Finding {
    let finding = Finding::new(delta.file, delta.symbol(), format!("takes {field}"));
    says(finding, delta, field)
        .before(
            before.place.line,
            delta.base_file.before.code(&before.place.span),
        )
        .after(after.place.line, delta.file.after.code(&after.place.span))
}

fn says(finding: Finding, delta: &ScopeDelta<'_>, field: &str) -> Finding {
    finding.says(
        format!(
            "{} now takes `{field}` from the request as it is. Whoever sends it decides about that, for themselves or for others.",
            name_of(delta.symbol())
        ),
        "Set it in the code that knows who is asking, or check that the caller may.",
    )
}

/// The plain names among the arguments.
fn fields(call: &Call) -> Vec<String> {
    let mut out = Vec::new();
    for argument in &call.arguments {
        match &argument.value.kind {
            ExprKind::Text(text) if argument.name.is_none() => out.push(text.clone()),
            ExprKind::List(_) => out.extend(texts(&argument.value)),
            _ => {}
        }
    }
    out
}

fn texts(list: &Expr) -> Vec<String> {
    let ExprKind::List(parts) = &list.kind else {
        return Vec::new();
    };
    let text = |it: &Expr| match &it.kind {
        ExprKind::Text(text) => Some(text.clone()),
        _ => None,
    };
    parts.iter().filter_map(text).collect()
}

/// Whether a field decides about rights, owners or money.
fn decides(field: &str) -> bool {
    matches!(
        field,
        "role"
            | "roles"
            | "role_ids"
            | "role_id"
            | "admin"
            | "is_admin"
            | "superuser"
            | "is_staff"
            | "is_superuser"
            | "permissions"
            | "permission_ids"
            | "user_id"
            | "owner_id"
            | "account_id"
            | "organization_id"
            | "tenant_id"
            | "company_id"
            | "team_id"
            | "customer_id"
            | "verified"
            | "email_verified"
            | "confirmed_at"
            | "approved"
            | "balance"
            | "credits"
            | "price"
            | "total"
            | "amount"
            | "password_digest"
            | "encrypted_password"
    )
}

/// Whether only administrators reach it.
fn administers(delta: &ScopeDelta<'_>) -> bool {
    words(&format!("{} {}", delta.file.path, delta.symbol()))
        .iter()
        .any(|it| matches!(it.as_str(), "admin" | "admins" | "backend" | "backoffice"))
}
