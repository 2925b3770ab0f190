//! Conditions that an object mapper puts around every query of a model.

use crate::change::Class;
use crate::facts::tree::{ScopeKind, Tree};
use crate::review::deltas::compare::{FilePair, SideFacts};
use crate::review::{Alone, Context};

/// Calls and annotations that put a condition around every query: Entity Framework's
/// `HasQueryFilter`, Laravel's `addGlobalScope`, Rails' `default_scope`, Hibernate's
/// `@SQLRestriction`.
const AROUND_ALL: &[&str] = &[
    "HasQueryFilter",
    "addGlobalScope",
    "default_scope",
    "add_global_scope",
    "SQLRestriction",
    "Where",
    "FilterDef",
];

/// Whether the change newly puts a condition around every query that says a name.
pub(crate) fn filtered(context: &Context<'_>, name: &str) -> bool {
    // Django's `deleted_at__isnull`.
    let name = name.split("__").next().unwrap_or(name);
    if name.len() < 3 || !context.limits_queries() {
        return false;
    }
    let says = |code: &str| {
        let mut parts = code.split(|it: char| !it.is_alphanumeric() && it != '_');
        parts.any(|it| it.eq_ignore_ascii_case(name))
    };
    let count = |side: &SideFacts<'_>| {
        let calls = side.facts.calls.iter().filter(|it| {
            it.name != "Where"
                && AROUND_ALL.contains(&it.name.as_str())
                && says(side.code(&it.place.span))
        });
        let attributes = side.tree.scopes.iter().flat_map(|it| &it.attributes);
        let marks = attributes.filter(|it| {
            let last = it.name.rsplit('.').next().unwrap_or(&it.name);
            AROUND_ALL.contains(&last) && says(side.code(&it.span))
        });
        calls.count() + marks.count()
    };
    let sources = || context.files.iter().filter(|it| it.class == Class::Source);
    let before: usize = sources().map(|it| count(&it.before)).sum();
    let after: usize = sources().map(|it| count(&it.after)).sum();
    after > before || limited(context, name)
}

/// Whether anything stands in the change that could put a condition around every query, whatever
/// it says.
pub(crate) fn possible(files: &[FilePair<'_>]) -> bool {
    files.iter().any(|file| {
        let side = &file.after;
        let calls = || {
            let mut calls = side.facts.calls.iter();
            calls.any(|it| it.name != "Where" && AROUND_ALL.contains(&it.name.as_str()))
        };
        let scopes = || {
            side.tree.scopes.iter().any(|scope| {
                limits_all(&scope.name)
                    || scope.attributes.iter().any(|it| {
                        let last = it.name.rsplit('.').next().unwrap_or(&it.name);
                        AROUND_ALL.contains(&last)
                    })
            })
        };
        scopes() || calls()
    })
}

/// Functions in which a model, or what makes its queries, says what each of them is limited to.
fn limits_all(name: &str) -> bool {
    matches!(
        name,
        "get_queryset" | "getQueryset" | "booted" | "boot" | "apply" | "newQuery"
    )
}

/// Whether a model, or what makes its queries, newly limits each of them by a name.
fn limited(context: &Context<'_>, name: &str) -> bool {
    let born = context.unmatched().into_iter().any(|(file, scope, side)| {
        side == Alone::New
            && scope.kind == ScopeKind::Function
            && limits_all(&scope.name)
            && file.after.code(&scope.span).contains(name)
            && in_force(context, &file.after.tree, scope.parent, &scope.name)
    });
    let grown = context.deltas.scopes.iter().any(|delta| {
        let says = |side: &SideFacts<'_>, span| side.code(span).contains(name);
        let limits = delta.after.kind == ScopeKind::Function && limits_all(&delta.after.name);
        limits
            && says(&delta.file.after, &delta.after.span)
            && !says(&delta.base_file.before, &delta.before.span)
    });
    born || grown
}

/// Whether what limits queries is what a model asks for them: `objects = LiveManager()`,
/// `addGlobalScope(new TenantScope())`, or the model itself.
fn in_force(context: &Context<'_>, tree: &Tree, class: Option<usize>, function: &str) -> bool {
    let Some(class) = class.and_then(|it| tree.scopes.get(it)) else {
        return false;
    };
    let said = match function {
        "get_queryset" | "getQueryset" => [
            format!("objects = {}(", class.name),
            format!("objects = {}.", class.name),
        ],
        "apply" => [
            format!("new {}", class.name),
            format!("ScopedBy({}", class.name),
        ],
        _ => return true,
    };
    let count = |text: &str| {
        said.iter()
            .map(|it| text.matches(it.as_str()).count())
            .sum()
    };
    let sum = |of: &dyn Fn(&FilePair<'_>) -> usize| -> usize { context.files.iter().map(of).sum() };
    sum(&|it| count(it.after.text)) > sum(&|it| count(it.before.text))
}
