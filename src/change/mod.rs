//! What changed: files before and after. Pure values; [`crate::git`] fills them.

mod class;
mod path;

pub use class::{Class, classify};
pub use path::RepoPath;

/// What lies between a base and a head.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// Full object id of the base side, or a word such as `index` where there is no commit.
    pub base: String,
    /// Full object id of the head side, or a word such as `index` or `worktree`.
    pub head: String,
    /// One entry a changed path, sorted by path.
    pub files: Vec<ChangedFile>,
}

/// One path that the change touches.
#[derive(Debug, Clone)]
pub struct ChangedFile {
    /// The path on the head side; on the base side where the file is gone.
    pub path: RepoPath,
    /// The path on the base side where it differs (a rename or a copy).
    pub base_path: Option<RepoPath>,
    /// The file before, if it was there.
    pub before: Option<Side>,
    /// The file after, if it is there.
    pub after: Option<Side>,
}

/// A file on one side of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// The git file mode, such as `0o100644`.
    pub mode: u32,
    /// What is in it, or why it was not read.
    pub content: Content,
}

/// The content of a file, or why there is none to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Text. Bytes that are not UTF-8 are replaced by U+FFFD; CRLF stays as it is.
    Text(String),
    /// Not read, for a reason that is shown to the user.
    Unread(Unread),
}

/// Why a file was not read. Every one of them is listed as *not reviewed*, never passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unread {
    /// It has a NUL byte in its first 8,000 bytes, git's own test.
    Binary,
    /// It is larger than [`MAX_FILE_BYTES`].
    TooLarge {
        /// Its size in bytes.
        bytes: u64,
    },
    /// A Git LFS pointer: the content is elsewhere.
    LfsPointer,
    /// A submodule: the change is a commit of another repository.
    Submodule,
    /// A symbolic link.
    Symlink,
    /// The object is not in this clone (partial or shallow) and could not be had.
    Missing,
}

/// Files above this size are listed as not reviewed.
pub const MAX_FILE_BYTES: u64 = 1024 * 1024;

impl Content {
    /// The text, where it was read.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Unread(_) => None,
        }
    }
}

impl ChangedFile {
    /// The text before, where there was a file and it was read.
    pub fn before_text(&self) -> Option<&str> {
        self.before.as_ref().and_then(|side| side.content.text())
    }

    /// The text after, where there is a file and it was read.
    pub fn after_text(&self) -> Option<&str> {
        self.after.as_ref().and_then(|side| side.content.text())
    }
}

impl Unread {
    /// The reason in plain words, as *not reviewed* lists it.
    pub fn reason(self) -> String {
        match self {
            Self::Binary => "binary file".to_owned(),
            Self::TooLarge { bytes } => format!("larger than 1 MB ({bytes} bytes)"),
            Self::LfsPointer => "Git LFS pointer; the content is not in the repository".to_owned(),
            Self::Submodule => "submodule; review the commit in its own repository".to_owned(),
            Self::Symlink => "symbolic link".to_owned(),
            Self::Missing => "object missing from this clone".to_owned(),
        }
    }
}
