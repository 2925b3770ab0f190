//! Addresses before and after.

use crate::facts::route::Route;
use crate::review::deltas::compare::FilePair;

/// One address on both sides.
pub struct RoutePair<'a> {
    /// As it was.
    pub before: &'a Route,
    /// As it is.
    pub after: &'a Route,
}

/// The addresses of a file that are there on both sides and whose registration differs: by verb,
/// path and handler, then by path and handler, then by verb and handler where the path has moved,
/// then by a handler that answers nothing else.
pub fn matched<'a>(file: &'a FilePair<'_>) -> Vec<RoutePair<'a>> {
    let mut left: Vec<Option<&Route>> = file.before.routes.iter().map(Some).collect();
    let mut right: Vec<Option<&Route>> = file.after.routes.iter().map(Some).collect();
    let mut out = Vec::new();
    let once = |routes: &[Route], handler: &str| {
        routes.iter().filter(|it| it.handler == handler).count() == 1
    };
    type Same<'s> = &'s dyn Fn(&Route, &Route) -> bool;
    let same: [Same<'_>; 6] = [
        &|a, b| {
            a == b
                || (a.verb == b.verb
                    && a.path == b.path
                    && a.handler == b.handler
                    && a.passes == b.passes
                    && a.used == b.used)
        },
        &|a, b| a.verb == b.verb && a.path == b.path && a.handler == b.handler,
        &|a, b| a.path == b.path && a.handler == b.handler,
        &|a, b| a.verb == b.verb && a.path == b.path && a.verb != "USE",
        &|a, b| {
            a.verb == b.verb
                && a.handler == b.handler
                && a.handler != "function"
                && !a.handler.is_empty()
                && last_part(&a.path) == last_part(&b.path)
        },
        &|a, b| {
            a.handler == b.handler
                && a.handler != "function"
                && !a.handler.is_empty()
                && once(&file.before.routes, &a.handler)
                && once(&file.after.routes, &b.handler)
        },
    ];
    for (stage, same) in same.iter().enumerate() {
        for slot in &mut left {
            let Some(before) = slot else { continue };
            let Some(index) = right
                .iter()
                .position(|it| it.is_some_and(|after| same(before, after)))
            else {
                continue;
            };
            if let Some(after) = right[index].take()
                && stage > 0
            {
                out.push(RoutePair { before, after });
            }
            *slot = None;
        }
    }
    out
}

fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
