//! Statements and expressions one by one, those of anonymous functions included.

use crate::facts::tree::{Expr, ExprKind, Stmt, StmtKind};

/// The blocks directly inside a statement.
pub(super) fn blocks(stmt: &Stmt) -> Vec<&[Stmt]> {
    match &stmt.kind {
        StmtKind::If {
            then, otherwise, ..
        } => vec![then, otherwise],
        StmtKind::Switch { cases, .. } => cases.iter().map(|it| it.1.as_slice()).collect(),
        StmtKind::Loop { body, .. } | StmtKind::With { body, .. } | StmtKind::Block(body) => {
            vec![body]
        }
        StmtKind::Try {
            body,
            catches,
            finally,
        } => std::iter::once(body.as_slice())
            .chain(catches.iter().map(|it| it.1.as_slice()))
            .chain(std::iter::once(finally.as_slice()))
            .collect(),
        _ => Vec::new(),
    }
}

/// The expressions directly inside a statement.
pub fn expressions(stmt: &Stmt) -> Vec<&Expr> {
    match &stmt.kind {
        StmtKind::If { condition, .. } => vec![condition],
        StmtKind::Switch { subject, cases } => subject
            .iter()
            .chain(cases.iter().flat_map(|it| it.0.iter()))
            .collect(),
        StmtKind::Return(value) | StmtKind::Throw(value) => value.iter().collect(),
        StmtKind::Assign { target, value, .. } => vec![target, value],
        StmtKind::Expr(expr) => vec![expr],
        StmtKind::Loop { over, .. } => over.iter().collect(),
        StmtKind::With { contexts, .. } => contexts.iter().collect(),
        _ => Vec::new(),
    }
}

/// Calls `visit` on every statement, those of anonymous functions included.
pub fn each_stmt<'a>(body: &'a [Stmt], visit: &mut dyn FnMut(&'a Stmt)) {
    for stmt in body {
        visit(stmt);
        for expr in expressions(stmt) {
            expr.walk(&mut |it| {
                if let ExprKind::Function(_, body) = &it.kind {
                    each_stmt(body, visit);
                }
            });
        }
        for inner in blocks(stmt) {
            each_stmt(inner, visit);
        }
    }
}

/// Calls `visit` on every expression, those of anonymous functions included.
pub fn each_expr<'a>(body: &'a [Stmt], visit: &mut dyn FnMut(&'a Expr)) {
    each_stmt(body, &mut |stmt| {
        for expr in expressions(stmt) {
            expr.walk(visit);
        }
    });
}
