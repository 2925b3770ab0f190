use crate::facts::fact::Call;
use crate::facts::tree::{Expr, ExprKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::code::draws;
use crate::review::conditions::requirement::writes;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::slots::{self, Slot, SlotChanges};
use crate::review::frameworks::declared::more_rules;
use crate::review::record::finding::{Finding, name_of};

check! {
    /// A request may set a field that decides about rights or money.
    ///
    /// ## What it does
    /// Compares the lists of fields that are taken from a request as they are (`permit`,
    /// `attr_accessible`, `$fillable`) and of those that are not (`attr_protected`, `$guarded`,
    /// `read_only_fields`). It speaks when a field that says who somebody is, what they may do, whose
    /// something is or what it costs is newly taken, when all that was sent is stored where chosen
    /// fields were, and when a model that named its fields takes all of them.
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
        if let Some((before, after)) = whole(delta).or_else(|| bound(delta))
            && !draws(delta.file)
            && !administers(delta)
            && !more_rules(delta.file)
        {
            out.push(
                Finding::new(delta.file, delta.symbol(), format!("{} of everything sent", after.name))
                    .before(before.place.line, delta.base_file.before.code(&before.place.span))
                    .after(after.place.line, delta.file.after.code(&after.place.span))
                    .says(
                        format!(
                            "{} chose which fields of the request are stored, and now stores all that was sent (`{}`). Whoever sends it can also set what only the code should decide, such as a role, an owner or a price.",
                            name_of(delta.symbol()),
                            after.name
                        ),
                        "Name the fields that may be sent.",
                    ),
            );
        }
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
        if let Some(finding) = unguarded(context, delta, &changes) {
            out.push(finding);
        }
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

/// A call that stored chosen fields and now stores all that a request brings.
fn whole<'d>(delta: &'d ScopeDelta<'_>) -> Option<(&'d Call, &'d Call)> {
    let stores = |call: &Call| {
        writes(&call.name)
            || words(&call.name).first().is_some_and(|it| {
                matches!(
                    it.as_str(),
                    "assign" | "fill" | "set" | "merge" | "new" | "build" | "patch"
                )
            })
    };
    let all = |call: &Call| call.arguments.iter().any(|it| everything(&it.value));
    let told = |call: &Call| !call.arguments.is_empty();
    delta
        .calls_anew()
        .find(|(before, after)| stores(after) && told(before) && all(after) && !all(before))
}

/// Whether a value is all that a request brings: `req.body`, `{ ...req.body }`, `$request->all()`.
fn everything(value: &Expr) -> bool {
    const REQUESTS: &[&str] = &["req", "request", "$request", "Request", "ctx", "c"];
    let request = |it: &Expr| REQUESTS.contains(&it.first_name());
    match &value.kind {
        ExprKind::Member(object, name) => {
            request(object)
                && !matches!(object.kind, ExprKind::Call(..))
                && matches!(
                    name.as_str(),
                    "body" | "POST" | "data" | "json" | "form" | "request_parameters"
                )
        }
        ExprKind::Call(callee, arguments) => match callee.last_name() {
            "all" | "get_json" | "json" | "post" | "input" | "getParsedBody" => {
                arguments.is_empty()
                    && matches!(&callee.kind, ExprKind::Member(object, _) if request(object) && itself(object))
            }
            // All but what is named.
            "except" => {
                matches!(&callee.kind, ExprKind::Member(object, _) if request(object) && itself(object))
            }
            "permit!" | "to_unsafe_h" | "to_unsafe_hash" => true,
            _ => false,
        },
        ExprKind::Map(entries) => entries
            .iter()
            .any(|(_, it)| matches!(&it.kind, ExprKind::Spread(inner) if everything(inner))),
        ExprKind::Spread(inner) => everything(inner),
        ExprKind::Name(name) => matches!(name.as_str(), "$_POST" | "_POST" | "$_REQUEST"),
        _ => false,
    }
}

/// Whether a value is the request and not what something made of it: `$request`, `request()`, not
/// `$request->safe()`.
fn itself(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Call(callee, arguments) => {
            arguments.is_empty() && matches!(callee.kind, ExprKind::Name(_))
        }
        _ => true,
    }
}

/// What a request was read into is stored as it is now, where it was something of its own before.
fn bound<'d>(delta: &'d ScopeDelta<'_>) -> Option<(&'d Call, &'d Call)> {
    let binds = |call: &Call| {
        matches!(
            call.name.as_str(),
            "ShouldBindJSON"
                | "ShouldBind"
                | "BindJSON"
                | "Bind"
                | "BodyParser"
                | "Decode"
                | "DecodeJSON"
                | "ReadJSON"
        )
    };
    let saves = |call: &Call| {
        matches!(
            call.name.as_str(),
            "Save" | "Create" | "Updates" | "Update" | "Insert"
        )
    };
    let handed = |call: &Call| -> Vec<String> {
        let texts = call.arguments.iter().map(|it| it.value.to_string());
        texts
            .map(|it| it.trim_start_matches(['&', '*']).to_owned())
            .collect()
    };
    fn pair<'c>(
        calls: &[&'c Call],
        binds: &dyn Fn(&Call) -> bool,
        saves: &dyn Fn(&Call) -> bool,
        handed: &dyn Fn(&Call) -> Vec<String>,
    ) -> Option<&'c Call> {
        let bound: Vec<String> = calls
            .iter()
            .filter(|it| binds(it))
            .flat_map(|it| handed(it))
            .collect();
        let saved = |it: &&&Call| saves(it) && handed(it).iter().any(|name| bound.contains(name));
        calls.iter().find(saved).copied()
    }
    let after = pair(&delta.calls_after, &binds, &saves, &handed)?;
    let before = delta.calls_before.iter().find(|it| saves(it))?;
    let read = delta.calls_before.iter().any(|it| binds(it));
    let known = pair(&delta.calls_before, &binds, &saves, &handed).is_some();
    (read && !known).then_some((*before, after))
}

/// A model that named the fields which may be filled in at once, or must not be, and now takes all:
/// `$guarded = []`.
fn unguarded(
    context: &Context<'_>,
    delta: &ScopeDelta<'_>,
    changes: &SlotChanges<'_>,
) -> Option<Finding> {
    let empty = |it: &&Slot<'_>| it.name.ends_with("guarded") && holds_nothing(it);
    let changed = changes.changed.iter().filter(|it| !holds_nothing(&it.0));
    let after = changes
        .gained
        .iter()
        .chain(changed.clone().map(|it| &it.1))
        .find(empty)?;
    let lost = changes.lost.iter().filter(|it| !holds_nothing(it));
    let before = lost.chain(changed.map(|it| &it.0)).next()?;
    // What it already took says nothing; where anything else decides about rights, it matters.
    let known = if before.name.ends_with("fillable") {
        texts(before.value)
    } else {
        Vec::new()
    };
    let mut matters = false;
    slots::each_expr(&delta.before.body, &mut |it| {
        if let ExprKind::Text(name) | ExprKind::Name(name) = &it.kind {
            matters |= decides(name) && !known.contains(name);
        }
    });
    let signs_in = words(&delta.after.name).iter().any(|it| {
        matches!(
            it.as_str(),
            "user" | "account" | "admin" | "customer" | "member" | "order" | "payment"
        )
    });
    let newly_stored = context.deltas.scopes.iter().any(|it| whole(it).is_some());
    Some(
        Finding::new(delta.file, delta.symbol(), "takes every field")
            .before(before.line, delta.base_file.before.code(&before.span))
            .after(after.line, delta.file.after.code(&after.span))
            .says(
                format!(
                    "{} took only some fields at once (`{}`), and now takes every field that it is given. Where a request is passed on, whoever sends it could set a role, an owner or a price.",
                    name_of(delta.symbol()),
                    before.name
                ),
                "Name the fields that may be filled in.",
            )
            .speaks_if(matters || signs_in || newly_stored),
    )
}

fn holds_nothing(slot: &Slot<'_>) -> bool {
    matches!(&slot.value.kind, ExprKind::List(parts) if parts.is_empty())
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
