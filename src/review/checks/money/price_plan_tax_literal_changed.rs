use super::{Words, amounts};
use crate::review::Context;
use crate::review::money::Meaning;
use crate::review::record::finding::{Finding, name_of};

check! {
    /// A price, fee, rate or tax that is written in the code is another number.
    ///
    /// ## What it does
    /// Records numbers that changed in the values of amounts.
    ///
    /// ## Why it matters
    /// A slip of one digit bills a tenth, or ten times, of what was agreed.
    ///
    /// ## Example
    /// ```ts
    /// const MONTHLY_FEE_CENTS = 900; // before
    /// const MONTHLY_FEE_CENTS = 90;  // after
    /// ```
    ///
    /// ## Instead
    /// Have whoever owns the prices confirm the new number.
    "money/price-plan-tax-literal-changed", Money, RECORDS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    amounts(context, out, &[Meaning::Number], &|delta, change| Words {
        concern: format!(
            "In {}, `{}` goes from `{}` to `{}`. Everyone who is billed by it pays another sum.",
            name_of(delta.symbol()),
            change.name,
            change.before.value,
            change.after.value
        ),
        advice: "Have whoever owns the prices confirm the new number.",
        speaks: false,
    });
}
