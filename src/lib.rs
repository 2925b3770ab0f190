//! afterclick: the governance layer for software that coding agents write.
//!
//! The modules in reading order follow the flow of a review: a [`change`] is read by [`git`],
//! [`facts`] are taken from both of its sides, [`review`] compares them under a [`policy`], and
//! [`render`] puts the record into words. [`app`] joins them, [`cli`] is the door.

#![deny(clippy::disallowed_methods, clippy::unwrap_used, clippy::get_unwrap)] // the rooms at the rim, git, process, app and cli, allow it

pub mod action;
pub mod app;
pub mod change;
pub mod cli;
pub mod doctor;
pub mod facts;
pub mod git;
pub mod github;
pub mod ledger;
pub mod policy;
pub mod process;
pub mod render;
pub mod review;
pub mod setup;
pub mod ship;
