//! Statements and expressions one by one, those of anonymous functions included.
//!
//! They call each other with closures. Were they put into one another, a compiler could take minutes
//! over what comes of it.

use crate::facts::tree::{Expr, ExprKind, Stmt, StmtKind};

/// Calls `visit` on the blocks directly inside a statement.
#[inline(never)]
pub(super) fn each_block<'a>(stmt: &'a Stmt, visit: &mut dyn FnMut(&'a [Stmt])) {
    match &stmt.kind {
        StmtKind::If {
            then, otherwise, ..
        } => {
            visit(then);
            visit(otherwise);
        }
        StmtKind::Switch { cases, .. } => cases.iter().for_each(|it| visit(&it.1)),
        StmtKind::Loop { body, .. } | StmtKind::With { body, .. } | StmtKind::Block(body) => {
            visit(body);
        }
        StmtKind::Try {
            body,
            catches,
            finally,
        } => {
            visit(body);
            catches.iter().for_each(|it| visit(&it.1));
            visit(finally);
        }
        _ => {}
    }
}

/// Calls `visit` on the expressions directly inside a statement.
#[inline(never)]
pub(super) fn each_expression<'a>(stmt: &'a Stmt, visit: &mut dyn FnMut(&'a Expr)) {
    match &stmt.kind {
        StmtKind::If { condition, .. } => visit(condition),
        StmtKind::Switch { subject, cases } => {
            subject.iter().for_each(&mut *visit);
            cases.iter().flat_map(|it| &it.0).for_each(visit);
        }
        StmtKind::Return(value) | StmtKind::Throw(value) => value.iter().for_each(visit),
        StmtKind::Assign { target, value, .. } => {
            visit(target);
            visit(value);
        }
        StmtKind::Expr(expr) => visit(expr),
        StmtKind::Loop { over, .. } => over.iter().for_each(visit),
        StmtKind::With { contexts, .. } => contexts.iter().for_each(visit),
        _ => {}
    }
}

/// Calls `visit` on every statement, those of anonymous functions included.
#[inline(never)]
pub fn each_stmt<'a>(body: &'a [Stmt], visit: &mut dyn FnMut(&'a Stmt)) {
    for stmt in body {
        visit(stmt);
        each_expression(stmt, &mut |expr| {
            expr.walk(&mut |it| {
                if let ExprKind::Function(_, body) = &it.kind {
                    each_stmt(body, visit);
                }
            });
        });
        each_block(stmt, &mut |inner| each_stmt(inner, visit));
    }
}

/// Calls `visit` on every expression, those of anonymous functions included.
#[inline(never)]
pub fn each_expr<'a>(body: &'a [Stmt], visit: &mut dyn FnMut(&'a Expr)) {
    each_stmt(body, &mut |stmt| {
        each_expression(stmt, &mut |expr| expr.walk(visit));
    });
}
