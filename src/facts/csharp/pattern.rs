//! Patterns: `x is not null`, and the ways of a `switch`.

use crate::facts::lower::{Lowering, Role, field, named};
use crate::facts::syntax::Node;
use crate::facts::tree::{Expr, ExprKind, Operator, StmtKind};

/// Deeper patterns are kept as text.
const MAX_DEPTH: usize = 32;

/// The condition under which a value fits a pattern.
pub(super) fn test(lowering: &mut Lowering<'_>, pattern: Node<'_>, subject: &Expr) -> Expr {
    let mut rest = Vec::new();
    let mut joined = fits(lowering, pattern, subject, false, &mut rest, 0);
    for (operator, next) in rest {
        let kind = ExprKind::Binary(operator, Box::new(joined), Box::new(next));
        joined = lowering.at(pattern, kind);
    }
    joined
}

/// The grammar reads `x is not null && y` as `x is not (null && y)`: what is behind the constant
/// goes into `rest`.
fn fits(
    lowering: &mut Lowering<'_>,
    pattern: Node<'_>,
    subject: &Expr,
    negated: bool,
    rest: &mut Vec<(Operator, Expr)>,
    depth: usize,
) -> Expr {
    let left = || Box::new(subject.clone());
    let inner = pattern.named_children().find(|it| !it.is_extra());
    let kind = match (pattern.kind(), inner) {
        _ if depth > MAX_DEPTH => ExprKind::Text(lowering.text(pattern).to_owned()),
        ("negated_pattern", Some(inner)) => {
            return fits(lowering, inner, subject, !negated, rest, depth + 1);
        }
        ("parenthesized_pattern", Some(inner)) => {
            return fits(lowering, inner, subject, negated, rest, depth + 1);
        }
        ("or_pattern" | "and_pattern", _) => {
            let sides = field(pattern, &["left"]).zip(field(pattern, &["right"]));
            let Some((one, other)) = sides else {
                return lowering.at(pattern, ExprKind::Bool(true));
            };
            let operator = if (pattern.kind() == "or_pattern") == negated {
                Operator::And
            } else {
                Operator::Or
            };
            let before = rest.len();
            let one = fits(lowering, one, subject, negated, rest, depth + 1);
            // Behind a constant stands a test of its own, and this is a part of it.
            if rest.len() > before
                && let Some((joint, last)) = rest.pop()
            {
                let subject = match &last.kind {
                    ExprKind::Binary(_, subject, _) => (**subject).clone(),
                    _ => subject.clone(),
                };
                let mut later = Vec::new();
                let other = fits(lowering, other, &subject, false, &mut later, depth + 1);
                let operator = match pattern.kind() {
                    "or_pattern" => Operator::Or,
                    _ => Operator::And,
                };
                let kind = ExprKind::Binary(operator, Box::new(last), Box::new(other));
                rest.push((joint, lowering.at(pattern, kind)));
                rest.append(&mut later);
                return one;
            }
            let other = fits(lowering, other, subject, negated, rest, depth + 1);
            ExprKind::Binary(operator, Box::new(one), Box::new(other))
        }
        ("constant_pattern", Some(inner)) => {
            let value = lowering.expr(inner);
            let value = first_operand(value, rest);
            let equal = ExprKind::Binary(Operator::Equal, left(), Box::new(value));
            return negate_if(negated, lowering.at(pattern, equal));
        }
        ("relational_pattern", Some(inner)) => {
            let operator = lowering
                .text(pattern)
                .trim_end_matches(lowering.text(inner));
            let operator = Operator::parse(operator.trim());
            let value = lowering.expr(inner);
            let value = first_operand(value, rest);
            let compared = ExprKind::Binary(operator, left(), Box::new(value));
            return negate_if(negated, lowering.at(pattern, compared));
        }
        ("var_pattern" | "discard", _) => ExprKind::Bool(!negated),
        ("recursive_pattern", _) if lowering.text(pattern).starts_with('{') => {
            let kind = properties(lowering, pattern, subject, depth);
            return negate_if(negated, lowering.at(pattern, kind));
        }
        _ => {
            let name = field(pattern, &["type"]).unwrap_or(pattern);
            let name = lowering.text(name).split_whitespace().collect();
            let name = lowering.at(pattern, ExprKind::Name(name));
            let is = ExprKind::Binary(Operator::In, left(), Box::new(name));
            return negate_if(negated, lowering.at(pattern, is));
        }
    };
    lowering.at(pattern, kind)
}

fn negate_if(negated: bool, expr: Expr) -> Expr {
    if negated { expr.negate() } else { expr }
}

/// The first of the operands that `&&` and `||` join; the others go into `rest`.
fn first_operand(expr: Expr, rest: &mut Vec<(Operator, Expr)>) -> Expr {
    let mut first = expr;
    let mut behind = Vec::new();
    loop {
        match first.kind {
            ExprKind::Binary(operator @ (Operator::And | Operator::Or), left, right) => {
                behind.push((operator, *right));
                first = *left;
            }
            kind => {
                rest.extend(behind.into_iter().rev());
                return Expr { kind, ..first };
            }
        }
    }
}

/// `{ Role: "admin", Active: true }`; without any, whether there is something at all.
fn properties(
    lowering: &mut Lowering<'_>,
    pattern: Node<'_>,
    subject: &Expr,
    depth: usize,
) -> ExprKind {
    let null = lowering.at(pattern, ExprKind::Null);
    let mut joined = ExprKind::Binary(
        Operator::NotEqual,
        Box::new(subject.clone()),
        Box::new(null),
    );
    let clause = pattern
        .named_children()
        .find(|it| it.kind() == "property_pattern_clause");
    for (index, part) in clause
        .map(named)
        .unwrap_or_default()
        .into_iter()
        .enumerate()
    {
        let parts = named(part);
        let (Some(name), Some(value)) = (parts.first(), parts.get(1)) else {
            continue;
        };
        let name = lowering.text(*name).trim_end_matches(':').trim().to_owned();
        let member = ExprKind::Member(Box::new(subject.clone()), name);
        let member = lowering.at(part, member);
        let next = fits(lowering, *value, &member, false, &mut Vec::new(), depth + 1);
        joined = if index == 0 {
            next.kind
        } else {
            let before = lowering.at(pattern, joined);
            ExprKind::Binary(Operator::And, Box::new(before), Box::new(next))
        };
    }
    joined
}

/// `switch`, as a statement and as an expression.
pub(super) fn choices(lowering: &mut Lowering<'_>, node: Node<'_>) -> StmtKind {
    let children: Vec<Node<'_>> = node.named_children().filter(|it| !it.is_extra()).collect();
    let subject = field(node, &["value"]).or_else(|| children.first().copied());
    let subject = subject.map(|it| lowering.expr(it));
    let arms = match field(node, &["body"]) {
        Some(body) => named(body),
        None => children,
    };
    let mut cases = Vec::new();
    for arm in arms {
        if lowering.role(arm) != Role::Case {
            continue;
        }
        let mut values: Vec<Expr> = Vec::new();
        let mut body = Vec::new();
        let children: Vec<Node<'_>> = arm.children().collect();
        let mut in_body = false;
        for child in children {
            match child.kind() {
                ":" | "=>" => in_body = true,
                "case" => in_body = false,
                _ if !child.is_named() || child.is_extra() => {}
                _ if in_body => lowering.statement(child, &mut body),
                "discard" => {}
                "when_clause" => {
                    let guard = lowering.expr(child);
                    values = vec![match values.pop() {
                        Some(value) => lowering.at(
                            child,
                            ExprKind::Binary(Operator::And, Box::new(value), Box::new(guard)),
                        ),
                        None => guard,
                    }];
                }
                _ => values.extend(value(lowering, child)),
            }
        }
        cases.push((values, body));
    }
    StmtKind::Switch { subject, cases }
}

/// What a way is taken for.
fn value(lowering: &mut Lowering<'_>, pattern: Node<'_>) -> Vec<Expr> {
    match pattern.kind() {
        "or_pattern" => {
            let mut out = Vec::new();
            let mut open = vec![pattern];
            while let Some(next) = open.pop() {
                match (next.kind(), field(next, &["left"]), field(next, &["right"])) {
                    ("or_pattern", Some(left), Some(right)) => {
                        open.push(right);
                        open.push(left);
                    }
                    _ => out.push(plain(lowering, next)),
                }
            }
            out
        }
        "var_pattern" => Vec::new(),
        _ => vec![plain(lowering, pattern)],
    }
}

fn plain(lowering: &mut Lowering<'_>, pattern: Node<'_>) -> Expr {
    match pattern.kind() {
        kind if kind.ends_with("_pattern") && kind != "constant_pattern" => {
            let name = field(pattern, &["type"]).unwrap_or(pattern);
            let words: Vec<&str> = lowering.text(name).split_whitespace().collect();
            lowering.at(pattern, ExprKind::Name(words.join(" ")))
        }
        _ => lowering.expr(pattern),
    }
}
