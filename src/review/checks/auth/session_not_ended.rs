use crate::change::Class;
use crate::facts::fact::Call;
use crate::facts::words::words;
use crate::review::Context;
use crate::review::code::{draws, is_tool};
use crate::review::record::finding::{Finding, name_of};

check! {
    /// Sessions or tokens that were ended are kept.
    ///
    /// ## What it does
    /// Speaks when a function ended sessions, revoked tokens or signed people out on the way, no
    /// longer does, and still does the rest.
    ///
    /// ## Why it matters
    /// Whoever got in with a stolen password or an old right stays in after the password is changed
    /// or the right is taken away.
    ///
    /// ## Example
    /// ```js
    /// await user.setPassword(password);
    /// await sessions.revokeAll(user.id); // gone
    /// ```
    ///
    /// ## Instead
    /// End what was open, or say where it is ended now.
    "auth/session-not-ended", Auth, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        let aside = draws(delta.file) || is_tool(delta.file);
        if aside || delta.file.class != Class::Source || delta.calls_gained.iter().any(ends) {
            continue;
        }
        let Some(lost) = delta.calls_lost.iter().find(|it| ends(it)) else {
            continue;
        };
        let mut gained = delta.calls_gained.iter();
        let moved = gained.any(|it| context.says_elsewhere(it, &lost.name));
        // What is only there to end them may end in another way.
        let whole = delta.before.name == lost.name || delta.kept() < 0.7;
        out.push(
            Finding::new(delta.file, delta.symbol(), format!("ends {}", lost.callee))
                .before(lost.place.line, delta.base_file.before.code(&lost.place.span))
                .near(delta.line_after(lost.place.line))
                .says(
                    format!(
                        "{} ended what was open (`{}`), and no longer does. Whoever got in before stays in.",
                        name_of(delta.symbol()),
                        lost.name
                    ),
                    "End what was open, or say where it is ended now.",
                )
                .speaks_if(
                    !whole
                        && !moved
                        && !context.alone().gone.contains(&lost.name)
                        && !context.deltas.extracted(delta),
                ),
        );
    }
}

/// Whether a call ends sessions, tokens or connections of people: `revokeAllTokens(user)`.
fn ends(call: &Call) -> bool {
    let found = words(&call.name);
    let around = words(&call.callee.to_string());
    let any = |of: &[String], list: &[&str]| of.iter().any(|it| list.contains(&it.as_str()));
    let ending = found.first().is_some_and(|it| {
        matches!(
            it.as_str(),
            "disconnect" | "revoke" | "invalidate" | "terminate" | "kick" | "logout" | "expire"
        )
    });
    let removing = found.first().is_some_and(|it| {
        matches!(
            it.as_str(),
            "delete" | "destroy" | "remove" | "reset" | "clear" | "forget"
        )
    }) && any(&found, &["sessions", "session", "tokens"]);
    let whose = any(
        &around,
        &[
            "session", "sessions", "token", "tokens", "socket", "sockets", "clients", "logins",
            "devices",
        ],
    );
    ending && whose || removing
}
