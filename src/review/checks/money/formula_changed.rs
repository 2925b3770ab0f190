use super::{Words, amounts};
use crate::review::Context;
use crate::review::money::Meaning;
use crate::review::record::finding::{Finding, name_of};

check! {
    /// An amount of money is worked out in another way.
    ///
    /// ## What it does
    /// Records every amount in an existing function whose value is worked out differently and that
    /// no other check of this surface describes. Renamed and extracted values are seen through.
    ///
    /// ## Why it matters
    /// A new formula may be right, but everyone who is billed by it sees another sum.
    ///
    /// ## Example
    /// ```python
    /// fee = amount * rate              # before
    /// fee = tiers.lookup(amount).price # after
    /// ```
    ///
    /// ## Instead
    /// Show one worked example in the pull request, before and after.
    "money/formula-changed", Money, RECORDS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    amounts(context, out, &[Meaning::Formula], &|delta, change| Words {
        concern: format!(
            "In {}, the amount `{}` is worked out in another way. Customers could be billed or paid another sum than before.",
            name_of(delta.symbol()),
            change.name
        ),
        advice: "Show one worked example with numbers, before and after, and add it as a test.",
        speaks: false,
    });
}
