//! Finds the two sides of a change: in the checkout where they are there in full, or else on the
//! server, fetched into a folder of our own.

use std::path::{Path, PathBuf};

use crate::app::folder::Folder;
use crate::app::ledger::Ledger;
use crate::app::source::Source;
use crate::app::{Failure, policy};
use crate::change::ObjectId;
use crate::git::{Error, Reads, Repository, Wanted, gather};
use crate::policy::{POLICY_PATH, Policy};
use crate::review::record::incidents::INCIDENTS_FOLDER;

use super::context::Context;

/// The two sides of a change.
pub(super) struct Sides<'a> {
    /// The commit that the change goes to.
    pub(super) base: &'a ObjectId,
    /// The branch that it goes to, whose tip is where the policy stands; none where `base` counts.
    pub(super) branch: Option<&'a str>,
    /// The commit that brings it.
    pub(super) head: &'a ObjectId,
}

/// Where a change was found.
pub(super) struct Place {
    /// What to review there.
    pub(super) source: Source,
    /// The folder of the repository.
    pub(super) dir: PathBuf,
    /// The commit that the change goes to, where its policy stands.
    pub(super) base: ObjectId,
    /// Goes when the review is done.
    _folder: Option<Folder>,
}

/// Finds a change.
///
/// # Errors
/// A [`Failure`], or one of the operating system.
pub(super) fn find(context: &Context, dir: &Path, sides: &Sides<'_>) -> anyhow::Result<Place> {
    if !is_complete(dir, sides).unwrap_or(false) {
        return fetch(context, sides);
    }
    let base = sides.base.clone();
    Ok(Place {
        source: source(&base, sides, false),
        dir: dir.to_owned(),
        base,
        _folder: None,
    })
}

/// Finds a change on the server, whatever is checked out, and what the ledger there remembers.
///
/// # Errors
/// As [`find`].
pub(super) fn fetch(context: &Context, sides: &Sides<'_>) -> anyhow::Result<Place> {
    let folder = Folder::new(&context.temporary, "change")?;
    let wanted = Wanted {
        base: sides.branch.unwrap_or(sides.base.as_str()),
        is_branch: sides.branch.is_some(),
        head: sides.head,
        besides: &[POLICY_PATH, INCIDENTS_FOLDER],
    };
    let base = gather(folder.path(), &context.origin(), &wanted).map_err(Failure::from)?;
    let place = Place {
        source: source(&base, sides, true),
        dir: folder.path().to_owned(),
        base,
        _folder: Some(folder),
    };
    // A policy that is not valid is said by the review.
    let branch = place
        .policy()
        .ok()
        .and_then(|policy| policy.ledger().branch.clone());
    Ledger::reached(&place.dir, branch.as_deref(), context.origin())?.fetch()?;
    Ok(place)
}

impl Place {
    /// The policy of the base side.
    ///
    /// # Errors
    /// It is not valid, or git fails.
    pub(super) fn policy(&self) -> anyhow::Result<Policy> {
        policy::of_commit(&self.dir, &self.base)
    }
}

fn source(base: &ObjectId, sides: &Sides<'_>, is_own: bool) -> Source {
    Source::Proposed {
        base: base.clone(),
        head: sides.head.clone(),
        is_own,
    }
}

/// Whether a checkout has both sides and all that lies between them.
fn is_complete(dir: &Path, sides: &Sides<'_>) -> Result<bool, Error> {
    let mut repository = Repository::new(dir, Reads::Objects);
    if repository.is_shallow()? || repository.is_partial()? {
        return Ok(false);
    }
    repository.commit(sides.base.as_str())?;
    repository.commit(sides.head.as_str())?;
    let fork = repository.merge_base(sides.base, sides.head)?;
    Ok(fork.is_some())
}
