use crate::facts::Language;
use crate::facts::fact::{Call, Guard, Place};
use crate::facts::tree::{Argument, Attribute, Scope};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::conditions::requirement;
use crate::review::deltas::compare::{FilePair, SideFacts};
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::key;
use crate::review::money::about_money;
use crate::review::queries::{beside, isolation, loaders};
use crate::review::record::finding::{Finding, name_of};
use std::collections::{BTreeMap, HashMap};

check! {
    /// A write is no longer done under a lock or inside a transaction.
    ///
    /// ## What it does
    /// Compares the locks and transactions around writes, the locking reads and the transactional
    /// annotations of a function. It speaks when one is gone and the writes are still there, when a
    /// condition that was tested under the lock is now tested before it, and when an atomic update
    /// became a read followed by a write. In Java also when the annotation now stands where the
    /// framework does not see it, and when a failure no longer takes back what was written. A lock in memory outside code about money is only recorded.
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

const UNLOCKED: &str = "no longer locks the rows that it reads before it writes. Two requests at the same time could both get through, and the same money or stock be used twice";

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
        let gone = gone(context, delta, about_money(delta));
        if let Some((place, method)) = unseen(delta) {
            let concern = format!(
                "does its writes in `{method}`, whose transaction takes no effect: the framework only sees public methods that are called from another class. If one step fails, half of the change stays"
            );
            push(out, delta, &place, &concern, true);
        } else if let Some(place) = kept_in_spite(delta) {
            push(
                out,
                delta,
                &place,
                "no longer takes back what it wrote when it fails with an exception that it declares. Half of the change stays",
                true,
            );
        } else if let Some((place, what, true)) = &gone {
            push(out, delta, place, not_held(*what), true);
        } else if let Some(place) = isolation::read_then_written(context, delta) {
            push(
                out,
                delta,
                &place,
                "reads a number, changes it and saves it, where the database did this in one step. Of two requests at the same time one is lost",
                true,
            );
        } else if let Some((place, what, false)) = &gone {
            push(out, delta, place, not_held(*what), false);
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
                lost(delta, "lock of rows", UNLOCKED)
                    .before(query.line, code)
                    .near(delta.line_after(query.line)),
            );
        } else if let Some((before, after, name)) =
            isolation::beside_transaction(delta).or_else(|| beside::by_helper(context, delta))
        {
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
        } else if let Some((before, name)) = loaders::written_beside(context, delta) {
            let concern = format!(
                "makes a change in another function, beside the transaction `{name}` that it was part of (`{}`). If the rest fails or is taken back, that change stays",
                before.name
            );
            let code = delta.base_file.before.code(&before.place.span);
            out.push(
                lost(delta, &format!("beside {name}"), &concern)
                    .before(before.place.line, code)
                    .near(delta.line_after(before.place.line)),
            );
        } else if let Some(call) = loaders::unlocked(context, delta) {
            push(out, delta, &call.place, UNLOCKED, true);
        } else if let Some((slot, lock)) = isolation::option_gone(delta)
            && !context.deltas.extracted(delta)
        {
            let concern = if lock {
                UNLOCKED
            } else {
                "makes a change beside the transaction that it was part of. If the rest fails or is taken back, that change stays"
            };
            out.push(
                lost(delta, &format!("option {}", slot.name), concern)
                    .before(slot.line, delta.base_file.before.code(&slot.span))
                    .near(delta.line_after(slot.line)),
            );
        } else if let Some(call) = isolation::version_unasked(context, delta) {
            out.push(
                lost(delta, "version asked", "no longer asks which version of the row was seen before it writes. Of two people who change the same at the same time, one loses what they wrote")
                    .before(call.place.line, delta.base_file.before.line(call.place.line))
                    .near(delta.line_after(call.place.line)),
            );
        } else if let Some((line, name)) = isolation::version_gone(delta.before, delta.after) {
            let concern = format!(
                "no longer notices that somebody else wrote in the meantime (`{name}`). Of two people who change the same at the same time, one loses what they wrote"
            );
            out.push(
                lost(delta, &format!("version {name}"), &concern)
                    .before(line, delta.base_file.before.line(line))
                    .near(delta.line_after(line)),
            );
        }
    }
}

/// What it means that a lock or a transaction is gone.
fn not_held(what: Kind) -> &'static str {
    match what {
        Kind::Lock => {
            "no longer holds the lock that it wrote under. Two requests at the same time could both get through, and the same money or stock be used twice"
        }
        Kind::Transaction => {
            "no longer writes all or nothing. If one step fails, or two requests come at the same time, half of the change stays"
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
    let own = |scope: &Scope| transactional(scope).count();
    if own(delta.after) > own(delta.before) {
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
    let attribute = transactional(delta.before).next()?;
    let of_class = |file: &FilePair<'_>| {
        let parent = delta
            .after
            .parent
            .and_then(|it| file.after.tree.scopes.get(it));
        parent.is_some_and(|it| transactional(it).next().is_some())
    };
    if own(delta.after) > 0 || of_class(delta.file) || handed_on(context, delta) {
        return None;
    }
    let place = place_of(attribute);
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

/// Whether another function that runs in a transaction is newly called to do it.
fn handed_on(context: &Context<'_>, delta: &ScopeDelta<'_>) -> bool {
    delta.calls_gained.iter().any(|call| {
        context.files.iter().any(|file| {
            let mut scopes = file.after.tree.scopes.iter();
            scopes.any(|it| it.name == call.name && transactional(it).next().is_some())
        })
    })
}

fn place_of(attribute: &Attribute) -> Place {
    Place {
        scope: 0,
        line: attribute.line,
        span: attribute.span.clone(),
        order: 0,
        conditions: std::sync::Arc::default(),
        contexts: std::sync::Arc::default(),
        in_loop: false,
    }
}

/// The annotations of a function or class that put what it does into a transaction.
fn transactional(scope: &Scope) -> impl Iterator<Item = &Attribute> {
    scope.attributes.iter().filter(|it| {
        let name = it.name.rsplit(['.', ':']).next().unwrap_or(&it.name);
        kind(name).is_some()
    })
}

/// A Java annotation that the framework never sees: it stands around the object, and so only around
/// public methods that are called from outside of it.
fn unseen(delta: &ScopeDelta<'_>) -> Option<(Place, String)> {
    let file = delta.file;
    if file.after.language != Some(Language::Java) {
        return None;
    }
    let private = |side: &SideFacts<'_>, scope: &Scope| header(side, scope).contains("private ");
    let attribute = transactional(delta.before).next()?;
    let place = place_of(attribute);
    if private(&delta.base_file.before, delta.before) {
        return None;
    }
    let scopes = &file.after.tree.scopes;
    let of_class = delta.after.parent.and_then(|it| scopes.get(it));
    if of_class.is_some_and(|it| transactional(it).next().is_some()) {
        return None;
    }
    let now_private = private(&file.after, delta.after);
    if transactional(delta.after).next().is_some() {
        // Whoever calls it may have a transaction already.
        let bare = file.after.facts.calls.iter().any(|call| {
            let caller = &scopes[call.place.scope];
            call.name == delta.after.name
                && caller.parent == delta.after.parent
                && transactional(caller).next().is_none()
        });
        return (now_private && bare).then(|| (place, delta.after.name.clone()));
    }
    if now_private {
        return None;
    }
    let beside = || scopes.iter().filter(|it| it.parent == delta.after.parent);
    let called = |scope: &&Scope| {
        let all_of_it = beside()
            .filter(|it| it.name == scope.name)
            .all(|it| transactional(it).next().is_some());
        all_of_it
            && delta.calls_gained.iter().any(|call| {
                let code = file.after.code(&call.place.span);
                call.name == scope.name
                    && (code.starts_with(&format!("{}(", scope.name)) || code.starts_with("this."))
            })
    };
    beside()
        .filter(|it| transactional(it).next().is_some())
        .find(called)
        .map(|it| (place, it.name.clone()))
}

/// What stands in front of the body of a function.
fn header<'t>(side: &SideFacts<'t>, scope: &Scope) -> &'t str {
    let code = side.code(&scope.span);
    let from = scope.attributes.iter().map(|it| it.span.end).max();
    let from = from.map_or(0, |it| it.saturating_sub(scope.span.start) as usize);
    let code = code.get(from..).unwrap_or(code);
    code.split('{').next().unwrap_or(code)
}

/// `rollbackFor = Exception.class` that is gone from a method which still throws what a transaction
/// is kept in spite of.
fn kept_in_spite(delta: &ScopeDelta<'_>) -> Option<Place> {
    let names = |attribute: &Attribute, wanted: &str| {
        let named = |it: &Argument| it.name.as_deref().is_some_and(|it| it.starts_with(wanted));
        attribute.arguments.iter().any(named)
    };
    let (was, is) = (
        transactional(delta.before).next()?,
        transactional(delta.after).next()?,
    );
    let less = names(was, "rollbackFor") && !names(is, "rollbackFor")
        || names(was, "rollbackOn") && !names(is, "rollbackOn")
        || !names(was, "noRollbackFor") && names(is, "noRollbackFor");
    let throws = header(&delta.file.after, delta.after).contains("throws ");
    (less && throws).then(|| place_of(was))
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
    fn guards<'a>(all: &'a [Guard], scope: &Scope) -> Vec<&'a Guard> {
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
