//! Checks on the `data` surface.

use super::Check;

mod accept_data_loss;
mod cascade_added;
mod constraint_dropped;
mod cutoff_unit;
mod deletes_more;
mod destructive_shell;
mod drop;
mod encryption_at_rest_pii;
mod irreversible_migration;
mod part_removed;
mod predicate_widened;
mod rename_as_drop_add;
mod reset_unguarded;
mod retention_backup_off;
mod save_widened;
mod schema_changed;
mod soft_hard_delete;
mod test_removed;
mod truncate_delete_without_where;
mod type_narrowing;
mod uniqueness_dropped;
mod unsafe_lock;
mod update_overwrites;
mod update_without_where;
mod validation_skipped;
mod write_not_awaited;

/// Every one of them.
pub(super) const CHECKS: &[Check] = &[
    accept_data_loss::CHECK,
    cascade_added::CHECK,
    constraint_dropped::CHECK,
    cutoff_unit::CHECK,
    deletes_more::CHECK,
    destructive_shell::CHECK,
    drop::CHECK,
    encryption_at_rest_pii::CHECK,
    irreversible_migration::CHECK,
    part_removed::CHECK,
    predicate_widened::CHECK,
    rename_as_drop_add::CHECK,
    reset_unguarded::CHECK,
    retention_backup_off::CHECK,
    save_widened::CHECK,
    schema_changed::CHECK,
    soft_hard_delete::CHECK,
    test_removed::CHECK,
    truncate_delete_without_where::CHECK,
    type_narrowing::CHECK,
    uniqueness_dropped::CHECK,
    unsafe_lock::CHECK,
    update_overwrites::CHECK,
    update_without_where::CHECK,
    validation_skipped::CHECK,
    write_not_awaited::CHECK,
];
