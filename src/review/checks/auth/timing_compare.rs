use crate::facts::fact::Call;
use crate::facts::tree::{ExprKind, Operator};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::deltas::key::{loose, renamed};
use crate::review::deltas::slots::each_expr;
use crate::review::record::finding::{Finding, name_of};

check! {
    /// A secret is compared in a way that tells, by its time, how much of it was right.
    ///
    /// ## What it does
    /// Looks for calls that compare in constant time (`hmac.compare_digest`,
    /// `subtle.ConstantTimeCompare`, `timingSafeEqual` …) that are gone while the same values are now
    /// compared with `==`.
    ///
    /// ## Why it matters
    /// Somebody who may try often can find a token or a signature piece by piece.
    ///
    /// ## Example
    /// ```go
    /// if subtle.ConstantTimeCompare(got, want) == 1 { // before
    /// if got == want {                                // after
    /// ```
    ///
    /// ## Instead
    /// Use the constant-time comparison for everything that is secret.
    "auth/timing-compare", Auth, SPEAKS, run
}

const CONSTANT: &[&str] = &[
    "ConstantTimeCompare",
    "compare_digest",
    "constant_time_compare",
    "timingSafeEqual",
    "secure_compare",
    "fixed_length_secure_compare",
    "hash_equals",
    "FixedTimeEquals",
    "Equal",
    "constantTimeEquals",
    "isEqual",
    "ct_eq",
    "verify_slices_are_equal",
    "safe_str_cmp",
];

/// Whether it is the project's own comparison of secrets, `checkHmac(got, want)`, that is gone as
/// well.
fn own(context: &Context<'_>, call: &Call) -> bool {
    let found = words(&call.name);
    let any = |list: &[&str]| found.iter().any(|it| list.contains(&it.as_str()));
    call.arguments.len() == 2
        && any(&[
            "hmac",
            "constant",
            "timing",
            "secure",
            "safe",
            "signature",
            "mac",
        ])
        && any(&[
            "equal", "equals", "compare", "check", "verify", "match", "matches", "same",
        ])
        && context.alone().gone.contains(&call.name)
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        let lost = delta.calls_lost.iter().find(|call| {
            (CONSTANT.contains(&call.name.as_str()) || own(context, call))
                && (call.name != "Equal" || call.callee.first_name() == "hmac")
                && (call.name != "isEqual" || call.callee.first_name() == "MessageDigest")
        });
        let Some(lost) = lost else { continue };
        let plain = |it: &crate::facts::tree::Expr| {
            // `Buffer.from(token)`, `[]byte(token)`: the value inside counts.
            let mut names = vec![loose(&renamed(it, &delta.renames))];
            if let ExprKind::Call(_, arguments) = &it.kind {
                names.extend(
                    arguments
                        .iter()
                        .map(|it| loose(&renamed(&it.value, &delta.renames))),
                );
            }
            names
        };
        let mut compared: Vec<String> = lost
            .arguments
            .iter()
            .flat_map(|it| plain(&it.value))
            .collect();
        if let ExprKind::Member(object, _) = &lost.callee.kind {
            compared.extend(plain(object));
        }
        let mut found = None;
        each_expr(&delta.after.body, &mut |it| {
            let sides = match &it.kind {
                ExprKind::Binary(Operator::Equal | Operator::NotEqual, left, right) => {
                    [&**left, &**right]
                }
                ExprKind::Call(callee, arguments)
                    if matches!(callee.last_name(), "equals" | "Equals" | "strcmp")
                        && !arguments.is_empty() =>
                {
                    [&**callee, &arguments[0].value]
                }
                _ => return,
            };
            if sides.iter().any(|it| compared.contains(&loose(it)))
                && !sides.iter().any(|it| {
                    matches!(
                        it.kind,
                        ExprKind::Number(_) | ExprKind::Null | ExprKind::Bool(_)
                    )
                })
                && !sides
                    .iter()
                    .any(|it| matches!(it.last_name(), "length" | "len" | "size" | "byteLength"))
            {
                found = Some((it.line, it.span.clone()));
            }
        });
        let Some((line, span)) = found else { continue };
        out.push(
            Finding::new(delta.file, delta.symbol(), format!("compare {}", lost.callee))
                .before(lost.place.line, delta.base_file.before.code(&lost.place.span))
                .after(line, delta.file.after.code(&span))
                .says(
                    format!(
                        "{} compares a secret in a way whose time tells how much of it was right. Somebody who may try often could find it out.",
                        name_of(delta.symbol())
                    ),
                    "Use the constant-time comparison again.",
                )
                .speaks_if(delta.calls_after.iter().all(|it| it.name != lost.name)),
        );
    }
}
