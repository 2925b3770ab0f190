//! Checks on the `auth` surface.

use super::Check;

mod code_changed;
mod credential_from_url;
mod decorator_dropped;
mod guard_inverted;
mod guard_removed;
mod guard_widened;
mod identity_from_client;
mod middleware_dropped;
mod owner_scope_dropped;
mod permission_swapped;
mod public_default;
mod sanitizer_dropped;
mod skip_before_action;
mod state_change_on_get;

/// Every one of them.
pub(super) const CHECKS: &[Check] = &[
    code_changed::CHECK,
    credential_from_url::CHECK,
    decorator_dropped::CHECK,
    guard_inverted::CHECK,
    guard_removed::CHECK,
    guard_widened::CHECK,
    identity_from_client::CHECK,
    middleware_dropped::CHECK,
    owner_scope_dropped::CHECK,
    permission_swapped::CHECK,
    public_default::CHECK,
    sanitizer_dropped::CHECK,
    skip_before_action::CHECK,
    state_change_on_get::CHECK,
];
