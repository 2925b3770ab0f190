//! Reads what the ledger says, and checks that it still says it.

use std::path::Path;

use crate::ledger::{Event, Filter, Report};

use super::Failure;
use super::ledger::{Ledger, LedgerFailure, Place, View};

/// Whose word is taken for where the ledger stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// The remote is asked.
    Remote,
    /// What this clone saw last is enough.
    Nobody,
}

/// The events that are asked for, the newest first, and at most so many.
///
/// # Errors
/// There is no ledger, or it cannot be read.
pub fn log(
    dir: &Path,
    place: &Place,
    ask: Ask,
    filter: &Filter,
    limit: usize,
) -> Result<Vec<Event>, Failure> {
    let (mut ledger, view) = open(dir, place, ask)?;
    let mut found = Vec::new();
    for stream in ledger.streams(&view)? {
        if filter.stream.as_ref().is_none_or(|only| *only == stream) {
            let events = ledger.events(&view, &stream)?.into_iter();
            found.extend(events.filter(|event| filter.takes(event)));
        }
    }
    found.sort_by(|one, other| (other.at, &other.id).cmp(&(one.at, &one.id)));
    found.truncate(limit);
    Ok(found)
}

/// Checks the whole ledger.
///
/// # Errors
/// There is no ledger, or git fails. What is wrong with the ledger is in the report.
pub fn verify(dir: &Path, place: &Place, ask: Ask) -> Result<Report, Failure> {
    let (mut ledger, view) = open(dir, place, ask)?;
    ledger.verify(&view)
}

/// The ledger, and where it stands.
///
/// # Errors
/// There is none, or it cannot be asked for.
pub fn open(dir: &Path, place: &Place, ask: Ask) -> Result<(Ledger, View), Failure> {
    let (ledger, view) = match ask {
        Ask::Remote => {
            let mut ledger = Ledger::open(dir, place)?;
            let view = ledger.fetch()?;
            (ledger, view)
        }
        Ask::Nobody => {
            let mut ledger = Ledger::offline(dir, place)?;
            let view = ledger.known()?;
            (ledger, view)
        }
    };
    Ok((ledger, view.ok_or(LedgerFailure::None)?))
}
