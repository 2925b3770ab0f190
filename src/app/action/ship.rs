//! The modes `admit` and `ship`: the ledger decides; a Deployment and the pull request's comment
//! show it on GitHub.

use std::ffi::OsString;
use std::path::Path;

use serde_json::json;

use crate::app::Failure;
use crate::app::ledger::{self, Surroundings};
use crate::app::ship::{self, Request, Ship, Told, workflow_run};
use crate::github::{DeploymentState, Error, GitHub, NewDeployment};
use crate::render::comment::{self, Parts};
use crate::render::gate;
use crate::ship::{Environment, Outcome as End, Priority, State};

use super::comment::settle;
use super::context::Context;
use super::notes::Notes;
use super::{ActionFailure, Hear, Outcome};

/// How many deployments are looked at to find the ones that are no longer live.
const EARLIER: usize = 2;

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
    let mut mirror = Mirror {
        context,
        github: github.as_ref(),
        environment: &place.environment,
        notes,
        state: None,
        deployment: None,
    };
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

/// What GitHub shows of a ship. It decides nothing, and where it fails the ship goes on.
struct Mirror<'a> {
    context: &'a Context,
    github: Option<&'a GitHub>,
    environment: &'a Environment,
    notes: Notes,
    state: Option<State>,
    deployment: Option<u64>,
}

impl Mirror<'_> {
    fn hear(&mut self, told: &Told<'_>) {
        match told {
            Told::Written { state, .. } => self.state = Some((*state).clone()),
            Told::Deploys(proof) => {
                let ledger = self.state.as_ref().and_then(|state| state.last.clone());
                let payload = json!({
                    "ticket": proof.ticket(), "epoch": proof.epoch(), "ledger": ledger,
                });
                let made = self.begin(proof.sha(), payload);
                self.tell(made);
            }
            Told::Waits { .. }
            | Told::GoesBack(_)
            | Told::Gate(_)
            | Told::Probing
            | Told::Ended(_) => {}
        }
    }

    fn begin(&mut self, sha: &str, payload: serde_json::Value) -> Result<(), Error> {
        let Some(github) = self.github else {
            return Ok(());
        };
        let name = &self.context.repository;
        let environment = self.environment.name();
        let new = NewDeployment {
            sha,
            environment,
            task: "deploy",
            production: environment == "production",
            description: "Shipped by afterclick; the ledger has the record.",
            payload,
        };
        let made = github.create_deployment(name, &new)?;
        self.deployment = Some(made.id);
        let words = "The deploy command runs.";
        self.set(made.id, DeploymentState::InProgress, words)
    }

    fn set(&self, deployment: u64, state: DeploymentState, words: &str) -> Result<(), Error> {
        let Some(github) = self.github else {
            return Ok(());
        };
        let name = &self.context.repository;
        let log = self.context.run_url();
        github.set_deployment_status(name, deployment, state, words, (Some(&log), None))
    }

    fn end(&mut self, ship: &Ship, pull: Option<u64>) {
        let shown = self.show(ship);
        self.tell(shown);
        let said = self.say(ship, pull);
        self.tell(said);
    }

    /// The deployment ends as the ship did, and what was live before is not any more.
    fn show(&self, ship: &Ship) -> Result<(), Error> {
        let (Some(github), Some(deployment)) = (self.github, self.deployment) else {
            return Ok(());
        };
        let (state, words) = match &ship.outcome {
            End::Live(_) => (DeploymentState::Success, "It is live."),
            End::Uncertain { .. } | End::Evicted(_) => {
                (DeploymentState::Error, "Nobody knows whether it is live.")
            }
            _ => (DeploymentState::Failure, "It did not go live."),
        };
        self.set(deployment, state, words)?;
        if state != DeploymentState::Success {
            return Ok(());
        }
        let name = &self.context.repository;
        let all = github.deployments(name, self.environment.name(), EARLIER + 1)?;
        for earlier in all.iter().filter(|one| one.id != deployment).take(EARLIER) {
            let statuses = github.deployment_statuses(name, earlier.id)?;
            let newest = statuses.first().map(|status| status.state);
            if newest == Some(DeploymentState::Success) {
                self.set(
                    earlier.id,
                    DeploymentState::Inactive,
                    "Another commit is live.",
                )?;
                break;
            }
        }
        Ok(())
    }

    /// The comment of the pull request gains what went live.
    fn say(&self, ship: &Ship, pull: Option<u64>) -> Result<(), Error> {
        let (Some(github), Some(pull), End::Live(past)) = (self.github, pull, &ship.outcome) else {
            return Ok(());
        };
        let live = comment::Live {
            environment: self.environment,
            sha: &past.sha,
            ticket: past.number,
            at: past.at,
            checked: ship.gate.as_ref().map(gate::sentence),
        };
        let words = live.words();
        let said = settle(github, &self.context.repository, pull, |before| {
            Some(Parts {
                ship: words.clone(),
                ..before.cloned().unwrap_or_default()
            })
        });
        said.map(drop)
    }

    fn tell(&mut self, result: Result<(), Error>) {
        if let Err(error) = result {
            self.notes.say(&format!("{error} {}", error.hint()));
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
