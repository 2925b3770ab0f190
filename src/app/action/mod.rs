//! What the Action does in a workflow: it reads the event, reviews, and speaks where the team
//! reads.

mod approving;
mod change;
mod command;
mod comment;
mod context;
mod failure;
mod going_back;
mod governing;
mod mirror;
mod notes;
mod overriding;
mod publish;
mod releasing;
mod review;
mod ship;
mod sweeping;
mod updating;
mod waiting;

use std::path::Path;

use crate::action::{self, Mode, Unfit};
use crate::review::record::Verdict;
use crate::ship::Environment;

use super::Failure;
use super::ship::{Ship, Told};
use context::Context;

use notes::Notes;

pub use failure::ActionFailure;

/// What a run of the Action came to.
pub struct Outcome {
    /// What is printed; whatever came with a change is in no state to be a command to the runner.
    pub log: String,
    /// The verdict, where something was reviewed.
    pub verdict: Option<Verdict>,
    /// What was shipped, or not, and where to.
    pub ship: Option<(Environment, Ship)>,
    /// What went wrong after all that could be done was done.
    pub failure: Option<anyhow::Error>,
}

/// Is told what happens on the way of a ship.
pub type Hear<'a> = dyn FnMut(&Environment, &Told<'_>) + 'a;

/// What the command line says, which goes before what the environment does.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// What to do.
    pub mode: Option<String>,
}

/// Does what the environment of a workflow asks for; `dir` is the checkout, if there is one.
///
/// # Errors
/// A [`Failure`], with a hint, where nothing could be done at all.
pub fn run(request: &Request, dir: &Path, hear: &mut Hear<'_>) -> anyhow::Result<Outcome> {
    let context = Context::of(&|name| std::env::var(name).ok()).map_err(Failure::from)?;
    let asked = request.mode.as_ref().or(context.mode.as_ref());
    let mode = match asked {
        Some(name) => Some(
            name.parse::<Mode>()
                .map_err(|()| Failure::from(ActionFailure::UnknownMode(name.clone())))?,
        ),
        None => None,
    };
    let mut notes = Notes::new(&context);
    let event = match action::read(&context.event, &context.payload) {
        Ok(event) => event,
        Err(Unfit::NotOurs { event }) => {
            notes.say(&format!("afterclick does nothing for the event `{event}`."));
            return Ok(notes.end(None, None));
        }
        Err(Unfit::Malformed { event, detail }) => {
            return Err(Failure::from(ActionFailure::MalformedEvent { event, detail }).into());
        }
    };
    match mode
        .or(Mode::of(&event))
        .ok_or(Failure::Action(ActionFailure::NoMode))?
    {
        Mode::Review => review::run(&context, &event, dir, notes),
        Mode::Command => command::run(&context, &event, dir, notes),
        Mode::Admit => ship::admit(&context, dir, notes),
        Mode::Ship => ship::ship(&context, dir, notes, hear),
        Mode::Release => releasing::run(&context, dir, notes),
        Mode::Approve => approving::run(&context, dir, notes),
        Mode::Sweep => sweeping::run(&context, dir, notes),
        Mode::SyncBoard => sweeping::board(&context, dir, notes),
    }
}
