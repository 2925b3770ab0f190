//! Functions that are handed to a library to decide something, and say yes whatever they are asked.

use crate::facts::tree::{Expr, ExprKind, Scope, Stmt, StmtKind, Tree};
use crate::facts::words::words;
use crate::review::deltas::slots::each_stmt;

/// The code of a function that a value is: written where it stands, or with a name of its own.
pub(crate) fn body<'a>(tree: &'a Tree, value: &'a Expr) -> Option<&'a [Stmt]> {
    match &value.kind {
        ExprKind::Function(_, body) => Some(body),
        ExprKind::Name(_) | ExprKind::Member(..) => {
            let path = value.to_string();
            let named = |it: &&Scope| it.path == path;
            let found = tree.scopes.iter().find(named)?;
            Some(&found.body)
        }
        _ => None,
    }
}

/// Whether code says yes and asks nothing: it answers `true`, or does nothing at all.
pub(crate) fn says_yes(body: &[Stmt]) -> bool {
    let mut asks = false;
    let mut no = false;
    each_stmt(body, &mut |it| match &it.kind {
        StmtKind::Return(Some(value)) => no |= !yes(value),
        StmtKind::Return(None) | StmtKind::Block(_) => {}
        StmtKind::Expr(value) => asks |= !notes(value),
        _ => asks = true,
    });
    !asks && !no
}

fn yes(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Bool(value) => *value,
        ExprKind::Null => true,
        ExprKind::Name(name) => name == "undefined",
        // Rust's `Ok(ServerCertVerified::assertion())`.
        ExprKind::Call(callee, arguments) => {
            matches!(callee.last_name(), "Ok" | "assertion")
                && arguments.iter().all(|it| yes(&it.value))
        }
        _ => false,
    }
}

/// A line in a log, or an answer that stands alone as the last expression.
fn notes(value: &Expr) -> bool {
    let logs = |callee: &Expr| {
        let found = words(&callee.to_string());
        found
            .iter()
            .any(|it| matches!(it.as_str(), "log" | "logger" | "warn" | "debug" | "print"))
    };
    yes(value) || matches!(&value.kind, ExprKind::Call(callee, _) if logs(callee))
}
