use crate::facts::fact::Call;
use crate::facts::route::Route;
use crate::facts::tree::{Argument, ExprKind};
use crate::review::Context;
use crate::review::around::last_name;
use crate::review::delta::ScopeDelta;
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
    for delta in &context.deltas.scopes {
        opened(delta, out);
    }
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

/// `.requestMatchers("/admin/**").hasRole("ADMIN")` that asks for less now.
fn opened(delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    for before in &delta.calls_before {
        let Some(addresses) = addresses(before) else {
            continue;
        };
        let same = |it: &&&Call| self::addresses(it).as_ref() == Some(&addresses);
        let Some(after) = delta.calls_after.iter().find(same) else {
            continue;
        };
        let (old, new) = (asked(before), asked(after));
        if weaker(&old, &new) != Some(true) {
            continue;
        }
        out.push(
            Finding::new(delta.file, delta.symbol(), format!("{addresses} {old}"))
                .before(before.place.line, delta.base_file.before.code(&before.place.span))
                .after(after.place.line, delta.file.after.code(&after.place.span))
                .says(
                    format!(
                        "The addresses of `{addresses}` asked for `{old}` and now ask for `{new}`. People who were kept out could use them."
                    ),
                    "Keep the check on the way to these addresses, or say why they are meant for everyone.",
                ),
        );
    }
}

/// The addresses that a rule is about.
fn addresses(call: &Call) -> Option<String> {
    let ExprKind::Member(object, _) = &call.callee.kind else {
        return None;
    };
    let ExprKind::Call(callee, arguments) = &object.kind else {
        return None;
    };
    matches!(
        callee.last_name(),
        "requestMatchers"
            | "antMatchers"
            | "mvcMatchers"
            | "pathMatchers"
            | "anyRequest"
            | "anyExchange"
    )
    .then(|| text(callee.last_name(), arguments))
}

/// What a rule asks for.
fn asked(call: &Call) -> String {
    text(&call.name, &call.arguments)
}

fn text(name: &str, arguments: &[Argument]) -> String {
    let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
    format!("{name}({})", arguments.join(", "))
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
