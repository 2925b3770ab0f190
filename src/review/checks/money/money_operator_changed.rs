use super::{Words, amounts};
use crate::review::Context;
use crate::review::money::Meaning;
use crate::review::record::finding::{Finding, name_of};

check! {
    /// An amount of money is worked out from the same values in another way, or leaves one out.
    ///
    /// ## What it does
    /// Compares the operators and the operands of values that are given to names of amounts, seen
    /// through local names. It speaks when an operator is swapped, an operand is left out or a bound
    /// such as `max(0, …)` is gone; an operand that is new is only recorded.
    ///
    /// ## Why it matters
    /// A plus where a minus was, or a refund that is no longer taken off, bills the wrong sum to
    /// every customer, and nothing fails.
    ///
    /// ## Example
    /// ```ts
    /// const due = total - refunded; // before
    /// const due = total;            // after
    /// ```
    ///
    /// ## Instead
    /// Show one worked example in the pull request, and add a test with these numbers.
    "money/money-operator-changed", Money, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    amounts(
        context,
        out,
        &[
            Meaning::OperatorSwapped,
            Meaning::OperandDropped,
            Meaning::OperandAdded,
            Meaning::BoundDropped,
        ],
        &|delta, change| {
            let symbol = name_of(delta.symbol());
            let name = &change.name;
            let operands = change.operands.join("`, `");
            let concern = match change.meaning {
                Meaning::OperandDropped => format!(
                    "In {symbol}, the amount `{name}` no longer takes `{operands}` into account. Customers could be billed or paid the wrong sum."
                ),
                Meaning::BoundDropped => format!(
                    "In {symbol}, the amount `{name}` is no longer kept within its bounds. It could become negative, or larger than it may be."
                ),
                Meaning::OperandAdded => {
                    format!("In {symbol}, the amount `{name}` now takes `{operands}` into account.")
                }
                _ => format!(
                    "In {symbol}, the amount `{name}` is worked out from the same values with other operators. Customers could be billed or paid the wrong sum."
                ),
            };
            Words {
                concern,
                advice: "Show one worked example with numbers, and add it as a test.",
                speaks: change.meaning != Meaning::OperandAdded,
            }
        },
    );
}
