//! Stories of the ledger: writers on one remote, replies that are lost, ledgers that were tampered
//! with.

#[path = "../support/mod.rs"]
mod support;

mod append;
