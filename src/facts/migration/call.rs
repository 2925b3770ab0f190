//! A call as the readers of migrations ask about it, and what they make of it.

use super::plain;
use crate::facts::sql::Operation;
use crate::facts::tree::{Argument, Expr, ExprKind, Span};

/// A call, taken apart.
pub(super) struct Call<'a> {
    pub(super) expr: &'a Expr,
    pub(super) callee: &'a Expr,
    pub(super) arguments: &'a [Argument],
    /// In its [`super::plain`] form.
    pub(super) name: &'a str,
}

impl<'a> Call<'a> {
    /// What it is called on.
    pub(super) fn receiver(&self) -> Option<&'a Expr> {
        match &self.callee.kind {
            ExprKind::Member(object, _) => Some(object),
            _ => None,
        }
    }

    /// Whether it is called on a plain name, or on a call chain that begins at one.
    pub(super) fn begins_at_name(&self) -> bool {
        self.receiver()
            .is_some_and(|it| !it.first_name().is_empty())
    }

    /// A named argument, or a key of a map that is an argument.
    pub(super) fn named(&self, names: &[&str]) -> Option<&'a Expr> {
        self.arguments
            .iter()
            .find_map(|argument| match &argument.name {
                Some(name) => names
                    .contains(&plain(name).as_str())
                    .then_some(&argument.value),
                None => value_of(&argument.value, names),
            })
    }

    /// The plain strings among the positional arguments, those of lists included.
    pub(super) fn strings(&self) -> Vec<String> {
        let mut found = Vec::new();
        for argument in self.arguments.iter().filter(|it| it.name.is_none()) {
            flatten(&argument.value, &mut found);
        }
        found
    }

    /// The line of its arguments: a chain of calls begins lines above.
    pub(super) fn line(&self) -> u32 {
        let first = self.arguments.first().map(|it| it.value.line);
        first.unwrap_or(self.expr.line)
    }

    pub(super) fn span(&self) -> Span {
        self.expr.span.clone()
    }
}

/// A statement, before it has a place.
pub(super) struct Fact {
    pub(super) operation: Operation,
    pub(super) table: String,
    pub(super) name: String,
    pub(super) filter: Vec<String>,
    pub(super) detail: String,
}

impl Fact {
    pub(super) fn new(
        operation: Operation,
        table: impl Into<String>,
        name: impl Into<String>,
    ) -> Self {
        Self {
            operation,
            table: table.into(),
            name: name.into(),
            filter: Vec::new(),
            detail: String::new(),
        }
    }

    pub(super) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into().to_lowercase();
        self
    }
}

pub(super) fn value_of<'a>(expr: &'a Expr, names: &[&str]) -> Option<&'a Expr> {
    let ExprKind::Map(pairs) = &expr.kind else {
        return None;
    };
    pairs
        .iter()
        .find(|(key, _)| names.contains(&plain(&name_of(key)).as_str()))
        .map(|(_, value)| value)
}

pub(super) fn flatten(expr: &Expr, found: &mut Vec<String>) {
    match &expr.kind {
        ExprKind::Text(text) => found.push(text.clone()),
        ExprKind::List(parts) => parts.iter().for_each(|part| flatten(part, found)),
        ExprKind::Spread(inner) => flatten(inner, found),
        _ => {}
    }
}

/// What an expression names: a string, a model, the `name` of a map.
pub(super) fn name_of(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Text(text) => text.clone(),
        ExprKind::Name(name) => name.clone(),
        ExprKind::Map(_) => value_of(expr, &["name", "tablename"])
            .map(name_of)
            .unwrap_or_default(),
        ExprKind::Call(callee, arguments) => match arguments.first() {
            Some(first) if callee.last_name() == "new" || named_map(&first.value) => {
                name_of(&first.value)
            }
            _ => callee.last_name().to_owned(),
        },
        ExprKind::Member(..) => expr.to_string(),
        _ => String::new(),
    }
}

fn named_map(expr: &Expr) -> bool {
    value_of(expr, &["name", "tablename"]).is_some()
}
