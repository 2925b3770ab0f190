//! What changed: files before and after. Pure values; [`crate::git`] fills them.

mod class;
mod content;
mod object;
mod path;
mod range;
pub mod raw;
mod renames;

pub use class::{Class, classify};
pub use content::Content;
pub use object::ObjectId;
pub use path::RepoPath;
pub use range::Range;
pub use renames::pair_renames;

/// What lies between a base and a head.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// Full object id of the base side: a commit, or the empty tree before the first commit; or
    /// the word `before` for a folder.
    pub base: String,
    /// Full object id of the head side; or the word `index`, `worktree` or, for a folder, `after`.
    pub head: String,
    /// One entry a changed path, sorted by path. A file that was not read and is the same object
    /// on both sides (a renamed picture, say) has nothing to review and is left out.
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
    /// In the middle of a merge: there is no one content yet.
    Unmerged,
    /// The operating system did not let us read it, or it is a device, a pipe or a socket.
    Unreadable,
    /// The files before it already filled [`MAX_CHANGE_BYTES`].
    OverBudget,
}

/// Files above this size are listed as not reviewed.
pub const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// What is read of one change, both sides; files beyond it are listed as not reviewed.
pub const MAX_CHANGE_BYTES: u64 = 128 * 1024 * 1024;

impl Change {
    /// The bytes of text in it, both sides.
    pub fn text_bytes(&self) -> u64 {
        let sides = |file: &ChangedFile| {
            let texts = [file.before_text(), file.after_text()];
            texts.into_iter().flatten().map(str::len).sum::<usize>()
        };
        self.files.iter().map(|file| sides(file) as u64).sum()
    }
}

impl ChangedFile {
    /// Why one of its sides was not read, if so; the head side first.
    pub fn unread(&self) -> Option<Unread> {
        let sides = [self.after.as_ref(), self.before.as_ref()];
        let mut contents = sides.into_iter().flatten().map(|side| &side.content);
        contents.find_map(|content| match content {
            Content::Text(_) => None,
            Content::Unread(reason) => Some(*reason),
        })
    }

    /// What kind of file it is. Where one side is [`Class::Source`] it is source, so that a change
    /// cannot class code away by a new name or a new header.
    pub fn class(&self) -> Class {
        let base_path = self.base_path.as_ref().unwrap_or(&self.path);
        let before = self.before_text().map(|text| (base_path, text));
        let after = self.after_text().map(|text| (&self.path, text));
        let class = |(path, text): (&RepoPath, &str)| {
            classify(&String::from_utf8_lossy(path.as_bytes()), text)
        };
        match (before.map(class), after.map(class)) {
            (Some(Class::Source), _) | (_, Some(Class::Source)) => Class::Source,
            (_, Some(class)) | (Some(class), None) => class,
            (None, None) => class((&self.path, "")),
        }
    }

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
            Self::Unmerged => "merge conflict that is not resolved yet".to_owned(),
            Self::Unreadable => "the file could not be opened and read".to_owned(),
            Self::OverBudget => {
                "the change is larger than 128 MB; this part was not read".to_owned()
            }
        }
    }
}
