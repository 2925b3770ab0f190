//! Deltas between facts, the checks over them, and the verdict.

pub mod checks;
pub mod not_reviewed;
pub mod record;
