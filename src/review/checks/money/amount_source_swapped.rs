use super::{Words, amounts};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::conditions::subject::spoken_words;
use crate::review::money::Meaning;
use crate::review::record::finding::{Finding, name_of};

check! {
    /// An amount of money is taken from another place than before.
    ///
    /// ## What it does
    /// Compares where amounts are read from. It speaks when the preferred of two sources is gone
    /// (`reported || due` becomes `due`), and when what a payment provider reports is replaced by
    /// what we expected. Other swaps are only recorded.
    ///
    /// ## Why it matters
    /// The books may show money that never arrived, or bill a sum that nobody agreed to.
    ///
    /// ## Example
    /// ```ruby
    /// create_payment(amount_cents: amount_cents || invoice.due_cents) # before
    /// create_payment(amount_cents: invoice.due_cents)                 # after
    /// ```
    ///
    /// ## Instead
    /// Book what the provider says arrived, and compare it with what was due.
    "money/amount-source-swapped", Money, SPEAKS, run
}

const REPORTED: &[&str] = &[
    "event",
    "webhook",
    "provider",
    "intent",
    "session",
    "notification",
    "notify",
    "received",
    "captured",
    "settled",
    "payload",
    "stripe",
    "paypal",
    "transaction",
    "gateway",
];
const EXPECTED: &[&str] = &[
    "due", "expected", "total", "invoice", "order", "price", "cart", "owed",
];

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    amounts(
        context,
        out,
        &[Meaning::SourceDropped, Meaning::SourceSwapped],
        &|delta, change| {
            let (was, is) = (
                spoken_words(change.before.value),
                spoken_words(change.after.value),
            );
            let any = |found: &std::collections::BTreeSet<String>, list: &[&str]| {
                list.iter().any(|it| found.contains(*it))
            };
            let reported = any(&was, REPORTED)
                && !any(&is, REPORTED)
                && any(&is, EXPECTED)
                && words(change.before.value.first_name())
                    != words(change.after.value.first_name());
            let dropped = change.meaning == Meaning::SourceDropped;
            Words {
                concern: format!(
                    "In {}, the amount `{}` {}. The books could show a sum that was never paid.",
                    name_of(delta.symbol()),
                    change.name,
                    if dropped {
                        "no longer uses the first of its two sources"
                    } else {
                        "is read from another place than before"
                    }
                ),
                advice: "Use the amount that was reported as paid, or say why the other one is right, and test a case where the two differ.",
                speaks: dropped || reported,
            }
        },
    );
}
