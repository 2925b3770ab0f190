//! One use case a file: it asks the adapters, calls the pure rooms and carries out effects.

#![allow(clippy::disallowed_methods)] // effects are carried out here

pub mod board;
pub mod demo;
pub mod environment;
mod failure;
mod folders;
pub mod gate;
pub mod ledger;
pub mod policy;
mod progress;
pub mod review;
pub mod rollback;
pub mod source;

pub use failure::{Failure, Kind};
pub use progress::Progress;
