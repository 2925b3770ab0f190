//! Texts that are queries, and the values that are written into them.

use crate::facts::fact::Call;
use crate::facts::tree::{Expr, ExprKind, Operator};
use crate::facts::words::{says, words};

/// Whether a value stands between quotes of the query: `name LIKE '%${name}%'`.
pub fn quotes_a_value(expr: &Expr) -> bool {
    let open = |text: &str| text.matches('\'').count() % 2 == 1;
    let between = |parts: &[&Expr]| {
        let mut inside = false;
        parts.iter().any(|part| match &part.kind {
            ExprKind::Text(text) => {
                inside ^= open(text);
                false
            }
            _ => inside && !harmless(part),
        })
    };
    match &expr.kind {
        ExprKind::Template(parts) => between(&parts.iter().collect::<Vec<_>>()),
        ExprKind::Binary(Operator::Add, ..) => between(&expr.parts(Operator::Add)),
        _ => {
            let mut text = String::new();
            let mut pasted = false;
            gather(expr, &mut text);
            values(expr, &mut |it| pasted |= !harmless(it));
            let mut holes = ["%s", "%v", "{"]
                .into_iter()
                .flat_map(|it| text.match_indices(it));
            pasted && holes.any(|(at, _)| open(&text[..at]))
        }
    }
}

/// The text of a query, where a call is given one.
pub fn query(call: &Call) -> Option<&Expr> {
    const LOGS: [&str; 8] = [
        "log", "warn", "print", "error", "debug", "info", "puts", "raise",
    ];
    let name = call.name.to_lowercase();
    if LOGS.iter().any(|it| name.contains(it)) {
        return None;
    }
    call.arguments
        .iter()
        .map(|it| &it.value)
        .find(|it| reads_as_query(it, &name))
}

fn reads_as_query(expr: &Expr, name: &str) -> bool {
    let mut text = String::new();
    gather(expr, &mut text);
    let text = text.to_lowercase();
    let first = text.split_whitespace().next().unwrap_or_default();
    let statement = match first {
        "select" => text.contains(" from "),
        "insert" => text.contains(" into "),
        "delete" => text.contains(" from "),
        "update" => text.contains(" set "),
        _ => false,
    };
    let raw = matches!(
        name,
        "raw"
            | "literal"
            | "whereraw"
            | "where_raw"
            | "orwhereraw"
            | "havingraw"
            | "orderbyraw"
            | "$queryrawunsafe"
    );
    let condition = (name.starts_with("where") || raw)
        && [" = ", " in ", " like ", " > ", " < ", " ilike ", " @@ "]
            .iter()
            .any(|it| text.contains(it));
    statement || condition
}

/// Puts together what stands in a text, with a space where a value goes in.
pub fn gather(expr: &Expr, text: &mut String) {
    match &expr.kind {
        ExprKind::Text(part) => text.push_str(part),
        ExprKind::Template(parts) => parts.iter().for_each(|it| gather(it, text)),
        ExprKind::Binary(Operator::Add, ..) => {
            for part in expr.parts(Operator::Add) {
                gather(part, text);
            }
        }
        ExprKind::Binary(Operator::Remainder, left, _) => gather(left, text),
        ExprKind::Call(callee, arguments) => match callee.last_name() {
            "format" => gather(callee, text),
            "Sprintf" | "sprintf" | "text" => {
                if let Some(first) = arguments.first() {
                    gather(&first.value, text);
                }
            }
            _ => text.push(' '),
        },
        ExprKind::Member(object, _) => gather(object, text),
        _ => text.push(' '),
    }
}

/// The values that are joined into a text.
pub fn values<'a>(expr: &'a Expr, visit: &mut dyn FnMut(&'a Expr)) {
    match &expr.kind {
        ExprKind::Text(_) => {}
        ExprKind::Template(parts) => parts.iter().for_each(|it| values(it, visit)),
        ExprKind::Binary(Operator::Add, ..) => {
            for part in expr.parts(Operator::Add) {
                values(part, visit);
            }
        }
        ExprKind::Binary(Operator::Remainder, _, right) => visit(right),
        ExprKind::Call(callee, arguments)
            if matches!(callee.last_name(), "format" | "Sprintf" | "sprintf") =>
        {
            arguments.iter().for_each(|it| match it.value.kind {
                ExprKind::Text(_) => {}
                _ => visit(&it.value),
            });
        }
        _ => visit(expr),
    }
}

/// Names of tables and columns, constants, numbers, and what is quoted by a function.
pub fn harmless(value: &Expr) -> bool {
    const NAMES: [&str; 31] = [
        "encoded",
        "table",
        "tables",
        "column",
        "columns",
        "placeholder",
        "placeholders",
        "schema",
        "quote",
        "quoted",
        "sanitize",
        "escape",
        "escaped",
        "sql",
        "order",
        "direction",
        "query",
        "filter",
        "filters",
        "clause",
        "fragment",
        "condition",
        "conditions",
        "select",
        "field",
        "fields",
        "alias",
        "cte",
        "interval",
        "prefix",
        "predicate",
    ];
    match &value.kind {
        ExprKind::Number(_) | ExprKind::Bool(_) | ExprKind::Null => true,
        _ => {
            let name = value.last_name();
            let constant = !name.is_empty()
                && name.chars().any(char::is_alphabetic)
                && name
                    .chars()
                    .all(|it| it.is_uppercase() || it == '_' || it.is_ascii_digit());
            constant
                || says(&value.to_string(), &NAMES)
                || matches!(
                    name,
                    "join"
                        | "length"
                        | "len"
                        | "to_i"
                        | "parseInt"
                        | "Number"
                        | "int"
                        | "clause"
                        | "where"
                        | "Join"
                )
        }
    }
}

/// Whether a call may hand a query to a database.
pub fn may_ask(call: &Call) -> bool {
    !call.arguments.is_empty()
        && words(&call.name).iter().any(|it| {
            matches!(
                it.as_str(),
                "query"
                    | "queries"
                    | "exec"
                    | "execute"
                    | "raw"
                    | "sql"
                    | "select"
                    | "where"
                    | "prepare"
                    | "fetch"
                    | "all"
                    | "one"
                    | "row"
                    | "rows"
                    | "scalar"
                    | "text"
                    | "find"
                    | "get"
                    | "run"
                    | "statement"
                    | "having"
                    | "order"
                    | "filter"
                    | "unsafe"
            )
        })
}
