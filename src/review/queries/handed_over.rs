//! Deletions and updates that are handed what they are about: `diesel::delete(users.filter(…))`,
//! `Entity::delete_many().filter(…)`.

use crate::change::Class;
use crate::facts::fact::Call;
use crate::facts::tree::{Expr, ExprKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::code::draws;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::queries::alternatives;
use crate::review::record::finding::{Finding, name_of};

/// A deletion or an update, and whether a condition chooses the rows.
struct Change<'a> {
    call: &'a Call,
    /// What it does and to which table.
    key: (&'a str, String),
    limited: bool,
}

/// Those that a condition limited, and that reach all rows now.
pub(crate) fn findings(context: &Context<'_>, out: &mut Vec<Finding>) {
    alternatives::findings(context, out);
    for delta in &context.deltas.scopes {
        if delta.file.class == Class::Source && !draws(delta.file) && !delta.broken() {
            compare(delta, out);
        }
    }
}

fn compare(delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    let before = changes(&delta.calls_before);
    for is in changes(&delta.calls_after).iter().filter(|it| !it.limited) {
        let mut same = before.iter().filter(|it| it.key == is.key).peekable();
        let Some(was) = same.peek().copied().filter(|it| it.limited) else {
            continue;
        };
        // One of several reached all rows before.
        if same.any(|it| !it.limited) {
            continue;
        }
        let (what, effect) = match words(is.key.0).first().is_some_and(|it| it == "update") {
            true => ("changes", "every row is overwritten"),
            false => ("deletes", "every row goes"),
        };
        out.push(
            Finding::new(delta.file, delta.symbol(), format!("{} all of {}", is.key.0, is.key.1))
                .before(was.call.place.line, delta.base_file.before.code(&was.call.place.span))
                .after(is.call.place.line, delta.file.after.code(&is.call.place.span))
                .says(
                    format!(
                        "{} {what} rows of `{}` that a condition chose, and no condition chooses them now: {effect}.",
                        name_of(delta.symbol()),
                        is.key.1
                    ),
                    "Put the condition back, and test that the rows of somebody else stay.",
                ),
        );
    }
}

fn changes<'a>(calls: &[&'a Call]) -> Vec<Change<'a>> {
    let found = calls.iter().filter_map(|call| {
        let name = call.name.as_str();
        let (table, own) = match (name, call.arguments.as_slice()) {
            ("delete" | "update", [only]) if selection(&only.value) => {
                (only.value.first_name().to_owned(), limits(&only.value))
            }
            ("delete_many" | "update_many", []) => (call.callee.first_name().to_owned(), false),
            _ => return None,
        };
        let outside = calls.iter().any(|it| {
            narrows(&it.name) && !it.arguments.is_empty() && holds(&it.callee, &call.callee)
        });
        (!table.is_empty()).then_some(Change {
            call,
            key: (name, table),
            limited: own || outside,
        })
    });
    found.collect()
}

/// Whether an argument is a table or a query on one, and not a record.
fn selection(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Member(_, name) => name == "table",
        ExprKind::Name(_) => true,
        ExprKind::Call(callee, _) => matches!(callee.kind, ExprKind::Member(..)),
        _ => false,
    }
}

fn narrows(step: &str) -> bool {
    words(step).first().is_some_and(|it| {
        matches!(
            it.as_str(),
            "filter" | "where" | "find" | "having" | "limit"
        )
    })
}

/// Whether a query names the rows that it selects.
fn limits(query: &Expr) -> bool {
    let mut found = false;
    query.walk(&mut |it| {
        if let ExprKind::Call(callee, arguments) = &it.kind {
            found |= narrows(callee.last_name()) && !arguments.is_empty();
        }
    });
    found
}

/// Whether a chain goes on from a call, by where that stands.
fn holds(chain: &Expr, call: &Expr) -> bool {
    let mut found = false;
    chain.walk(&mut |it| {
        if let ExprKind::Call(callee, _) = &it.kind {
            found |= callee.span == call.span;
        }
    });
    found
}
