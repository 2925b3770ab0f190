use crate::facts::fact::Call;
use crate::facts::words::words;
use crate::review::Context;
use crate::review::record::finding::{Finding, name_of};

check! {
    /// Messages of a payment provider are acted on without a look at their signature.
    ///
    /// ## What it does
    /// Looks for calls that verify the signature of a webhook (`constructEvent`,
    /// `verify_signature`, a comparison of an HMAC). It speaks when one is gone from a function that
    /// still handles the message and nothing in the change verifies it instead.
    ///
    /// ## Why it matters
    /// Anyone who finds the address can send a made-up message that says "paid".
    ///
    /// ## Example
    /// ```ts
    /// const event = stripe.webhooks.constructEvent(raw, signature, secret); // before
    /// const event = JSON.parse(raw);                                        // after
    /// ```
    ///
    /// ## Instead
    /// Verify the signature over the raw body before anything else is done.
    "money/webhook-signature-dropped", Money, SPEAKS, run
}

/// Whether a call verifies the signature of a message.
fn verifies(call: &Call, near_webhook: bool) -> bool {
    let found = words(&call.name);
    let has = |list: &[&str]| found.iter().any(|it| list.contains(&it.as_str()));
    if has(&["construct"]) && has(&["event"]) {
        return true;
    }
    let checks = has(&[
        "verify",
        "verifies",
        "validate",
        "check",
        "authenticate",
        "verified",
        "valid",
        "validator",
    ]);
    if checks && has(&["signature", "hmac", "webhook", "signed"]) {
        return true;
    }
    if !near_webhook {
        return false;
    }
    let receiver = words(call.callee.first_name());
    let of_webhook = receiver.iter().any(|it| {
        matches!(
            it.as_str(),
            "webhook" | "webhooks" | "wh" | "signature" | "verifier"
        )
    });
    (checks && of_webhook)
        || call.name == "Equal" && call.callee.first_name() == "hmac"
        || matches!(
            call.name.as_str(),
            "timingSafeEqual"
                | "compare_digest"
                | "secure_compare"
                | "ConstantTimeCompare"
                | "hash_equals"
                | "fixed_length_secure_compare"
                | "FixedTimeEquals"
                | "isEqual"
        )
}

/// Whether a call makes something of a text that came in: `JSON.parse`, `serde_json::from_str`.
fn parses(call: &Call) -> bool {
    let name: String = call.name.chars().filter(|it| *it != '_').collect();
    matches!(
        name.to_ascii_lowercase().trim_end_matches('!'),
        "parse"
            | "parsejson"
            | "fromstr"
            | "fromslice"
            | "fromreader"
            | "fromjson"
            | "loads"
            | "load"
            | "json"
            | "jsondecode"
            | "decode"
            | "deserialize"
            | "deserializeobject"
            | "unmarshal"
            | "readvalue"
            | "constructfrom"
            | "parseevent"
            | "modelvalidatejson"
            | "parseraw"
    )
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        let near: Vec<String> = words(&format!("{} {}", delta.file.path, delta.after.path));
        let webhook = near.iter().any(|it| {
            matches!(
                it.as_str(),
                "webhook"
                    | "webhooks"
                    | "hook"
                    | "hooks"
                    | "callback"
                    | "ipn"
                    | "notify"
                    | "notification"
            )
        });
        let Some(lost) = delta.calls_lost.iter().find(|it| verifies(it, webhook)) else {
            continue;
        };
        let replaced = delta
            .calls_gained
            .iter()
            .chain(delta.calls_changed.iter().map(|it| &it.1))
            .any(|it| verifies(it, true));
        let [was, is] = context.deltas.call_counts(&lost.name);
        let attribute = delta.after.attributes.len() > delta.before.attributes.len();
        // Where a function was little else than the check, it reads the message by itself now.
        let reads = delta.calls_gained.iter().any(parses);
        let handles = !delta.calls_after.is_empty() && (reads || delta.kept() >= 0.3);
        let kept_elsewhere = context.files.iter().any(|file| {
            let count = |calls: &[Call]| calls.iter().filter(|it| verifies(it, webhook)).count();
            count(&file.after.facts.calls) > count(&file.before.facts.calls)
        });
        let constructs = words(&lost.name).contains(&"construct".to_owned());
        out.push(
            Finding::new(delta.file, delta.symbol(), format!("signature {}", lost.callee))
                .before(lost.place.line, delta.base_file.before.code(&lost.place.span))
                .near(delta.line_after(lost.place.line))
                .says(
                    format!(
                        "{} no longer checks the signature of the message it is sent. Anyone could send a made-up message that says a bill was paid.",
                        name_of(delta.symbol())
                    ),
                    "Verify the signature over the raw body before anything is done, and test that a message with a wrong one is refused.",
                )
                .speaks_if(
                    is < was && !replaced && !attribute && handles && !kept_elsewhere && (webhook || constructs),
                ),
        );
    }
}
