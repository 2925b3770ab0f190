//! Where environments stand, as the ledger has it.

use std::path::Path;

use crate::ledger::{Broken, layout};
use crate::ship::{Environment, State};

use super::Failure;
use super::ledger::{Ledger, LedgerFailure, Place, View};
use super::log::Ask;

/// The ledger, and where it stands; none where there is none yet.
///
/// # Errors
/// It cannot be asked for.
pub fn open(dir: &Path, place: &Place, ask: Ask) -> Result<(Ledger, Option<View>), Failure> {
    let mut ledger = match ask {
        Ask::Remote => Ledger::open(dir, place)?,
        Ask::Nobody => Ledger::offline(dir, place)?,
    };
    let view = match ask {
        Ask::Remote => ledger.fetch()?,
        Ask::Nobody => ledger.known()?,
    };
    Ok((ledger, view))
}

/// Where an environment stands; as nothing was ever shipped to it where the ledger has none such.
///
/// # Errors
/// The ledger is broken there, or git fails.
pub fn state(
    ledger: &mut Ledger,
    view: Option<&View>,
    environment: &Environment,
) -> Result<State, Failure> {
    let found = read(ledger, view, &environment.stream())?;
    Ok(found.unwrap_or_else(|| State::new(environment.clone())))
}

/// Where all environments stand that were ever shipped to, by name.
///
/// # Errors
/// As [`state`].
pub fn all(ledger: &mut Ledger, view: &View) -> Result<Vec<State>, Failure> {
    let mut states = Vec::new();
    for stream in ledger.streams(view)? {
        if layout::has_state(&stream) {
            states.extend(read(ledger, Some(view), &stream)?);
        }
    }
    states.sort_by(|one, other| one.environment.cmp(&other.environment));
    Ok(states)
}

fn read(ledger: &mut Ledger, view: Option<&View>, stream: &str) -> Result<Option<State>, Failure> {
    let Some(text) = ledger.snapshot(view, stream)?.state else {
        return Ok(None);
    };
    let wrong = |detail: String| {
        let path = layout::state(stream);
        let branch = ledger.branch().to_owned();
        let broken = Broken::State { path, detail };
        Failure::from(LedgerFailure::Broken { broken, branch })
    };
    let state: State = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    match state.environment.stream() == stream {
        true => Ok(Some(state)),
        false => Err(wrong(format!("it is that of {}", state.environment))),
    }
}
