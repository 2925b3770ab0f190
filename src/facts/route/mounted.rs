//! Routers that a function makes, and what a request passes before it comes to them.

use super::Route;
use crate::facts::tree::Tree;

/// A router that a function of the same file makes and that is put behind an address:
/// `r.Mount("/users", userRoutes())`.
pub(super) struct Mount {
    /// The function.
    pub(super) function: String,
    /// The scope that puts it there.
    pub(super) scope: usize,
    /// The path with the prefixes of its groups.
    pub(super) prefix: String,
    /// What a request passes before.
    pub(super) passes: Vec<String>,
    /// What the router around was told to let every request pass.
    pub(super) used: Vec<String>,
}

/// Whether a call of this name puts a router behind an address.
pub(super) fn mounts(name: &str) -> bool {
    matches!(name, "Mount" | "nest" | "merge")
}

/// How far a router may stand in another one.
const DEPTH: usize = 4;

/// Gives every address the prefixes and checks of the place where its router stands. Where a router
/// stands in several places, only what is passed at each of them counts.
pub(super) fn place(tree: &Tree, routes: &mut [Route], mounts: &[Mount]) {
    let of = |scope: usize| -> Vec<&Mount> {
        let name = tree.scopes.get(scope).map_or("", |it| it.name.as_str());
        let there = |it: &&Mount| it.function == name && it.scope != scope;
        mounts.iter().filter(there).collect()
    };
    for route in routes.iter_mut().filter(|it| it.verb != "USE") {
        let mut scope = route.scope;
        for _ in 0..DEPTH {
            let found = of(scope);
            let Some((first, others)) = found.split_first() else {
                break;
            };
            let everywhere = |it: &&String| {
                let mut others = others.iter();
                others.all(|other| other.passes.contains(it) || other.used.contains(it))
            };
            let passes = first.passes.iter().filter(everywhere).cloned();
            let used = first.used.iter().filter(everywhere).cloned();
            route.passes.splice(0..0, passes);
            route.used.splice(0..0, used);
            route.placed = true;
            if !others.is_empty() {
                break;
            }
            route.path.insert_str(0, &first.prefix);
            scope = first.scope;
        }
    }
}
