use crate::facts::fact::Exit;
use crate::facts::tree::{Argument, Expr, ExprKind, Operator};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::checks::auth::owner_scope_dropped::scoped;
use crate::review::code::{draws, near};
use crate::review::delta::{Deltas, ScopeDelta};
use crate::review::finding::Finding;
use crate::review::key::loose;
use crate::review::rank::weaker;
use crate::review::record::Surface;
use crate::review::requirement::{Form, Requirement, checks_something, surely_checks};
use crate::review::subject::{Subject, nothing_but_presence, sane, spoken_words, subject};

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
                None => {
                    out.extend(refusal(context.deltas, delta, lost));
                    out.extend(narrowing(context.deltas, delta, lost));
                }
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
    let refuses = match lost.form {
        Form::Guard => lost.exit != Exit::Leaves,
        Form::Call => surely_checks(lost.condition.last_name()) && !asked_again(delta, lost),
        _ => false,
    };
    if !refuses || nothing_but_presence(&lost.condition) {
        return None;
    }
    let only_change = !rewritten(delta, lost)
        .into_iter()
        .any(|it| it.exit != Exit::Leaves)
        && delta.kept_without(lost) >= 0.7
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
            .speaks_if(only_change && !draws(delta.file) && !deltas.moved(&lost.condition) && !delta.turned(&lost.condition) && !deltas.said_elsewhere(delta, lost) && !deltas.extracted(delta) && !checks_replace(delta)),
    )
}

/// One of several conditions around the same code, or of one answer, that no word tells more
/// about.
fn narrowing(deltas: &Deltas<'_>, delta: &ScopeDelta<'_>, lost: &Requirement) -> Option<Finding> {
    // A gate with its condition the other way round keeps people in, not out.
    let confines = lost.form == Form::Gate && matches!(lost.condition.kind, ExprKind::Not(_));
    let whole =
        lost.form == Form::Gate && lost.place.conditions.is_empty() && asks(&lost.condition);
    if confines || nothing_but_presence(&lost.condition) || !(delta.one_of_several(lost) || whole) {
        return None;
    }
    let gained = delta.gained.iter().any(|it| it.form != Form::Allow);
    let code = delta.base_file.before.code(&lost.place.span);
    Some(
        Finding::new(delta.file, delta.symbol(), lost.condition.to_string())
            .before(lost.place.line, code)
            .near(delta.line_after(lost.place.line))
            .says(
                format!(
                    "`{}` went on only if `{}` held, and no longer asks for it. More goes through now.",
                    delta.symbol(),
                    lost.condition
                ),
                "Put the condition back, or say why it can no longer fail.",
            )
            .speaks_if(
                !gained
                    && delta.still_does_inside(lost)
                    && delta.kept_without(lost) >= 0.7
                    && !draws(delta.file)
                    && !deltas.moved(&lost.condition)
                    && !delta.turned(&lost.condition)
                    && !deltas.extracted(delta),
            ),
    )
}

/// Whether a condition asks a question by a call: `matches(name)`, `is_valid(url)`.
fn asks(condition: &Expr) -> bool {
    let ExprKind::Call(callee, arguments) = &condition.kind else {
        return false;
    };
    !arguments.is_empty()
        && words(callee.last_name()).iter().any(|it| {
            matches!(
                it.as_str(),
                "match"
                    | "matches"
                    | "valid"
                    | "validate"
                    | "verify"
                    | "verified"
                    | "trusted"
                    | "safe"
                    | "allowed"
                    | "permitted"
                    | "is"
            )
        })
}

/// Whether the same check is still made for the same thing, or for more.
fn asked_again(delta: &ScopeDelta<'_>, lost: &Requirement) -> bool {
    let ExprKind::Call(callee, arguments) = &lost.condition.kind else {
        return false;
    };
    let rights = named_rights(arguments);
    delta
        .calls_after
        .iter()
        .filter(|it| it.name == callee.last_name())
        .any(|it| {
            let others = named_rights(&it.arguments);
            rights.is_empty()
                || rights.iter().all(|right| {
                    others.contains(right)
                        || others.iter().any(|it| weaker(right, it) == Some(false))
                })
        })
}

/// The texts and constants among arguments: what a check asks for.
fn named_rights(arguments: &[Argument]) -> Vec<String> {
    let mut out = Vec::new();
    for argument in arguments {
        match &argument.value.kind {
            ExprKind::Text(text) => out.push(text.clone()),
            ExprKind::Member(_, name) if name.starts_with(char::is_uppercase) => {
                out.push(name.clone());
            }
            _ => {}
        }
    }
    out
}

/// What is new and not another lost requirement, written anew.
fn rewritten<'a>(delta: &'a ScopeDelta<'_>, lost: &Requirement) -> Vec<&'a Requirement> {
    let closeness = |lost: &Requirement, gained: &Requirement| {
        let (old, new) = (
            spoken_words(&lost.condition),
            spoken_words(&gained.condition),
        );
        let shared = old.intersection(&new).count() as f64;
        let all = old.union(&new).count().max(1) as f64;
        let same = lost.said == gained.said && !lost.said.is_empty();
        shared / all + if same { 0.5 } else { 0.0 }
    };
    delta
        .gained
        .iter()
        .filter(|gained| {
            let here = closeness(lost, gained);
            !delta.lost.iter().any(|other| {
                !std::ptr::eq(other, lost)
                    && other.exit == gained.exit
                    && closeness(other, gained) >= 0.3_f64.max(here + 0.1)
            })
        })
        .collect()
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
            (!matches!(subject, Subject::Address | Subject::Switch)
                || surely_checks(lost.condition.last_name()) && delta.kept_without(lost) >= 0.7)
                && !asked_again(delta, lost)
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
        && !delta.turned(&lost.condition)
        && !deltas.said_elsewhere(delta, lost)
        && !deltas.extracted(delta)
        && !replaced(delta, lost, subject)
        && !stands_around(deltas, delta, lost, subject)
        && !(subject == Subject::Ownership && scoped(delta))
        && delta.kept_without(lost) >= 0.4
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
fn replaced(delta: &ScopeDelta<'_>, lost: &Requirement, about: Subject) -> bool {
    let near = near(delta);
    let gained = rewritten(delta, lost);
    let denies = gained
        .iter()
        .any(|it| it.form == Form::Guard && it.exit == Exit::Denies);
    // The same is done about the same thing where it does not hold: written anew.
    let reworded = gained.iter().any(|it| {
        let (old, new) = (spoken_words(&lost.condition), spoken_words(&it.condition));
        lost.form == it.form
            && lost.said == it.said
            && !lost.said.is_empty()
            && old.intersection(&new).count() * 2 >= old.len().min(new.len()).max(1)
    });
    denies
        || reworded
        || about != Subject::Limit && checks_replace(delta)
        || gained
            .into_iter()
            .filter(|it| it.form != Form::Allow)
            .filter(|it| it.exit != Exit::Leaves || it.form == Form::Gate)
            // What was refused and now only takes another way is let through.
            .filter(|it| it.form != Form::Gate || !refused_before(lost, &it.condition))
            .filter_map(|it| subject(it, &near))
            .any(|gained| {
                gained == about
                    || matches!(
                        (gained, about),
                        (
                            Subject::Permission | Subject::Ownership | Subject::Identity,
                            Subject::Permission | Subject::Ownership | Subject::Identity
                        )
                    )
            })
}

/// Whether a condition is one under which a requirement did not hold.
fn refused_before(lost: &Requirement, condition: &Expr) -> bool {
    let opposite = loose(&condition.clone().negate());
    lost.condition
        .parts(Operator::Or)
        .into_iter()
        .any(|it| loose(it) == opposite)
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
