//! Calls that were waited for and no longer are.

use crate::change::Class;
use crate::facts::Language;
use crate::facts::fact::{Call, Usage};
use crate::facts::tree::{Scope, ScopeKind};
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

/// Checks that answer at once no longer, since they became asynchronous in the change, and whose
/// answer is taken for a yes without anybody waiting for it.
pub fn taken_for_yes(context: &Context<'_>, about: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    let mut out = Vec::new();
    for delta in &context.deltas.scopes {
        let name = delta.after.name.as_str();
        let was = asynchronous(&delta.base_file.before, delta.before);
        let others = context.files.iter().flat_map(|it| {
            let named = it.after.tree.scopes.iter().filter(|it| it.name == name);
            named.map(|scope| asynchronous(&it.after, scope))
        });
        if was
            || !about(name)
            || others.into_iter().any(|it| !it)
            || !asynchronous(&delta.file.after, delta.after)
        {
            continue;
        }
        for file in context.files.iter().filter(|it| it.class == Class::Source) {
            let (before, side) = (&file.before, &file.after);
            let mut said: Vec<&str> = Vec::new();
            let asks = |it: &&Call| {
                it.name == name && it.result == Usage::Used && side.touches(it.place.scope)
            };
            for call in side.facts.calls.iter().filter(asks) {
                let scope = side.tree.scopes.get(call.place.scope);
                let symbol = scope.map_or("", |it| it.path.as_str());
                let code = scope.map_or("", |it| side.code(&it.span));
                // The same was asked before, and its answer is not handed on.
                let known = before.facts.calls.iter().any(|it| it.callee == call.callee);
                let together = ["Promise.", "gather(", "WhenAll("]
                    .iter()
                    .any(|it| code.contains(it));
                let later = call.target.as_ref().is_some_and(|it| {
                    code.contains(&format!("await {it}")) || code.contains(&format!("await({it}"))
                });
                if awaited(side, call)
                    || later
                    || handed_on(side, call)
                    || !known
                    || together
                    || said.contains(&symbol)
                {
                    continue;
                }
                said.push(symbol);
                out.push(
                    Finding::new(file, symbol, format!("promise {}", call.callee))
                        .after(call.place.line, side.code(&call.place.span))
                        .says(
                            format!(
                                "`{name}` answers later since this change, and {} does not wait for it. What it gets in its place always counts as a yes, and whoever should be refused gets through.",
                                name_of(symbol)
                            ),
                            "Wait for the answer, and add a test that a stranger is refused.",
                        ),
                );
            }
        }
    }
    out
}

/// Whether a function is written as one that answers later.
fn asynchronous(side: &SideFacts<'_>, scope: &Scope) -> bool {
    let waits = matches!(
        side.language,
        Some(Language::TypeScript | Language::Tsx | Language::JavaScript | Language::Python)
    );
    let code = side.code(&scope.span);
    let head = code.split(['{', ':', '(']).next().unwrap_or_default();
    let lead = side
        .text
        .get(..scope.span.start as usize)
        .unwrap_or_default();
    waits
        && scope.kind == ScopeKind::Function
        && (head.split_whitespace().any(|it| it == "async") || lead.trim_end().ends_with("async"))
}

/// Whether whoever called the function gets what the call gives: `return can(…)`, `() => can(…)`.
fn handed_on(side: &SideFacts<'_>, call: &Call) -> bool {
    let lead = lead(side, call);
    let rest = side
        .text
        .get(call.place.span.end as usize..)
        .unwrap_or_default();
    lead.ends_with("return") || lead.ends_with("=>") || rest.trim_start().starts_with(".then")
}
