//! Conditions that an object mapper puts around every query of a model.

use crate::change::Class;
use crate::review::deltas::compare::SideFacts;
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
    !name.is_empty() && (after > before || managed(context, &says))
}

/// Whether a manager of Django that is new, and that a model uses, says it.
fn managed(context: &Context<'_>, says: &dyn Fn(&str) -> bool) -> bool {
    let used = |class: &str| {
        let manager = format!("objects = {class}");
        let mut files = context.files.iter();
        files.any(|it| it.after.text.contains(&manager))
    };
    context.unmatched().iter().any(|(file, scope, side)| {
        let class = scope.parent.and_then(|it| file.after.tree.scopes.get(it));
        *side == Alone::New
            && scope.name == "get_queryset"
            && says(file.after.code(&scope.span))
            && class.is_some_and(|it| used(&it.name))
    })
}
