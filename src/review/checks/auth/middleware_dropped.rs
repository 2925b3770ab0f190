use crate::facts::fact::{Call, Usage};
use crate::facts::route::Route;
use crate::facts::tree::{Expr, ExprKind, Scope};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::code::draws;
use crate::review::conditions::rank::{keeps_out, weaker};
use crate::review::deltas::compare::{FilePair, SideFacts};
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::routes::{RoutePair, matched, only_on_the_way_to_gone};
use crate::review::deltas::slots::{self, Slot};
use crate::review::frameworks::around::last_name;
use crate::review::frameworks::rules;
use crate::review::record::finding::{Finding, name_of};

check! {
    /// An address that asked for a login or a right no longer does, or asks for a weaker one.
    ///
    /// ## What it does
    /// Reads the addresses that the program registers, with the groups around them and everything a
    /// request passes on the way, and compares address by address. It speaks when something that
    /// keeps people out is gone from the way to the same address, or from the way of all requests
    /// of a router, when a rule for addresses is gone or another one that asks for less is tried
    /// before it, and when an entry of a tRPC router starts at a procedure that asks for less.
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
        opened(context, delta, out);
        matchers(delta, out);
        procedures(delta, out);
        stacks(context, delta, out);
        unregistered(context, delta, out);
    }
    for file in context.files {
        for RoutePair { before, after } in matched(file) {
            if put_elsewhere(file, before, after) {
                continue;
            }
            // What all addresses of a router lose is said where the router loses it.
            let left = |it: &&String| {
                let stays = |route: &Route| route.verb == "USE" && route.passes.contains(it);
                file.after.routes.iter().any(stays)
            };
            let all = before.passes.iter().chain(before.used.iter().filter(left));
            let lost = all.filter(|it| !after.lets_pass(it) && keeps_out(it));
            let Some(lost) = lost.collect::<Vec<_>>().into_iter().next() else {
                continue;
            };
            let gained = after.passes.iter().chain(&after.used);
            let gained: Vec<&String> = gained.filter(|it| !before.lets_pass(it)).collect();
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
            if gained.iter().any(|it| only_renamed(file, lost, it)) {
                continue;
            }
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

/// Whether an address belongs to a router of the same function, which another file may put
/// somewhere now.
fn put_elsewhere(file: &FilePair<'_>, before: &Route, after: &Route) -> bool {
    let made_by =
        |side: &SideFacts<'_>, it: &Route| side.tree.scopes.get(it.scope).map(|it| it.path.clone());
    before.placed && !after.placed && made_by(&file.before, before) == made_by(&file.after, after)
}

/// Whether two names are those of one function, which does what it did.
fn only_renamed(file: &FilePair<'_>, before: &str, after: &str) -> bool {
    let body = |side: &SideFacts<'_>, name: &str| -> Option<String> {
        let found = side.tree.scopes.iter().find(|it| it.path == name)?;
        Some(found.body.iter().map(|it| format!("{it}\n")).collect())
    };
    let was = body(&file.before, before);
    was.is_some() && was == body(&file.after, after)
}

/// `.requestMatchers("/admin/**").hasRole("ADMIN")` that asks for less now, or that another rule
/// is tried before.
fn opened(context: &Context<'_>, delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    for it in rules::weaker(delta) {
        let (before, after) = (it.before, it.after);
        let sure = it.kept || it.stays || !rules::goes_with_its_address(context);
        out.push(
            Finding::new(delta.file, delta.symbol(), format!("{} {}", it.address, it.asked))
                .before(before.place.line, last_step(delta.base_file.before.code(&before.place.span)))
                .after(after.place.line, last_step(delta.file.after.code(&after.place.span)))
                .says(
                    format!(
                        "The addresses of `{}` asked for `{}` and now ask for `{}`. People who were kept out could use them.",
                        it.address, it.asked, it.asks
                    ),
                    if it.kept {
                        "The first rule that fits decides: put the narrow one before the wide one."
                    } else {
                        "Keep the check on the way to these addresses, or say why they are meant for everyone."
                    },
                )
                .speaks_if(sure),
        );
    }
}

/// The last line of a chain of calls.
fn last_step(code: &str) -> &str {
    code.lines().last().unwrap_or(code).trim()
}

/// Next.js runs its middleware for the addresses of `config.matcher` only.
fn matchers(delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    let name = delta.file.path.rsplit('/').next().unwrap_or_default();
    let stem = name.split('.').next().unwrap_or_default();
    if !matches!(stem, "middleware" | "proxy") {
        return;
    }
    let listed = |it: &Slot<'_>| it.name == "matcher" && matches!(it.value.kind, ExprKind::List(_));
    let changes = slots::changes(delta.before, delta.after, &delta.renames, &listed);
    for (before, after) in changes.changed {
        let (ExprKind::List(was), ExprKind::List(is)) = (&before.value.kind, &after.value.kind)
        else {
            continue;
        };
        let left_out = |list: &[Expr]| -> Vec<String> {
            let texts = list.iter().map(ToString::to_string);
            texts.flat_map(|it| excluded(&it)).collect()
        };
        let known = left_out(was);
        let page = |it: &&String| !it.contains('.') && !it.starts_with('_') && !known.contains(it);
        if let Some(address) = left_out(is).iter().find(page) {
            out.push(unmatched(delta, &before, &after, &format!("/{address}")));
            continue;
        }
        let gone = was.iter().find(|it| !is.contains(it));
        let only_less = is.iter().all(|it| was.contains(it));
        let Some(gone) = gone.filter(|_| only_less) else {
            continue;
        };
        out.push(unmatched(delta, &before, &after, &gone.to_string()));
    }
}

/// The addresses that a pattern such as `/((?!api|_next/static).*)` leaves out.
fn excluded(pattern: &str) -> Vec<String> {
    let inside = pattern.split("(?!").skip(1);
    let inside = inside.filter_map(|it| it.split(')').next());
    inside
        .flat_map(|it| it.split('|').map(str::to_owned))
        .collect()
}

fn unmatched(
    delta: &ScopeDelta<'_>,
    before: &Slot<'_>,
    after: &Slot<'_>,
    address: &str,
) -> Finding {
    Finding::new(delta.file, delta.symbol(), format!("matcher {address}"))
        .before(before.line, delta.base_file.before.code(&before.span))
        .after(after.line, delta.file.after.code(&after.span))
        .says(
            format!(
                "Requests to {address} passed this middleware and no longer do. Whatever it asks of the others, such as a login, is not asked there."
            ),
            "Keep the addresses in the list, or say where they are checked now.",
        )
}

/// The entries of maps whose values start at a procedure of tRPC.
fn started(scope: &Scope) -> Vec<(String, &Expr)> {
    let mut found = Vec::new();
    slots::each_expr(&scope.body, &mut |it| {
        if let ExprKind::Map(entries) = &it.kind {
            let starts = |it: &&(Expr, Expr)| it.1.first_name().ends_with("Procedure");
            let named = entries.iter().filter(starts);
            found.extend(named.map(|(key, value)| (key.to_string(), value)));
        }
    });
    found
}

/// tRPC's `remove: protectedProcedure.mutation(…)` that starts at `publicProcedure` now.
fn procedures(delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    let after = started(delta.after);
    for (key, was) in started(delta.before) {
        let Some((_, is)) = after.iter().find(|it| it.0 == key) else {
            continue;
        };
        let (old, new) = (was.first_name(), is.first_name());
        let opens = |name: &str| words(name).iter().any(|it| it == "public" || it == "open");
        if old == new || opens(old) || !(opens(new) || weaker(old, new) == Some(true)) {
            continue;
        }
        out.push(
            Finding::new(delta.file, delta.symbol(), format!("{key} {new}"))
                .before(was.line, old)
                .after(is.line, new)
                .says(
                    format!("`{key}` asked for what `{old}` asks for, and now only for what `{new}` does. People who were kept out could use it."),
                    "Keep the check on the way to it, or say why it is meant for everyone.",
                ),
        );
    }
}

/// Lists of what every request passes, that lost something which keeps people out.
fn stacks(context: &Context<'_>, delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    let passes = |it: &Expr| -> Option<String> {
        let text = match &it.kind {
            ExprKind::Text(text) if text.contains('.') || text.contains('\\') => text.clone(),
            ExprKind::Name(_) | ExprKind::Member(..) | ExprKind::Call(..) => it.to_string(),
            _ => return None,
        };
        let text = text.trim_end_matches(".class").trim_end_matches("::class");
        Some(
            text.rsplit(['.', '\\', ':', '/'])
                .next()
                .unwrap_or(text)
                .to_owned(),
        )
    };
    let listed = |slot: &Slot<'_>| {
        let ExprKind::List(parts) = &slot.value.kind else {
            return false;
        };
        let about = |it: &str| {
            let it = it.to_ascii_lowercase();
            ["middleware", "interceptor", "handlers", "before_hooks"]
                .iter()
                .any(|word| it.contains(word))
        };
        about(slot.name) || parts.iter().any(|it| about(&it.to_string()))
    };
    let changes = slots::changes(delta.before, delta.after, &delta.renames, &listed);
    for (before, after) in changes.changed {
        let (ExprKind::List(old), ExprKind::List(new)) = (&before.value.kind, &after.value.kind)
        else {
            continue;
        };
        let kept: Vec<String> = new.iter().filter_map(passes).collect();
        let known: Vec<String> = old.iter().filter_map(passes).collect();
        let replaced = kept.iter().any(|it| !known.contains(it) && keeps_out(it));
        for lost in known
            .iter()
            .filter(|it| !kept.contains(it) && keeps_out(it))
        {
            // It stands in another list now.
            let count = |text: &str| text.matches(lost.as_str()).count();
            let had: usize = context.files.iter().map(|it| count(it.before.text)).sum();
            let has: usize = context.files.iter().map(|it| count(it.after.text)).sum();
            let elsewhere = has >= had;
            out.push(
                Finding::new(delta.file, delta.symbol(), format!("{} {lost}", after.name))
                    .before(before.line, lost)
                    .near(after.line)
                    .says(
                        format!(
                            "Requests that pass `{}` no longer pass `{lost}`. What it kept out gets through.",
                            after.name
                        ),
                        "Put it back, or say where it is done now.",
                    )
                    .speaks_if(!replaced && !elsewhere),
            );
        }
    }
}

/// Protections that a call put in the way of requests: `app.use("/api", rateLimiter)`,
/// `filter("/*").through(Throttling.class)`, `csrf(handler)`.
fn unregistered(context: &Context<'_>, delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    if draws(delta.file) || delta.calls_gained.iter().any(|it| protection(it).is_some()) {
        return;
    }
    for call in &delta.calls_lost {
        let Some(what) = protection(call) else {
            continue;
        };
        if let Some(target) = &call.target
            && only_on_the_way_to_gone(delta.file, target)
        {
            continue;
        }
        let count = |text: &str| text.matches(what).count();
        let had: usize = context.files.iter().map(|it| count(it.before.text)).sum();
        let has: usize = context.files.iter().map(|it| count(it.after.text)).sum();
        out.push(
            Finding::new(delta.file, delta.symbol(), format!("{} {what}", call.name))
                .before(
                    call.place.line,
                    delta.base_file.before.code(&call.place.span),
                )
                .near(delta.line_after(call.place.line))
                .says(
                    format!(
                        "{} no longer puts `{what}` in the way. What it kept out gets through.",
                        name_of(delta.symbol())
                    ),
                    "Put it back, or say where it is done now.",
                )
                .speaks_if(has < had && !context.deltas.extracted(delta) && delta.kept() >= 0.5),
        );
        return;
    }
}

/// The name of the protection that a call puts somewhere, or that it is itself.
fn protection(call: &Call) -> Option<&str> {
    const PUTS: &[&str] = &[
        "use",
        "Use",
        "filter",
        "register",
        "registerModule",
        "wrap",
        "through",
        "With",
        "with",
        "addFilter",
        "addFilterBefore",
        "addFilterAfter",
        "middleware",
        "plug",
        "layer",
        "route_layer",
        "pipe",
        "ChainStreamInterceptor",
        "ChainUnaryInterceptor",
        "StreamInterceptor",
        "UnaryInterceptor",
        "intercept",
    ];
    if PUTS.contains(&call.name.as_str()) {
        return call.arguments.iter().find_map(|it| {
            let names = match &it.value.kind {
                // `Throttling.class`.
                ExprKind::Member(of, name) if name == "class" => [of.last_name(), ""],
                // `rate_limit.search()`, `from_fn(require_admin)`.
                ExprKind::Call(callee, arguments) => {
                    let mut handed = arguments.iter().map(|it| it.value.last_name());
                    if let Some(found) = handed.find(|it| asks_for_rights(it)) {
                        return Some(found);
                    }
                    [callee.last_name(), callee.first_name()]
                }
                ExprKind::Name(_) | ExprKind::Member(..) => [it.value.last_name(), ""],
                _ => return None,
            };
            let calls = call.name.ends_with("Interceptor") || call.name == "intercept";
            let protects =
                |it: &&str| protects_requests(it) || asks_for_rights(it) || calls && keeps_out(it);
            names.into_iter().find(protects)
        });
    }
    // ASP.NET's `app.UseAuthorization()`.
    if matches!(
        call.name.as_str(),
        "UseAuthentication" | "UseAuthorization" | "UseAntiforgery" | "UseRateLimiter" | "UseHsts"
    ) {
        return Some(&call.name);
    }
    let makes = words(&call.name).first().is_some_and(|it| {
        matches!(
            it.as_str(),
            "new"
                | "get"
                | "set"
                | "create"
                | "make"
                | "generate"
                | "render"
                | "log"
                | "test"
                | "parse"
                | "is"
                | "has"
                | "check"
                | "verify"
                | "validate"
        )
    });
    // `throttle(draw, 100)` spares a browser work.
    let wraps = call.result == Usage::Used
        && !call.arguments.is_empty()
        && !makes
        && call.name != "throttle";
    (wraps && protects_requests(&call.name)).then_some(call.name.as_str())
}

/// `RequireLogin`, `require_admin`, `AuthRequired`.
fn asks_for_rights(name: &str) -> bool {
    let found = words(name);
    let any = |list: &[&str]| found.iter().any(|it| list.contains(&it.as_str()));
    any(&[
        "require", "requires", "required", "ensure", "must", "enforce",
    ]) && any(&[
        "admin",
        "auth",
        "authenticated",
        "authentication",
        "authorized",
        "login",
        "owner",
        "permission",
        "permissions",
        "role",
        "roles",
        "scope",
        "session",
        "signed",
        "user",
    ])
}

fn protects_requests(name: &str) -> bool {
    let found = words(name);
    let rate = found
        .windows(2)
        .any(|it| it[0] == "rate" && it[1].starts_with("limit"));
    rate || found.iter().any(|it| {
        matches!(
            it.as_str(),
            "ratelimit"
                | "ratelimiter"
                | "throttle"
                | "throttling"
                | "throttler"
                | "csrf"
                | "xsrf"
                | "captcha"
                | "helmet"
        )
    })
}

fn name(route: &Route) -> String {
    format!("{} {}", route.verb, route.path)
}

/// Whether every request of the file now passes it.
fn moved_to_router(file: &FilePair<'_>, lost: &str) -> bool {
    let count = |routes: &[Route]| {
        routes
            .iter()
            .filter(|it| it.verb == "USE" && it.passes.iter().any(|pass| pass == lost))
            .count()
    };
    count(&file.after.routes) > count(&file.before.routes)
}
