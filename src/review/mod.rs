//! Deltas between facts, the checks over them, and the verdict.

pub mod checks;
pub mod incidents;
pub mod record;
pub mod suppress;
