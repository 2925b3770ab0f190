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

/// The yes or no that a value is where the variable of the environment that it asks for is not set:
/// `ENV.fetch("FORCE", "false") == "true"`, `process.env.FORCE === "true"`,
/// `env.bool("FORCE", default=False)`. None where it asks for none.
pub fn unless_set(expr: &Expr) -> Option<bool> {
    match &expr.kind {
        ExprKind::Binary(operator @ (Operator::Equal | Operator::NotEqual), left, right) => {
            let (read, text) = match (&left.kind, &right.kind) {
                (_, ExprKind::Text(text)) => (left, text),
                (ExprKind::Text(text), _) => (right, text),
                _ => return None,
            };
            // Which environment it is, is set everywhere.
            if !matches!(
                text.to_ascii_lowercase().as_str(),
                "true" | "false" | "1" | "0" | "yes" | "no" | "on" | "off"
            ) {
                return None;
            }
            let same = default_text(read)?.is_some_and(|it| it.eq_ignore_ascii_case(text));
            Some(same == (*operator == Operator::Equal))
        }
        ExprKind::Binary(Operator::In, read, list) => {
            let default = default_text(read)?;
            let ExprKind::List(parts) = &list.kind else {
                return None;
            };
            let text = |it: &Expr| match &it.kind {
                ExprKind::Text(text) => Some(text.to_ascii_lowercase()),
                _ => None,
            };
            Some(default.is_some_and(|it| {
                parts
                    .iter()
                    .filter_map(text)
                    .any(|part| part == it.to_ascii_lowercase())
            }))
        }
        ExprKind::Call(_, arguments) => {
            default_text(expr)?;
            match &arguments.get(1)?.value {
                it if is_off(it) => Some(false),
                it if is_on(it) => Some(true),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The text that reading a variable of the environment falls back to; nothing where there is none.
/// None where no such variable is read.
fn default_text(expr: &Expr) -> Option<Option<&str>> {
    let environment = |it: &Expr| {
        let text = it.to_string();
        matches!(
            text.as_str(),
            "ENV"
                | "ENV.fetch"
                | "process.env"
                | "os.environ"
                | "os.environ.get"
                | "os.getenv"
                | "getenv"
                | "environ.get"
                | "env"
                | "env.bool"
                | "env.get"
                | "Env.get"
                | "os.Getenv"
                | "System.getenv"
                | "import.meta.env"
        )
    };
    match &expr.kind {
        ExprKind::Member(object, _) | ExprKind::Index(object, _) if environment(object) => {
            Some(None)
        }
        ExprKind::Binary(Operator::Or, read, otherwise) => {
            default_text(read)?;
            match &otherwise.kind {
                ExprKind::Text(text) => Some(Some(text)),
                _ => None,
            }
        }
        ExprKind::Call(callee, arguments) if environment(callee) => {
            match arguments.get(1).map(|it| &it.value.kind) {
                Some(ExprKind::Text(text)) => Some(Some(text)),
                _ => Some(None),
            }
        }
        // `os.getenv("FORCE", "false").lower()`.
        ExprKind::Call(callee, arguments) if arguments.is_empty() => match &callee.kind {
            ExprKind::Member(read, step) if only_case(step) => default_text(read),
            _ => None,
        },
        ExprKind::Member(read, step) if only_case(step) => default_text(read),
        _ => None,
    }
}

fn only_case(step: &str) -> bool {
    matches!(
        step,
        "lower" | "toLowerCase" | "downcase" | "strip" | "trim" | "to_s"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expr(kind: ExprKind) -> Expr {
        Expr::new(kind, 1, 0..1)
    }

    #[test]
    fn what_nobody_has_set_is_what_it_falls_back_to() {
        let name = |it: &str| Box::new(expr(ExprKind::Name(it.to_owned())));
        let text = |it: &str| Box::new(expr(ExprKind::Text(it.to_owned())));
        let env = Box::new(expr(ExprKind::Member(name("process"), "env".to_owned())));
        let read = || Box::new(expr(ExprKind::Member(env.clone(), "FORCE".to_owned())));
        let compared = |operator, with| expr(ExprKind::Binary(operator, read(), text(with)));
        assert_eq!(unless_set(&compared(Operator::Equal, "true")), Some(false));
        assert_eq!(
            unless_set(&compared(Operator::NotEqual, "false")),
            Some(true)
        );
        let otherwise = expr(ExprKind::Binary(Operator::Or, read(), text("true")));
        let with_default = ExprKind::Binary(Operator::Equal, Box::new(otherwise), text("true"));
        assert_eq!(unless_set(&expr(with_default)), Some(true));
        let other = ExprKind::Binary(Operator::Equal, name("mode"), text("true"));
        assert_eq!(unless_set(&expr(other)), None);
        let mode = compared(Operator::Equal, "production");
        assert_eq!(unless_set(&mode), None);
    }
}
