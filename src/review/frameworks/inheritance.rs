//! What a class gets from the classes and modules that it is built on.

use crate::facts::fact::Call;
use crate::facts::tree::{Scope, ScopeKind};
use crate::review::Context;
use crate::review::deltas::compare::{FilePair, SideFacts};

/// Classes that are built on one another are followed so far.
const MAX_DEPTH: usize = 8;

/// Whether `stands` is true of a call in a class that the class of this path is built on, as the
/// change leaves it.
pub(crate) fn inherited(
    context: &Context<'_>,
    file: &FilePair<'_>,
    class: &str,
    stands: &dyn Fn(&Call) -> bool,
) -> bool {
    let side = &file.after;
    let classes = side.tree.scopes.iter().enumerate();
    let mut found = classes.filter(|(_, it)| it.kind == ScopeKind::Class && it.path == class);
    found.next().is_some_and(|(index, it)| {
        runs_above(side, index, it) && above(context, side, index, stands, 0)
    })
}

fn above(
    context: &Context<'_>,
    side: &SideFacts<'_>,
    class: usize,
    stands: &dyn Fn(&Call) -> bool,
    depth: usize,
) -> bool {
    if depth > MAX_DEPTH {
        return false;
    }
    built_on(side, class).iter().any(|name| {
        let mut known = context.files.iter().flat_map(|file| {
            let scopes = file.after.tree.scopes.iter().enumerate();
            scopes
                .filter(|(_, it)| it.kind == ScopeKind::Class && it.name == *name)
                .map(|(index, _)| (&*file.after, index))
        });
        let has = |(side, index): (&SideFacts<'_>, usize)| {
            let here = |it: &Call| {
                let scope = &side.tree.scopes[it.place.scope];
                it.place.scope == index || scope.parent == Some(index) && constructs(&scope.name)
            };
            side.facts.calls.iter().any(|it| here(it) && stands(it))
                || above(context, side, index, stands, depth + 1)
        };
        // Of several classes of one name it cannot be told which one is meant.
        known.next().is_some_and(has) && known.all(has)
    })
}

/// The last names of what a class is built on, mixed in or not.
fn built_on<'a>(side: &'a SideFacts<'_>, class: usize) -> Vec<&'a str> {
    let last = |it: &'a str| it.rsplit(['.', ':', '\\']).next().unwrap_or(it);
    let bases = side.tree.scopes[class].bases.iter().map(|it| last(it));
    let mixes = |it: &&Call| {
        it.place.scope == class && matches!(it.name.as_str(), "include" | "prepend" | "use")
    };
    let mixed = side.facts.calls.iter().filter(mixes);
    let mixed = mixed.flat_map(|it| it.arguments.iter().map(|it| it.value.last_name()));
    bases.chain(mixed).filter(|it| !it.is_empty()).collect()
}

/// Whether what the constructor of a base sets up is set up for the class as well.
fn runs_above(side: &SideFacts<'_>, class: usize, scope: &Scope) -> bool {
    let scopes = side.tree.scopes.iter().enumerate();
    let own = scopes
        .filter(|(_, it)| it.parent == Some(class) && constructs(&it.name) && it.path != scope.path)
        .map(|(index, _)| index);
    own.into_iter().all(|index| {
        let mut calls = side.facts.calls.iter();
        calls.any(|it| {
            it.place.scope == index && matches!(it.name.as_str(), "__construct" | "super")
        })
    })
}

/// Whether a method of this name sets an object up.
pub(crate) fn constructs(name: &str) -> bool {
    matches!(name, "__construct" | "initialize" | "constructor")
}
