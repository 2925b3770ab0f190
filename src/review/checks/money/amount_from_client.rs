use super::{Words, amounts};
use crate::review::Context;
use crate::review::finding::{Finding, name_of};
use crate::review::money::Meaning;

check! {
    /// An amount of money now comes from what the caller sends.
    ///
    /// ## What it does
    /// Follows the values of amounts back through local names. It speaks when an amount that came
    /// from our own data is now read from a request, and nothing that is new in the function
    /// compares it.
    ///
    /// ## Why it matters
    /// Whoever sends the request chooses the price.
    ///
    /// ## Example
    /// ```ts
    /// charge({ amount: cart.total });      // before
    /// charge({ amount: req.body.amount }); // after
    /// ```
    ///
    /// ## Instead
    /// Work the amount out on the server, from the catalogue or the order.
    "money/amount-from-client", Money, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    amounts(context, out, &[Meaning::FromCaller], &|delta, change| {
        let leaf = change.after.value.last_name().to_lowercase();
        let checked = delta
            .gained
            .iter()
            .any(|it| !leaf.is_empty() && it.condition.to_string().to_lowercase().contains(&leaf));
        Words {
            concern: format!(
                "In {}, the amount `{}` now comes from what the caller sends. A buyer could choose the price.",
                name_of(delta.symbol()),
                change.name
            ),
            advice: "Work the amount out on the server, or compare it with what it must be before anything is charged.",
            speaks: !checked,
        }
    });
}
