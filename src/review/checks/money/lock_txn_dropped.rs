use crate::facts::fact::{Call, Guard, Place};
use crate::facts::tree::ExprKind;
use crate::facts::words::words;
use crate::review::Context;
use crate::review::delta::ScopeDelta;
use crate::review::finding::{Finding, name_of};
use crate::review::money::{about_money, accumulates};
use crate::review::{isolation, key, requirement, slots};
use std::collections::{BTreeMap, HashMap};

check! {
    /// A write is no longer done under a lock or inside a transaction.
    ///
    /// ## What it does
    /// Compares the locks and transactions around writes, the locking reads and the transactional
    /// annotations of a function. It speaks when one is gone and the writes are still there, when a
    /// condition that was tested under the lock is now tested before it, and when an atomic update
    /// became a read followed by a write. A lock in memory outside code about money is only recorded.
    ///
    /// ## Why it matters
    /// Two requests at the same time both pass the check and both write: a balance is spent twice,
    /// a refund is paid twice, or half of a change is kept when the rest fails.
    ///
    /// ## Example
    /// ```ruby
    /// invoice.with_lock do             # gone
    ///   return if invoice.voided?
    ///   invoice.void!
    /// end
    /// ```
    ///
    /// ## Instead
    /// Test and write under one lock, in one transaction.
    "money/lock-txn-dropped", Money, SPEAKS, run
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Lock,
    Transaction,
}

/// A context or call, by the last part of its name.
fn kind(name: &str) -> Option<Kind> {
    let found = words(name);
    let has = |it: &str| found.iter().any(|word| word == it);
    let held = (has("lock")
        || has("mutex")
        || has("mutexes")
        || has("synchronized")
        || has("synchronize")
        || has("redlock"))
        && !has("un")
        && !has("release")
        && !has("file")
        && !has("scroll");
    if held
        || (has("for") && has("update"))
        || has("exclusively")
        || (has("run") && has("exclusive"))
    {
        return Some(Kind::Lock);
    }
    let transacts =
        matches!(
            name.trim_start_matches('$'),
            "transaction"
                | "atomic"
                | "transactional"
                | "Transactional"
                | "inTransaction"
                | "withTransaction"
                | "runInTransaction"
                | "with_transaction"
                | "in_transaction"
                | "Transaction"
                | "RunInTransaction"
                | "WithTx"
                | "withTx"
                | "TransactionScope"
                | "Begin"
                | "BeginTx"
                | "BeginTxx"
                | "beginTransaction"
                | "begin_transaction"
                | "start_transaction"
                | "startTransaction"
                | "BeginTransaction"
                | "BeginTransactionAsync"
                | "begin_nested"
                | "begin"
        ) || (has("tx") || has("txn") || has("trx") || has("transaction") || has("begin"))
            && (has("with") || has("in") || has("run") || has("func") || has("execute"));
    transacts.then_some(Kind::Transaction)
}

fn context_name(context: &str) -> &str {
    let text = context
        .strip_prefix("with_item<")
        .map_or(context, |it| it.trim_end_matches('>'));
    let text = text.split('(').next().unwrap_or(text);
    text.rsplit(['.', ':', ' ']).next().unwrap_or(text)
}

fn held(place: &Place, wanted: Kind) -> Option<&str> {
    place
        .contexts
        .iter()
        .find(|it| kind(context_name(it)) == Some(wanted))
        .map(String::as_str)
}

/// Whether a call writes, by the first word of its name.
fn writes(name: &str) -> bool {
    if name.ends_with('!') && name.len() > 1 {
        return kind(name).is_none();
    }
    requirement::writes(name)
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        let money = about_money(delta);
        if let Some((place, what, sure)) = gone(context, delta, money) {
            let lock = what == Kind::Lock;
            let concern = if lock {
                "no longer holds the lock that it wrote under. Two requests at the same time could both get through, and the same money or stock be used twice"
            } else {
                "no longer writes all or nothing. If one step fails, or two requests come at the same time, half of the change stays"
            };
            push(out, delta, &place, concern, sure);
        } else if let Some(place) = tested_outside(delta) {
            push(
                out,
                delta,
                &place,
                "tests a condition before it takes the lock, and no longer under it. Two requests at the same time could both pass the test",
                true,
            );
        } else if let Some(query) = isolation::unlocked_read(delta) {
            let code = delta.base_file.before.code(&query.span);
            out.push(
                lost(delta, "lock of rows", "no longer locks the rows that it reads before it writes. Two requests at the same time could both get through, and the same money or stock be used twice")
                    .before(query.line, code)
                    .near(delta.line_after(query.line)),
            );
        } else if let Some((before, after, name)) = isolation::beside_transaction(delta) {
            let concern = format!(
                "makes a change beside the transaction `{name}` that was part of it (`{}`). If the rest fails or is taken back, that change stays",
                before.name
            );
            out.push(
                lost(delta, &format!("beside {name}"), &concern)
                    .before(
                        before.place.line,
                        delta.base_file.before.code(&before.place.span),
                    )
                    .after(after.place.line, delta.file.after.code(&after.place.span)),
            );
        } else if let Some(place) = read_then_written(context, delta) {
            push(
                out,
                delta,
                &place,
                "reads a number, changes it and saves it, where the database did this in one step. Of two requests at the same time one is lost",
                true,
            );
        }
    }
}

fn push(out: &mut Vec<Finding>, delta: &ScopeDelta<'_>, place: &Place, concern: &str, sure: bool) {
    let code = delta.base_file.before.code(&place.span);
    let first = code.lines().next().unwrap_or_default();
    out.push(
        lost(delta, &format!("lock {first}"), concern)
            .before(place.line, first)
            .near(delta.line_after(place.line))
            .speaks_if(sure),
    );
}

fn lost(delta: &ScopeDelta<'_>, fact: &str, concern: &str) -> Finding {
    Finding::new(delta.file, delta.symbol(), fact).says(
        format!("{} {concern}.", name_of(delta.symbol())),
        "Test and write under one lock and in one transaction, or say what keeps two requests apart now.",
    )
}

/// A lock or transaction that is gone from around writes that are still there.
fn gone(context: &Context<'_>, delta: &ScopeDelta<'_>, money: bool) -> Option<(Place, Kind, bool)> {
    let remaining = delta
        .calls_after
        .iter()
        .filter(|it| writes(&it.name))
        .count();
    if remaining == 0 {
        return None;
    }
    let annotated = |scope: &crate::facts::tree::Scope| {
        scope
            .attributes
            .iter()
            .filter(|it| kind(it.name.rsplit(['.', ':']).next().unwrap_or(&it.name)).is_some())
            .count()
    };
    if annotated(delta.after) > annotated(delta.before) {
        return None;
    }
    for wanted in [Kind::Lock, Kind::Transaction] {
        let any_left = delta.calls_after.iter().any(|call| {
            held(&call.place, wanted).is_some()
                || held(&call.place, Kind::Lock).is_some()
                || kind(&call.name) == Some(wanted)
                || kind(&call.name) == Some(Kind::Lock)
        });
        if any_left {
            continue;
        }
        let after = by_name(&delta.calls_after);
        let bare: Vec<(&Call, &str)> = delta
            .calls_before
            .iter()
            .filter(|it| writes(&it.name) && after.contains_key(it.name.as_str()))
            .filter_map(|it| held(&it.place, wanted).map(|held| (*it, held)))
            .collect();
        if let Some((_, held)) = bare.first() {
            let name = context_name(held);
            let moved = {
                let [was, is] = context.deltas.call_counts(name);
                was > 0 && is >= was
            };
            let opened = delta
                .calls_before
                .iter()
                .find(|it| it.name == name)
                .map_or(&bare[0].0.place, |it| &it.place);
            let in_memory = wanted == Kind::Lock && !name.starts_with("with_lock");
            let sure = !moved
                && !context.deltas.extracted(delta)
                && (money || (!in_memory && bare.len() > 1));
            return Some((opened.clone(), wanted, sure));
        }
        let call = delta.calls_lost.iter().find(|call| {
            kind(&call.name) == Some(wanted)
                && !matches!(call.name.as_str(), "lock" | "begin") | call.arguments.is_empty()
        });
        if let Some(call) = call {
            let [was, is] = context.deltas.call_counts(&call.name);
            let row = words(&call.name).iter().any(|it| it == "update");
            let taken = |it: &Call| context.says_elsewhere(it, &call.name);
            let sure = is < was
                && !delta.calls_gained.iter().any(taken)
                && !context.deltas.extracted(delta)
                && delta.calls_before.iter().all(|it| {
                    !writes(&it.name) || it.name == call.name || has(&delta.calls_after, &it.name)
                })
                && (money || row || (wanted == Kind::Transaction && remaining > 1));
            return Some((call.place.clone(), wanted, sure));
        }
    }
    let attribute = delta.before.attributes.iter().find(|it| {
        let name = it.name.rsplit(['.', ':']).next().unwrap_or(&it.name);
        kind(name).is_some()
            && !delta.after.attributes.iter().any(|other| {
                let other = other.name.rsplit(['.', ':']).next().unwrap_or(&other.name);
                kind(other).is_some()
            })
    })?;
    let place = Place {
        scope: 0,
        line: attribute.line,
        span: attribute.span.clone(),
        order: 0,
        conditions: std::sync::Arc::default(),
        contexts: std::sync::Arc::default(),
        in_loop: false,
    };
    let left = delta.calls_after.iter().any(|call| {
        held(&call.place, Kind::Transaction).is_some() || held(&call.place, Kind::Lock).is_some()
    });
    let read_only = attribute.arguments.iter().any(|it| {
        it.name
            .as_deref()
            .is_some_and(|name| name.to_lowercase().contains("readonly"))
    });
    Some((
        place,
        Kind::Transaction,
        !left && !read_only && (money || remaining > 1),
    ))
}

fn has(calls: &[&Call], name: &str) -> bool {
    calls.iter().any(|it| it.name == name)
}

fn by_name<'a>(calls: &'a [&Call]) -> BTreeMap<&'a str, usize> {
    let mut out = BTreeMap::new();
    for call in calls {
        *out.entry(call.name.as_str()).or_default() += 1;
    }
    out
}

/// A condition that was tested under a lock and is tested without one, before the same writes.
fn tested_outside(delta: &ScopeDelta<'_>) -> Option<Place> {
    fn guards<'a>(all: &'a [Guard], scope: &crate::facts::tree::Scope) -> Vec<&'a Guard> {
        all.iter()
            .filter(|it| {
                scope.span.start <= it.place.span.start && it.place.span.end <= scope.span.end
            })
            .collect()
    }
    let before = guards(&delta.base_file.before.facts.guards, delta.before);
    let after = guards(&delta.file.after.facts.guards, delta.after);
    let mut at: HashMap<String, Vec<&Guard>> = HashMap::new();
    for guard in after {
        at.entry(key::loose(&guard.condition))
            .or_default()
            .push(guard);
    }
    before.into_iter().find_map(|guard| {
        held(&guard.place, Kind::Lock)?;
        let name = key::loose(&key::renamed(&guard.condition, &delta.renames));
        let found = at.get(&name)?;
        let outside = found.iter().all(|it| held(&it.place, Kind::Lock).is_none());
        let still = delta.calls_after.iter().any(|it| writes(&it.name));
        (outside && still && delta.before.kind == crate::facts::tree::ScopeKind::Function)
            .then(|| guard.place.clone())
    })
}

/// `F("stock") - n` became `self.stock -= n`.
fn read_then_written(context: &Context<'_>, delta: &ScopeDelta<'_>) -> Option<Place> {
    let call = delta.calls_lost.iter().find(|call| {
        matches!(
            call.name.as_str(),
            "F" | "increment!"
                | "decrement!"
                | "increment_counter"
                | "decrement_counter"
                | "update_counters"
                | "increment"
                | "decrement"
        )
    })?;
    let [was, is] = context.deltas.call_counts(&call.name);
    let texts: Vec<&str> = call
        .arguments
        .iter()
        .filter_map(|it| match &it.value.kind {
            ExprKind::Text(text) => Some(text.as_str()),
            _ => None,
        })
        .collect();
    let written = slots::slots(delta.after).into_iter().any(|it| {
        texts.contains(&it.name)
            && accumulates(&it, it.value)
            && !slots::slots(delta.before).iter().any(|old| {
                old.name == it.name && old.operator == it.operator && it.operator.is_some()
            })
    });
    (is < was && written).then(|| call.place.clone())
}
