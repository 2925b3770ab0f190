//! Takes the facts from a tree.

use super::exit::{is_error, returned, said, value_of};
use super::fact::{Assignment, Call, Catch, Exit, Facts, Guard, Place, Return, Usage};
use super::tree::{Expr, ExprKind, Operator, ScopeKind, Span, Stmt, StmtKind, Tree};
use super::words::says;
use std::collections::HashMap;
use std::sync::Arc;

/// Takes the facts of one file.
pub fn facts(tree: &Tree) -> Facts {
    let mut facts = Facts::default();
    for (index, scope) in tree.scopes.iter().enumerate() {
        let mut extraction = Extraction {
            facts: &mut facts,
            scope: index,
            predicate: scope.kind == ScopeKind::Function,
            order: 0,
            conditions: Arc::default(),
            contexts: Arc::default(),
            loops: 0,
            lambdas: 0,
            definitions: HashMap::new(),
        };
        extraction.block(&scope.body, true);
    }
    facts
}

pub(super) struct Extraction<'a> {
    pub(super) facts: &'a mut Facts,
    pub(super) scope: usize,
    pub(super) predicate: bool,
    pub(super) order: usize,
    pub(super) conditions: Arc<Vec<String>>,
    pub(super) contexts: Arc<Vec<String>>,
    pub(super) loops: usize,
    /// How many anonymous functions are around: what they return is not the result.
    pub(super) lambdas: usize,
    /// What a local name was last given, to see through `ok := allowed(x); if !ok`.
    pub(super) definitions: HashMap<String, Expr>,
}

impl Extraction<'_> {
    pub(super) fn place(&mut self, line: u32, span: &Span) -> Place {
        self.order += 1;
        Place {
            scope: self.scope,
            line,
            span: span.clone(),
            order: self.order,
            conditions: self.conditions.clone(),
            contexts: self.contexts.clone(),
            in_loop: self.loops > 0,
        }
    }

    pub(super) fn block(&mut self, body: &[Stmt], more: bool) {
        let depth = self.conditions.len();
        let contexts = self.contexts.len();
        for (index, stmt) in body.iter().enumerate() {
            let rest = &body[index + 1..];
            self.stmt(stmt, rest, more || !rest.is_empty());
        }
        if self.conditions.len() > depth {
            Arc::make_mut(&mut self.conditions).truncate(depth);
        }
        if self.contexts.len() > contexts {
            Arc::make_mut(&mut self.contexts).truncate(contexts);
        }
    }

    pub(super) fn stmt(&mut self, stmt: &Stmt, rest: &[Stmt], more: bool) {
        match &stmt.kind {
            StmtKind::If {
                condition,
                then,
                otherwise,
            } => {
                let refusal = self.refusal(then, otherwise, rest);
                self.branch(stmt, condition, [then, otherwise, refusal], more);
            }
            StmtKind::Switch { subject, cases } => {
                let subject_expr = subject.as_ref();
                if let Some(subject) = subject {
                    self.expr(subject, Usage::Used, None);
                }
                for (values, body) in cases {
                    for value in values {
                        self.expr(value, Usage::Used, None);
                    }
                    let condition = values.iter().map(ToString::to_string).collect::<Vec<_>>();
                    let subject = subject
                        .as_ref()
                        .map(ToString::to_string)
                        .unwrap_or_default();
                    let condition = if subject.is_empty() {
                        condition.join(" || ")
                    } else {
                        format!("{subject} is {}", condition.join(", "))
                    };
                    // A `break` leaves only the switch.
                    let breaks = body
                        .last()
                        .is_some_and(|it| matches!(it.kind, StmtKind::Break));
                    let exit = self.exit(body).filter(|_| !breaks);
                    // Without a subject, a case is a condition like that of an `if`.
                    if let (Some(exit), None, Some(any)) = (exit, subject_expr, either(values)) {
                        let resolved = self.resolve(&any);
                        let place = self.place(any.line, &stmt.span);
                        self.facts.guards.push(Guard {
                            place,
                            condition: resolved,
                            exit,
                            value: value_of(body),
                            said: said(body),
                            protects: more,
                        });
                    }
                    // A case that leaves is a guard as well, unless it only hands an error on.
                    if let (Some(exit), [value], Some(subject_expr)) =
                        (exit, values.as_slice(), subject_expr)
                        && exit != Exit::Leaves
                        && value.last_name() != "Err"
                    {
                        let place = self.place(value.line, &stmt.span);
                        self.facts.guards.push(Guard {
                            place,
                            condition: compared(subject_expr, value),
                            exit,
                            value: value_of(body),
                            said: said(body),
                            protects: more,
                        });
                    }
                    Arc::make_mut(&mut self.conditions).push(condition);
                    self.block(body, more);
                    Arc::make_mut(&mut self.conditions).pop();
                }
            }
            StmtKind::Return(value) => {
                if let Some(value) = value {
                    self.expr(value, Usage::Used, None);
                }
                if self.lambdas == 0 {
                    let place = self.place(stmt.line, &stmt.span);
                    self.facts.returns.push(Return {
                        place,
                        value: value.clone(),
                    });
                }
            }
            StmtKind::Throw(value) => {
                if let Some(value) = value {
                    self.expr(value, Usage::Used, None);
                }
            }
            StmtKind::Continue | StmtKind::Break => {}
            StmtKind::Assign {
                target,
                operator,
                value,
            } => {
                let usage = if checked_next(target, rest) {
                    Usage::Checked
                } else {
                    Usage::Used
                };
                self.expr(value, usage, Some(target));
                self.children(target);
                self.define(target, value);
                let place = self.place(stmt.line, &stmt.span);
                self.facts.assignments.push(Assignment {
                    place,
                    target: target.clone(),
                    operator: *operator,
                    value: value.clone(),
                });
            }
            StmtKind::Expr(expr) => self.expr(expr, Usage::Ignored, None),
            StmtKind::Loop { over, body } => {
                if let Some(over) = over {
                    self.expr(over, Usage::Used, None);
                }
                self.loops += 1;
                self.block(body, true);
                self.loops -= 1;
            }
            StmtKind::Try {
                body,
                catches,
                finally,
            } => {
                let from = self.facts.calls.len();
                self.block(body, more);
                let tried: Vec<String> = self.facts.calls[from..]
                    .iter()
                    .map(|it| it.name.clone())
                    .collect();
                for (what, handler) in catches {
                    Arc::make_mut(&mut self.conditions).push(format!("caught {what}"));
                    let place = self.place(stmt.line, &stmt.span);
                    self.facts.catches.push(Catch {
                        place,
                        what: what.clone(),
                        returns: returned(handler),
                        raises: handler
                            .iter()
                            .any(|it| matches!(it.kind, StmtKind::Throw(_))),
                        tried: tried.clone(),
                    });
                    self.block(handler, more);
                    Arc::make_mut(&mut self.conditions).pop();
                }
                self.block(finally, more);
            }
            StmtKind::With { contexts, body } => {
                for context in contexts {
                    self.expr(context, Usage::Used, None);
                }
                let depth = self.contexts.len();
                Arc::make_mut(&mut self.contexts).extend(contexts.iter().map(ToString::to_string));
                self.block(body, more);
                Arc::make_mut(&mut self.contexts).truncate(depth);
            }
            StmtKind::Block(body) => {
                for (index, inner) in body.iter().enumerate() {
                    let after = &body[index + 1..];
                    self.stmt(
                        inner,
                        if after.is_empty() { rest } else { after },
                        more || !after.is_empty(),
                    );
                }
            }
        }
    }

    pub(super) fn define(&mut self, target: &Expr, value: &Expr) {
        match &target.kind {
            ExprKind::Name(name) => {
                self.definitions.insert(name.clone(), value.clone());
            }
            ExprKind::List(parts) => {
                for part in parts {
                    if let ExprKind::Name(name) = &part.kind {
                        self.definitions.insert(name.clone(), value.clone());
                    }
                }
            }
            // `{ isAdmin } = flags(role)` gives `isAdmin` the member of that name.
            ExprKind::Map(pairs) => {
                for (key, local) in pairs {
                    let (ExprKind::Name(key), ExprKind::Name(local)) = (&key.kind, &local.kind)
                    else {
                        continue;
                    };
                    let member = ExprKind::Member(Box::new(value.clone()), key.clone());
                    let member = Expr::new(member, value.line, value.span.clone());
                    self.definitions.insert(local.clone(), member);
                }
            }
            _ => {}
        }
    }

    /// What the local name that a call starts at was given.
    pub(super) fn origin(&self, callee: &Expr) -> Option<Expr> {
        let ExprKind::Member(object, _) = &callee.kind else {
            return None;
        };
        let ExprKind::Name(name) = &object.kind else {
            return None;
        };
        let mut given = self.definitions.get(name)?;
        // `let tags = found;`: another name for the same.
        if let ExprKind::Name(other) = &given.kind {
            given = self.definitions.get(other).unwrap_or(given);
        }
        Some(given).filter(|it| says_something(it)).cloned()
    }

    pub(super) fn children(&mut self, expr: &Expr) {
        expr.each_child(&mut |child| self.expr(child, Usage::Used, None));
    }

    pub(super) fn expr(&mut self, expr: &Expr, usage: Usage, target: Option<&Expr>) {
        match &expr.kind {
            ExprKind::Call(callee, arguments) => {
                // The receiver first: it runs first.
                if let ExprKind::Member(object, _) = &callee.kind {
                    self.expr(object, Usage::Used, None);
                } else {
                    self.children(callee);
                }
                self.chain(callee, arguments);
                let place = self.place(expr.line, &expr.span);
                self.facts.calls.push(Call {
                    place,
                    name: callee.last_name().to_owned(),
                    callee: (**callee).clone(),
                    origin: self.origin(callee),
                    arguments: arguments.clone(),
                    result: usage,
                    target: target.map(ToString::to_string),
                });
                for argument in arguments {
                    if let ExprKind::Function(_, body) = &argument.value.kind {
                        let context = context_of(callee, arguments);
                        Arc::make_mut(&mut self.contexts).push(context);
                        let loops = says(
                            callee.last_name(),
                            &[
                                "each", "map", "for", "foreach", "times", "in", "filter", "reduce",
                            ],
                        );
                        self.loops += usize::from(loops);
                        self.lambdas += 1;
                        match body.as_slice() {
                            // What a function for each returns is looked at by nobody.
                            [
                                Stmt {
                                    kind: StmtKind::Return(Some(value)),
                                    ..
                                },
                            ] if says(callee.last_name(), &["each", "foreach"]) => {
                                self.expr(value, Usage::Ignored, None);
                            }
                            _ => self.block(body, false),
                        }
                        self.lambdas -= 1;
                        self.loops -= usize::from(loops);
                        Arc::make_mut(&mut self.contexts).pop();
                    } else {
                        self.expr(&argument.value, Usage::Used, None);
                    }
                }
            }
            ExprKind::Propagate(inner) => {
                let usage = if usage == Usage::Ignored {
                    Usage::Checked
                } else {
                    usage
                };
                self.expr(inner, usage, target);
            }
            ExprKind::Function(_, body) => {
                let body = body.clone();
                self.lambdas += 1;
                self.block(&body, false);
                self.lambdas -= 1;
            }
            ExprKind::Conditional(condition, then, otherwise) => {
                self.given(condition, then, otherwise);
            }
            // Statements such as `a && b()`.
            ExprKind::Binary(operator @ (Operator::And | Operator::Or), left, right)
                if usage == Usage::Ignored =>
            {
                self.expr(left, Usage::Used, None);
                let condition = if *operator == Operator::And {
                    left.to_string()
                } else {
                    format!("!({left})")
                };
                Arc::make_mut(&mut self.conditions).push(condition);
                self.expr(right, Usage::Ignored, None);
                Arc::make_mut(&mut self.conditions).pop();
            }
            ExprKind::Assign(target, value) => {
                self.expr(value, Usage::Used, Some(target));
                self.define(target, value);
                let place = self.place(expr.line, &expr.span);
                self.facts.assignments.push(Assignment {
                    place,
                    target: (**target).clone(),
                    operator: None,
                    value: (**value).clone(),
                });
            }
            _ => self.children(expr),
        }
    }
}

/// The values of a case without a subject: any of them is enough.
fn either(values: &[Expr]) -> Option<Expr> {
    values.iter().cloned().reduce(|left, right| {
        let (line, span) = (left.line, left.span.clone());
        let kind = ExprKind::Binary(Operator::Or, Box::new(left), Box::new(right));
        Expr::new(kind, line, span)
    })
}

/// `subject == value`, as a case of a switch says it.
fn compared(subject: &Expr, value: &Expr) -> Expr {
    let kind = ExprKind::Binary(
        Operator::Equal,
        Box::new(subject.clone()),
        Box::new(value.clone()),
    );
    Expr::new(kind, value.line, value.span.clone())
}

fn context_of(callee: &Expr, arguments: &[super::tree::Argument]) -> String {
    let others: Vec<String> = arguments
        .iter()
        .filter(|it| !matches!(it.value.kind, ExprKind::Function(..)))
        .map(ToString::to_string)
        .collect();
    format!("{callee}({})", others.join(", "))
}

/// Whether `target` holds an error that the next statement leaves on.
fn checked_next(target: &Expr, rest: &[Stmt]) -> bool {
    let error = match &target.kind {
        ExprKind::List(parts) => parts.iter().any(is_error) && parts.len() == 1,
        _ => is_error(target),
    };
    error
        && rest.first().is_some_and(|next| match &next.kind {
            StmtKind::If { condition, .. } => condition.to_string().contains("null"),
            _ => false,
        })
}

/// Whether a definition tells more than the name it was given to.
pub(super) fn says_something(expr: &Expr) -> bool {
    matches!(
        expr.kind,
        ExprKind::Call(..) | ExprKind::Binary(..) | ExprKind::Not(_) | ExprKind::Member(..)
    )
}
