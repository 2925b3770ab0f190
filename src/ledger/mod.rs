//! The record: what happened, in an order that cannot be changed afterwards without being seen.
//!
//! The ledger is an orphan branch of the repository ([`BRANCH`]). Events lie in segments, one chain
//! of hashes a stream; [`crate::ship`] folds the events of an environment to its state. This room
//! turns events into text and text into events, and checks chains; `git/` reads and writes the
//! branch.

mod canonical;
mod chain;
mod event;
mod filter;
pub mod layout;
pub mod record;
pub mod redact;
mod report;
mod segment;
mod snapshot;
mod timestamp;

pub use canonical::canonical;
pub use chain::{Flaw, Link, Stamp, check_hash};
pub use event::{Actor, ActorKind, Draft, Event, RepositoryState};
pub use filter::Filter;
pub use report::{Culprit, Milestone, Problem, Report, StreamReport};
pub use segment::{Broken, FULL_BYTES, FULL_EVENTS, Segment};
pub use snapshot::{Snapshot, check_kept};
pub use timestamp::Timestamp;

/// The branch of the ledger, unless the policy names another.
pub const BRANCH: &str = "afterclick/ledger";

/// The version of the envelope that this binary writes.
pub const VERSION: u32 = 1;

/// The stream of everything that is no ship: incidents, overrides, sessions.
pub const RECORD: &str = "record";
