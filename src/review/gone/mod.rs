//! What stood before and stands nowhere after: pieces of functions, methods, tests.

pub mod lapse;
pub mod taken;
pub mod tests_gone;
pub mod vanished;
