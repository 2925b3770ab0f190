//! What must hold for code to go on, in whatever form it is written: `if !a { return }`,
//! `if a { … }`, `return a && b`, `require_a()`. One form for all, so that turning one into the
//! other is no difference.

use crate::facts::fact::{Call, Exit, Facts, Place, Usage};
use crate::facts::tree::{Expr, ExprKind, Operator, ScopeKind, Tree};
use crate::facts::words::words;
use crate::review::conditions::subject::Subject;
use std::collections::HashSet;

/// One thing that must hold.
#[derive(Debug, Clone)]
pub struct Requirement {
    /// What must hold.
    pub condition: Expr,
    /// What it is about, where the project's own words tell.
    pub known: Option<Subject>,
    /// What it was written as.
    pub form: Form,
    /// What happens where it does not hold.
    pub exit: Exit,
    /// Where it stands.
    pub place: Place,
    /// What is returned where it does not hold.
    pub value: Option<Expr>,
    /// The names and values in what is said where it does not hold.
    pub said: Vec<String>,
    /// The last names of the calls that a gate encloses.
    pub inside: Vec<String>,
    /// The assignments that a gate encloses.
    pub sets: Vec<String>,
    /// Whether something comes after it, or stands inside it, that it protects.
    pub protects: bool,
}

/// How a requirement is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// `if !condition { leave }`.
    Guard,
    /// `if condition { … }`.
    Gate,
    /// `return condition`, in a function that answers yes or no.
    Result,
    /// `if condition { return true }`: a way to say yes, no requirement; its opposite is kept here.
    Allow,
    /// A call that leaves, raises or answers by itself: `authorize!(order)`.
    Call,
}

/// Words at the start of the name of a call that leaves by itself where something does not hold.
const CHECKING: &[&str] = &[
    "check",
    "checks",
    "require",
    "requires",
    "ensure",
    "assert",
    "authorize",
    "authorise",
    "authenticate",
    "verify",
    "validate",
    "enforce",
    "guard",
    "protect",
    "forbid",
    "deny",
    "must",
    "restrict",
    "limit",
    "throttle",
    "reject",
    "prevent",
    "permit",
    "can",
    "allow",
    "disallow",
    "confirm",
    "gate",
    "refuse",
    "abort",
];

/// Words anywhere in the name of such a call.
const CHECKING_ANYWHERE: &[&str] = &[
    "ratelimit",
    "throttle",
    "limiter",
    "authorization",
    "permission",
    "permissions",
    "authorized",
    "authorize",
    "require",
    "required",
    "verify",
    "ensure",
    "forbidden",
    "csrf",
    "captcha",
    "limit",
];

/// Words at the start of a name that say it does something else.
const DOING: &[&str] = &[
    "handle", "get", "set", "create", "update", "delete", "build", "render", "send", "add", "new",
    "save", "load", "list", "on", "test", "log", "find", "fetch", "make", "register", "assert",
    "expect", "should", "notify", "generate", "init", "remove", "store", "write", "print", "parse",
    "encode", "decode", "redirect", "to", "is", "show", "display", "use", "no", "exempt", "skip",
    "ignore", "disable", "bypass", "exclude", "without",
];

impl Requirement {
    /// Whether all that depends on it is what somebody is told: a line in a log or on a screen.
    pub fn only_tells(&self) -> bool {
        let tells = |it: &String| {
            matches!(
                it.trim_end_matches('!').to_lowercase().as_str(),
                "print"
                    | "println"
                    | "eprint"
                    | "eprintln"
                    | "printf"
                    | "fprintf"
                    | "puts"
                    | "log"
                    | "debug"
                    | "info"
                    | "warn"
                    | "warning"
                    | "trace"
                    | "msg"
                    | "msgf"
                    | "str"
            )
        };
        self.form == Form::Gate
            && self.sets.is_empty()
            && !self.inside.is_empty()
            && self.inside.iter().all(tells)
    }
}

/// Whether a call of this name checks something.
pub fn checks_something(name: &str) -> bool {
    let words = words(name);
    if words
        .first()
        .is_some_and(|first| DOING.contains(&first.as_str()))
        || draws_a_box(&words)
        || makes_sure(&words)
    {
        return false;
    }
    words
        .first()
        .is_some_and(|first| CHECKING.contains(&first.as_str()))
        || words
            .iter()
            .any(|word| CHECKING_ANYWHERE.contains(&word.as_str()))
}

/// Whether a call of this name is there to do something, whatever it refuses on the way.
pub fn acts(name: &str) -> bool {
    words(name).first().is_some_and(|first| {
        matches!(
            first.as_str(),
            "copy"
                | "create"
                | "insert"
                | "mkdir"
                | "move"
                | "open"
                | "put"
                | "rename"
                | "save"
                | "send"
                | "store"
                | "upload"
                | "write"
        )
    })
}

/// Whether a call changes what is stored, by the first word of its name.
pub fn writes(name: &str) -> bool {
    words(name).first().is_some_and(|first| {
        matches!(
            first.as_str(),
            "save"
                | "update"
                | "create"
                | "insert"
                | "delete"
                | "destroy"
                | "increment"
                | "decrement"
                | "void"
                | "charge"
                | "refund"
                | "credit"
                | "debit"
                | "withdraw"
                | "deposit"
                | "transfer"
                | "pay"
                | "finalize"
                | "mark"
                | "exec"
                | "upsert"
                | "capture"
                | "execute"
                | "bulk"
                | "write"
                | "consume"
                | "redeem"
                | "record"
                | "store"
                | "persist"
                | "remove"
                | "settle"
                | "cancel"
        )
    })
}

/// Whether a call fetches other code: `require "json"`.
fn loads_code(call: &Call) -> bool {
    call.name.starts_with("require")
        && matches!(call.callee.kind, ExprKind::Name(_))
        && matches!(call.arguments.as_slice(), [only] if matches!(only.value.kind, ExprKind::Text(_) | ExprKind::Template(_) | ExprKind::Binary(Operator::Add, ..)))
}

/// Whether a call whose answer nobody looks at asks something: `is_admin(user)?` leaves by itself.
fn asks_and_leaves(name: &str) -> bool {
    let found = words(name);
    found.len() > 1 && matches!(found[0].as_str(), "is" | "has" | "can" | "may")
}

/// `check_box_tag`: part of a form, and no check.
fn draws_a_box(words: &[String]) -> bool {
    words.len() > 1 && words[0] == "check" && words[1].starts_with("box")
}

/// `ensure_folder`: makes what is not there, and refuses nothing.
pub fn makes_sure(words: &[String]) -> bool {
    words.first().is_some_and(|it| it == "ensure")
        && words.last().is_some_and(|it| {
            matches!(
                it.as_str(),
                "binaries"
                    | "binary"
                    | "bucket"
                    | "cache"
                    | "dir"
                    | "directories"
                    | "directory"
                    | "folder"
                    | "folders"
                    | "index"
                    | "indexes"
                    | "indices"
                    | "initialized"
                    | "loaded"
                    | "path"
                    | "provider"
                    | "providers"
                    | "runtime"
                    | "table"
                    | "tables"
            )
        })
}

/// Whether the name of a call begins with what checks do: `verify_domains_match`.
pub fn surely_checks(name: &str) -> bool {
    let found = words(name);
    // `check_and_copy` does more than check.
    if found.iter().any(|it| it == "and") || draws_a_box(&found) || makes_sure(&found) {
        return false;
    }
    found.first().is_some_and(|first| {
        matches!(
            first.as_str(),
            "check"
                | "require"
                | "ensure"
                | "authorize"
                | "authorise"
                | "verify"
                | "validate"
                | "enforce"
                | "must"
        )
    })
}

/// The requirements of those scopes of one file that are `wanted`, in source order.
pub fn requirements(
    tree: &Tree,
    facts: &Facts,
    wanted: &dyn Fn(usize) -> bool,
) -> Vec<Requirement> {
    let mut out = Vec::new();
    for guard in facts.guards.iter().filter(|it| wanted(it.place.scope)) {
        for atom in guard.condition.parts(Operator::Or) {
            out.push(Requirement {
                condition: atom.clone().negate(),
                known: None,
                form: if allows(guard.value.as_ref()) {
                    Form::Allow
                } else {
                    Form::Guard
                },
                exit: guard.exit,
                place: guard.place.clone(),
                value: guard.value.clone(),
                said: guard.said.clone(),
                inside: Vec::new(),
                sets: Vec::new(),
                protects: guard.protects,
            });
        }
    }
    for gate in facts.gates.iter().filter(|it| wanted(it.place.scope)) {
        for atom in gate.condition.parts(Operator::And) {
            out.push(Requirement {
                condition: atom.clone(),
                known: None,
                form: Form::Gate,
                exit: Exit::Leaves,
                place: gate.place.clone(),
                value: None,
                said: Vec::new(),
                inside: gate.calls.clone(),
                sets: gate.sets.clone(),
                protects: !gate.calls.is_empty(),
            });
        }
    }
    // Functions that answer yes or no somewhere do so everywhere.
    let returns = || facts.returns.iter().filter(|it| wanted(it.place.scope));
    let predicates: HashSet<usize> = returns()
        .filter(|it| {
            it.value
                .as_ref()
                .is_some_and(|value| matches!(value.kind, ExprKind::Bool(_)) || truth(value))
        })
        .map(|it| it.place.scope)
        .collect();
    for result in returns() {
        let Some(value) = &result.value else { continue };
        let answers = truth(value)
            || (predicates.contains(&result.place.scope)
                && matches!(value.kind, ExprKind::Call(..) | ExprKind::Member(..)));
        if tree.scopes[result.place.scope].kind != ScopeKind::Function || !answers {
            continue;
        }
        for atom in value.parts(Operator::And) {
            out.push(Requirement {
                condition: atom.clone(),
                known: None,
                form: Form::Result,
                exit: Exit::Refuses,
                place: result.place.clone(),
                value: None,
                said: Vec::new(),
                inside: Vec::new(),
                sets: Vec::new(),
                protects: true,
            });
        }
    }
    for call in facts.calls.iter().filter(|it| wanted(it.place.scope)) {
        if call.result == Usage::Used
            || !(checks_something(&call.name) || asks_and_leaves(&call.name))
            || loads_code(call)
        {
            continue;
        }
        let expr = Expr::new(
            ExprKind::Call(Box::new(call.callee.clone()), call.arguments.clone()),
            call.place.line,
            call.place.span.clone(),
        );
        out.push(Requirement {
            condition: expr,
            known: None,
            form: Form::Call,
            exit: Exit::Refuses,
            place: call.place.clone(),
            value: None,
            said: Vec::new(),
            inside: Vec::new(),
            sets: Vec::new(),
            protects: true,
        });
    }
    out.sort_by_key(|it| (it.place.scope, it.place.order));
    out
}

/// Whether what is returned says yes.
fn allows(value: Option<&Expr>) -> bool {
    match value.map(|it| &it.kind) {
        Some(ExprKind::Bool(true)) => true,
        Some(ExprKind::List(parts)) => parts
            .first()
            .is_some_and(|first| first.kind == ExprKind::Bool(true)),
        _ => false,
    }
}

/// Whether a value is an answer of yes or no.
fn truth(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Binary(operator, left, right) => {
            let asks = |it: &Expr| truth(it) || matches!(it.kind, ExprKind::Call(..));
            operator.compares()
                || (matches!(operator, Operator::And) && asks(left) && asks(right))
                || (matches!(operator, Operator::And) && (truth(left) || truth(right)))
        }
        ExprKind::Not(_) => true,
        _ => false,
    }
}
