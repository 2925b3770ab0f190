//! What refused, and only writes it down now.

use crate::facts::tree::{Expr, ExprKind, Scope, Stmt, StmtKind};
use crate::facts::words::words;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::slots::each_stmt;

/// Whether an expression does nothing but write something down.
pub fn notes(expr: &Expr) -> bool {
    let ExprKind::Call(callee, _) = &expr.kind else {
        return false;
    };
    words(&callee.to_string()).iter().any(|it| {
        matches!(
            it.as_str(),
            "log"
                | "logger"
                | "logging"
                | "slog"
                | "zap"
                | "console"
                | "printf"
                | "println"
                | "warn"
                | "warnw"
                | "warning"
                | "error"
                | "errorw"
                | "tracing"
        )
    })
}

/// A condition on which the function left with an error or a refusal, and on which it only writes
/// something down now: before and after.
pub fn only_noted<'a>(delta: &ScopeDelta<'a>) -> Option<(&'a Stmt, &'a Stmt)> {
    let (before, after) = (conditions(delta.before), conditions(delta.after));
    before.into_iter().find_map(|(asked, was)| {
        let StmtKind::If { then, .. } = &was.kind else {
            return None;
        };
        let raises = |it: &Stmt| matches!(it.kind, StmtKind::Throw(_));
        if !then.iter().any(raises) {
            return None;
        }
        let same = |(other, is): &&(String, &Stmt)| {
            let StmtKind::If {
                then, otherwise, ..
            } = &is.kind
            else {
                return false;
            };
            let only = |it: &Stmt| matches!(&it.kind, StmtKind::Expr(it) if notes(it));
            *other == asked && !then.is_empty() && then.iter().all(only) && otherwise.is_empty()
        };
        after.iter().find(same).map(|it| (was, it.1))
    })
}

fn conditions(scope: &Scope) -> Vec<(String, &Stmt)> {
    let mut out = Vec::new();
    each_stmt(&scope.body, &mut |it| {
        if let StmtKind::If { condition, .. } = &it.kind {
            out.push((condition.to_string(), it));
        }
    });
    out
}
