//! Checks on the `production` surface.

use super::Check;

mod cloud_rights_widened;
mod deploy_trigger_changed;
mod privileged_container;
mod public_exposure;
mod security_control_removed;
mod sql_by_concat;
mod state_loss_infra;
mod unpinned_action_or_image;
mod workflow_power;

/// Every one of them.
pub(super) const CHECKS: &[Check] = &[
    cloud_rights_widened::CHECK,
    deploy_trigger_changed::CHECK,
    privileged_container::CHECK,
    public_exposure::CHECK,
    security_control_removed::CHECK,
    sql_by_concat::CHECK,
    state_loss_infra::CHECK,
    unpinned_action_or_image::CHECK,
    workflow_power::CHECK,
];
