//! The modes `sweep` and `sync-board`: what nobody waits for.

use std::path::Path;

use crate::app::ledger::{self, Ledger, LedgerFailure, Write};
use crate::app::ship::sweep;
use crate::app::{Failure, board, environment};
use crate::git::{Reads, Repository};
use crate::github::DeploymentState;
use crate::ledger::RECORD;
use crate::render::ship::written;
use crate::ship::{Event, State};

use super::Outcome;
use super::context::Context;
use super::mirror;
use super::notes::Notes;
use super::ship::{place, place_of};

/// What a deployment says whose run is gone.
const END: (DeploymentState, &str) = (
    DeploymentState::Error,
    "Its run is over; nobody knows whether it is live.",
);

/// How often the board is made anew because something was written in between.
const TRIES: u32 = 5;

/// Takes locks and tickets from runs that are over: of the environment that is named, or of all.
///
/// # Errors
/// The ledger cannot be read or written; what was done before stays done.
pub(super) fn run(context: &Context, dir: &Path, mut notes: Notes) -> anyhow::Result<Outcome> {
    let github = context.github()?;
    let places = match &context.environment {
        Some(_) => vec![place(context, dir)?],
        None => {
            let (_, states) = all(context, dir)?;
            let all = states.into_iter();
            all.map(|it| place_of(context, dir, it.environment))
                .collect::<Result<_, _>>()?
        }
    };
    let mut found = 0;
    for place in &places {
        sweep(place, &mut |event, state| {
            found += 1;
            if let Some(words) = written(event, state) {
                notes.say(&words);
            }
            if let (Some(github), Event::Evict { epoch, .. }) = (&github, event)
                && let Err(error) = mirror::end(context, github, &place.environment, *epoch, END)
            {
                notes.say(&format!("{error} {}", error.hint()));
            }
        })?;
    }
    if found == 0 {
        notes.say("No lock and no ticket of a run that is over was found.");
    }
    Ok(notes.end(None, None))
}

/// Writes the board in the ledger anew, where it is not as it should be.
///
/// # Errors
/// The ledger cannot be read or written.
pub(super) fn board(context: &Context, dir: &Path, mut notes: Notes) -> anyhow::Result<Outcome> {
    for _ in 0..TRIES {
        let (mut ledger, states) = all(context, dir)?;
        let Some(view) = ledger.known()? else {
            notes.say("There is no ledger yet, and so no board.");
            return Ok(notes.end(None, None));
        };
        let (path, text) = board::page(&mut Repository::new(dir, Reads::Objects), &states);
        if ledger.file(&view, &path)?.as_ref() == Some(&text) {
            notes.say("The board is up to date.");
            return Ok(notes.end(None, None));
        }
        let mut asked = false;
        let put = ledger.append(RECORD, |_| match std::mem::replace(&mut asked, true) {
            false => Ok(Write {
                pages: vec![(path.clone(), text.clone())],
                ..Write::default()
            }),
            // Something else was written: this page may be older than that.
            true => Err(Failure::from(LedgerFailure::Busy)),
        });
        match put {
            Ok(_) => {
                notes.say("The board was written anew.");
                return Ok(notes.end(None, None));
            }
            Err(Failure::Ledger(LedgerFailure::Busy)) => {}
            Err(failure) => return Err(failure.into()),
        }
    }
    Err(Failure::from(LedgerFailure::Busy).into())
}

/// The ledger, just asked for, and all environments in it.
fn all(context: &Context, dir: &Path) -> anyhow::Result<(Ledger, Vec<State>)> {
    let origin = context.access().map(|_| context.origin());
    let mut ledger = Ledger::let_in(dir, &ledger::place(dir)?, origin)?;
    let states = match ledger.fetch()? {
        Some(view) => environment::all(&mut ledger, &view)?,
        None => Vec::new(),
    };
    Ok((ledger, states))
}
