//! What GitHub shows of a ship: a Deployment with its statuses, and a part of the pull request's
//! comment. It decides nothing, and where it cannot be drawn the ship goes on.

use serde_json::json;

use crate::app::ship::{Ship, Told};
use crate::github::{DeploymentState, Error, GitHub, NewDeployment};
use crate::render::comment::{self, Parts};
use crate::render::gate;
use crate::ship::{Environment, Outcome as End, State};

use super::comment::settle;
use super::context::Context;
use super::notes::Notes;

/// How many deployments are looked at to find the ones that are no longer live.
const EARLIER: usize = 2;

/// How many deployments are looked at to find the one of a run that is gone.
const RECENT: usize = 5;

/// What a Deployment says where the ship went well.
pub(super) const LIVE: &str = "It is live.";

/// What it says where it is certain that it did not.
pub(super) const NOT_LIVE: &str = "It did not go live.";

/// What it says where nobody knows.
pub(super) const UNCERTAIN: &str = "Nobody knows whether it is live.";

/// What GitHub shows of a ship. It decides nothing, and where it fails the ship goes on.
pub(super) struct Mirror<'a> {
    context: &'a Context,
    github: Option<&'a GitHub>,
    environment: &'a Environment,
    pub(super) notes: Notes,
    state: Option<State>,
    deployment: Option<u64>,
}

impl<'a> Mirror<'a> {
    pub(super) fn new(
        context: &'a Context,
        github: Option<&'a GitHub>,
        environment: &'a Environment,
        notes: Notes,
    ) -> Self {
        Self {
            context,
            github,
            environment,
            notes,
            state: None,
            deployment: None,
        }
    }

    /// Shows what happens on the way.
    pub(super) fn hear(&mut self, told: &Told<'_>) {
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
        let status = (DeploymentState::InProgress, words);
        set(self.context, github, made.id, status)
    }

    /// The ship is over, and so is its deployment.
    pub(super) fn end(&mut self, ship: &Ship, pull: Option<u64>) {
        let shown = self.show(ship);
        self.tell(shown);
        let said = self.say(ship, pull);
        self.tell(said);
    }

    fn show(&self, ship: &Ship) -> Result<(), Error> {
        let (Some(github), Some(deployment)) = (self.github, self.deployment) else {
            return Ok(());
        };
        let end = match (&ship.outcome, &ship.state.uncertain) {
            (End::Live(_), _) => (DeploymentState::Success, LIVE),
            (End::Evicted(_), _) | (_, Some(_)) => (DeploymentState::Error, UNCERTAIN),
            _ => (DeploymentState::Failure, NOT_LIVE),
        };
        close(self.context, github, self.environment, deployment, end)
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

/// The deployment of a ship whose process is gone ends as the ledger says it did. One that has ended
/// already stays as it is.
///
/// # Errors
/// See [`Error`].
pub(super) fn end(
    context: &Context,
    github: &GitHub,
    environment: &Environment,
    epoch: u64,
    end: (DeploymentState, &str),
) -> Result<(), Error> {
    let name = &context.repository;
    let recent = github.deployments(name, environment.name(), RECENT)?;
    let Some(one) = recent.iter().find(|it| it.payload["epoch"] == epoch) else {
        return Ok(());
    };
    let statuses = github.deployment_statuses(name, one.id)?;
    match statuses.first().map(|it| it.state) {
        Some(DeploymentState::InProgress) => close(context, github, environment, one.id, end),
        _ => Ok(()),
    }
}

/// A deployment ends; where it is live, what was live before is not any more.
fn close(
    context: &Context,
    github: &GitHub,
    environment: &Environment,
    deployment: u64,
    end: (DeploymentState, &str),
) -> Result<(), Error> {
    set(context, github, deployment, end)?;
    if end.0 != DeploymentState::Success {
        return Ok(());
    }
    let name = &context.repository;
    let all = github.deployments(name, environment.name(), EARLIER + 1)?;
    for earlier in all.iter().filter(|it| it.id != deployment).take(EARLIER) {
        let statuses = github.deployment_statuses(name, earlier.id)?;
        if statuses.first().map(|it| it.state) == Some(DeploymentState::Success) {
            let end = (DeploymentState::Inactive, "Another commit is live.");
            return set(context, github, earlier.id, end);
        }
    }
    Ok(())
}

fn set(
    context: &Context,
    github: &GitHub,
    deployment: u64,
    (state, words): (DeploymentState, &str),
) -> Result<(), Error> {
    let log = context.run_url();
    let urls = (Some(log.as_str()), None);
    github.set_deployment_status(&context.repository, deployment, state, words, urls)
}
