//! The form by which values are compared, and plain values.

use crate::facts::tree::{Expr, ExprKind, Operator};

/// The form by which values are compared: every operation in parentheses, sides that may be swapped
/// in order, numbers without idle zeros.
pub fn canonical(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Binary(operator, ..)
            if matches!(
                operator,
                Operator::Add | Operator::Multiply | Operator::And | Operator::Or
            ) =>
        {
            let mut parts: Vec<String> = expr.parts(*operator).into_iter().map(canonical).collect();
            // Texts are joined in their order, and so are fallbacks.
            let texts = parts.iter().any(|it| it.starts_with(['"', '`']));
            if !texts && *operator != Operator::Or {
                parts.sort();
            }
            format!("({})", parts.join(&format!(" {} ", operator.symbol())))
        }
        ExprKind::Binary(operator, left, right) => {
            format!(
                "({} {} {})",
                canonical(left),
                operator.symbol(),
                canonical(right)
            )
        }
        ExprKind::Number(number) => plain_number(number),
        ExprKind::Member(object, name) => format!("{}.{name}", canonical(object)),
        ExprKind::Index(object, index) => format!("{}[{}]", canonical(object), canonical(index)),
        ExprKind::Call(callee, arguments) => {
            let arguments: Vec<String> = arguments
                .iter()
                .map(|it| match &it.name {
                    Some(name) => format!("{name}: {}", canonical(&it.value)),
                    None => canonical(&it.value),
                })
                .collect();
            format!("{}({})", canonical(callee), arguments.join(", "))
        }
        ExprKind::Not(inner) => format!("!{}", canonical(inner)),
        ExprKind::Unary(operator, inner) => format!("{operator}{}", canonical(inner)),
        ExprKind::Conditional(a, b, c) => {
            format!("({} ? {} : {})", canonical(a), canonical(b), canonical(c))
        }
        ExprKind::Propagate(inner) => canonical(inner),
        _ => expr.to_string(),
    }
}

/// `1_000.50` and `1000.5` are one number.
pub fn plain_number(number: &str) -> String {
    let text: String = number.chars().filter(|it| *it != '_').collect();
    if text.contains('.') && !text.contains(['e', 'E', 'x', 'X']) {
        let text = text.trim_end_matches('0');
        return text.trim_end_matches('.').to_owned();
    }
    text
}

/// The number of a plain literal.
pub fn number(expr: &Expr) -> Option<f64> {
    match &expr.kind {
        ExprKind::Number(text) => plain_number(text).parse().ok(),
        ExprKind::Binary(operator, a, b) => {
            let (a, b) = (number(a)?, number(b)?);
            match operator {
                Operator::Add => Some(a + b),
                Operator::Subtract => Some(a - b),
                Operator::Multiply => Some(a * b),
                Operator::Divide if b != 0.0 => Some(a / b),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Whether a value is `false`, or 0.
pub fn is_off(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Bool(false))
        || matches!(&expr.kind, ExprKind::Number(it) if it == "0")
        || matches!(&expr.kind, ExprKind::Text(it) if it == "0" || it.eq_ignore_ascii_case("false"))
}

/// Whether a value is `true`, or 1.
pub fn is_on(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Bool(true))
        || matches!(&expr.kind, ExprKind::Number(it) if it == "1")
        || matches!(&expr.kind, ExprKind::Text(it) if it == "1" || it.eq_ignore_ascii_case("true"))
}
