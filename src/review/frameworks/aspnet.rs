//! What ASP.NET Core does for a login and for pages that say nothing about who may see them.

use crate::change::Class;
use crate::facts::fact::{Assignment, Call};
use crate::facts::tree::{Expr, ExprKind};
use crate::review::Context;
use crate::review::deltas::compare::{FilePair, SideFacts};
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::settings::local;
use crate::review::record::finding::{Finding, name_of};

/// What decided about pages without a mark of their own and is gone, and logins that may fail as
/// often as somebody likes.
pub(crate) fn opened(context: &Context<'_>, out: &mut Vec<Finding>) {
    fallback_gone(context, out);
    for delta in &context.deltas.scopes {
        if !local(&delta.file.path) {
            out.extend(unlimited(delta));
        }
    }
}

/// Whether a login counts its failures: `PasswordSignInAsync(user, password, remember, true)`.
fn counts_failures(call: &Call) -> Option<bool> {
    let position = match call.name.as_str() {
        "PasswordSignInAsync" => 3,
        "CheckPasswordSignInAsync" => 2,
        _ => return None,
    };
    let mut arguments = call.arguments.iter();
    let named = arguments.find(|it| it.name.as_deref() == Some("lockoutOnFailure"));
    match &named.or_else(|| call.arguments.get(position))?.value.kind {
        ExprKind::Bool(value) => Some(*value),
        _ => None,
    }
}

fn unlimited(delta: &ScopeDelta<'_>) -> Option<Finding> {
    let counted = |call: &&&Call| counts_failures(call) == Some(true);
    let was = delta.calls_before.iter().find(counted)?;
    let is = delta.calls_after.iter().find(|it| {
        let named = it.arguments.iter().any(|it| it.name.is_some());
        counts_failures(it) == Some(false) && !named
    })?;
    if delta.calls_after.iter().any(|it| counted(&it)) {
        return None;
    }
    Some(
        Finding::new(delta.file, delta.symbol(), "failed logins uncounted")
            .before(
                was.place.line,
                delta.base_file.before.code(&was.place.span),
            )
            .after(is.place.line, delta.file.after.code(&is.place.span))
            .says(
                format!(
                    "{} locked an account after too many wrong passwords and no longer counts them. Passwords can be guessed without end.",
                    name_of(delta.symbol())
                ),
                "Count failures again, or say what limits the guessing now.",
            ),
    )
}

/// `options.FallbackPolicy = …` and `SetFallbackPolicy(…)`: what holds where a page has no mark.
fn fallbacks<'a>(side: &'a SideFacts<'_>) -> Vec<(u32, &'a Expr)> {
    let facts = &side.facts;
    let set = |it: &&'a Assignment| {
        it.target.last_name() == "FallbackPolicy" && it.value.kind != ExprKind::Null
    };
    let assigned = facts.assignments.iter().filter(set);
    let called = facts.calls.iter().filter(|it| {
        let nothing = |it: &Expr| it.kind == ExprKind::Null;
        it.name == "SetFallbackPolicy" && !it.arguments.iter().any(|it| nothing(&it.value))
    });
    let assigned = assigned.map(|it| (it.place.line, &it.value));
    assigned
        .chain(called.map(|it| (it.place.line, &it.callee)))
        .collect()
}

fn fallback_gone(context: &Context<'_>, out: &mut Vec<Finding>) {
    let sources = || context.files.iter().filter(|it| it.class == Class::Source);
    let Some((file, line)) = sources().find_map(|file| {
        let first = fallbacks(&file.before).first().map(|it| it.0)?;
        Some((file, first))
    }) else {
        return;
    };
    // Asked for everywhere in another way: a filter, or what the pages are mapped with.
    let asked = |side: &SideFacts<'_>| {
        let calls = side.facts.calls.iter().filter(|it| {
            matches!(
                it.name.as_str(),
                "RequireAuthorization"
                    | "AuthorizeFilter"
                    | "AuthorizeFolder"
                    | "AuthorizeAreaFolder"
            )
        });
        calls.count()
    };
    let before: usize = sources().map(|it| asked(&it.before)).sum();
    let after: usize = sources().map(|it| asked(&it.after)).sum();
    let still = sources().any(|it| !fallbacks(&it.after).is_empty());
    let marks = |file: &FilePair<'_>| {
        let count = |text: &str| text.matches("[Authorize").count();
        count(file.after.text) > count(file.before.text)
    };
    if still || after > before || sources().any(marks) || !authorizes(file) || local(&file.path) {
        return;
    }
    out.push(
        Finding::new(file, "", "fallback policy gone")
            .before(line, file.before.line(line))
            .near(line)
            .says(
                "Every address that says nothing about who may use it asked for a login, and no longer does. Whatever has no mark of its own is open to everyone.",
                "Set the fallback policy again, or ask for a login where the addresses are mapped.",
            ),
    );
}

/// Whether a file still decides about rights at all.
fn authorizes(file: &FilePair<'_>) -> bool {
    let mut calls = file.after.facts.calls.iter();
    calls.any(|it| {
        matches!(
            it.name.as_str(),
            "AddAuthorization" | "AddAuthorizationBuilder" | "UseAuthorization"
        )
    })
}
