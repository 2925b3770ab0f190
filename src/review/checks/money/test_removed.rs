use crate::review::Context;
use crate::review::checks::auth::pays;
use crate::review::gone::tests_gone::findings;
use crate::review::record::finding::Finding;

check! {
    /// A test that said what must not happen to an amount or a payment is gone, and the code that it was about has changed.
    ///
    /// ## What it does
    /// Speaks when tests whose names say what must not happen go in the same change in which code
    /// about money changes, and no test is new. Tests that are skipped or commented out count as
    /// gone. Tests that moved, got another name, or go together with a whole feature do not.
    ///
    /// ## Why it matters
    /// Wrong amounts raise no error. A test is often the only thing that would tell.
    ///
    /// ## Example
    /// ```python
    /// def test_an_order_is_not_charged_twice(self):  # gone, and `charge` has changed
    /// ```
    ///
    /// ## Instead
    /// Keep the test and mend the code. Where it must not pass any more, change what it expects, so
    /// that the review of the pull request shows the decision.
    "money/test-removed", Money, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    out.extend(findings(
        context,
        &|place| pays(place),
        "If it kept an amount right, or from being booked twice, nothing would tell that it no longer does.",
    ));
}
