//! Conditions that only ask whether something is there.

use crate::facts::tree::{Expr, ExprKind, Operator};
use crate::facts::words::words;
use crate::review::conditions::vocabulary::{PERMISSION, PROTECTION, STATUS};

/// Presence of one of these is a matter of rights; presence of anything else is not.
pub(in crate::review) const SUBJECTS_OF_PRESENCE: &[&str] = &[
    "session",
    "user",
    "viewer",
    "actor",
    "principal",
    "membership",
    "member",
    "permission",
    "permissions",
    "role",
    "admin",
    "auth",
    "authenticated",
    "authorized",
    "signature",
    "csrf",
    "access",
    "allowed",
    "identity",
];

/// `x`, `!x`, `x == null`, `x != ""`: asks only whether something is there.
pub fn nothing_but_presence(condition: &Expr) -> bool {
    match &condition.kind {
        ExprKind::Name(_) | ExprKind::Member(..) | ExprKind::Index(..) => {
            let found = words(condition.last_name());
            !found.iter().any(|it| {
                let it = it.as_str();
                matches!(
                    it,
                    "is" | "has" | "can" | "should" | "allowed" | "valid" | "enabled" | "disabled"
                ) || PERMISSION.contains(&it)
                    || STATUS.contains(&it)
                    || PROTECTION.contains(&it)
            }) && !condition.last_name().ends_with('?')
        }
        ExprKind::Not(inner) => nothing_but_presence(inner),
        ExprKind::Binary(Operator::And, left, right) => {
            nothing_but_presence(left) && nothing_but_presence(right)
        }
        // `if let Some(x) = it.y`.
        ExprKind::Call(callee, arguments)
            if callee.last_name() == "matches"
                && matches!(arguments.as_slice(), [field, form]
                    if is_field(&field.value) && form.value.last_name() == "Some") =>
        {
            true
        }
        // `-n "$x"` of a shell, and whether something has the form that can be looked into.
        ExprKind::Call(callee, _) => matches!(
            callee.last_name(),
            "-n" | "empty"
                | "isset"
                | "isArray"
                | "is_array"
                | "is_object"
                | "isObject"
                | "isPlainObject"
                | "isRecord"
                | "isEmpty"
                | "isNotEmpty"
                | "is_empty"
                | "IsNullOrEmpty"
                | "IsNullOrWhiteSpace"
                | "isBlank"
                | "isNotBlank"
        ),
        ExprKind::Binary(Operator::Equal | Operator::NotEqual, left, right) => {
            is_nothing(left) || is_nothing(right)
        }
        ExprKind::Binary(operator, left, right) if operator.compares() => {
            let zero = |it: &Expr| matches!(&it.kind, ExprKind::Number(number) if number == "0" || number == "1");
            let length = |it: &Expr| {
                matches!(
                    it.last_name(),
                    "len" | "length" | "size" | "count" | "Count" | "Length"
                )
            };
            (zero(left) && length(right)) || (zero(right) && length(left))
        }
        _ => false,
    }
}

/// `it.y`, also where it is only borrowed.
fn is_field(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Member(..) => true,
        ExprKind::Call(callee, arguments) => {
            let borrows = matches!(
                callee.last_name(),
                "as_ref" | "as_deref" | "as_mut" | "clone"
            );
            arguments.is_empty()
                && borrows
                && matches!(&callee.kind, ExprKind::Member(object, _)
                    if matches!(object.kind, ExprKind::Member(..)))
        }
        _ => false,
    }
}

/// Whether a value is none: null, an empty text, zero.
pub(in crate::review) fn is_nothing(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Null)
        || matches!(&expr.kind, ExprKind::Text(text) if text.is_empty())
        || matches!(&expr.kind, ExprKind::Number(number) if number == "0")
}
