use crate::change::Class;
use crate::facts::fact::Call;
use crate::facts::tree::{Argument, Expr, ExprKind, Scope, ScopeKind, StmtKind};
use crate::facts::words::words;
use crate::review::code::{draws, is_tool};
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::settings::local;
use crate::review::deltas::slots::{each_expr, each_stmt, slots, target_name};
use crate::review::record::finding::{Finding, name_of};
use crate::review::{Alone, Context};

check! {
    /// A call to another service is waited for without end.
    ///
    /// ## What it does
    /// Looks at functions that set how long another service, a database or a lock is waited for. It
    /// speaks when all of that is gone while the connection or the call is still made, and when the
    /// time becomes unlimited. Where the change sets as many times elsewhere, it stays silent.
    ///
    /// ## Why it matters
    /// When the other side hangs, every request of ours that needs it hangs as well, until none is
    /// left to answer anybody.
    ///
    /// ## Example
    /// ```python
    /// requests.post(url, json=order, timeout=5)   # before
    /// requests.post(url, json=order)              # after
    /// ```
    ///
    /// ## Instead
    /// Say how long to wait, and what happens then.
    "production/timeout-removed", Production, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        let aside = draws(delta.file) || is_tool(delta.file) || local(&delta.file.path);
        if delta.file.class != Class::Source || aside || delta.broken() {
            continue;
        }
        let (old, new) = (times(delta.before), times(delta.after));
        let Some(was) = old.iter().find(|it| !it.endless) else {
            continue;
        };
        let endless = new
            .iter()
            .find(|it| it.endless && !old.iter().any(|old| old.endless));
        if new.iter().any(|it| !it.endless) || !(new.is_empty() || endless.is_some()) {
            continue;
        }
        // Said elsewhere.
        let count = |text: &str| text.to_ascii_lowercase().matches("timeout").count();
        let before: usize = context.files.iter().map(|it| count(it.before.text)).sum();
        let after: usize = context.files.iter().map(|it| count(it.after.text)).sum();
        let here = count(delta.base_file.before.code(&delta.before.span));
        let elsewhere = endless.is_none() && after + here > before;
        let still = made(&delta.calls_before, &delta.calls_after) || made_elsewhere(context, delta);
        if !still {
            continue;
        }
        let line = endless.map_or_else(|| delta.line_after(was.line), |it| it.line);
        out.push(
            Finding::new(delta.file, delta.symbol(), format!("waits without end {}", was.name))
                .before(was.line, delta.base_file.before.line(was.line))
                .near(line)
                .says(
                    format!(
                        "{} said how long to wait (`{}`), and now waits without end. When the other side hangs, so does everything that needs it.",
                        name_of(delta.symbol()),
                        was.name
                    ),
                    "Say how long to wait, and what happens then.",
                )
                .speaks_if(!elsewhere && !context.deltas.extracted(delta)),
        );
    }
}

/// A time that is waited for.
struct Time<'a> {
    name: &'a str,
    line: u32,
    endless: bool,
}

/// Whether a name says how long something is waited for.
fn says_time(name: &str) -> bool {
    let found = words(name);
    let any = |list: &[&str]| found.iter().any(|it| list.contains(&it.as_str()));
    let wait = any(&["timeout", "timeouts", "deadline"]);
    // Something that happens when a time is over, or the mark of a timer.
    let other = any(&[
        "clear",
        "error",
        "exception",
        "handle",
        "handler",
        "id",
        "on",
        "session",
        "timer",
    ]);
    wait && !other
}

/// The times that a scope sets.
fn times(scope: &Scope) -> Vec<Time<'_>> {
    let mut out = Vec::new();
    for slot in slots(scope).into_iter().filter(|it| says_time(it.name)) {
        out.push(Time {
            name: slot.name,
            line: slot.line,
            endless: endless(slot.value),
        });
    }
    each_expr(&scope.body, &mut |it| {
        let ExprKind::Call(callee, arguments) = &it.kind else {
            return;
        };
        let name = callee.last_name();
        // A browser's `setTimeout(f, 10)` waits for nobody.
        let timer = matches!(callee.kind, ExprKind::Name(_)) && name.starts_with("set");
        if timer || !says_time(name) || arguments.is_empty() {
            return;
        }
        let time = arguments
            .iter()
            .all(|it| !matches!(it.value.kind, ExprKind::Function(..)));
        if time {
            out.push(Time {
                name,
                line: it.line,
                endless: arguments.iter().any(|it| endless(&it.value)),
            });
        }
    });
    out
}

/// Whether a time has no end.
fn endless(value: &Expr) -> bool {
    let last = value.last_name();
    let named = matches!(
        last,
        "InfiniteTimeSpan"
            | "Infinite"
            | "INFINITE"
            | "Infinity"
            | "MaxValue"
            | "MAX_VALUE"
            | "Inf"
    );
    let zero = matches!(last, "ZERO" | "Zero") && matches!(value.kind, ExprKind::Member(..));
    let inside = matches!(&value.kind, ExprKind::Call(_, arguments)
        if !arguments.is_empty() && arguments.iter().all(|it| endless(&it.value)));
    named
        || zero
        || inside
        || value.kind == ExprKind::Null
        || matches!(&value.kind, ExprKind::Number(it) if it == "0")
}

/// Whether what was waited for is still called: most of the calls that have to do with the outside
/// are there.
fn made(before: &[&Call], after: &[&Call]) -> bool {
    let outside = |it: &&&Call| {
        let found = words(&it.callee.to_string());
        !says_time(&it.name)
            && found.iter().any(|it| {
                matches!(
                    it.as_str(),
                    "api"
                        | "axios"
                        | "build"
                        | "builder"
                        | "client"
                        | "connect"
                        | "connection"
                        | "dial"
                        | "fetch"
                        | "gateway"
                        | "get"
                        | "got"
                        | "http"
                        | "httpx"
                        | "post"
                        | "put"
                        | "query"
                        | "redis"
                        | "request"
                        | "requests"
                        | "rest"
                        | "send"
                        | "session"
                        | "socket"
                        | "urlopen"
                )
            })
    };
    let names: Vec<&str> = before
        .iter()
        .filter(outside)
        .map(|it| it.name.as_str())
        .collect();
    let kept = names
        .iter()
        .filter(|name| after.iter().any(|it| it.name == **name));
    let kept = !names.is_empty() && kept.count() * 2 >= names.len();
    // Go's server that is made with its times, and one that is made without a word.
    let with_times = before.iter().any(|it| it.name == "http.Server");
    let plain = |it: &&&Call| it.callee.to_string() == "http.ListenAndServe";
    kept || with_times && after.iter().any(|it| plain(&it)) && !before.iter().any(|it| plain(&it))
}

/// Whether what was called and told how long to wait is called in a function that is new in the
/// change, which says nothing of the kind.
fn made_elsewhere(context: &Context<'_>, delta: &ScopeDelta<'_>) -> bool {
    let told = |call: &Call| {
        let inside = |it: &Argument| match &it.value.kind {
            ExprKind::Function(_, body) => {
                let mut found = false;
                each_expr(body, &mut |it| {
                    found |= matches!(&it.kind, ExprKind::Member(_, name) if says_time(name));
                });
                each_stmt(body, &mut |it| {
                    found |= matches!(&it.kind, StmtKind::Assign { target, .. } if says_time(target.last_name()));
                });
                found
            }
            ExprKind::Map(pairs) => pairs.iter().any(|it| says_time(target_name(&it.0))),
            _ => it.name.as_deref().is_some_and(says_time),
        };
        call.arguments.iter().any(inside)
    };
    let waited: Vec<&Call> = delta
        .calls_before
        .iter()
        .copied()
        .filter(|it| told(it))
        .collect();
    !waited.is_empty()
        && context.unmatched().into_iter().any(|(file, scope, side)| {
            let called = || delta.calls_gained.iter().any(|it| it.name == scope.name);
            let inside = |it: &&Call| {
                scope.span.start <= it.place.span.start && it.place.span.end <= scope.span.end
            };
            let mut calls = file.after.facts.calls.iter().filter(inside);
            side == Alone::New
                && scope.kind == ScopeKind::Function
                && called()
                && times(scope).is_empty()
                && calls.any(|it| waited.iter().any(|was| was.callee == it.callee))
        })
}
