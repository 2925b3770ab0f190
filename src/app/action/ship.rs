//! The modes `admit` and `ship`: the ledger decides, and GitHub shows it.

use std::ffi::OsString;
use std::path::Path;

use crate::app::Failure;
use crate::app::ledger::{self, Surroundings};
use crate::app::ship::{self, Request, Told, workflow_run};
use crate::github::GitHub;
use crate::render::{github as commands, safe};
use crate::ship::{Environment, Outcome as End, Priority, Runner, State, Ticket};

use super::context::Context;
use super::mirror::Mirror;
use super::notes::Notes;
use super::{ActionFailure, Hear, Outcome, updating, waiting};

/// Takes a ticket for what is checked out.
///
/// # Errors
/// A [`Failure`], with a hint; nothing was written then.
pub(super) fn admit(context: &Context, dir: &Path, mut notes: Notes) -> anyhow::Result<Outcome> {
    let place = place(context, dir)?;
    let github = context.github()?;
    let request = match &context.rollback {
        Some(to) => ship::way_back(&place, rollback(context), Some(to))?.0,
        None => {
            let github = github.as_ref();
            deploy(github.and_then(|github| pull(context, github, &mut notes)))
        }
    };
    let (number, state) = ship::admit(&place, &request)?;
    notes.say(&format!(
        "Ticket {number} of {} is taken.",
        place.environment.name()
    ));
    waiting::tell(context, github.as_ref(), &state, number, &mut notes);
    notes.output("ticket", &number.to_string());
    notes.output("outcome", "waiting");
    Ok(notes.end(None, None))
}

/// Ships what is checked out with the deploy command of the step, or goes back.
///
/// # Errors
/// A [`Failure`], with a hint; nothing was deployed then.
pub(super) fn ship(
    context: &Context,
    dir: &Path,
    mut notes: Notes,
    hear: &mut Hear<'_>,
) -> anyhow::Result<Outcome> {
    let script = context.command.as_ref();
    let script = script.ok_or(Failure::Action(ActionFailure::NoCommand))?;
    let place = place(context, dir)?;
    let github = context.github()?;
    let github = github.as_ref();
    let before = ship::state(&place)?;
    let pull = match (&context.rollback, admitted(context, &before)) {
        (Some(_), _) => None,
        // The ledger knows what GitHub was asked when the ticket was taken.
        (None, Some(ticket)) => ticket.pr,
        (None, None) => github.and_then(|github| pull(context, github, &mut notes)),
    };
    let shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"];
    let command = shell.into_iter().chain([script.as_str()]);
    let command: Vec<OsString> = command.map(OsString::from).collect();
    let mut mirror = Mirror::new(context, github, before, notes);
    let mut tell = |told: &Told<'_>| {
        mirror.hear(told);
        hear(&place.environment, told);
    };
    let ship = match &context.rollback {
        Some(to) => {
            let request = Request {
                command,
                ..rollback(context)
            };
            ship::back(&place, request, Some(to), false, &mut tell)?
        }
        None => {
            let request = Request {
                command,
                ..deploy(pull)
            };
            ship::run(&place, &request, false, &mut tell)?
        }
    };
    let updated = match (github, pull) {
        (Some(github), Some(pull)) => {
            updating::run(context, github, pull, &ship, &mut mirror.notes)
        }
        _ => None,
    };
    mirror.end(&ship, pull, updated.as_deref());
    let mut notes = mirror.notes;
    notes.output("outcome", outcome(&ship.outcome));
    if let End::Aside { reason, .. } = &ship.outcome {
        let words = format!("{}.", safe::visible(reason));
        notes.command(&commands::notice("Not deployed", &words));
    }
    notes.output("epoch", &ship.state.epoch.to_string());
    if let Some(number) = ship.outcome.ticket() {
        notes.output("ticket", &number.to_string());
    }
    let mut outcome = notes.end(None, None);
    outcome.ship = Some((place.environment, ship));
    Ok(outcome)
}

/// The ticket that an earlier job of this run took.
fn admitted<'a>(context: &Context, state: &'a State) -> Option<&'a Ticket> {
    let is_own = |ticket: &&Ticket| matches!(ticket.runner, Some(Runner::Github { run, .. }) if run == context.run);
    state.queue.iter().find(is_own)
}

/// The environment that the workflow names, in the checkout.
///
/// # Errors
/// None is named, or by no name of one.
pub(super) fn place(context: &Context, dir: &Path) -> anyhow::Result<ship::Context> {
    let name = context.environment.as_ref();
    let name = name.ok_or(Failure::Action(ActionFailure::NoEnvironment))?;
    let environment: Environment = name.parse().map_err(|_| {
        Failure::from(ActionFailure::InvalidSetting {
            name: "AFTERCLICK_ENVIRONMENT",
            expected: "the name of an environment",
        })
    })?;
    place_of(context, dir, environment)
}

/// An environment, in the checkout.
///
/// # Errors
/// The policy is not valid, or git fails.
pub(super) fn place_of(
    context: &Context,
    dir: &Path,
    environment: Environment,
) -> anyhow::Result<ship::Context> {
    let variable = |name: &str| std::env::var(name).ok();
    Ok(ship::Context {
        dir: dir.to_owned(),
        place: ledger::place(dir)?,
        surroundings: Surroundings::read(variable),
        workflow: workflow_run(variable),
        github: context.access().cloned(),
        environment,
        behalf: None,
        origin: context.access().map(|_| context.origin()),
    })
}

fn deploy(pr: Option<u64>) -> Request {
    Request {
        commit: "HEAD".to_owned(),
        pr,
        priority: Priority::Normal,
        reason: None,
        acknowledge: None,
        undoes: None,
        wait: None,
        in_group: true,
        command: Vec::new(),
    }
}

fn rollback(context: &Context) -> Request {
    Request {
        priority: Priority::Rollback,
        reason: context.reason.clone(),
        ..deploy(None)
    }
}

/// The pull request that the commit came from. Without an answer it ships all the same.
fn pull(context: &Context, github: &GitHub, notes: &mut Notes) -> Option<u64> {
    let sha = context.sha.as_ref()?;
    match github.pulls_with(&context.repository, sha.as_str()) {
        Ok(pulls) => pulls.first().map(|pull| pull.number),
        Err(error) => {
            notes.say(&error.to_string());
            None
        }
    }
}

/// The end as an output names it.
fn outcome(end: &End) -> &'static str {
    match end {
        End::Live(_) => "live",
        End::Failed(_) => "aborted",
        End::Superseded(_) => "superseded",
        End::Cancelled(_) => "cancelled",
        End::Evicted(_) => "evicted",
        End::Held { .. } => "held",
        End::Aside { .. } => "waiting",
        End::Uncertain { .. } => "uncertain",
        End::Elsewhere { .. } => "elsewhere",
        End::NoTicket => "interrupted",
        End::Unknown => "unknown",
    }
}
