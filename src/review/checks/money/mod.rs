//! Checks on the `money` surface.

use super::Check;
use crate::review::Context;
use crate::review::code::draws;
use crate::review::delta::ScopeDelta;
use crate::review::finding::Finding;
use crate::review::money::{AmountChange, Meaning, amount_changes};

mod amount_from_client;
mod amount_source_swapped;
mod float_money;
mod formula_changed;
mod money_operator_changed;
mod overwrite_vs_accumulate;
mod price_plan_tax_literal_changed;
mod rounding_changed;

/// Every one of them.
pub(super) const CHECKS: &[Check] = &[
    amount_from_client::CHECK,
    amount_source_swapped::CHECK,
    float_money::CHECK,
    formula_changed::CHECK,
    money_operator_changed::CHECK,
    overwrite_vs_accumulate::CHECK,
    price_plan_tax_literal_changed::CHECK,
    rounding_changed::CHECK,
];

/// A finding for every amount that changed with one of the meanings; `words` says what and whether
/// it may speak.
fn amounts(
    context: &Context<'_>,
    out: &mut Vec<Finding>,
    meanings: &[Meaning],
    words: &dyn Fn(&ScopeDelta<'_>, &AmountChange<'_>) -> Words,
) {
    for delta in &context.deltas.scopes {
        for change in amount_changes(context, delta) {
            if !meanings.contains(&change.meaning) {
                continue;
            }
            let words = words(delta, &change);
            let was = delta.base_file.before.code(&change.before.span);
            let is = delta.file.after.code(&change.after.span);
            let fact = format!("{}: {} => {}", change.name, change.before.value, change.after.value);
            out.push(
                Finding::new(delta.file, delta.symbol(), fact)
                    .before(change.before.line, was)
                    .after(change.after.line, is)
                    .says(words.concern, words.advice)
                    .speaks_if(words.speaks && !change.moved && !draws(delta.file)),
            );
        }
    }
}

/// What is said of an amount.
struct Words {
    concern: String,
    advice: &'static str,
    speaks: bool,
}

/// A symbol as it is written in a sentence.
fn name_of(symbol: &str) -> String {
    if symbol.is_empty() {
        "This file".to_owned()
    } else {
        format!("`{symbol}`")
    }
}
