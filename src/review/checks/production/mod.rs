//! Checks on the `production` surface.

use super::Check;

mod capacity;
mod cloud_rights_widened;
mod command_unchecked;
mod configuration_changed;
mod dangerous_call;
mod debug_in_production;
mod deploy_safeguard_dropped;
mod deploy_trigger_changed;
mod destructive_command;
mod download_unchecked;
mod empty_environment;
mod environment_variable_renamed;
mod failed_work_lost;
mod failure_ignored;
mod feature_flag_flipped;
mod file_mode_widened;
mod install_source_changed;
mod job_started_twice;
mod major_update;
mod management_opened;
mod page_size_unlimited;
mod pipeline_gate_dropped;
mod policy_weakened;
mod privileged_container;
mod protective_package_removed;
mod provisioning_weakened;
pub(crate) mod public_exposure;
mod queue_in_memory;
mod queue_unbounded;
mod retry_without_limit;
mod safeguard_weakened;
mod secret_in_code;
mod secret_in_image;
mod secret_printed;
mod secret_replaced;
mod security_control_removed;
mod sql_by_concat;
mod state_loss_infra;
mod timeout_removed;
mod unpinned_action_or_image;
mod workflow_power;

/// Every one of them.
pub(super) const CHECKS: &[Check] = &[
    capacity::CHECK,
    cloud_rights_widened::CHECK,
    command_unchecked::CHECK,
    configuration_changed::CHECK,
    dangerous_call::CHECK,
    debug_in_production::CHECK,
    deploy_safeguard_dropped::CHECK,
    deploy_trigger_changed::CHECK,
    destructive_command::CHECK,
    download_unchecked::CHECK,
    empty_environment::CHECK,
    environment_variable_renamed::CHECK,
    failure_ignored::CHECK,
    failed_work_lost::CHECK,
    feature_flag_flipped::CHECK,
    file_mode_widened::CHECK,
    install_source_changed::CHECK,
    job_started_twice::CHECK,
    major_update::CHECK,
    management_opened::CHECK,
    page_size_unlimited::CHECK,
    pipeline_gate_dropped::CHECK,
    policy_weakened::CHECK,
    privileged_container::CHECK,
    protective_package_removed::CHECK,
    provisioning_weakened::CHECK,
    public_exposure::CHECK,
    queue_in_memory::CHECK,
    queue_unbounded::CHECK,
    retry_without_limit::CHECK,
    safeguard_weakened::CHECK,
    secret_in_code::CHECK,
    secret_in_image::CHECK,
    secret_printed::CHECK,
    secret_replaced::CHECK,
    security_control_removed::CHECK,
    sql_by_concat::CHECK,
    state_loss_infra::CHECK,
    timeout_removed::CHECK,
    unpinned_action_or_image::CHECK,
    workflow_power::CHECK,
];
