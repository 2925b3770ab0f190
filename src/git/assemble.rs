//! Puts an entry of a raw diff and the contents that it names together.

use std::path::Path;

use crate::change::raw::{RawEntry, RawSide, RawStatus};
use crate::change::{ChangedFile, Content, ObjectId, RepoPath, Side, Unread};

use super::worktree::{FILE, LINK, SUBMODULE, locate, read_file};
use super::{Blob, Budget};

/// The objects to read for an entry, before and after; one where both sides are the same.
pub(super) fn objects_of(entry: &RawEntry) -> impl Iterator<Item = &ObjectId> {
    let before = object(entry.before.as_ref());
    let after = object(entry.after.as_ref());
    before.into_iter().chain(after.filter(|_| before != after))
}

fn object(side: Option<&RawSide>) -> Option<&ObjectId> {
    side.filter(|side| unreadable_kind(side.mode).is_none())?
        .object
        .as_ref()
}

/// Why something that is no file is not read.
fn unreadable_kind(mode: u32) -> Option<Unread> {
    match mode {
        LINK => Some(Unread::Symlink),
        SUBMODULE => Some(Unread::Submodule),
        _ => None,
    }
}

/// Puts an entry and its contents together; none where nothing is left to review.
pub(super) fn changed_file(
    entry: &RawEntry,
    blobs: Vec<Blob>,
    root: Option<&Path>,
    budget: &mut Budget,
) -> Option<ChangedFile> {
    if entry.status == RawStatus::Unmerged {
        return Some(unmerged(entry.path.clone()));
    }
    let mut blobs = blobs.into_iter();
    let mut named = |side: &RawSide| match unreadable_kind(side.mode) {
        Some(reason) => (side.mode, Blob::Unread(reason)),
        None => {
            let blob = blobs.next().unwrap_or(Blob::Unread(Unread::Missing));
            (side.mode, blob)
        }
    };
    let before = entry.before.as_ref().map(&mut named);
    let same_object = match (&entry.before, &entry.after) {
        (Some(before), Some(after)) => before.object.is_some() && before.object == after.object,
        _ => false,
    };
    let on_disk = |side: &RawSide| {
        let here = side.object.is_none() && unreadable_kind(side.mode).is_none();
        root.filter(|_| here)
    };
    let after = match &entry.after {
        None => None,
        Some(side) if same_object => before.as_ref().map(|(_, blob)| (side.mode, blob.clone())),
        Some(side) => match on_disk(side) {
            None => Some(named(side)),
            Some(root) => {
                let found = locate(root, &entry.path).and_then(|path| read_file(&path, budget));
                found.map(|found| (found.mode, found.blob))
            }
        },
    };
    let same_bytes = matches!(
        (&before, &after),
        (Some((old, Blob::Bytes(one))), Some((new, Blob::Bytes(other)))) if old == new && one == other
    );
    // A file that was only touched, or gone again since git looked.
    if (same_bytes && entry.base_path.is_none()) || (before.is_none() && after.is_none()) {
        return None;
    }
    let side = |(mode, blob): (u32, Blob)| Side {
        mode,
        content: blob.into(),
    };
    let (before, after) = (before.map(side), after.map(side));
    let unread = before
        .as_ref()
        .is_some_and(|side| side.content.text().is_none());
    if same_object && unread {
        return None;
    }
    Some(ChangedFile {
        path: entry.path.clone(),
        base_path: entry.base_path.clone(),
        before,
        after,
    })
}

/// A file in the middle of a merge.
pub(super) fn unmerged(path: RepoPath) -> ChangedFile {
    ChangedFile {
        path,
        base_path: None,
        before: None,
        after: Some(Side {
            mode: FILE,
            content: Content::Unread(Unread::Unmerged),
        }),
    }
}
