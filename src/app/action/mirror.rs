//! What GitHub shows of a ship: a Deployment with its statuses, and a part of the pull request's
//! comment. It decides nothing, and where it cannot be drawn the ship goes on.

use serde_json::json;

use crate::app::ship::{Ship, Told};
use crate::github::{DeploymentState, Error, GitHub, NewDeployment};
use crate::render::comment::{self, Live};
use crate::render::gate;
use crate::render::ship::ended;
use crate::ship::{Environment, Outcome as End, Past, State};

use super::comment::settle_ship;
use super::context::Context;
use super::notes::Notes;

/// How many deployments are looked at to find the ones that are no longer live.
const EARLIER: usize = 2;

/// How many deployments are looked at to find the one of a run that is gone.
const RECENT: usize = 5;

/// So many commits that left have their pull requests told.
const TOLD: usize = 10;

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
    pub(super) notes: Notes,
    state: State,
    /// The ship that was live when this one began.
    before: Option<u64>,
    /// The commits that leave where it goes back, the newest first.
    leaves: Option<Vec<String>>,
    deployment: Option<u64>,
}

impl<'a> Mirror<'a> {
    pub(super) fn new(
        context: &'a Context,
        github: Option<&'a GitHub>,
        state: State,
        notes: Notes,
    ) -> Self {
        Self {
            context,
            github,
            notes,
            state,
            before: None,
            leaves: None,
            deployment: None,
        }
    }

    /// Shows what happens on the way.
    pub(super) fn hear(&mut self, told: &Told<'_>) {
        match told {
            Told::Written { state, .. } => self.state = (*state).clone(),
            Told::GoesBack(plan) => {
                let leaves = plan.leaves.iter().map(|it| it.commit.sha.clone());
                self.leaves = Some(leaves.collect());
            }
            Told::Deploys(proof) => {
                self.before = self.state.live.as_ref().and_then(|live| live.ship);
                let payload = json!({
                    "ticket": proof.ticket(), "epoch": proof.epoch(), "ledger": self.state.last,
                });
                let made = self.begin(proof.sha(), payload);
                self.tell(made);
            }
            Told::Waits { .. } | Told::Gate(_) | Told::Probing | Told::Ended(_) => {}
        }
    }

    fn begin(&mut self, sha: &str, payload: serde_json::Value) -> Result<(), Error> {
        let Some(github) = self.github else {
            return Ok(());
        };
        let name = &self.context.repository;
        let environment = self.state.environment.name();
        let new = NewDeployment {
            sha,
            environment,
            task: match self.leaves {
                Some(_) => "rollback",
                None => "deploy",
            },
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

    /// The ship is over, and so is its deployment. `updated` is what became of a stale branch.
    pub(super) fn end(&mut self, ship: &Ship, pull: Option<u64>, updated: Option<&str>) {
        let shown = self.show(ship);
        self.tell(shown);
        let words = words(self.context, ship, updated);
        self.notes.summarize(&format!("### afterclick\n\n{words}"));
        if let Some(pull) = pull {
            let said = self.say(ship, pull, &words);
            self.tell(said);
        }
        if let (Some(leaves), End::Live(past)) = (self.leaves.take(), &ship.outcome) {
            let words = comment::gone_back(&self.state.environment, &past.sha, past.at);
            for sha in leaves.iter().take(TOLD) {
                let said = self.say_gone(sha, &words);
                self.tell(said);
            }
        }
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
        let place = (&self.state.environment, self.before);
        close(self.context, github, place, deployment, end)
    }

    /// The comment of the pull request says how it ended. That there was nothing to ship is news only
    /// where it was said to wait.
    fn say(&self, ship: &Ship, pull: u64, words: &str) -> Result<(), Error> {
        let Some(github) = self.github else {
            return Ok(());
        };
        let environment = &self.state.environment;
        let said = settle_ship(github, &self.context.repository, pull, |before| {
            Some(match ship.outcome {
                End::Live(_) => comment::with_environment(before, environment, words),
                End::Superseded(_) | End::Cancelled(_) if !comment::waits(before, environment) => {
                    return None;
                }
                _ => comment::with_later(before, environment, words),
            })
        });
        said.map(drop)
    }

    /// The pull request of a commit that left says so.
    fn say_gone(&self, sha: &str, words: &str) -> Result<(), Error> {
        let Some(github) = self.github else {
            return Ok(());
        };
        let name = &self.context.repository;
        let Some(pull) = github.pulls_with(name, sha)?.into_iter().next() else {
            return Ok(());
        };
        let environment = &self.state.environment;
        let said = settle_ship(github, name, pull.number, |before| {
            Some(comment::with_environment(before, environment, words))
        });
        said.map(drop)
    }

    fn tell(&mut self, result: Result<(), Error>) {
        if let Err(error) = result {
            self.notes.say(&format!("{error} {}", error.hint()));
        }
    }
}

/// How a ship ended, for the comment.
fn words(context: &Context, ship: &Ship, updated: Option<&str>) -> String {
    if let End::Live(past) = &ship.outcome {
        return live(context, ship, past).words();
    }
    let (line, commands) = ended(&ship.outcome, &ship.state);
    let found = ship.gate.as_ref().filter(|it| !it.mends.is_empty());
    let found = found.map(gate::sentence);
    let sentences = [Some(line.as_str()), found.as_deref(), updated];
    let sentences: Vec<&str> = sentences.into_iter().flatten().collect();
    comment::not_live(&ship.state.environment, &sentences.join(" "), &commands)
}

fn live<'a>(context: &'a Context, ship: &'a Ship, past: &'a Past) -> Live<'a> {
    Live {
        environment: &ship.state.environment,
        sha: &past.sha,
        ticket: past.number,
        at: past.at,
        checked: ship.gate.as_ref().map(gate::sentence),
        url: context.url.as_deref(),
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
        Some(DeploymentState::InProgress) => {
            close(context, github, (environment, None), one.id, end)
        }
        _ => Ok(()),
    }
}

/// A deployment ends; where it is live, what was live before is not any more: the deployment of this
/// ship, or where that is not known, the newest that says it is.
fn close(
    context: &Context,
    github: &GitHub,
    (environment, before): (&Environment, Option<u64>),
    deployment: u64,
    end: (DeploymentState, &str),
) -> Result<(), Error> {
    set(context, github, deployment, end)?;
    if end.0 != DeploymentState::Success {
        return Ok(());
    }
    let name = &context.repository;
    let all = github.deployments(name, environment.name(), EARLIER + 1)?;
    let end = (DeploymentState::Inactive, "Another commit is live.");
    let known = before.and_then(|ship| all.iter().find(|it| it.payload["ticket"] == ship));
    if let Some(known) = known {
        return set(context, github, known.id, end);
    }
    for earlier in all.iter().filter(|it| it.id != deployment).take(EARLIER) {
        let statuses = github.deployment_statuses(name, earlier.id)?;
        if statuses.first().map(|it| it.state) == Some(DeploymentState::Success) {
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
    // What is not live any more is not what is seen there.
    let seen = context.url.as_deref();
    let seen = seen.filter(|_| state != DeploymentState::Inactive);
    let urls = (Some(log.as_str()), seen);
    github.set_deployment_status(&context.repository, deployment, state, words, urls)
}
