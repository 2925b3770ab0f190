//! One use case a file: it asks the adapters, calls the pure rooms and carries out effects.

#![allow(clippy::disallowed_methods)] // effects are carried out here

mod access;
pub mod action;
pub mod board;
pub mod decide;
pub mod demo;
pub mod doctor;
pub mod environment;
mod failure;
mod folder;
mod folders;
pub mod gate;
pub mod incident;
pub mod ledger;
pub mod log;
pub mod memory;
pub mod policy;
mod progress;
mod record_failure;
pub mod review;
pub mod rollback;
pub mod setup;
pub mod ship;
pub mod source;
mod threads;

pub use access::access;
pub use failure::{Failure, Kind};
pub use progress::Progress;
pub use record_failure::RecordFailure;
