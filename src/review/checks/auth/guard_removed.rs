use crate::facts::fact::{Call, Exit};
use crate::review::Context;
use crate::review::checks::auth::owner_scope_dropped::scoped;
use crate::review::code::{draws, near};
use crate::review::delta::{Deltas, ScopeDelta};
use crate::review::finding::Finding;
use crate::review::rank::weaker;
use crate::review::record::Surface;
use crate::review::requirement::{Form, Requirement, checks_something};
use crate::review::subject::{Subject, nothing_but_presence, sane, subject};

check! {
    /// A check that kept people out is gone from code that still does what it protected.
    ///
    /// ## What it does
    /// Compares, function by function, what must hold before the code goes on. It speaks when a
    /// condition about rights, ownership, identity, secrets or attempts is gone, nothing in the
    /// change took its place, and the function still does the rest.
    ///
    /// ## Why it matters
    /// Nothing fails when a check is missing. The people it kept out can simply do the thing.
    ///
    /// ## Example
    /// ```go
    /// func DeleteKey(c *Context) {
    ///     key := getKey(c.ID())
    ///     if key.RepoID != c.Repo.ID { // gone
    ///         c.NotFound()
    ///         return
    ///     }
    ///     deleteKey(key)
    /// }
    /// ```
    ///
    /// ## Instead
    /// Put the check back, or say in the pull request where it is done now, and add a test that a
    /// stranger is refused.
    "auth/guard-removed", Auth, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        let near = near(delta);
        for lost in &delta.lost {
            match subject(lost, &near) {
                Some(subject) if subject.surface() == Surface::Auth => {
                    out.push(finding(context.deltas, delta, lost, subject));
                }
                Some(_) => {}
                None => out.extend(refusal(context.deltas, delta, lost)),
            }
        }
        for call in context.deltas.checks_gone(delta) {
            let code = delta.base_file.before.code(&call.place.span);
            out.push(
                Finding::new(delta.file, delta.symbol(), call.callee.to_string())
                    .before(call.place.line, code)
                    .near(delta.line_after(call.place.line))
                    .says(
                        format!(
                            "`{}` no longer calls `{}`, which refused some requests. They get through now.",
                            delta.symbol(),
                            call.name
                        ),
                        "Put the check back, or say where it is done now, and add a test that a stranger is refused.",
                    )
                    .speaks_if(
                        !draws(delta.file)
                            && delta.kept() >= 0.4
                            && delta.gained.is_empty()
                            && !context.deltas.extracted(delta),
                    ),
            );
        }
    }
}

/// A refusal that no word tells more about. It speaks only where hardly anything else changed.
fn refusal(deltas: &Deltas<'_>, delta: &ScopeDelta<'_>, lost: &Requirement) -> Option<Finding> {
    if lost.form != Form::Guard
        || lost.exit == Exit::Leaves
        || nothing_but_presence(&lost.condition)
    {
        return None;
    }
    let only_change = !delta.gained.iter().any(|it| it.exit != Exit::Leaves)
        && delta.kept() >= 0.7
        && delta.still_does(lost.place.order)
        && lost
            .place
            .conditions
            .iter()
            .all(|it| !it.starts_with("caught "));
    let code = delta.base_file.before.code(&lost.place.span);
    Some(
        Finding::new(delta.file, delta.symbol(), lost.condition.to_string())
            .before(lost.place.line, code)
            .near(delta.line_after(lost.place.line))
            .says(
                format!(
                    "`{}` refused to go on in a case that it no longer looks at, and still does the rest. What was refused goes through now.",
                    delta.symbol()
                ),
                "Put the check back, or say why the case can no longer come up.",
            )
            .speaks_if(only_change && !draws(delta.file) && !deltas.moved(&lost.condition) && !deltas.extracted(delta) && !checks_replace(delta)),
    )
}

fn checks_replace(delta: &ScopeDelta<'_>) -> bool {
    delta
        .calls_gained
        .iter()
        .any(|it| checks_something(&it.name))
}

fn finding(
    deltas: &Deltas<'_>,
    delta: &ScopeDelta<'_>,
    lost: &Requirement,
    subject: Subject,
) -> Finding {
    let code = delta.base_file.before.code(&lost.place.span);
    Finding::new(delta.file, delta.symbol(), lost.condition.to_string())
        .before(lost.place.line, code)
        .near(delta.line_after(lost.place.line))
        .says(concern(delta.symbol(), lost, subject), advice(subject))
        .speaks_if(speaks(deltas, delta, lost, subject))
}

fn speaks(
    deltas: &Deltas<'_>,
    delta: &ScopeDelta<'_>,
    lost: &Requirement,
    subject: Subject,
) -> bool {
    let serious = match lost.form {
        Form::Allow => false,
        Form::Guard => match subject {
            Subject::Permission | Subject::Ownership => lost.exit != Exit::Leaves || lost.protects,
            Subject::Identity | Subject::Secret | Subject::Address => lost.exit != Exit::Leaves,
            Subject::Switch => lost.exit == Exit::Denies,
            _ => true,
        },
        // The same check with something else may be enough.
        Form::Call => {
            let again = |it: &&Call| it.name == lost.condition.last_name();
            !matches!(subject, Subject::Address | Subject::Switch)
                && !delta.calls_after.iter().any(again)
        }
        // Where it does not hold, something else may be done that keeps people out.
        Form::Gate => {
            sane(&lost.condition) != Some(false)
                && matches!(
                    subject,
                    Subject::Permission
                        | Subject::Ownership
                        | Subject::SecondFactor
                        | Subject::Forgery
                        | Subject::Address
                )
        }
        Form::Result => matches!(subject, Subject::Permission | Subject::Ownership),
    };
    let handling = lost
        .place
        .conditions
        .iter()
        .any(|it| it.starts_with("caught "));
    serious
        && !handling
        && lost.protects
        && !draws(delta.file)
        && !deltas.moved(&lost.condition)
        && !deltas.extracted(delta)
        && !replaced(delta, subject)
        && !stands_around(deltas, delta, lost, subject)
        && !(subject == Subject::Ownership && scoped(delta))
        && delta.kept() >= 0.4
        && delta.still_does(lost.place.order)
        && delta.still_does_inside(lost)
}

/// Whether something that asks for as much newly stands around the function.
fn stands_around(
    deltas: &Deltas<'_>,
    delta: &ScopeDelta<'_>,
    lost: &Requirement,
    subject: Subject,
) -> bool {
    let rights = matches!(subject, Subject::Permission | Subject::Ownership);
    deltas.newly_around(delta).into_iter().any(|it| {
        let only_login = rights && weaker("member", it) == Some(true);
        !only_login && weaker(&lost.condition.to_string(), it) != Some(true)
    })
}

/// Whether the scope gains a requirement about the same thing.
fn replaced(delta: &ScopeDelta<'_>, lost: Subject) -> bool {
    let near = near(delta);
    let denies = delta
        .gained
        .iter()
        .any(|it| it.form == Form::Guard && it.exit == Exit::Denies);
    denies
        || lost != Subject::Limit && checks_replace(delta)
        || delta
            .gained
            .iter()
            .filter(|it| it.form != Form::Allow)
            .filter(|it| it.exit != Exit::Leaves || it.form == Form::Gate)
            .filter_map(|it| subject(it, &near))
            .any(|gained| {
                gained == lost
                    || matches!(
                        (gained, lost),
                        (
                            Subject::Permission | Subject::Ownership | Subject::Identity,
                            Subject::Permission | Subject::Ownership | Subject::Identity
                        )
                    )
            })
}

fn concern(symbol: &str, lost: &Requirement, subject: Subject) -> String {
    let what = match subject {
        Subject::Ownership => {
            "no longer checks that the thing belongs to the one who asks. One customer could reach what is another's"
        }
        Subject::Permission => {
            "no longer checks that the caller may do this. People without the right could do it"
        }
        Subject::Identity => {
            "no longer checks who is calling. People who are not signed in could get through"
        }
        Subject::SecondFactor => {
            "no longer asks for the second factor here. A stolen password could be enough"
        }
        Subject::Forgery => {
            "no longer checks that the request comes from our own pages. Another site could send it for a signed-in user"
        }
        Subject::Secret => {
            "no longer checks the code, token or signature it was given. A made-up one could be accepted"
        }
        Subject::Limit => "no longer limits how often this can be tried. Guessing becomes possible",
        Subject::Address => {
            "no longer checks where the request comes from or goes to. It could be sent anywhere"
        }
        _ => {
            "no longer refuses what it refused before. What an operator switched off could be reached"
        }
    };
    let _ = lost;
    format!(
        "`{}` {what}.",
        if symbol.is_empty() {
            "This file"
        } else {
            symbol
        }
    )
}

fn advice(subject: Subject) -> String {
    match subject {
        Subject::Limit => "Put the limit back, or say where it is done now.".to_owned(),
        _ => "Put the check back, or say where it is done now, and add a test that a stranger is refused.".to_owned(),
    }
}
