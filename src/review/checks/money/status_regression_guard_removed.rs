use super::{Lost, lost_requirements};
use crate::facts::tree::{Expr, ExprKind, Operator};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::conditions::requirement::Requirement;
use crate::review::conditions::subject::{Subject, spoken_words};
use crate::review::record::finding::{Finding, name_of};

check! {
    /// What is paid, voided or done can change its state again.
    ///
    /// ## What it does
    /// Looks at code about money for conditions on a state (`paid`, `voided`, `refunded`,
    /// `terminated`, an unchanged state) that left before, and are gone. It speaks when nothing in
    /// the change took their place and the rest is still done.
    ///
    /// ## Why it matters
    /// Payment providers send the same news twice, late and out of order. Without the check a late
    /// message turns a paid invoice unpaid, or a closed one is changed after the fact.
    ///
    /// ## Example
    /// ```ruby
    /// def update_status(invoice, status)
    ///   return if invoice.payment_succeeded? # gone
    ///   invoice.update!(payment_status: status)
    /// end
    /// ```
    ///
    /// ## Instead
    /// Keep final states final, and test that a message that comes twice or late changes nothing.
    "money/status-regression-guard-removed", Money, SPEAKS, run
}

const STATES: &[&str] = &[
    "paid",
    "succeeded",
    "voided",
    "void",
    "finalized",
    "finalised",
    "settled",
    "captured",
    "refunded",
    "charged",
    "terminated",
    "processed",
    "disputed",
    "canceled",
    "cancelled",
    "completed",
    "terminal",
    "pending",
    "closed",
    "billed",
    "invoiced",
    "redeemed",
    "consumed",
    "expired",
    "draft",
    "active",
    "editable",
    "refundable",
    "voidable",
    "payable",
    "failed",
];

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    lost_requirements(context, out, &|lost| {
        if !about_a_state(lost) {
            return None;
        }
        Some((
            format!(
                "{} no longer stops when the state of the payment, invoice or subscription says it must. Something that is already paid, voided or closed could be changed or charged again.",
                name_of(lost.delta.symbol())
            ),
            "Put the check back, or say where it is done now, and test a message that comes twice or late.",
        ))
    });
}

fn about_a_state(lost: &Lost<'_>) -> bool {
    match lost.subject {
        Some(Subject::Status) => true,
        Some(Subject::Amount | Subject::Permission | Subject::Ownership) => false,
        _ => {
            let found = spoken_words(&lost.requirement.condition);
            let money = crate::review::money::says_money(&found);
            (money && STATES.iter().any(|it| found.contains(*it)))
                || compares_states(lost.requirement)
        }
    }
}

/// `payment.state == new_state`, `invoice.status != "draft"`.
fn compares_states(requirement: &Requirement) -> bool {
    requirement
        .condition
        .parts(Operator::Or)
        .iter()
        .any(|part| {
            let ExprKind::Binary(
                Operator::Equal | Operator::NotEqual | Operator::In | Operator::NotIn,
                left,
                right,
            ) = &part.kind
            else {
                return false;
            };
            let state = |it: &Expr| {
                matches!(
                    it.kind,
                    ExprKind::Member(..) | ExprKind::Name(_) | ExprKind::Index(..)
                ) && words(it.last_name())
                    .last()
                    .is_some_and(|last| matches!(last.as_str(), "state" | "status"))
            };
            // The status of a reply is no state of a payment.
            let code = |it: &Expr| matches!(it.kind, ExprKind::Number(_) | ExprKind::Null);
            (state(left) && !code(right)) || (state(right) && !code(left))
        })
}
