//! Objects that are made where they stand: `new X(a) { B = c }`, `x with { B = c }`.

use crate::facts::lower::{Lowering, field};
use crate::facts::syntax::Node;
use crate::facts::tree::{Argument, Expr, ExprKind};

/// `new X(a) { B = c }` says `X(a, {B: c})`.
pub(super) fn creation(lowering: &mut Lowering<'_>, node: Node<'_>) -> Option<Expr> {
    if node.kind() == "anonymous_object_creation_expression" {
        return Some(anonymous(lowering, node));
    }
    let initial = node
        .named_children()
        .find(|it| it.kind() == "initializer_expression")
        .map(|it| lowering.expr(it));
    if node.kind().ends_with("array_creation_expression") {
        return initial.or_else(|| Some(lowering.at(node, ExprKind::List(Vec::new()))));
    }
    let callee = match field(node, &["type"]) {
        Some(kind) => lowering.expr(kind),
        None => lowering.at(node, ExprKind::Name("new".to_owned())),
    };
    let mut arguments = node
        .named_children()
        .find(|it| it.kind() == "argument_list")
        .map(|it| lowering.arguments(it))
        .unwrap_or_default();
    arguments.extend(initial.map(|value| Argument { name: None, value }));
    Some(lowering.at(node, ExprKind::Call(Box::new(callee), arguments)))
}

/// `new { a, B = c.D }`: names and values stand in one flat row.
fn anonymous(lowering: &mut Lowering<'_>, node: Node<'_>) -> Expr {
    let mut pairs = Vec::new();
    let mut key = None;
    let children: Vec<Node<'_>> = node.children().collect();
    for (index, child) in children.iter().enumerate() {
        if !child.is_named() || child.is_extra() {
            continue;
        }
        let names = children.get(index + 1).is_some_and(|it| it.kind() == "=");
        if names {
            key = Some(lowering.expr(*child));
            continue;
        }
        let value = lowering.expr(*child);
        let name = key
            .take()
            .unwrap_or_else(|| lowering.at(*child, ExprKind::Name(value.last_name().to_owned())));
        pairs.push((name, value));
    }
    lowering.at(node, ExprKind::Map(pairs))
}

pub(super) fn initializer(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprKind {
    let parts = lowering.parts(node);
    if parts
        .iter()
        .any(|it| matches!(it.kind, ExprKind::Assign(..)))
    {
        let pairs = parts
            .into_iter()
            .map(|it| match it.kind {
                ExprKind::Assign(target, value) => (*target, *value),
                kind => {
                    let key = lowering.at(node, ExprKind::Null);
                    (key, Expr { kind, ..it })
                }
            })
            .collect();
        return ExprKind::Map(pairs);
    }
    ExprKind::List(parts)
}

/// `x with { A = b }`.
pub(super) fn with(lowering: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprKind> {
    let mut parts = node.named_children();
    let object = parts.next().map(|it| lowering.expr(it))?;
    let pairs = parts
        .filter(|it| it.named_child_count() > 1)
        .map(|it| lowering.pair(it))
        .collect();
    let value = lowering.at(node, ExprKind::Map(pairs));
    let callee = ExprKind::Member(Box::new(object), "with".to_owned());
    let callee = lowering.at(node, callee);
    Some(ExprKind::Call(
        Box::new(callee),
        vec![Argument { name: None, value }],
    ))
}
