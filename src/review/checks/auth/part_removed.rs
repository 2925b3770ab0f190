use crate::review::Context;
use crate::review::checks::auth::code_changed::says_auth;
use crate::review::gone::lapse::findings;
use crate::review::money::{about_money, says_money};
use crate::review::record::finding::Finding;
use std::collections::BTreeSet;

check! {
    /// Code about logins, rights or secrets does less than before, and nothing takes its place.
    ///
    /// ## What it does
    /// Speaks when a function about logins, people, rights, secrets or requests is the same as
    /// before, but for something that was taken out of it: a call, a condition, a step around a
    /// value, an option. It keeps silent where the change does it anywhere else, and where what is
    /// gone only logged, measured, cached or converted something.
    ///
    /// ## Why it matters
    /// What protects people is often one line that nothing else depends on. Nothing fails when it
    /// is gone.
    ///
    /// ## Example
    /// ```go
    /// func ChangePassword(user *User, password string) error {
    ///     user.SetPassword(password)
    ///     user.EndSessions() // gone
    ///     return save(user)
    /// }
    /// ```
    ///
    /// ## Instead
    /// Put it back, or say in the pull request why it is no longer needed.
    "auth/part-removed", Auth, SPEAKS, run
}

/// Words of code that makes values safe or turns them down.
const SAFETY: &[&str] = &[
    "escape",
    "escaped",
    "sanitize",
    "sanitized",
    "sanitizer",
    "validate",
    "validation",
    "validator",
    "check",
    "checks",
    "checker",
];

/// Whether words say that code is about logins, people, rights, secrets, requests or safe values.
pub(in crate::review::checks) fn guards(found: &BTreeSet<String>) -> bool {
    says_auth(found) || SAFETY.iter().any(|it| found.contains(*it))
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    out.extend(findings(
        context,
        &|delta, lapse| {
            guards(&lapse.around(delta)) && !about_money(delta) && !says_money(&lapse.words)
        },
        "If it kept people out or something secret, it no longer does.",
    ));
}
