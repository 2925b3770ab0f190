//! Calls by which a class asks for rights before each of its methods: Laravel's
//! `authorizeResource`, CanCanCan's `load_and_authorize_resource`.

use crate::facts::fact::Call;
use crate::facts::tree::{ExprKind, Scope, ScopeKind};
use crate::review::deltas::compare::{FilePair, SideFacts};

/// The methods that Laravel's `authorizeResource` asks for.
const OF_A_RESOURCE: &[&str] = &[
    "index", "show", "create", "store", "edit", "update", "destroy",
];

/// The methods and classes that are newly asked for before each request, and by what.
pub(super) fn newly_asked(file: &FilePair<'_>) -> Vec<(String, String)> {
    let known: Vec<&str> = asking(&file.before)
        .into_iter()
        .map(|(class, call)| known_by(class, call))
        .map(|it| it.0)
        .collect();
    let mut out = Vec::new();
    for (class, call) in asking(&file.after) {
        let (path, what) = known_by(class, call);
        if known.contains(&path) {
            continue;
        }
        if call.name == "authorizeResource" {
            let methods = OF_A_RESOURCE.iter().map(|it| format!("{path}.{it}"));
            out.extend(methods.map(|it| (it, what.to_owned())));
        } else {
            out.push((path.to_owned(), what.to_owned()));
        }
    }
    out
}

fn known_by<'a>(class: &'a Scope, call: &'a Call) -> (&'a str, &'a str) {
    (&class.path, &call.name)
}

/// The classes of one side that ask so in their body or when they are made.
fn asking<'a>(side: &'a SideFacts<'_>) -> Vec<(&'a Scope, &'a Call)> {
    let asks = side.facts.calls.iter().filter(|it| {
        matches!(
            it.name.as_str(),
            "authorizeResource" | "load_and_authorize_resource" | "authorize_resource"
        ) && !only_some(it)
    });
    asks.filter_map(|call| Some((class_of(side, call.place.scope)?, call)))
        .collect()
}

fn class_of<'a>(side: &'a SideFacts<'_>, scope: usize) -> Option<&'a Scope> {
    let found = side.tree.scopes.get(scope)?;
    let class = match found.kind {
        ScopeKind::Function if matches!(found.name.as_str(), "__construct" | "initialize") => {
            side.tree.scopes.get(found.parent?)?
        }
        _ => found,
    };
    (class.kind == ScopeKind::Class).then_some(class)
}

/// Whether it is asked before some of the methods only.
fn only_some(call: &Call) -> bool {
    let chooses = |it: &str| matches!(it, "only" | "except" | "if" | "unless");
    call.arguments.iter().any(|argument| {
        argument.name.as_deref().is_some_and(chooses)
            || matches!(&argument.value.kind, ExprKind::Map(pairs)
                if pairs.iter().any(|it| chooses(it.0.to_string().trim_matches(['"', '\'']))))
    })
}
