//! One use case a file: it asks the adapters, calls the pure rooms and carries out effects.

#![allow(clippy::disallowed_methods)] // effects are carried out here

pub mod demo;
pub mod doctor;
mod failure;
mod folders;
pub mod policy;
mod progress;
pub mod review;
pub mod setup;
pub mod source;

pub use failure::{Failure, Kind};
pub use progress::Progress;
