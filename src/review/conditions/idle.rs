//! Conditions whose loss lets nobody through: which error came up, what type a value has, what the
//! function made up or looked up itself.

use crate::facts::tree::{Expr, ExprKind, Operator};
use crate::facts::words::words;
use crate::review::conditions::requirement::acts;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::slots::each_expr;

/// Whether the loss of a condition of a function, which no word tells more about, harms nobody.
pub fn is_idle(delta: &ScopeDelta<'_>, condition: &Expr) -> bool {
    about_an_error(condition)
        || asks_what_it_is(condition)
        || asks_a_flag(condition)
        || made_here(delta, condition)
        || looked_up_no_longer(delta, condition)
        || taken_otherwise(delta, condition)
        || asks_what_was_kept(condition)
}

/// Rust's `if let Ok(it) = read()`, where `read` is still called and its answer taken in another
/// way.
pub fn taken_otherwise(delta: &ScopeDelta<'_>, condition: &Expr) -> bool {
    let ExprKind::Call(matches, arguments) = &condition.kind else {
        return false;
    };
    let [value, pattern] = arguments.as_slice() else {
        return false;
    };
    matches.last_name() == "matches"
        && matches!(pattern.value.last_name(), "Ok" | "Some")
        && matches!(&value.value.kind, ExprKind::Call(..))
        && delta
            .calls_after
            .iter()
            .any(|it| it.name == value.value.last_name())
}

/// Whether a condition asks if an answer was kept from an earlier time.
pub fn asks_what_was_kept(condition: &Expr) -> bool {
    words(condition.last_name())
        .iter()
        .any(|it| matches!(it.as_str(), "cached" | "memoized"))
}

/// Whether a condition asks for nothing but the type of a value, or whether the program is run to
/// look for mistakes in it.
fn asks_what_it_is(condition: &Expr) -> bool {
    match &condition.kind {
        ExprKind::Not(inner) => asks_what_it_is(inner),
        // Go's `value, ok := it.(Type)`.
        ExprKind::Name(name) if name == "ok" => true,
        ExprKind::Call(callee, _) if asks_a_type(callee.last_name()) => true,
        _ => words(&condition.to_string())
            .iter()
            .any(|it| matches!(it.as_str(), "debug" | "instanceof")),
    }
}

/// `isinstance`, `is_string`: whether a function says what type a value has.
fn asks_a_type(name: &str) -> bool {
    let types = [
        "array", "bool", "float", "int", "integer", "numeric", "object", "scalar", "string",
    ];
    name == "isinstance"
        || name
            .strip_prefix("is_")
            .is_some_and(|it| types.contains(&it))
}

/// Whether a condition asks for the flag of a feature: one that is on for everyone needs none.
pub fn asks_a_flag(condition: &Expr) -> bool {
    words(&condition.to_string()).iter().any(|it| {
        matches!(
            it.as_str(),
            "flag" | "flags" | "feature" | "features" | "flipper"
        )
    })
}

/// Whether what a condition asks about was made up by the function itself: `len(generated) != 12`.
pub fn made_here(delta: &ScopeDelta<'_>, condition: &Expr) -> bool {
    let side = &delta.base_file.before;
    side.facts.assignments.iter().any(|it| {
        let makes = words(it.value.last_name())
            .first()
            .is_some_and(|first| matches!(first.as_str(), "generate" | "random" | "rand"));
        let first = match &it.target.kind {
            ExprKind::List(parts) => parts.first(),
            _ => Some(&it.target),
        };
        let Some(ExprKind::Name(target)) = first.map(|it| &it.kind) else {
            return false;
        };
        makes && std::ptr::eq(&side.tree.scopes[it.place.scope], delta.before) && {
            let mut asked = false;
            condition.walk(&mut |part| {
                asked |= matches!(&part.kind, ExprKind::Name(name) if name == target);
            });
            asked
        }
    })
}

/// Whether a condition asks if a local is there that the function no longer has.
fn looked_up_no_longer(delta: &ScopeDelta<'_>, condition: &Expr) -> bool {
    let local = match &condition.kind {
        ExprKind::Not(inner) => inner,
        ExprKind::Binary(Operator::Equal | Operator::NotEqual, left, right) => {
            match (&left.kind, &right.kind) {
                (ExprKind::Null, _) => right,
                (_, ExprKind::Null) => left,
                _ => return false,
            }
        }
        _ => condition,
    };
    let ExprKind::Name(local) = &local.kind else {
        return false;
    };
    let mut still = false;
    each_expr(&delta.after.body, &mut |it| {
        still |= matches!(&it.kind, ExprKind::Name(name) if name == local);
    });
    !still
}

/// Whether a condition asks which error has come up: that is handling, not refusing.
pub fn about_an_error(condition: &Expr) -> bool {
    let fails = |it: &Expr| {
        // `err.code`.
        let it = match &it.kind {
            ExprKind::Member(object, name)
                if matches!(name.as_str(), "code" | "Code" | "errno" | "Number") =>
            {
                object
            }
            _ => it,
        };
        let name = it.last_name();
        matches!(name, "err" | "error" | "e" | "ex" | "exception" | "failure")
            || ["Err", "Error", "Exception"]
                .iter()
                .any(|it| name.ends_with(it))
            || name.starts_with("Err") && name[3..].starts_with(char::is_uppercase)
    };
    match &condition.kind {
        ExprKind::Not(inner) => about_an_error(inner),
        // `errors.As(err, &e) && e.Code == "40001"`.
        ExprKind::Binary(Operator::And | Operator::Or, left, right) => {
            about_an_error(left) || about_an_error(right)
        }
        ExprKind::Binary(operator, left, right) if operator.compares() => {
            let ended = matches!(
                left.last_name(),
                "code" | "exitCode" | "exit_code" | "returncode"
            ) && matches!(&right.kind, ExprKind::Number(number) if number == "0");
            ended || fails(left) || fails(right)
        }
        // `errors.Is(err, ErrNotExist)`.
        ExprKind::Call(_, arguments) if arguments.iter().any(|it| fails(&it.value)) => true,
        // `if !file.move(to) { … }`: what was done went wrong.
        ExprKind::Call(callee, _) => acts(callee.last_name()),
        _ => false,
    }
}
