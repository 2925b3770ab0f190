use super::{Words, amounts};
use crate::review::Context;
use crate::review::finding::{Finding, name_of};
use crate::review::money::Meaning;

check! {
    /// An amount of money is no longer rounded, or rounded to other places or in another way.
    ///
    /// ## What it does
    /// Finds the values that are given to names of amounts, and compares the rounding steps in them
    /// before and after. It speaks when a step is gone or changed and the rest of the value is the
    /// same; a new step is only recorded.
    ///
    /// ## Why it matters
    /// Cents are gained or lost on every single amount. Totals stop adding up, and payment
    /// providers refuse amounts with fractions of a cent.
    ///
    /// ## Example
    /// ```ruby
    /// charge(amount: discount.amount.round(2)) # before
    /// charge(amount: discount.amount)          # after
    /// ```
    ///
    /// ## Instead
    /// Round once, at the edge, by one rule that is written down, and test it with an amount that
    /// does not come out even.
    "money/rounding-changed", Money, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    amounts(
        context,
        out,
        &[Meaning::RoundedDifferently, Meaning::Rounded],
        &|delta, change| {
            let gone = crate::review::money::rounding(change.after.value).is_empty();
            let what = match (change.meaning, gone) {
                (Meaning::Rounded, _) => "is now rounded where it was not",
                (_, true) => "is no longer rounded",
                _ => "is now rounded to other places or in another way",
            };
            Words {
                concern: format!(
                    "In {}, the amount `{}` {what}. Customers could be charged or paid fractions of a cent more or less than the books say.",
                    name_of(delta.symbol()),
                    change.name
                ),
                advice: "Say by which rule this amount is rounded, and add a test with an amount that does not come out even.",
                speaks: change.meaning == Meaning::RoundedDifferently,
            }
        },
    );
}
