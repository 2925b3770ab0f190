//! What differs between two trees, read from the trees themselves: the process that gives the
//! contents gives the folders as well, so that most changes need no other.

use std::cmp::Ordering;

use crate::change::raw::{RawEntry, RawSide, RawStatus};
use crate::change::{ObjectId, RepoPath};

use super::objects::{Objects, Reply};
use super::worktree::{EXECUTABLE, FILE, LINK, SUBMODULE};
use super::{Blob, Budget, Error};

/// The mode of a folder in a tree.
const FOLDER: u32 = 0o40_000;

/// What a tree names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry<'a> {
    mode: u32,
    name: &'a [u8],
    id: &'a [u8],
}

/// A folder that differs.
struct Folder {
    path: Vec<u8>,
    before: Option<ObjectId>,
    after: Option<ObjectId>,
}

/// What was found so far.
#[derive(Default)]
struct Differences {
    files: Vec<RawEntry>,
    folders: Vec<Folder>,
}

/// The files that differ between two commits or trees. None where git itself has to be asked: files
/// went and others came, which may be renames, or a folder cannot be read or is not as git writes
/// it.
///
/// # Errors
/// Git fails.
pub(super) fn differences(
    objects: &mut Objects,
    base: &ObjectId,
    head: &ObjectId,
) -> Result<Option<Vec<RawEntry>>, Error> {
    let mut root = |id: &ObjectId| objects.find(&format!("{id}^{{tree}}"));
    let (Reply::Found { bytes: before, .. }, Reply::Found { bytes: after, .. }) =
        (root(base)?, root(head)?)
    else {
        return Ok(None);
    };
    let id_bytes = base.as_str().len() / 2;
    let mut found = Differences::default();
    if found.compare(b"", [&before, &after], id_bytes).is_none() {
        return Ok(None);
    }
    let mut budget = Budget::for_change();
    while !found.folders.is_empty() {
        let folders = std::mem::take(&mut found.folders);
        let ids: Vec<&ObjectId> = folders
            .iter()
            .flat_map(|it| it.before.iter().chain(&it.after))
            .collect();
        let mut blobs = objects.contents(&ids, &mut budget)?.into_iter();
        for folder in &folders {
            let mut bytes = |id: &Option<ObjectId>| match id.as_ref().map(|_| blobs.next()) {
                None => Some(Vec::new()),
                Some(Some(Blob::Bytes(bytes))) => Some(bytes),
                Some(_) => None,
            };
            let sides = (bytes(&folder.before), bytes(&folder.after));
            let (Some(before), Some(after)) = sides else {
                return Ok(None);
            };
            let whole = found.compare(&folder.path, [&before, &after], id_bytes);
            if whole.is_none() || found.may_be_renames() {
                return Ok(None);
            }
        }
    }
    Ok((!found.may_be_renames()).then_some(found.files))
}

impl Differences {
    /// Compares the two sides of one folder; none where one of them cannot be read.
    fn compare(&mut self, path: &[u8], sides: [&[u8]; 2], id_bytes: usize) -> Option<()> {
        let [before, after] = sides.map(|bytes| entries(bytes, id_bytes));
        let (mut before, mut after) = (
            before?.into_iter().peekable(),
            after?.into_iter().peekable(),
        );
        loop {
            let order = match (before.peek(), after.peek()) {
                (None, None) => return Some(()),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(one), Some(other)) => one.order(other),
            };
            let one = before.next_if(|_| order.is_le());
            let other = after.next_if(|_| order.is_ge());
            if one != other {
                self.add(path, one, other)?;
            }
        }
    }

    /// Adds what has one name on both sides, or stands on one side only.
    fn add(
        &mut self,
        folder: &[u8],
        one: Option<Entry<'_>>,
        other: Option<Entry<'_>>,
    ) -> Option<()> {
        let entry = one.or(other)?;
        let path = match folder {
            b"" => entry.name.to_vec(),
            folder => [folder, b"/", entry.name].concat(),
        };
        if entry.mode == FOLDER {
            let [before, after] = [one, other].map(|it| it.map(|it| ObjectId::of_digest(it.id)));
            self.folders.push(Folder {
                path,
                before,
                after,
            });
            return Some(());
        }
        let status = match (one, other) {
            (None, _) => RawStatus::Added,
            (_, None) => RawStatus::Deleted,
            (Some(one), Some(other)) if one.is_file() == other.is_file() => RawStatus::Modified,
            _ => RawStatus::TypeChanged,
        };
        let [before, after] = [one, other].map(|it| it.map(Entry::side));
        self.files.push(RawEntry {
            status,
            before,
            after,
            path: RepoPath::from_bytes(path),
            base_path: None,
        });
        Some(())
    }

    fn may_be_renames(&self) -> bool {
        let any = |status| self.files.iter().any(|it| it.status == status);
        any(RawStatus::Added) && any(RawStatus::Deleted)
    }
}

impl Entry<'_> {
    /// The order of git: a folder sorts as if its name ended in a slash.
    fn order(&self, other: &Self) -> Ordering {
        let key = |it: &Self| (it.mode == FOLDER).then_some(&b'/');
        let name = self.name.iter().chain(key(self));
        name.cmp(other.name.iter().chain(key(other)))
    }

    fn is_file(&self) -> bool {
        matches!(self.mode, FILE | EXECUTABLE)
    }

    fn side(self) -> RawSide {
        RawSide {
            mode: self.mode,
            object: Some(ObjectId::of_digest(self.id)),
        }
    }
}

/// What a tree object names; none where it is not as git writes it today. What was put together by
/// hand, to say one thing here and another in a checkout, is git's to read.
fn entries(mut tree: &[u8], id_bytes: usize) -> Option<Vec<Entry<'_>>> {
    let mut entries: Vec<Entry<'_>> = Vec::new();
    while !tree.is_empty() {
        let end = tree.iter().position(|&byte| byte == 0)?;
        let (head, rest) = (&tree[..end], &tree[end + 1..]);
        let (id, rest) = rest.split_at_checked(id_bytes)?;
        tree = rest;
        let space = head.iter().position(|&byte| byte == b' ')?;
        let (mode, name) = (&head[..space], &head[space + 1..]);
        let mode = match mode {
            b"40000" => FOLDER,
            b"100644" => FILE,
            b"100755" => EXECUTABLE,
            b"120000" => LINK,
            b"160000" => SUBMODULE,
            _ => return None,
        };
        let entry = Entry { mode, name, id };
        let in_order = entries.last().is_none_or(|last| last.order(&entry).is_lt());
        let named = !name.is_empty() && !name.contains(&b'/');
        if !in_order || !named || id.iter().all(|&byte| byte == 0) {
            return None;
        }
        entries.push(entry);
    }
    Some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(entries: &[(&str, &str, u8)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (mode, name, id) in entries {
            bytes.extend_from_slice(format!("{mode} {name}\0").as_bytes());
            bytes.extend_from_slice(&[*id; 20]);
        }
        bytes
    }

    fn compared(before: &[(&str, &str, u8)], after: &[(&str, &str, u8)]) -> Option<Vec<String>> {
        let mut found = Differences::default();
        found.compare(b"top", [&tree(before), &tree(after)], 20)?;
        let files = found.files.iter();
        let files = files.map(|it| format!("{:?} {}", it.status, it.path));
        let folders = found.folders.iter();
        let folders = folders.map(|it| format!("into {}", String::from_utf8_lossy(&it.path)));
        Some(files.chain(folders).collect())
    }

    #[test]
    fn a_folder_and_a_file_of_one_name_are_two_things() {
        let before = [("100644", "a", 1), ("100644", "a.b", 1), ("100755", "z", 1)];
        let after = [("100644", "a.b", 1), ("40000", "a", 2), ("120000", "z", 1)];
        let said = compared(&before, &after).unwrap();
        assert_eq!(said, ["Deleted top/a", "TypeChanged top/z", "into top/a"]);
    }

    #[test]
    fn what_stands_on_both_sides_is_passed_over() {
        let before = [("40000", "same", 1), ("100644", "x", 1), ("160000", "y", 3)];
        let after = [("40000", "same", 1), ("100755", "x", 1), ("160000", "y", 4)];
        let said = compared(&before, &after).unwrap();
        assert_eq!(said, ["Modified top/x", "Modified top/y"]);
    }

    #[test]
    fn a_tree_that_git_would_not_write_is_left_to_git() {
        let fine = [("100644", "a", 1)];
        for odd in [
            [("100644", "a", 1), ("100644", "a", 2)],
            [("100644", "b", 1), ("100644", "a", 2)],
            [("100664", "a", 1), ("100644", "b", 1)],
            [("100644", "a", 1), ("100644", "b/c", 1)],
            [("100644", "", 1), ("100644", "b", 1)],
            [("100644", "a", 1), ("100644", "b", 0)],
        ] {
            assert_eq!(compared(&fine, &odd), None);
        }
        assert!(entries(b"100644 a\0short", 20).is_none());
        assert!(entries(b"nonsense\0", 20).is_none());
    }
}
