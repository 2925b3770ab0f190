//! `if`, `case`, and chains that leave.

use crate::facts::lower::{Lowering, field, named};
use crate::facts::syntax::Node;
use crate::facts::tree::{Expr, ExprKind, Stmt, StmtKind};

/// `a || exit 1` and `[ a ] && b` are choices; other chains are expressions.
pub(super) fn chain(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Vec<Stmt>) -> bool {
    let parts = named(node);
    let (Some(left), Some(right)) = (parts.first(), parts.last()) else {
        return false;
    };
    let either = operator(node) == "||";
    let then = lowering.body(Some(*right));
    let leaves = then.last().is_some_and(|it| {
        matches!(
            it.kind,
            StmtKind::Return(_) | StmtKind::Throw(_) | StmtKind::Continue | StmtKind::Break
        )
    });
    let asks = matches!(left.kind(), "test_command" | "negated_command");
    if !leaves && (either || !asks) {
        return false;
    }
    let condition = lowering.expr(*left);
    let kind = StmtKind::If {
        condition: if either {
            condition.negate()
        } else {
            condition
        },
        then,
        otherwise: Vec::new(),
    };
    out.push(lowering.stmt(node, kind));
    true
}

pub(super) fn operator(node: Node<'_>) -> &'static str {
    let either = node.children().any(|it| it.kind() == "||");
    if either { "||" } else { "&&" }
}

/// The last command before `then` or `do` decides.
pub(super) fn condition(lowering: &mut Lowering<'_>, node: Node<'_>) -> Option<Expr> {
    let mut last = None;
    for child in node.children() {
        match child.kind() {
            "then" | "do" | "do_group" => break,
            _ if child.is_named() && !child.is_extra() => last = Some(child),
            _ => {}
        }
    }
    last.map(|it| lowering.expr(it))
}

pub(super) fn choice(lowering: &mut Lowering<'_>, node: Node<'_>) -> StmtKind {
    let condition = condition(lowering, node);
    let condition = condition.unwrap_or_else(|| lowering.at(node, ExprKind::Bool(true)));
    let mut then = Vec::new();
    let mut ways = Vec::new();
    let mut behind = false;
    let children: Vec<Node<'_>> = node.children().collect();
    for child in children {
        match child.kind() {
            "then" => behind = true,
            "elif_clause" | "else_clause" => ways.push(child),
            _ if behind && child.is_named() => lowering.statement(child, &mut then),
            _ => {}
        }
    }
    // Each `elif` stands in the `else` of the one before.
    let mut otherwise: Vec<Stmt> = Vec::new();
    for way in ways.into_iter().rev() {
        let mut body = lowering.body(Some(way));
        if let Some(Stmt {
            kind: StmtKind::If {
                otherwise: rest, ..
            },
            ..
        }) = body.last_mut().filter(|_| way.kind() == "elif_clause")
        {
            rest.append(&mut otherwise);
        }
        otherwise = body;
    }
    StmtKind::If {
        condition,
        then,
        otherwise,
    }
}

pub(super) fn choices(lowering: &mut Lowering<'_>, node: Node<'_>) -> StmtKind {
    let subject = field(node, &["value"]).map(|it| lowering.expr(it));
    let mut cases = Vec::new();
    for item in node.named_children() {
        if item.kind() != "case_item" {
            continue;
        }
        let patterns: Vec<Node<'_>> = item.fields("value").collect();
        let values = patterns
            .iter()
            .filter(|it| lowering.text(**it) != "*")
            .copied()
            .collect::<Vec<_>>();
        let values = values.into_iter().map(|it| lowering.expr(it)).collect();
        let mut body = Vec::new();
        for child in item.named_children() {
            if !patterns.contains(&child) {
                lowering.statement(child, &mut body);
            }
        }
        cases.push((values, body));
    }
    StmtKind::Switch { subject, cases }
}
