use crate::change::Class;
use crate::facts::fact::Call;
use crate::facts::setting::{Setting, ValueKind};
use crate::facts::tree::{ExprKind, Scope};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::literals::{literals, mentions};
use crate::review::deltas::settings::{compare_in, local, unreadable};
use crate::review::record::finding::{Finding, name_of};

check! {
    /// Far more requests or attempts are let through in the same time.
    ///
    /// ## What it does
    /// Compares the numbers of rate limits and of attempts at signing in, in code and in
    /// configuration. Speaks when one grows five times or more for the same span of time, or when a
    /// limit is switched off.
    ///
    /// ## Why it matters
    /// A limit is what makes guessing passwords, codes and addresses slow, and what keeps one caller
    /// from using up what is there for all.
    ///
    /// ## Example
    /// ```js
    /// rateLimit({ max: 1000, window: "1m" })   // was: max: 100
    /// ```
    ///
    /// ## Instead
    /// Raise the limit for the customers that need it, and keep the one on signing in.
    "auth/rate-limit-raised", Auth, SPEAKS, run
}

const MENTIONS: &[&str] = &[
    "imit", "LIMIT", "hrottle", "THROTTLE", "ttempts", "ATTEMPTS",
];

/// More than this many times as much is another limit.
const TIMES: f64 = 5.0;

fn run(context: &Context<'_>, found: &mut Vec<Finding>) {
    for ((base, before), (head, after)) in context.matching.pairs() {
        let (base, head) = (&context.files[base], &context.files[head]);
        if head.class == Class::Source {
            let (before, after) = (
                &base.before.tree.scopes[before],
                &head.after.tree.scopes[after],
            );
            above(head, before, after, found);
        }
    }
    for delta in &context.deltas.scopes {
        unlimited(context, delta, found);
    }
    for file in context.files {
        if !file.before.exists
            || !file.after.exists
            || unreadable(file)
            || local(&file.path)
            || !mentions(file, MENTIONS)
        {
            continue;
        }
        let code = (literals(&file.before), literals(&file.after));
        for (before, after) in [code, (&file.before.settings, &file.after.settings)] {
            let deltas = compare_in(file, before, after);
            // A limit over another span of time is another limit.
            let spans: Vec<&Setting> = deltas
                .changed
                .iter()
                .map(|(_, is)| *is)
                .filter(|it| span(it))
                .collect();
            for (was, is) in &deltas.changed {
                let (Some(old), Some(new)) = (number(was), number(is)) else {
                    continue;
                };
                let beside = |it: &&&Setting| it.around() == is.around();
                if !limit(is)
                    || new < old * TIMES
                    || old <= 0.0
                    || spans.iter().any(|it| beside(&it))
                {
                    continue;
                }
                let name = named(is);
                let times = new / old;
                found.push(
                    Finding::new(file, &name, format!("{} {} -> {}", is.key(), was.value, is.value))
                        .before(was.line, &format!("{}: {}", was.key(), was.value))
                        .after(is.line, &format!("{}: {}", is.key(), is.value))
                        .says(
                            format!(
                                "{name} let through {} and now lets through {}, about {times:.0} times as \
                                 many. Guessing and flooding get that much easier.",
                                was.value, is.value
                            ),
                            "Raise it only for those who need it, and keep the limit on signing in.",
                        ),
                );
            }
        }
    }
}

/// Laravel's `Limit::none()` and .NET's `GetNoLimiter` in place of a limit.
fn unlimited(context: &Context<'_>, delta: &ScopeDelta<'_>, found: &mut Vec<Finding>) {
    let none = |it: &&&Call| {
        it.name == "GetNoLimiter" || it.name == "none" && it.callee.first_name() == "Limit"
    };
    let limits = |it: &&&Call| {
        !none(it)
            && (it.callee.first_name() == "Limit" && per(&it.name)
                || it.name.starts_with("Get") && it.name.ends_with("Limiter"))
    };
    let (before, after) = (&delta.calls_before, &delta.calls_after);
    let more = after.iter().filter(none).count() > before.iter().filter(none).count();
    let fewer = after.iter().filter(limits).count() < before.iter().filter(limits).count();
    let (Some(was), Some(is)) = (before.iter().find(limits), after.iter().rfind(none)) else {
        return;
    };
    let [had, has] = context.deltas.call_counts(&was.name);
    if !more || !fewer {
        return;
    }
    found.push(
        Finding::new(delta.file, delta.symbol(), format!("no limit: {}", is.callee))
            .before(was.place.line, delta.base_file.before.code(&was.place.span))
            .after(is.place.line, delta.file.after.code(&is.place.span))
            .says(
                format!(
                    "{} limited how often something may be tried (`{}`), and now lets any number through. Guessing and flooding get that much easier.",
                    name_of(delta.symbol()),
                    was.name
                ),
                "Keep a limit, and raise it only for those who need it.",
            )
            .speaks_if(has < had),
    );
}

/// `Limit::perMinute(5)` says by its name that it is a limit.
fn per(name: &str) -> bool {
    matches!(
        name,
        "perSecond" | "perMinute" | "perMinutes" | "perHour" | "perDay"
    )
}

fn number(setting: &Setting) -> Option<f64> {
    let text = setting.value.replace('_', "");
    match setting.kind {
        ValueKind::Expression => None,
        _ => text.parse().ok().or_else(|| per_second(&text)),
    }
}

/// `5/minute`, `100 per hour`, `10/h`: how many a second.
fn per_second(text: &str) -> Option<f64> {
    let text = text.trim().to_ascii_lowercase();
    let (amount, span) = text.split_once('/').or_else(|| text.split_once(" per "))?;
    let span = span.trim();
    let count: String = span.chars().take_while(char::is_ascii_digit).collect();
    let unit = span[count.len()..].trim();
    let seconds = match unit.trim_end_matches('s') {
        "" | "sec" | "second" => 1.0,
        "m" | "min" | "minute" => 60.0,
        "h" | "hour" => 3_600.0,
        "d" | "day" => 86_400.0,
        _ => return None,
    };
    let times: f64 = if count.is_empty() {
        1.0
    } else {
        count.parse().ok()?
    };
    let amount: f64 = amount.trim().parse().ok()?;
    (times > 0.0).then(|| amount / (seconds * times))
}

/// `@ratelimit(rate="5/m")` above a function, that lets more through.
fn above(file: &FilePair<'_>, before: &Scope, scope: &Scope, found: &mut Vec<Finding>) {
    let rates = |scope: &Scope| -> Vec<(String, String, u32)> {
        let about = |name: &str| {
            let name = words(name);
            ["limit", "ratelimit", "limiter", "throttle", "rate"]
                .iter()
                .any(|word| name.iter().any(|it| it == word))
        };
        let above = scope.attributes.iter().filter(|it| about(&it.name));
        above
            .flat_map(|it| it.arguments.iter().map(move |argument| (it, argument)))
            .filter_map(|(it, argument)| match &argument.value.kind {
                ExprKind::Text(text) if per_second(text).is_some() => {
                    Some((it.name.clone(), text.clone(), it.line))
                }
                _ => None,
            })
            .collect()
    };
    let after = rates(scope);
    for (name, old, line) in rates(before) {
        let Some((_, new, now)) = after.iter().find(|it| it.0 == name) else {
            continue;
        };
        let (Some(was), Some(is)) = (per_second(&old), per_second(new)) else {
            continue;
        };
        if was <= 0.0 || is < was * TIMES {
            continue;
        }
        found.push(
            Finding::new(file, &scope.path, format!("{name} {old} -> {new}"))
                .before(line, &format!("{name}({old})"))
                .after(*now, &format!("{name}({new})"))
                .says(
                    format!(
                        "`{}` let through {old} and now lets through {new}, about {:.0} times as many. Guessing and flooding get that much easier.",
                        scope.path,
                        is / was
                    ),
                    "Raise it only for those who need it, and keep the limit on signing in.",
                ),
        );
    }
}

/// Whether a setting is how many may pass.
fn limit(setting: &Setting) -> bool {
    let said: Vec<String> = setting.path.iter().flat_map(|part| words(part)).collect();
    let says = |word: &str| said.iter().any(|it| it == word);
    let rate = says("rate")
        || says("throttle")
        || says("throttler")
        || says("ratelimit")
        || says("limiter");
    let tries = says("attempts")
        && (says("login")
            || says("password")
            || says("signin")
            || says("otp")
            || says("failed")
            || says("auth"));
    let key: Vec<String> = words(setting.key());
    let amount = [
        "max", "limit", "requests", "points", "tokens", "burst", "rate", "attempts", "count",
        "rpm", "rps",
    ];
    // `"5/minute"` says by itself that it is an amount.
    let says_so = per_second(&setting.value).is_some();
    per(setting.key())
        || (says_so || !span(setting) && key.iter().any(|it| amount.contains(&it.as_str())))
            && (rate || tries)
}

/// Whether a setting is a span of time.
fn span(setting: &Setting) -> bool {
    if per(setting.key()) {
        return false;
    }
    let key = words(setting.key());
    [
        "window", "interval", "period", "ttl", "duration", "seconds", "minutes", "ms", "per",
        "timeout", "time",
    ]
    .iter()
    .any(|word| key.iter().any(|it| it == word))
}

/// What the limit is called.
fn named(setting: &Setting) -> String {
    match setting.path.first() {
        Some(first) if !first.is_empty() => first.to_string(),
        _ => setting
            .path
            .get(1)
            .map(ToString::to_string)
            .unwrap_or_default(),
    }
}
