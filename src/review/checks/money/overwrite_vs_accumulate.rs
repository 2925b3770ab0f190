use super::{Words, amounts};
use crate::review::Context;
use crate::review::money::Meaning;
use crate::review::record::finding::{Finding, name_of};

check! {
    /// A running amount is overwritten where it was added to.
    ///
    /// ## What it does
    /// Finds amounts that started from what was there (`refunded = refunded + x`, `+=`, an
    /// increment) and no longer do. Setting them to a plain number is a reset and stays silent;
    /// the reverse, a value that now accumulates, is only recorded.
    ///
    /// ## Why it matters
    /// The second payment, refund or use replaces the first. What was there is forgotten, and a
    /// customer can be refunded or charged twice.
    ///
    /// ## Example
    /// ```ruby
    /// charge.update!(refunded: charge.refunded + amount) # before
    /// charge.update!(refunded: amount)                   # after
    /// ```
    ///
    /// ## Instead
    /// Add to what is there, and test two partial amounts in a row.
    "money/overwrite-vs-accumulate", Money, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    amounts(
        context,
        out,
        &[Meaning::Overwritten, Meaning::Accumulated],
        &|delta, change| {
            let symbol = name_of(delta.symbol());
            let name = &change.name;
            Words {
                concern: if change.meaning == Meaning::Overwritten {
                    format!(
                        "In {symbol}, `{name}` was added to what was already there and now replaces it. A second payment or refund could wipe out the first."
                    )
                } else {
                    format!("In {symbol}, `{name}` is now added to what was already there.")
                },
                advice: "Add to the earlier amount, or say why it must be replaced, and test two partial amounts in a row.",
                speaks: change.meaning == Meaning::Overwritten,
            }
        },
    );
}
