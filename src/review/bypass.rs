//! Ways around a check that still stands there: it is asked only sometimes, or for fewer people, or
//! about nothing, or compares in another way.

use super::delta::ScopeDelta;
use super::key;
use super::requirement::{Form, Requirement, checks_something, surely_checks};
use super::subject::sane;
use crate::facts::fact::{Call, Place, Usage};
use crate::facts::tree::{Expr, ExprKind, Operator};
use std::collections::BTreeSet;

/// A check that can be got around now.
pub struct Bypass<'a> {
    /// Where it stood.
    pub before: &'a Place,
    /// Where it stands.
    pub after: &'a Place,
    /// What it is known by.
    pub fact: String,
    /// What has happened, as the end of a sentence that begins with the function.
    pub says: String,
}

/// Checks that were always made and now only under a condition.
pub fn asked_sometimes<'a>(delta: &'a ScopeDelta<'_>) -> Vec<Bypass<'a>> {
    let mut out = Vec::new();
    let asks = |it: &&&Call| it.result != Usage::Used && surely_checks(&it.name);
    for before in delta.calls_before.iter().filter(asks) {
        let text = print(before);
        let same = |it: &&&Call| print(it) == text && it.result != Usage::Used;
        let old = delta.calls_before.iter().filter(same).count();
        let mut new = delta.calls_after.iter().filter(same);
        let (1, Some(after), None) = (old, new.next(), new.next()) else {
            continue;
        };
        let (was, is) = (&before.place.conditions, &after.place.conditions);
        let more: Vec<&String> = is.iter().filter(|it| !was.contains(it)).collect();
        if more.len() != 1 || is.len() != was.len() + 1 || more[0].starts_with("caught ") {
            continue;
        }
        out.push(Bypass {
            before: &before.place,
            after: &after.place,
            fact: format!("{text} if {}", more[0]),
            says: format!(
                "always called `{}` and now does so only under a condition: `{}`",
                before.name, more[0]
            ),
        });
    }
    out
}

fn print(call: &Call) -> String {
    let arguments: Vec<String> = call.arguments.iter().map(ToString::to_string).collect();
    format!("{}({})", call.callee, arguments.join(", "))
}

/// What was done for everybody without a right, and now leaves out others as well: `!admin` that
/// became `!admin && !leader`.
pub fn fewer_people<'a>(delta: &'a ScopeDelta<'_>) -> Vec<Bypass<'a>> {
    let mut out = Vec::new();
    let parts = |condition: &Expr| -> BTreeSet<String> {
        let parts = condition.parts(Operator::And);
        parts.into_iter().map(key::loose).collect()
    };
    let (old, new) = (&delta.base_file.before, &delta.file.after);
    for after in &new.facts.gates {
        let negative = |it: &&Expr| matches!(it.kind, ExprKind::Not(_));
        let asked = after.condition.parts(Operator::And);
        if !std::ptr::eq(&new.tree.scopes[after.place.scope], delta.after)
            || asked.len() < 2
            || !asked.iter().all(negative)
        {
            continue;
        }
        let found = old.facts.gates.iter().find(|it| {
            let was = it.condition.parts(Operator::And);
            std::ptr::eq(&old.tree.scopes[it.place.scope], delta.before)
                && was.len() + 1 == asked.len()
                && parts(&it.condition).is_subset(&parts(&after.condition))
                && was.iter().all(|it| sane(it) == Some(false))
                && it
                    .calls
                    .iter()
                    .filter(|it| after.calls.contains(it))
                    .count()
                    * 2
                    >= it.calls.len()
        });
        let Some(before) = found else { continue };
        let known = parts(&before.condition);
        let Some(extra) = asked
            .into_iter()
            .find(|it| !known.contains(&key::loose(it)))
        else {
            continue;
        };
        out.push(Bypass {
            before: &before.place,
            after: &after.place,
            fact: format!("unless {extra}"),
            says: format!(
                "did something for everybody without a right, and now leaves out whoever meets `{}`",
                extra.clone().negate()
            ),
        });
    }
    out
}

/// Checks that were told what to look at and now are told nothing.
pub fn asked_about_nothing<'a>(delta: &'a ScopeDelta<'_>) -> Vec<Bypass<'a>> {
    let mut out = Vec::new();
    for (before, after) in &delta.calls_changed {
        if !checks_something(&before.name) || before.arguments.len() != after.arguments.len() {
            continue;
        }
        let emptied = before
            .arguments
            .iter()
            .zip(&after.arguments)
            .find(|(old, new)| says_something(&old.value) && empty(&new.value));
        let Some((old, _)) = emptied else { continue };
        out.push(Bypass {
            before: &before.place,
            after: &after.place,
            fact: format!("{} without {}", before.name, old.value),
            says: format!(
                "told `{}` to look at `{}` and now tells it nothing there",
                before.name, old.value
            ),
        });
    }
    out
}

fn says_something(value: &Expr) -> bool {
    matches!(
        value.kind,
        ExprKind::Name(_) | ExprKind::Member(..) | ExprKind::Call(..) | ExprKind::Index(..)
    )
}

fn empty(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Null => true,
        ExprKind::Text(text) => text.is_empty(),
        ExprKind::Number(number) => number == "0",
        ExprKind::List(parts) => parts.is_empty(),
        _ => false,
    }
}

/// Requirements that compare the same two things in another way, which is not the opposite.
pub fn compared_otherwise<'d>(
    delta: &'d ScopeDelta<'_>,
) -> impl Iterator<Item = (&'d Requirement, &'d Requirement)> {
    delta.lost.iter().filter_map(|before| {
        let after = delta
            .gained
            .iter()
            .find(|it| it.form == before.form && one_operator(&before.condition, &it.condition))?;
        (before.form != Form::Allow).then_some((before, after))
    })
}

/// Whether two conditions differ in nothing but one comparison.
fn one_operator(left: &Expr, right: &Expr) -> bool {
    let compared = |it: &Expr| {
        let mut out = Vec::new();
        it.walk(&mut |part| {
            if let ExprKind::Binary(operator, a, b) = &part.kind
                && operator.compares()
            {
                out.push((*operator, a.to_string(), b.to_string()));
            }
        });
        out
    };
    let (old, new) = (compared(left), compared(right));
    if old.is_empty() || old.len() != new.len() {
        return false;
    }
    let differing: Vec<_> = old.iter().zip(&new).filter(|(a, b)| a != b).collect();
    let [(a, b)] = differing[..] else {
        return false;
    };
    a.1 == b.1
        && a.2 == b.2
        && a.0.negated() != Some(b.0)
        && left.to_string().replace(a.0.symbol(), "") == right.to_string().replace(b.0.symbol(), "")
}
