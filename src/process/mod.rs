//! Programs of the project that afterclick starts: the deploy command and the probe. And what can be
//! said of a process: whether it is there, and what shows that it is not.

#![allow(clippy::disallowed_methods)] // effects are carried out here

mod command;
mod identity;
mod secluded;
mod signals;

pub use command::{Ended, run, say};
pub use identity::{carries, parent, presence, this};
pub use secluded::{Secluded, kill};
pub use signals::Signals;

/// Names the wish to ship in the environment of a deploy command: as long as a process has it, the
/// deploy is not over.
pub const CLAIM: &str = "AFTERCLICK_CLAIM";
