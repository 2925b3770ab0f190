//! How code leaves a function early, and what it says on the way out.

use super::tree::{Expr, ExprKind, Stmt, StmtKind};
use super::words::words;

pub(super) fn is_error(expr: &Expr) -> bool {
    let name = expr.last_name();
    matches!(name, "err" | "error" | "e" | "ex" | "exception")
        || name.ends_with("Err")
        || name.ends_with("Error")
}

/// Calls that do not come back.
pub(super) fn ends(expr: &Expr) -> bool {
    // Rust's `Err(e)?`.
    if let ExprKind::Propagate(inner) = &expr.kind {
        return matches!(&inner.kind, ExprKind::Call(callee, _) if callee.last_name() == "Err");
    }
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
pub(super) fn said(body: &[Stmt]) -> Vec<String> {
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

pub(super) fn denies(word: &str) -> bool {
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

pub(super) fn refused(value: &Expr) -> bool {
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

pub(super) fn refusal_word(word: &str) -> bool {
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
pub(super) fn value_of(body: &[Stmt]) -> Option<Expr> {
    match &body.last()?.kind {
        StmtKind::Return(value) => value.clone(),
        StmtKind::Block(inner) => value_of(inner),
        _ => None,
    }
}

pub(super) fn returned(body: &[Stmt]) -> String {
    body.iter()
        .rev()
        .find_map(|stmt| match &stmt.kind {
            StmtKind::Return(Some(value)) => Some(value.to_string()),
            StmtKind::Continue => Some("continue".to_owned()),
            _ => None,
        })
        .unwrap_or_default()
}
