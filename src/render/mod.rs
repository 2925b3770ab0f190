//! The record of a review in words: one format a file, all from the same values.

pub mod json;
pub mod limits;
pub mod safe;
pub mod text;

mod page;
mod words;
mod wrap;
