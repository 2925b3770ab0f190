//! Conditions that hold for every query of a model by themselves: EF Core's query filters, Laravel's
//! global scopes, a manager of Django.

use crate::facts::fact::Call;
use crate::review::deltas::compare::SideFacts;
use crate::review::{Alone, Context};

/// Whether the change newly says a name in a condition that every query of a model has.
pub(crate) fn limits_by_itself(context: &Context<'_>, name: &str) -> bool {
    let wanted = name.to_lowercase();
    let says = |text: &str| wanted.len() > 2 && text.to_lowercase().contains(&wanted);
    let counted = |side: &SideFacts<'_>| {
        let calls = side.facts.calls.iter().filter(|it| limits(it));
        calls.filter(|it| says(side.code(&it.place.span))).count()
    };
    let mut files = context.files.iter();
    if files.any(|it| counted(&it.after) > counted(&it.before)) {
        return true;
    }
    let managed = |class: &str| {
        let manager = format!("objects = {class}");
        context
            .files
            .iter()
            .any(|it| it.after.text.contains(&manager))
    };
    context.unmatched().iter().any(|(file, scope, side)| {
        *side == Alone::New
            && scope.name == "get_queryset"
            && says(file.after.code(&scope.span))
            && scope
                .parent
                .and_then(|it| file.after.tree.scopes.get(it))
                .is_some_and(|it| managed(&it.name))
    })
}

fn limits(call: &Call) -> bool {
    matches!(
        call.name.as_str(),
        "HasQueryFilter" | "addGlobalScope" | "default_scope"
    )
}
