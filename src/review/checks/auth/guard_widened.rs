use crate::facts::fact::Exit;
use crate::facts::tree::{Expr, ExprKind, Operator};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::checks::check;
use crate::review::code::{draws, near};
use crate::review::delta::{Changed, Direction, ScopeDelta};
use crate::review::finding::Finding;
use crate::review::record::Surface;
use crate::review::requirement::{Form, Requirement};
use crate::review::subject::subject;

check! {
    /// A check has a new way around it.
    ///
    /// ## What it does
    /// Speaks when a condition about rights gets another alternative that lets people through, and
    /// when a function that decides about rights gets a new early way to say yes.
    ///
    /// ## Why it matters
    /// The old check still stands there and still looks right; it is only no longer asked.
    ///
    /// ## Example
    /// ```go
    /// func CanLogin(user *User) bool {
    ///     if user.IsAdmin { // new
    ///         return true
    ///     }
    ///     return allowed(user)
    /// }
    /// ```
    ///
    /// ## Instead
    /// Say who may take the shortcut and why, and test that nobody else can.
    "auth/guard-widened", Auth, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        let near = near(delta);
        for Changed {
            before,
            after,
            direction,
        } in &delta.changed
        {
            if *direction != Direction::Wider
                || before.form == Form::Gate && after.form != Form::Gate
            {
                continue;
            }
            let Some(about) = subject(before, &near) else {
                continue;
            };
            if about.surface() != Surface::Auth {
                continue;
            }
            out.push(finding(delta, before, after).speaks_if(
                before.exit != Exit::Leaves
                    && !draws(delta.file)
                    && !context.deltas.extracted(delta),
            ));
        }
        for gained in &delta.gained {
            if let Some(finding) = shortcut(delta, gained) {
                out.push(finding.speaks_if(!draws(delta.file) && delta.lost.is_empty()));
            }
        }
    }
}

fn finding(delta: &ScopeDelta<'_>, before: &Requirement, after: &Requirement) -> Finding {
    Finding::new(delta.file, delta.symbol(), after.condition.to_string())
        .before(before.place.line, delta.base_file.before.code(&before.place.span))
        .after(after.place.line, delta.file.after.code(&after.place.span))
        .says(
            format!(
                "The check in `{}` has a new way around it. People who were kept out could get through.",
                delta.symbol()
            ),
            "Say who may take the new way and why, and test that nobody else can.",
        )
}

/// A new early `return true` in a function that decides about rights, or `return false` in one that
/// asks whether something more is needed.
fn shortcut(delta: &ScopeDelta<'_>, gained: &Requirement) -> Option<Finding> {
    if gained.form != Form::Guard || gained.place.conditions.len() > 1 {
        return None;
    }
    let answer = answer(gained.value.as_ref()?)?;
    let name = words(&delta.after.name);
    let says = |list: &[&str]| name.iter().any(|it| list.contains(&it.as_str()));
    let needs = says(&[
        "mfa", "otp", "2fa", "totp", "sudo", "reauth", "consent", "captcha",
    ]) || (says(&["required", "requires", "needs", "must", "enforce"])
        && says(&[
            "auth",
            "login",
            "password",
            "verification",
            "confirmation",
            "approval",
            "mfa",
            "privileged",
        ]));
    let decides = says(&[
        "permission",
        "permissions",
        "allowed",
        "allow",
        "can",
        "authorized",
        "authorize",
        "authorise",
        "access",
        "privileged",
        "permitted",
        "authenticate",
        "authenticated",
        "login",
        "may",
        "authorization",
        "forbidden",
        "admin",
        "owner",
        "trusted",
    ]);
    let speaks = if needs { !answer } else { decides && answer };
    speaks.then(|| {
        Finding::new(delta.file, delta.symbol(), format!("+{}", gained.condition))
            .after(gained.place.line, delta.file.after.code(&gained.place.span))
            .says(
                format!(
                    "`{}` has a new shortcut: under a new condition it says {} before the rest is asked.",
                    delta.symbol(),
                    if needs { "that nothing more is needed" } else { "yes" }
                ),
                "Say who may take the shortcut and why, and test that nobody else can.",
            )
    })
}

fn answer(value: &Expr) -> Option<bool> {
    match &value.kind {
        ExprKind::Bool(answer) => Some(*answer),
        ExprKind::List(parts) => match parts.as_slice() {
            [first, second] if second.kind == ExprKind::Null => answer(first),
            _ => None,
        },
        ExprKind::Binary(Operator::And, ..) => None,
        _ => None,
    }
}
