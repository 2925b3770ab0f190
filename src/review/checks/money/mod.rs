//! Checks on the `money` surface.

use super::Check;

mod amount_from_client;
mod amount_source_swapped;
mod code_changed;
mod float_money;
mod formula_changed;
mod lock_txn_dropped;
mod money_operator_changed;
mod overwrite_vs_accumulate;
mod price_plan_tax_literal_changed;
mod refund_charge_cap_guard_removed;
mod rounding_changed;
mod status_regression_guard_removed;

/// Every one of them.
pub(super) const CHECKS: &[Check] = &[
    amount_from_client::CHECK,
    amount_source_swapped::CHECK,
    code_changed::CHECK,
    float_money::CHECK,
    formula_changed::CHECK,
    lock_txn_dropped::CHECK,
    money_operator_changed::CHECK,
    overwrite_vs_accumulate::CHECK,
    price_plan_tax_literal_changed::CHECK,
    refund_charge_cap_guard_removed::CHECK,
    rounding_changed::CHECK,
    status_regression_guard_removed::CHECK,
];
