//! Checks on the `auth` surface.

use super::Check;

/// Every one of them.
pub(super) const CHECKS: &[Check] = &[];
