use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::change::raw::{self, RawEntry, RawStatus};
use crate::change::{ChangedFile, ObjectId, RepoPath, Side, pair_renames};

use super::assemble::{changed_file, objects_of, unmerged};
use super::command::{Git, Reads};
use super::objects::{Objects, Reply};
use super::trees;
use super::worktree::{Listing, locate, native, read_file};
use super::{Blob, Budget, Error};

/// A repository, bare or not.
pub struct Repository {
    pub(super) git: Git,
    pub(super) objects: Objects,
}

/// A commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its full name.
    pub id: ObjectId,
    /// Its tree.
    pub tree: ObjectId,
    /// Its parents, the first one first; none where it is the first commit.
    pub parents: Vec<ObjectId>,
}

/// How many files are read at a time: twice as many objects fit one batch of questions.
const FILES_AT_A_TIME: usize = 16;

/// How deep folders are followed on the base side.
const MAX_DEPTH: usize = 16;

/// What every list of changed files is made with.
const RAW: [&str; 8] = [
    "-r",
    "--raw",
    "-z",
    "--full-index",
    "--no-abbrev",
    "--no-ext-diff",
    "--no-textconv",
    "--ignore-submodules=dirty",
];

/// Renames by similarity, among at most so many files; copies are new files.
const RENAMES: [&str; 2] = ["-M50%", "-l1000"];

/// Renames of files that are otherwise the same, which needs no content.
const EXACT_RENAMES: [&str; 2] = ["-M100%", "-l1000"];

impl Repository {
    /// The repository that a folder is in. Nothing runs yet.
    pub fn new(dir: &Path, reads: Reads) -> Self {
        let git = Git::new(dir, reads);
        let objects = Objects::new(git.clone());
        Self { git, objects }
    }

    /// The commit of a name.
    ///
    /// # Errors
    /// There is none, several begin like this, or git fails.
    pub fn commit(&mut self, revision: &str) -> Result<Commit, Error> {
        match self.objects.find(&format!("{revision}^{{commit}}"))? {
            Reply::Found { id, bytes } => {
                let tree =
                    tree(&bytes).ok_or_else(|| Error::Damaged(format!("{id} has no tree")))?;
                let parents = parents(&bytes);
                Ok(Commit { id, tree, parents })
            }
            Reply::Ambiguous => Err(Error::AmbiguousRevision(revision.to_owned())),
            Reply::Missing | Reply::TooLarge => Err(Error::UnknownRevision {
                revision: revision.to_owned(),
                shallow: self.is_shallow()?,
            }),
        }
    }

    /// The commit that is checked out; none before the first.
    ///
    /// # Errors
    /// Git fails.
    pub fn head(&mut self) -> Result<Option<Commit>, Error> {
        match self.commit("HEAD") {
            Ok(commit) => Ok(Some(commit)),
            Err(Error::UnknownRevision { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The tree of a commit.
    ///
    /// # Errors
    /// There is no such commit, or git fails.
    pub fn tree(&mut self, commit: &ObjectId) -> Result<ObjectId, Error> {
        match self.objects.find(&format!("{commit}^{{tree}}"))? {
            Reply::Found { id, .. } => Ok(id),
            _ => Err(Error::UnknownRevision {
                revision: commit.to_string(),
                shallow: self.is_shallow()?,
            }),
        }
    }

    /// The name and the address of everybody who wrote a commit that `head` has and `base` has not.
    ///
    /// # Errors
    /// Git fails.
    pub fn authors(
        &self,
        base: &ObjectId,
        head: &ObjectId,
    ) -> Result<BTreeSet<(String, String)>, Error> {
        let range = match *base == base.empty_tree() {
            true => head.to_string(),
            false => format!("{base}..{head}"),
        };
        let list = self.git.read("log", &["--format=%an%x00%ae", &range])?;
        let list = String::from_utf8_lossy(&list);
        let lines = list.lines().filter_map(|line| line.split_once('\0'));
        Ok(lines
            .map(|(name, address)| (name.to_owned(), address.to_owned()))
            .collect())
    }

    /// The first line of a commit's message; empty where it has none.
    ///
    /// # Errors
    /// Git fails.
    pub fn subject(&self, commit: &ObjectId) -> Result<String, Error> {
        let said = self
            .git
            .read("log", &["-1", "--format=%s", commit.as_str()])?;
        Ok(String::from_utf8_lossy(&said).trim().to_owned())
    }

    /// Fetches the branches of a remote, as `git fetch` does. It needs [`Reads::Remote`].
    ///
    /// # Errors
    /// The remote cannot be asked.
    pub fn fetch(&self, remote: &str) -> Result<(), Error> {
        let arguments = [
            "--quiet",
            "--no-tags",
            "--no-write-fetch-head",
            "--no-recurse-submodules",
            "--no-auto-maintenance",
            "--end-of-options",
            remote,
        ];
        self.git.read("fetch", &arguments).map(drop)
    }

    /// The name and the address that a commit made here would have; none where git knows neither.
    ///
    /// # Errors
    /// Git cannot be started.
    pub fn identity(&self) -> Result<Option<(String, String)>, Error> {
        let output = self.git.run("var", &["GIT_AUTHOR_IDENT"])?;
        let said = String::from_utf8_lossy(&output.stdout);
        let identity = said.split_once(" <").and_then(|(name, rest)| {
            let (address, _) = rest.split_once('>')?;
            Some((name.to_owned(), address.to_owned()))
        });
        Ok(identity.filter(|_| output.code == Some(0)))
    }

    /// Whether one of these names is there, such as `refs/heads/main`.
    ///
    /// # Errors
    /// Git fails.
    pub fn has_any(&mut self, references: &[&str]) -> Result<bool, Error> {
        for reference in references {
            if matches!(self.objects.find(reference)?, Reply::Found { .. }) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The name of the tree without entries, in the hash of this repository.
    ///
    /// # Errors
    /// Git fails.
    pub fn empty_tree(&self) -> Result<ObjectId, Error> {
        let format = self.git.read("rev-parse", &["--show-object-format"])?;
        let zero = match format.trim_ascii() {
            b"sha256" => [b'0'; 64].as_slice(),
            _ => [b'0'; 40].as_slice(),
        };
        let id = ObjectId::parse(zero).map(|id| id.empty_tree());
        id.ok_or_else(|| Error::Failed {
            command: "rev-parse",
            detail: "it named no object format".to_owned(),
        })
    }

    /// The best common ancestor; none where there is none in this clone.
    ///
    /// # Errors
    /// Git fails.
    pub fn merge_base(&self, base: &ObjectId, head: &ObjectId) -> Result<Option<ObjectId>, Error> {
        if base == head {
            return Ok(Some(base.clone()));
        }
        let output = self
            .git
            .run("merge-base", &[base.as_str(), head.as_str()])?;
        match output.code {
            Some(0) => Ok(ObjectId::parse(output.stdout.trim_ascii())),
            Some(1) => Ok(None),
            _ => Err(Error::from_stderr(
                "merge-base",
                self.git.dir(),
                &output.stderr,
            )),
        }
    }

    /// Whether the clone's history is cut off.
    ///
    /// # Errors
    /// Git fails.
    pub fn is_shallow(&self) -> Result<bool, Error> {
        let answer = self.git.read("rev-parse", &["--is-shallow-repository"])?;
        Ok(answer.trim_ascii() == b"true")
    }

    /// The files that differ between two commits or trees, with their contents.
    ///
    /// # Errors
    /// Git fails, or the list is longer than what is read into memory.
    pub fn between(&mut self, base: &ObjectId, head: &ObjectId) -> Result<Vec<ChangedFile>, Error> {
        if let Some(entries) = trees::differences(&mut self.objects, base, head)? {
            return self.contents(entries, None, &mut Budget::for_change());
        }
        let list = |renames: &[&str]| {
            let sides = [base.as_str(), head.as_str()];
            self.git
                .read("diff-tree", &[&RAW, renames, &sides].concat())
        };
        let list = list(&RENAMES).or_else(|error| match error {
            // A partial clone lacks the contents that similarity needs.
            Error::Incomplete(_) => list(&EXACT_RENAMES),
            other => Err(other),
        })?;
        self.read(&list, None, &mut Budget::for_change())
    }

    /// The files that differ between a commit (or tree) and the index, with their contents.
    ///
    /// # Errors
    /// As [`Repository::between`].
    pub fn staged(&mut self, base: &ObjectId) -> Result<Vec<ChangedFile>, Error> {
        let list = |renames: &[&str]| {
            // A file that was only announced with `add --intent-to-add` is not staged yet.
            let rest = ["--cached", "--ita-invisible-in-index", base.as_str()];
            self.git
                .read("diff-index", &[&RAW, renames, &rest].concat())
        };
        let list = list(&RENAMES).or_else(|error| match error {
            Error::Incomplete(_) => list(&EXACT_RENAMES),
            other => Err(other),
        })?;
        self.read(&list, None, &mut Budget::for_change())
    }

    /// The files that differ between a commit (or tree) and the working tree, with their contents;
    /// files that git does not track and does not ignore are new.
    ///
    /// Renames are found by us: git would have to run the filters of the configuration for them.
    ///
    /// # Errors
    /// As [`Repository::between`], or there is no working tree.
    pub fn working_tree(&mut self, base: &ObjectId) -> Result<Vec<ChangedFile>, Error> {
        let root = self.working_tree_root()?;
        let rest = ["--no-renames", base.as_str()];
        let list = self.git.read("diff-index", &[&RAW[..], &rest].concat())?;
        let mut budget = Budget::for_change();
        let mut files = self.read(&list, Some(&root), &mut budget)?;

        let listing = [
            "-z",
            "-t",
            "--unmerged",
            "--others",
            "--exclude-standard",
            "--full-name",
            "--",
            ":/",
        ];
        let listing = Listing::parse(&self.git.read("ls-files", &listing)?);
        files.retain(|file| !listing.unmerged.contains(&file.path));
        files.extend(listing.unmerged.into_iter().map(unmerged));
        for path in listing.untracked {
            let found = locate(&root, &path).and_then(|place| read_file(&place, &mut budget));
            files.extend(found.map(|found| ChangedFile {
                path,
                base_path: None,
                before: None,
                after: Some(Side {
                    mode: found.mode,
                    content: found.blob.into(),
                }),
            }));
        }
        Ok(pair_renames(files))
    }

    /// A text file of a commit or tree; none where there is none by this path.
    ///
    /// # Errors
    /// It is too large to read, or git fails.
    pub fn file(&mut self, tree: &ObjectId, path: &str) -> Result<Option<Vec<u8>>, Error> {
        match self.objects.find(&format!("{tree}:{path}"))? {
            Reply::Found { bytes, .. } => Ok(Some(bytes)),
            Reply::Missing | Reply::Ambiguous => Ok(None),
            Reply::TooLarge => Err(Error::Failed {
                command: "cat-file",
                detail: format!("{path} is too large"),
            }),
        }
    }

    /// The paths of the files below a folder of a commit or tree, sorted; links and submodules are
    /// passed over.
    ///
    /// # Errors
    /// Git fails.
    pub fn files_under(&mut self, tree: &ObjectId, folder: &str) -> Result<Vec<String>, Error> {
        let mut paths = Vec::new();
        let mut folders = vec![(folder.trim_end_matches('/').to_owned(), 0)];
        while let Some((folder, depth)) = folders.pop() {
            let Reply::Found { id, bytes } = self.objects.find(&format!("{tree}:{folder}"))? else {
                continue;
            };
            for (mode, name) in tree_entries(&bytes, id.as_str().len() / 2) {
                let path = match folder.as_str() {
                    "" => name.to_owned(),
                    folder => format!("{folder}/{name}"),
                };
                match mode {
                    b"40000" if depth < MAX_DEPTH => folders.push((path, depth + 1)),
                    b"100644" | b"100755" => paths.push(path),
                    _ => {}
                }
            }
        }
        paths.sort();
        Ok(paths)
    }

    /// The folder at the root of the working tree.
    ///
    /// # Errors
    /// There is no working tree, or git fails.
    pub fn working_tree_root(&self) -> Result<PathBuf, Error> {
        let answer = self.git.read("rev-parse", &["--show-toplevel"])?;
        let path = RepoPath::from_bytes(answer.strip_suffix(b"\n").unwrap_or(&answer));
        native(&path)
            .filter(|path| !path.as_os_str().is_empty())
            .ok_or_else(|| Error::NoWorkingTree(self.git.dir().to_owned()))
    }

    /// Reads a raw diff and the contents that it names.
    fn read(
        &mut self,
        list: &[u8],
        root: Option<&Path>,
        budget: &mut Budget,
    ) -> Result<Vec<ChangedFile>, Error> {
        let entries = raw::parse(list).map_err(|error| Error::Failed {
            command: "diff",
            detail: error.to_string(),
        })?;
        self.contents(entries, root, budget)
    }

    /// Reads the contents that the entries of a raw diff name: objects, and where one names no
    /// object, files below `root`.
    fn contents(
        &mut self,
        mut entries: Vec<RawEntry>,
        root: Option<&Path>,
        budget: &mut Budget,
    ) -> Result<Vec<ChangedFile>, Error> {
        // A conflict has one entry of its own and perhaps one for the working tree: it stands first.
        entries.sort_by(|one, other| {
            let resolved = |entry: &RawEntry| entry.status != RawStatus::Unmerged;
            (&one.path, resolved(one)).cmp(&(&other.path, resolved(other)))
        });
        entries.dedup_by(|next, kept| kept.status == RawStatus::Unmerged && next.path == kept.path);

        let mut files = Vec::with_capacity(entries.len());
        for chunk in entries.chunks(FILES_AT_A_TIME) {
            let ids: Vec<&ObjectId> = chunk.iter().flat_map(objects_of).collect();
            let mut blobs = self.objects.contents(&ids, budget)?.into_iter();
            for entry in chunk {
                let blobs: Vec<Blob> = blobs.by_ref().take(objects_of(entry).count()).collect();
                files.extend(changed_file(entry, blobs, root, budget));
            }
        }
        Ok(files)
    }
}

/// The tree that a commit names.
fn tree(commit: &[u8]) -> Option<ObjectId> {
    let line = commit.split(|&byte| byte == b'\n').next()?;
    ObjectId::parse(line.strip_prefix(b"tree ")?)
}

/// The parents that a commit names.
fn parents(commit: &[u8]) -> Vec<ObjectId> {
    commit
        .split(|&byte| byte == b'\n')
        .take_while(|line| !line.is_empty())
        .filter_map(|line| ObjectId::parse(line.strip_prefix(b"parent ")?))
        .collect()
}

/// The modes and names in a tree object, whose ids are so many bytes long.
pub(super) fn tree_entries(mut tree: &[u8], id_bytes: usize) -> Vec<(&[u8], &str)> {
    let mut entries = Vec::new();
    while let Some(end) = tree.iter().position(|&byte| byte == 0) {
        let (entry, rest) = tree.split_at(end);
        tree = rest.get(1 + id_bytes..).unwrap_or_default();
        let Some(space) = entry.iter().position(|&byte| byte == b' ') else {
            break;
        };
        if let Ok(name) = std::str::from_utf8(&entry[space + 1..]) {
            entries.push((&entry[..space], name));
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_tree_ends_the_list() {
        assert_eq!(tree_entries(b"100644 a\0short", 20).len(), 1);
        assert!(tree_entries(b"nonsense\0", 20).is_empty());
    }
}
