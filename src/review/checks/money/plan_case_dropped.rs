use crate::facts::tree::{Expr, Scope, StmtKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::code::draws;
use crate::review::deltas::key::full;
use crate::review::deltas::slots::each_stmt;
use crate::review::money::about_money;
use crate::review::record::finding::{Finding, name_of};
use std::collections::BTreeSet;

check! {
    /// A plan, product or event is no longer handled where money is.
    ///
    /// ## What it does
    /// Compares the cases of switches in code about billing. It speaks when a case for a plan, a
    /// product, a price or a kind of payment event is gone while the others stay, and no new case
    /// took its place.
    ///
    /// ## Why it matters
    /// Customers on that plan, or messages of that kind, fall through to the default. They lose what
    /// they pay for, or their payment is not booked.
    ///
    /// ## Example
    /// ```ts
    /// switch (product.plan) {
    ///   case PLAN.STARTUP: return startup;
    ///   case PLAN.SCALE: return scale; // gone
    ///   default: return free;
    /// }
    /// ```
    ///
    /// ## Instead
    /// Keep the case until no customer and no late message needs it.
    "money/plan-case-dropped", Money, SPEAKS, run
}

struct Switch<'a> {
    subject: String,
    cases: Vec<(String, &'a Expr)>,
}

fn switches<'a>(scope: &'a Scope, print: &dyn Fn(&Expr) -> String) -> Vec<Switch<'a>> {
    let mut out = Vec::new();
    each_stmt(&scope.body, &mut |stmt| {
        if let StmtKind::Switch { subject, cases } = &stmt.kind {
            out.push(Switch {
                subject: subject.as_ref().map(print).unwrap_or_default(),
                cases: cases
                    .iter()
                    .flat_map(|it| it.0.iter().map(|value| (print(value), value)))
                    .collect(),
            });
        }
    });
    out
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        if !about_money(delta) {
            continue;
        }
        let before = switches(delta.before, &|it| full(it, &delta.renames));
        let after = switches(delta.after, &|it| it.to_string());
        let remaining: BTreeSet<&String> = after
            .iter()
            .flat_map(|it| it.cases.iter().map(|case| &case.0))
            .collect();
        for switch in &before {
            let lost: Vec<&(String, &Expr)> = switch
                .cases
                .iter()
                .filter(|it| !remaining.contains(&it.0))
                .collect();
            let Some(same) = after.iter().find(|it| it.subject == switch.subject) else {
                continue;
            };
            let gained = same
                .cases
                .iter()
                .filter(|it| !switch.cases.iter().any(|old| old.0 == it.0))
                .count();
            let kept = switch.cases.len() - lost.len();
            if lost.is_empty() || kept == 0 {
                continue;
            }
            let about = |text: &str| {
                words(text).iter().any(|it| {
                    matches!(
                        it.as_str(),
                        "plan"
                            | "plans"
                            | "tier"
                            | "product"
                            | "products"
                            | "price"
                            | "event"
                            | "type"
                            | "subscription"
                            | "status"
                            | "feature"
                            | "interval"
                            | "provider"
                            | "key"
                            | "keys"
                    )
                })
            };
            let names: Vec<String> = lost.iter().map(|it| format!("`{}`", it.0)).collect();
            let first = lost[0].1;
            let speaks = gained == 0
                && lost.len() <= 3
                && (about(&switch.subject) || about(&lost[0].0))
                && !draws(delta.file)
                && !context.deltas.extracted(delta);
            out.push(
                Finding::new(delta.file, delta.symbol(), format!("case {}", names.join(", ")))
                    .before(first.line, delta.base_file.before.code(&first.span))
                    .near(delta.line_after(first.line))
                    .says(
                        format!(
                            "{} no longer handles {}. Customers on it, or messages about it, fall through to whatever comes by default.",
                            name_of(delta.symbol()),
                            names.join(", ")
                        ),
                        "Keep the case until no customer and no late message needs it, or say what happens to those who are left.",
                    )
                    .speaks_if(speaks),
            );
        }
    }
}
