use crate::change::Class;
use crate::facts::tree::{Expr, ExprKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::code::{draws, is_template, is_tool, near};
use crate::review::conditions::requirement::{Form, Requirement};
use crate::review::conditions::subject::subject;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::record::finding::{Finding, name_of};

check! {
    /// What is deleted, revoked or switched off is treated as if it was not.
    ///
    /// ## What it does
    /// Speaks when a function asked whether something is deleted, revoked, expired, suspended or
    /// disabled before it went on, no longer asks, and still does the rest.
    ///
    /// ## Why it matters
    /// Nothing fails. The key that was revoked works again, the account that was closed still
    /// pays, and what a customer deleted is sent to others.
    ///
    /// ## Example
    /// ```python
    /// if integration and not integration.deleted:
    /// if integration:
    /// ```
    ///
    /// ## Instead
    /// Ask for the state, or say where it is asked for now.
    "auth/state-ignored", Auth, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        let aside = draws(delta.file) || is_tool(delta.file) || is_template(delta.file);
        if aside || delta.file.class != Class::Source {
            continue;
        }
        let near = near(delta);
        let lost = delta.lost.iter().find(|it| {
            subject(it, &near).is_none() && state(&it.condition).is_some() && matters(delta, it)
        });
        let Some(lost) = lost else { continue };
        let Some(asked) = state(&lost.condition) else {
            continue;
        };
        let gained = delta.gained.iter().any(|it| it.form != Form::Allow);
        out.push(
            Finding::new(delta.file, delta.symbol(), lost.condition.to_string())
                .before(lost.place.line, delta.base_file.before.code(&lost.place.span))
                .near(delta.line_after(lost.place.line))
                .says(
                    format!(
                        "{} asked for `{asked}` before it went on, and no longer does. What is {} is treated as if it was not.",
                        name_of(delta.symbol()),
                        words(asked).last().map_or("", String::as_str)
                    ),
                    "Ask for the state, or say where it is asked for now.",
                )
                .speaks_if(
                    !gained
                        && delta.kept_without(lost) >= 0.6
                        && !still_named(delta, asked)
                        && !context.deltas.moved(&lost.condition)
                        && !delta.turned(&lost.condition)
                        && !context.deltas.extracted(delta),
                ),
        );
    }
}

/// The state that a condition asks about, where it asks for nothing else: `!key.revoked`.
fn state(condition: &Expr) -> Option<&str> {
    let name = match &condition.kind {
        ExprKind::Not(inner) => return state(inner),
        ExprKind::Name(_) | ExprKind::Member(..) => condition.last_name(),
        ExprKind::Call(callee, arguments) if arguments.is_empty() => callee.last_name(),
        _ => return None,
    };
    let name = name.trim_end_matches('?');
    let found = words(name);
    let ends = found.last().is_some_and(|it| {
        matches!(
            it.as_str(),
            "deleted"
                | "revoked"
                | "suspended"
                | "banned"
                | "disabled"
                | "expired"
                | "deactivated"
                | "blocked"
        )
    });
    // `on_deleted`, `include_deleted`: not a state of something.
    let plain = found.len() == 1 || matches!(found[0].as_str(), "is" | "was" | "has");
    (ends && plain).then_some(name)
}

/// Whether what depended on the state is still done.
fn matters(delta: &ScopeDelta<'_>, lost: &Requirement) -> bool {
    match lost.form {
        Form::Guard => delta.still_does(lost.place.order) && lost.protects,
        Form::Gate => {
            !lost.inside.is_empty() && delta.still_does_inside(lost) && !lost.only_tells()
        }
        Form::Result => true,
        Form::Allow | Form::Call => false,
    }
}

/// Whether the function still names the state anywhere, such as in a query.
fn still_named(delta: &ScopeDelta<'_>, state: &str) -> bool {
    delta.file.after.code(&delta.after.span).contains(state)
}
