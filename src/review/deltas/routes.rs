//! Addresses before and after.

use crate::facts::route::Route;
use crate::facts::tree::Span;
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

/// The addresses of a file that are gone, with none in their place.
fn gone<'a>(file: &'a FilePair<'_>) -> Vec<&'a Route> {
    let (before, after) = (&file.before.routes, &file.after.routes);
    let count = |routes: &[Route], verb: &str| routes.iter().filter(|it| it.verb == verb).count();
    let stays = |it: &Route| {
        let same = |other: &Route| other.path == it.path && other.verb == it.verb;
        // What answers several addresses tells none of them apart.
        let alone = before
            .iter()
            .filter(|other| other.handler == it.handler)
            .count()
            == 1;
        let named = alone && it.handler != "function";
        let answered = |other: &Route| named && other.handler == it.handler;
        after.iter().any(|other| same(other) || answered(other))
    };
    let all = before.iter().filter(|it| it.verb != "USE");
    let left = all.filter(|it| !stays(it));
    left.filter(|it| count(after, &it.verb) < count(before, &it.verb))
        .collect()
}

/// Whether what stood at a place answered an address that is gone, with nothing in its place.
pub fn goes_with_its_address(file: &FilePair<'_>, place: &Span) -> bool {
    let around = |it: &&Route| it.span.start <= place.start && place.end <= it.span.end;
    let innermost = file.before.routes.iter().filter(around);
    let innermost = innermost.min_by_key(|it| it.span.end - it.span.start);
    innermost.is_some_and(|it| gone(file).iter().any(|gone| std::ptr::eq(*gone, it)))
}

/// Whether something of this name stood on the way to addresses only that are gone.
pub fn only_on_the_way_to_gone(file: &FilePair<'_>, name: &str) -> bool {
    let passing = |it: &&Route| it.lets_pass(name);
    let mut before = file.before.routes.iter().filter(passing).peekable();
    let left = gone(file);
    before.peek().is_some() && before.all(|it| left.iter().any(|gone| std::ptr::eq(*gone, it)))
}
