//! Reviews a change.

use std::path::Path;
use std::time::Instant;

use crate::review::not_reviewed;
use crate::review::record::{self, Review, Stats, Verdict};

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
pub fn review(source: &Source, dir: &Path) -> anyhow::Result<Reviewed> {
    let started = Instant::now();
    let Loaded { change, note, .. } = source::load(source, dir)?;
    let stats = Stats {
        files: change.files.len(),
        bytes: change.text_bytes(),
        ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
    };
    let record = Review {
        schema: record::SCHEMA,
        verdict: Verdict::Ships,
        not_reviewed: not_reviewed::list(&change),
        base: change.base,
        head: change.head,
        surfaces: Vec::new(),
        held_by: Vec::new(),
        concerns: Vec::new(),
        strengthened: Vec::new(),
        stats,
    };
    Ok(Reviewed { record, note })
}
