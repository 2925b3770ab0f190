//! Finds the two sides of a change: in the checkout where they are there in full, or else on the
//! server, fetched into a folder of our own.

use std::path::{Path, PathBuf};

use crate::app::Failure;
use crate::app::folder::Folder;
use crate::app::source::Source;
use crate::change::ObjectId;
use crate::git::{Error, Reads, Repository, Wanted, gather};
use crate::policy::POLICY_PATH;
use crate::review::incidents::INCIDENTS_FOLDER;

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
    /// Goes when the review is done.
    _folder: Option<Folder>,
}

/// Finds a change.
///
/// # Errors
/// A [`Failure`], or one of the operating system.
pub(super) fn find(context: &Context, dir: &Path, sides: &Sides<'_>) -> anyhow::Result<Place> {
    let source = |base: ObjectId, is_own: bool| Source::Proposed {
        base,
        head: sides.head.clone(),
        is_own,
    };
    if is_complete(dir, sides).unwrap_or(false) {
        return Ok(Place {
            source: source(sides.base.clone(), false),
            dir: dir.to_owned(),
            _folder: None,
        });
    }
    let folder = Folder::new(&context.temporary, "change")?;
    let wanted = Wanted {
        base: sides.branch.unwrap_or(sides.base.as_str()),
        is_branch: sides.branch.is_some(),
        head: sides.head,
        besides: &[POLICY_PATH, INCIDENTS_FOLDER],
    };
    let base = gather(folder.path(), &context.origin(), &wanted).map_err(Failure::from)?;
    Ok(Place {
        source: source(base, true),
        dir: folder.path().to_owned(),
        _folder: Some(folder),
    })
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
