use crate::review::Context;
use crate::review::gone::lapse::findings;
use crate::review::money::{about_money, says_money};
use crate::review::record::finding::Finding;

check! {
    /// Code about money does less than before, and nothing takes its place.
    ///
    /// ## What it does
    /// Speaks when a function about payments, prices, invoices or balances is the same as before,
    /// but for something that was taken out of it: a call, a condition, a step around a value, an
    /// option. It keeps silent where the change does it anywhere else, and where what is gone only
    /// logged, measured, cached or converted something.
    ///
    /// ## Why it matters
    /// What keeps amounts right is often one line that nothing else depends on. Nothing fails when
    /// it is gone; the books are wrong later.
    ///
    /// ## Example
    /// ```ruby
    /// def perform!
    ///   return true if transaction_id.present? # gone
    ///   gateway.refund(amount)
    /// end
    /// ```
    ///
    /// ## Instead
    /// Put it back, or say in the pull request why it is no longer needed.
    "money/part-removed", Money, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    out.extend(findings(
        context,
        &|delta, lapse| about_money(delta) || says_money(&lapse.words),
        "If it kept an amount right, or from being booked twice, customers or the books get it wrong now.",
    ));
}
