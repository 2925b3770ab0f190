//! The two sides of a change beside each other: what belongs to what, and what differs.

pub mod compare;
pub mod delta;
pub(in crate::review) mod difference;
pub mod key;
pub(crate) mod literals;
pub mod matching;
pub(crate) mod places;
pub(in crate::review) mod remains;
pub(in crate::review) mod rename;
pub mod routes;
pub(crate) mod settings;
pub mod slots;
