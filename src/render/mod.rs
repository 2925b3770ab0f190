//! The record of a review in words: one format a file, all from the same values.

pub mod board;
pub mod check_run;
pub mod checks;
pub mod comment;
pub mod demo;
pub mod diff;
pub mod doctor;
pub mod gate;
pub mod github;
pub mod json;
pub mod limits;
pub mod log;
pub mod markdown;
pub mod outputs;
pub mod policy;
pub mod record;
pub mod reply;
pub mod rollback;
pub mod safe;
pub mod sarif;
pub mod setup;
pub mod ship;
pub mod text;

mod page;
mod words;
mod wrap;
