//! The facts of code: what checks compare. Taken from the [`super::tree`] by [`super::extract`].

use super::tree::{Argument, Expr, Operator, Span};
use std::sync::Arc;

/// The facts of one file.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Ways out of a function before its end.
    pub guards: Vec<Guard>,
    /// Conditions around statements.
    pub gates: Vec<Gate>,
    /// Calls.
    pub calls: Vec<Call>,
    /// Results.
    pub returns: Vec<Return>,
    /// Assignments.
    pub assignments: Vec<Assignment>,
    /// What is caught, and what comes of it.
    pub catches: Vec<Catch>,
}

impl Facts {
    /// Lets go of all facts but calls that stand where they are not wanted, and of spare room.
    pub fn retain(&mut self, wanted: &dyn Fn(&Place) -> bool) {
        self.guards.retain(|it| wanted(&it.place));
        self.gates.retain(|it| wanted(&it.place));
        self.returns.retain(|it| wanted(&it.place));
        self.assignments.retain(|it| wanted(&it.place));
        self.catches.retain(|it| wanted(&it.place));
        self.guards.shrink_to_fit();
        self.gates.shrink_to_fit();
        self.calls.shrink_to_fit();
        self.returns.shrink_to_fit();
        self.assignments.shrink_to_fit();
        self.catches.shrink_to_fit();
    }
}

/// Where a fact stands.
#[derive(Debug, Clone)]
pub struct Place {
    /// The index of the scope.
    pub scope: usize,
    /// The line, from 1.
    pub line: u32,
    /// The bytes.
    pub span: Span,
    /// Its position among the facts of the scope, in source order.
    pub order: usize,
    /// The conditions under which it is reached, outermost first, in canonical form.
    pub conditions: Arc<Vec<String>>,
    /// The locks, transactions and other contexts around it, outermost first.
    pub contexts: Arc<Vec<String>>,
    /// Whether it stands in a loop.
    pub in_loop: bool,
}

/// `if condition { leave }`.
#[derive(Debug, Clone)]
pub struct Guard {
    /// Where.
    pub place: Place,
    /// Under this condition it leaves.
    pub condition: Expr,
    /// How it leaves.
    pub exit: Exit,
    /// What it returns.
    pub value: Option<Expr>,
    /// The names in what is done on the way out, calls and values.
    pub said: Vec<String>,
    /// Whether statements come after it that it protects.
    pub protects: bool,
}

/// How a guard leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Exit {
    /// It says that the caller may not: 401, 403, a redirect to the login, `Forbidden`.
    Denies,
    /// It says that something is wrong: an error, 4xx, `false` from a predicate.
    Refuses,
    /// It leaves without a word, or with a value.
    Leaves,
}

/// `if condition { … }` around statements.
#[derive(Debug, Clone)]
pub struct Gate {
    /// Where.
    pub place: Place,
    /// The condition.
    pub condition: Expr,
    /// The last names of the calls inside.
    pub calls: Vec<String>,
    /// The assignments inside, in canonical form.
    pub sets: Vec<String>,
}

/// A call.
#[derive(Debug, Clone)]
pub struct Call {
    /// Where.
    pub place: Place,
    /// What is called.
    pub callee: Expr,
    /// What the receiver was given, where it is a local name: `query` of `query.get(id)`.
    pub origin: Option<Expr>,
    /// The last name of it.
    pub name: String,
    /// The arguments.
    pub arguments: Vec<Argument>,
    /// What becomes of the result.
    pub result: Usage,
    /// What the result is assigned to, in canonical form.
    pub target: Option<String>,
}

/// What becomes of the result of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usage {
    /// Nothing: the call is a statement.
    Ignored,
    /// Only its failure matters: it leaves the function when it fails.
    Checked,
    /// It is used.
    Used,
}

/// `return value`.
#[derive(Debug, Clone)]
pub struct Return {
    /// Where.
    pub place: Place,
    /// The value.
    pub value: Option<Expr>,
}

/// `target = value`.
#[derive(Debug, Clone)]
pub struct Assignment {
    /// Where.
    pub place: Place,
    /// What gets the value.
    pub target: Expr,
    /// The operator of `+=` and its like.
    pub operator: Option<Operator>,
    /// The value.
    pub value: Expr,
}

impl std::fmt::Display for Assignment {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let operator = self.operator.map_or("", Operator::symbol);
        write!(out, "{} {operator}= {}", self.target, self.value)
    }
}

/// A handler of errors.
#[derive(Debug, Clone)]
pub struct Catch {
    /// Where.
    pub place: Place,
    /// What is caught, as written.
    pub what: String,
    /// The value that is returned, in canonical form; empty where none is.
    pub returns: String,
    /// Whether it raises again.
    pub raises: bool,
    /// The last names of the calls that are tried.
    pub tried: Vec<String>,
}
