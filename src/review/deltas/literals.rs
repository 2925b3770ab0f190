//! What code sets: keyword arguments, entries of maps and assignments, as settings are.
//!
//! A path begins with the symbol; then come the called functions, assigned names and keys.

use crate::facts::setting::{Setting, ValueKind};
use crate::facts::tree::{Argument, Expr, ExprKind, Span, Stmt, StmtKind};
use crate::review::deltas::compare::{FilePair, SideFacts};
use smol_str::SmolStr;

/// Nested deeper than this, nothing is looked at.
const MAX_DEPTH: usize = 60;
/// More than this is not read from one file.
const MAX_LITERALS: usize = 20_000;
/// Longer expressions, in bytes, are no settings.
const MAX_EXPRESSION: u32 = 300;

/// What the code of one side sets, as far as the change is about it.
pub(crate) fn literals<'s>(side: &'s SideFacts<'_>) -> &'s Vec<Setting> {
    side.literals.get_or_init(|| read(side))
}

fn read(side: &SideFacts<'_>) -> Vec<Setting> {
    let mut walker = Walker {
        path: Vec::new(),
        out: Vec::new(),
        depth: 0,
    };
    for (_, scope) in side.touched() {
        walker.path = vec![scope.path.as_str().into()];
        walker.statements(&scope.body);
    }
    walker.out
}

/// Whether either side mentions one of some words: a look before the work.
pub(crate) fn mentions(file: &FilePair<'_>, words: &[&str]) -> bool {
    let either = |side: &SideFacts<'_>| words.iter().any(|word| side.text.contains(word));
    either(&file.before) || either(&file.after)
}

/// Whether a place is reached only if some condition holds.
pub(crate) fn conditional(side: &SideFacts<'_>, at: &Span) -> bool {
    fn inside(statements: &[Stmt], at: &Span, branch: bool, depth: usize) -> bool {
        let around = statements
            .iter()
            .find(|it| it.span.start <= at.start && at.end <= it.span.end);
        let Some(statement) = around.filter(|_| depth < MAX_DEPTH) else {
            return branch;
        };
        match &statement.kind {
            StmtKind::If {
                then, otherwise, ..
            } => inside(then, at, true, depth + 1) && inside(otherwise, at, true, depth + 1),
            StmtKind::Switch { .. } => true,
            StmtKind::Loop { body, .. }
            | StmtKind::With { body, .. }
            | StmtKind::Try { body, .. }
            | StmtKind::Block(body) => inside(body, at, branch, depth + 1),
            _ => branch,
        }
    }
    side.tree
        .scopes
        .iter()
        .filter(|scope| scope.span.start <= at.start && at.end <= scope.span.end)
        .any(|scope| inside(&scope.body, at, false, 0))
}

struct Walker {
    path: Vec<SmolStr>,
    out: Vec<Setting>,
    depth: usize,
}

impl Walker {
    fn statements(&mut self, statements: &[Stmt]) {
        for statement in statements {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &Stmt) {
        if self.depth > MAX_DEPTH || self.out.len() > MAX_LITERALS {
            return;
        }
        self.depth += 1;
        match &statement.kind {
            StmtKind::If {
                condition,
                then,
                otherwise,
            } => {
                self.expression(condition);
                self.statements(then);
                self.statements(otherwise);
            }
            StmtKind::Switch { subject, cases } => {
                subject.iter().for_each(|it| self.expression(it));
                cases.iter().for_each(|(_, body)| self.statements(body));
            }
            StmtKind::Return(Some(value)) | StmtKind::Throw(Some(value)) => self.value(value),
            StmtKind::Expr(value) => self.expression(value),
            StmtKind::Assign { target, value, .. } => {
                self.named(&shown(target), value);
            }
            StmtKind::Loop { over, body } => {
                over.iter().for_each(|it| self.expression(it));
                self.statements(body);
            }
            StmtKind::Try {
                body,
                catches,
                finally,
            } => {
                self.statements(body);
                catches.iter().for_each(|(_, body)| self.statements(body));
                self.statements(finally);
            }
            StmtKind::With { contexts, body } => {
                contexts.iter().for_each(|it| self.expression(it));
                self.statements(body);
            }
            StmtKind::Block(body) => self.statements(body),
            _ => {}
        }
        self.depth -= 1;
    }

    fn named(&mut self, name: &str, value: &Expr) {
        self.path.push(name.into());
        self.value(value);
        self.path.pop();
    }

    /// A value that the path names.
    fn value(&mut self, expr: &Expr) {
        if self.depth > MAX_DEPTH || self.out.len() > MAX_LITERALS {
            return;
        }
        self.depth += 1;
        match &expr.kind {
            ExprKind::Text(text) => self.set(expr, text.clone(), ValueKind::Text),
            ExprKind::Number(text) => self.set(expr, text.clone(), ValueKind::Number),
            ExprKind::Bool(value) => self.set(expr, value.to_string(), ValueKind::Bool),
            ExprKind::Null => self.set(expr, String::new(), ValueKind::Null),
            ExprKind::Map(pairs) => {
                for (key, value) in pairs {
                    self.named(&shown(key), value);
                }
            }
            ExprKind::Unary(_, inner) if matches!(inner.kind, ExprKind::Map(_)) => {
                self.value(inner);
            }
            ExprKind::List(items) => {
                for item in items {
                    match &item.kind {
                        ExprKind::Text(text) => self.named(text, item),
                        _ => self.value(item),
                    }
                }
            }
            ExprKind::Function(_, body) => self.statements(body),
            _ => {
                if expr.span.end - expr.span.start < MAX_EXPRESSION {
                    self.set(expr, expr.to_string(), ValueKind::Expression);
                }
                self.expression(expr);
            }
        }
        self.depth -= 1;
    }

    fn expression(&mut self, expr: &Expr) {
        if self.depth > MAX_DEPTH || self.out.len() > MAX_LITERALS {
            return;
        }
        self.depth += 1;
        match &expr.kind {
            ExprKind::Call(callee, arguments) => {
                if let ExprKind::Member(object, _) = &callee.kind {
                    self.expression(object);
                }
                self.path.push(callee.last_name().into());
                self.arguments(arguments);
                self.path.pop();
            }
            ExprKind::Assign(target, value) => self.named(&shown(target), value),
            ExprKind::Map(_) | ExprKind::List(_) => self.value(expr),
            ExprKind::Function(_, body) => self.statements(body),
            _ => expr.each_child(&mut |child| self.expression(child)),
        }
        self.depth -= 1;
    }

    fn arguments(&mut self, arguments: &[Argument]) {
        // `header.set("Name", value)`.
        if let [first, second] = arguments
            && first.name.is_none()
            && second.name.is_none()
            && let ExprKind::Text(key) = &first.value.kind
        {
            self.named(key, &second.value);
            return;
        }
        let alone = arguments.len() == 1;
        for argument in arguments {
            match (&argument.name, &argument.value.kind) {
                (Some(name), _) => self.named(name, &argument.value),
                (None, ExprKind::Map(_) | ExprKind::List(_) | ExprKind::Unary(..)) => {
                    self.value(&argument.value);
                }
                (None, ExprKind::Function(_, body)) => self.statements(body),
                (None, ExprKind::Text(_) | ExprKind::Number(_) | ExprKind::Bool(_)) if alone => {
                    self.value(&argument.value);
                }
                (None, ExprKind::Name(_) | ExprKind::Member(..)) if alone => {
                    self.set(
                        &argument.value,
                        argument.value.to_string(),
                        ValueKind::Expression,
                    );
                }
                _ => self.expression(&argument.value),
            }
        }
    }

    fn set(&mut self, expr: &Expr, value: String, kind: ValueKind) {
        self.out.push(Setting {
            path: self.path.clone(),
            value,
            kind,
            line: expr.line,
            span: expr.span.clone(),
        });
    }
}

/// A key or a target as a part of a path.
fn shown(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Text(text) | ExprKind::Name(text) => text.clone(),
        _ if expr.span.end - expr.span.start < MAX_EXPRESSION => expr.to_string(),
        _ => String::new(),
    }
}
