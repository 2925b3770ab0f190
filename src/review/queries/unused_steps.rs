//! Steps of a query whose answer nobody takes: `query.Where(…);` leaves the query as it was.

use crate::facts::Language;
use crate::facts::fact::{Call, Usage};
use crate::facts::tree::{Expr, ExprKind};
use crate::review::Context;
use crate::review::code::draws;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::record::finding::{Finding, name_of};

/// Conditions of queries that held before, and whose answer is now thrown away.
pub(crate) fn findings(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        if draws(delta.file) || delta.broken() {
            continue;
        }
        let language = delta.file.after.language;
        let idle = |it: &&&Call| it.result == Usage::Ignored && leaves_as_it_was(it, language);
        let Some(call) = delta.calls_after.iter().find(idle) else {
            continue;
        };
        let before = delta.calls_before.iter();
        let used = before
            .clone()
            .find(|it| it.name == call.name && it.result == Usage::Used);
        let same = before.filter(idle).any(|it| it.arguments == call.arguments);
        let ExprKind::Member(query, _) = &call.callee.kind else {
            continue;
        };
        let Some(used) = used.filter(|_| !same && asked_later(delta, call, query)) else {
            continue;
        };
        let code = delta.file.after.code(&call.place.span);
        out.push(
            Finding::new(delta.file, delta.symbol(), format!("thrown away {}", call.callee))
                .before(used.place.line, delta.base_file.before.code(&used.place.span))
                .after(call.place.line, code)
                .says(
                    format!(
                        "{} narrows `{query}` with `{}` and throws the answer away, so that the condition does not hold. It reaches rows that were left alone before.",
                        name_of(delta.symbol()),
                        call.name
                    ),
                    "Take what the call answers, and test that the other rows stay.",
                ),
        );
    }
}

/// Whether a step answers with a new query and leaves the old one as it was.
fn leaves_as_it_was(call: &Call, language: Option<Language>) -> bool {
    let narrows = match language {
        // Builders of queries take texts, and do change.
        Some(Language::CSharp) => {
            call.name == "Where"
                && call
                    .arguments
                    .iter()
                    .any(|it| matches!(it.value.kind, ExprKind::Function(..)))
        }
        Some(Language::Java) => call.name == "filter",
        Some(Language::Python) => {
            matches!(
                call.name.as_str(),
                "filter" | "filter_by" | "exclude" | "where"
            )
        }
        Some(Language::Ruby) => matches!(call.name.as_str(), "where" | "not" | "rewhere"),
        _ => false,
    };
    narrows && !call.arguments.is_empty() && !call.callee.first_name().is_empty()
}

/// Whether the query is asked all the same.
fn asked_later(delta: &ScopeDelta<'_>, call: &Call, query: &Expr) -> bool {
    let name = query.to_string();
    let again = |it: &&Call| {
        it.place.order > call.place.order
            && it.result != Usage::Ignored
            && match &it.callee.kind {
                ExprKind::Member(object, _) => object.to_string() == name,
                _ => false,
            }
    };
    let after = &delta.file.after;
    let returned = after.facts.returns.iter().any(|it| {
        std::ptr::eq(&after.tree.scopes[it.place.scope], delta.after)
            && it.value.as_ref().is_some_and(|it| it.to_string() == name)
    });
    let passed = delta.calls_after.iter().any(|it| {
        it.place.order > call.place.order && it.arguments.iter().any(|it| it.value == *query)
    });
    let written = delta.calls_after.iter().any(|it| {
        it.place.order > call.place.order
            && !leaves_as_it_was(it, after.language)
            && matches!(&it.callee.kind, ExprKind::Member(object, _) if object.to_string() == name)
    });
    returned || passed || written || delta.calls_after.iter().copied().any(|it| again(&it))
}
