use super::lost_requirements;
use crate::facts::fact::{Exit, Place};
use crate::facts::tree::{Expr, ExprKind, Operator, Scope, StmtKind};
use crate::facts::words::says;
use crate::review::code::draws;
use crate::review::conditions::subject::Subject;
use crate::review::deltas::compare::SideFacts;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::slots::{each_expr, each_stmt};
use crate::review::money::{about_money, definitions, expand, says_amount};
use crate::review::record::finding::{Finding, name_of};
use crate::review::{Alone, Context};
use std::collections::{BTreeSet, HashMap};

check! {
    /// An amount is no longer compared with what it may be.
    ///
    /// ## What it does
    /// Looks at code about money for comparisons of an amount (with a balance, with what was paid,
    /// with zero), and of how often a coupon was used, that left before, and are gone. It speaks when nothing in the change took their
    /// place and the rest is still done, and when what was refunded, spent or used before no longer
    /// counts in the comparison. Also when a
    /// discount or a refund was limited to what there is (`min(discount, subtotal)`), and the code that
    /// was written anew limits nothing.
    ///
    /// ## Why it matters
    /// More can be refunded than was paid, more spent than is there, or a payment of zero or less
    /// can go through.
    ///
    /// ## Example
    /// ```ts
    /// async function refund(order: Order, amount: number) {
    ///   if (amount > order.paid) throw new Error("too much"); // gone
    ///   await gateway.refund(order.id, amount);
    /// }
    /// ```
    ///
    /// ## Instead
    /// Keep the limit next to the write, and test an amount that is one cent too high.
    "money/refund-charge-cap-guard-removed", Money, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        forgets(context, delta, out);
        uncapped(context, delta, out);
    }
    lost_requirements(context, out, &|lost| {
        let parts = lost.requirement.condition.parts(Operator::Or);
        let compares = |wanted: &dyn Fn(&Expr, &Expr) -> bool| {
            parts.iter().any(|part| match &part.kind {
                ExprKind::Binary(
                    Operator::Less
                    | Operator::LessEqual
                    | Operator::Greater
                    | Operator::GreaterEqual,
                    left,
                    right,
                ) => wanted(left, right) || wanted(right, left),
                _ => false,
            })
        };
        let symbol = name_of(lost.delta.symbol());
        if compares(&|one, _| says_amount(one.last_name(), true))
            || lost.subject == Some(Subject::Amount)
        {
            Some((
                format!(
                    "{symbol} no longer compares the amount with what it may be. More could be refunded, spent or charged than is right."
                ),
                "Put the comparison back, or say where it is done now, and test an amount that is one cent too high.",
            ))
        } else {
            compares(&counts_uses).then(|| {
                (
                    format!(
                        "{symbol} no longer compares how often something was used with how often it may be. It could be used any number of times."
                    ),
                    "Put the limit back, or say where it is kept now, and test one use too many.",
                )
            })
        }
    });
}

/// `redemptions.count < max_redemptions`: how often something may be used that is worth money.
fn counts_uses(counted: &Expr, most: &Expr) -> bool {
    says(
        counted.last_name(),
        &["count", "uses", "used", "usage", "redemptions", "redeemed"],
    ) && says(
        most.last_name(),
        &["max", "maximum", "limit", "quota", "allowed"],
    )
}

/// What was there before, by what names of it say.
const EARLIER: &[&str] = &[
    "allocated",
    "already",
    "claimed",
    "earlier",
    "previous",
    "previously",
    "prior",
    "redeemed",
    "refunded",
    "refunds",
    "reserved",
    "returned",
    "spent",
    "used",
    "withdrawn",
];

/// What is left once it is taken off.
const LEFT: &[&str] = &[
    "available",
    "left",
    "outstanding",
    "refundable",
    "remaining",
    "spendable",
    "unrefunded",
    "unused",
];

/// A comparison in which what was refunded or spent before no longer counts.
fn forgets(context: &Context<'_>, delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    if !about_money(delta) || draws(delta.file) {
        return;
    }
    let old = asked(&delta.base_file.before, delta.before);
    let new = asked(&delta.file.after, delta.after);
    if let Some((was, is, name)) = whole(delta, &old, &new) {
        out.push(forgot(context, delta, (was, is), &name));
        return;
    }
    let (known, knows) = (definitions(delta.before), definitions(delta.after));
    for (was, condition) in old {
        let Some(before) = compared(condition, &known) else {
            continue;
        };
        let found = new.iter().find_map(|it| {
            let after = compared(it.1, &knows)?;
            let gone: Vec<&String> = before.difference(&after).collect();
            let born: Vec<&String> = after.difference(&before).collect();
            let shared = after.intersection(&before).any(|it| says_amount(it, true));
            let forgot = |list: &[&str]| {
                let earlier = |it: &&&String| says(it, list);
                let name = gone.iter().find(earlier)?;
                let again = |it: &String| says(it, EARLIER) || says(it, LEFT);
                (!after.iter().any(again)).then(|| (*name).clone())
            };
            let name = forgot(EARLIER).filter(|_| born.len() <= 1).or_else(|| {
                forgot(LEFT).filter(|_| {
                    born.iter()
                        .all(|it| says_amount(it, true) || !says(it, &["id"]))
                })
            })?;
            shared.then_some((it.0, name))
        });
        let Some((is, name)) = found else { continue };
        out.push(forgot(context, delta, (was, is), &name));
        return;
    }
}

/// What is left, `paid - refunded`, in a function that is called so and now says the whole.
fn whole<'a>(
    delta: &ScopeDelta<'_>,
    old: &[(&'a Place, &Expr)],
    new: &[(&'a Place, &Expr)],
) -> Option<(&'a Place, &'a Place, String)> {
    if !says(&delta.after.name, LEFT) || !says_amount(&delta.after.name, true) {
        return None;
    }
    old.iter().find_map(|(was, value)| {
        let ExprKind::Binary(Operator::Subtract, all, taken) = &value.kind else {
            return None;
        };
        let mut earlier = None;
        taken.walk(&mut |it| {
            if let ExprKind::Name(name) | ExprKind::Member(_, name) = &it.kind
                && says(name, EARLIER)
            {
                earlier.get_or_insert_with(|| name.clone());
            }
        });
        let (is, _) = new.iter().find(|it| *it.1 == **all)?;
        Some((*was, *is, earlier?))
    })
}

fn forgot(
    context: &Context<'_>,
    delta: &ScopeDelta<'_>,
    (was, is): (&Place, &Place),
    name: &str,
) -> Finding {
    Finding::new(delta.file, delta.symbol(), format!("forgets {name}"))
        .before(was.line, delta.base_file.before.code(&was.span))
        .after(is.line, delta.file.after.code(&is.span))
        .says(
            format!(
                "{} compared the amount with what is left after `{name}`, and now with the whole. Small amounts one after another could add up to more than is there.",
                name_of(delta.symbol())
            ),
            "Take off what went out before, under the same lock, and test a second refund that goes one cent too far.",
        )
        .speaks_if(!context.grown().contains(name) && !context.deltas.extracted(delta))
}

/// The conditions that a function leaves, goes on or answers by.
fn asked<'a>(side: &'a SideFacts<'_>, scope: &Scope) -> Vec<(&'a Place, &'a Expr)> {
    let facts = &side.facts;
    let guards = facts.guards.iter().filter(|it| it.exit != Exit::Leaves);
    let guards = guards.map(|it| (&it.place, &it.condition));
    let gates = facts.gates.iter().map(|it| (&it.place, &it.condition));
    let results = facts.returns.iter();
    let results = results.filter_map(|it| Some((&it.place, it.value.as_ref()?)));
    guards
        .chain(gates)
        .chain(results)
        .filter(|(place, _)| std::ptr::eq(&side.tree.scopes[place.scope], scope))
        .collect()
}

/// The names that go into a comparison of amounts, local ones seen through.
fn compared(condition: &Expr, of: &HashMap<String, Expr>) -> Option<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    let parts = condition.parts(Operator::Or).into_iter();
    for part in parts.flat_map(|it| it.parts(Operator::And)) {
        let ExprKind::Binary(operator, left, right) = &part.kind else {
            continue;
        };
        if !matches!(
            operator,
            Operator::Less | Operator::LessEqual | Operator::Greater | Operator::GreaterEqual
        ) {
            continue;
        }
        for side in [left, right] {
            expand(side, of, 0).walk(&mut |it| {
                if let ExprKind::Name(name) | ExprKind::Member(_, name) = &it.kind {
                    names.insert(name.clone());
                }
            });
        }
    }
    let amounts = names.iter().filter(|it| says_amount(it, true)).count();
    (amounts > 0).then_some(names)
}

/// `min(discount, subtotal)` that is gone from a function which was written anew, where nothing
/// that is new compares amounts: what is taken off may be more than there is.
fn uncapped(context: &Context<'_>, delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    const TAKEN: &[&str] = &[
        "coupon",
        "credit",
        "credits",
        "deduction",
        "discount",
        "discounts",
        "points",
        "refund",
        "voucher",
        "vouchers",
    ];
    let caps = |name: &str| matches!(name, "min" | "max" | "clamp" | "min_by" | "bcmin");
    let cap = delta.calls_before.iter().find(|call| {
        let mut amounts = call.arguments.iter().map(|it| it.value.last_name());
        let names: Vec<&str> = amounts.by_ref().collect();
        call.name == "min"
            && names.len() == 2
            && names.iter().any(|it| says(it, TAKEN))
            && names
                .iter()
                .any(|it| !says(it, TAKEN) && says_amount(it, true))
    });
    let Some(cap) = cap else { return };
    let mut taken = cap.arguments.iter().map(|it| it.value.last_name());
    let Some(taken) = taken.rfind(|it| says(it, TAKEN)) else {
        return;
    };
    let compares = |scope: &Scope| {
        let mut found = false;
        each_expr(&scope.body, &mut |it| match &it.kind {
            ExprKind::Binary(operator, ..) => {
                found |= operator.compares()
                    && !matches!(
                        operator,
                        Operator::Equal | Operator::NotEqual | Operator::In
                    );
            }
            ExprKind::Call(callee, _) => found |= caps(callee.last_name()),
            _ => {}
        });
        each_stmt(&scope.body, &mut |it| {
            if let StmtKind::If { condition, .. } = &it.kind {
                condition.walk(&mut |it| {
                    if let ExprKind::Binary(operator, ..) = &it.kind {
                        found |= operator.compares() && *operator != Operator::Equal;
                    }
                });
            }
        });
        found
    };
    let born = context
        .unmatched()
        .into_iter()
        .any(|(_, scope, side)| side == Alone::New && compares(scope));
    let born = born
        || context
            .deltas
            .scopes
            .iter()
            .any(|it| it.calls_gained.iter().any(|it| caps(&it.name)));
    let [was, is] = context.deltas.call_counts("min");
    let still = born || compares(delta.after) || is >= was;
    // What was limited is still taken off somewhere.
    let used = context.files.iter().any(|it| it.after.text.contains(taken));
    if still || !used || !about_money(delta) || draws(delta.file) {
        return;
    }
    out.push(
        Finding::new(delta.file, delta.symbol(), format!("uncapped {taken}"))
            .before(cap.place.line, delta.base_file.before.code(&cap.place.span))
            .near(delta.after.line)
            .says(
                format!(
                    "{} took `{taken}` for no more than there is, and nothing limits it any more. A total could become negative, or more be given away than was paid.",
                    name_of(delta.symbol())
                ),
                "Put the limit back, and test an amount that is larger than the total.",
            ),
    );
}
