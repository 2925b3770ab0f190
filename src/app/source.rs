//! Loads a change from wherever it is.

use std::path::{Path, PathBuf};

use crate::change::{Change, Content, ObjectId, Range};
use crate::git::{self, Commit, Reads, Repository};

use super::{Failure, folders};

/// Where a change comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// What the current branch adds to the default branch.
    Branch,
    /// A range as it was typed; see [`Range`].
    Range(String),
    /// A range in a repository that we made ourselves; see [`Reads::Scratch`].
    Scratch(String),
    /// What a commit gained since it left another, under the policy and the incidents of that
    /// other one as it stands now.
    Proposed {
        /// The commit that the change goes to.
        base: ObjectId,
        /// The commit that brings it.
        head: ObjectId,
        /// Whether the repository is one that we made ourselves; see [`Reads::Scratch`].
        is_own: bool,
    },
    /// The index against `HEAD`.
    Staged,
    /// The working tree against `HEAD`, with new files that are not ignored.
    WorkingTree,
    /// One folder against another, without git.
    Folders {
        /// The base side.
        before: PathBuf,
        /// The head side.
        after: PathBuf,
    },
}

/// A change, and the rest of its base side.
pub struct Loaded {
    /// The change.
    pub change: Change,
    /// The base side: policy and incidents are read from here, never from the change itself.
    pub base: Base,
    /// Why there is nothing to review, where there is not.
    pub note: Option<Note>,
}

/// Something to know that is no failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The sentence.
    pub text: String,
    /// What to do.
    pub hint: String,
}

/// All files of the base side, changed or not.
pub struct Base(Place);

enum Place {
    Tree {
        repository: Box<Repository>,
        tree: ObjectId,
    },
    Folder(PathBuf),
}

/// Loads a change; `dir` is where git looks for the repository, and where relative folders start.
///
/// # Errors
/// A [`Failure`], with a hint.
pub fn load(source: &Source, dir: &Path) -> anyhow::Result<Loaded> {
    let loaded = match source {
        Source::Folders { before, after } => from_folders(&below(dir, before), &below(dir, after)),
        Source::Branch => from_branch(Repository::new(dir, Reads::Objects)),
        Source::Range(text) => from_range(Repository::new(dir, Reads::Objects), text),
        Source::Scratch(text) => from_range(Repository::new(dir, Reads::Scratch), text),
        Source::Proposed { base, head, is_own } => {
            let reads = match is_own {
                true => Reads::Scratch,
                false => Reads::Objects,
            };
            from_proposed(Repository::new(dir, reads), base, head)
        }
        Source::Staged => from_index(Repository::new(dir, Reads::Objects)),
        Source::WorkingTree => from_working_tree(Repository::new(dir, Reads::WorkingTree)),
    };
    Ok(loaded?)
}

impl Base {
    /// The files of a commit or tree.
    pub fn at(repository: Repository, tree: ObjectId) -> Self {
        let repository = Box::new(repository);
        Self(Place::Tree { repository, tree })
    }

    /// The repository that it is in; none where it is a folder.
    pub(super) fn repository(&mut self) -> Option<&mut Repository> {
        match &mut self.0 {
            Place::Tree { repository, .. } => Some(repository),
            Place::Folder(_) => None,
        }
    }

    /// The text of a file at base; none where there is no such file.
    ///
    /// # Errors
    /// There is one, and it cannot be read as text: that is never the same as none.
    pub fn file(&mut self, path: &str) -> anyhow::Result<Option<String>> {
        let bytes = match &mut self.0 {
            Place::Tree { repository, tree } => {
                repository.file(tree, path).map_err(Failure::from)?
            }
            Place::Folder(root) => folders::file(root, path)?,
        };
        let Some(bytes) = bytes else { return Ok(None) };
        match Content::from_bytes(bytes) {
            Content::Text(text) => Ok(Some(text)),
            Content::Unread(reason) => Err(Failure::UnreadableBaseFile {
                path: path.to_owned(),
                reason: reason.reason(),
            }
            .into()),
        }
    }

    /// The paths of the files below a folder at base, sorted; the empty folder is all of them.
    ///
    /// # Errors
    /// A [`Failure`], with a hint.
    pub fn files_under(&mut self, folder: &str) -> anyhow::Result<Vec<String>> {
        let paths = match &mut self.0 {
            Place::Tree { repository, tree } => repository.files_under(tree, folder),
            Place::Folder(root) => return Ok(folders::files_under(root, folder)?),
        };
        Ok(paths.map_err(Failure::from)?)
    }
}

fn from_branch(mut repository: Repository) -> Result<Loaded, Failure> {
    let Some(head) = repository.head()? else {
        let tree = repository.empty_tree()?;
        let note = Note {
            text: "There is no commit yet, so there is nothing to review.".to_owned(),
            hint: "Review what you are about to commit with `afterclick review --staged`."
                .to_owned(),
        };
        let empty = Change {
            base: tree.to_string(),
            head: tree.to_string(),
            files: Vec::new(),
        };
        return Ok(Loaded::new(empty, repository, tree).with_note(note));
    };
    let branch = repository.default_branch()?.ok_or(Failure::NoBase)?;
    let base = repository.commit(&branch)?;
    let fork = fork(&repository, (&branch, &base.id), ("HEAD", &head.id))?;
    let nothing_new = fork == head.id;
    let loaded = between(repository, fork, &head.id)?;
    if !nothing_new {
        return Ok(loaded);
    }
    let branch = branch
        .trim_start_matches("refs/heads/")
        .trim_start_matches("refs/remotes/");
    let last = match head.parents.is_empty() {
        true => "HEAD^!",
        false => "HEAD~1..HEAD",
    };
    Ok(loaded.with_note(Note {
        text: format!(
            "HEAD has nothing that {branch} does not have, so there is nothing to review."
        ),
        hint: format!("Review the last commit with `afterclick review {last}`."),
    }))
}

fn from_range(mut repository: Repository, text: &str) -> Result<Loaded, Failure> {
    match Range::parse(text).ok_or(Failure::EmptyRange)? {
        Range::Between { base, head } => {
            let base = repository.commit(&base)?.id;
            let head = repository.commit(&head)?.id;
            between(repository, base, &head)
        }
        Range::SinceFork { base, head } => {
            let base_id = repository.commit(&base)?.id;
            let head_id = repository.commit(&head)?.id;
            let fork = fork(&repository, (&base, &base_id), (&head, &head_id))?;
            between(repository, fork, &head_id)
        }
        Range::Alone(revision) => {
            let Commit { id, parents, .. } = repository.commit(&revision)?;
            let base = match parents.first() {
                // Where the clone is shallow the parent has a name and is not there.
                Some(parent) => repository.commit(parent.as_str())?.id,
                None => id.empty_tree(),
            };
            between(repository, base, &id)
        }
    }
}

fn from_proposed(
    repository: Repository,
    base: &ObjectId,
    head: &ObjectId,
) -> Result<Loaded, Failure> {
    let fork = fork(&repository, (base.as_str(), base), (head.as_str(), head))?;
    let mut loaded = between(repository, fork, head)?;
    // A branch that left long ago is not under the terms of long ago.
    if let Place::Tree { tree, .. } = &mut loaded.base.0 {
        *tree = base.clone();
    }
    Ok(loaded)
}

fn from_index(mut repository: Repository) -> Result<Loaded, Failure> {
    let base = head_or_empty(&mut repository)?;
    let files = repository.staged(&base)?;
    let change = Change {
        base: base.to_string(),
        head: "index".to_owned(),
        files,
    };
    Ok(Loaded::new(change, repository, base))
}

fn from_working_tree(mut repository: Repository) -> Result<Loaded, Failure> {
    let base = head_or_empty(&mut repository)?;
    let files = repository.working_tree(&base)?;
    let change = Change {
        base: base.to_string(),
        head: "worktree".to_owned(),
        files,
    };
    Ok(Loaded::new(change, repository, base))
}

/// A path as a person would write it: without a `./` that nobody typed.
fn below(dir: &Path, path: &Path) -> PathBuf {
    match dir == Path::new(".") {
        true => path.to_owned(),
        false => dir.join(path),
    }
}

fn from_folders(before: &Path, after: &Path) -> Result<Loaded, Failure> {
    let files = folders::compare(before, after)?;
    let change = Change {
        base: "before".to_owned(),
        head: "after".to_owned(),
        files,
    };
    Ok(Loaded {
        change,
        base: Base(Place::Folder(before.to_owned())),
        note: None,
    })
}

impl Loaded {
    fn new(change: Change, repository: Repository, tree: ObjectId) -> Self {
        Self {
            change,
            base: Base::at(repository, tree),
            note: None,
        }
    }

    fn with_note(self, note: Note) -> Self {
        let note = Some(note);
        Self { note, ..self }
    }
}

fn between(mut repository: Repository, base: ObjectId, head: &ObjectId) -> Result<Loaded, Failure> {
    let files = match base == *head {
        true => Vec::new(),
        false => repository.between(&base, head)?,
    };
    let change = Change {
        base: base.to_string(),
        head: head.to_string(),
        files,
    };
    Ok(Loaded::new(change, repository, base))
}

/// Where two commits parted; each comes with the name that a person knows it by.
fn fork(
    repository: &Repository,
    (base_name, base): (&str, &ObjectId),
    (head_name, head): (&str, &ObjectId),
) -> Result<ObjectId, Failure> {
    match repository.merge_base(base, head)? {
        Some(fork) => Ok(fork),
        None => Err(Failure::Git(git::Error::NoCommonHistory {
            base: base_name.to_owned(),
            head: head_name.to_owned(),
            shallow: repository.is_shallow()?,
        })),
    }
}

/// `HEAD`, or nothing at all before the first commit.
fn head_or_empty(repository: &mut Repository) -> Result<ObjectId, Failure> {
    match repository.head()? {
        Some(commit) => Ok(commit.id),
        None => Ok(repository.empty_tree()?),
    }
}
