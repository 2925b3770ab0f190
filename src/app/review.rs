//! Reviews a change.

use std::path::Path;
use std::time::Instant;

use crate::review::record::Review;
use crate::review::{self, Terms};

use super::memory::{self, Memory};
use super::source::{self, Loaded, Note, Source};
use super::{Progress, policy};

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
    let Loaded {
        change,
        mut base,
        note,
    } = source::load(source, dir)?;
    let policy = policy::in_force(&mut base)?;
    let (mut incidents, unread) = policy::incidents(&mut base)?;
    let memory = match source {
        // There is no repository, or none that remembers.
        Source::Folders { .. } | Source::Scratch(_) => Memory::default(),
        _ => memory::recall(dir, &policy, &change.head),
    };
    incidents.extend(memory.incidents);
    let terms = Terms {
        policy: &policy,
        incidents: &incidents,
        overridden: &memory.overridden,
        today: policy::today(),
    };
    let files = change.files.len();
    progress(0, files);
    let mut record = review::review(&change, &terms, &|done| progress(done, files));
    record.not_reviewed.extend(unread);
    record.not_reviewed.extend(memory.unread);
    record.stats.ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(Reviewed { record, note })
}
