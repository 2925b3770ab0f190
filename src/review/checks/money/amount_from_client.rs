use super::{Words, amounts};
use crate::facts::tree::{ExprKind, Scope, Span};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::code::draws;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::slots::each_expr;
use crate::review::money::{Meaning, definitions, expand, price_from_caller, says_amount, sent};
use crate::review::record::finding::{Finding, name_of};

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
        let from = out.len();
        passed(delta, out);
        let said = out
            .iter()
            .any(|it| it.path == delta.file.path && it.symbol == delta.symbol());
        if out.len() == from && !said {
            out.extend(newly_sent(context, delta));
        }
    }
}

/// A price that what is ordered can say itself since this change: `line.unitPrice` beside
/// `line.quantity`, where the price was ours.
fn newly_sent(context: &Context<'_>, delta: &ScopeDelta<'_>) -> Option<Finding> {
    let says = |name: &str, list: &[&str]| words(name).iter().any(|it| list.contains(&it.as_str()));
    let price = |name: &str| says(name, &["price", "amount", "cost", "fee", "cents"]);
    let quantity = |name: &str| says(name, &["quantity", "qty", "units", "seats"]);
    // Parts of a local name: `line.quantity`.
    let parts = |scope: &Scope| -> Vec<(String, String, u32, Span)> {
        let mut out = Vec::new();
        each_expr(&scope.body, &mut |it| {
            if let ExprKind::Member(object, part) = &it.kind
                && let ExprKind::Name(name) = &object.kind
            {
                out.push((name.clone(), part.clone(), it.line, it.span.clone()));
            }
        });
        out
    };
    let (before, after) = (parts(delta.before), parts(delta.after));
    let ordered = |name: &str| before.iter().any(|it| it.0 == name && quantity(&it.1));
    let ours = before.iter().any(|it| price(&it.1) && !ordered(&it.0)) || {
        let mut asked = false;
        each_expr(&delta.before.body, &mut |it| match &it.kind {
            ExprKind::Text(text) => asked |= text.to_lowercase().contains("select") && price(text),
            ExprKind::Member(object, name) => {
                asked |= price(name) && !matches!(object.kind, ExprKind::Name(_));
            }
            _ => {}
        });
        asked
    };
    // Where it is declared, nothing stands before it.
    let declared = |name: &str, after: bool| -> usize {
        let texts = context
            .files
            .iter()
            .map(|it| if after { it.after.text } else { it.before.text });
        texts
            .map(|text| {
                text.match_indices(name)
                    .filter(|(at, _)| {
                        !text[..*at]
                            .ends_with(|it: char| it == '.' || it.is_alphanumeric() || it == '_')
                    })
                    .count()
            })
            .sum()
    };
    // A field, and no local name with a type.
    let fields = |name: &str, after: bool| -> usize {
        let texts = context
            .files
            .iter()
            .map(|it| if after { it.after.text } else { it.before.text });
        let lines = texts.flat_map(str::lines).map(str::trim_start);
        lines
            .filter(|it| {
                let it = it.strip_prefix("pub ").unwrap_or(it);
                let rest = it.strip_prefix(name);
                rest.is_some_and(|it| it.starts_with(": "))
            })
            .count()
    };
    let (name, part, line, span) = after.iter().find(|(name, part, ..)| {
        let known = before.iter().any(|it| it.0 == *name && it.1 == *part);
        !known
            && price(part)
            && says_amount(part, true)
            && ordered(name)
            && (declared(part, true) > declared(part, false)
                || fields(part, true) > fields(part, false))
    })?;
    (ours && !draws(delta.file) && !compared(delta, part)).then(|| {
        Finding::new(delta.file, delta.symbol(), format!("{name}.{part}"))
            .after(*line, delta.file.after.code(span))
            .says(concern(delta, part), ADVICE)
    })
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
