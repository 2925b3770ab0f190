use super::lost_requirements;
use crate::facts::tree::{ExprKind, Operator};
use crate::review::Context;
use crate::review::finding::{Finding, name_of};
use crate::review::money::says_amount;
use crate::review::subject::Subject;

check! {
    /// An amount is no longer compared with what it may be.
    ///
    /// ## What it does
    /// Looks at code about money for comparisons of an amount (with a balance, with what was paid,
    /// with zero) that left before, and are gone. It speaks when nothing in the change took their
    /// place and the rest is still done.
    ///
    /// ## Why it matters
    /// More can be refunded than was paid, more spent than is there, or a payment of zero or less
    /// can go through.
    ///
    /// ## Example
    /// ```ts
    /// async function refund(order: Order, amount: number) {
    ///   if (amount > order.paid) throw new Error("too much"); // gone
    ///   await gateway.refund(order.id, amount);
    /// }
    /// ```
    ///
    /// ## Instead
    /// Keep the limit next to the write, and test an amount that is one cent too high.
    "money/refund-charge-cap-guard-removed", Money, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    lost_requirements(context, out, &|lost| {
        let compares =
            lost.requirement
                .condition
                .parts(Operator::Or)
                .iter()
                .any(|part| match &part.kind {
                    ExprKind::Binary(
                        Operator::Less
                        | Operator::LessEqual
                        | Operator::Greater
                        | Operator::GreaterEqual,
                        left,
                        right,
                    ) => {
                        says_amount(left.last_name(), true) || says_amount(right.last_name(), true)
                    }
                    _ => false,
                });
        let rounds = lost.subject == Some(Subject::Amount);
        (compares || rounds).then(|| {
            (
                format!(
                    "{} no longer compares the amount with what it may be. More could be refunded, spent or charged than is right.",
                    name_of(lost.delta.symbol())
                ),
                "Put the comparison back, or say where it is done now, and test an amount that is one cent too high.",
            )
        })
    });
}
