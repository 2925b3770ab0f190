//! What happens to each file: values first, carried out elsewhere.

use super::OwnedFile;
use super::mark::{self, Owner};

/// What stands at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    Nothing,
    /// A text.
    Text(String),
    /// Something that is not read: a link, a folder, bytes that are no text.
    Other,
}

/// What `init` does with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Install {
    /// It is new.
    Create,
    /// It is ours and unchanged, and an older version: it is replaced.
    Update {
        /// What stands there.
        before: String,
    },
    /// It is there already.
    Same,
    /// We wrote it, and somebody edited it: it stays.
    KeepEdited,
    /// It was never ours: it stays.
    KeepForeign,
}

/// What `uninstall` does with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Removal {
    /// It goes.
    Remove {
        /// What stands there.
        before: String,
    },
    /// There is nothing.
    Nothing,
    /// We wrote it, and somebody edited it: it stays.
    KeepEdited,
    /// It was never ours: it stays.
    KeepForeign,
}

/// What `init` does with a file, given what stands there.
pub fn install(file: &OwnedFile, found: &Found) -> Install {
    match found {
        Found::Nothing => Install::Create,
        Found::Other => Install::KeepForeign,
        Found::Text(text) if text.replace("\r\n", "\n") == file.text => Install::Same,
        Found::Text(text) => match mark::owner(text) {
            Owner::Ours => Install::Update {
                before: text.clone(),
            },
            Owner::Edited => Install::KeepEdited,
            Owner::Foreign => Install::KeepForeign,
        },
    }
}

/// What `uninstall` does with what stands at a path of ours.
pub fn uninstall(found: &Found) -> Removal {
    match found {
        Found::Nothing => Removal::Nothing,
        Found::Other => Removal::KeepForeign,
        Found::Text(text) => match mark::owner(text) {
            Owner::Ours => Removal::Remove {
                before: text.clone(),
            },
            Owner::Edited => Removal::KeepEdited,
            Owner::Foreign => Removal::KeepForeign,
        },
    }
}
