//! Reviews a change.

use std::path::Path;
use std::time::Instant;

use crate::review;
use crate::review::record::Review;

use super::source::{self, Loaded, Note, Source};

/// What a review gives.
pub struct Reviewed {
    /// The record.
    pub record: Review,
    /// Why there was nothing to review, where there was not.
    pub note: Option<Note>,
}

/// Loads a change and reviews it.
///
/// # Errors
/// A [`super::Failure`], with a hint.
pub fn run(source: &Source, dir: &Path) -> anyhow::Result<Reviewed> {
    let started = Instant::now();
    let Loaded { change, note, .. } = source::load(source, dir)?;
    let mut record = review::review(&change);
    record.stats.ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(Reviewed { record, note })
}
