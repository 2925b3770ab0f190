//! A policy and an incident: any text gives a value, or mistakes with a place.
#![no_main]

use afterclick::policy::Policy;
use afterclick::review::record::incidents::Incident;
use libfuzzer_sys::fuzz_target;

const CHECKS: [&str; 2] = ["auth/guard-removed", "money/idempotency-dropped"];

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    match Policy::parse(&text, &CHECKS) {
        Ok(policy) => {
            let _ = policy.is_excluded("src/a.rs");
        }
        Err(mistakes) => assert!(!mistakes.is_empty()),
    }
    let _ = Incident::parse(&text, &CHECKS);
});
