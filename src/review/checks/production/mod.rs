//! Checks on the `production` surface.

use super::Check;

mod capacity;
mod cloud_rights_widened;
mod configuration_changed;
mod deploy_trigger_changed;
mod feature_flag_flipped;
mod privileged_container;
pub(super) mod public_exposure;
mod secret_printed;
mod security_control_removed;
mod state_loss_infra;
mod unpinned_action_or_image;
mod workflow_power;

/// Every one of them.
pub(super) const CHECKS: &[Check] = &[
    capacity::CHECK,
    cloud_rights_widened::CHECK,
    configuration_changed::CHECK,
    deploy_trigger_changed::CHECK,
    feature_flag_flipped::CHECK,
    privileged_container::CHECK,
    public_exposure::CHECK,
    secret_printed::CHECK,
    security_control_removed::CHECK,
    state_loss_infra::CHECK,
    unpinned_action_or_image::CHECK,
    workflow_power::CHECK,
];
