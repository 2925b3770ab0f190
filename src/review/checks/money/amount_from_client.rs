use super::{Words, amounts};
use crate::facts::tree::ExprKind;
use crate::review::Context;
use crate::review::code::draws;
use crate::review::delta::ScopeDelta;
use crate::review::finding::{Finding, name_of};
use crate::review::money::{Meaning, definitions, expand, price_from_caller, sent};

check! {
    /// An amount of money now comes from what the caller sends.
    ///
    /// ## What it does
    /// Follows the values of amounts, and those that are passed to calls, back through local names,
    /// loops and anonymous functions. It speaks when an amount that came from our own data is now
    /// read from a request, and nothing that is new in the function compares it.
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

const ADVICE: &str = "Work the amount out on the server, or compare it with what it must be before anything is charged.";

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    amounts(context, out, &[Meaning::FromCaller], &|delta, change| {
        let leaf = change.after.value.last_name();
        Words {
            concern: concern(delta, &change.name),
            advice: ADVICE,
            speaks: !compared(delta, leaf),
        }
    });
    for delta in &context.deltas.scopes {
        passed(delta, out);
    }
}

fn concern(delta: &ScopeDelta<'_>, name: &str) -> String {
    format!(
        "In {}, the amount `{name}` now comes from what the caller sends. A buyer could choose the price.",
        name_of(delta.symbol())
    )
}

/// Whether something that is new in the function looks at it.
fn compared(delta: &ScopeDelta<'_>, leaf: &str) -> bool {
    let leaf = leaf.to_lowercase();
    let mut gained = delta.gained.iter();
    gained.any(|it| !leaf.is_empty() && it.condition.to_string().to_lowercase().contains(&leaf))
}

/// A price among what is passed to a call: `order.addLine(product, product.price)`.
fn passed(delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    if delta.calls_changed.is_empty() || draws(delta.file) {
        return;
    }
    let mut old = definitions(delta.before);
    old.extend(sent(&delta.base_file.before, delta.before));
    let mut new = definitions(delta.after);
    new.extend(sent(&delta.file.after, delta.after));
    for (before, after) in &delta.calls_changed {
        let pairs = before.arguments.iter().zip(&after.arguments);
        let price = pairs
            .filter(|(was, is)| was.name.is_none() && is.name.is_none() && was != is)
            // Values with a name were looked at as such.
            .filter(|(_, is)| !matches!(is.value.kind, ExprKind::Map(_) | ExprKind::Function(..)))
            .find(|(was, is)| {
                let (was, is) = (expand(&was.value, &old, 0), expand(&is.value, &new, 0));
                price_from_caller(&was, &is)
            });
        let Some((was, is)) = price else { continue };
        out.push(
            Finding::new(
                delta.file,
                delta.symbol(),
                format!("{}: {was} => {is}", after.name),
            )
            .before(
                before.place.line,
                delta.base_file.before.code(&before.place.span),
            )
            .after(after.place.line, delta.file.after.code(&after.place.span))
            .says(concern(delta, is.value.last_name()), ADVICE)
            .speaks_if(!compared(delta, is.value.last_name())),
        );
    }
}
