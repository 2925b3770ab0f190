//! The mode `release`: a ship that did not end well leaves nothing behind that others wait for.

use std::path::Path;

use crate::app::ship::{self, LetGo};
use crate::github::DeploymentState;
use crate::render::ship::uncertain;

use super::Outcome;
use super::context::Context;
use super::mirror;
use super::notes::Notes;
use super::ship::place;

/// Gives back what this attempt of the run holds: its place in the queue, or the lock.
///
/// # Errors
/// The ledger cannot be read or written; the lock is then taken away on the evidence of the run.
pub(super) fn run(context: &Context, dir: &Path, mut notes: Notes) -> anyhow::Result<Outcome> {
    let place = place(context, dir)?;
    let reason = "the job ended before the ship did";
    let (what, state) = ship::let_go(&place, reason)?;
    notes.say(&what.to_string());
    let LetGo::Lock { sha, epoch, .. } = what else {
        return Ok(notes.end(None, None));
    };
    let is_live = state.live.as_ref().is_some_and(|live| live.sha == sha);
    let (shown, words) = match (&state.uncertain, is_live) {
        (Some(_), _) => (DeploymentState::Error, mirror::UNCERTAIN),
        (None, true) => (DeploymentState::Success, mirror::LIVE),
        (None, false) => (DeploymentState::Failure, mirror::NOT_LIVE),
    };
    notes.say(words);
    for command in uncertain(&state) {
        notes.say(&command);
    }
    if let Some(github) = context.github()?
        && let Err(error) = mirror::end(context, &github, &place.environment, epoch, (shown, words))
    {
        notes.say(&format!("{error} {}", error.hint()));
    }
    Ok(notes.end(None, None))
}
