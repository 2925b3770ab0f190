//! Checks on the `money` surface.

use super::Check;

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
mod plan_case_dropped;
mod price_plan_tax_literal_changed;
mod refund_charge_cap_guard_removed;
mod rounding_changed;
mod status_regression_guard_removed;
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
    plan_case_dropped::CHECK,
    price_plan_tax_literal_changed::CHECK,
    refund_charge_cap_guard_removed::CHECK,
    rounding_changed::CHECK,
    status_regression_guard_removed::CHECK,
    webhook_signature_dropped::CHECK,
];
