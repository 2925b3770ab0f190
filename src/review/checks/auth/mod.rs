//! Checks on the `auth` surface.

use super::Check;

mod guard_removed;

/// Every one of them.
pub(super) const CHECKS: &[Check] = &[guard_removed::CHECK];
