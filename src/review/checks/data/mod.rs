//! Checks on the `data` surface.

use super::Check;

mod accept_data_loss;
mod destructive_shell;
mod retention_backup_off;

/// Every one of them.
pub(super) const CHECKS: &[Check] = &[
    accept_data_loss::CHECK,
    destructive_shell::CHECK,
    retention_backup_off::CHECK,
];
