//! The registry of checks: one line each.

use super::record::Surface;

/// What a check is, for people: `afterclick checks`, `afterclick explain`, `docs/checks/`.
#[derive(Debug, Clone, Copy)]
pub struct CheckMeta {
    /// The id, such as `auth/guard-removed`.
    pub id: &'static str,
    /// The surface.
    pub surface: Surface,
    /// Whether its concerns may speak, or are only ever recorded.
    pub speaks: bool,
    /// What it looks for, in one line.
    pub summary: &'static str,
    /// The page: *What it does*, *Why it matters*, *Example*, *Instead*; Markdown.
    pub page: &'static str,
}

/// Every check, by surface and id.
pub fn all() -> &'static [CheckMeta] {
    &[]
}
