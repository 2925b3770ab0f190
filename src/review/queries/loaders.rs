//! Functions that load rows for others, and what they kept those others from.

use crate::facts::fact::Call;
use crate::facts::tree::{ExprKind, ScopeKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::conditions::requirement::writes;
use crate::review::deltas::delta::ScopeDelta;

/// Whether a step of a query locks the rows that it reads: `with_for_update`, `lockForUpdate`.
fn locks_rows(name: &str) -> bool {
    let found = words(name);
    found
        .windows(2)
        .any(|it| it[0] == "for" && it[1] == "update")
}

/// Whether a call takes a lock of another kind.
fn keeps_apart(call: &Call) -> bool {
    let found = words(&call.name);
    found
        .iter()
        .any(|it| matches!(it.as_str(), "lock" | "locked" | "mutex" | "synchronize"))
}

/// Whether code gives a part of something a value, or calls what writes.
fn changes_something(code: &str) -> bool {
    let part = |it: char| it.is_alphanumeric() || it == '_';
    let calls = code
        .split('(')
        .filter_map(|it| it.rsplit(|it| !part(it)).next());
    let sets = |line: &str| {
        let (target, value) = line.split_once('=').unwrap_or_default();
        let target = target.trim_end_matches(['+', '-']).trim();
        let plain = target
            .chars()
            .all(|it| part(it) || matches!(it, '.' | '$' | '>' | '-'));
        plain && target.contains(['.', '>']) && !value.starts_with(['=', '>'])
    };
    code.lines().any(|line| sets(line.trim())) || calls.into_iter().any(writes)
}

/// The lock that a function took on the rows which it loads, and no longer takes, where another
/// function of the file writes what it gets from it.
pub(crate) fn unlocked<'a>(context: &Context<'_>, delta: &ScopeDelta<'a>) -> Option<&'a Call> {
    let lock = delta
        .calls_before
        .iter()
        .copied()
        .find(|it| locks_rows(&it.name))?;
    let code = delta.file.after.code(&delta.after.span).to_lowercase();
    let again = ["for_update", "forupdate", "for update"]
        .iter()
        .any(|it| code.contains(it));
    let [was, is] = context.deltas.call_counts(&lock.name);
    let elsewhere = is >= was
        || delta
            .calls_gained
            .iter()
            .any(|it| context.says_elsewhere(it, &lock.name))
        // Something else keeps two requests apart.
        || context.deltas.scopes.iter().any(|it| it.calls_gained.iter().any(keeps_apart));
    if again || elsewhere || delta.calls_after.is_empty() {
        return None;
    }
    let side = &delta.file.after;
    let call = format!("{}(", delta.after.name);
    let written = side.tree.scopes.iter().any(|it| {
        // The text of a function stays where its body is let go.
        let code = || side.code(&it.span);
        it.kind == ScopeKind::Function
            && !std::ptr::eq(it, delta.after)
            && code().contains(&call)
            && changes_something(code())
    });
    written.then_some(lock)
}

/// A write that was part of a transaction and was taken out into a function that makes it beside
/// it: the write, and the name of the transaction.
pub(crate) fn written_beside<'d>(
    context: &Context<'d>,
    delta: &'d ScopeDelta<'_>,
) -> Option<(&'d Call, &'d str)> {
    let transaction = |name: &str| {
        let last = words(name).pop().unwrap_or_default();
        matches!(last.as_str(), "tx" | "txn" | "trx" | "transaction")
    };
    let what = |call: &Call| -> Option<String> {
        let text = call.callee.to_string();
        let mut parts = text.rsplit('.');
        let (name, thing) = (parts.next()?.to_owned(), parts.next()?.to_owned());
        Some(format!("{thing}.{name}"))
    };
    let lost = delta.calls_lost.iter().filter(|it| {
        let on = it.callee.first_name();
        writes(&it.name) && transaction(on) && matches!(it.callee.kind, ExprKind::Member(..))
    });
    for before in lost {
        let on = before.callee.first_name();
        let wanted = what(before)?;
        let code = delta.file.after.code(&delta.after.span);
        let part = |it: char| it.is_alphanumeric() || it == '_';
        let remains = code.split(|it| !part(it)).any(|it| it == on);
        let handed = |call: &Call| {
            let named = |it: &crate::facts::tree::Argument| it.value.to_string().contains(on);
            call.callee.first_name() == on || call.arguments.iter().any(named)
        };
        let mut helpers = delta.calls_gained.iter().filter(|it| !handed(it));
        let beside = |helper: &Call| -> Option<bool> {
            let (file, scope, _) = context.unmatched().into_iter().find(|(_, scope, side)| {
                *side == crate::review::Alone::New && scope.name == helper.name
            })?;
            let takes = scope.parameters.iter().any(|it| {
                transaction(&it.name) || it.type_name.to_lowercase().contains("transaction")
            });
            let inside = |call: &&Call| {
                scope.span.start <= call.place.span.start && call.place.span.end <= scope.span.end
            };
            let mut calls = file.after.facts.calls.iter().filter(inside);
            Some(calls.any(|it| {
                !takes && !transaction(it.callee.first_name()) && what(it).as_ref() == Some(&wanted)
            }))
        };
        if remains && helpers.any(|it| beside(it) == Some(true)) {
            return Some((before, on));
        }
    }
    None
}
