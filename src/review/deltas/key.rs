//! Keys by which conditions and calls are compared: names that were only renamed are the same.

use crate::facts::tree::{Expr, ExprKind, Operator};
use std::collections::HashMap;
use std::sync::Arc;

/// Names that got another name in the change, old to new.
#[derive(Debug, Clone, Default)]
pub struct Renames {
    /// Those of one scope.
    local: HashMap<String, String>,
    /// Those of the whole change.
    everywhere: Arc<HashMap<String, String>>,
}

impl Renames {
    /// Names of one scope, and those of the whole change, which count first.
    pub fn new(local: HashMap<String, String>, everywhere: Arc<HashMap<String, String>>) -> Self {
        Self { local, everywhere }
    }

    /// What a name is called after the change, where that is something else.
    pub fn get(&self, name: &str) -> Option<&String> {
        self.everywhere.get(name).or_else(|| self.local.get(name))
    }

    /// All of them, old and new.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &String)> {
        let local = self.local.iter();
        let local = local.filter(|(old, _)| !self.everywhere.contains_key(*old));
        self.everywhere.iter().chain(local)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.local.is_empty() && self.everywhere.is_empty()
    }
}

/// The key of an expression with every name as it is called after the change.
pub fn full(expr: &Expr, renames: &Renames) -> String {
    if renames.is_empty() {
        return expr.to_string();
    }
    renamed(expr, renames).to_string()
}

/// The expression with every name as it is called after the change.
pub fn renamed(expr: &Expr, renames: &Renames) -> Expr {
    let name = |name: &String| renames.get(name).cloned().unwrap_or_else(|| name.clone());
    let inner = |it: &Expr| Box::new(renamed(it, renames));
    let kind = match &expr.kind {
        ExprKind::Name(it) => ExprKind::Name(name(it)),
        ExprKind::Member(object, it) => ExprKind::Member(inner(object), name(it)),
        ExprKind::Index(a, b) => ExprKind::Index(inner(a), inner(b)),
        ExprKind::Call(callee, arguments) => ExprKind::Call(
            inner(callee),
            arguments
                .iter()
                .map(|it| crate::facts::tree::Argument {
                    name: it.name.clone(),
                    value: renamed(&it.value, renames),
                })
                .collect(),
        ),
        ExprKind::Not(it) => ExprKind::Not(inner(it)),
        ExprKind::Unary(operator, it) => ExprKind::Unary(operator.clone(), inner(it)),
        ExprKind::Binary(operator, a, b) => ExprKind::Binary(*operator, inner(a), inner(b)),
        ExprKind::Conditional(a, b, c) => ExprKind::Conditional(inner(a), inner(b), inner(c)),
        ExprKind::List(parts) => {
            ExprKind::List(parts.iter().map(|it| renamed(it, renames)).collect())
        }
        ExprKind::Template(parts) => {
            ExprKind::Template(parts.iter().map(|it| renamed(it, renames)).collect())
        }
        ExprKind::Other(kind, parts) => ExprKind::Other(
            kind.clone(),
            parts.iter().map(|it| renamed(it, renames)).collect(),
        ),
        ExprKind::Map(pairs) => ExprKind::Map(
            pairs
                .iter()
                .map(|(key, value)| (renamed(key, renames), renamed(value, renames)))
                .collect(),
        ),
        ExprKind::Propagate(it) => ExprKind::Propagate(inner(it)),
        ExprKind::Spread(it) => ExprKind::Spread(inner(it)),
        kind => kind.clone(),
    };
    Expr::new(kind, expr.line, expr.span.clone())
}

/// The key that survives a move: only the last name of every chain, no arguments.
pub fn loose(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Not(inner) => format!("!{}", loose(inner)),
        ExprKind::Binary(operator @ (Operator::And | Operator::Or), ..) => {
            let mut parts: Vec<String> = expr.parts(*operator).into_iter().map(loose).collect();
            parts.sort();
            parts.dedup();
            parts.join(&format!(" {} ", operator.symbol()))
        }
        ExprKind::Binary(operator, left, right) => {
            let (mut left, mut right) = (loose(left), loose(right));
            let mut operator = *operator;
            if operator == Operator::Greater || operator == Operator::GreaterEqual {
                std::mem::swap(&mut left, &mut right);
                operator = if operator == Operator::Greater {
                    Operator::Less
                } else {
                    Operator::LessEqual
                };
            } else if matches!(operator, Operator::Equal | Operator::NotEqual) && right < left {
                std::mem::swap(&mut left, &mut right);
            }
            format!("{left} {} {right}", operator.symbol())
        }
        ExprKind::Call(..)
        | ExprKind::Member(..)
        | ExprKind::Index(..)
        | ExprKind::Propagate(_) => expr.last_name().to_lowercase().replace('_', ""),
        ExprKind::Name(name) => name.to_lowercase().replace('_', ""),
        _ => expr.to_string(),
    }
}

/// The loose key of a condition and of its opposite.
pub fn either_way(expr: &Expr) -> String {
    let (one, other) = (loose(expr), loose(&expr.clone().negate()));
    one.min(other)
}
