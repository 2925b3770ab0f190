//! Patterns: `if let`, `match`, and the names that they bind.

use super::arms;
use crate::facts::lower::{Lowering, field, named};
use crate::facts::syntax::Node;
use crate::facts::tree::{Argument, Expr, ExprKind, Operator, Stmt, StmtKind};

/// `if`, with the names that its condition binds.
pub(super) fn choice(lowering: &mut Lowering<'_>, node: Node<'_>) -> Vec<Stmt> {
    let (condition, mut then) = condition(lowering, field(node, &["condition"]));
    then.append(&mut lowering.body(field(node, &["consequence"])));
    let otherwise = lowering.body(field(node, &["alternative"]));
    let condition = condition.unwrap_or_else(|| lowering.at(node, ExprKind::Bool(true)));
    let kind = StmtKind::If {
        condition,
        then,
        otherwise,
    };
    vec![lowering.stmt(node, kind)]
}

/// A condition, and the assignments that `let` makes where it holds.
pub(super) fn condition(
    lowering: &mut Lowering<'_>,
    node: Option<Node<'_>>,
) -> (Option<Expr>, Vec<Stmt>) {
    let mut bound = Vec::new();
    let Some(node) = node else {
        return (None, bound);
    };
    let parts = match node.kind() {
        "let_chain" => named(node),
        _ => vec![node],
    };
    let mut joined: Option<Expr> = None;
    for part in parts {
        if part.is_extra() {
            continue;
        }
        let next = match (
            part.kind(),
            field(part, &["pattern"]),
            field(part, &["value"]),
        ) {
            ("let_condition", Some(pattern), Some(value)) => {
                let value = lowering.expr(value);
                bind(lowering, pattern, &value, &mut bound);
                matches(lowering, pattern, value)
            }
            _ => lowering.expr(part),
        };
        joined = Some(match joined {
            None => next,
            Some(before) => lowering.at(
                node,
                ExprKind::Binary(Operator::And, Box::new(before), Box::new(next)),
            ),
        });
    }
    (joined, bound)
}

/// `matches(value, Pattern)`; `None` is said as not `Some`, `Err` as not `Ok`.
pub(super) fn matches(lowering: &Lowering<'_>, pattern: Node<'_>, value: Expr) -> Expr {
    let (shape, negated) = match shape(lowering, pattern, 0).as_str() {
        "None" => ("Some".to_owned(), true),
        "Err" => ("Ok".to_owned(), true),
        shape => (shape.to_owned(), false),
    };
    let callee = lowering.at(pattern, ExprKind::Name("matches".to_owned()));
    let shape = lowering.at(pattern, ExprKind::Name(shape));
    let arguments = [value, shape]
        .into_iter()
        .map(|value| Argument { name: None, value })
        .collect();
    let call = lowering.at(pattern, ExprKind::Call(Box::new(callee), arguments));
    if negated { call.negate() } else { call }
}

/// A pattern without the names that it binds.
fn shape(lowering: &Lowering<'_>, pattern: Node<'_>, depth: usize) -> String {
    let inner = |nodes: Vec<Node<'_>>| {
        let shapes: Vec<String> = nodes
            .into_iter()
            .filter(|it| !it.is_extra())
            .map(|it| shape(lowering, it, depth + 1))
            .collect();
        if shapes.iter().all(|it| it == "_") {
            String::new()
        } else {
            format!("({})", shapes.join(", "))
        }
    };
    if depth > 8 {
        return "_".to_owned();
    }
    match pattern.kind() {
        "match_pattern" => match pattern.named_child(0) {
            Some(inner) => shape(lowering, inner, depth),
            None => "_".to_owned(),
        },
        "tuple_struct_pattern" => {
            let name = field(pattern, &["type"]);
            let rest = pattern
                .named_children()
                .filter(|it| Some(*it) != name)
                .collect();
            let name = name.map_or("", |it| lowering.text(it));
            format!("{}{}", name.replace("::", "."), inner(rest))
        }
        "struct_pattern" => field(pattern, &["type"])
            .map_or("", |it| lowering.text(it))
            .replace("::", "."),
        "tuple_pattern" | "slice_pattern" => inner(named(pattern)),
        "or_pattern" => {
            let shapes: Vec<String> = pattern
                .named_children()
                .map(|it| shape(lowering, it, depth + 1))
                .collect();
            shapes.join(" | ")
        }
        "mut_pattern" | "ref_pattern" | "reference_pattern" | "captured_pattern" => {
            match named(pattern).last() {
                Some(inner) => shape(lowering, *inner, depth + 1),
                None => "_".to_owned(),
            }
        }
        "remaining_field_pattern" => "_".to_owned(),
        "identifier" => {
            let text = lowering.text(pattern);
            // A name in capitals is a constant or a variant; another binds.
            if text.starts_with(char::is_uppercase) {
                text.to_owned()
            } else {
                "_".to_owned()
            }
        }
        _ => {
            let text: String = lowering.text(pattern).split_whitespace().collect();
            text.replace("::", ".")
        }
    }
}

/// `Some(x)` binds `x` to the value.
pub(super) fn bind(
    lowering: &mut Lowering<'_>,
    pattern: Node<'_>,
    value: &Expr,
    out: &mut Vec<Stmt>,
) {
    if let Some(name) = bound_name(pattern)
        && !lowering.text(name).starts_with(char::is_uppercase)
    {
        let target = lowering.expr(name);
        let kind = StmtKind::Assign {
            target,
            operator: None,
            value: value.clone(),
        };
        out.push(lowering.stmt(pattern, kind));
    }
}

/// The one name that a pattern binds, if it is one.
pub(super) fn bound_name(pattern: Node<'_>) -> Option<Node<'_>> {
    let mut pattern = pattern;
    for _ in 0..8 {
        match pattern.kind() {
            "identifier" => return Some(pattern),
            "tuple_struct_pattern" if pattern.named_child_count() == 2 => {
                pattern = pattern.named_children().last()?;
            }
            "match_pattern" if pattern.named_child_count() == 1 => {
                pattern = pattern.named_children().last()?;
            }
            "mut_pattern" | "ref_pattern" | "reference_pattern" => {
                pattern = pattern.named_children().last()?;
            }
            _ => return None,
        }
    }
    None
}

/// The condition under which an arm is taken.
pub(super) fn pattern_condition(
    lowering: &mut Lowering<'_>,
    pattern: Node<'_>,
    subject: &Expr,
) -> Expr {
    let matched = matches(lowering, pattern, subject.clone());
    let Some(guard) = field(pattern, &["condition"]) else {
        return matched;
    };
    let (Some(guard), _) = condition(lowering, Some(guard)) else {
        return matched;
    };
    let kind = ExprKind::Binary(Operator::And, Box::new(matched), Box::new(guard));
    lowering.at(pattern, kind)
}

/// `match`: patterns without the names that they bind; `_` is the default.
pub(super) fn choices(lowering: &mut Lowering<'_>, node: Node<'_>) -> StmtKind {
    let subject = field(node, &["value"]).map(|it| lowering.expr(it));
    let mut cases = Vec::new();
    for arm in arms(node) {
        let mut values = Vec::new();
        let mut body = Vec::new();
        if let Some(pattern) = field(arm, &["pattern"]) {
            let alternatives = match pattern.named_child(0) {
                Some(inner) if inner.kind() == "or_pattern" => named(inner),
                _ => vec![pattern],
            };
            for alternative in alternatives {
                let literal = alternative
                    .named_child(0)
                    .filter(|_| alternative.kind() == "match_pattern")
                    .unwrap_or(alternative);
                if literal.kind().ends_with("_literal") {
                    values.push(lowering.expr(literal));
                    continue;
                }
                let shape = shape(lowering, alternative, 0);
                if shape != "_" {
                    values.push(lowering.at(alternative, ExprKind::Name(shape)));
                }
            }
            let inner = pattern
                .named_child(0)
                .filter(|it| it.kind() != "identifier");
            if let (Some(inner), Some(subject)) = (inner, &subject) {
                bind(lowering, inner, subject, &mut body);
            }
            if let Some(guard) = field(pattern, &["condition"]) {
                let (guard, mut bound) = condition(lowering, Some(guard));
                body.append(&mut bound);
                values = match (values.pop(), guard) {
                    (Some(value), Some(guard)) => {
                        let kind =
                            ExprKind::Binary(Operator::And, Box::new(value), Box::new(guard));
                        vec![lowering.at(pattern, kind)]
                    }
                    (value, guard) => value.or(guard).into_iter().collect(),
                };
            }
        }
        if let Some(value) = field(arm, &["value"]) {
            lowering.statement(value, &mut body);
        }
        cases.push((values, body));
    }
    StmtKind::Switch { subject, cases }
}
