//! Checks about the one who asks, that are only made where somebody is signed in.

use crate::facts::fact::{Exit, Guard};
use crate::facts::tree::{Expr, ExprKind, Parameter, Scope};
use crate::facts::words::words;
use crate::review::code::draws;
use crate::review::deltas::compare::SideFacts;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::slots::each_expr;
use crate::review::frameworks::extractors::may_be_missing;
use crate::review::record::finding::Finding;

/// A function that took the one who is signed in, may be called without one now, and makes its check
/// only where there is one.
pub(crate) fn only_if_signed_in(delta: &ScopeDelta<'_>) -> Option<Finding> {
    if draws(delta.file) || delta.broken() {
        return None;
    }
    let must = delta.before.parameters.iter().find(|it| {
        somebody(it) && !may_be_missing(&it.type_name) && {
            let mut after = delta.after.parameters.iter();
            !after.any(|other| other.type_name == it.type_name)
        }
    })?;
    let may = delta
        .after
        .parameters
        .iter()
        .find(|it| somebody(it) && may_be_missing(&it.type_name) && !it.name.is_empty())?;
    let before = refusals(&delta.base_file.before, delta.before);
    let was = before
        .iter()
        .find(|it| it.place.conditions.is_empty() && says(&it.condition, &must.name))?;
    let after = refusals(&delta.file.after, delta.after);
    let inside = |it: &&&Guard| {
        let mut conditions = it.place.conditions.iter();
        conditions.any(|it| names(it, &may.name))
    };
    let is = after.iter().find(inside)?;
    // Refused where nobody is signed in, or asked of whoever it is.
    let asked = after.iter().any(|it| {
        !inside(&it) && (says(&it.condition, &may.name) || it.condition == was.condition)
    });
    if asked || demanded(delta.after, &may.name) {
        return None;
    }
    Some(
        Finding::new(delta.file, delta.symbol(), format!("only where {}", may.name))
            .before(
                was.place.line,
                delta.base_file.before.code(&was.place.span),
            )
            .after(is.place.line, delta.file.after.code(&is.place.span))
            .says(
                format!(
                    "`{}` can now be called by people who are not signed in, and refuses only those who are. Strangers reach what other users are kept from.",
                    delta.symbol()
                ),
                "Refuse also where nobody is signed in, and add a test without a user.",
            ),
    )
}

/// Whether a parameter is the one who asks, by its type or its name.
fn somebody(parameter: &Parameter) -> bool {
    let found = words(&format!("{} {}", parameter.type_name, parameter.name));
    found.iter().any(|it| {
        matches!(
            it.as_str(),
            "account"
                | "auth"
                | "caller"
                | "claims"
                | "identity"
                | "member"
                | "principal"
                | "session"
                | "user"
                | "viewer"
        )
    })
}

/// The conditions under which a function refuses.
fn refusals<'a>(side: &'a SideFacts<'_>, scope: &Scope) -> Vec<&'a Guard> {
    let here = |it: &&Guard| {
        let of = side.tree.scopes.get(it.place.scope);
        it.exit != Exit::Leaves && of.is_some_and(|it| it.span == scope.span)
    };
    side.facts.guards.iter().filter(here).collect()
}

fn says(condition: &Expr, name: &str) -> bool {
    !name.is_empty() && names(&condition.to_string(), name)
}

fn names(text: &str, name: &str) -> bool {
    let mut parts = text.split(|it: char| !it.is_alphanumeric() && it != '_');
    parts.any(|it| it == name)
}

/// `viewer.ok_or(Error)?`: the function goes no further without.
fn demanded(scope: &Scope, name: &str) -> bool {
    let mut found = false;
    each_expr(&scope.body, &mut |it| {
        if let ExprKind::Call(callee, _) = &it.kind
            && let ExprKind::Member(object, step) = &callee.kind
        {
            let last = matches!(
                step.as_str(),
                "ok_or" | "ok_or_else" | "orElseThrow" | "expect" | "unwrap" | "get"
            );
            found |= last && names(&object.to_string(), name);
        }
    });
    found
}
