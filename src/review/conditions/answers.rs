//! Checks that are still made, and what becomes of what they say.

use crate::facts::Language;
use crate::facts::tree::{Expr, ExprKind, Operator, Scope, ScopeKind, Stmt, StmtKind};
use crate::facts::words::words;
use crate::review::conditions::requirement::surely_checks;
use crate::review::deltas::slots::{each_expr, each_stmt};
use std::collections::{BTreeMap, HashMap, HashSet};

/// How far what a check says reaches, from nowhere to a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    /// Its failure is caught and dropped: `.ok()`, `rescue nil`.
    Swallowed,
    /// It stands alone: if it does not raise, it does nothing.
    Alone,
    /// So many layers of its result leave the function when they hold an error: Rust's `?`.
    Propagated(u8),
    /// A condition or the function's own answer depends on it.
    Decides,
}

/// What becomes of the answers of one check in a function.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// The furthest that one of them reaches.
    pub(crate) reach: Reach,
    /// The line of that one, from 1.
    pub(crate) line: u32,
}

/// Whether a call of this name says whether something may be.
fn verifies(name: &str) -> bool {
    let squeezed: String = name.chars().filter(|it| *it != '_').collect();
    surely_checks(name)
        || matches!(
            squeezed.to_ascii_lowercase().as_str(),
            "comparedigest"
                | "timingsafeequal"
                | "securecompare"
                | "constanttimecompare"
                | "constanttimeeq"
                | "comparehashandpassword"
                | "fixedtimeequals"
                | "hashequals"
                | "passwordverify"
                | "checkpassword"
        )
        || words(name).iter().any(|it| {
            matches!(
                it.as_str(),
                "verify" | "authorize" | "authorise" | "authenticate"
            )
        })
}

/// Whether a check of this name raises by itself wherever it can: `require_admin`.
pub(crate) fn raises(name: &str) -> bool {
    words(name).first().is_some_and(|it| {
        matches!(
            it.as_str(),
            "ensure" | "require" | "must" | "enforce" | "assert"
        )
    })
}

/// The checks of a function by their names.
pub(crate) fn answers(scope: &Scope, language: Option<Language>) -> BTreeMap<String, Answer> {
    let mut reader = Reader {
        go: language == Some(Language::Go),
        function: scope.kind == ScopeKind::Function,
        read: read(&scope.body),
        asked: asked(&scope.body),
        out: BTreeMap::new(),
    };
    reader.statements(&scope.body);
    reader.out
}

/// The names that are read somewhere.
fn read(body: &[Stmt]) -> HashSet<&str> {
    let mut counts: HashMap<&str, isize> = HashMap::new();
    each_expr(body, &mut |it| {
        if let ExprKind::Name(name) = &it.kind {
            *counts.entry(name).or_default() += 1;
        }
    });
    each_stmt(body, &mut |stmt| {
        if let StmtKind::Assign { target, .. } = &stmt.kind {
            targets(target, &mut |name| *counts.entry(name).or_default() -= 1);
        }
    });
    counts
        .into_iter()
        .filter(|it| it.1 > 0)
        .map(|it| it.0)
        .collect()
}

/// The plain names that an assignment gives a value to.
fn targets<'a>(target: &'a Expr, visit: &mut dyn FnMut(&'a str)) {
    match &target.kind {
        ExprKind::Name(name) => visit(name),
        ExprKind::List(parts) => parts.iter().for_each(|it| targets(it, visit)),
        _ => {}
    }
}

/// The names that a condition or an answer depends on.
fn asked(body: &[Stmt]) -> HashSet<&str> {
    let mut out = HashSet::new();
    each_stmt(body, &mut |stmt| {
        let condition = match &stmt.kind {
            StmtKind::If { condition, .. } => Some(condition),
            StmtKind::Switch { subject, .. } => subject.as_ref(),
            StmtKind::Loop { over, .. } => over.as_ref(),
            StmtKind::Return(value) | StmtKind::Throw(value) => value.as_ref(),
            _ => None,
        };
        if let Some(condition) = condition {
            condition.walk(&mut |it| {
                if let ExprKind::Name(name) = &it.kind {
                    out.insert(name.as_str());
                }
            });
        }
    });
    each_expr(body, &mut |it| {
        let asks = match &it.kind {
            ExprKind::Conditional(condition, ..) => Some(&**condition),
            ExprKind::Not(inner) => Some(&**inner),
            _ => None,
        };
        if let Some(Expr {
            kind: ExprKind::Name(name),
            ..
        }) = asks
        {
            out.insert(name.as_str());
        }
    });
    out
}

struct Reader<'a> {
    go: bool,
    function: bool,
    read: HashSet<&'a str>,
    asked: HashSet<&'a str>,
    out: BTreeMap<String, Answer>,
}

impl Reader<'_> {
    fn statements(&mut self, body: &[Stmt]) {
        body.iter().for_each(|it| self.statement(it));
    }

    fn statement(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Expr(expr) => self.dropped(expr, 0, false),
            StmtKind::Assign { target, value, .. } => self.assigned(target, value),
            StmtKind::If {
                condition,
                then,
                otherwise,
            } => {
                self.decides(condition);
                self.statements(then);
                self.statements(otherwise);
            }
            StmtKind::Switch { subject, cases } => {
                subject.iter().for_each(|it| self.decides(it));
                for (values, body) in cases {
                    values.iter().for_each(|it| self.decides(it));
                    self.statements(body);
                }
            }
            StmtKind::Return(value) | StmtKind::Throw(value) => {
                value.iter().for_each(|it| self.decides(it));
            }
            StmtKind::Loop { over, body } => {
                over.iter().for_each(|it| self.decides(it));
                self.statements(body);
            }
            StmtKind::Try {
                body,
                catches,
                finally,
            } => {
                self.statements(body);
                catches.iter().for_each(|it| self.statements(&it.1));
                self.statements(finally);
            }
            StmtKind::With { contexts, body } => {
                contexts.iter().for_each(|it| self.decides(it));
                self.statements(body);
            }
            StmtKind::Block(body) => self.statements(body),
            StmtKind::Continue | StmtKind::Break => {}
        }
    }

    fn assigned(&mut self, target: &Expr, value: &Expr) {
        if self.drops(target) {
            self.dropped(value, 0, false);
            return;
        }
        let mut asked = !matches!(target.kind, ExprKind::Name(_) | ExprKind::List(_));
        targets(target, &mut |name| asked |= self.asked.contains(name));
        if asked {
            self.decides(value);
        } else {
            self.dropped(value, 0, false);
        }
    }

    /// Whether what is assigned to this is never looked at.
    fn drops(&self, target: &Expr) -> bool {
        match &target.kind {
            ExprKind::Name(name) => {
                name == "_"
                    || self.function
                        && !name.starts_with(['@', '$'])
                        && !self.read.contains(name.as_str())
            }
            // In Go the last of several says whether it worked.
            ExprKind::List(parts) => match parts.last() {
                Some(last) if self.go => self.drops(last),
                _ => !parts.is_empty() && parts.iter().all(|it| self.drops(it)),
            },
            _ => false,
        }
    }

    /// A value of which only a failure is seen.
    fn dropped(&mut self, expr: &Expr, layers: u8, swallowed: bool) {
        match &expr.kind {
            ExprKind::Propagate(inner) => self.dropped(inner, layers.saturating_add(1), swallowed),
            ExprKind::Call(callee, arguments) => {
                let name = callee.last_name();
                if verifies(name) {
                    let reach = match (layers, swallowed) {
                        (0, true) => Reach::Swallowed,
                        (0, false) => Reach::Alone,
                        (layers, _) => Reach::Propagated(layers),
                    };
                    self.add(name, reach, expr);
                    arguments.iter().for_each(|it| self.decides(&it.value));
                    return;
                }
                let swallows = matches!(
                    name,
                    "ok" | "err"
                        | "catch"
                        | "unwrap_or"
                        | "unwrap_or_default"
                        | "unwrap_or_else"
                        | "or_else"
                        | "is_ok"
                        | "is_err"
                );
                if let ExprKind::Member(object, _) = &callee.kind {
                    self.dropped(object, layers, swallowed || swallows);
                }
                for argument in arguments {
                    match &argument.value.kind {
                        // What runs the function hands on what it answers.
                        ExprKind::Function(_, body) if !swallows => {
                            self.function_dropped(body, layers, swallowed);
                        }
                        _ => self.decides(&argument.value),
                    }
                }
            }
            ExprKind::Other(kind, parts) if kind == "rescue" => {
                if let [tried, ..] = parts.as_slice() {
                    self.dropped(tried, layers, true);
                }
            }
            ExprKind::Assign(target, value) => self.assigned(target, value),
            ExprKind::Function(_, body) => self.statements(body),
            _ => self.decides(expr),
        }
    }

    fn function_dropped(&mut self, body: &[Stmt], layers: u8, swallowed: bool) {
        let Some((last, rest)) = body.split_last() else {
            return;
        };
        self.statements(rest);
        match &last.kind {
            StmtKind::Return(Some(value)) | StmtKind::Expr(value) => {
                self.dropped(value, layers, swallowed);
            }
            _ => self.statement(last),
        }
    }

    /// A value that something depends on.
    fn decides(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Call(callee, _) if verifies(callee.last_name()) => {
                self.add(callee.last_name(), Reach::Decides, expr);
            }
            ExprKind::Function(_, body) => self.statements(body),
            // `verify(…) || true`.
            ExprKind::Binary(Operator::Or, left, right) if right.kind == ExprKind::Bool(true) => {
                self.dropped(left, 0, true);
                return;
            }
            _ => {}
        }
        expr.each_child(&mut |it| self.decides(it));
    }

    fn add(&mut self, name: &str, reach: Reach, expr: &Expr) {
        let answer = Answer {
            reach,
            line: expr.line,
        };
        let known = self
            .out
            .entry(name.to_owned())
            .or_insert_with(|| answer.clone());
        if answer.reach > known.reach {
            *known = answer;
        }
    }
}
