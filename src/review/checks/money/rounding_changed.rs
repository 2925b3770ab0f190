use super::{Words, amounts};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::conditions::subject::{about_money, spoken_words};
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::slots::{self, Slot, SlotKind};
use crate::review::money::Meaning;
use crate::review::record::finding::{Finding, name_of};
use std::collections::BTreeSet;

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
    modes(context, out);
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

/// The rule by which the whole program rounds money.
fn modes(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        let mode = |slot: &Slot<'_>| {
            let found = words(slot.name);
            found.len() == 2 && found[0] == "rounding" && found[1] == "mode"
        };
        let changes = slots::changes(delta.before, delta.after, &delta.renames, &mode);
        let changed = changes.changed.iter().map(|(old, new)| (Some(old), new));
        let gained = changes.gained.iter().map(|new| (None, new));
        for (old, new) in changed.chain(gained) {
            let of_money = about_money(&spoken_words(new.value)) || file_about_money(delta);
            if new.kind == SlotKind::Local || !of_money {
                continue;
            }
            let mut finding = Finding::new(delta.file, delta.symbol(), format!("rounding mode {}", new.value))
                .after(new.line, delta.file.after.code(&new.span))
                .says(
                    format!(
                        "In {}, money is now rounded by another rule (`{}`). Every amount that does not come out even could differ by a cent from what the books say.",
                        name_of(delta.symbol()),
                        new.value
                    ),
                    "Say by which rule money is rounded, and add a test with an amount that does not come out even.",
                );
            if let Some(old) = old {
                finding = finding.before(old.line, delta.base_file.before.code(&old.span));
            }
            out.push(finding);
        }
    }
}

/// Whether the path or the code of a scope speaks of money.
fn file_about_money(delta: &ScopeDelta<'_>) -> bool {
    let mut found: BTreeSet<String> = words(&delta.file.path).into_iter().collect();
    for it in slots::slots(delta.after) {
        found.extend(words(it.name));
    }
    found.contains("money") || about_money(&found)
}
