//! Ways around a check that still stands there: it is asked only sometimes, or for fewer people, or
//! about nothing, or compares in another way.

use crate::facts::fact::{Call, Exit, Facts, Guard, Place, Usage};
use crate::facts::tree::{Expr, ExprKind, Operator, Stmt};
use crate::review::conditions::requirement::{Form, Requirement, checks_something, surely_checks};
use crate::review::conditions::subject::sane;
use crate::review::deltas::delta::{Direction, ScopeDelta, atoms};
use crate::review::deltas::key;
use crate::review::deltas::slots::each_expr;
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

/// Checks that were always made and now only under a condition, or under a narrower one.
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
        let Some(when) = rarer(&before.place, &after.place) else {
            continue;
        };
        out.push(Bypass {
            before: &before.place,
            after: &after.place,
            fact: format!("{text} if {}", when.fact()),
            says: match when {
                Rarer::Under(condition) => format!(
                    "always called `{}` and now does so only under a condition: `{condition}`",
                    before.name
                ),
                Rarer::Without(case) => format!(
                    "called `{}` also where `{case}` holds, and no longer does so for that",
                    before.name
                ),
            },
        });
    }
    out
}

/// Refusals that still stand there and are only asked for in fewer cases.
pub fn refused_sometimes<'a>(delta: &'a ScopeDelta<'_>) -> Vec<Bypass<'a>> {
    let guards = |facts: &'a Facts, here: &dyn Fn(usize) -> bool| -> Vec<&'a Guard> {
        let all = facts.guards.iter();
        all.filter(|it| here(it.place.scope) && it.exit == Exit::Denies)
            .collect()
    };
    let (old, new) = (&delta.base_file.before, &delta.file.after);
    let before = guards(&old.facts, &|it| {
        std::ptr::eq(&old.tree.scopes[it], delta.before)
    });
    let after = guards(&new.facts, &|it| {
        std::ptr::eq(&new.tree.scopes[it], delta.after)
    });
    let mut out = Vec::new();
    for was in &before {
        let alike = |it: &&&Guard| it.condition == was.condition;
        let mut same = after.iter().filter(alike);
        let (1, Some(is), None) = (
            before.iter().filter(alike).count(),
            same.next(),
            same.next(),
        ) else {
            continue;
        };
        let Some(Rarer::Without(case)) = rarer(&was.place, &is.place) else {
            continue;
        };
        out.push(Bypass {
            before: &was.place,
            after: &is.place,
            fact: format!("{} without {case}", was.condition),
            says: format!("also asked for its check where `{case}` holds, and no longer does"),
        });
    }
    out
}

/// What is given to people only under a condition, and now always: `can :manage, Address if …`.
pub fn granted_always<'a>(delta: &'a ScopeDelta<'_>) -> Vec<Bypass<'a>> {
    let returns = &delta.base_file.before.facts.returns;
    let returned = |it: &Call| {
        let mut values = returns.iter().filter_map(|it| it.value.as_ref());
        values.any(|value| value.span == it.place.span)
    };
    let grants = |it: &&&Call| {
        (it.result != Usage::Used || returned(it))
            && !it.arguments.is_empty()
            && matches!(it.name.as_str(), "can" | "allow" | "grant" | "permit")
    };
    let mut out = Vec::new();
    for before in delta.calls_before.iter().filter(grants) {
        let text = print(before);
        let same = |it: &&&Call| print(it) == text;
        let old = delta.calls_before.iter().filter(same).count();
        let mut new = delta.calls_after.iter().filter(same);
        let (1, Some(after), None) = (old, new.next(), new.next()) else {
            continue;
        };
        if let Some(Rarer::Under(condition)) = rarer(&after.place, &before.place) {
            out.push(Bypass {
                before: &before.place,
                after: &after.place,
                fact: format!("{text} without {condition}"),
                says: format!("gave a right only if `{condition}`, and now always gives it"),
            });
        }
    }
    for (before, after) in &delta.calls_changed {
        let fewer = after.arguments.len() + 1 == before.arguments.len()
            && before.arguments.starts_with(&after.arguments);
        let bound = before.arguments.last().filter(|it| {
            it.name.is_some() || matches!(it.value.kind, ExprKind::Map(_) | ExprKind::Function(..))
        });
        if grants(&&before) && fewer && bound.is_some() {
            out.push(Bypass {
                before: &before.place,
                after: &after.place,
                fact: format!("{} for all", print(after)),
                says: "gave a right only for some things, and now gives it for all of them"
                    .to_owned(),
            });
        }
    }
    out
}

/// In which way something is reached in fewer cases than before.
enum Rarer {
    /// Only under a further condition.
    Under(String),
    /// No longer in one of several cases.
    Without(String),
}

impl Rarer {
    fn fact(&self) -> &str {
        match self {
            Self::Under(it) | Self::Without(it) => it,
        }
    }
}

/// Whether a place is reached in fewer cases than another, for one reason only.
fn rarer(before: &Place, after: &Place) -> Option<Rarer> {
    let (was, is) = (&before.conditions, &after.conditions);
    let gone: Vec<&String> = was.iter().filter(|it| !is.contains(it)).collect();
    let more: Vec<&String> = is.iter().filter(|it| !was.contains(it)).collect();
    match (gone.as_slice(), more.as_slice()) {
        ([], [more]) if is.len() == was.len() + 1 && !more.starts_with("caught ") => {
            Some(Rarer::Under((*more).clone()))
        }
        ([gone], [more]) => {
            let cases = |it: &str| -> Vec<String> { it.split(" || ").map(str::to_owned).collect() };
            let (old, new) = (cases(gone), cases(more));
            let lost: Vec<&String> = old.iter().filter(|it| !new.contains(it)).collect();
            // A case that is cut in two by its own `||` is none.
            let whole =
                |it: &str| !it.contains("&&") && it.matches('(').count() == it.matches(')').count();
            match lost.as_slice() {
                [lost] if new.len() + 1 == old.len() && old.iter().all(|it| whole(it)) => {
                    Some(Rarer::Without((*lost).clone()))
                }
                _ => None,
            }
        }
        _ => None,
    }
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
    let lost = delta.lost.iter().filter_map(|before| {
        let after = delta.gained.iter().find(|it| {
            let (was, is) = (&before.condition, &it.condition);
            it.form == before.form && (one_operator(was, is) || only_there(was, is))
        })?;
        (before.form != Form::Allow).then_some((before, after))
    });
    let changed = delta.changed.iter().filter(|it| {
        it.direction == Direction::Other
            && it.before.form == it.after.form
            && only_there(&it.before.condition, &it.after.condition)
    });
    lost.chain(changed.map(|it| (&it.before, &it.after)))
}

/// The operator, the left and the right side of a comparison, and how it is printed.
type Compared = (Operator, String, String, String);

/// The one comparison in which two conditions differ, where it is one.
fn differing(left: &Expr, right: &Expr) -> Option<(Compared, Compared)> {
    let compared = |it: &Expr| {
        let mut out = Vec::new();
        it.walk(&mut |part| {
            if let ExprKind::Binary(operator, a, b) = &part.kind
                && operator.compares()
            {
                out.push((*operator, a.to_string(), b.to_string(), part.to_string()));
            }
        });
        out
    };
    let (old, new) = (compared(left), compared(right));
    if old.len() != new.len() {
        return None;
    }
    let mut differing = old.into_iter().zip(new).filter(|(a, b)| a != b);
    differing.next().filter(|_| differing.next().is_none())
}

/// `document.owner == user` that only asks whether there is an owner now.
pub fn only_there(left: &Expr, right: &Expr) -> bool {
    let Some((a, b)) = differing(left, right) else {
        return false;
    };
    // In whatever order the others stand.
    let rest = |it: &Compared, whole: &Expr| -> BTreeSet<String> {
        let others = atoms(whole).into_iter().map(ToString::to_string);
        others.filter(|part| *part != it.3).collect()
    };
    let name = |it: &str| it.starts_with(|it: char| it.is_alphabetic() || "_@".contains(it));
    a.0 == Operator::Equal
        && b.0 == Operator::NotEqual
        && b.2 == "null"
        && (a.1 == b.1 || a.2 == b.1)
        && [&a.1, &a.2].into_iter().all(|it| name(it) && it != "null")
        && rest(&a, left) == rest(&b, right)
}

/// Whether two conditions differ in nothing but one comparison.
fn one_operator(left: &Expr, right: &Expr) -> bool {
    let Some((a, b)) = differing(left, right) else {
        return false;
    };
    a.1 == b.1
        && a.2 == b.2
        && a.0.negated() != Some(b.0)
        && !(matches!(left.kind, ExprKind::Binary(..)) && narrower(a.0, b.0))
        && left.to_string().replace(a.0.symbol(), "") == right.to_string().replace(b.0.symbol(), "")
}

/// Whether less meets a comparison than another.
fn narrower(before: Operator, after: Operator) -> bool {
    matches!(
        (before, after),
        (Operator::LessEqual, Operator::Less | Operator::Equal)
            | (Operator::GreaterEqual, Operator::Greater | Operator::Equal)
    )
}

/// Lists of what is left out or refused that lost an entry: the list, and what is gone from it.
pub fn refuses_fewer(delta: &ScopeDelta<'_>) -> Vec<(Expr, Expr, String)> {
    let (before, after) = (refused(&delta.before.body), refused(&delta.after.body));
    let mut out = Vec::new();
    for (what, list) in &before {
        if after.iter().any(|it| it.0 == *what && it.1 == *list) {
            continue;
        }
        let Some((_, now)) = after.iter().find(|it| it.0 == *what) else {
            continue;
        };
        let (ExprKind::List(old), ExprKind::List(new)) = (&list.kind, &now.kind) else {
            continue;
        };
        let gone = old.iter().find(|it| !new.contains(it));
        if let Some(gone) = gone.filter(|_| new.iter().all(|it| old.contains(it))) {
            out.push((list.clone(), now.clone(), gone.to_string()));
        }
    }
    out
}

/// Lists in `x not in [...]`, `!list.includes(x)`, `where.not(x: [...])`, `exclude(x__in=[...])`,
/// by what they are compared with.
fn refused(body: &[Stmt]) -> Vec<(String, Expr)> {
    let mut out = Vec::new();
    each_expr(body, &mut |it| match &it.kind {
        ExprKind::Binary(Operator::NotIn, item, list) if matches!(list.kind, ExprKind::List(_)) => {
            out.push((item.to_string(), (**list).clone()));
        }
        ExprKind::Not(inner) => {
            if let ExprKind::Call(callee, arguments) = &inner.kind
                && let ExprKind::Member(list, _) = &callee.kind
                && let (ExprKind::List(_), [item]) = (&list.kind, arguments.as_slice())
            {
                out.push((item.value.to_string(), (**list).clone()));
            }
        }
        ExprKind::Call(callee, arguments)
            if matches!(
                callee.last_name(),
                "not" | "exclude" | "whereNotIn" | "where_not_in" | "notIn" | "NotIn"
            ) =>
        {
            for argument in arguments {
                let name = argument.name.clone().unwrap_or_default();
                match &argument.value.kind {
                    ExprKind::List(_) => out.push((name, argument.value.clone())),
                    ExprKind::Map(pairs) => {
                        let lists = pairs
                            .iter()
                            .filter(|it| matches!(it.1.kind, ExprKind::List(_)));
                        out.extend(lists.map(|(key, list)| (key.to_string(), list.clone())));
                    }
                    _ => {}
                }
            }
        }
        _ => {}
    });
    out
}
