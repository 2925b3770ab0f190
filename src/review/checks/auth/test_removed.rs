use crate::review::Context;
use crate::review::checks::auth::guards;
use crate::review::gone::tests_gone::{Place, findings};
use crate::review::money::{about_money, says_money};
use crate::review::record::finding::Finding;

check! {
    /// A test that said who or what is turned away is gone, and the code that it was about has changed.
    ///
    /// ## What it does
    /// Speaks when tests whose names say what must not happen go in the same change in which code
    /// about logins, people, rights, secrets or requests changes, and no test is new. Tests that are
    /// skipped or commented out count as gone. Tests that moved, got another name, or go together
    /// with a whole feature do not.
    ///
    /// ## Why it matters
    /// A test that fails is in the way, and taking it out is the quickest way on. Its name is often
    /// the only place that says in words what the code was meant to refuse.
    ///
    /// ## Example
    /// ```ruby
    /// it "refuses a token that has run out" do # gone, and `Token.verify` has changed
    /// ```
    ///
    /// ## Instead
    /// Keep the test and mend the code. Where it must not pass any more, change what it expects, so
    /// that the review of the pull request shows the decision.
    "auth/test-removed", Auth, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    out.extend(findings(
        context,
        &|place| guards(&place.words) && !pays(place),
        "If it kept people out or something secret, nothing would tell that it no longer does.",
    ));
}

/// Whether a place is about money: that is said on another surface.
pub(in crate::review::checks) fn pays(place: &Place<'_>) -> bool {
    place.delta().is_some_and(about_money) || says_money(&place.words)
}
