//! What a shell script does when something in it fails: goes on, or stops.

use crate::facts::tree::{Expr, ExprKind, Operator, Scope, Stmt, StmtKind, Tree};
use crate::facts::words::words;
pub(crate) use does::{acts, asks, line_acts};
use std::collections::{BTreeMap, HashSet};

mod does;

/// What becomes of a script when a command of it fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// It goes on whatever happens: `command || true`.
    GoesOn,
    /// It goes on, unless all of it stops at any failure: `set -e`.
    AsAll,
    /// It leaves: `command || exit 1`.
    Stops,
}

/// A command or a condition, and what becomes of the script when it fails.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    /// How it ends.
    pub(crate) outcome: Outcome,
    /// Whether it is a command, and not a comparison.
    pub(crate) command: bool,
    /// The line, from 1.
    pub(crate) line: u32,
}

/// One side of a script.
#[derive(Debug, Default)]
pub(crate) struct Script {
    /// Whether it stops at any failure, and the line that says so.
    pub(crate) stops: Option<u32>,
    /// Whether a failure inside of a pipe counts, and the line that says so.
    pub(crate) pipes: Option<u32>,
    /// Whether it says elsewhere what happens at a failure: a trap, another script that it reads.
    pub(crate) elsewhere: bool,
    /// Its steps, by what tells them apart.
    pub(crate) steps: BTreeMap<String, Step>,
    /// Commands at the beginning of a pipe that is not taken care of.
    pub(crate) piped: Vec<String>,
}

impl Script {
    /// Reads the tree of a script; `stops` where whatever runs it stops at a failure by itself.
    pub(crate) fn read(tree: &Tree, text: &str, stops: bool) -> Self {
        let first = text.lines().next().unwrap_or_default();
        let options = first
            .strip_prefix("#!")
            .map(|it| it.split_whitespace().skip(1));
        let by_first = options.is_some_and(|mut it| it.any(|it| short(it, 'e')));
        let mut reader = Reader {
            script: Self {
                stops: (stops || by_first).then_some(1),
                // How a command ended is looked at.
                elsewhere: text.contains("$?"),
                ..Self::default()
            },
            leaves: leaving(tree),
        };
        for scope in &tree.scopes {
            reader.statements(&scope.body, scope.name.is_empty());
        }
        reader.script
    }

    /// Whether a step counts: its failure ends the script.
    pub(crate) fn counts(&self, step: &Step) -> bool {
        match step.outcome {
            Outcome::Stops => true,
            Outcome::AsAll => step.command && self.stops.is_some(),
            Outcome::GoesOn => false,
        }
    }
}

/// `-euo` holds `e`.
fn short(option: &str, letter: char) -> bool {
    option.starts_with('-') && !option.starts_with("--") && option[1..].contains(letter)
}

/// Functions of the script that end it: `die`, `fail`.
fn leaving(tree: &Tree) -> HashSet<&str> {
    let ends = |it: &&Scope| {
        let last = it
            .body
            .iter()
            .rev()
            .find(|it| !matches!(it.kind, StmtKind::Block(_)));
        matches!(last.map(|it| &it.kind), Some(StmtKind::Throw(_)))
    };
    tree.scopes
        .iter()
        .filter(ends)
        .map(|it| it.name.as_str())
        .collect()
}

struct Reader<'a> {
    script: Script,
    leaves: HashSet<&'a str>,
}

impl Reader<'_> {
    fn statements(&mut self, body: &[Stmt], top: bool) {
        for stmt in body {
            match &stmt.kind {
                StmtKind::Expr(expr) => self.expression(expr, top),
                StmtKind::Assign { value, .. } => self.step(value, Outcome::AsAll),
                StmtKind::If {
                    condition,
                    then,
                    otherwise,
                } => {
                    // What leaves a loop or a function with success decides as well: the way that
                    // does not leave goes on to what comes after.
                    let ways = [then, otherwise];
                    let ends = ways.into_iter().any(|it| self.ends(it) || leaves(it));
                    let outcome = if ends {
                        Outcome::Stops
                    } else {
                        Outcome::GoesOn
                    };
                    self.condition(condition, outcome);
                    self.statements(then, top);
                    self.statements(otherwise, top);
                }
                StmtKind::Switch { cases, .. } => {
                    cases.iter().for_each(|it| self.statements(&it.1, top));
                }
                StmtKind::Loop { over, body } => {
                    let over = over
                        .iter()
                        .filter(|it| !matches!(it.kind, ExprKind::List(_)));
                    over.for_each(|it| self.condition(it, Outcome::Stops));
                    self.statements(body, top);
                }
                StmtKind::With { body, .. } | StmtKind::Block(body) => self.statements(body, top),
                StmtKind::Return(Some(value)) => self.expression(value, false),
                _ => {}
            }
        }
    }

    /// Whether statements end the script, or the function with a failure.
    fn ends(&self, body: &[Stmt]) -> bool {
        body.iter().any(|it| match &it.kind {
            StmtKind::Throw(_) => true,
            StmtKind::Return(Some(value)) => !matches!(value.to_string().as_str(), "0" | "exit(0)"),
            StmtKind::Expr(expr) => self.dies(expr),
            _ => false,
        })
    }

    fn dies(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Call(callee, _) => {
                let name = callee.last_name();
                self.leaves.contains(name)
                    || words(name).iter().any(|it| {
                        matches!(
                            it.as_str(),
                            "die"
                                | "fail"
                                | "abort"
                                | "exit"
                                | "fatal"
                                | "bail"
                                | "panic"
                                | "error"
                                | "return"
                                | "rollback"
                                | "false"
                        )
                    })
            }
            ExprKind::Function(_, body) => self.ends(body),
            ExprKind::Binary(_, left, right) => self.dies(left) || self.dies(right),
            _ => false,
        }
    }

    fn expression(&mut self, expr: &Expr, top: bool) {
        match &expr.kind {
            ExprKind::Binary(Operator::Or, ..) => {
                let mut parts = expr.parts(Operator::Or);
                // Its own order: the printed one is by what it says.
                parts.sort_by_key(|it| it.span.start);
                let Some((first, rest)) = parts.split_first() else {
                    return;
                };
                let outcome = match rest.iter().any(|it| self.dies(it)) {
                    true => Outcome::Stops,
                    false if rest.iter().all(|it| only_tells(it)) => Outcome::GoesOn,
                    // Something else is tried.
                    false => Outcome::AsAll,
                };
                for part in first.parts(Operator::And) {
                    self.step(part, outcome);
                }
            }
            ExprKind::Binary(Operator::And, ..) => {
                let parts = expr.parts(Operator::And);
                parts.iter().for_each(|it| self.step(it, Outcome::AsAll));
            }
            ExprKind::Call(callee, arguments) => {
                let values: Vec<String> = arguments.iter().map(|it| plain(&it.value)).collect();
                match callee.last_name() {
                    "set" => self.options(&values, expr.line, top),
                    "trap" => {
                        let at = values
                            .iter()
                            .any(|it| matches!(it.as_str(), "ERR" | "DEBUG"));
                        self.script.elsewhere |= at;
                    }
                    "." | "source" => self.script.elsewhere = true,
                    _ => self.step(expr, Outcome::AsAll),
                }
            }
            _ => self.step(expr, Outcome::AsAll),
        }
    }

    /// Switched off inside of a function, it is for that alone.
    fn options(&mut self, values: &[String], line: u32, top: bool) {
        for (index, value) in values.iter().enumerate() {
            let named = values[..index].last().map_or("", String::as_str);
            let on = value == "errexit" && named.starts_with('-') || short(value, 'e');
            let off = value == "errexit" && named.starts_with('+')
                || value.strip_prefix('+').is_some_and(|it| it.contains('e'));
            if on || off && top {
                self.script.stops = on.then_some(line);
            }
            if value == "pipefail" {
                self.script.pipes = named.starts_with('-').then_some(line);
            }
        }
    }

    fn condition(&mut self, condition: &Expr, outcome: Outcome) {
        for part in condition.parts(Operator::Or) {
            for part in part.parts(Operator::And) {
                let part = match &part.kind {
                    ExprKind::Not(inner) => inner,
                    _ => part,
                };
                self.step(part, outcome);
            }
        }
    }

    fn step(&mut self, expr: &Expr, outcome: Outcome) {
        let command = match &expr.kind {
            ExprKind::Call(..) if outcome != Outcome::Stops && only_tells(expr) => return,
            // `source lib.sh || exit 1`
            ExprKind::Call(callee, _) if matches!(callee.last_name(), "." | "source") => {
                self.script.elsewhere = true;
                return;
            }
            ExprKind::Call(callee, _) => {
                let name = callee.last_name();
                name != "test" && !name.starts_with('-')
            }
            ExprKind::Other(kind, parts) if kind == "pipe" => {
                if outcome == Outcome::AsAll
                    && let Some(first) = parts.first()
                {
                    self.script.piped.push(key(first));
                }
                // A pipe fails with its last command.
                parts.iter().for_each(|it| self.step(it, outcome));
                return;
            }
            ExprKind::Function(_, body) => {
                self.statements(body, false);
                return;
            }
            ExprKind::Binary(operator, ..) if operator.compares() => false,
            ExprKind::Assign(_, value) => {
                self.step(value, outcome);
                return;
            }
            ExprKind::Not(inner) => {
                self.step(inner, outcome);
                return;
            }
            _ => return,
        };
        let step = Step {
            outcome,
            command,
            line: expr.line,
        };
        let key = if command { key(expr) } else { expr.to_string() };
        let known = self.script.steps.entry(key).or_insert_with(|| step.clone());
        // What stands there twice counts where it counts once.
        if step.outcome > known.outcome {
            *known = step;
        }
    }
}

/// Whether statements go to another place.
fn leaves(body: &[Stmt]) -> bool {
    let last = body.last().map(|it| &it.kind);
    matches!(
        last,
        Some(StmtKind::Return(_) | StmtKind::Throw(_) | StmtKind::Break | StmtKind::Continue)
    )
}

/// A value without quotes.
fn plain(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Text(text) | ExprKind::Name(text) => text.clone(),
        _ => expr.to_string(),
    }
}

/// What tells commands apart: the name and the first words that are no options.
fn key(expr: &Expr) -> String {
    let ExprKind::Call(callee, arguments) = &expr.kind else {
        return expr.to_string();
    };
    let mut out = callee.to_string();
    let named = arguments.iter().map(|it| plain(&it.value));
    for word in named.filter(|it| !it.starts_with('-')).take(4) {
        out.push(' ');
        out.push_str(&word);
    }
    out
}

/// Whether an alternative does nothing about a failure but tell somebody.
fn only_tells(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Call(callee, _) => {
            let name = callee.last_name();
            matches!(name, "true" | ":" | "echo" | "printf" | "cat")
                || words(name).iter().any(|it| {
                    matches!(
                        it.as_str(),
                        "log"
                            | "warn"
                            | "warning"
                            | "info"
                            | "notice"
                            | "say"
                            | "msg"
                            | "message"
                            | "print"
                    )
                })
        }
        ExprKind::Function(_, body) => body.iter().all(|it| match &it.kind {
            StmtKind::Expr(expr) => only_tells(expr),
            StmtKind::Return(value) => value.as_ref().is_none_or(|it| it.to_string() == "0"),
            StmtKind::Assign { value, .. } => value.to_string() != "?",
            _ => false,
        }),
        ExprKind::Binary(_, left, right) => only_tells(left) && only_tells(right),
        ExprKind::Other(_, parts) => parts.iter().all(only_tells),
        _ => false,
    }
}
