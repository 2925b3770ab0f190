//! Lists of what must not be written into logs.

use crate::facts::tree::{Expr, ExprKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::deltas::slots::{self, Slot};
use crate::review::record::finding::Finding;

/// Names of secrets that were kept out of logs and no longer are: Rails' `filter_parameters`, pino's
/// `redact`.
pub(crate) fn uncovered(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        let listed = |it: &Slot<'_>| hides(it.name) && entries(it.value).is_some();
        let changes = slots::changes(delta.before, delta.after, &delta.renames, &listed);
        for (before, after) in changes.changed {
            let (Some(was), Some(is)) = (entries(before.value), entries(after.value)) else {
                continue;
            };
            let fits = |it: &str, other: &str| {
                let [it, other] = [it, other].map(str::to_ascii_lowercase);
                it.contains(&other)
            };
            let named = |it: &&String| {
                let count = |text: &str| text.matches(it.as_str()).count();
                let had: usize = context.files.iter().map(|it| count(it.before.text)).sum();
                let has: usize = context.files.iter().map(|it| count(it.after.text)).sum();
                secret(it) && !is.iter().any(|other| fits(it, other)) && has < had
            };
            let Some(gone) = was.iter().find(named) else {
                continue;
            };
            out.push(
                Finding::new(delta.file, delta.symbol(), format!("{} {gone}", after.name))
                    .before(before.line, delta.base_file.before.code(&before.span))
                    .after(after.line, delta.file.after.code(&after.span))
                    .says(
                        format!(
                            "`{gone}` was kept out of the logs (`{}`), and no longer is. Whoever can read the logs can read what people send there.",
                            after.name
                        ),
                        "Put it back into the list.",
                    ),
            );
        }
    }
}

/// Whether a list of this name says what logs must not show.
fn hides(name: &str) -> bool {
    let found = words(name);
    let any = |list: &[&str]| found.iter().any(|it| list.contains(&it.as_str()));
    let verbs = [
        "filter",
        "filtered",
        "mask",
        "masked",
        "redact",
        "redacted",
        "scrub",
        "scrubbed",
        "sensitive",
    ];
    let things = [
        "attributes",
        "fields",
        "headers",
        "keys",
        "parameters",
        "params",
        "paths",
    ];
    any(&verbs) && (any(&things) || found.len() == 1 && name == "redact")
}

/// The texts of a list, where it is nothing else.
fn entries(value: &Expr) -> Option<Vec<String>> {
    let ExprKind::List(parts) = &value.kind else {
        return None;
    };
    let texts = parts.iter().filter_map(|it| match &it.kind {
        ExprKind::Text(text) => Some(text.clone()),
        _ => None,
    });
    let texts: Vec<String> = texts.collect();
    (texts.len() == parts.len()).then_some(texts)
}

/// Whether a field of this name holds what nobody else may know.
fn secret(name: &str) -> bool {
    const PARTS: &[&str] = &[
        "passw",
        "secret",
        "token",
        "_key",
        "apikey",
        "authorization",
        "cookie",
        "card",
        "iban",
    ];
    const WORDS: &[&str] = &["cvc", "cvv", "otp", "pin", "ssn"];
    let lower = name.to_ascii_lowercase();
    PARTS.iter().any(|it| lower.contains(it))
        || words(name).iter().any(|it| WORDS.contains(&it.as_str()))
}
