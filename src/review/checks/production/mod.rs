//! Checks on the `production` surface.

use super::Check;

/// Every one of them.
pub(super) const CHECKS: &[Check] = &[];
