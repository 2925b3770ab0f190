//! How short a password may be.

use crate::change::Class;
use crate::facts::fact::Call;
use crate::facts::setting::Setting;
use crate::facts::tree::{Expr, ExprKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::literals::{literals, mentions};
use crate::review::deltas::settings::{compare_in, local, unreadable};
use crate::review::deltas::slots::number;
use crate::review::record::finding::{Finding, name_of};

/// Passwords of fewer characters are guessed.
const SHORT: f64 = 8.0;

/// Passwords that may newly be shorter than is safe.
pub(crate) fn shorter(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        if !local(&delta.file.path) {
            called(delta, out);
        }
    }
    for file in context.files {
        let read = file.class == Class::Source && file.before.exists && file.after.exists;
        if !read
            || unreadable(file)
            || local(&file.path)
            || !mentions(file, &["assword", "ASSWORD"])
        {
            continue;
        }
        let code = (literals(&file.before), literals(&file.after));
        for (before, after) in [code, (&file.before.settings, &file.after.settings)] {
            for (was, is) in compare_in(file, before, after).changed {
                let (Some(old), Some(new)) = (least(was), least(is)) else {
                    continue;
                };
                if length(is) && falls(old, new) {
                    let symbol = is.path.first().map_or("", |it| it.as_str());
                    out.push(
                        finding(file, symbol, old, new)
                            .before(was.line, &format!("{}: {}", was.key(), was.value))
                            .after(is.line, &format!("{}: {}", is.key(), is.value)),
                    );
                }
            }
        }
    }
}

fn falls(old: f64, new: f64) -> bool {
    // Less than this is no length, but how many digits there have to be.
    old >= 6.0 && new < old && (0.0..SHORT).contains(&new)
}

fn finding(file: &FilePair<'_>, symbol: &str, old: f64, new: f64) -> Finding {
    Finding::new(file, symbol, format!("passwords of {new}")).says(
        format!(
            "Passwords had to have at least {old} characters, and now {new} are enough (in {}). Short passwords are guessed.",
            name_of(symbol)
        ),
        "Ask for at least eight characters, better for twelve.",
    )
}

/// Laravel's `Password::min(12)` and Rails' `validates :password, length: { minimum: 12 }`.
fn called(delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    for (before, after) in &delta.calls_changed {
        let (Some(old), Some(new)) = (asked(before), asked(after)) else {
            continue;
        };
        if falls(old, new) {
            out.push(
                finding(delta.file, delta.symbol(), old, new)
                    .before(
                        before.place.line,
                        delta.base_file.before.code(&before.place.span),
                    )
                    .after(after.place.line, delta.file.after.code(&after.place.span)),
            );
        }
    }
}

/// How many characters a call asks of a password.
fn asked(call: &Call) -> Option<f64> {
    if call.name == "min" && call.callee.first_name().ends_with("Password") {
        return number(&call.arguments.first()?.value);
    }
    let about = |it: &Expr| matches!(&it.kind, ExprKind::Text(text) if text == "password");
    if call.name != "validates" || !call.arguments.iter().any(|it| about(&it.value)) {
        return None;
    }
    let length = call
        .arguments
        .iter()
        .find(|it| it.name.as_deref() == Some("length"))?;
    let ExprKind::Map(pairs) = &length.value.kind else {
        return None;
    };
    let minimum = |it: &&(Expr, Expr)| matches!(it.0.last_name(), "minimum" | "in" | "within");
    let value = &pairs.iter().find(minimum)?.1;
    number(value).or_else(|| start(&value.to_string()))
}

/// The first number of `8..128`.
fn least(setting: &Setting) -> Option<f64> {
    let text = setting.value.as_str();
    text.parse().ok().or_else(|| start(text))
}

fn start(range: &str) -> Option<f64> {
    let inside = range.strip_prefix("range<").unwrap_or(range);
    let first = inside.split([',', '.']).next()?;
    (first.len() < inside.len())
        .then(|| first.trim().parse().ok())
        .flatten()
}

/// Whether a setting is how long a password has to be.
fn length(setting: &Setting) -> bool {
    let said: Vec<String> = setting.path.iter().flat_map(|part| words(part)).collect();
    let key = words(setting.key());
    let any = |list: &[&str]| key.iter().any(|it| list.contains(&it.as_str()));
    said.iter().any(|it| it == "password" || it == "passwords")
        && any(&["length", "len", "min", "minimum"])
        && !any(&[
            "max", "maximum", "age", "days", "hours", "interval", "minutes", "seconds", "time",
        ])
        && !said
            .iter()
            .any(|it| matches!(it.as_str(), "generate" | "generated" | "random"))
}
