//! What stands on one side only, and what is two forms of one.

use crate::facts::fact::Call;
use crate::facts::tree::{Expr, Operator};
use crate::review::conditions::requirement::Requirement;
use crate::review::deltas::delta::{Changed, Direction};
use crate::review::deltas::key::{self, Renames};
use std::collections::{BTreeSet, HashMap, VecDeque};

/// What stands only before and only after: by the full key, then by the loose one.
pub(in crate::review) fn difference<T: Clone>(
    before: &[T],
    after: &[T],
    renames: &Renames,
    of: impl Fn(&T) -> &Expr,
) -> (Vec<T>, Vec<T>) {
    let mut left: Vec<Option<&T>> = before.iter().map(Some).collect();
    let mut right: Vec<Option<&T>> = after.iter().map(Some).collect();
    let none = Renames::default();
    type Key<'k> = &'k dyn Fn(&Expr) -> String;
    let keys: [(Key<'_>, Key<'_>); 2] = [
        (&|it| key::full(it, renames), &|it| key::full(it, &none)),
        (&|it| key::loose(&key::renamed(it, renames)), &|it| {
            key::loose(it)
        }),
    ];
    for (old, new) in keys {
        let mut at: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, it) in right.iter().enumerate() {
            if let Some(it) = it {
                at.entry(new(of(it))).or_default().push(index);
            }
        }
        for slot in &mut left {
            let Some(it) = slot else { continue };
            if let Some(found) = at.get_mut(&old(of(it)))
                && !found.is_empty()
            {
                right[found.remove(0)] = None;
                *slot = None;
            }
        }
    }
    (
        left.into_iter().flatten().cloned().collect(),
        right.into_iter().flatten().cloned().collect(),
    )
}

/// Lost and gained requirements that are two forms of one.
pub(in crate::review) fn pair_up(
    lost: Vec<Requirement>,
    gained: Vec<Requirement>,
    renames: &Renames,
) -> (Vec<Requirement>, Vec<Requirement>, Vec<Changed>) {
    let mut gained: Vec<Option<Requirement>> = gained.into_iter().map(Some).collect();
    let none = Renames::default();
    let mut left = Vec::new();
    let mut changed = Vec::new();
    for before in lost {
        let parts: BTreeSet<String> = before
            .condition
            .parts(Operator::Or)
            .into_iter()
            .map(|it| key::loose(&key::renamed(it, renames)))
            .collect();
        let old = ways(&before.condition, renames);
        let negated = key::loose(&key::renamed(&before.condition.clone().negate(), renames));
        let mut best: Option<(usize, Direction)> = None;
        for (index, after) in gained.iter().enumerate() {
            let Some(after) = after else { continue };
            let others: BTreeSet<String> = after
                .condition
                .parts(Operator::Or)
                .into_iter()
                .map(key::loose)
                .collect();
            let direction = if key::loose(&after.condition) == negated && after.form == before.form
            {
                Direction::Inverted
            } else if parts.is_subset(&others)
                || after.form == before.form && covers(&ways(&after.condition, &none), &old)
            {
                Direction::Wider
            } else if others.is_subset(&parts)
                || after.form == before.form && covers(&old, &ways(&after.condition, &none))
            {
                Direction::Narrower
            } else if !parts.is_disjoint(&others) {
                Direction::Other
            } else {
                continue;
            };
            best = Some((index, direction));
            if direction != Direction::Other {
                break;
            }
        }
        match best.and_then(|(index, direction)| gained[index].take().map(|it| (it, direction))) {
            // `if a { if b { leave } }` and `if a && b { leave }`.
            Some((after, Direction::Wider)) if nested(&before, &after) => {}
            Some((after, Direction::Narrower)) if nested(&after, &before) => {}
            Some((after, direction)) => changed.push(Changed {
                before,
                after,
                direction,
            }),
            None => left.push(before),
        }
    }
    (left, gained.into_iter().flatten().collect(), changed)
}

/// Whether the further ways to meet a condition only say that what stood around it does not hold.
fn nested(inner: &Requirement, joined: &Requirement) -> bool {
    let known: BTreeSet<String> = ways_of(&inner.condition);
    let around = |it: &Expr| {
        let opposite = it.clone().negate().to_string();
        inner.place.conditions.contains(&opposite)
            || inner
                .place
                .conditions
                .iter()
                .any(|it| it.split(" && ").any(|part| part == opposite))
    };
    let further = joined.condition.parts(Operator::Or);
    let mut further = further
        .into_iter()
        .filter(|it| !known.contains(&key::loose(it)))
        .peekable();
    further.peek().is_some() && further.all(around)
}

fn ways_of(condition: &Expr) -> BTreeSet<String> {
    let ways = condition.parts(Operator::Or);
    ways.into_iter().map(key::loose).collect()
}

/// The ways to meet a condition, and what each way asks for.
fn ways(condition: &Expr, renames: &Renames) -> Vec<BTreeSet<String>> {
    let way = |it: &Expr| {
        it.parts(Operator::And)
            .into_iter()
            .map(|it| key::loose(&key::renamed(it, renames)))
            .collect()
    };
    let ways = condition.parts(Operator::Or);
    ways.into_iter().map(way).collect()
}

/// Whether whoever takes one of the ways `narrow` may also take one of `wide`.
fn covers(wide: &[BTreeSet<String>], narrow: &[BTreeSet<String>]) -> bool {
    (wide.len() > 1 || narrow.len() > 1)
        && narrow
            .iter()
            .all(|it| wide.iter().any(|other| other.is_subset(it)))
}

type CallDifference = (Vec<Call>, Vec<Call>, Vec<(Call, Call)>);

pub(in crate::review) fn call_difference(
    before: &[&Call],
    after: &[&Call],
    renames: &Renames,
) -> CallDifference {
    let none = Renames::default();
    let print = |call: &Call, renames: &Renames| {
        let callee = key::full(&call.callee, renames);
        let arguments: Vec<String> = call
            .arguments
            .iter()
            .map(|it| match &it.name {
                Some(name) => format!("{name}: {}", key::full(&it.value, renames)),
                None => key::full(&it.value, renames),
            })
            .collect();
        format!("{callee}({})", arguments.join(", "))
    };
    let mut right: Vec<Option<&Call>> = after.iter().copied().map(Some).collect();
    let mut printed: HashMap<String, VecDeque<usize>> = HashMap::new();
    for (index, call) in after.iter().enumerate() {
        printed
            .entry(print(call, &none))
            .or_default()
            .push_back(index);
    }
    let mut left = Vec::new();
    for call in before {
        match printed
            .get_mut(&print(call, renames))
            .and_then(VecDeque::pop_front)
        {
            Some(index) => right[index] = None,
            None => left.push(*call),
        }
    }
    let mut named: HashMap<&str, VecDeque<usize>> = HashMap::new();
    for (index, call) in right.iter().enumerate() {
        if let Some(call) = call {
            named.entry(&call.name).or_default().push_back(index);
        }
    }
    let mut lost = Vec::new();
    let mut changed = Vec::new();
    for call in left {
        let name = renames.get(&call.name).unwrap_or(&call.name);
        let found = named.get_mut(name.as_str()).and_then(VecDeque::pop_front);
        match found.and_then(|index| right[index].take()) {
            Some(found) => changed.push((call.clone(), found.clone())),
            None => lost.push(call.clone()),
        }
    }
    (
        lost,
        right.into_iter().flatten().cloned().collect(),
        changed,
    )
}
