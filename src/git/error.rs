use std::fmt;
use std::path::{Path, PathBuf};

/// What went wrong between us and git, by meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// There is no `git` to start.
    NotInstalled,
    /// The folder does not exist.
    NoFolder(PathBuf),
    /// The folder is in no repository.
    NotARepository(PathBuf),
    /// The repository belongs to another user, and git does not trust it.
    AnotherOwner(PathBuf),
    /// The repository has no working tree.
    NoWorkingTree(PathBuf),
    /// No commit has this name.
    UnknownRevision {
        /// What was asked for.
        revision: String,
        /// Whether the clone's history is cut off.
        shallow: bool,
    },
    /// Several objects begin with these digits.
    AmbiguousRevision(String),
    /// The two commits have no ancestor in common, as far as this clone knows.
    NoCommonHistory {
        /// One commit.
        base: String,
        /// The other.
        head: String,
        /// Whether the clone's history is cut off.
        shallow: bool,
    },
    /// Folders or commits that the change needs are not in this clone.
    Incomplete(String),
    /// An object cannot be unpacked.
    Damaged(String),
    /// The list of changed files is longer than what is read into memory.
    TooManyFiles,
    /// No remote has this name.
    UnknownRemote(String),
    /// There are several remotes, and nothing says which of them is meant.
    SeveralRemotes(String),
    /// Anything else, in git's own words.
    Failed {
        /// The git command.
        command: &'static str,
        /// What it said.
        detail: String,
    },
}

/// Words of git (in the C locale) that mean an object is there but cannot be unpacked.
const DAMAGE: [&str; 8] = [
    "corrupt",
    "inflate",
    "hash mismatch",
    "unable to unpack",
    "unable to parse",
    "object file",
    "garbage at end",
    "bad object header",
];

/// Words of git that mean an object is not there.
const ABSENCE: [&str; 6] = [
    "unable to read",
    "bad object",
    "could not read",
    "missing object",
    "could not fetch",
    "unable to find",
];

impl Error {
    /// Reads the meaning from what a git command wrote to standard error.
    pub(super) fn from_stderr(command: &'static str, dir: &Path, stderr: &str) -> Self {
        let says = |words: &[&str]| words.iter().any(|word| stderr.contains(word));
        if says(&["not a git repository"]) {
            Self::NotARepository(dir.to_owned())
        } else if says(&["dubious ownership"]) {
            Self::AnotherOwner(dir.to_owned())
        } else if says(&["must be run in a work tree"]) {
            Self::NoWorkingTree(dir.to_owned())
        } else if says(&DAMAGE) {
            Self::Damaged(first_line(stderr))
        } else if says(&ABSENCE) {
            Self::Incomplete(first_line(stderr))
        } else {
            let detail = first_line(stderr);
            Self::Failed { command, detail }
        }
    }

    /// Whether standard error speaks of an object that cannot be unpacked.
    pub(super) fn damage(stderr: &str) -> Option<Self> {
        DAMAGE
            .iter()
            .any(|word| stderr.contains(word))
            .then(|| Self::Damaged(first_line(stderr)))
    }
}

/// The line that says most: the first fatal one, or else the first error, or else the first.
fn first_line(stderr: &str) -> String {
    let line = |prefix: &str| stderr.lines().find_map(|line| line.strip_prefix(prefix));
    line("fatal: ")
        .or_else(|| line("error: "))
        .or_else(|| stderr.lines().next())
        .unwrap_or("it ended without a word")
        .to_owned()
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInstalled => write!(out, "git could not be started."),
            Self::NoFolder(dir) => write!(out, "There is no folder {}.", dir.display()),
            Self::NotARepository(dir) => {
                write!(out, "{} is not in a git repository.", dir.display())
            }
            Self::AnotherOwner(dir) => write!(
                out,
                "The repository at {} belongs to another user, so git does not trust it.",
                dir.display()
            ),
            Self::NoWorkingTree(dir) => write!(
                out,
                "The repository at {} has no working tree.",
                dir.display()
            ),
            Self::UnknownRevision { revision, .. } => {
                write!(out, "No commit is named {revision:?} in this clone.")
            }
            Self::AmbiguousRevision(revision) => {
                write!(
                    out,
                    "{revision:?} is the beginning of several object names."
                )
            }
            Self::NoCommonHistory { base, head, .. } => write!(
                out,
                "{base:?} and {head:?} have no commit in common in this clone."
            ),
            Self::Incomplete(detail) => {
                write!(out, "This clone lacks objects of the change: {detail}.")
            }
            Self::Damaged(detail) => write!(out, "The repository is damaged: {detail}."),
            Self::TooManyFiles => write!(out, "The change touches too many files to be listed."),
            Self::UnknownRemote(remote) => write!(out, "No remote is named {remote:?}."),
            Self::SeveralRemotes(remotes) => {
                write!(
                    out,
                    "There are several remotes, and none of them stands out: {remotes}."
                )
            }
            Self::Failed { command, detail } => write!(out, "git {command} failed: {detail}."),
        }
    }
}

impl std::error::Error for Error {}
