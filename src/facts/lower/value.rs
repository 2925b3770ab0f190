//! What becomes of a value, and values that take several ways.

use super::Lowering;
use crate::facts::syntax::Node;
use crate::facts::tree::{Expr, ExprKind, Operator, Stmt, StmtKind};

/// What becomes of a value.
#[derive(Debug, Clone)]
pub enum Use {
    /// It is the result of the function.
    Return,
    /// Something gets it.
    Assign(Expr, Option<Operator>),
}

impl Use {
    fn of(&self, value: Expr) -> StmtKind {
        let value = bare_value(value);
        match self {
            Self::Return => StmtKind::Return(Some(value)),
            Self::Assign(target, operator) => StmtKind::Assign {
                target: target.clone(),
                operator: *operator,
                value,
            },
        }
    }

    /// Uses the last value of each way.
    pub fn last(&self, body: &mut [Stmt]) {
        let Some(last) = body.last_mut() else { return };
        match &mut last.kind {
            StmtKind::Expr(value) => last.kind = self.of(value.clone()),
            StmtKind::If {
                then, otherwise, ..
            } if !otherwise.is_empty() => {
                self.last(then);
                self.last(otherwise);
            }
            StmtKind::Switch { cases, .. } => {
                for (_, body) in cases {
                    self.last(body);
                }
            }
            StmtKind::Try { body, catches, .. } => {
                self.last(body);
                for (_, handler) in catches {
                    self.last(handler);
                }
            }
            StmtKind::With { body, .. } | StmtKind::Block(body) => self.last(body),
            _ => {}
        }
    }
}

impl Lowering<'_> {
    /// A value that statements give: a choice where they are one, else a function of nothing.
    pub fn branch(&mut self, node: Node<'_>, mut body: Vec<Stmt>) -> Expr {
        if let [stmt] = body.as_mut_slice() {
            match &mut stmt.kind {
                StmtKind::Expr(value) => return bare_value(value.clone()),
                StmtKind::Assign {
                    target,
                    operator: None,
                    value,
                } => {
                    let (target, value) = (Box::new(target.clone()), Box::new(value.clone()));
                    return self.at(node, ExprKind::Assign(target, value));
                }
                StmtKind::If {
                    condition,
                    then,
                    otherwise,
                } => {
                    if let ([yes], [no]) = (then.as_slice(), otherwise.as_slice())
                        && let (StmtKind::Expr(yes), StmtKind::Expr(no)) = (&yes.kind, &no.kind)
                    {
                        let kind = ExprKind::Conditional(
                            Box::new(condition.clone()),
                            Box::new(bare_value(yes.clone())),
                            Box::new(bare_value(no.clone())),
                        );
                        return self.at(node, kind);
                    }
                }
                _ => {}
            }
        }
        self.branch = Some(node.span());
        self.at(node, ExprKind::Function(Vec::new(), body))
    }

    /// `value ?? throw …` is a guard before the value: the guard goes out, the value is left.
    pub(super) fn guarded(&mut self, node: Node<'_>, value: Expr, out: &mut Vec<Stmt>) -> Expr {
        let Expr { kind, line, span } = value;
        let kind = match kind {
            ExprKind::Binary(operator @ (Operator::And | Operator::Or), left, right)
                if self.branch.as_ref() == Some(&right.span) =>
            {
                match right.kind {
                    ExprKind::Function(_, then) if then.last().is_some_and(leaves) => {
                        let between = left.span.end as usize..right.span.start as usize;
                        let null = self.source.get(between).is_some_and(|it| it.contains("??"));
                        let condition = match operator {
                            Operator::Or if null => {
                                let null = Box::new(self.at(node, ExprKind::Null));
                                self.at(node, ExprKind::Binary(Operator::Equal, left.clone(), null))
                            }
                            Operator::Or => left.clone().negate(),
                            _ => (*left).clone(),
                        };
                        let kind = StmtKind::If {
                            condition,
                            then,
                            otherwise: Vec::new(),
                        };
                        out.push(self.stmt(node, kind));
                        return *left;
                    }
                    kind => ExprKind::Binary(operator, left, Box::new(Expr { kind, ..*right })),
                }
            }
            kind => kind,
        };
        Expr { kind, line, span }
    }

    /// Uses a value; one that takes several ways is used in each of them.
    pub fn give(&mut self, node: Node<'_>, value: Expr, how: &Use, out: &mut Vec<Stmt>) {
        let value = self.guarded(node, value, out);
        match value.kind {
            ExprKind::Function(_, mut body) if self.branch.as_ref() == Some(&value.span) => {
                how.last(&mut body);
                out.append(&mut body);
            }
            kind => {
                let kind = how.of(Expr { kind, ..value });
                let stmt = self.stmt(node, kind);
                out.push(stmt);
            }
        }
    }
}

/// Whether nothing after a statement runs.
fn leaves(stmt: &Stmt) -> bool {
    matches!(
        stmt.kind,
        StmtKind::Return(_) | StmtKind::Throw(_) | StmtKind::Continue | StmtKind::Break
    )
}

/// In languages where a bare name is a call, a statement that is one is a call.
pub(super) fn bare_call(expr: Expr) -> Expr {
    let calls = match &expr.kind {
        ExprKind::Name(name) => name.starts_with(|c: char| c.is_lowercase() || c == '_'),
        ExprKind::Member(..) => true,
        _ => false,
    };
    if !calls {
        return expr;
    }
    let (line, span) = (expr.line, expr.span.clone());
    Expr::new(ExprKind::Call(Box::new(expr), Vec::new()), line, span)
}

/// The same the other way: where it is a value, it reads like a property.
pub(super) fn bare_value(expr: Expr) -> Expr {
    match expr.kind {
        ExprKind::Call(callee, arguments) if arguments.is_empty() && callee.span == expr.span => {
            *callee
        }
        kind => Expr { kind, ..expr },
    }
}
