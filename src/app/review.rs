//! Reviews a change.

use std::path::Path;
use std::time::Instant;

use crate::change::{Change, ChangedFile};
use crate::policy::Policy;
use crate::review::deltas::compare::{Comparison, FilePair, Keep};
use crate::review::record::Review;
use crate::review::record::assemble::conclude;
use crate::review::{self, Findings, Terms};

use super::memory::{self, Memory};
use super::source::{self, Loaded, Note, Source};
use super::{Progress, policy, threads};

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
    let memory = match (source, base.repository()) {
        // There is no repository, or none that remembers.
        (Source::Scratch(_), _) | (_, None) => Memory::default(),
        (_, Some(repository)) => memory::recall(repository, dir, &policy, &change.head),
    };
    incidents.extend(memory.incidents);
    let terms = Terms {
        policy: &policy,
        incidents: &incidents,
        overridden: &memory.overridden,
        today: policy::today(),
    };
    let comparison = read(&change, &policy, progress);
    let found = find(&comparison, &policy);
    let mut record = conclude(&change, &comparison, &terms, found);
    record.not_reviewed.extend(unread);
    record.not_reviewed.extend(memory.unread);
    record.stats.ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(Reviewed { record, note })
}

/// Reads both sides of every file that the policy does not exclude.
fn read<'a>(change: &'a Change, policy: &Policy, progress: Progress<'_>) -> Comparison<'a> {
    let included = |file: &&ChangedFile| !policy.is_excluded(&file.path.to_string());
    let files: Vec<&ChangedFile> = change.files.iter().filter(included).collect();
    let count = files.len();
    progress(0, count);
    let keep = Keep::of(change);
    let files = threads::each(&files, |file| FilePair::read(file, keep), &|done| {
        progress(done, count);
    });
    Comparison { files }
}

/// Runs the checks over the change and over its reverse.
fn find(comparison: &Comparison<'_>, policy: &Policy) -> [Findings; 2] {
    let reversed = comparison.reversed();
    let (weakened, strengthened) = threads::both(
        || review::findings(comparison, policy),
        || review::findings(&reversed, policy),
    );
    [weakened, strengthened]
}
