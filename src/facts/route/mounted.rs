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

/// Gives every address the prefixes and checks of the place where its router stands. A router that
/// stands in several places is left as it is.
pub(super) fn place(tree: &Tree, routes: &mut [Route], mounts: &[Mount]) {
    let of = |scope: usize| {
        let name = tree.scopes.get(scope).map(|it| it.name.as_str())?;
        let mut found = mounts.iter().filter(|it| it.function == name);
        found.next().filter(|_| found.next().is_none())
    };
    for route in routes.iter_mut().filter(|it| it.verb != "USE") {
        let mut scope = route.scope;
        for _ in 0..DEPTH {
            let Some(mount) = of(scope).filter(|it| it.scope != scope) else {
                break;
            };
            route.path.insert_str(0, &mount.prefix);
            route.passes.splice(0..0, mount.passes.iter().cloned());
            route.used.splice(0..0, mount.used.iter().cloned());
            scope = mount.scope;
        }
    }
}
