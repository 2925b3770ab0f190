//! Conditions that stand in a chain and refuse: `find(id)?.filter(|it| it.owner == me).ok_or(Gone)?`,
//! `find(id).filter(it -> it.isMine()).orElseThrow(Gone::new)`.

use super::exit::{said, value_of};
use super::extract::Extraction;
use super::fact::{Exit, Guard};
use super::tree::{Argument, Expr, ExprKind, Stmt, StmtKind};

impl Extraction<'_> {
    /// Takes the conditions of a chain of which a call is the last step. It says the same as an `if`
    /// that raises.
    pub(super) fn chain(&mut self, callee: &Expr, arguments: &[Argument]) {
        let ExprKind::Member(object, step) = &callee.kind else {
            return;
        };
        let raises = matches!(step.as_str(), "ok_or" | "ok_or_else" | "orElseThrow");
        if !raises || self.lambdas > 0 {
            return;
        }
        let conditions = conditions(object);
        if conditions.is_empty() {
            return;
        }
        let leaves = [Stmt {
            kind: StmtKind::Throw(arguments.first().map(|it| made(&it.value).clone())),
            line: callee.line,
            span: callee.span.clone(),
        }];
        let exit = self.exit(&leaves).unwrap_or(Exit::Refuses);
        for condition in conditions {
            let place = self.place(condition.line, &condition.span);
            let guard = Guard {
                place,
                condition: self.resolve(condition).negate(),
                exit,
                value: value_of(&leaves),
                said: said(&leaves),
                protects: true,
            };
            self.facts.guards.push(guard);
        }
    }
}

/// What a function makes that only makes something: `|| Failure::Gone`.
fn made(value: &Expr) -> &Expr {
    match &value.kind {
        ExprKind::Function(_, body) => match body.as_slice() {
            [
                Stmt {
                    kind: StmtKind::Return(Some(value)),
                    ..
                },
            ] => value,
            _ => value,
        },
        _ => value,
    }
}

/// The conditions under which a chain still holds something. Steps that choose one of several, such
/// as `findFirst`, look something up and end it.
fn conditions(object: &Expr) -> Vec<&Expr> {
    let mut out = Vec::new();
    let mut open = object;
    loop {
        let (callee, arguments) = match &open.kind {
            ExprKind::Propagate(inner) => {
                open = inner;
                continue;
            }
            ExprKind::Call(callee, arguments) => (callee, arguments),
            _ => break,
        };
        let ExprKind::Member(inner, name) = &callee.kind else {
            break;
        };
        match (name.as_str(), arguments.as_slice()) {
            ("filter", [only]) => {
                if let ExprKind::Function(_, body) = &only.value.kind
                    && let [
                        Stmt {
                            kind: StmtKind::Return(Some(condition)),
                            ..
                        },
                    ] = body.as_slice()
                {
                    out.push(condition);
                }
            }
            ("map" | "flatMap" | "and_then" | "cloned" | "copied" | "as_ref", _) => {}
            _ => break,
        }
        open = inner;
    }
    out
}
