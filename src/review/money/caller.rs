//! What a caller of the service sends.

use super::value::{ROUNDING, converts};
use crate::facts::tree::{Expr, ExprKind};
use crate::facts::words::words;

/// Whether a value comes from what a caller of the service sends. What was looked up by something
/// that the caller sent is our own.
pub fn from_caller(expr: &Expr) -> bool {
    const PARTS: &[&str] = &[
        "body", "query", "POST", "GET", "form", "json", "params", "data",
    ];
    // What frameworks hand to a function as what was sent.
    const SENT: &[&str] = &["body", "dto", "input", "payload"];
    let request = |it: &Expr| {
        matches!(
            it.first_name(),
            "req" | "request" | "ctx" | "c" | "Request" | "$request" | "r"
        )
    };
    match &expr.kind {
        ExprKind::Member(object, name) => {
            (request(object) && PARTS.contains(&name.as_str()))
                || matches!(&object.kind, ExprKind::Name(it) if SENT.contains(&it.as_str()))
                || from_caller(object)
        }
        ExprKind::Index(object, _) => {
            matches!(&object.kind, ExprKind::Name(name) if matches!(name.as_str(), "params" | "_POST" | "_GET" | "_REQUEST" | "$_POST" | "$_GET"))
                || from_caller(object)
        }
        ExprKind::Call(callee, arguments) => {
            let name = callee.last_name();
            let reads = arguments
                .iter()
                .any(|it| matches!(it.value.kind, ExprKind::Text(_)))
                && (matches!(
                    name,
                    "FormValue" | "PostForm" | "PostFormValue" | "QueryParam" | "getParameter"
                ) || (matches!(name, "get" | "input" | "fetch") && from_caller_object(callee)));
            let first = words(name).first().cloned().unwrap_or_default();
            let passes = converts(callee)
                || ROUNDING.contains(&name)
                || matches!(
                    first.as_str(),
                    "parse" | "to" | "decimal" | "atoi" | "money" | "abs"
                );
            reads
                || (passes && arguments.iter().any(|it| from_caller(&it.value)))
                || matches!(&callee.kind, ExprKind::Member(object, _) if passes && from_caller(object))
        }
        ExprKind::Binary(_, a, b) => from_caller(a) || from_caller(b),
        ExprKind::Conditional(_, a, b) => from_caller(a) || from_caller(b),
        ExprKind::Unary(_, it) | ExprKind::Propagate(it) => from_caller(it),
        ExprKind::List(parts) => parts.iter().any(from_caller),
        _ => false,
    }
}

/// Whether a price or an amount in a value comes from the caller that did not before:
/// `product.price * body.quantity` that is now `body.price * body.quantity`.
pub fn price_from_caller(before: &Expr, after: &Expr) -> bool {
    let mut found = false;
    after.walk(&mut |it| {
        let names_price = words(it.last_name()).last().is_some_and(|it| {
            matches!(
                it.as_str(),
                "amount" | "cents" | "cost" | "fee" | "price" | "total"
            )
        });
        if matches!(it.kind, ExprKind::Member(..)) && names_price && from_caller(it) {
            let (mut known, mut ours) = (false, false);
            before.walk(&mut |was| {
                known |= was == it;
                ours |= was.last_name() == it.last_name() && !from_caller(was);
            });
            found |= ours && !known;
        }
    });
    found
}

fn from_caller_object(callee: &Expr) -> bool {
    matches!(&callee.kind, ExprKind::Member(object, _) if from_caller(object)
        || matches!(&object.kind, ExprKind::Name(name) if matches!(name.as_str(), "request" | "req" | "$request" | "searchParams" | "params")))
}
