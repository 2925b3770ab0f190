use crate::facts::fact::Call;
use crate::facts::tree::{Expr, ExprKind, Operator, Scope, StmtKind, Tree};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::code::draws;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::slots::{self, Slot, each_expr, each_stmt};
use crate::review::money::{about_money, says_amount};
use crate::review::record::finding::{Finding, name_of};

check! {
    /// An amount is worked out or passed on without its currency.
    ///
    /// ## What it does
    /// Speaks when code that asked the currency for its decimal places, or knew currencies without
    /// any, now multiplies or divides by a hundred for all of them, and when amounts were exchanged
    /// into one currency and are now taken as they are. Records calls and maps that held
    /// an amount and a currency, and now hold the amount alone.
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
    "money/currency-dropped", Money, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        one_for_all(context, delta, out);
        not_exchanged(context, delta, out);
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

/// Amounts that were exchanged into one currency and are now taken as they are.
fn not_exchanged(context: &Context<'_>, delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    let exchanges = |call: &&Call| {
        let found = words(&call.name);
        let does = found
            .first()
            .is_some_and(|it| matches!(it.as_str(), "exchange" | "convert"));
        let mut currency = found.iter().any(|it| it == "currency");
        for argument in &call.arguments {
            argument.value.walk(&mut |it| {
                if let ExprKind::Name(name) | ExprKind::Member(_, name) = &it.kind {
                    currency |= words(name).iter().any(|it| it == "currency");
                }
            });
        }
        does && currency
    };
    if delta.calls_after.iter().any(exchanges)
        || draws(delta.file)
        || context.deltas.extracted(delta)
    {
        return;
    }
    let Some(call) = delta.calls_lost.iter().find(exchanges) else {
        return;
    };
    let mut amount = false;
    each_expr(&delta.after.body, &mut |it| {
        if let ExprKind::Name(name) | ExprKind::Member(_, name) | ExprKind::Text(name) = &it.kind {
            amount |= says_amount(name, true);
        }
    });
    let [was, is] = context.deltas.call_counts(&call.name);
    out.push(
        Finding::new(delta.file, delta.symbol(), format!("not exchanged {}", call.name))
            .before(call.place.line, delta.base_file.before.code(&call.place.span))
            .near(delta.line_after(call.place.line))
            .says(
                format!(
                    "{} exchanged amounts into one currency (`{}`), and now takes them as they are. Amounts of different currencies are mixed.",
                    name_of(delta.symbol()),
                    call.name
                ),
                "Exchange them first, or make sure that all of them are of one currency.",
            )
            .speaks_if(amount && is < was),
    );
}

/// Codes of currencies that have no decimal places.
const WHOLE: &[&str] = &[
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV",
    "XAF", "XOF", "XPF",
];

/// A hundred for every currency, where the currency was asked.
fn one_for_all(context: &Context<'_>, delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    if !about_money(delta) || draws(delta.file) {
        return;
    }
    let Some(was) = asked(&delta.base_file.before.tree, delta.before) else {
        return;
    };
    let name = was.last_name();
    let moved = context.grown().contains(name) || context.deltas.extracted(delta);
    let Some(is) = by_a_hundred(&delta.file.after.tree, delta.after)
        .filter(|_| asked(&delta.file.after.tree, delta.after).is_none())
    else {
        return;
    };
    out.push(
        Finding::new(delta.file, delta.symbol(), "a hundred for every currency")
            .before(was.line, delta.base_file.before.line(was.line))
            .after(is.line, delta.file.after.line(is.line))
            .says(
                format!(
                    "{} asked how many decimal places the currency has, and now takes two for all of them. Whoever pays in yen or won is charged a hundred times as much, or a hundredth.",
                    name_of(delta.symbol())
                ),
                "Ask the currency for its decimal places, and test one that has none.",
            )
            .speaks_if(!moved),
    );
}

/// Where code asks for the decimal places of a currency, or knows one that has none.
fn asked<'a>(tree: &Tree, scope: &'a Scope) -> Option<&'a Expr> {
    let mut found = None;
    each_expr(&scope.body, &mut |it| {
        let asks = match &it.kind {
            // A number by the name of `MINOR_UNITS` is the same for all of them.
            ExprKind::Name(name) | ExprKind::Member(_, name) => {
                names_places(name) && !constant(tree, name)
            }
            ExprKind::Text(text) => WHOLE.iter().any(|code| text.eq_ignore_ascii_case(code)),
            _ => false,
        };
        if asks && found.is_none() {
            found = Some(it);
        }
    });
    found
}

/// `getDefaultFractionDigits`, `ZERO_DECIMAL_CURRENCIES`, `currency.exponent`, `subunit_to_unit`.
fn names_places(name: &str) -> bool {
    let found = words(name);
    let has = |it: &str| found.iter().any(|word| word == it);
    has("exponent")
        || has("subunit")
        || has("subunits")
        || has("digits") && (has("fraction") || has("currency") || has("decimal") || has("minor"))
        || has("minor") && (has("unit") || has("units")) && !has("to") && !has("amount")
        || has("zero") && has("decimal")
        || has("currency")
            && (has("decimals")
                || has("precision")
                || has("scale")
                || has("places")
                || has("factor"))
        || has("decimal") && has("places") && has("of")
}

/// Where code multiplies or divides by a hundred, or moves the point by two.
fn by_a_hundred<'a>(tree: &'a Tree, scope: &'a Scope) -> Option<&'a Expr> {
    let hundred = |it: &Expr| {
        is_hundred(it)
            || matches!(&it.kind, ExprKind::Name(name) | ExprKind::Member(_, name)
                if name.chars().all(|it| it.is_ascii_uppercase() || it == '_') && constant(tree, name))
    };
    let mut found = None;
    each_expr(&scope.body, &mut |it| {
        let scales = match &it.kind {
            ExprKind::Binary(Operator::Multiply | Operator::Divide, left, right) => {
                hundred(left) || hundred(right)
            }
            ExprKind::Call(callee, arguments) => {
                let first = arguments.first().map(|it| &it.value);
                match callee.last_name() {
                    "multiply" | "divide" | "times" | "mul" | "Mul" | "div" | "Div" | "bcmul"
                    | "bcdiv" | "Multiply" => arguments.iter().any(|it| hundred(&it.value)),
                    "movePointRight" | "movePointLeft" | "scaleByPowerOfTen" | "shiftedBy"
                    | "Shift" => {
                        first.is_some_and(|it| it.to_string().trim_start_matches('-') == "2")
                    }
                    _ => false,
                }
            }
            _ => false,
        };
        if scales && found.is_none() {
            found = Some(it);
        }
    });
    found
}

fn is_hundred(expr: &Expr) -> bool {
    let mut found = false;
    expr.walk(&mut |it| match &it.kind {
        ExprKind::Number(text) | ExprKind::Text(text) => {
            let text = text.trim_end_matches(|it: char| it.is_ascii_alphabetic());
            found |= matches!(text, "100" | "100.0" | "1e2" | "0.01");
        }
        _ => {}
    });
    let plain = matches!(expr.kind, ExprKind::Number(_) | ExprKind::Call(..));
    plain && found
}

/// Whether a constant of the file is a hundred.
fn constant(tree: &Tree, name: &str) -> bool {
    let mut found = false;
    for scope in &tree.scopes {
        each_stmt(&scope.body, &mut |it| {
            if let StmtKind::Assign { target, value, .. } = &it.kind {
                found |= target.last_name() == name && is_hundred(value);
            }
        });
    }
    found
}
