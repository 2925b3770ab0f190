//! Parameters whose type asks: a framework makes them of the request, and only where something
//! holds. `AdminUser` in place of `CurrentUser` and a call that checks.

use crate::facts::tree::Scope;
use crate::facts::words::words;
use crate::review::deltas::delta::ScopeDelta;
use std::collections::HashSet;

/// Words in the name of a type that only stands for somebody who may do something.
const ASKS: &[&str] = &[
    "admin",
    "administrator",
    "authenticated",
    "authorized",
    "authorised",
    "moderator",
    "operator",
    "require",
    "required",
    "requires",
    "staff",
    "superuser",
    "verified",
];

/// Whether a function newly takes something of a type that refuses by itself: one of `refusing`,
/// which are new in the change, or one whose name says for whom it stands.
pub(crate) fn asked_by_type(delta: &ScopeDelta<'_>, refusing: &HashSet<String>) -> bool {
    let before = types(delta.before);
    types(delta.after).into_iter().any(|it| {
        let found = words(it);
        let says = found.iter().any(|it| ASKS.contains(&it.as_str()));
        !before.contains(it) && (refusing.contains(it) || says)
    })
}

/// The names in the types of the parameters that have to be there.
fn types(scope: &Scope) -> HashSet<&str> {
    let written = scope.parameters.iter().map(|it| it.type_name.as_str());
    written
        .filter(|it| !may_be_missing(it))
        .flat_map(|it| it.split(|it: char| !it.is_alphanumeric() && it != '_'))
        .filter(|it| it.starts_with(char::is_uppercase))
        .collect()
}

/// Whether a type says that nothing may stand there: `Option<User>`, `MaybeUser`, `User?`.
pub(crate) fn may_be_missing(type_name: &str) -> bool {
    type_name.ends_with('?')
        || type_name.contains("|None")
        || type_name.contains("|null")
        || type_name.contains("|undefined")
        || words(type_name).iter().any(|it| {
            matches!(
                it.as_str(),
                "option" | "optional" | "maybe" | "opt" | "nullable"
            )
        })
}
