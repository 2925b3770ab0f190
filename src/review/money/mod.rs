//! Values that are amounts of money, and what it means when they are worked out differently.

mod caller;
mod names;
pub(crate) mod tries;
mod value;

pub use caller::{from_caller, price_from_caller, sent};
pub use names::{about_money, says_amount, says_money};
pub use value::{definitions, expand, rounding};

use crate::change::Class;
use crate::facts::tree::{Expr, ExprKind, Operator, ScopeKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::key::renamed;
use crate::review::deltas::slots::{self, Slot, SlotKind, canonical};
use std::collections::{BTreeMap, HashSet};
use value::{
    EXACT, FLOAT, bounded, has_call, is_source, leaves, mentions, operands, operators, unrounded,
    value_names,
};

/// What a different value means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// A rounding step is gone, or rounds to other places or in another way.
    RoundedDifferently,
    /// A rounding step is new.
    Rounded,
    /// The same values are put together with other operators.
    OperatorSwapped,
    /// A value no longer goes into it.
    OperandDropped,
    /// A value goes into it that did not.
    OperandAdded,
    /// It was added to what was there, and now takes its place.
    Overwritten,
    /// It took the place of what was there, and is now added to it.
    Accumulated,
    /// An exact number has become a binary fraction.
    Inexact,
    /// It comes from what the caller sends.
    FromCaller,
    /// The first of two sources is gone.
    SourceDropped,
    /// It is read from somewhere else.
    SourceSwapped,
    /// Only a number in it is another.
    Number,
    /// A bound that it was kept within is gone.
    BoundDropped,
    /// It is worked out in another way.
    Formula,
}

/// An amount that is worked out differently.
pub struct AmountChange<'a> {
    /// The name of the amount.
    pub name: String,
    /// As it was.
    pub before: Slot<'a>,
    /// As it is.
    pub after: Slot<'a>,
    /// What that means.
    pub meaning: Meaning,
    /// Whether a function that is new or gone in the change has part of it: it was moved.
    pub moved: bool,
    /// The values that no longer go into it, or do now.
    pub operands: Vec<String>,
}

/// Every amount of a scope that is worked out differently.
pub fn amount_changes<'a>(
    context: &Context<'a>,
    delta: &'a ScopeDelta<'a>,
) -> Vec<AmountChange<'a>> {
    if delta.file.class != Class::Source
        || delta.before.kind == ScopeKind::Class && delta.before.body.is_empty()
        || delta.same_amounts.get().is_some()
    {
        return Vec::new();
    }
    let near = about_money(delta);
    let wanted = |slot: &Slot<'_>| says_amount(slot.name, near) && is_amount(slot);
    let changes = slots::changes(delta.before, delta.after, &delta.renames, &wanted);
    if changes.changed.is_empty() {
        delta.same_amounts.get_or_init(|| ());
        return Vec::new();
    }
    let (old, new) = (definitions(delta.before), definitions(delta.after));
    let functions = context.alone();
    let mut out = Vec::new();
    for (before, after) in changes.changed {
        let value = renamed(before.value, &delta.renames);
        let (was, is) = (expand(&value, &old, 0), expand(after.value, &new, 0));
        if before.operator == after.operator && canonical(&was) == canonical(&is) {
            continue;
        }
        let from_outside = || {
            let (mut known, mut knows) = (old.clone(), new.clone());
            known.extend(sent(&delta.base_file.before, delta.before));
            knows.extend(sent(&delta.file.after, delta.after));
            price_from_caller(&expand(&was, &known, 0), &expand(&is, &knows, 0))
        };
        let meaning = match meaning(&before, &value, &was, &after, &is) {
            _ if from_outside() => Meaning::FromCaller,
            Some(meaning) => meaning,
            None => continue,
        };
        // A new function that reads what is sent is no other place for the same amount.
        let moved = meaning != Meaning::FromCaller
            && (names_one(&value, &functions.gone) || names_one(&is, &functions.born));
        let (dropped, added) = operands(&was, &is);
        // What is left out here may be taken off somewhere else in the scope.
        let elsewhere = meaning == Meaning::OperandDropped
            && dropped
                .iter()
                .any(|it| mentions(delta.after, it) >= mentions(delta.before, it));
        out.push(AmountChange {
            name: after.name.to_owned(),
            meaning,
            moved: moved || elsewhere,
            operands: if dropped.is_empty() { added } else { dropped },
            before,
            after,
        });
    }
    out
}

/// Whether what a slot holds can be an amount: no schema, text, map or anonymous function.
fn is_amount(slot: &Slot<'_>) -> bool {
    match &slot.value.kind {
        ExprKind::Text(_)
        | ExprKind::Template(_)
        | ExprKind::Bool(_)
        | ExprKind::Null
        | ExprKind::List(_)
        | ExprKind::Function(..) => false,
        ExprKind::Map(pairs) => {
            // `{ increment: x }` of an ORM.
            matches!(pairs.as_slice(), [(key, _)] if step(slots::target_name(key)).is_some())
        }
        ExprKind::Not(_) => false,
        ExprKind::Binary(operator, ..) => !operator.compares(),
        ExprKind::Other(kind, _) => kind != "jsx",
        ExprKind::Call(callee, _) => {
            matches!(slot.kind, SlotKind::Named | SlotKind::Returned) || !starts_with_schema(callee)
        }
        _ => true,
    }
}

fn starts_with_schema(callee: &Expr) -> bool {
    matches!(
        callee.first_name(),
        "z" | "Joi"
            | "yup"
            | "t"
            | "v"
            | "models"
            | "serializers"
            | "fields"
            | "sa"
            | "Column"
            | "schema"
            | "factory"
            | "faker"
            | "require"
            | "import"
            | "useState"
            | "React"
            | "expect"
    )
}

fn step(name: &str) -> Option<Operator> {
    match name {
        "increment" | "$inc" | "inc" | "add" => Some(Operator::Add),
        "decrement" | "dec" => Some(Operator::Subtract),
        _ => None,
    }
}

/// Whether an expression names one of some functions.
fn names_one(expr: &Expr, of: &HashSet<String>) -> bool {
    let mut found = false;
    expr.walk(&mut |it| {
        if let ExprKind::Name(name) | ExprKind::Member(_, name) = &it.kind {
            found |= of.contains(name);
        }
    });
    found
}

/// Whether a value starts from what the slot held before.
pub fn accumulates(slot: &Slot<'_>, value: &Expr) -> bool {
    if let Some(Operator::Add | Operator::Subtract) = slot.operator {
        return true;
    }
    if let ExprKind::Map(pairs) = &value.kind {
        return pairs
            .iter()
            .any(|(key, _)| step(slots::target_name(key)).is_some());
    }
    if !operators(value).keys().any(|it| it == "+" || it == "-") {
        return false;
    }
    let name = slot.name.to_lowercase().replace('_', "");
    match slot.kind {
        SlotKind::Returned => false,
        SlotKind::Local => value_names(value).contains(slot.name),
        SlotKind::Assigned => leaves(value).contains_key(&name),
        SlotKind::Named => {
            let owner = words(slot.owner);
            let changes = owner.iter().any(|it| {
                matches!(
                    it.as_str(),
                    "update"
                        | "set"
                        | "assign"
                        | "merge"
                        | "increment"
                        | "modify"
                        | "patch"
                        | "columns"
                        | "attributes"
                        | "upsert"
                )
            });
            changes && leaves(value).contains_key(&name)
        }
    }
}

fn meaning(
    before: &Slot<'_>,
    value: &Expr,
    was: &Expr,
    after: &Slot<'_>,
    is: &Expr,
) -> Option<Meaning> {
    let (plain_was, plain_is) = (unrounded(was), unrounded(is));
    let accumulated = accumulates(before, value) || accumulates(before, was);
    let accumulates_now = accumulates(after, after.value) || accumulates(after, is);
    if accumulated && !accumulates_now {
        let reset = matches!(is.kind, ExprKind::Number(_));
        return (!reset).then_some(Meaning::Overwritten);
    }
    if accumulates_now && !accumulated {
        return Some(Meaning::Accumulated);
    }
    if from_caller(is) && !from_caller(was) || price_from_caller(was, is) {
        return Some(Meaning::FromCaller);
    }
    let cents = |expr: &Expr| {
        let mut found = words(before.name).contains(&"cents".to_owned());
        expr.walk(&mut |it| {
            if let ExprKind::Name(name) | ExprKind::Member(_, name) = &it.kind {
                found |= words(name).contains(&"cents".to_owned());
            }
        });
        found
    };
    if (has_call(was, EXACT) && !has_call(is, EXACT) || cents(was))
        && has_call(is, FLOAT)
        && !has_call(was, FLOAT)
    {
        return Some(Meaning::Inexact);
    }
    if before.operator == after.operator && canonical(&plain_was) == canonical(&plain_is) {
        let (old, new) = (rounding(was), rounding(is));
        if old == new {
            return None;
        }
        let places = |it: &BTreeMap<String, usize>| it.values().sum::<usize>();
        return Some(if places(&new) > places(&old) {
            Meaning::Rounded
        } else {
            Meaning::RoundedDifferently
        });
    }
    if let ExprKind::Binary(Operator::Or, ..) = &was.kind
        && is_source(was)
        && is_source(is)
    {
        let rest: Vec<String> = was.parts(Operator::Or).into_iter().map(canonical).collect();
        let kept: Vec<String> = is.parts(Operator::Or).into_iter().map(canonical).collect();
        if kept.iter().all(|it| rest.contains(it)) && kept.len() < rest.len() {
            return Some(if kept.contains(&rest[0]) {
                Meaning::Formula
            } else {
                Meaning::SourceDropped
            });
        }
    }
    if bounded(&plain_was).is_some_and(|inside| inside.contains(&canonical(&plain_is))) {
        return Some(Meaning::BoundDropped);
    }
    let (dropped, added) = operands(was, is);
    let (old, new) = (operators(&plain_was), operators(&plain_is));
    let only_numbers = |it: &[String]| {
        it.iter()
            .all(|it| it.starts_with(|c: char| c.is_ascii_digit()))
    };
    if dropped.is_empty() && added.is_empty() {
        if before.operator != after.operator || old != new {
            return Some(Meaning::OperatorSwapped);
        }
        return None;
    }
    if old == new
        && only_numbers(&dropped)
        && only_numbers(&added)
        && before.operator == after.operator
    {
        return Some(Meaning::Number);
    }
    if added.is_empty() && !old.is_empty() {
        return Some(Meaning::OperandDropped);
    }
    if dropped.is_empty() && !new.is_empty() {
        return Some(Meaning::OperandAdded);
    }
    if is_source(was) && is_source(is) {
        return Some(Meaning::SourceSwapped);
    }
    Some(Meaning::Formula)
}
