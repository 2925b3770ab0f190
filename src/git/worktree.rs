//! Files on disk as sides of a change. No link is followed.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use crate::change::{MAX_FILE_BYTES, RepoPath, Unread};

use super::{Blob, Budget};

/// The mode of a symbolic link.
pub(super) const LINK: u32 = 0o120_000;
/// The mode of a submodule.
pub(super) const SUBMODULE: u32 = 0o160_000;
/// The mode of a file.
pub(super) const FILE: u32 = 0o100_644;
/// The mode of a file that may be run.
pub(super) const EXECUTABLE: u32 = 0o100_755;

/// A file that lies on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its mode, as git would record it.
    pub mode: u32,
    /// What is in it.
    pub blob: Blob,
}

/// Reads one file; none where there is nothing by this name.
pub fn read_file(path: &Path, budget: &mut Budget) -> Option<Found> {
    let unread = |mode, reason| {
        let blob = Blob::Unread(reason);
        Some(Found { mode, blob })
    };
    let metadata = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => return None,
        Err(_) => return unread(FILE, Unread::Unreadable),
    };
    if metadata.is_symlink() {
        return unread(LINK, Unread::Symlink);
    }
    if metadata.is_dir() {
        return unread(SUBMODULE, Unread::Submodule);
    }
    let mode = mode(&metadata);
    if !metadata.is_file() {
        return unread(mode, Unread::Unreadable);
    }
    if let Err(reason) = budget.take(metadata.len()) {
        return unread(mode, reason);
    }
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| {
        // It may have grown since its size was asked.
        file.take(MAX_FILE_BYTES).read_to_end(&mut bytes)
    });
    match read {
        Ok(_) => {
            let blob = Blob::Bytes(bytes);
            Some(Found { mode, blob })
        }
        Err(_) => unread(mode, Unread::Unreadable),
    }
}

#[cfg(unix)]
fn mode(metadata: &fs::Metadata) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    match metadata.permissions().mode() & 0o111 {
        0 => FILE,
        _ => EXECUTABLE,
    }
}

#[cfg(not(unix))]
fn mode(_: &fs::Metadata) -> u32 {
    FILE
}

/// What `git ls-files -z -t --unmerged --others` lists.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Listing {
    /// Paths in the middle of a merge.
    pub(super) unmerged: BTreeSet<RepoPath>,
    /// Paths that git does not track; a repository inside this one is one path.
    pub(super) untracked: Vec<RepoPath>,
}

impl Listing {
    /// Reads it; what is neither is passed over.
    pub(super) fn parse(bytes: &[u8]) -> Self {
        let mut listing = Self::default();
        for line in bytes.split(|&byte| byte == 0) {
            if let Some(path) = line.strip_prefix(b"? ") {
                let path = path.strip_suffix(b"/").unwrap_or(path);
                listing.untracked.push(RepoPath::from_bytes(path));
            } else if let Some(tab) = line.iter().position(|&byte| byte == b'\t') {
                let path = RepoPath::from_bytes(&line[tab + 1..]);
                listing.unmerged.insert(path);
            }
        }
        listing
    }
}

/// Where a path of the repository lies on disk; none where it would lead out of the folder.
pub(super) fn locate(root: &Path, path: &RepoPath) -> Option<PathBuf> {
    let path = native(path)?;
    let inside = path
        .components()
        .all(|component| matches!(component, Component::Normal(_)));
    inside.then(|| root.join(path))
}

#[cfg(unix)]
pub(super) fn native(path: &RepoPath) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    Some(std::ffi::OsStr::from_bytes(path.as_bytes()).into())
}

#[cfg(not(unix))]
pub(super) fn native(path: &RepoPath) -> Option<PathBuf> {
    std::str::from_utf8(path.as_bytes()).ok().map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_has_conflicts_and_new_files() {
        let listing = Listing::parse(b"? a\tb\0? inner/\0M 100644 11 1\tc\0M 100644 22 2\tc\0");
        assert_eq!(listing.untracked, ["a\tb".into(), "inner".into()]);
        assert_eq!(listing.unmerged, BTreeSet::from(["c".into()]));
        assert_eq!(Listing::parse(b""), Listing::default());
    }

    #[test]
    fn no_path_leads_out_of_the_folder() {
        let root = Path::new("/root");
        assert!(locate(root, &RepoPath::from("a/-b\n.py")).is_some());
        for path in ["../a", "a/../../b", "/etc/passwd", "./a"] {
            assert_eq!(locate(root, &RepoPath::from(path)), None, "{path}");
        }
    }
}
