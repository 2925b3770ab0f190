//! Regular expressions, and what ties them to the beginning and the end of a text.

use crate::facts::tree::{Expr, ExprKind, Scope};
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::slots::each_expr;
use crate::review::record::finding::Finding;

/// Patterns that had to match the whole text and now match any part of it.
pub fn untied(delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    let texts = |scope: &Scope| {
        let mut found: Vec<Expr> = Vec::new();
        each_expr(&scope.body, &mut |it| {
            if matches!(&it.kind, ExprKind::Text(text) if text.len() > 3) {
                found.push(it.clone());
            }
        });
        found
    };
    let (before, after) = (texts(delta.before), texts(delta.after));
    for was in before.iter().filter(|it| !after.contains(it)) {
        let ExprKind::Text(old) = &was.kind else {
            continue;
        };
        let Some(is) = after.iter().find(|it| {
            matches!(&it.kind, ExprKind::Text(new) if *new != *old && bare(new) == bare(old) && loosened(old, new))
        }) else {
            continue;
        };
        out.push(
            Finding::new(delta.file, delta.symbol(), format!("pattern {old}"))
                .before(was.line, delta.base_file.before.code(&was.span))
                .after(is.line, delta.file.after.code(&is.span))
                .says(
                    format!(
                        "A pattern in `{}` had to match from its first to its last character, and now any part may match. What only contains something allowed gets through.",
                        delta.symbol()
                    ),
                    "Put the anchors back.",
                ),
        );
    }
}

/// What stands between the slashes of a pattern that is written with them, `/^a$/i`.
fn unslashed(pattern: &str) -> &str {
    let inside = pattern.strip_prefix('/').and_then(|it| it.rsplit_once('/'));
    match inside {
        Some((inside, flags)) if flags.chars().all(|it| it.is_ascii_lowercase()) => inside,
        _ => pattern,
    }
}

/// A pattern without what ties it to the beginning and the end.
fn bare(pattern: &str) -> &str {
    let pattern = unslashed(pattern);
    let start = ["^", "\\A"].iter().find_map(|it| pattern.strip_prefix(it));
    let pattern = start.unwrap_or(pattern);
    let end = ["$", "\\z", "\\Z"]
        .iter()
        .find_map(|it| pattern.strip_suffix(it));
    end.unwrap_or(pattern)
}

/// Whether a tie is gone, and none is new.
fn loosened(old: &str, new: &str) -> bool {
    let ties = |it: &str| {
        let it = unslashed(it);
        let start = it.starts_with('^') || it.starts_with("\\A");
        let end = ["$", "\\z", "\\Z"].iter().any(|tie| it.ends_with(tie));
        (start, end)
    };
    let ((a, b), (c, d)) = (ties(old), ties(new));
    // A lone sign at one end may be anything.
    let pattern = old.contains(['[', '(', '\\', '+', '*']);
    pattern && a >= c && b >= d && (a, b) != (c, d)
}
