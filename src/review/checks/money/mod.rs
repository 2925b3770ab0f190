//! Checks on the `money` surface.

use super::Check;
use crate::facts::tree::{Expr, ExprKind, Operator};
use crate::review::Context;
use crate::review::code::{draws, is_template, near};
use crate::review::conditions::presence::nothing_but_presence;
use crate::review::conditions::requirement::{Form, Requirement};
use crate::review::conditions::subject::{Subject, spoken_words, subject};
use crate::review::deltas::delta::ScopeDelta;
use crate::review::money::{AmountChange, Meaning, about_money, amount_changes, says_money};
use crate::review::record::finding::Finding;
use std::collections::BTreeSet;

mod amount_from_client;
mod amount_source_swapped;
mod code_changed;
mod currency_dropped;
mod float_money;
mod formula_changed;
mod idempotency_dropped;
mod live_test_key_swap;
mod lock_txn_dropped;
mod money_operator_changed;
mod new_paid_call_bulk_mail_in_loop;
mod overwrite_vs_accumulate;
mod part_removed;
mod plan_case_dropped;
mod price_plan_tax_literal_changed;
mod refund_charge_cap_guard_removed;
mod rounding_changed;
mod status_regression_guard_removed;
mod test_removed;
mod webhook_signature_dropped;

/// Every one of them.
pub(super) const CHECKS: &[Check] = &[
    amount_from_client::CHECK,
    amount_source_swapped::CHECK,
    code_changed::CHECK,
    currency_dropped::CHECK,
    float_money::CHECK,
    formula_changed::CHECK,
    idempotency_dropped::CHECK,
    live_test_key_swap::CHECK,
    lock_txn_dropped::CHECK,
    money_operator_changed::CHECK,
    new_paid_call_bulk_mail_in_loop::CHECK,
    overwrite_vs_accumulate::CHECK,
    part_removed::CHECK,
    plan_case_dropped::CHECK,
    price_plan_tax_literal_changed::CHECK,
    refund_charge_cap_guard_removed::CHECK,
    rounding_changed::CHECK,
    status_regression_guard_removed::CHECK,
    test_removed::CHECK,
    webhook_signature_dropped::CHECK,
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
            let was = delta.base_file.before.line(change.before.line);
            let is = delta.file.after.line(change.after.line);
            let fact = format!(
                "{}: {} => {}",
                change.name, change.before.value, change.after.value
            );
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

/// A requirement that is gone from code about money.
struct Lost<'a> {
    delta: &'a ScopeDelta<'a>,
    requirement: &'a Requirement,
    subject: Option<Subject>,
}

/// A finding for every requirement that is gone from code about money and that `words` has
/// something to say about.
fn lost_requirements(
    context: &Context<'_>,
    out: &mut Vec<Finding>,
    words: &dyn Fn(&Lost<'_>) -> Option<(String, &'static str)>,
) {
    for delta in &context.deltas.scopes {
        let says = |it: &Requirement| {
            says_money(&spoken_words(&it.condition)) && only_refuses_one(delta, it)
        };
        if delta.lost.is_empty() || !(about_money(delta) || delta.lost.iter().any(says)) {
            continue;
        }
        let near = near(delta);
        // A requirement that was only written anew leaves another one near where it stood.
        // One that only asks whether something is there is not what a comparison became.
        let written = delta.gained.iter().filter(|it| !only_there(&it.condition));
        let mut rewritten: Vec<usize> = written.map(|it| it.place.order).collect();
        rewritten.dedup();
        let mut seen = BTreeSet::new();
        for requirement in &delta.lost {
            let lost = Lost {
                delta,
                requirement,
                subject: subject(requirement, &near),
            };
            let Some((concern, advice)) = words(&lost) else {
                continue;
            };
            if !seen.insert(requirement.place.order) {
                continue;
            }
            let renewed = !rewritten.is_empty() && !only_refuses_one(delta, requirement);
            if renewed {
                let nearest = (0..rewritten.len())
                    .min_by_key(|it| rewritten[*it].abs_diff(requirement.place.order));
                if let Some(nearest) = nearest {
                    rewritten.remove(nearest);
                }
            }
            let code = delta.base_file.before.code(&requirement.place.span);
            out.push(
                Finding::new(
                    delta.file,
                    delta.symbol(),
                    requirement.condition.to_string(),
                )
                .before(requirement.place.line, code)
                .near(delta.line_after(requirement.place.line))
                .says(concern, advice)
                .speaks_if(!renewed && stands_alone(context, delta, requirement)),
            );
        }
    }
}

/// `state == Succeeded` that is `state != Canceled` now: every state that is neither gets through.
fn only_refuses_one(delta: &ScopeDelta<'_>, lost: &Requirement) -> bool {
    let ExprKind::Binary(Operator::Equal, was, value) = &lost.condition.kind else {
        return false;
    };
    // What is refused is told by a name or a text, not by its absence.
    let plain = |it: &Expr| {
        !matches!(
            it.kind,
            ExprKind::Null | ExprKind::Number(_) | ExprKind::Bool(_)
        )
    };
    delta.gained.iter().any(|it| match &it.condition.kind {
        ExprKind::Binary(Operator::NotEqual, is, other) => {
            was == is && value != other && plain(value) && plain(other)
        }
        _ => false,
    })
}

fn only_there(condition: &Expr) -> bool {
    nothing_but_presence(condition)
        || matches!(condition.last_name(), "present?" | "nil?" | "blank?")
}

/// Whether what a requirement protected is still done, and nothing took its place.
fn stands_alone(context: &Context<'_>, delta: &ScopeDelta<'_>, lost: &Requirement) -> bool {
    // What comes after it in a function that says yes or no is asked, not done.
    let answers = lost
        .value
        .as_ref()
        .is_some_and(|it| it.kind == ExprKind::Bool(false))
        && !delta.after.body.is_empty();
    let form = match lost.form {
        Form::Guard if answers => true,
        Form::Guard | Form::Allow | Form::Call => delta.still_does(lost.place.order),
        Form::Gate => !lost.inside.is_empty() && delta.still_does_inside(lost),
        Form::Result => false,
    };
    form && lost.protects
        && !draws(delta.file)
        && !is_template(delta.file)
        && !context.deltas.moved(&lost.condition)
        && !context.deltas.extracted(delta)
        && (answers || delta.kept() >= 0.4)
}
