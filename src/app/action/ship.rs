//! The modes `admit` and `ship`: the ledger decides; a Deployment and the pull request's comment
//! show it on GitHub.

use std::ffi::OsString;
use std::path::Path;

use crate::app::Failure;
use crate::app::ledger::{self, Surroundings};
use crate::app::ship::{self, Request, workflow_run};
use crate::github::GitHub;
use crate::ship::{Environment, Outcome as End, Priority};

use super::context::Context;
use super::mirror::Mirror;
use super::notes::Notes;
use super::{ActionFailure, Hear, Outcome};

/// Takes a ticket for what is checked out.
///
/// # Errors
/// A [`Failure`], with a hint; nothing was written then.
pub(super) fn admit(context: &Context, dir: &Path, mut notes: Notes) -> anyhow::Result<Outcome> {
    let place = place(context, dir)?;
    let pull = context
        .github()?
        .and_then(|github| pull(context, &github, &mut notes));
    let (number, _) = ship::admit(&place, &request(pull, Vec::new()))?;
    notes.say(&format!(
        "Ticket {number} of {} is taken.",
        place.environment.name()
    ));
    notes.output("ticket", &number.to_string());
    notes.output("outcome", "waiting");
    Ok(notes.end(None, None))
}

/// Ships what is checked out with the deploy command of the step.
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
    let pull = github
        .as_ref()
        .and_then(|github| pull(context, github, &mut notes));
    let command = [
        "bash",
        "--noprofile",
        "--norc",
        "-eo",
        "pipefail",
        "-c",
        script,
    ];
    let request = request(pull, command.map(OsString::from).to_vec());
    let mut mirror = Mirror::new(context, github.as_ref(), &place.environment, notes);
    let ship = ship::run(&place, &request, false, &mut |told| {
        mirror.hear(told);
        hear(&place.environment, told);
    })?;
    mirror.end(&ship, pull);
    let mut notes = mirror.notes;
    notes.output("outcome", outcome(&ship.outcome));
    notes.output("epoch", &ship.state.epoch.to_string());
    let mut outcome = notes.end(None, None);
    outcome.ship = Some((place.environment, ship));
    Ok(outcome)
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

fn request(pr: Option<u64>, command: Vec<OsString>) -> Request {
    Request {
        commit: "HEAD".to_owned(),
        pr,
        priority: Priority::Normal,
        reason: None,
        acknowledge: None,
        undoes: None,
        wait: None,
        in_group: true,
        command,
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
