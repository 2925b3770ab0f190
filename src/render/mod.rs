//! The record of a review in words: one format a file, all from the same values.

pub mod checks;
pub mod demo;
pub mod diff;
pub mod doctor;
pub mod github;
pub mod json;
pub mod limits;
pub mod markdown;
pub mod policy;
pub mod safe;
pub mod sarif;
pub mod setup;
pub mod text;

mod page;
mod words;
mod wrap;
