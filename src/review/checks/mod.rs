//! The checks: one file each, one line each in the registry.

use super::Context;
use super::record::Surface;
use super::record::finding::Finding;

/// One rule over the two sides of a change.
#[derive(Clone, Copy)]
pub struct Check {
    /// The id, such as `auth/guard-removed`; the file is named after it.
    pub id: &'static str,
    /// The surface.
    pub surface: Surface,
    /// Whether its concerns may speak, or are only ever recorded.
    pub speaks: bool,
    /// The doc comment: a line that says what it looks for, then the page in Markdown.
    pub page: &'static str,
    /// Looks for it.
    pub(crate) run: fn(&Context<'_>, &mut Vec<Finding>),
}

impl Check {
    /// What it looks for, in one line.
    pub fn summary(&self) -> &'static str {
        self.page.lines().next().unwrap_or_default().trim()
    }
}

/// Declares the check of a file; its doc comment becomes its page.
macro_rules! check {
    ($(#[doc = $doc:literal])+ $id:literal, $surface:ident, $speaks:ident, $run:path) => {
        $(#[doc = $doc])+
        pub(crate) const CHECK: $crate::review::checks::Check = $crate::review::checks::Check {
            id: $id,
            surface: $crate::review::record::Surface::$surface,
            speaks: $crate::review::checks::$speaks,
            page: concat!($($doc, "\n"),+),
            run: $run,
        };
    };
}

/// A check whose concerns may be shown.
pub(crate) const SPEAKS: bool = true;
/// A check whose concerns are only kept.
pub(crate) const RECORDS: bool = false;

mod auth;
mod data;
mod money;
mod production;

/// Every check, by surface.
pub fn all() -> impl Iterator<Item = &'static Check> {
    [
        auth::CHECKS,
        money::CHECKS,
        data::CHECKS,
        production::CHECKS,
    ]
    .into_iter()
    .flatten()
}
