//! One use case a file: it asks the adapters, calls the pure rooms and carries out effects.

mod failure;
mod folders;
pub mod policy;
pub mod review;
pub mod source;

pub use failure::{Failure, Kind};
