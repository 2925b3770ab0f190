//! render
pub mod policy;
