//! The git command line as a source of changes, and as the store of the ledger.
//!
//! Every call goes through [`command::Git`], which fixes the configuration and the environment;
//! no name that a person typed ever becomes an argument, only full object ids do. Revisions and
//! contents are asked of one long-lived process, see [`objects`].

#![allow(clippy::disallowed_methods)] // effects are carried out here

mod assemble;
mod blob;
mod branches;
mod command;
mod error;
mod gather;
mod history;
mod ledger;
mod objects;
mod origin;
mod push;
mod remote;
mod repository;
mod revert;
mod scratch;
mod trees;
mod worktree;

pub use blob::{Blob, Budget};
pub use branches::BranchTip;
pub use command::Reads;
pub use error::Error;
pub use gather::{Wanted, gather};
pub use history::{Logged, Walk};
pub use ledger::{Entry, Fetched, History, LedgerStore, SEEN, Tip};
pub use origin::Origin;
pub use push::Pushed;
pub use repository::{Commit, Repository};
pub use revert::Merged;
pub use scratch::{Draft, make_repository};
pub use worktree::{Found, read_file};
