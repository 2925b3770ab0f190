//! The mode `release`: a ship that did not end well leaves nothing behind that others wait for.

use std::path::Path;

use crate::app::ship::{self, LetGo};
use crate::github::{DeploymentState, Error, GitHub};
use crate::render::comment::{self, Live};
use crate::render::ship::uncertain;
use crate::ship::{Past, State};

use super::Outcome;
use super::comment::settle_ship;
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
    let (number, epoch) = match what {
        LetGo::Nothing | LetGo::StillDeploys { .. } => return Ok(notes.end(None, None)),
        LetGo::Ticket(number) => (number, None),
        LetGo::Lock { ticket, epoch } => (ticket, Some(epoch)),
    };
    let mut past = state.past.iter().rev();
    let Some(past) = past.find(|it| it.number == number) else {
        return Ok(notes.end(None, None));
    };
    let is_live = epoch.is_some() && state.live.as_ref().is_some_and(|it| it.sha == past.sha);
    let (shown, words) = match (&state.uncertain, is_live) {
        (Some(_), _) if epoch.is_some() => (DeploymentState::Error, mirror::UNCERTAIN),
        (None, true) => (DeploymentState::Success, mirror::LIVE),
        _ => (DeploymentState::Failure, mirror::NOT_LIVE),
    };
    notes.say(words);
    if shown == DeploymentState::Error {
        uncertain(&state)
            .iter()
            .for_each(|command| notes.say(command));
    }
    if let Some(github) = context.github()? {
        let end = (shown, words);
        let shown = epoch.map(|it| mirror::end(context, &github, &place.environment, it, end));
        let said = say(context, &github, &state, past, end);
        for error in [shown.and_then(Result::err), said.err()]
            .into_iter()
            .flatten()
        {
            notes.say(&format!("{error} {}", error.hint()));
        }
    }
    Ok(notes.end(None, None))
}

/// The comment of the pull request says how it ended.
fn say(
    context: &Context,
    github: &GitHub,
    state: &State,
    past: &Past,
    (end, words): (DeploymentState, &str),
) -> Result<(), Error> {
    let Some(pull) = past.pr else {
        return Ok(());
    };
    let environment = &state.environment;
    let said = settle_ship(github, &context.repository, pull, |before| {
        Some(match end {
            DeploymentState::Success => {
                let live = Live {
                    environment,
                    sha: &past.sha,
                    ticket: past.number,
                    at: past.at,
                    checked: None,
                    url: context.url.as_deref(),
                };
                comment::with_environment(before, environment, &live.words())
            }
            state_of => {
                let sentence = format!("Its job ended before the ship did. {words}");
                let commands = match state_of {
                    DeploymentState::Error => uncertain(state),
                    _ => Vec::new(),
                };
                let words = comment::not_live(environment, &sentence, &commands);
                comment::with_later(before, environment, &words)
            }
        })
    });
    said.map(drop)
}
