//! Addresses that a check leaves out, told by less than before.

use crate::facts::fact::{Exit, Guard};
use crate::facts::tree::{Expr, ExprKind, Operator, Scope};
use crate::facts::words::words;
use crate::review::code::draws;
use crate::review::deltas::compare::SideFacts;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::record::finding::Finding;

/// Code that checks requests and left out certain addresses, and leaves out whatever has a text
/// anywhere in its address now.
pub(crate) fn told_by_less(delta: &ScopeDelta<'_>) -> Option<Finding> {
    if draws(delta.file) || delta.broken() || !checks_requests(delta) {
        return None;
    }
    let before = exemptions(&delta.base_file.before, delta.before);
    let after = exemptions(&delta.file.after, delta.after);
    if before.iter().any(|it| has(&it.condition, &somewhere)) {
        return None;
    }
    let was = before.iter().find(|it| has(&it.condition, &exactly))?;
    let is = after.iter().find(|it| has(&it.condition, &somewhere))?;
    Some(
        Finding::new(delta.file, delta.symbol(), "exempt by any part")
            .before(
                was.place.line,
                delta.base_file.before.code(&was.place.span),
            )
            .after(is.place.line, delta.file.after.code(&is.place.span))
            .says(
                format!(
                    "`{}` left out only addresses that are or begin with certain texts, and now leaves out every address that has such a text anywhere in it. Whoever puts it there is not checked.",
                    delta.symbol()
                ),
                "Compare the whole address, or its beginning.",
            ),
    )
}

/// Whether a function stands before others and decides whom to let through, by its names.
fn checks_requests(delta: &ScopeDelta<'_>) -> bool {
    let found = words(&format!("{} {}", delta.file.path, delta.symbol()));
    found.iter().any(|it| {
        matches!(
            it.as_str(),
            "auth"
                | "authentication"
                | "authorization"
                | "csrf"
                | "filter"
                | "guard"
                | "interceptor"
                | "jwt"
                | "middleware"
                | "security"
                | "token"
        )
    })
}

/// The conditions under which a function is left early, without a refusal.
fn exemptions<'a>(side: &'a SideFacts<'_>, scope: &Scope) -> Vec<&'a Guard> {
    let here = |it: &&Guard| {
        let of = side.tree.scopes.get(it.place.scope);
        it.exit == Exit::Leaves && it.protects && of.is_some_and(|it| it.span == scope.span)
    };
    side.facts.guards.iter().filter(here).collect()
}

fn has(condition: &Expr, asked: &dyn Fn(&Expr) -> bool) -> bool {
    let mut found = false;
    condition.walk(&mut |it| found |= asked(it));
    found
}

/// Whether an expression is the address of a request.
fn is_address(expr: &Expr) -> bool {
    let found = words(expr.last_name());
    found.iter().any(|it| {
        matches!(
            it.as_str(),
            "path" | "pathname" | "pathinfo" | "uri" | "url" | "route"
        )
    })
}

/// `path.startsWith("/public/")`, `path == "/login"`.
fn exactly(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Member(object, step) => {
            let step = step.to_lowercase().replace('_', "");
            is_address(object)
                && matches!(
                    step.trim_end_matches('?'),
                    "startswith" | "startwith" | "startswithsegments" | "equals" | "eq"
                )
        }
        ExprKind::Call(callee, arguments) => {
            let prefix = matches!(callee.last_name(), "HasPrefix" | "str_starts_with");
            prefix && arguments.iter().any(|it| is_address(&it.value))
        }
        ExprKind::Binary(Operator::Equal, left, right) => {
            let text = |it: &Expr| matches!(&it.kind, ExprKind::Text(it) if it.starts_with('/'));
            is_address(left) && text(right) || is_address(right) && text(left)
        }
        _ => false,
    }
}

/// `path.contains("public")`, `"public" in path`.
fn somewhere(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Member(object, step) => {
            is_address(object)
                && matches!(
                    step.as_str(),
                    "contains" | "Contains" | "includes" | "include?" | "indexOf" | "search"
                )
        }
        ExprKind::Call(callee, arguments) => {
            let asks = matches!(
                callee.to_string().as_str(),
                "strings.Contains" | "str_contains" | "strpos"
            );
            asks && arguments.first().is_some_and(|it| is_address(&it.value))
        }
        ExprKind::Binary(Operator::In, left, right) => {
            matches!(left.kind, ExprKind::Text(_)) && is_address(right)
        }
        _ => false,
    }
}
