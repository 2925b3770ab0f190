//! Reviews a change.

use std::path::Path;
use std::time::Instant;

use crate::review;
use crate::review::record::Review;

use super::Progress;
use super::source::{self, Loaded, Note, Source};

/// What a review gives.
pub struct Reviewed {
    /// The record.
    pub record: Review,
    /// Why there was nothing to review, where there was not.
    pub note: Option<Note>,
}

/// Loads a change and reviews it, and says how far it is.
///
/// # Errors
/// A [`super::Failure`], with a hint.
pub fn run(source: &Source, dir: &Path, progress: Progress<'_>) -> anyhow::Result<Reviewed> {
    let started = Instant::now();
    let Loaded { change, note, .. } = source::load(source, dir)?;
    progress(0, change.files.len());
    let mut record = review::review(&change);
    progress(change.files.len(), change.files.len());
    record.stats.ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(Reviewed { record, note })
}
