//! What was only taken out of a function: where the code after is the code before without some
//! pieces, and nothing in it is new.

use crate::facts::tree::{Argument, Expr, ExprKind, Operator, Scope, Stmt, StmtKind};
use crate::review::gone::lapse::parameters;

/// A piece that is gone from a function of which all the rest stays.
#[derive(Debug, Clone, Copy)]
pub enum Piece<'a> {
    /// A statement, with everything in it.
    Statement(&'a Stmt),
    /// What stood around statements that stay: a condition, a lock, a handler of errors.
    Around(&'a Stmt),
    /// A choice of which only what was done otherwise stays.
    Otherwise(&'a Stmt),
    /// One of several conditions, and whether what they were asked for is now met more often.
    Condition {
        /// The condition that is gone.
        gone: &'a Expr,
        /// Whether the code leaves where it is met, so that it now leaves less often.
        leaves: bool,
    },
    /// A call around a value that stays: `clean(text)`, `orders.visible()`.
    Call(&'a Expr),
    /// An argument of a call that stays.
    Argument(&'a Expr, &'a Argument),
    /// An entry of a map that stays.
    Entry(&'a Expr, &'a Expr),
    /// Anything else: a case, an element, an operand.
    Other,
}

/// What was taken out of a function, where nothing else has changed in it.
pub fn taken_out<'a>(before: &'a Scope, after: &'a Scope) -> Option<Vec<Piece<'a>>> {
    let attributes = |it: &Scope| {
        it.attributes
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    let same = before.bases == after.bases
        && attributes(before) == attributes(after)
        && parameters(before) == parameters(after);
    let mut search = Search {
        found: Vec::new(),
        left: STEPS,
        asked: Asked::Value,
    };
    (same && search.block(&before.body, &after.body) && search.left > 0).then_some(search.found)
}

/// How many comparisons a function is worth. Code that needs more was rewritten.
const STEPS: usize = 20_000;

/// What an expression is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// Code goes on where it is met.
    ToGoOn,
    /// Code leaves where it is met.
    ToLeave,
    /// It is a value; as a condition, it lets something through where it is met.
    Value,
    /// What it means where it is met cannot be told.
    Unknown,
}

struct Search<'a> {
    found: Vec<Piece<'a>>,
    left: usize,
    asked: Asked,
}

impl<'a> Search<'a> {
    /// Tries, and forgets what was found where it fails.
    fn attempt(&mut self, try_it: impl FnOnce(&mut Self) -> bool) -> bool {
        let (mark, asked) = (self.found.len(), self.asked);
        let fits = self.left > 0 && {
            self.left -= 1;
            try_it(self)
        };
        self.asked = asked;
        if !fits {
            self.found.truncate(mark);
        }
        fits
    }

    fn asking(&mut self, asked: Asked, before: &'a Expr, after: &'a Expr) -> bool {
        self.attempt(|search| {
            search.asked = asked;
            search.expression(before, after)
        })
    }

    fn block(&mut self, before: &'a [Stmt], after: &'a [Stmt]) -> bool {
        self.list(before.iter().collect(), after)
    }

    /// The statements after are among those before, in the same order.
    fn list(&mut self, mut before: Vec<&'a Stmt>, mut after: &'a [Stmt]) -> bool {
        let from = before.iter().zip(after).take_while(|(a, b)| *a == b);
        let from = from.count();
        before.drain(..from);
        after = &after[from..];
        while let (Some(old), Some((new, rest))) = (before.last(), after.split_last())
            && *old == new
        {
            before.pop();
            after = rest;
        }
        let mut index = 0;
        while index < before.len() {
            let stmt = before[index];
            let Some((wanted, rest)) = after.split_first() else {
                self.found.push(Piece::Statement(stmt));
                index += 1;
                continue;
            };
            let stays_later = before[index + 1..].contains(&wanted);
            if stmt == wanted
                || !stays_later && self.attempt(|search| search.statement(stmt, wanted))
            {
                after = rest;
            } else {
                let stays = inside(stmt).into_iter().find(|(_, inner)| {
                    inner
                        .iter()
                        .any(|it| self.attempt(|search| search.holds(it, wanted)))
                });
                if let Some((gone, inner)) = stays {
                    self.found.push(gone);
                    before.splice(index..=index, inner);
                    continue;
                }
                self.found.push(Piece::Statement(stmt));
            }
            index += 1;
        }
        after.is_empty()
    }

    /// Whether a statement is another one, whatever it takes; what is found is not kept.
    fn holds(&mut self, before: &'a Stmt, after: &'a Stmt) -> bool {
        let mark = self.found.len();
        let fits = before == after || self.statement(before, after);
        self.found.truncate(mark);
        fits
    }

    fn statement(&mut self, before: &'a Stmt, after: &'a Stmt) -> bool {
        match (&before.kind, &after.kind) {
            (
                StmtKind::If {
                    condition,
                    then,
                    otherwise,
                },
                StmtKind::If {
                    condition: now,
                    then: done,
                    otherwise: other,
                },
            ) => {
                let asked = if then.last().is_some_and(leaves) {
                    Asked::ToLeave
                } else if otherwise.is_empty() {
                    Asked::ToGoOn
                } else {
                    Asked::Unknown
                };
                self.asking(asked, condition, now)
                    && self.block(then, done)
                    && self.block(otherwise, other)
                    && done.is_empty() == then.is_empty()
            }
            (
                StmtKind::Switch { subject, cases },
                StmtKind::Switch {
                    subject: now,
                    cases: known,
                },
            ) => {
                subject == now
                    && self.among(
                        cases,
                        known,
                        |search, (values, body), (others, done)| {
                            values == others && search.block(body, done)
                        },
                        |_| Piece::Other,
                    )
            }
            (StmtKind::Return(Some(old)), StmtKind::Return(Some(new)))
            | (StmtKind::Throw(Some(old)), StmtKind::Throw(Some(new)))
            | (StmtKind::Expr(old), StmtKind::Expr(new)) => self.asking(Asked::Value, old, new),
            (
                StmtKind::Assign {
                    target,
                    operator,
                    value,
                },
                StmtKind::Assign {
                    target: to,
                    operator: by,
                    value: now,
                },
            ) => target == to && operator == by && self.asking(Asked::Unknown, value, now),
            (
                StmtKind::Loop { over, body },
                StmtKind::Loop {
                    over: of,
                    body: done,
                },
            ) => {
                let same = match (over, of) {
                    (Some(old), Some(new)) => self.asking(Asked::Unknown, old, new),
                    (None, None) => true,
                    _ => false,
                };
                same && self.block(body, done)
            }
            (
                StmtKind::Try {
                    body,
                    catches,
                    finally,
                },
                StmtKind::Try {
                    body: tried,
                    catches: caught,
                    finally: last,
                },
            ) => {
                catches.len() == caught.len()
                    && self.block(body, tried)
                    && catches
                        .iter()
                        .zip(caught)
                        .all(|(old, new)| old.0 == new.0 && self.block(&old.1, &new.1))
                    && self.block(finally, last)
            }
            (
                StmtKind::With { contexts, body },
                StmtKind::With {
                    contexts: around,
                    body: done,
                },
            ) => contexts == around && self.block(body, done),
            (StmtKind::Block(old), StmtKind::Block(new)) => self.block(old, new),
            _ => false,
        }
    }

    /// Whether an expression is another one without some pieces.
    fn expression(&mut self, before: &'a Expr, after: &'a Expr) -> bool {
        before == after
            || self.attempt(|search| search.alike(before, after))
            || self.attempt(|search| search.alone(before, after))
    }

    /// Items after that are among those before, in the same order.
    fn among<T>(
        &mut self,
        before: impl IntoIterator<Item = T>,
        after: impl IntoIterator<Item = T>,
        fits: impl Fn(&mut Self, T, T) -> bool,
        gone: impl Fn(T) -> Piece<'a>,
    ) -> bool
    where
        T: Copy,
    {
        let mut left = after.into_iter().peekable();
        for old in before {
            match left.peek() {
                Some(new) if self.attempt(|search| fits(search, old, *new)) => {
                    left.next();
                }
                _ => self.found.push(gone(old)),
            }
        }
        left.peek().is_none()
    }

    /// The same kind of expression, each part of it without some pieces.
    fn alike(&mut self, before: &'a Expr, after: &'a Expr) -> bool {
        let asked = self.asked;
        match (&before.kind, &after.kind) {
            (ExprKind::Binary(old, ..), ExprKind::Binary(new, ..))
                if old == new && matches!(old, Operator::And | Operator::Or) =>
            {
                self.among(
                    before.parts(*old),
                    after.parts(*old),
                    Self::expression,
                    |gone| condition(gone, *old, asked),
                )
            }
            (ExprKind::Call(callee, arguments), ExprKind::Call(called, passed)) => {
                self.asked = Asked::Value;
                callee.last_name() == called.last_name()
                    && self.expression(callee, called)
                    && self.among(
                        arguments,
                        passed,
                        |search, old, new| {
                            old.name == new.name && search.expression(&old.value, &new.value)
                        },
                        |gone| Piece::Argument(before, gone),
                    )
            }
            (ExprKind::Map(old), ExprKind::Map(new)) => {
                self.asked = Asked::Unknown;
                self.among(
                    old,
                    new,
                    |search, old, new| old.0 == new.0 && search.expression(&old.1, &new.1),
                    |gone| Piece::Entry(&gone.0, &gone.1),
                )
            }
            (ExprKind::List(old), ExprKind::List(new)) => {
                self.among(old, new, Self::expression, |_| Piece::Other)
            }
            (ExprKind::Function(names, body), ExprKind::Function(others, done)) => {
                names == others && self.block(body, done)
            }
            (ExprKind::Not(old), ExprKind::Not(new)) => {
                self.asked = Asked::Unknown;
                self.expression(old, new)
            }
            (ExprKind::Member(_, name), ExprKind::Member(_, other)) if name != other => false,
            (ExprKind::Unary(sign, _), ExprKind::Unary(other, _)) if sign != other => false,
            (ExprKind::Binary(sign, ..), ExprKind::Binary(other, ..)) if sign != other => false,
            (ExprKind::Other(kind, _), ExprKind::Other(other, _)) if kind != other => false,
            (old, new) => {
                let (parts, others) = (children(before), children(after));
                std::mem::discriminant(old) == std::mem::discriminant(new)
                    && !parts.is_empty()
                    && parts.len() == others.len()
                    && parts
                        .into_iter()
                        .zip(others)
                        .all(|(old, new)| self.expression(old, new))
            }
        }
    }

    /// One part of an expression stays alone.
    fn alone(&mut self, before: &'a Expr, after: &'a Expr) -> bool {
        let asked = self.asked;
        let mut stays = |part: &'a Expr, gone: Piece<'a>| {
            self.attempt(|search| {
                search.found.push(gone);
                search.expression(part, after)
            })
        };
        match &before.kind {
            ExprKind::Call(callee, arguments) => {
                let receiver = match &callee.kind {
                    ExprKind::Member(object, _) => stays(object, Piece::Call(before)),
                    _ => false,
                };
                receiver
                    || arguments
                        .iter()
                        .any(|it| stays(&it.value, Piece::Call(before)))
            }
            ExprKind::Binary(operator @ (Operator::And | Operator::Or), left, right) => {
                stays(left, condition(right, *operator, asked))
                    || stays(right, condition(left, *operator, asked))
            }
            ExprKind::Binary(_, left, right) => {
                stays(left, Piece::Other) || stays(right, Piece::Other)
            }
            ExprKind::Conditional(_, yes, no) => {
                stays(yes, Piece::Other) || stays(no, Piece::Other)
            }
            ExprKind::Member(inner, _) | ExprKind::Propagate(inner) => stays(inner, Piece::Other),
            _ => false,
        }
    }
}

/// One of several conditions that is gone, where more gets through without it.
fn condition<'a>(gone: &'a Expr, operator: Operator, asked: Asked) -> Piece<'a> {
    match (operator, asked) {
        (Operator::And, Asked::ToGoOn | Asked::Value) => Piece::Condition {
            gone,
            leaves: false,
        },
        (Operator::Or, Asked::ToLeave) => Piece::Condition { gone, leaves: true },
        _ => Piece::Other,
    }
}

/// The statements that may stay where a statement goes, and what is gone then.
fn inside(stmt: &Stmt) -> Vec<(Piece<'_>, Vec<&Stmt>)> {
    match &stmt.kind {
        StmtKind::If {
            then, otherwise, ..
        } => vec![
            (Piece::Around(stmt), then.iter().collect()),
            (Piece::Otherwise(stmt), otherwise.iter().collect()),
        ],
        StmtKind::With { body, .. } | StmtKind::Block(body) | StmtKind::Try { body, .. } => {
            vec![(Piece::Around(stmt), body.iter().collect())]
        }
        _ => Vec::new(),
    }
}

/// Whether nothing after a statement is reached.
pub fn leaves(stmt: &Stmt) -> bool {
    matches!(
        stmt.kind,
        StmtKind::Return(_) | StmtKind::Throw(_) | StmtKind::Continue | StmtKind::Break
    )
}

/// The expressions directly inside one.
fn children(expr: &Expr) -> Vec<&Expr> {
    let mut children = Vec::new();
    expr.each_child(&mut |child| children.push(child));
    children
}
