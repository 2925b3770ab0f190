use crate::facts::route::Route;
use crate::review::Context;
use crate::review::around::last_name;
use crate::review::finding::Finding;
use crate::review::rank::{keeps_out, weaker};
use crate::review::routes::{RoutePair, matched};

check! {
    /// An address that asked for a login or a right no longer does, or asks for a weaker one.
    ///
    /// ## What it does
    /// Reads the addresses that the program registers, with the groups around them and everything a
    /// request passes on the way, and compares address by address. It speaks when something that
    /// keeps people out is gone from the way to the same address.
    ///
    /// ## Why it matters
    /// The handler trusts that whoever arrives has been checked before.
    ///
    /// ## Example
    /// ```ts
    /// router.post("/payouts", requireLogin, createPayout)
    /// router.post("/payouts", createPayout) // anyone
    /// ```
    ///
    /// ## Instead
    /// Keep it on the way, or say in the pull request why this address is for everyone.
    "auth/middleware-dropped", Auth, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for file in context.files {
        for RoutePair { before, after } in matched(file) {
            let lost: Vec<&String> = before
                .passes
                .iter()
                .filter(|it| !after.passes.contains(it) && keeps_out(it))
                .collect();
            let Some(lost) = lost.first() else { continue };
            let gained: Vec<&String> = after
                .passes
                .iter()
                .filter(|it| !before.passes.contains(it))
                .collect();
            let guarded: Vec<&&String> = gained.iter().filter(|it| keeps_out(it)).collect();
            let (speaks, what) = match guarded
                .iter()
                .find_map(|it| weaker(lost, it).map(|w| (w, it)))
            {
                Some((false, _)) => continue,
                Some((true, by)) => (
                    true,
                    format!("now asks for `{by}` where it asked for `{lost}`"),
                ),
                None if guarded.is_empty() => (true, format!("no longer passes `{lost}`")),
                None => (
                    false,
                    format!("passes `{}` instead of `{lost}`", guarded[0]),
                ),
            };
            let moved = moved_to_router(file, lost);
            let name = name(after);
            out.push(
                Finding::new(file, &name, format!("{name} {lost}"))
                    .before(before.line, file.before.code(&before.span))
                    .after(after.line, file.after.code(&after.span))
                    .says(
                        format!("The address `{name}` {what}. People who were kept out could use it."),
                        "Keep the check on the way to this address, or say why it is meant for everyone.",
                    )
                    .speaks_if(
                        speaks
                            && !moved
                            && !context.deltas.newly_guarded(last_name(&after.handler)),
                    ),
            );
        }
    }
}

fn name(route: &Route) -> String {
    format!("{} {}", route.verb, route.path)
}

/// Whether every request of the file now passes it.
fn moved_to_router(file: &crate::review::compare::FilePair<'_>, lost: &str) -> bool {
    let count = |routes: &[Route]| {
        routes
            .iter()
            .filter(|it| it.verb == "USE" && it.passes.iter().any(|pass| pass == lost))
            .count()
    };
    count(&file.after.routes) > count(&file.before.routes)
}
