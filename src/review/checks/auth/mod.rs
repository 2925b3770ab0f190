//! Checks on the `auth` surface.

use super::Check;

mod decorator_dropped;
mod guard_inverted;
mod guard_removed;
mod guard_widened;
mod middleware_dropped;
mod public_default;
mod state_change_on_get;

/// Every one of them.
pub(super) const CHECKS: &[Check] = &[
    decorator_dropped::CHECK,
    guard_inverted::CHECK,
    guard_removed::CHECK,
    guard_widened::CHECK,
    middleware_dropped::CHECK,
    public_default::CHECK,
    state_change_on_get::CHECK,
];
