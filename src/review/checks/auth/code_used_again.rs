use crate::change::Class;
use crate::facts::fact::{Assignment, Call};
use crate::facts::tree::{Expr, ExprKind, Scope};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::code::draws;
use crate::review::deltas::compare::SideFacts;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::slots::each_expr;
use crate::review::record::finding::Finding;

check! {
    /// A code or link that was good for one time can be used again.
    ///
    /// ## What it does
    /// Looks at functions that take a code, a token or an invitation to reset a password, to confirm
    /// something or to sign in. It speaks when such a function deleted what it was given, or marked
    /// it as used, and neither it nor anything else in the change does so any more.
    ///
    /// ## Why it matters
    /// Old mails are read by others, and addresses stay in histories and logs. With a link that can
    /// be used again, whoever finds one takes over the account.
    ///
    /// ## Example
    /// ```sql
    /// DELETE FROM reset_tokens WHERE digest = $1 RETURNING account_id -- before
    /// SELECT account_id FROM reset_tokens WHERE digest = $1           -- after
    /// ```
    ///
    /// ## Instead
    /// Use it up in the same step in which it is looked up, and test that the second time fails.
    "auth/code-used-again", Auth, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    let sources = || context.files.iter().filter(|it| it.class == Class::Source);
    let everywhere = |after: bool| -> usize {
        let sides = sources().map(|it| if after { &it.after } else { &it.before });
        sides.map(|it| all(it)).sum()
    };
    for delta in &context.deltas.scopes {
        if delta.file.class != Class::Source || draws(delta.file) || delta.broken() {
            continue;
        }
        if !redeems(delta) {
            continue;
        }
        let before = spent(&delta.base_file.before, delta.before);
        let Some(line) = before.first().copied() else {
            continue;
        };
        let still = !spent(&delta.file.after, delta.after).is_empty();
        if still || everywhere(true) >= everywhere(false) || !reads(delta.after) {
            continue;
        }
        out.push(
            Finding::new(delta.file, delta.symbol(), "code not used up")
                .before(line, delta.base_file.before.line(line))
                .near(delta.line_after(line))
                .says(
                    format!(
                        "`{}` used up the code or link that it was given, and no longer does. Whoever finds an old one can use it again.",
                        delta.symbol()
                    ),
                    "Use it up in the same step in which it is looked up, and test that the second time fails.",
                ),
        );
    }
}

/// Whether words tell of something that is good for one time.
fn is_code(text: &str) -> bool {
    words(text).iter().any(|it| {
        matches!(
            it.as_str(),
            "code"
                | "codes"
                | "invitation"
                | "invite"
                | "invites"
                | "nonce"
                | "otp"
                | "token"
                | "tokens"
        )
    })
}

/// Whether a function takes something for which a code was sent, by its names.
fn redeems(delta: &ScopeDelta<'_>) -> bool {
    let found = words(delta.symbol());
    let any = |list: &[&str]| found.iter().any(|it| list.contains(&it.as_str()));
    any(&[
        "accept", "activate", "confirm", "login", "magic", "password", "redeem", "reset", "verify",
    ]) && !any(&[
        "cleanup", "create", "expire", "forgot", "generate", "issue", "logout", "purge", "refresh",
        "request", "resend", "revoke", "send",
    ])
}

/// How often codes are used up anywhere on a side.
fn all(side: &SideFacts<'_>) -> usize {
    let scopes = side.tree.scopes.iter();
    scopes.map(|it| spent(side, it).len()).sum()
}

/// The lines on which a scope uses up a code: it is deleted, taken out, or marked.
fn spent(side: &SideFacts<'_>, scope: &Scope) -> Vec<u32> {
    let here = |at: usize| {
        let of = side.tree.scopes.get(at);
        of.is_some_and(|it| it.span == scope.span)
    };
    let calls = side.facts.calls.iter().filter(|it| here(it.place.scope));
    let mut out: Vec<u32> = calls
        .filter(|it| uses_up(it))
        .map(|it| it.place.line)
        .collect();
    let marks = |it: &&Assignment| {
        let name = words(it.target.last_name());
        let used = name
            .iter()
            .any(|it| matches!(it.as_str(), "used" | "consumed" | "redeemed" | "spent"));
        here(it.place.scope) && used && is_code(&it.target.to_string())
    };
    let marked = side.facts.assignments.iter().filter(marks);
    out.extend(marked.map(|it| it.place.line));
    each_expr(&scope.body, &mut |it| {
        if let ExprKind::Text(text) = &it.kind
            && statement(text)
        {
            out.push(it.line);
        }
    });
    out
}

/// `tokens.delete(token)`, `codes.consume(code)`, `cache.pop(token)`.
fn uses_up(call: &Call) -> bool {
    let first = words(&call.name).into_iter().next().unwrap_or_default();
    let ends = matches!(
        first.as_str(),
        "burn"
            | "claim"
            | "consume"
            | "delete"
            | "destroy"
            | "getdel"
            | "invalidate"
            | "pop"
            | "redeem"
            | "remove"
            | "spend"
            | "take"
    );
    let marks = words(&call.name).windows(2).any(|it| {
        matches!(it[0].as_str(), "mark" | "set") && matches!(it[1].as_str(), "used" | "consumed")
    });
    let given = |it: &Expr| matches!(it.kind, ExprKind::Name(_) | ExprKind::Member(..));
    (ends || marks)
        && (is_code(&call.callee.to_string())
            || call
                .arguments
                .iter()
                .any(|it| given(&it.value) && is_code(&it.value.to_string())))
}

/// `DELETE FROM reset_tokens …`, `UPDATE login_codes SET used_at = …`.
fn statement(text: &str) -> bool {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = text.to_ascii_lowercase();
    let table = |rest: &str| is_code(rest.split([' ', '(']).next().unwrap_or_default());
    if let Some(rest) = text.strip_prefix("delete from ") {
        return table(rest);
    }
    text.strip_prefix("update ").is_some_and(|rest| {
        let sets = rest.split_once(" set ").map_or("", |it| it.1);
        table(rest)
            && ["used", "consumed", "redeemed"]
                .iter()
                .any(|it| sets.starts_with(it))
    })
}

/// Whether a function still looks at a code.
fn reads(scope: &Scope) -> bool {
    let mut found = false;
    each_expr(&scope.body, &mut |it| {
        if let ExprKind::Name(name) | ExprKind::Member(_, name) = &it.kind {
            found |= is_code(name);
        }
    });
    found
}
