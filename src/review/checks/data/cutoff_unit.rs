use crate::change::Class;
use crate::facts::tree::{Argument, Expr, ExprKind, Operator, Scope, ScopeKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::code::draws;
use crate::review::deltas::compare::SideFacts;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::slots::each_expr;
use crate::review::record::finding::{Finding, name_of};

check! {
    /// What is kept for a time is deleted after a fraction of it, because of a unit or a missing bound.
    ///
    /// ## What it does
    /// Compares how code that cleans up works out how long something is kept. It speaks when the same
    /// number now counts a smaller unit (hours in place of days), when days are turned to seconds and
    /// taken from a moment in milliseconds, and when a time for which something is kept no longer has
    /// to be long enough.
    ///
    /// ## Why it matters
    /// The next run deletes almost everything, at night, and only a backup brings it back.
    ///
    /// ## Example
    /// ```python
    /// cutoff = now() - timedelta(days=settings.RETENTION)   # before
    /// cutoff = now() - timedelta(hours=settings.RETENTION)  # after
    /// ```
    ///
    /// ## Instead
    /// Say the unit in the name of the number, and test the cutoff with a date that is easy to read.
    "data/cutoff-unit", Data, SPEAKS, run
}

const ADVICE: &str =
    "Say the unit in the name of the number, and test the cutoff with a date that is easy to read.";

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        if delta.file.class != Class::Source || draws(delta.file) || delta.broken() {
            continue;
        }
        if delta.after.kind == ScopeKind::Function && cleans(delta) {
            smaller(delta, out);
            seconds(delta, out);
        }
        unbounded(context, delta, out);
    }
}

/// Words of code that deletes what is old, and of what is kept.
const CLEANS: &[&str] = &[
    "archive",
    "clean",
    "cleanup",
    "cutoff",
    "erase",
    "expire",
    "gc",
    "keep",
    "prune",
    "purge",
    "retain",
    "retention",
    "sweep",
    "vacuum",
];

fn says_cleaning(text: &str) -> bool {
    words(text).iter().any(|it| CLEANS.contains(&it.as_str()))
}

fn cleans(delta: &ScopeDelta<'_>) -> bool {
    says_cleaning(&delta.after.path)
        || says_cleaning(&delta.file.path)
        || says_cleaning(delta.file.after.code(&delta.after.span))
}

/// A number that counts units of time.
struct Time<'a> {
    amount: String,
    /// How many seconds one unit is.
    unit: u64,
    name: &'a str,
    at: &'a Expr,
}

/// The unit that a name says, in seconds.
fn unit(name: &str) -> Option<u64> {
    let found = words(name);
    let unit = found.iter().find_map(|it| {
        Some(match it.trim_end_matches('s') {
            "year" => 31_536_000,
            "month" => 2_592_000,
            "week" => 604_800,
            "day" => 86_400,
            "hour" => 3_600,
            "minute" | "min" => 60,
            "second" | "sec" => 1,
            _ => return None,
        })
    });
    unit.filter(|_| found.len() <= 2)
}

/// The times of a scope: `timedelta(days=x)`, `Duration.ofDays(x)`, `subDays(now, x)`, `x.days`.
fn times(scope: &Scope) -> Vec<Time<'_>> {
    let mut out = Vec::new();
    each_expr(&scope.body, &mut |it| match &it.kind {
        ExprKind::Call(callee, arguments) => {
            let name = callee.last_name();
            if matches!(
                name,
                "timedelta" | "relativedelta" | "Duration" | "interval" | "make_interval"
            ) {
                for argument in arguments {
                    let unit_name = argument.name.as_deref().unwrap_or_default();
                    if let Some(unit) = unit(unit_name) {
                        out.push(Time {
                            amount: argument.value.to_string(),
                            unit,
                            name: unit_name,
                            at: it,
                        });
                    }
                }
            } else if let (Some(unit), Some(Argument { value, .. })) =
                (unit(name), arguments.last())
                && begins(name)
            {
                out.push(Time {
                    amount: value.to_string(),
                    unit,
                    name,
                    at: it,
                });
            } else if let (ExprKind::Member(object, name), []) =
                (&callee.kind, arguments.as_slice())
                && let Some(unit) = unit(name)
            {
                out.push(Time {
                    amount: object.to_string(),
                    unit,
                    name,
                    at: it,
                });
            }
        }
        ExprKind::Member(object, name) if words(name).len() == 1 => {
            if let Some(unit) = unit(name) {
                out.push(Time {
                    amount: object.to_string(),
                    unit,
                    name,
                    at: it,
                });
            }
        }
        _ => {}
    });
    out
}

/// Whether a function of this name takes a number of a unit: `ofDays`, `minusHours`, `days`.
fn begins(name: &str) -> bool {
    let found = words(name);
    let first = found.first().map_or("", String::as_str);
    found.len() == 1
        || matches!(
            first,
            "of" | "from" | "sub" | "minus" | "subtract" | "add" | "plus" | "try"
        )
}

/// The same number, of a smaller unit.
fn smaller(delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    let (before, after) = (times(delta.before), times(delta.after));
    let stands = |list: &[Time<'_>], time: &Time<'_>| {
        list.iter()
            .any(|it| it.amount == time.amount && it.unit == time.unit)
    };
    for was in &before {
        let is = after
            .iter()
            .find(|it| it.amount == was.amount && it.unit < was.unit && !stands(&before, it));
        let Some(is) = is.filter(|_| !stands(&after, was)) else {
            continue;
        };
        out.push(
            Finding::new(delta.file, delta.symbol(), format!("unit {}", was.amount))
                .before(was.at.line, delta.base_file.before.code(&was.at.span))
                .after(is.at.line, delta.file.after.code(&is.at.span))
                .says(
                    format!(
                        "{} counted `{}` in `{}` and now counts it in `{}`. What is kept for that time is deleted after a fraction of it.",
                        name_of(delta.symbol()),
                        was.amount,
                        was.name,
                        is.name
                    ),
                    ADVICE,
                ),
        );
    }
}

/// Days as seconds, taken from a moment in milliseconds.
fn seconds(delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    let known = mixed(delta.before, &delta.base_file.before);
    let Some(found) = mixed(delta.after, &delta.file.after).filter(|_| known.is_none()) else {
        return;
    };
    out.push(
        Finding::new(delta.file, delta.symbol(), "seconds from milliseconds")
            .near(delta.before.line)
            .after(found.line, delta.file.after.code(&found.span))
            .says(
                format!(
                    "{} takes a number of seconds from a moment in milliseconds. What was to be kept for days is deleted after minutes or hours.",
                    name_of(delta.symbol())
                ),
                ADVICE,
            ),
    );
}

fn mixed<'a>(scope: &'a Scope, side: &SideFacts<'_>) -> Option<&'a Expr> {
    let mut found = None;
    each_expr(&scope.body, &mut |it| {
        if let ExprKind::Binary(Operator::Subtract, left, right) = &it.kind
            && found.is_none()
            && milliseconds(left)
            && days_as_seconds(right, side)
        {
            found = Some(it);
        }
    });
    found
}

/// Whether a moment is in milliseconds.
fn milliseconds(expr: &Expr) -> bool {
    let ExprKind::Call(callee, _) = &expr.kind else {
        return false;
    };
    match callee.last_name() {
        "getTime" | "valueOf" | "currentTimeMillis" | "toEpochMilli" | "UnixMilli"
        | "timestamp_millis" => true,
        "now" => callee.first_name() == "Date",
        _ => false,
    }
}

/// Whether a product is a number of days in seconds.
fn days_as_seconds(expr: &Expr, side: &SideFacts<'_>) -> bool {
    let factors = expr.parts(Operator::Multiply);
    let says_days = |it: &&Expr| {
        let found = words(it.last_name());
        let seconds = found
            .iter()
            .any(|it| it.starts_with("second") || it.starts_with("sec"));
        !seconds
            && found
                .iter()
                .any(|it| matches!(it.as_str(), "days" | "retention"))
    };
    let days = factors.iter().any(says_days);
    let product = factors
        .iter()
        .filter(|it| !says_days(it))
        .map(|it| number(it, side, 0))
        .try_fold(1.0_f64, |all, it| it.map(|it| all * it));
    days && factors.len() > 1 && product == Some(86_400.0)
}

/// What a product of numbers is, constants of the file included.
fn number(expr: &Expr, side: &SideFacts<'_>, depth: usize) -> Option<f64> {
    match &expr.kind {
        ExprKind::Number(text) => text.replace('_', "").parse().ok(),
        ExprKind::Binary(Operator::Multiply, left, right) if depth < 6 => {
            Some(number(left, side, depth + 1)? * number(right, side, depth + 1)?)
        }
        ExprKind::Name(name) if depth < 6 => {
            let mut sets = side.facts.assignments.iter();
            let set =
                sets.find(|it| matches!(&it.target.kind, ExprKind::Name(it) if it == name))?;
            number(&set.value, side, depth + 1)
        }
        _ => None,
    }
}

/// A time for which something is kept, that had to be long enough.
fn unbounded(context: &Context<'_>, delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    let bound = |it: &Expr| -> Option<String> {
        let mut found = None;
        it.walk(&mut |part| {
            if let ExprKind::Binary(operator, left, right) = &part.kind
                && matches!(
                    operator,
                    Operator::Less | Operator::LessEqual | Operator::Greater | Operator::GreaterEqual
                )
            {
                for (name, other) in [(left, right), (right, left)] {
                    let kept = words(name.last_name()).iter().any(|it| {
                        matches!(it.as_str(), "retention" | "retain" | "keep")
                    });
                    let long = matches!(&other.kind, ExprKind::Number(it) if it != "0")
                        || matches!(&other.kind, ExprKind::Name(it) | ExprKind::Member(_, it) if words(it).iter().any(|it| it == "min" || it == "minimum"));
                    if kept && long && found.is_none() {
                        found = Some(name.last_name().to_owned());
                    }
                }
            }
        });
        found
    };
    let lost = delta
        .lost
        .iter()
        .find_map(|it| Some((bound(&it.condition)?, it.place.line)));
    let call = || {
        delta.calls_lost.iter().find_map(|it| {
            let asserts = matches!(
                it.name.as_str(),
                "ensure" | "ensure!" | "assert" | "assert!" | "check" | "require" | "bail"
            );
            let first = it.arguments.first().filter(|_| asserts)?;
            Some((bound(&first.value)?, it.place.line))
        })
    };
    let Some((name, line)) = lost.or_else(call) else {
        return;
    };
    let still = context.files.iter().any(|file| {
        let says = |it: &Expr| bound(it).as_deref() == Some(name.as_str());
        file.after.facts.guards.iter().any(|it| says(&it.condition))
            || file.after.facts.gates.iter().any(|it| says(&it.condition))
            || file
                .after
                .facts
                .calls
                .iter()
                .any(|it| it.arguments.iter().any(|it| says(&it.value)))
    });
    let stays = delta.file.after.text.contains(&name)
        || context.files.iter().any(|it| it.after.text.contains(&name));
    let other = delta
        .gained
        .iter()
        .any(|it| it.condition.to_string().contains(&name));
    if still || !stays || other {
        return;
    }
    out.push(
        Finding::new(delta.file, delta.symbol(), format!("bound {name}"))
            .before(line, delta.base_file.before.line(line))
            .near(delta.line_after(line))
            .says(
                format!(
                    "{} made sure that `{name}` is long enough, and no longer does. With a value that is missing or too small, what has to be kept is deleted on the next run.",
                    name_of(delta.symbol())
                ),
                "Keep the bound, and stop where the value is missing.",
            ),
    );
}
