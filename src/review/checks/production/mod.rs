//! Checks on the `production` surface.

use super::Check;

mod sql_by_concat;

/// Every one of them.
pub(super) const CHECKS: &[Check] = &[
    sql_by_concat::CHECK,
];
