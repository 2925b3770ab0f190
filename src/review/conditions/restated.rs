//! Whether something else stands where a requirement stood.

use crate::facts::fact::Exit;
use crate::facts::tree::{Argument, Expr, ExprKind, Operator, Scope, StmtKind};
use crate::review::code::near;
use crate::review::conditions::rank::weaker;
use crate::review::conditions::requirement::{Form, Requirement, checks_something};
use crate::review::conditions::subject::{Subject, spoken_words, subject};
use crate::review::deltas::delta::{Deltas, ScopeDelta};
use crate::review::deltas::key::loose;
use crate::review::deltas::slots::{each_expr, each_stmt};

/// Whether what comes right after a refusal refuses as well, so that the condition only chose the
/// words.
pub fn refuses_anyway(delta: &ScopeDelta<'_>, lost: &Requirement) -> bool {
    let span = &lost.place.span;
    let status = |value: &Expr| {
        let mut found = false;
        value.walk(&mut |it| {
            found |= matches!(&it.kind, ExprKind::Number(number) if number.len() == 3 && number.starts_with(['4', '5']));
        });
        found
    };
    let mut refuses = false;
    each_stmt(&delta.before.body, &mut |it| {
        if let StmtKind::If { then, .. } = &it.kind {
            refuses |= then.windows(2).any(|pair| {
                let [asks, next] = pair else { return false };
                asks.span.start <= span.start
                    && span.end <= asks.span.end
                    && match &next.kind {
                        StmtKind::Throw(_) => true,
                        StmtKind::Return(Some(value)) => status(value),
                        _ => false,
                    }
            });
        }
    });
    refuses
}

/// Whether the function asks the same as often as before, in another condition or to choose between
/// two values.
pub fn still_asked(delta: &ScopeDelta<'_>, condition: &Expr) -> bool {
    let asked = match &condition.kind {
        ExprKind::Not(inner) => inner,
        _ => condition,
    };
    let count = |scope: &Scope| {
        let mut found = 0;
        each_expr(&scope.body, &mut |it| found += usize::from(it == asked));
        found
    };
    let (was, is) = (count(delta.before), count(delta.after));
    is > 0 && is >= was
}

/// Whether the same check is still made for the same thing, or for more.
pub fn asked_again(delta: &ScopeDelta<'_>, lost: &Requirement) -> bool {
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
pub fn rewritten<'a>(delta: &'a ScopeDelta<'_>, lost: &Requirement) -> Vec<&'a Requirement> {
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
                // The parts of one refusal are written anew together.
                other.place.order != lost.place.order
                    && other.exit == gained.exit
                    && closeness(other, gained) >= 0.3_f64.max(here + 0.1)
            })
        })
        .collect()
}

/// Whether a call that checks something is new.
pub fn checks_replace(delta: &ScopeDelta<'_>) -> bool {
    delta
        .calls_gained
        .iter()
        .any(|it| checks_something(&it.name))
}

/// Whether something that asks for as much newly stands around the function.
pub fn stands_around(
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
pub fn replaced(delta: &ScopeDelta<'_>, lost: &Requirement, about: Subject) -> bool {
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
        || refused_in_chain(delta, lost)
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

/// Whether what was refused by a statement is refused by a step of a chain now, in the same words:
/// `.filter(allowed).switchIfEmpty(error(Forbidden))`, `.ok_or(Forbidden)?`.
pub fn refused_in_chain(delta: &ScopeDelta<'_>, lost: &Requirement) -> bool {
    let step = |name: &str| {
        matches!(
            name,
            "switchIfEmpty" | "orElseThrow" | "ok_or" | "ok_or_else" | "ensure" | "failIfNull"
        )
    };
    let told: Vec<&String> = lost.said.iter().filter(|it| it.len() > 3).collect();
    let says = |text: &str| told.iter().filter(|it| text.contains(**it)).count() * 2 >= told.len();
    !told.is_empty()
        && delta.calls_gained.iter().any(|it| {
            let mut given = it.arguments.iter();
            step(&it.name) && given.any(|it| says(&it.value.to_string()))
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
