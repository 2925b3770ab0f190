//! Conditions of deletions and updates that got an alternative, so that what else had to hold does
//! not have to for it: `closed && !held` and `closed && !held || rejected`.

use crate::change::Class;
use crate::facts::fact::Call;
use crate::facts::tree::{Expr, ExprKind, Operator, StmtKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::code::draws;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::record::finding::{Finding, name_of};

/// Those that are new.
pub(crate) fn findings(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        if delta.file.class == Class::Source && !draws(delta.file) && !delta.broken() {
            loosened(delta, out);
        }
    }
}

fn loosened(delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    if !delta.calls_after.iter().any(|it| many(it)) {
        return;
    }
    for (before, after) in &delta.calls_changed {
        if !matches!(after.name.as_str(), "Where" | "where" | "filter" | "Filter") {
            continue;
        }
        let (Some(was), Some(is)) = (condition(before), condition(after)) else {
            continue;
        };
        let held = was.parts(Operator::And);
        let ways = is.parts(Operator::Or);
        if held.len() < 2 || ways.len() < 2 || was.parts(Operator::Or).len() > 1 {
            continue;
        }
        let same = |it: &Expr| it.to_string() == was.to_string();
        let Some(new) = ways.iter().find(|it| !same(it)) else {
            continue;
        };
        // What else had to hold may be said of the new way as well.
        let said: Vec<String> = new
            .parts(Operator::And)
            .iter()
            .map(|it| it.to_string())
            .collect();
        let dropped = held
            .iter()
            .filter(|it| !said.contains(&it.to_string()))
            .count();
        if !ways.iter().any(|it| same(it)) || dropped < 2 {
            continue;
        }
        out.push(
            Finding::new(delta.file, delta.symbol(), "another way in")
                .before(before.place.line, delta.base_file.before.code(&before.place.span))
                .after(after.place.line, delta.file.after.code(&after.place.span))
                .says(
                    format!(
                        "{} deletes or changes rows for which several things had to hold, and now also takes rows of which only `{new}` holds. What kept the others from it (`{was}`) is not asked of them.",
                        name_of(delta.symbol())
                    ),
                    "Put the alternatives in parentheses beside what has to hold for all, and test that the rest stays.",
                ),
        );
    }
}

/// Whether a call deletes or changes many rows at once.
fn many(call: &Call) -> bool {
    let found = words(&call.name);
    let first = found.first().map_or("", String::as_str);
    let verb = matches!(
        first,
        "delete" | "destroy" | "remove" | "purge" | "update" | "execute"
    );
    let many = found
        .iter()
        .any(|it| matches!(it.as_str(), "all" | "many" | "range" | "where"));
    let executes = first == "execute" && found.iter().any(|it| it == "delete" || it == "update");
    (verb && many && first != "execute")
        || executes
        || matches!(call.name.as_str(), "Delete" | "delete")
}

/// The condition that a step of a query is handed.
fn condition(call: &Call) -> Option<&Expr> {
    let value = &call.arguments.first()?.value;
    match &value.kind {
        ExprKind::Function(_, body) => match body.as_slice() {
            [only] => match &only.kind {
                StmtKind::Return(Some(value)) | StmtKind::Expr(value) => Some(value),
                _ => None,
            },
            _ => None,
        },
        ExprKind::Binary(..) => Some(value),
        _ => None,
    }
}
