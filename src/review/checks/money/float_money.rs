use super::{Words, amounts};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::code::draws;
use crate::review::finding::{Finding, name_of};
use crate::review::money::{Meaning, says_amount};

check! {
    /// An amount of money is kept as a binary fraction where it was exact.
    ///
    /// ## What it does
    /// Looks at the values, parameters and fields of amounts. It speaks when one goes from an exact
    /// number (`Decimal`, `BigDecimal`, cents) to a floating-point one.
    ///
    /// ## Why it matters
    /// Floating-point numbers cannot hold most prices exactly. Sums drift by cents, and comparisons
    /// with what was paid fail.
    ///
    /// ## Example
    /// ```python
    /// total = Decimal(row["total"]) # before
    /// total = float(row["total"])   # after
    /// ```
    ///
    /// ## Instead
    /// Keep whole cents or an exact decimal from end to end.
    "money/float-money", Money, SPEAKS, run
}

const ADVICE: &str = "Keep whole cents or an exact decimal number from end to end.";

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    amounts(context, out, &[Meaning::Inexact], &|delta, change| Words {
        concern: concern(delta.symbol(), &change.name),
        advice: ADVICE,
        speaks: true,
    });
    for delta in &context.deltas.scopes {
        let near = crate::review::money::about_money(delta);
        for (before, after) in delta.before.parameters.iter().zip(&delta.after.parameters) {
            if before.name == after.name
                && says_amount(&after.name, near)
                && exact(&before.type_name)
                && inexact(&after.type_name)
            {
                let shown = |name: &str, kind: &str| format!("{name}: {kind}");
                out.push(
                    Finding::new(
                        delta.file,
                        delta.symbol(),
                        format!("parameter {}", after.name),
                    )
                    .before(delta.before.line, &shown(&before.name, &before.type_name))
                    .after(delta.after.line, &shown(&after.name, &after.type_name))
                    .says(concern(delta.symbol(), &after.name), ADVICE)
                    .speaks_if(!draws(delta.file)),
                );
            }
        }
    }
    fields(context, out);
}

/// Fields of a model: `price = DecimalField()`, `t.decimal :price`.
fn fields(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        for (lost, gained) in pairs(delta) {
            let named = |call: &crate::facts::fact::Call| {
                call.target.clone().or_else(|| {
                    call.arguments
                        .first()
                        .map(|it| it.value.to_string().trim_matches('"').to_owned())
                })
            };
            let (Some(name), Some(other)) = (named(lost), named(gained)) else {
                continue;
            };
            if name != other
                || !says_amount(&name, true)
                || !kind(&lost.name, EXACT)
                || !kind(&gained.name, INEXACT)
            {
                continue;
            }
            out.push(
                Finding::new(delta.file, delta.symbol(), format!("field {name}"))
                    .before(
                        lost.place.line,
                        delta.base_file.before.code(&lost.place.span),
                    )
                    .after(gained.place.line, delta.file.after.code(&gained.place.span))
                    .says(concern(delta.symbol(), &name), ADVICE)
                    .speaks_if(true),
            );
        }
    }
}

fn pairs<'a>(
    delta: &'a crate::review::delta::ScopeDelta<'_>,
) -> impl Iterator<Item = (&'a crate::facts::fact::Call, &'a crate::facts::fact::Call)> {
    delta
        .calls_lost
        .iter()
        .flat_map(|lost| delta.calls_gained.iter().map(move |gained| (lost, gained)))
}

const EXACT: &[&str] = &[
    "decimal",
    "numeric",
    "money",
    "bigdecimal",
    "integer",
    "bigint",
];
const INEXACT: &[&str] = &["float", "double", "real", "float64", "float32"];

fn kind(name: &str, list: &[&str]) -> bool {
    words(name).iter().any(|it| list.contains(&it.as_str()))
}

fn exact(kind: &str) -> bool {
    let kind = kind.to_lowercase();
    [
        "decimal",
        "money",
        "int64",
        "bigint",
        "bigdecimal",
        "numeric",
        "int",
    ]
    .iter()
    .any(|it| kind.contains(it))
}

fn inexact(kind: &str) -> bool {
    let kind = kind.to_lowercase();
    ["float", "double", "f64", "f32"]
        .iter()
        .any(|it| kind.contains(it))
}

fn concern(symbol: &str, name: &str) -> String {
    format!(
        "In {}, the amount `{name}` was an exact number and is now a floating-point one. Cents could get lost, and sums could stop adding up.",
        name_of(symbol)
    )
}
