use crate::facts::fact::{Call, Usage};
use crate::facts::tree::{Expr, ExprKind, Scope, Stmt, StmtKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::code::{draws, is_tool};
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::slots::{each_expr, each_stmt};
use crate::review::frameworks::declared;
use crate::review::frameworks::markup;
use crate::review::frameworks::patterns;
use crate::review::frameworks::uploads;
use crate::review::record::finding::{Finding, name_of};

check! {
    /// A value is used as it came in, without the cleaning that stood around it.
    ///
    /// ## What it does
    /// Speaks when a value was cleaned, escaped or kept inside a folder before it was used, and is
    /// now used directly by the same call, when a declared rule for what is taken or stored is gone,
    /// when an upload is newly kept under the name that its sender chose, or when what was shown as
    /// text is put into a page as it is.
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
    let found = words(name);
    // `generateUrlSafeString` makes something, and cleans nothing.
    let makes = matches!(
        found.first().map(String::as_str),
        Some("generate" | "random" | "make")
    );
    !makes
        && found.iter().any(|it| {
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
        })
        && !found.iter().any(|it| {
            matches!(
                it.as_str(),
                "html_safe" | "cleanup" | "unsafe" | "unescape" | "decode"
            )
        })
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for file in context.files {
        if !is_tool(file) {
            markup::template_unescaped(file, out);
            markup::written_raw(file, out);
        }
    }
    for delta in &context.deltas.scopes {
        markup::put_as_markup(delta, out);
        markup::unconfined(delta, out);
        if draws(delta.file) {
            markup::uncleaned(context, delta, out);
        }
        if draws(delta.file) || is_tool(delta.file) {
            continue;
        }
        inside_out(delta, out);
        corrections(delta, out);
        let from = out.len();
        for (before, after) in &delta.calls_changed {
            if let Some((cleaner, value)) = unwrapped(before, after) {
                out.push(finding(context, delta, before, after, cleaner, value));
            }
        }
        if out.len() == from {
            cleaners_gone(context, delta, out);
        }
        escapes(delta, out);
        uploads::named_by_sender(delta, out);
        declared::calls(context, delta, out);
        declared::parameters(context, delta, out);
        declared::values(delta, out);
        declared::checks(delta, out);
        declared::bounds(delta, out);
        patterns::untied(delta, out);
        markup::shown_raw(context, delta, out);
    }
}

/// `if not is_safe_url(target): target = home` that is gone, where `target` is still used.
fn corrections(delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    for (checked, value, was) in corrected(delta.before) {
        let still = corrected(delta.after).iter().any(|it| it.1 == value);
        let asked = delta.calls_after.iter().any(|it| it.name == checked);
        let used = |it: &&&Call| {
            it.arguments
                .iter()
                .any(|it| matches!(&it.value.kind, ExprKind::Name(name) if *name == value))
        };
        if still || asked || !delta.calls_after.iter().any(|it| used(&it)) {
            continue;
        }
        out.push(
            Finding::new(delta.file, delta.symbol(), format!("{checked} {value}"))
                .before(was.line, delta.base_file.before.line(was.line))
                .near(delta.line_after(was.line))
                .says(
                    format!(
                        "{} used `{value}` only where `{checked}` found nothing wrong with it, and something harmless otherwise. Now it uses whatever comes in.",
                        name_of(delta.symbol())
                    ),
                    "Ask again before it is used.",
                ),
        );
    }
}

/// Values that are replaced where a check by name refuses them: the check, the value, the place.
fn corrected(scope: &Scope) -> Vec<(String, String, &Stmt)> {
    let checks = |it: &Expr| -> Option<(String, Vec<String>)> {
        let ExprKind::Not(inner) = &it.kind else {
            return None;
        };
        let ExprKind::Call(callee, arguments) = &inner.kind else {
            return None;
        };
        let safe = words(callee.last_name()).iter().any(|it| {
            matches!(
                it.as_str(),
                "safe" | "allowed" | "valid" | "local" | "trusted" | "internal"
            )
        });
        let names = arguments.iter().filter_map(|it| match &it.value.kind {
            ExprKind::Name(name) => Some(name.clone()),
            _ => None,
        });
        safe.then(|| (callee.last_name().to_owned(), names.collect()))
    };
    let mut out = Vec::new();
    each_stmt(&scope.body, &mut |it| {
        if let StmtKind::If {
            condition, then, ..
        } = &it.kind
            && let Some((check, names)) = checks(condition)
            && let [only] = then.as_slice()
            && let StmtKind::Assign { target, .. } = &only.kind
            && let ExprKind::Name(target) = &target.kind
            && names.contains(target)
        {
            out.push((check, target.clone(), it));
        }
    });
    out
}

/// `clean(render(text))` that is `render(clean(text))` now: what comes out last is not cleaned.
fn inside_out(delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    let cleaner = |name: &str| {
        let found = words(name);
        !found.iter().any(|it| it == "unescape")
            && found.iter().any(|it| {
                matches!(
                    it.as_str(),
                    "clean" | "sanitize" | "sanitise" | "purify" | "bleach" | "escape"
                )
            })
    };
    let pairs = |scope: &Scope, outer_cleans: bool| {
        let mut found: Vec<(String, String, Expr)> = Vec::new();
        each_expr(&scope.body, &mut |it| {
            let ExprKind::Call(outer, arguments) = &it.kind else {
                return;
            };
            let Some(ExprKind::Call(inner, _)) = arguments.first().map(|it| &it.value.kind) else {
                return;
            };
            let (outer, inner) = (outer.last_name(), inner.last_name());
            if cleaner(outer) == outer_cleans && cleaner(inner) != outer_cleans {
                found.push((outer.to_owned(), inner.to_owned(), it.clone()));
            }
        });
        found
    };
    let after = pairs(delta.after, false);
    for (cleans, makes, was) in pairs(delta.before, true) {
        let Some((_, _, is)) = after.iter().find(|it| it.0 == makes && it.1 == cleans) else {
            continue;
        };
        out.push(
            Finding::new(delta.file, delta.symbol(), format!("{makes}({cleans})"))
                .before(was.line, delta.base_file.before.code(&was.span))
                .after(is.line, delta.file.after.code(&is.span))
                .says(
                    format!(
                        "`{}` cleaned what `{makes}` made of a text, and now cleans the text before `{makes}` works on it. What `{makes}` makes of it is used as it comes out.",
                        delta.symbol()
                    ),
                    "Clean last, right before the value is used.",
                ),
        );
    }
}

/// Whether a call cleans for nothing but safety: by its name, or by what it is called on.
fn surely_cleans(call: &Call) -> bool {
    let safe = |it: &String| {
        matches!(
            it.as_str(),
            "sanitize"
                | "sanitized"
                | "sanitise"
                | "escape"
                | "escaped"
                | "purify"
                | "canonicalize"
                | "basename"
                | "realpath"
                | "htmlspecialchars"
                | "htmlentities"
                | "escapeshellarg"
        )
    };
    let does = |it: &String| {
        matches!(
            it.as_str(),
            "sanitizer" | "purifier" | "escaper" | "dompurify" | "bleach"
        )
    };
    let found = words(&call.name);
    let object = match &call.callee.kind {
        ExprKind::Member(object, _) => words(object.last_name()),
        _ => Vec::new(),
    };
    !found
        .iter()
        .any(|it| matches!(it.as_str(), "unescape" | "decode" | "new"))
        && (found.iter().any(safe) || object.iter().any(does))
}

/// A call that cleaned a value is gone, and the value is still used.
fn cleaners_gone(context: &Context<'_>, delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    for call in &delta.calls_lost {
        let sure = surely_cleans(call);
        let value = match (call.arguments.as_slice(), &call.callee.kind) {
            ([only], _) => &only.value,
            ([first, ..], _) if sure => &first.value,
            ([], ExprKind::Member(object, _)) if sure => object,
            _ => continue,
        };
        let stays = |it: &&Call| {
            let mut found = false;
            for argument in &it.arguments {
                argument.value.walk(&mut |part| found |= *part == *value);
            }
            found
        };
        let [before, after] = context.deltas.call_counts(&call.name);
        let gone = context.deltas.gone(&call.name)
            || context.alone().gone.contains(&call.name)
            || sure && after < before;
        if !(cleans(&call.name) && call.result == Usage::Used || sure)
            || !gone
            || context.deltas.extracted(delta)
            || matches!(value.kind, ExprKind::Text(_) | ExprKind::Number(_))
        {
            continue;
        }
        // `sanitize(name.replace(…))` in a page that now holds `name.replace(…)` by itself.
        let root = value.first_name();
        let in_markup = sure && !root.is_empty() && markup::shown_in_markup(delta.after, root);
        let used = in_markup
            || delta.calls_after.iter().copied().find(stays).is_some()
            || mentions(delta, value);
        let cleaned = |it: &Call| cleans(&it.name) || surely_cleans(it);
        out.push(
            Finding::new(delta.file, delta.symbol(), format!("{}({value})", call.name))
                .before(call.place.line, delta.base_file.before.code(&call.place.span))
                .near(delta.line_after(call.place.line))
                .says(
                    format!(
                        "{} passed `{value}` through `{}`, and now uses it as it came in. Somebody could put something harmful there.",
                        name_of(delta.symbol()),
                        call.name
                    ),
                    "Keep the cleaning where the value is used.",
                )
                .speaks_if(used && !delta.calls_gained.iter().any(cleaned)),
        );
    }
}

/// Whether the function still uses a value.
fn mentions(delta: &ScopeDelta<'_>, value: &Expr) -> bool {
    let mut found = false;
    each_expr(&delta.after.body, &mut |it| found |= *it == *value);
    found
}

/// Signs with a meaning that were written so that they have none: `name.replace("%", "\\%")`.
fn escapes(delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    if delta.calls_gained.iter().any(escapes_a_sign) {
        return;
    }
    let gone = delta.calls_lost.iter().find(|it| escapes_a_sign(it));
    let Some((call, value)) = gone.and_then(|it| Some((it, escaped(it)?))) else {
        return;
    };
    out.push(
        Finding::new(delta.file, delta.symbol(), format!("{} {value}", call.name))
            .before(call.place.line, delta.base_file.before.code(&call.place.span))
            .near(delta.line_after(call.place.line))
            .says(
                format!(
                    "{} escaped signs with a meaning in `{value}`, and now uses it as it came in. Somebody could put something harmful there.",
                    name_of(delta.symbol())
                ),
                "Escape them where the value is used, or hand the value over where it has no meaning.",
            )
            .speaks_if(mentions(delta, value)),
    );
}

/// The value that a chain of replacements begins with.
fn escaped(call: &Call) -> Option<&Expr> {
    let mut open = match &call.callee.kind {
        ExprKind::Member(object, _) => &**object,
        _ => return None,
    };
    while let ExprKind::Call(callee, _) = &open.kind
        && let ExprKind::Member(object, _) = &callee.kind
    {
        open = object;
    }
    Some(open)
}

/// Whether a call replaces a sign by the same sign without its meaning.
fn escapes_a_sign(call: &Call) -> bool {
    let [sign, written, ..] = call.arguments.as_slice() else {
        return false;
    };
    let (ExprKind::Text(sign), ExprKind::Text(written)) = (&sign.value.kind, &written.value.kind)
    else {
        return false;
    };
    let bare = sign.trim_start_matches('\\');
    matches!(
        call.name.as_str(),
        "replace" | "replaceAll" | "replace_all" | "gsub" | "Replace" | "ReplaceAll"
    ) && sign.chars().count() <= 2
        && !sign.chars().any(char::is_alphanumeric)
        && (written.starts_with('\\') && written.ends_with(bare) && written.len() > sign.len()
            || written.starts_with('&') && written.ends_with(';')
            || *written == sign.repeat(2))
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
