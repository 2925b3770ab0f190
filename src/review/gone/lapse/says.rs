//! What has happened where a piece is gone, in words.

use super::At;
use super::quiet::{answers, asks, converts, looks, loosens, notes};
use crate::facts::tree::{Argument, Expr, ExprKind, ScopeKind, Stmt, StmtKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::conditions::idle::asks_a_flag;
use crate::review::conditions::requirement::makes_sure;
use crate::review::deltas::delta::{ScopeDelta, does_something};
use crate::review::deltas::slots::each_stmt;
use crate::review::frameworks::declared::more_rules;
use crate::review::frameworks::rules::is_step;
use crate::review::gone::taken::{Piece, leaves};
use std::collections::HashSet;

/// What it is known by, what has happened, and where it stood.
pub(super) type Said<'a> = (String, String, At<'a>);

pub(super) fn lapse<'a>(
    context: &Context<'_>,
    delta: &ScopeDelta<'a>,
    piece: &Piece<'a>,
    dropped: &HashSet<&str>,
) -> Option<Said<'a>> {
    match *piece {
        Piece::Statement(stmt) => statement(delta, stmt, dropped),
        Piece::Around(stmt) => match &stmt.kind {
            StmtKind::If { condition, .. } if asks(condition) => Some((
                format!("if {condition}"),
                format!("did part of its work only if `{condition}`, and now always does it"),
                At::Expr(condition),
            )),
            _ => None,
        },
        Piece::Condition { gone, leaves: true } if asks(&gone.clone().negate()) => Some((
            format!("or {gone}"),
            format!("also stopped where `{gone}`, and now goes on"),
            At::Expr(gone),
        )),
        Piece::Condition {
            gone,
            leaves: false,
        } if asks(gone) => Some((
            format!("and {gone}"),
            format!("also asked for `{gone}`, and no longer does"),
            At::Expr(gone),
        )),
        Piece::Otherwise(stmt) => statement(delta, stmt, dropped),
        Piece::Call(call) => wrapper(call),
        Piece::Argument(call, argument) => passed(context, call, argument),
        Piece::Entry(key, value) if !answers(&delta.after.path) => entry(key, value),
        _ => None,
    }
}

fn statement<'a>(
    delta: &ScopeDelta<'_>,
    stmt: &'a Stmt,
    dropped: &HashSet<&str>,
) -> Option<Said<'a>> {
    let at = At::Stmt(stmt);
    if let StmtKind::Expr(expr) = &stmt.kind {
        let call = act(expr, dropped)?;
        let again = delta.calls_after.iter().any(|it| it.name == call);
        if again || is_an_answer(delta, expr) || field_is_gone(delta, expr) {
            return None;
        }
        let says = match call.strip_prefix('@') {
            Some(_) => format!("no longer has `{expr}`"),
            None => format!("no longer calls `{call}`"),
        };
        return Some((format!("{expr}"), says, at));
    }
    if delta.before.kind != ScopeKind::Function {
        return None;
    }
    if matches!(stmt.kind, StmtKind::Return(None) | StmtKind::Throw(_)) {
        let says = "left at a point where it now goes on".to_owned();
        return Some((stmt.to_string(), says, at));
    }
    if let StmtKind::Assign { target, value, .. } = &stmt.kind {
        return assigned(target, value, dropped).map(|says| (stmt.to_string(), says, at));
    }
    if lets_through(stmt) {
        return None;
    }
    if let StmtKind::If { condition, .. } = &stmt.kind
        && (asks_a_flag(condition) || more_rules(delta.file))
    {
        return None;
    }
    let effect = effect(delta, stmt, dropped)?;
    let says = match &stmt.kind {
        StmtKind::If { condition, .. } => match effect {
            Effect::Leaves => {
                format!("stopped in a case that it no longer looks at: `{condition}`")
            }
            Effect::Calls(name) => {
                format!("called `{name}` where `{condition}`, and no longer does")
            }
            Effect::Sets(name) => {
                format!("changed `{name}` where `{condition}`, and no longer does")
            }
        },
        StmtKind::Block(_)
        | StmtKind::Loop { .. }
        | StmtKind::Switch { .. }
        | StmtKind::Try { .. }
        | StmtKind::With { .. } => match effect {
            Effect::Calls(name) => format!("no longer calls `{name}`"),
            Effect::Sets(name) => format!("no longer sets `{name}`"),
            Effect::Leaves => return None,
        },
        _ => return None,
    };
    Some((stmt.to_string(), says, at))
}

/// Whether it is the last line of a function that answers with a local name, as Ruby's do.
fn is_an_answer(delta: &ScopeDelta<'_>, expr: &Expr) -> bool {
    let ExprKind::Call(callee, arguments) = &expr.kind else {
        return false;
    };
    let mut assigned = false;
    if arguments.is_empty() {
        each_stmt(&delta.before.body, &mut |it| {
            assigned |= matches!(&it.kind, StmtKind::Assign { target, .. } if *target == **callee);
        });
    }
    assigned && matches!(callee.kind, ExprKind::Name(_))
}

/// Whether an annotation went with the field that it was for: `@BeforeSave(field)`.
fn field_is_gone(delta: &ScopeDelta<'_>, expr: &Expr) -> bool {
    let ExprKind::Call(callee, arguments) = &expr.kind else {
        return false;
    };
    let field = arguments.first().map(|it| it.value.last_name());
    callee.last_name().starts_with('@')
        && field.is_some_and(|it| !delta.file.after.text.contains(it))
}

/// Whether what a statement does lets more through, or throws something away.
fn lets_through(stmt: &Stmt) -> bool {
    let mut found = false;
    each_stmt(std::slice::from_ref(stmt), &mut |it| {
        if let StmtKind::Expr(value) | StmtKind::Assign { value, .. } = &it.kind
            && let ExprKind::Call(callee, _) = &value.kind
        {
            found |= loosens(callee.last_name());
        }
    });
    found
}

/// What a statement does for others to see.
enum Effect {
    Leaves,
    Calls(String),
    Sets(String),
}

fn effect(delta: &ScopeDelta<'_>, stmt: &Stmt, dropped: &HashSet<&str>) -> Option<Effect> {
    let mut found = None;
    each_stmt(std::slice::from_ref(stmt), &mut |it| {
        if found.is_some() {
            return;
        }
        found = match &it.kind {
            StmtKind::Expr(expr) => act(expr, dropped)
                .filter(|name| !delta.calls_after.iter().any(|it| it.name == *name))
                .map(|it| Effect::Calls(it.to_owned())),
            StmtKind::Assign { target, value, .. } => match called(target, value, dropped) {
                Some(name) => Some(Effect::Calls(name.to_owned())),
                None => {
                    let name = target.first_name();
                    let right = puts_right(target, value);
                    (right && !name.is_empty() && !dropped.contains(name) && !fails(target))
                        .then(|| Effect::Sets(target.to_string()))
                }
            },
            _ if leaves(it) => Some(Effect::Leaves),
            _ => None,
        };
    });
    found
}

/// What is no longer done where a value is no longer given to something.
fn assigned(target: &Expr, value: &Expr, dropped: &HashSet<&str>) -> Option<String> {
    if let Some(name) = called(target, value, dropped) {
        return Some(format!("no longer calls `{name}`"));
    }
    // `self.orders = orders`: what is handed in is kept. Plain values are the matter of others.
    let kept = matches!(
        value.kind,
        ExprKind::Name(_) | ExprKind::Bool(_) | ExprKind::Null
    );
    match &target.kind {
        ExprKind::Name(name) if !dropped.contains(name.as_str()) && !fails(target) => (!kept
            && reads(value, target))
        .then(|| format!("no longer changes `{name}` before it goes on")),
        ExprKind::Member(object, _) if !kept && !dropped.contains(object.first_name()) => {
            Some(format!("no longer sets `{target}`"))
        }
        _ => None,
    }
}

/// Whether a value is changed, or replaced by a plain one; giving it another one is a feature.
fn puts_right(target: &Expr, value: &Expr) -> bool {
    let plain = matches!(
        value.kind,
        ExprKind::Text(_)
            | ExprKind::Number(_)
            | ExprKind::Bool(_)
            | ExprKind::Null
            | ExprKind::List(_)
    );
    !matches!(target.kind, ExprKind::Name(_)) || plain || reads(value, target)
}

fn reads(value: &Expr, target: &Expr) -> bool {
    let mut found = false;
    value.walk(&mut |it| found |= it == target);
    found
}

/// The call whose error is all that is kept of it: `err = save(order)`.
fn called<'a>(target: &Expr, value: &'a Expr, dropped: &HashSet<&str>) -> Option<&'a str> {
    fails(target).then(|| act(value, dropped)).flatten()
}

/// Whether a name is that of an error.
fn fails(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Name(name) if matches!(name.as_str(), "err" | "error"))
}

/// The call that a statement is there for, where it does more than note something, and does not let
/// more through or throw something away.
fn act<'a>(expr: &'a Expr, dropped: &HashSet<&str>) -> Option<&'a str> {
    let call = match &expr.kind {
        ExprKind::Propagate(inner) => inner,
        _ => expr,
    };
    let ExprKind::Call(callee, _) = &call.kind else {
        return None;
    };
    let name = callee.last_name();
    let on_dropped =
        matches!(callee.kind, ExprKind::Member(..)) && dropped.contains(callee.first_name());
    let acts =
        !name.is_empty() && does_something(name) && !loosens(name) && !makes_sure(&words(name));
    (acts && !on_dropped && !notes(callee)).then_some(name)
}

/// A call around a value that is used as it is now.
fn wrapper(call: &Expr) -> Option<Said<'_>> {
    let ExprKind::Call(callee, arguments) = &call.kind else {
        return None;
    };
    // `Window{size: 4}` puts values together.
    let literal = |it: &Argument| matches!(it.value.kind, ExprKind::Map(_));
    let name = callee.last_name();
    let error = name.ends_with("Exception") || name.ends_with("Error");
    if error || arguments.iter().any(literal) || converts(name) || notes(callee) || name.is_empty()
        // Read with all the rules around it.
        || is_step(name)
    {
        return None;
    }
    Some((
        call.to_string(),
        format!("passed a value through `{name}`, and now uses it as it is"),
        At::Expr(call),
    ))
}

/// An option that a call of something that did not change itself no longer gets.
fn passed<'a>(context: &Context<'_>, call: &'a Expr, argument: &'a Argument) -> Option<Said<'a>> {
    let ExprKind::Call(callee, _) = &call.kind else {
        return None;
    };
    let mut changed = false;
    callee.walk(&mut |it| {
        if let ExprKind::Name(name) | ExprKind::Member(_, name) = &it.kind {
            changed |= context.resigned().contains(name.as_str());
        }
    });
    let option = match &argument.name {
        // What something is called, or what is said of it, protects nobody.
        Some(name) => {
            !looks(name)
                && !matches!(
                    name.as_str(),
                    "name"
                        | "comment"
                        | "label"
                        | "description"
                        | "verbose_name"
                        | "help_text"
                        | "title"
                )
        }
        None => matches!(argument.value.kind, ExprKind::Map(_)),
    };
    let name = callee.last_name();
    changed |= call.to_string().starts_with('@');
    if changed || !option || notes(callee) || reads_ahead(name) || name.is_empty() {
        return None;
    }
    Some((
        format!("{name} with {argument}"),
        format!("no longer passes `{argument}` to `{name}`"),
        At::Expr(&argument.value),
    ))
}

/// Whether a call says what is to be read together with the rest, so that it is read faster.
fn reads_ahead(name: &str) -> bool {
    matches!(
        name,
        "includes"
            | "preload"
            | "eager_load"
            | "with"
            | "load"
            | "select_related"
            | "prefetch_related"
    )
}

/// An entry that a map of options or conditions no longer has.
fn entry<'a>(key: &'a Expr, value: &'a Expr) -> Option<Said<'a>> {
    let plain = matches!(
        value.kind,
        ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::Member(..) | ExprKind::Name(_)
    );
    let named = !matches!(key.kind, ExprKind::Null) && !looks(&key.to_string());
    (plain && named).then(|| {
        (
            format!("with {key}: {value}"),
            format!("no longer passes on `{key}: {value}`"),
            At::Expr(value),
        )
    })
}
