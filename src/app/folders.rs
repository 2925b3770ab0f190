//! Two folders as the sides of a change. No link is followed, so nothing outside them is read.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use crate::change::{ChangedFile, MAX_FILE_BYTES, RepoPath, Side, Unread, pair_renames};
use crate::git::{Blob, Budget, Found, read_file};

use super::Failure;

/// How deep folders are followed.
const MAX_DEPTH: usize = 64;

/// The files that differ, sorted by path.
pub(super) fn compare(before: &Path, after: &Path) -> Result<Vec<ChangedFile>, Failure> {
    let old = list(before)?;
    let new = list(after)?;
    let mut paths: Vec<&RepoPath> = old.keys().chain(new.keys()).collect();
    paths.sort();
    paths.dedup();

    let mut budget = Budget::for_change();
    let mut files = Vec::new();
    for path in paths {
        let (old, new) = (old.get(path), new.get(path));
        if let (Some(old), Some(new)) = (old, new)
            && same(old, new)
        {
            continue;
        }
        let mut side = |place: Option<&PathBuf>| {
            let found = place.and_then(|place| read_file(place, &mut budget));
            found.map(|Found { mode, blob }| Side {
                mode,
                content: blob.into(),
            })
        };
        let (before, after) = (side(old), side(new));
        files.push(ChangedFile {
            path: path.clone(),
            base_path: None,
            before,
            after,
        });
    }
    Ok(pair_renames(files))
}

/// A file below a folder; none where there is none, or a link.
pub(super) fn file(root: &Path, path: &str) -> Result<Option<Vec<u8>>, Failure> {
    let unreadable = |reason: Unread| Failure::UnreadableBaseFile {
        path: path.to_owned(),
        reason: reason.reason(),
    };
    match read_file(&root.join(path), &mut Budget::for_change()) {
        None => Ok(None),
        Some(found) => match found.blob {
            Blob::Bytes(bytes) => Ok(Some(bytes)),
            Blob::Unread(reason) => Err(unreadable(reason)),
        },
    }
}

/// The paths of the files below a folder of `root`, sorted.
pub(super) fn files_under(root: &Path, folder: &str) -> Result<Vec<String>, Failure> {
    let place = root.join(folder);
    if !fs::symlink_metadata(&place).is_ok_and(|metadata| metadata.is_dir()) {
        return Ok(Vec::new());
    }
    let prefix = match folder.trim_end_matches('/') {
        "" => String::new(),
        folder => format!("{folder}/"),
    };
    Ok(list(&place)?
        .keys()
        .filter_map(|path| std::str::from_utf8(path.as_bytes()).ok())
        .map(|path| format!("{prefix}{path}"))
        .collect())
}

/// Everything below a folder that is not a folder itself, without what git keeps for itself.
fn list(root: &Path) -> Result<BTreeMap<RepoPath, PathBuf>, Failure> {
    if !root.is_dir() {
        return Err(Failure::NotAFolder(root.to_owned()));
    }
    let mut found = BTreeMap::new();
    let mut folders = vec![(Vec::new(), root.to_owned(), 0)];
    while let Some((prefix, folder, depth)) = folders.pop() {
        let unreadable = || Failure::UnreadableFolder(folder.clone());
        for entry in fs::read_dir(&folder).map_err(|_| unreadable())? {
            let entry = entry.map_err(|_| unreadable())?;
            let name = entry.file_name();
            if name == ".git" {
                continue;
            }
            let mut path: Vec<u8> = prefix.clone();
            path.extend(name.as_encoded_bytes());
            let kind = entry.file_type().map_err(|_| unreadable())?;
            if kind.is_dir() && depth < MAX_DEPTH {
                path.push(b'/');
                folders.push((path, entry.path(), depth + 1));
            } else {
                found.insert(RepoPath::from_bytes(path), entry.path());
            }
        }
    }
    Ok(found)
}

/// Whether two files are the same in kind, mode and content. What cannot be read is not the same.
fn same(one: &Path, other: &Path) -> bool {
    let (Ok(first), Ok(second)) = (fs::symlink_metadata(one), fs::symlink_metadata(other)) else {
        return false;
    };
    if first.is_symlink() && second.is_symlink() {
        return matches!(
            (fs::read_link(one), fs::read_link(other)),
            (Ok(one), Ok(other)) if one == other
        );
    }
    first.is_file()
        && second.is_file()
        && first.len() == second.len()
        && first.permissions() == second.permissions()
        && same_bytes(one, other).unwrap_or(false)
}

fn same_bytes(one: &Path, other: &Path) -> std::io::Result<bool> {
    let mut one = BufReader::new(File::open(one)?);
    let mut other = BufReader::new(File::open(other)?);
    let (mut first, mut second) = (Vec::new(), Vec::new());
    loop {
        first.clear();
        second.clear();
        one.by_ref().take(MAX_FILE_BYTES).read_to_end(&mut first)?;
        other
            .by_ref()
            .take(MAX_FILE_BYTES)
            .read_to_end(&mut second)?;
        if first != second {
            return Ok(false);
        }
        if first.is_empty() {
            return Ok(true);
        }
    }
}
