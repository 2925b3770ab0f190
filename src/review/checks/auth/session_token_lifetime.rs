use crate::facts::tree::{Expr, ExprKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::deltas::slots::{self, Slot, number};
use crate::review::record::finding::{Finding, name_of};

check! {
    /// Sessions or tokens stay valid much longer.
    ///
    /// ## What it does
    /// Records lifetimes of sessions, tokens, codes and cookies that grew to more than four times
    /// what they were.
    ///
    /// ## Why it matters
    /// What is stolen stays useful for as long.
    ///
    /// ## Example
    /// ```ts
    /// jwt.sign(claims, key, { expiresIn: "15m" }); // before
    /// jwt.sign(claims, key, { expiresIn: "30d" }); // after
    /// ```
    ///
    /// ## Instead
    /// Keep what gives access short, and renew it.
    "auth/session-token-lifetime", Auth, RECORDS, run
}

fn is_lifetime(name: &str) -> bool {
    let found = words(name);
    let has = |it: &[&str]| found.iter().any(|word| it.contains(&word.as_str()));
    has(&[
        "ttl",
        "lifetime",
        "expiry",
        "expiration",
        "expires",
        "expire",
        "maxage",
    ]) || (has(&["max"]) && has(&["age"]))
        || (has(&["timeout"]) && has(&["session", "login", "token"]))
}

/// Seconds, as far as the value tells its unit.
fn seconds(expr: &Expr) -> Option<f64> {
    const UNITS: &[(&str, f64)] = &[
        ("second", 1.0),
        ("minute", 60.0),
        ("hour", 3_600.0),
        ("day", 86_400.0),
        ("week", 604_800.0),
        ("month", 2_592_000.0),
        ("year", 31_536_000.0),
    ];
    let unit = |name: &str| {
        let name = name.to_lowercase();
        UNITS
            .iter()
            .find(|(unit, _)| name.trim_end_matches('s') == *unit)
            .map(|it| it.1)
    };
    match &expr.kind {
        ExprKind::Text(text) => {
            let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
            let rest = text[digits.len()..].trim();
            let factor = match rest {
                "ms" => 0.001,
                "s" | "" => 1.0,
                "m" | "min" => 60.0,
                "h" => 3_600.0,
                "d" => 86_400.0,
                "w" => 604_800.0,
                "y" => 31_536_000.0,
                other => unit(other)?,
            };
            digits.parse::<f64>().ok().map(|it| it * factor)
        }
        ExprKind::Member(object, name) => Some(unit(name)? * number(object).unwrap_or(1.0)),
        ExprKind::Call(callee, arguments) => match arguments.as_slice() {
            [] => seconds(callee),
            [only] => Some(
                unit(only.name.as_deref().unwrap_or(callee.last_name()))? * number(&only.value)?,
            ),
            _ => None,
        },
        ExprKind::Binary(crate::facts::tree::Operator::Multiply, a, b) => {
            let side = |it: &Expr| number(it).or_else(|| seconds(it));
            Some(side(a)? * side(b)?)
        }
        _ => number(expr),
    }
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        let text = format!(
            "{} {}",
            delta.file.path,
            delta.base_file.before.code(&delta.before.span)
        )
        .to_lowercase();
        if !["session", "token", "cookie", "jwt", "otp", "login", "auth"]
            .iter()
            .any(|it| text.contains(it))
        {
            continue;
        }
        let wanted = |slot: &Slot<'_>| is_lifetime(slot.name);
        let changes = slots::changes(delta.before, delta.after, &delta.renames, &wanted);
        for (before, after) in &changes.changed {
            if let (Some(old), Some(new)) = (seconds(before.value), seconds(after.value))
                && old > 0.0
                && new > old * 4.0
                && (new / old - 1000.0).abs() > f64::EPSILON
            {
                out.push(
                    Finding::new(delta.file, delta.symbol(), format!("lifetime {}", after.name))
                        .before(before.line, delta.base_file.before.code(&before.span))
                        .after(after.line, delta.file.after.code(&after.span))
                        .says(
                            format!(
                                "In {}, `{}` is now more than four times as long. What is stolen stays useful for as long.",
                                name_of(delta.symbol()),
                                after.name
                            ),
                            "Keep what gives access short, and renew it.",
                        )
                        .speaks_if(false),
                );
            }
        }
    }
}
