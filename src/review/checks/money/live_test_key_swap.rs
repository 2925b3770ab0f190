use crate::facts::setting::Setting;
use crate::facts::tree::ExprKind;
use crate::review::Context;
use crate::review::deltas::slots::{each_expr, touched};
use crate::review::record::finding::{Finding, name_of};
use smol_str::SmolStr;
use std::collections::{BTreeMap, HashMap};

check! {
    /// Code or configuration that used a payment provider's test side now uses the live one.
    ///
    /// ## What it does
    /// Compares the fixed texts and settings of a file. It speaks when a test key (`sk_test_…`)
    /// became a live one, or a sandbox address became the real one. Example files stay silent.
    ///
    /// ## Why it matters
    /// From the next deploy on real cards are charged and real money moves.
    ///
    /// ## Example
    /// ```sh
    /// STRIPE_KEY=pk_test_123 # before
    /// STRIPE_KEY=pk_live_123 # after
    /// ```
    ///
    /// ## Instead
    /// Switch by a secret of the deployment, not in the code.
    "money/live-test-key-swap", Money, SPEAKS, run
}

/// Which side of a provider a text belongs to: what is live, and what it is live of.
fn live(text: &str) -> Option<&'static str> {
    ["sk_live_", "pk_live_", "rk_live_", "live_"]
        .into_iter()
        .find(|it| text.starts_with(it) && text.len() > it.len() + 2)
}

fn test(text: &str) -> bool {
    ["sk_test_", "pk_test_", "rk_test_", "test_"]
        .iter()
        .any(|it| text.starts_with(it))
}

fn sandbox(text: &str) -> bool {
    let text = text.to_lowercase();
    text.contains("://")
        && [
            "sandbox", "api-test", "-test.", "test-", ".test.", "staging",
        ]
        .iter()
        .any(|it| text.contains(it))
}

/// Whether going from one text to the other starts moving real money.
fn goes_live(before: &str, after: &str) -> bool {
    let short = |it: &str| it.len() < 300;
    if !short(before) || !short(after) || before == after {
        return false;
    }
    (test(before) && live(after).is_some())
        || (sandbox(before)
            && after.contains("://")
            && !sandbox(after)
            && host(before).is_some_and(|old| host(after).is_some_and(|new| related(old, new))))
}

/// Whether both are addresses of the same host, or keys of the same kind.
fn same_side(one: &str, other: &str) -> bool {
    let hosts = host(one).is_some_and(|it| host(other) == Some(it));
    hosts || live(one).is_some_and(|it| live(other) == Some(it))
}

fn host(url: &str) -> Option<&str> {
    let rest = url.split_once("://")?.1;
    Some(rest.split(['/', ':', '?']).next().unwrap_or(rest))
}

/// The same provider: the last two parts of the hosts are the same.
fn related(before: &str, after: &str) -> bool {
    let tail = |it: &str| {
        it.rsplit('.')
            .take(2)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    tail(before) == tail(after)
        && [
            "pay",
            "stripe",
            "braintree",
            "adyen",
            "paddle",
            "square",
            "checkout",
            "billing",
            "charge",
            "bank",
            "wise",
        ]
        .iter()
        .any(|it| after.contains(it))
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for scope in touched(context) {
        let Some(before) = scope.before else { continue };
        let texts = |scope: &crate::facts::tree::Scope| {
            let mut found: BTreeMap<String, u32> = BTreeMap::new();
            each_expr(&scope.body, &mut |it| {
                if let ExprKind::Text(text) = &it.kind {
                    found.insert(text.clone(), it.line);
                }
            });
            found
        };
        let (old, new) = (texts(before), texts(scope.after));
        for (text, line) in &new {
            if old.contains_key(text) {
                continue;
            }
            let from = old
                .iter()
                .find(|it| !new.contains_key(it.0) && goes_live(it.0, text));
            // Both sides by name, before and after: which one is used is decided elsewhere.
            let both = old
                .keys()
                .any(|it| !goes_live(it, text) && same_side(it, text))
                && new.keys().any(|it| goes_live(it, text));
            if let Some((was, at)) = from.filter(|_| !both) {
                let name = &scope.after.path;
                out.push(finding(scope.file, name, (*at, was), (*line, text)));
            }
        }
    }
    for file in context.files {
        let mut known: HashMap<&[SmolStr], &Setting> = HashMap::new();
        for before in &file.before.settings {
            known.entry(&before.path).or_insert(before);
        }
        for after in &file.after.settings {
            if let Some(before) = known.get(&after.path[..])
                && goes_live(&before.value, &after.value)
            {
                let name = after.dotted();
                out.push(finding(
                    file,
                    &name,
                    (before.line, &before.value),
                    (after.line, &after.value),
                ));
            }
        }
    }
}

fn finding(
    file: &crate::review::deltas::compare::FilePair<'_>,
    symbol: &str,
    (old, was): (u32, &str),
    (line, is): (u32, &str),
) -> Finding {
    let path = file.path.to_lowercase();
    let sample = [
        "example", "sample", "template", "test", "spec", "fixture", "mock", "docs/",
    ]
    .iter()
    .any(|it| path.contains(it));
    let hidden = |text: &str| match live(text) {
        Some(prefix) => format!("{prefix}…"),
        None if test(text) => format!("{}…", text.chars().take(8).collect::<String>()),
        None => text.to_owned(),
    };
    Finding::new(file, symbol, format!("{} => {}", hidden(was), hidden(is)))
        .before(old, &hidden(was))
        .after(line, &hidden(is))
        .says(
            format!(
                "{} used the test side of a payment provider and now uses the live one. From the next deploy on real money moves.",
                name_of(symbol)
            ),
            "Switch by a secret of the deployment, not in the code, and say who has agreed to go live.",
        )
        .speaks_if(!sample)
}
