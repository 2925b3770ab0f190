//! What people and machines get to see: every format, over the same made-up reviews.

mod json;
mod samples;
mod text;
