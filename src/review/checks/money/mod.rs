//! Checks on the `money` surface.

use super::Check;

/// Every one of them.
pub(super) const CHECKS: &[Check] = &[];
