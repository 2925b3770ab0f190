//! Connections that anybody on the way can read.

use crate::facts::fact::Call;
use crate::facts::words::words;
use crate::review::Context;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::record::finding::{Finding, name_of};

/// Connections that are newly made without encryption: gRPC's `insecure.NewCredentials()`.
pub fn in_the_clear(context: &Context<'_>, delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    let clear = |it: &Call| match it.name.as_str() {
        "NewCredentials" => it.callee.first_name() == "insecure",
        "WithInsecure" | "insecure_channel" | "usePlaintext" | "createInsecure" => true,
        _ => false,
    };
    let count = |calls: &[&Call]| calls.iter().filter(|it| clear(it)).count();
    if count(&delta.calls_after) <= count(&delta.calls_before) {
        return;
    }
    let Some(call) = delta.calls_after.iter().rev().find(|it| clear(it)) else {
        return;
    };
    let [was, is] = context.deltas.call_counts(&call.name);
    let secure = |it: &&&Call| {
        let found = words(&it.callee.to_string());
        found
            .iter()
            .any(|it| matches!(it.as_str(), "tls" | "ssl" | "secure"))
    };
    // Beside an encrypted connection, or in place of one.
    let Some(other) = delta.calls_before.iter().find(secure) else {
        return;
    };
    out.push(
        Finding::new(delta.file, delta.symbol(), format!("in the clear {}", call.callee))
            .before(other.place.line, delta.base_file.before.code(&other.place.span))
            .after(call.place.line, delta.file.after.code(&call.place.span))
            .says(
                format!(
                    "{} now also makes a connection without encryption. Whoever is in between can read and change what is sent, tokens and passwords included.",
                    name_of(delta.symbol())
                ),
                "Encrypt it, or allow it for this machine alone.",
            )
            .speaks_if(is > was),
    );
}
