use crate::review::Context;
use crate::review::checks::auth::{guards, pays};
use crate::review::checks::data::part_removed::KEEPS;
use crate::review::gone::tests_gone::findings;
use crate::review::record::finding::Finding;

check! {
    /// A test that said what must not happen to data is gone, and the code that it was about has changed.
    ///
    /// ## What it does
    /// Speaks when tests whose names say what must not happen go in the same change in which code
    /// that stores, changes or deletes data changes, and no test is new. Tests that are skipped or
    /// commented out count as gone. Tests that moved, got another name, or go together with a whole
    /// feature do not.
    ///
    /// ## Why it matters
    /// Lost data is found late, and rarely comes back. A test is often the only thing that would
    /// tell in time.
    ///
    /// ## Example
    /// ```go
    /// func TestArchiveDoesNotDeleteInvoices(t *testing.T) { // gone, and `Archive` has changed
    /// ```
    ///
    /// ## Instead
    /// Keep the test and mend the code. Where it must not pass any more, change what it expects, so
    /// that the review of the pull request shows the decision.
    "data/test-removed", Data, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    out.extend(findings(
        context,
        &|place| {
            KEEPS.iter().any(|it| place.words.contains(*it))
                && !guards(&place.words)
                && !pays(place)
        },
        "If it kept data whole, or two requests apart, nothing would tell that it no longer does.",
    ));
}
