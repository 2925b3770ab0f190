//! Takes guards and gates from conditions that take one of two ways.

use super::exit::{denies, ends, is_error, refusal_word, refused, said, value_of};
use super::extract::{Extraction, says_something};
use super::fact::{Exit, Gate, Guard, Place, Usage};
use super::tree::{Expr, ExprKind, Operator, Stmt, StmtKind};
use super::words::words;
use std::sync::Arc;

impl Extraction<'_> {
    pub(super) fn branch(
        &mut self,
        stmt: &Stmt,
        condition: &Expr,
        [then, otherwise, refusal]: [&[Stmt]; 3],
        more: bool,
    ) {
        let failing = self.failing_call(condition);
        self.expr(condition, Usage::Used, None);
        let text = condition.to_string();
        let then_exit = self.exit(then);
        let else_exit = if refusal.is_empty() {
            None
        } else {
            self.exit(refusal)
        };
        let protects = more || !otherwise.is_empty();
        match (then_exit, else_exit) {
            // Where both leave, the one that refuses is what is kept out.
            (Some(exit), other) if !failing && other.is_none_or(|it| exit <= it) => {
                let resolved = self.resolve(condition);
                let place = self.place(stmt.line, &stmt.span);
                self.facts.guards.push(Guard {
                    place,
                    condition: resolved,
                    exit,
                    value: value_of(then),
                    said: said(then),
                    protects,
                });
            }
            (_, Some(exit)) if !failing => {
                let resolved = self.resolve(condition).negate();
                let place = self.place(stmt.line, &stmt.span);
                self.facts.guards.push(Guard {
                    place,
                    condition: resolved,
                    exit,
                    value: value_of(refusal),
                    said: said(refusal),
                    protects: true,
                });
            }
            _ => {}
        }
        // What only refuses is no way on.
        let goes_on = match then_exit {
            None => true,
            Some(Exit::Leaves) => then.len() > 1,
            Some(_) => false,
        };
        let gate = if goes_on {
            let resolved = self.resolve(condition);
            Some((
                self.place(stmt.line, &stmt.span),
                resolved,
                [self.facts.calls.len(), self.facts.assignments.len()],
            ))
        } else {
            None
        };
        Arc::make_mut(&mut self.conditions).push(text.clone());
        self.block(then, more);
        Arc::make_mut(&mut self.conditions).pop();
        if let Some((place, condition, from)) = gate {
            self.gate(place, condition, from);
        }
        if !otherwise.is_empty() {
            Arc::make_mut(&mut self.conditions).push(format!("!({text})"));
            self.block(otherwise, more);
            Arc::make_mut(&mut self.conditions).pop();
        }
    }

    /// A gate around what was found since `calls` and `assignments`.
    fn gate(&mut self, place: Place, condition: Expr, [calls, assignments]: [usize; 2]) {
        let calls = self.facts.calls[calls..].iter();
        let sets = self.facts.assignments[assignments..].iter();
        let (calls, sets) = (
            calls.map(|it| it.name.clone()).collect(),
            sets.map(ToString::to_string).collect(),
        );
        self.facts.gates.push(Gate {
            place,
            condition,
            calls,
            sets,
        });
    }

    /// `may ? find() : []`: what is given only under a condition.
    pub(super) fn given(&mut self, condition: &Expr, then: &Expr, otherwise: &Expr) {
        self.expr(condition, Usage::Used, None);
        let gated = match (nothing(then), nothing(otherwise)) {
            (false, true) => Some(self.resolve(condition)),
            (true, false) => Some(self.resolve(condition).negate()),
            _ => None,
        };
        let place = self.place(condition.line, &condition.span);
        let from = [self.facts.calls.len(), self.facts.assignments.len()];
        self.expr(then, Usage::Used, None);
        self.expr(otherwise, Usage::Used, None);
        if let Some(condition) = gated
            && self.facts.calls.len() > from[0]
        {
            self.gate(place, condition, from);
        }
    }

    /// What is done where a condition does not hold: the `else`, or the refusal that is all that
    /// follows a branch that leaves: `if may { return thing }` and then `throw`.
    pub(super) fn refusal<'a>(
        &self,
        then: &[Stmt],
        otherwise: &'a [Stmt],
        rest: &'a [Stmt],
    ) -> &'a [Stmt] {
        let answers = value_of(then).is_some_and(|it| matches!(it.kind, ExprKind::Bool(_)));
        let follows = otherwise.is_empty()
            && rest.len() == 1
            && !answers
            && self.exit(then) == Some(Exit::Leaves)
            && self.exit(rest).is_some_and(|it| it != Exit::Leaves);
        if follows { rest } else { otherwise }
    }

    /// How a block leaves, if it always does.
    pub(super) fn exit(&self, body: &[Stmt]) -> Option<Exit> {
        let last = body.last()?;
        let leaves = match &last.kind {
            StmtKind::Return(_) | StmtKind::Throw(_) | StmtKind::Continue | StmtKind::Break => true,
            StmtKind::Expr(expr) => ends(expr),
            StmtKind::Block(inner) => return self.exit(inner),
            StmtKind::If {
                then, otherwise, ..
            } => {
                return if otherwise.is_empty() {
                    None
                } else {
                    Some(self.exit(then)?.min(self.exit(otherwise)?))
                };
            }
            _ => false,
        };
        if !leaves {
            return None;
        }
        Some(self.manner(body, last))
    }

    pub(super) fn manner(&self, body: &[Stmt], last: &Stmt) -> Exit {
        let said = said(body);
        if said.iter().any(|it| denies(it)) {
            return Exit::Denies;
        }
        // What is not built yet refuses nobody in particular.
        let unbuilt = |it: &str| words(it).iter().any(|it| it == "implemented");
        if said.iter().any(|it| unbuilt(it)) {
            return Exit::Leaves;
        }
        let refuses = match &last.kind {
            StmtKind::Throw(_) | StmtKind::Expr(_) => true,
            StmtKind::Return(Some(value)) => {
                refused(value) || (self.predicate && value.kind == ExprKind::Bool(false))
            }
            _ => false,
        };
        if refuses || said.iter().any(|it| refusal_word(it)) {
            Exit::Refuses
        } else {
            Exit::Leaves
        }
    }

    /// Whether the condition only asks whether the call before it failed.
    pub(super) fn failing_call(&self, condition: &Expr) -> bool {
        condition
            .parts(Operator::And)
            .iter()
            .all(|part| match &part.kind {
                ExprKind::Binary(Operator::NotEqual, left, right) => {
                    let name = if right.kind == ExprKind::Null {
                        left
                    } else {
                        right
                    };
                    let null = left.kind == ExprKind::Null || right.kind == ExprKind::Null;
                    null && is_error(name)
                }
                _ => false,
            })
    }

    /// The condition with local names replaced by what they were given.
    pub(super) fn resolve(&self, condition: &Expr) -> Expr {
        let kind = match &condition.kind {
            ExprKind::Name(name) => match self.definitions.get(name) {
                Some(definition) if says_something(definition) => return definition.clone(),
                _ => return condition.clone(),
            },
            ExprKind::Not(inner) => return self.resolve(inner).negate(),
            ExprKind::Binary(operator @ (Operator::And | Operator::Or), left, right) => {
                ExprKind::Binary(
                    *operator,
                    Box::new(self.resolve(left)),
                    Box::new(self.resolve(right)),
                )
            }
            _ => return condition.clone(),
        };
        Expr::new(kind, condition.line, condition.span.clone())
    }
}

/// A value that gives nothing away.
fn nothing(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Null | ExprKind::Bool(false) => true,
        ExprKind::List(parts) => parts.is_empty(),
        ExprKind::Map(pairs) => pairs.is_empty(),
        ExprKind::Text(text) => text.is_empty(),
        _ => false,
    }
}
