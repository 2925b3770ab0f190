use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::client::{Call, PER_PAGE};
use super::name::encode;
use super::{Error, GitHub, RepositoryName};
use crate::render::limits;

const READ: &str = "deployments: read";
const WRITE: &str = "deployments: write";

/// A deployment: the face of a ship on GitHub. The record is the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Deployment {
    /// Its id, of 64 bits.
    pub id: u64,
    /// The commit, as GitHub recorded it.
    pub sha: String,
    /// What was handed over when it was made.
    #[serde(default)]
    pub payload: Value,
}

/// A deployment to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDeployment<'a> {
    /// The commit.
    pub sha: &'a str,
    /// The environment.
    pub environment: &'a str,
    /// `deploy` or `rollback`.
    pub task: &'a str,
    /// Whether people use it.
    pub production: bool,
    /// In a line.
    pub description: &'a str,
    /// Ticket, epoch and commit of the ledger.
    pub payload: Value,
}

/// How a deployment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeploymentState {
    /// It runs.
    InProgress,
    /// It is live.
    Success,
    /// The deploy failed.
    Failure,
    /// Nobody knows how it ended.
    Error,
    /// Another one is live.
    Inactive,
    /// Any other, which is not ours.
    #[serde(other)]
    Other,
}

/// A status of a deployment.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DeploymentStatus {
    /// Its id: the highest is the newest.
    pub id: u64,
    /// How the deployment stood.
    pub state: DeploymentState,
}

impl GitHub {
    /// Makes a deployment. GitHub is told to merge nothing and to wait for nothing.
    ///
    /// # Errors
    /// See [`Error`]; a deployment at another commit is *unexpected*.
    pub fn create_deployment(
        &self,
        name: &RepositoryName,
        new: &NewDeployment<'_>,
    ) -> Result<Deployment, Error> {
        let tried = "make a deployment";
        let path = format!("/repos/{name}/deployments");
        let body = json!({
            "ref": new.sha,
            "environment": new.environment,
            "task": new.task,
            "description": clip(new.description),
            "payload": new.payload,
            "auto_merge": false,
            "required_contexts": [],
            "transient_environment": false,
            "production_environment": new.production,
        });
        let reply = self.call(&Call::post(&path, tried, WRITE, body))?;
        let unexpected = |detail: String| Error::Unexpected { tried, detail };
        if reply.status() != 201 {
            return Err(unexpected(format!("status {}", reply.status())));
        }
        let made: Deployment = reply.read()?;
        match made.sha == new.sha {
            true => Ok(made),
            false => Err(unexpected("it stands at another commit".to_owned())),
        }
    }

    /// The deployments of an environment, the newest first.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn deployments(
        &self,
        name: &RepositoryName,
        environment: &str,
        most: usize,
    ) -> Result<Vec<Deployment>, Error> {
        let environment = encode(environment);
        let path =
            format!("/repos/{name}/deployments?environment={environment}&per_page={PER_PAGE}");
        let call = Call::get(&path, "list the deployments", READ);
        let mut all: Vec<Deployment> =
            self.list(&call, |reply| reply.read(), |items| items.len() >= most)?;
        all.sort_by_key(|one| std::cmp::Reverse(one.id));
        Ok(all)
    }

    /// Says how a deployment stands.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn set_deployment_status(
        &self,
        name: &RepositoryName,
        deployment: u64,
        state: DeploymentState,
        description: &str,
        (log, environment): (Option<&str>, Option<&str>),
    ) -> Result<(), Error> {
        let path = format!("/repos/{name}/deployments/{deployment}/statuses");
        let mut body = json!({
            "state": state,
            "description": clip(description),
            "auto_inactive": false,
        });
        // An empty address breaks a status, so what is not there is left out.
        for (key, url) in [("log_url", log), ("environment_url", environment)] {
            if let Some(url) = url.filter(|url| !url.is_empty()) {
                body[key] = url.into();
            }
        }
        // A status told twice says the same twice.
        let call = Call::post(&path, "set the status of a deployment", WRITE, body).repeatable();
        self.call(&call).map(drop)
    }

    /// The statuses of a deployment, the newest first.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn deployment_statuses(
        &self,
        name: &RepositoryName,
        deployment: u64,
    ) -> Result<Vec<DeploymentStatus>, Error> {
        let path = format!("/repos/{name}/deployments/{deployment}/statuses?per_page={PER_PAGE}");
        let call = Call::get(&path, "list the statuses of a deployment", READ);
        let mut all: Vec<DeploymentStatus> = self.list(&call, |reply| reply.read(), |_| false)?;
        all.sort_by_key(|one| std::cmp::Reverse(one.id));
        Ok(all)
    }
}

fn clip(text: &str) -> String {
    limits::clip(text, limits::DEPLOYMENT_DESCRIPTION)
}
