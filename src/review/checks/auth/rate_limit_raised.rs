use crate::facts::tree::{Expr, ExprKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::finding::{Finding, name_of};
use crate::review::slots::{self, Slot, number};

check! {
    /// Something may be tried many times as often.
    ///
    /// ## What it does
    /// Compares the numbers of limits on requests and attempts. It speaks when one grows to five
    /// times what it was or more, in the same span of time.
    ///
    /// ## Why it matters
    /// Passwords and codes are guessed that much faster, and abuse costs that much more.
    ///
    /// ## Example
    /// ```ts
    /// rateLimit({ max: 100, windowMs: 60_000 });  // before
    /// rateLimit({ max: 1000, windowMs: 60_000 }); // after
    /// ```
    ///
    /// ## Instead
    /// Raise the limit for those who need it, and keep it for logins.
    "auth/rate-limit-raised", Auth, SPEAKS, run
}

fn limits(name: &str) -> bool {
    let found = words(name);
    let has = |it: &[&str]| found.iter().any(|word| it.contains(&word.as_str()));
    has(&[
        "throttle",
        "limiter",
        "ratelimit",
        "ratelimiter",
        "slowdown",
        "throttled",
    ]) || (has(&["rate"]) && has(&["limit", "limits", "limited"]))
}

fn is_limit(slot: &Slot<'_>) -> bool {
    let found = words(&slot.name);
    let has = |it: &[&str]| found.iter().any(|word| it.contains(&word.as_str()));
    let attempts =
        has(&["attempts", "tries"]) && has(&["max", "maximum", "login", "limit", "allowed"]);
    let of_limiter = (limits(&slot.owner) || limits(&slot.name))
        && (has(&[
            "max", "limit", "points", "requests", "rate", "tokens", "burst", "count",
        ]) || limits(&slot.name))
        && !has(&[
            "window", "ms", "interval", "seconds", "period", "duration", "ttl", "size",
        ]);
    attempts || of_limiter
}

/// Tries in a second: `10/minute` is a sixth.
fn per_second(expr: &Expr) -> Option<f64> {
    if let ExprKind::Text(text) = &expr.kind {
        let (count, span) = text.split_once(['/', ' '])?;
        let count: f64 = count.trim().parse().ok()?;
        let span = span.trim().trim_start_matches("per ").trim_end_matches('s');
        let seconds = match span {
            "second" | "sec" | "s" => 1.0,
            "minute" | "min" | "m" => 60.0,
            "hour" | "h" => 3_600.0,
            "day" | "d" => 86_400.0,
            _ => return None,
        };
        return Some(count / seconds);
    }
    number(expr)
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        let wanted = |slot: &Slot<'_>| is_limit(slot);
        let changes = slots::changes(delta.before, delta.after, &delta.renames, &wanted);
        let windows = |scope: &crate::facts::tree::Scope| -> Vec<String> {
            slots::slots(scope)
                .iter()
                .filter(|it| {
                    words(&it.name).iter().any(|it| {
                        matches!(
                            it.as_str(),
                            "window" | "interval" | "period" | "duration" | "timespan"
                        )
                    })
                })
                .map(|it| it.value.to_string())
                .collect()
        };
        for (before, after) in &changes.changed {
            if let (Some(old), Some(new)) = (per_second(before.value), per_second(after.value))
                && old > 0.0
                && new >= old * 5.0
            {
                out.push(
                    Finding::new(delta.file, delta.symbol(), format!("limit {}", after.name))
                        .before(before.line, delta.base_file.before.code(&before.span))
                        .after(after.line, delta.file.after.code(&after.span))
                        .says(
                            format!(
                                "In {}, the limit `{}` lets {:.0} times as much through as before. Guessing passwords or codes becomes that much faster.",
                                name_of(delta.symbol()),
                                after.name,
                                new / old
                            ),
                            "Raise the limit only for those who need it, and keep it for logins and codes.",
                        )
                        .speaks_if(windows(delta.before) == windows(delta.after)),
                );
            }
        }
    }
}
