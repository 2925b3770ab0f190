//! Takes the facts from a tree.

use super::fact::{Assignment, Call, Catch, Exit, Facts, Gate, Guard, Place, Return, Usage};
use super::tree::{Expr, ExprKind, Operator, ScopeKind, Span, Stmt, StmtKind, Tree};
use super::words::{says, words};
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

struct Extraction<'a> {
    facts: &'a mut Facts,
    scope: usize,
    predicate: bool,
    order: usize,
    conditions: Arc<Vec<String>>,
    contexts: Arc<Vec<String>>,
    loops: usize,
    /// How many anonymous functions are around: what they return is not the result.
    lambdas: usize,
    /// What a local name was last given, to see through `ok := allowed(x); if !ok`.
    definitions: HashMap<String, Expr>,
}

impl Extraction<'_> {
    fn place(&mut self, line: u32, span: &Span) -> Place {
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

    fn block(&mut self, body: &[Stmt], more: bool) {
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

    fn stmt(&mut self, stmt: &Stmt, rest: &[Stmt], more: bool) {
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
                    // Without a subject, a case is a condition like that of an `if`.
                    if let (Some(exit), None, Some(any)) =
                        (self.exit(body), subject_expr, either(values))
                    {
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
                    // A case that leaves is a guard as well.
                    if let (Some(exit), [value], Some(subject_expr)) =
                        (self.exit(body), values.as_slice(), subject_expr)
                        && exit != Exit::Leaves
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

    fn branch(
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
        // What only refuses is no way on, and what stands beside a refusal is a guard already.
        let goes_on = match (then_exit, else_exit) {
            (_, Some(Exit::Denies | Exit::Refuses)) | (Some(Exit::Denies | Exit::Refuses), _) => {
                false
            }
            (None, _) => true,
            (Some(Exit::Leaves), _) => then.len() > 1,
        };
        let gate = if goes_on {
            let resolved = self.resolve(condition);
            Some((
                self.place(stmt.line, &stmt.span),
                resolved,
                self.facts.calls.len(),
            ))
        } else {
            None
        };
        Arc::make_mut(&mut self.conditions).push(text.clone());
        self.block(then, more);
        Arc::make_mut(&mut self.conditions).pop();
        if let Some((place, condition, from)) = gate {
            let calls = self.facts.calls[from..]
                .iter()
                .map(|it| it.name.clone())
                .collect();
            self.facts.gates.push(Gate {
                place,
                condition,
                calls,
            });
        }
        if !otherwise.is_empty() {
            Arc::make_mut(&mut self.conditions).push(format!("!({text})"));
            self.block(otherwise, more);
            Arc::make_mut(&mut self.conditions).pop();
        }
    }

    /// What is done where a condition does not hold: the `else`, or the refusal that is all that
    /// follows a branch that leaves: `if may { return thing }` and then `throw`.
    fn refusal<'a>(&self, then: &[Stmt], otherwise: &'a [Stmt], rest: &'a [Stmt]) -> &'a [Stmt] {
        let answers = value_of(then).is_some_and(|it| matches!(it.kind, ExprKind::Bool(_)));
        let follows = otherwise.is_empty()
            && rest.len() == 1
            && !answers
            && self.exit(then) == Some(Exit::Leaves)
            && self.exit(rest).is_some_and(|it| it != Exit::Leaves);
        if follows { rest } else { otherwise }
    }

    /// How a block leaves, if it always does.
    fn exit(&self, body: &[Stmt]) -> Option<Exit> {
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

    fn manner(&self, body: &[Stmt], last: &Stmt) -> Exit {
        let said = said(body);
        if said.iter().any(|it| denies(it)) {
            return Exit::Denies;
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
    fn failing_call(&self, condition: &Expr) -> bool {
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
    fn resolve(&self, condition: &Expr) -> Expr {
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

    fn define(&mut self, target: &Expr, value: &Expr) {
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
    fn origin(&self, callee: &Expr) -> Option<Expr> {
        let ExprKind::Member(object, _) = &callee.kind else {
            return None;
        };
        let ExprKind::Name(name) = &object.kind else {
            return None;
        };
        self.definitions
            .get(name)
            .filter(|it| says_something(it))
            .cloned()
    }

    fn children(&mut self, expr: &Expr) {
        for child in expr.children() {
            self.expr(child, Usage::Used, None);
        }
    }

    fn expr(&mut self, expr: &Expr, usage: Usage, target: Option<&Expr>) {
        match &expr.kind {
            ExprKind::Call(callee, arguments) => {
                // The receiver first: it runs first.
                if let ExprKind::Member(object, _) = &callee.kind {
                    self.expr(object, Usage::Used, None);
                } else {
                    self.children(callee);
                }
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
                        self.block(body, false);
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
                self.block(&body, false);
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

fn is_error(expr: &Expr) -> bool {
    let name = expr.last_name();
    matches!(name, "err" | "error" | "e" | "ex" | "exception")
        || name.ends_with("Err")
        || name.ends_with("Error")
}

/// Whether a definition tells more than the name it was given to.
fn says_something(expr: &Expr) -> bool {
    matches!(
        expr.kind,
        ExprKind::Call(..) | ExprKind::Binary(..) | ExprKind::Not(_) | ExprKind::Member(..)
    )
}

/// Calls that do not come back.
fn ends(expr: &Expr) -> bool {
    let ExprKind::Call(callee, _) = &expr.kind else {
        return false;
    };
    let name = callee.last_name();
    matches!(
        name,
        "panic"
            | "abort"
            | "exit"
            | "die"
            | "notFound"
            | "redirect"
            | "forbidden"
            | "unauthorized"
            | "permanentRedirect"
            | "panic!"
            | "bail!"
            | "unreachable!"
            | "err!"
            | "abort_if"
            | "raise"
            | "fail"
            | "Fatal"
            | "Fatalf"
            | "throwError"
            | "halt"
    )
}

/// The names and values in what is done, for its manner.
fn said(body: &[Stmt]) -> Vec<String> {
    let mut out = Vec::new();
    for stmt in body {
        let expr = match &stmt.kind {
            StmtKind::Expr(expr)
            | StmtKind::Return(Some(expr))
            | StmtKind::Throw(Some(expr))
            | StmtKind::Assign { value: expr, .. } => expr,
            StmtKind::Block(inner) => {
                out.extend(said(inner));
                continue;
            }
            _ => continue,
        };
        expr.walk(&mut |it| match &it.kind {
            ExprKind::Name(name) | ExprKind::Member(_, name) => out.push(name.clone()),
            ExprKind::Number(number) => out.push(number.clone()),
            ExprKind::Text(text) if text.len() < 60 => out.push(text.clone()),
            _ => {}
        });
    }
    out
}

fn denies(word: &str) -> bool {
    if matches!(word, "401" | "403") {
        return true;
    }
    let words = words(word);
    words.iter().any(|it| {
        matches!(
            it.as_str(),
            "forbidden"
                | "unauthorized"
                | "unauthorised"
                | "unauthenticated"
                | "denied"
                | "deny"
                | "forbid"
                | "unpermitted"
                | "login"
                | "signin"
        )
    }) || (words.len() < 8
        && (has(&words, "permission", "denied")
            || has(&words, "not", "allowed")
            || has(&words, "access", "denied")
            || has(&words, "not", "authorized")))
}

fn has(words: &[String], first: &str, second: &str) -> bool {
    words
        .windows(2)
        .any(|pair| pair[0] == first && pair[1] == second)
}

fn refused(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::List(parts) => parts.iter().any(|it| refused(it) || is_error(it)),
        ExprKind::Number(number) => number.len() == 3 && number.starts_with(['4', '5']),
        _ => {
            let mut found = false;
            value.walk(&mut |it| match &it.kind {
                ExprKind::Name(name) | ExprKind::Member(_, name) => found |= refusal_word(name),
                ExprKind::Number(number) => {
                    found |= number.len() == 3 && number.starts_with('4');
                }
                _ => {}
            });
            found
        }
    }
}

fn refusal_word(word: &str) -> bool {
    if word.len() > 80 || word.contains(' ') {
        return false;
    }
    words(word).iter().any(|it| {
        matches!(
            it.as_str(),
            "error"
                | "errors"
                | "errorf"
                | "err"
                | "fail"
                | "failed"
                | "failure"
                | "failures"
                | "invalid"
                | "bad"
                | "reject"
                | "rejected"
                | "abort"
                | "found"
                | "missing"
                | "exception"
                | "refuse"
                | "unprocessable"
                | "conflict"
                | "halt"
                | "gone"
        )
    })
}

/// The value that a block ends with returning.
fn value_of(body: &[Stmt]) -> Option<Expr> {
    match &body.last()?.kind {
        StmtKind::Return(value) => value.clone(),
        StmtKind::Block(inner) => value_of(inner),
        _ => None,
    }
}

fn returned(body: &[Stmt]) -> String {
    body.iter()
        .rev()
        .find_map(|stmt| match &stmt.kind {
            StmtKind::Return(Some(value)) => Some(value.to_string()),
            StmtKind::Continue => Some("continue".to_owned()),
            _ => None,
        })
        .unwrap_or_default()
}
