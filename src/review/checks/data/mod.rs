//! Checks on the `data` surface.

use super::Check;

/// Every one of them.
pub(super) const CHECKS: &[Check] = &[];
