//! Checks on the `production` surface.

use super::Check;

mod deploy_trigger_changed;
mod security_control_removed;
mod unpinned_action_or_image;
mod workflow_power;

/// Every one of them.
pub(super) const CHECKS: &[Check] = &[
    deploy_trigger_changed::CHECK,
    security_control_removed::CHECK,
    unpinned_action_or_image::CHECK,
    workflow_power::CHECK,
];
