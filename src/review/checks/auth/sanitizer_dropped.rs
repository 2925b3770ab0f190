use crate::facts::fact::Call;
use crate::facts::tree::{Expr, ExprKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::code::draws;
use crate::review::delta::ScopeDelta;
use crate::review::finding::Finding;

check! {
    /// A value is used as it came in, without the cleaning that stood around it.
    ///
    /// ## What it does
    /// Speaks when a value was cleaned, escaped or kept inside a folder before it was used, and is
    /// now used directly by the same call.
    ///
    /// ## Why it matters
    /// What comes from outside can then reach other files, other pages or other people's browsers.
    ///
    /// ## Example
    /// ```go
    /// os.Open(filepath.Join(root, sanitizePath(name)))
    /// os.Open(filepath.Join(root, name))
    /// ```
    ///
    /// ## Instead
    /// Keep the cleaning where the value is used.
    "auth/sanitizer-dropped", Auth, SPEAKS, run
}

fn cleans(name: &str) -> bool {
    words(name).iter().any(|it| {
        matches!(
            it.as_str(),
            "sanitize"
                | "sanitized"
                | "sanitizer"
                | "sanitise"
                | "clean"
                | "cleaned"
                | "escape"
                | "escaped"
                | "purify"
                | "canonical"
                | "canonicalize"
                | "basename"
                | "quote"
                | "strip"
                | "safe"
                | "normalize"
                | "validated"
                | "realpath"
                | "htmlspecialchars"
                | "htmlentities"
                | "escapeshellarg"
        )
    }) && !words(name)
        .iter()
        .any(|it| matches!(it.as_str(), "html_safe" | "cleanup" | "unsafe" | "unescape"))
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        if draws(delta.file) {
            continue;
        }
        for (before, after) in &delta.calls_changed {
            if let Some((cleaner, value)) = unwrapped(before, after) {
                out.push(finding(context, delta, before, after, cleaner, value));
            }
        }
    }
}

/// `f(clean(x))` that is now `f(x)`.
fn unwrapped<'a>(before: &'a Call, after: &Call) -> Option<(&'a str, &'a Expr)> {
    before
        .arguments
        .iter()
        .zip(&after.arguments)
        .find_map(|(old, new)| {
            let bare = !matches!(new.value.kind, ExprKind::Text(_) | ExprKind::Number(_));
            bare.then(|| cleaned(&old.value, &new.value)).flatten()
        })
}

/// The cleaner around `value` inside an expression, however many calls deep.
fn cleaned<'a>(expr: &'a Expr, value: &Expr) -> Option<(&'a str, &'a Expr)> {
    let ExprKind::Call(callee, arguments) = &expr.kind else {
        return None;
    };
    let name = callee.last_name();
    for argument in arguments {
        if argument.value == *value {
            return cleans(name).then_some((name, &argument.value));
        }
        if let Some((inner, value)) = cleaned(&argument.value, value) {
            return Some((inner, value));
        }
    }
    None
}

fn finding(
    context: &Context<'_>,
    delta: &ScopeDelta<'_>,
    before: &Call,
    after: &Call,
    cleaner: &str,
    value: &Expr,
) -> Finding {
    let [old, new] = context.deltas.call_counts(cleaner);
    Finding::new(delta.file, delta.symbol(), format!("{cleaner}({value})"))
        .before(before.place.line, delta.base_file.before.code(&before.place.span))
        .after(after.place.line, delta.file.after.code(&after.place.span))
        .says(
            format!(
                "`{}` passed `{value}` through `{cleaner}` and now uses it as it came in. Somebody could put something harmful there.",
                delta.symbol()
            ),
            "Keep the cleaning where the value is used.",
        )
        .speaks_if(new < old && !delta.calls_gained.iter().any(|it| cleans(&it.name)))
}
