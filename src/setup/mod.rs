//! What `init` writes into a repository, and what `uninstall` may take back.
//!
//! Every file begins with a mark that holds the hash of what follows. A file whose hash still
//! fits is ours; one that was edited, or was there before, belongs to whoever wrote it.

mod files;
mod mark;
mod plan;

pub use files::{ActionReference, InvalidReference, SHIP_WORKFLOW, Shipping, Wish, files};
pub use mark::Owner;
pub use plan::{Found, Install, Removal, install, uninstall};

/// A file of ours, and what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnedFile {
    /// Where it stands, from the root of the repository.
    pub path: &'static str,
    /// The whole text, mark included.
    pub text: String,
}

/// Where files of ours may stand.
pub const PATHS: [&str; 3] = [files::POLICY, files::REVIEW, files::SHIP];

/// Folders that may have been made for them, the innermost first.
pub const FOLDERS: [&str; 2] = [".github/workflows", ".github"];
