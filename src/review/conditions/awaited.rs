//! Calls that were waited for and no longer are.

use crate::change::Class;
use crate::facts::Language;
use crate::facts::fact::{Call, Usage};
use crate::review::Context;
use crate::review::code::{draws, is_tool};
use crate::review::deltas::compare::SideFacts;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::record::finding::{Finding, name_of};

/// What to say of the first call of each function that is `about` something, nobody waits for any
/// more, and does `harm`.
pub fn findings(
    context: &Context<'_>,
    about: &dyn Fn(&str) -> bool,
    harm: &str,
    advice: &str,
) -> Vec<Finding> {
    let found = context.deltas.scopes.iter().filter_map(|delta| {
        let calls = no_longer(context, delta);
        let (before, after) = calls.into_iter().find(|it| about(&it.0.name))?;
        let finding = Finding::new(
            delta.file,
            delta.symbol(),
            format!("await {}", before.callee),
        )
        .before(before.place.line, &format!("await {}", before.name))
        .after(after.place.line, delta.file.after.code(&after.place.span))
        .says(
            format!(
                "{} no longer waits for `{}`. {harm}",
                name_of(delta.symbol()),
                before.name
            ),
            advice,
        );
        Some(finding)
    });
    found.collect()
}

/// The same call on both sides, `await call()` before and `call()` after.
fn no_longer<'a>(context: &Context<'_>, delta: &'a ScopeDelta<'_>) -> Vec<(&'a Call, &'a Call)> {
    let language = delta.file.after.language;
    let waits = matches!(
        language,
        Some(
            Language::TypeScript
                | Language::Tsx
                | Language::JavaScript
                | Language::Python
                | Language::CSharp
        )
    );
    let aside = draws(delta.file) || is_tool(delta.file) || delta.broken();
    if !waits || aside || delta.file.class != Class::Source {
        return Vec::new();
    }
    let (was, is) = (&delta.base_file.before, &delta.file.after);
    let mut open: Vec<&Call> = delta
        .calls_after
        .iter()
        .copied()
        .filter(|it| stands_alone(it) || thrown_away(it))
        .collect();
    let mut out = Vec::new();
    for before in delta.calls_before.iter().copied().filter(stands_alone) {
        let same = |it: &&Call| it.callee == before.callee && it.arguments == before.arguments;
        let Some(index) = open.iter().position(same) else {
            continue;
        };
        let after = open.remove(index);
        if awaited(was, before) && !awaited(is, after) && !on_purpose(is, after) {
            out.push((before, after));
        }
    }
    out.retain(|(before, _)| !waits_for_nothing(context, &before.name));
    out
}

/// Whether nothing is done with what a call answers.
fn stands_alone(call: &&Call) -> bool {
    call.result == Usage::Ignored
}

/// C#'s `_ = call()`.
fn thrown_away(call: &Call) -> bool {
    call.target.as_deref() == Some("_")
}

fn lead<'t>(side: &SideFacts<'t>, call: &Call) -> &'t str {
    let text = side.text.get(..call.place.span.start as usize);
    text.unwrap_or_default().trim_end()
}

fn awaited(side: &SideFacts<'_>, call: &Call) -> bool {
    let own = side.code(&call.place.span).starts_with("await ");
    own || lead(side, call).ends_with("await")
}

/// `void call()` says that nobody waits.
fn on_purpose(side: &SideFacts<'_>, call: &Call) -> bool {
    lead(side, call).ends_with("void") || side.code(&call.place.span).starts_with("void ")
}

/// Whether there is nothing to wait for any more: the function of this name became synchronous in
/// the change, or nobody who calls it waits now.
fn waits_for_nothing(context: &Context<'_>, name: &str) -> bool {
    let calls = |side: &SideFacts<'_>, waiting: bool| {
        let named = side.facts.calls.iter().filter(|it| it.name == name);
        named.filter(|it| awaited(side, it) == waiting).count()
    };
    let files = || context.files.iter();
    let before: usize = files().map(|it| calls(&it.before, true)).sum();
    let after: usize = files().map(|it| calls(&it.after, true)).sum();
    let defined = files().any(|it| {
        let scopes = &it.after.tree.scopes;
        scopes.iter().any(|scope| {
            let code = it.after.code(&scope.span);
            scope.name == name
                && !code
                    .split(['{', ':'])
                    .next()
                    .unwrap_or_default()
                    .contains("async")
        })
    });
    defined || before > 1 && after == 0
}
