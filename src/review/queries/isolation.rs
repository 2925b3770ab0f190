//! What keeps two requests apart while they read and write the same rows: locks that a query takes,
//! and the transaction that a statement is part of.

use crate::facts::fact::{Call, Place};
use crate::facts::tree::{Expr, ExprKind, Operator, Scope};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::conditions::requirement::writes;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::slots::{self, Slot, each_expr};
use crate::review::money::accumulates;

/// A query that locked the rows that it read (`FOR UPDATE`, `WITH (UPDLOCK)`), where the same rows
/// are read without a lock now.
pub fn unlocked_read<'a>(delta: &ScopeDelta<'a>) -> Option<&'a Expr> {
    let before = queries(delta.before);
    if !before.iter().any(|it| locks(&it.0)) {
        return None;
    }
    let after = queries(delta.after);
    let count = |list: &[(String, &Expr)]| list.iter().filter(|it| locks(&it.0)).count();
    if count(&after) >= count(&before) {
        return None;
    }
    let rows = |query: &str| -> String {
        let query = query.replace("select *", "select all");
        let from = query.find(" from ").unwrap_or(0);
        without_lock(&query[from..])
    };
    before.into_iter().find_map(|(query, expr)| {
        let free = |(other, _): &(String, &Expr)| !locks(other) && rows(other) == rows(&query);
        (locks(&query) && after.iter().any(free)).then_some(expr)
    })
}

/// The texts of a scope and its annotations that ask for rows, in one way of writing.
fn queries(scope: &Scope) -> Vec<(String, &Expr)> {
    let mut out = Vec::new();
    let query = |it: &Expr| -> Option<String> {
        let ExprKind::Text(text) = &it.kind else {
            return None;
        };
        let one = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let one = one.to_ascii_lowercase();
        (one.contains("select") && one.contains("from ")).then_some(one)
    };
    each_expr(&scope.body, &mut |it| {
        out.extend(query(it).map(|text| (text, it)));
    });
    let arguments = scope.attributes.iter().flat_map(|it| &it.arguments);
    out.extend(arguments.filter_map(|it| Some((query(&it.value)?, &it.value))));
    out
}

/// How a query says that nobody else may change what it reads.
const LOCKS: &[&str] = &[
    " for update",
    " for no key update",
    " lock in share mode",
    " with (updlock, rowlock)",
    " with (updlock)",
    " with (rowlock, updlock)",
    " with (xlock)",
];

fn locks(query: &str) -> bool {
    LOCKS.iter().any(|it| query.contains(it))
}

fn without_lock(query: &str) -> String {
    let mut out = query.trim_end_matches(';').to_owned();
    for lock in LOCKS {
        out = out.replace(lock, "");
    }
    out.trim_end().to_owned()
}

/// A write that was part of a transaction and is made beside it now: before, after, and the name
/// of the transaction, which is still there for the rest.
pub fn beside_transaction<'d>(delta: &'d ScopeDelta<'_>) -> Option<(&'d Call, &'d Call, &'d str)> {
    delta.calls_anew().find_map(|(before, after)| {
        let name = transaction(before)?;
        let remains = delta
            .calls_after
            .iter()
            .any(|it| transaction(it) == Some(name));
        let beside = transaction(after).is_none() && same_but_for(before, after, name);
        (writes(&before.name) && remains && beside).then_some((before, after, name))
    })
}

/// The local name of the transaction that a call is made on, or that it is handed.
pub(super) fn transaction(call: &Call) -> Option<&str> {
    let receiver = match &call.callee.kind {
        ExprKind::Member(..) => call.callee.first_name(),
        _ => "",
    };
    let handed = call.arguments.iter().map(|it| match &it.value.kind {
        ExprKind::Name(name) => name.as_str(),
        ExprKind::Unary(_, inner) => inner.last_name(),
        _ => "",
    });
    std::iter::once(receiver).chain(handed).find(|name| {
        let found = words(name);
        let named = |it: &String| matches!(it.as_str(), "tx" | "txn" | "trx" | "transaction");
        found.last().is_some_and(named)
    })
}

/// Whether two calls are handed the same, the transaction and what took its place left out.
fn same_but_for(before: &Call, after: &Call, name: &str) -> bool {
    let others = |call: &Call| -> Vec<String> {
        let texts = call.arguments.iter().map(|it| it.value.to_string());
        texts
            .filter(|it| it.trim_start_matches(['&', '*']) != name)
            .collect()
    };
    let (old, new) = (others(before), others(after));
    let handed = before.arguments.len() > old.len();
    let kept = old.iter().all(|it| new.contains(it));
    kept && new.len() <= old.len() + usize::from(handed)
}

/// An option by which a call locked the rows that it reads or was part of a transaction, that is
/// gone from it: `{ lock: { mode: "pessimistic_write" } }`, `{ transaction }`.
pub fn option_gone<'a>(delta: &ScopeDelta<'a>) -> Option<(Slot<'a>, bool)> {
    let locks = |it: &Slot<'_>| {
        let value = it.value.to_string().to_lowercase();
        matches!(
            it.name,
            "lock" | "lock_mode" | "lockMode" | "with_for_update"
        ) && (value.contains("pessimistic") || value.contains("update") || value == "true")
    };
    let joins = |it: &Slot<'_>| matches!(it.name, "transaction" | "session" | "transacting");
    let wanted = |it: &Slot<'_>| !it.owner.is_empty() && (locks(it) || joins(it));
    let changes = slots::changes(delta.before, delta.after, &delta.renames, &wanted);
    if !changes.gained.is_empty() {
        return None;
    }
    let begins = |name: &str| words(name).first().cloned().unwrap_or_default();
    let lost = changes.lost.into_iter().find(|it| {
        // `findOneBy` still does what `findOne` did.
        let same = |call: &&&Call| {
            call.name == it.owner || locks(it) && begins(&call.name) == begins(it.owner)
        };
        let written = locks(it) || writes(it.owner);
        written && delta.calls_after.iter().any(|call| same(&call))
    })?;
    let lock = locks(&lost);
    Some((lost, lock))
}

/// Fields by which an object mapper notices that somebody else wrote in the meantime, and that are
/// gone: `@Version`, `version_id_col`, `[Timestamp]`.
pub fn version_gone(before: &Scope, after: &Scope) -> Option<(u32, String)> {
    let known = |name: &str| {
        let name = name.rsplit(['.', ':', '\\']).next().unwrap_or(name);
        let name = name.trim_start_matches('@');
        matches!(
            name,
            "Version"
                | "VersionColumn"
                | "Timestamp"
                | "ConcurrencyCheck"
                | "IsRowVersion"
                | "IsConcurrencyToken"
                | "version_id_col"
                | "lock_optimistically"
                | "locking_column"
                | "optimistic_lock"
        )
    };
    let found = |scope: &Scope| -> Vec<(u32, String)> {
        let mut out: Vec<(u32, String)> = Vec::new();
        let attributes = scope.attributes.iter().filter(|it| known(&it.name));
        out.extend(attributes.map(|it| (it.line, it.name.clone())));
        let slots = slots::slots(scope);
        let named = slots
            .iter()
            .filter(|it| known(it.name) && !slots::is_off(it.value));
        out.extend(named.map(|it| (it.line, it.name.to_owned())));
        each_expr(&scope.body, &mut |it| match &it.kind {
            ExprKind::Call(callee, arguments)
                if known(callee.last_name())
                    && (arguments.is_empty() || callee.last_name().starts_with('@')) =>
            {
                out.push((it.line, callee.last_name().to_owned()));
            }
            ExprKind::Map(entries) => {
                let keys = entries.iter().map(|it| slots::target_name(&it.0));
                out.extend(
                    keys.filter(|it| known(it))
                        .map(|name| (it.line, name.to_owned())),
                );
            }
            _ => {}
        });
        out
    };
    let (was, is) = (found(before), found(after));
    was.into_iter().next().filter(|_| is.is_empty())
}

/// Columns that say which state of a row somebody has seen.
const VERSIONS: [&str; 10] = [
    "version",
    "lock_version",
    "lockversion",
    "row_version",
    "rowversion",
    "version_id",
    "versionid",
    "revision",
    "etag",
    "xmin",
];

/// Whether a column says which state of a row somebody has seen.
pub fn is_version(column: &str) -> bool {
    VERSIONS.contains(&column.to_ascii_lowercase().as_str())
}

/// The condition of a write by which it noticed that somebody else wrote in the meantime
/// (`.filter(version.eq(seen))`), where the write is there without it.
pub fn version_unasked<'a>(context: &Context<'_>, delta: &ScopeDelta<'a>) -> Option<&'a Call> {
    let asks = |it: &&&Call| asks_version(it);
    let found = *delta.calls_before.iter().find(asks)?;
    let done = |calls: &[&Call]| calls.iter().any(|it| writes(&it.name));
    let born = &context.alone().born;
    let moved = delta.calls_gained.iter().any(|it| born.contains(&it.name));
    (counts_versions(delta.before)
        && !delta.calls_after.iter().any(|it| asks_version(it))
        && done(&delta.calls_after)
        && !moved)
        .then_some(found)
}

/// Whether a call chooses rows by the version that somebody has seen.
fn asks_version(call: &Call) -> bool {
    let first = words(&call.name).first().cloned().unwrap_or_default();
    let given: Vec<&Expr> = call.arguments.iter().map(|it| &it.value).collect();
    let chosen: Vec<&Expr> = match (first.as_str(), given.as_slice()) {
        ("eq", [column, _]) => vec![column],
        ("where" | "filter" | "find" | "andwhere" | "match", all) if !all.is_empty() => {
            if call
                .arguments
                .iter()
                .any(|it| it.name.as_deref().is_some_and(is_version))
            {
                return true;
            }
            all.to_vec()
        }
        // `updateOne({ _id, version }, …)`.
        ("update" | "replace", [condition, _, ..]) => vec![condition],
        ("update", [only]) => match &only.kind {
            ExprKind::Map(entries) => {
                let condition = entries
                    .iter()
                    .find(|it| slots::target_name(&it.0) == "where");
                condition.map(|it| &it.1).into_iter().collect()
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    };
    let mut found = false;
    let mut look = |it: &Expr| {
        found |= match &it.kind {
            ExprKind::Name(name) | ExprKind::Member(_, name) => is_version(name),
            ExprKind::Map(entries) => entries
                .iter()
                .any(|it| is_version(slots::target_name(&it.0))),
            ExprKind::Text(text) => {
                let spaced = text.replace('=', " = ").to_lowercase();
                let parts: Vec<&str> = spaced.split_whitespace().collect();
                let column = |it: &str| is_version(it.rsplit('.').next().unwrap_or(it));
                is_version(text) || parts.windows(2).any(|it| column(it[0]) && it[1] == "=")
            }
            _ => false,
        };
    };
    for expr in chosen {
        expr.walk(&mut |it| {
            look(it);
            if let ExprKind::Function(_, body) = &it.kind {
                each_expr(body, &mut look);
            }
        });
    }
    found
}

/// Whether a function counts the versions on: `version + 1`, `{ version: { increment: 1 } }`.
fn counts_versions(scope: &Scope) -> bool {
    let mut found = false;
    each_expr(&scope.body, &mut |it| {
        let added = matches!(it.kind, ExprKind::Binary(Operator::Add, ..));
        let text = match &it.kind {
            ExprKind::Binary(Operator::Add, ..) | ExprKind::Map(_) => it.to_string(),
            ExprKind::Text(text) => text.clone(),
            _ => return,
        };
        let text: String = text.to_lowercase().split_whitespace().collect();
        let plain: String = text
            .chars()
            .filter(|it| !matches!(it, '"' | '$' | '(' | ')'))
            .collect();
        found |= VERSIONS.iter().any(|name| {
            [
                format!("{name}+1"),
                format!("1+{name}"),
                format!("{name}:{{increment:1"),
                format!("inc:{{{name}:1"),
            ]
            .iter()
            .any(|it| plain.contains(it.as_str()))
                || added && plain.contains(name) && plain.contains('1')
        });
    });
    found
}

/// `F("stock") - n` became `self.stock -= n`.
pub fn read_then_written(context: &Context<'_>, delta: &ScopeDelta<'_>) -> Option<Place> {
    if let Some(place) = counted_apart(delta) {
        return Some(place);
    }
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
        ) || sets_by_itself(call)
    })?;
    let [was, is] = context.deltas.call_counts(&call.name);
    let field = sets_by_itself(call).then(|| call.arguments.first());
    let field = field.flatten().map(|it| it.value.to_string());
    let field = field.as_deref().map(|it| it.trim_end_matches('}'));
    let texts: Vec<&str> = call
        .arguments
        .iter()
        .filter_map(|it| match &it.value.kind {
            ExprKind::Text(text) => Some(text.as_str()),
            _ => None,
        })
        .chain(field.and_then(|it| it.rsplit('.').next()))
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

/// Entity Framework's `SetProperty(it => it.Used, it => it.Used + 1)`.
fn sets_by_itself(call: &Call) -> bool {
    call.name == "SetProperty"
        && matches!(call.arguments.as_slice(), [_, value] if {
            let text = value.value.to_string();
            text.contains(" + ") || text.contains(" - ")
        })
}

/// MongoDB's `{ $inc: { used: 1 } }` that became `coupon.used += 1`.
fn counted_apart(delta: &ScopeDelta<'_>) -> Option<Place> {
    let counted = |call: &Call| -> Vec<String> {
        let mut names = Vec::new();
        for argument in &call.arguments {
            argument.value.walk(&mut |it| {
                if let ExprKind::Map(entries) = &it.kind {
                    let inner = entries
                        .iter()
                        .filter(|it| slots::target_name(&it.0).trim_start_matches('$') == "inc");
                    for (_, value) in inner {
                        if let ExprKind::Map(fields) = &value.kind {
                            names.extend(
                                fields.iter().map(|it| slots::target_name(&it.0).to_owned()),
                            );
                        }
                    }
                }
            });
        }
        names
    };
    let call = delta
        .calls_before
        .iter()
        .find(|it| !counted(it).is_empty())?;
    let names = counted(call);
    if delta.calls_after.iter().any(|it| counted(it) == names) {
        return None;
    }
    let apart = slots::slots(delta.after)
        .into_iter()
        .any(|it| names.iter().any(|name| name == it.name) && accumulates(&it, it.value));
    apart.then(|| call.place.clone())
}

/// Where the code asked whether a row was there already, of an insert that the database leaves out
/// then, and no longer does.
pub fn unasked_insert(delta: &ScopeDelta<'_>) -> Option<u32> {
    let asks = |it: &str| {
        matches!(
            it.to_lowercase().replace('_', "").as_str(),
            "rowsaffected"
                | "rowcount"
                | "affectedrows"
                | "wasrecentlycreated"
                | "numinsertedorupdatedrows"
                | "changes"
        )
    };
    let asked = |scope: &Scope| {
        let mut found = None;
        each_expr(&scope.body, &mut |it| {
            if let ExprKind::Member(_, name) = &it.kind
                && asks(name)
                && found.is_none()
            {
                found = Some(it.line);
            }
        });
        found
    };
    let left_out = |scope: &Scope| {
        let mut found = false;
        each_expr(&scope.body, &mut |it| {
            if let ExprKind::Text(text) = &it.kind {
                let text = text.to_lowercase();
                found |= text.contains("insert")
                    && (text.contains("do nothing")
                        || text.contains("insert ignore")
                        || text.contains("or ignore"));
            }
        });
        found
    };
    let was = asked(delta.before).filter(|_| asked(delta.after).is_none())?;
    (left_out(delta.before) && left_out(delta.after)).then_some(was)
}
