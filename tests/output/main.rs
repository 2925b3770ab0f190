//! What people and machines get to see: every format, over the same made-up reviews.

mod github;
mod json;
mod markdown;
mod samples;
mod sarif;
mod text;
