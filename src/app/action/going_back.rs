//! `/afterclick rollback`: what going back means; and where somebody confirms just that, a freeze and
//! the start of the workflow that ships.
//!
//! The deploy command does not run here. The job of a comment has neither the secrets of the
//! environment nor its place in the queue, and it must not have them: anybody can start it.

use std::path::Path;

use serde_json::json;

use crate::action;
use crate::app::Failure;
use crate::app::rollback;
use crate::app::ship::{self, Decision, decide};
use crate::github::GitHub;
use crate::render::reply;
use crate::setup::SHIP_WORKFLOW;
use crate::ship::rollback::{To, target};
use crate::ship::{Good, State};

use super::change::{Sides, find};
use super::command::{Answer, Asked, commit};
use super::context::Context;

/// Somebody asks for the way back of an environment.
pub(super) struct WayBack<'a> {
    pub(super) context: &'a Context,
    pub(super) github: &'a GitHub,
    pub(super) asked: &'a Asked<'a>,
    /// The environment, and who asks.
    pub(super) place: &'a ship::Context,
    pub(super) reason: &'a str,
}

impl WayBack<'_> {
    /// Says what it means, or has it done.
    ///
    /// # Errors
    /// The plan cannot be made, or the ledger cannot be written.
    pub(super) fn run(
        &self,
        dir: &Path,
        state: &State,
        confirmed: Option<&action::WayBack>,
    ) -> anyhow::Result<Answer> {
        let good = match target(state, &To::Previous) {
            Ok(good) => good,
            Err(none) => {
                let failure = Failure::NoWayBack(none);
                let words = reply::failed(&failure.to_string(), "Nothing was done.");
                return Ok(Answer::Declined(words));
            }
        };
        match confirmed {
            None => self.plan(dir, state, &good),
            Some(way) => self.go(state, &good, way),
        }
    }

    fn plan(&self, dir: &Path, state: &State, good: &Good) -> anyhow::Result<Answer> {
        let live = state.live.as_ref().map(|live| live.sha.as_str());
        let (live, back) = (commit(live.unwrap_or_default())?, commit(&good.sha)?);
        let sides = Sides {
            base: &back,
            branch: None,
            head: &live,
        };
        let found = find(self.context, dir, &sides)?;
        let plan = rollback::plan(&found.dir, state, &To::Commit(good.sha.clone()))?;
        Ok(Answer::Done(reply::way_back(&plan, SHIP_WORKFLOW)))
    }

    fn go(&self, state: &State, good: &Good, way: &action::WayBack) -> anyhow::Result<Answer> {
        let environment = &state.environment;
        let live = state.live.as_ref().map(|live| live.sha.as_str());
        let is_meant = live.is_some_and(|live| live.starts_with(&way.live))
            && good.sha.starts_with(&way.target);
        if !is_meant {
            return Ok(Answer::Declined(reply::another_way_back(environment)));
        }
        let login = &self.asked.asker.login;
        let number = self.asked.pull.number;
        let reason = format!(
            "{} (rollback asked for by {login} in #{number})",
            self.reason
        );
        // First of all, nothing else ships.
        let freeze = Decision::Freeze {
            reason: reason.clone(),
            until: None,
            allow: Vec::new(),
        };
        decide(self.place, &freeze)?;
        let inputs = json!({
            "rollback": good.sha, "reason": reason, "environment": environment.name(),
        });
        let named = self.context.payload["repository"]["default_branch"].as_str();
        let branch = named.unwrap_or(&self.asked.pull.base.branch);
        let name = &self.context.repository;
        let started = self.github.dispatch(name, SHIP_WORKFLOW, branch, &inputs);
        Ok(Answer::Done(match started {
            Ok(run) => reply::goes_back(environment, &good.sha, run.as_deref()),
            Err(error) => {
                let hint = match error.is_ambiguous() {
                    true => "It may run all the same, so look at its runs first.",
                    false => error.hint(),
                };
                let why = format!("{error} {hint}");
                let words = (why.as_str(), self.reason);
                reply::not_started(environment, &good.sha, SHIP_WORKFLOW, words)
            }
        }))
    }
}
