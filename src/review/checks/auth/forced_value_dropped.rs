use crate::facts::fact::{Assignment, Call};
use crate::facts::tree::{Expr, ExprKind, Scope};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::code::draws;
use crate::review::deltas::compare::SideFacts;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::record::finding::Finding;

check! {
    /// A value that the server set itself is no longer set: what came in, or what stood there, stays.
    ///
    /// ## What it does
    /// Looks at assignments to members of a record. Speaks when one that emptied a secret or a list
    /// of rights, one that took the owner from whoever is signed in, or one that ended older logins
    /// is gone, and the function still does the rest. So does a call that revoked or renewed them.
    ///
    /// ## Why it matters
    /// The record keeps what the caller sent: somebody else's company, a right, a password hash that
    /// leaves the server.
    ///
    /// ## Example
    /// ```php
    /// $order->fill($request->all());
    /// $order->company_id = auth()->user()->company_id; // gone
    /// ```
    ///
    /// ## Instead
    /// Set it on the server again, or do not take the field from the request.
    "auth/forced-value-dropped", Auth, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        if draws(delta.file) {
            continue;
        }
        ended(context, delta, out);
        let before = within(&delta.base_file.before, delta.before);
        let after = within(&delta.file.after, delta.after);
        for was in before {
            let name = was.target.last_name();
            let Some(why) = forced(was) else { continue };
            let again = |it: &&Assignment| it.target.last_name() == name;
            // It is set in another place of the change, or in another way.
            let count = |side: fn(&crate::review::deltas::compare::FilePair<'_>) -> Vec<String>| {
                let names = context.files.iter().flat_map(side);
                names.filter(|it| it == name).count()
            };
            let moved = count(|it| targets(&it.after)) >= count(|it| targets(&it.before));
            if after.iter().copied().any(|it| again(&it)) || moved {
                continue;
            }
            out.push(finding(delta, was, why).speaks_if(
                still_used(delta, was.target.first_name())
                    && delta.kept_outside(&was.place.span) >= 0.6
                    && !context.deltas.extracted(delta),
            ));
        }
    }
}

/// Calls that ended logins, keys or grants and are gone.
fn ended(context: &Context<'_>, delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    for call in delta.calls_lost.iter().filter(|it| ends(it)) {
        let [before, after] = context.deltas.call_counts(&call.name);
        let again = delta.calls_gained.iter().any(ends);
        let mut gained = delta.calls_gained.iter();
        let moved = gained.any(|it| context.says_elsewhere(it, &call.name));
        out.push(
            Finding::new(delta.file, delta.symbol(), format!("no longer calls {}", call.callee))
                .before(call.place.line, delta.base_file.before.code(&call.place.span))
                .near(delta.line_after(call.place.line))
                .says(
                    format!(
                        "`{}` called `{}`, which ended what was handed out before, and no longer does. Whoever has an old login, key or code can go on using it.",
                        delta.symbol(),
                        call.name
                    ),
                    "Call it again, or say what ends them now.",
                )
                .speaks_if(
                    after < before
                        && !again
                        && !moved
                        && !draws(delta.file)
                        && delta.kept() >= 0.6
                        && !context.deltas.extracted(delta),
                ),
        );
    }
}

/// Whether a call ends logins, keys or grants by what it is called.
fn ends(call: &Call) -> bool {
    let found = words(&call.name);
    let chain = words(&call.callee.to_string());
    let first = found.first().map_or("", String::as_str);
    let verb = matches!(
        first,
        "revoke" | "invalidate" | "expire" | "rotate" | "regenerate" | "renew"
    ) || first == "reset" && found.iter().any(|it| it == "stamp" || it == "session");
    verb && chain.iter().any(|it| {
        matches!(
            it.as_str(),
            "token"
                | "tokens"
                | "session"
                | "sessions"
                | "stamp"
                | "key"
                | "keys"
                | "code"
                | "codes"
                | "grant"
                | "grants"
                | "credentials"
                | "login"
                | "logins"
                | "cookie"
        )
    })
}

fn within<'a>(side: &'a SideFacts<'_>, scope: &Scope) -> Vec<&'a Assignment> {
    side.facts
        .assignments
        .iter()
        .filter(|it| std::ptr::eq(&side.tree.scopes[it.place.scope], scope))
        .collect()
}

fn targets(side: &SideFacts<'_>) -> Vec<String> {
    let members = side.facts.assignments.iter().map(|it| &it.target);
    members.map(|it| it.last_name().to_owned()).collect()
}

/// Why an assignment protects somebody.
fn forced(it: &Assignment) -> Option<&'static str> {
    let ExprKind::Member(_, name) = &it.target.kind else {
        return None;
    };
    if it.operator.is_some() {
        return None;
    }
    let found = words(name);
    let says = |list: &[&str]| found.iter().any(|it| list.contains(&it.as_str()));
    if nothing(&it.value)
        && says(&[
            "policies",
            "permission",
            "permissions",
            "password",
            "secret",
            "secrets",
            "token",
            "tokens",
            "credentials",
            "apikey",
            "privileges",
        ])
    {
        return Some("emptied it before going on, and now leaves in it what stood there");
    }
    if says(&[
        "owner",
        "company",
        "organization",
        "organisation",
        "tenant",
        "account",
        "team",
        "workspace",
        "customer",
        "user",
        "creator",
        "author",
    ]) && names_caller(&it.value)
    {
        return Some("took it from whoever is signed in, and now keeps what came in");
    }
    let session = says(&["token", "tokens", "session", "sessions", "stamp"]);
    let moment = says(&["issue", "issued", "version", "stamp", "generation", "epoch"]);
    (session && moment && matches!(outermost(&it.value).kind, ExprKind::Call(..)))
        .then_some("renewed it, so that older logins ended, and now leaves them as they are")
}

fn outermost(value: &Expr) -> &Expr {
    match &value.kind {
        ExprKind::Propagate(inner) => outermost(inner),
        _ => value,
    }
}

fn nothing(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Null | ExprKind::Bool(false) => true,
        ExprKind::Text(text) => text.is_empty(),
        ExprKind::List(parts) => parts.is_empty(),
        ExprKind::Map(pairs) => pairs.is_empty(),
        _ => false,
    }
}

/// Whether a value comes from whoever is signed in.
fn names_caller(value: &Expr) -> bool {
    let mut found = false;
    value.walk(&mut |it| {
        if let ExprKind::Name(name) | ExprKind::Member(_, name) = &it.kind {
            let name = words(name);
            found |= name.iter().any(|it| {
                matches!(
                    it.as_str(),
                    "current" | "session" | "auth" | "caller" | "principal" | "actor" | "viewer"
                )
            });
        }
    });
    found
}

/// Whether the function still has to do with the thing that was assigned to.
fn still_used(delta: &ScopeDelta<'_>, name: &str) -> bool {
    let mut found = false;
    crate::review::deltas::slots::each_expr(&delta.after.body, &mut |it| {
        found |= matches!(&it.kind, ExprKind::Name(other) if other == name);
    });
    found
}

fn finding(delta: &ScopeDelta<'_>, was: &Assignment, why: &str) -> Finding {
    let name = was.target.last_name();
    Finding::new(delta.file, delta.symbol(), format!("{name} no longer set"))
        .before(was.place.line, delta.base_file.before.code(&was.place.span))
        .near(delta.line_after(was.place.line))
        .says(
            format!(
                "`{}` set `{name}` itself: it {why}. Somebody could get what is not theirs.",
                delta.symbol()
            ),
            "Set it on the server again, or say what does it now.",
        )
}
