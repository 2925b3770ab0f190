use crate::facts::words::words;
use crate::review::Context;
use crate::review::finding::{Finding, name_of};
use crate::review::money::says_amount;
use crate::review::slots::{self, Slot};

check! {
    /// An amount is passed on without its currency.
    ///
    /// ## What it does
    /// Records calls and maps that held an amount and a currency, and now hold the amount alone.
    ///
    /// ## Why it matters
    /// Amounts of different currencies are added up, or a customer pays 100 dollars for 100 yen.
    ///
    /// ## Example
    /// ```python
    /// charge(amount=total, currency=order.currency) # before
    /// charge(amount=total)                          # after
    /// ```
    ///
    /// ## Instead
    /// Carry the currency with the amount.
    "money/currency-dropped", Money, RECORDS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        let wanted = |slot: &Slot<'_>| words(slot.name).iter().any(|it| it == "currency");
        let changes = slots::changes(delta.before, delta.after, &delta.renames, &wanted);
        let amounts = slots::slots(delta.after);
        for slot in &changes.lost {
            let beside = amounts
                .iter()
                .any(|it| it.owner == slot.owner && says_amount(it.name, true));
            if !beside || slot.owner.is_empty() {
                continue;
            }
            let code = delta.base_file.before.code(&slot.span);
            out.push(
                Finding::new(delta.file, delta.symbol(), format!("currency {}", slot.owner))
                    .before(slot.line, code)
                    .near(delta.line_after(slot.line))
                    .says(
                        format!(
                            "In {}, the amount is passed to `{}` without its currency. Amounts of different currencies could be mixed.",
                            name_of(delta.symbol()),
                            slot.owner
                        ),
                        "Carry the currency with the amount.",
                    )
                    .speaks_if(false),
            );
        }
    }
}
