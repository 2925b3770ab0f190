//! Checks on the `production` surface.

use super::Check;

mod cloud_rights_widened;
mod debug_dev_in_prod_config;
mod deploy_trigger_changed;
mod eval_exec_deserialise_input;
mod privileged_container;
mod public_exposure;
mod secret_in_code;
mod security_control_removed;
mod sql_by_concat;
mod state_loss_infra;
mod unpinned_action_or_image;
mod workflow_power;

/// Every one of them.
pub(super) const CHECKS: &[Check] = &[
    cloud_rights_widened::CHECK,
    debug_dev_in_prod_config::CHECK,
    deploy_trigger_changed::CHECK,
    eval_exec_deserialise_input::CHECK,
    privileged_container::CHECK,
    public_exposure::CHECK,
    secret_in_code::CHECK,
    security_control_removed::CHECK,
    sql_by_concat::CHECK,
    state_loss_infra::CHECK,
    unpinned_action_or_image::CHECK,
    workflow_power::CHECK,
];
