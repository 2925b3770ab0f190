use serde::Deserialize;
use serde_json::{Value, json};

use super::client::Call;
use super::name::encode;
use super::{Account, Error, GitHub, RepositoryName};

const READ: &str = "actions: read";

/// A workflow run, as its newest attempt stands.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Run {
    /// Its id, of 64 bits.
    pub id: u64,
    /// The newest attempt, from 1.
    #[serde(default = "first")]
    pub run_attempt: u32,
    /// `queued`, `in_progress`, `waiting`, `completed` and others.
    #[serde(default)]
    pub status: Option<String>,
    /// How it ended.
    #[serde(default)]
    pub conclusion: Option<String>,
}

/// One attempt of a workflow run.
pub type Attempt = Run;

#[derive(Deserialize)]
struct Group {
    #[serde(default)]
    group_members: Vec<Member>,
}

#[derive(Deserialize)]
struct Member {
    run_id: u64,
}

#[derive(Deserialize)]
struct Started {
    html_url: String,
}

fn first() -> u32 {
    1
}

impl Run {
    /// Whether it has ended; that is final for an attempt.
    pub fn is_completed(&self) -> bool {
        self.status.as_deref() == Some("completed")
    }
}

/// Somebody's word on a run that waited for it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Approval {
    /// `approved`, `rejected` or `pending`.
    #[serde(default)]
    pub state: String,
    /// Who.
    #[serde(default)]
    pub user: Option<Account>,
    /// What it was about.
    #[serde(default)]
    pub environments: Vec<ProtectedEnvironment>,
}

/// An environment that has reviewers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ProtectedEnvironment {
    /// Its name.
    #[serde(default)]
    pub name: String,
}

impl GitHub {
    /// Who approved or rejected a run, in no order that is promised.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn approvals(&self, name: &RepositoryName, run: u64) -> Result<Vec<Approval>, Error> {
        let path = format!("/repos/{name}/actions/runs/{run}/approvals");
        self.call(&Call::get(&path, "read who approved the run", READ))?
            .read()
    }

    /// A workflow run; none where it was deleted.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn run(&self, name: &RepositoryName, run: u64) -> Result<Option<Run>, Error> {
        self.run_at(&format!("/repos/{name}/actions/runs/{run}"))
    }

    /// One attempt of a workflow run; none where it was deleted.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn attempt(
        &self,
        name: &RepositoryName,
        run: u64,
        attempt: u32,
    ) -> Result<Option<Attempt>, Error> {
        self.run_at(&format!(
            "/repos/{name}/actions/runs/{run}/attempts/{attempt}"
        ))
    }

    /// How many hold a concurrency group or wait for it before a run, or altogether where the run is
    /// not there yet; none where GitHub knows no such group, or no queues.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn waiting_before(
        &self,
        name: &RepositoryName,
        run: u64,
        group: &str,
    ) -> Result<Option<usize>, Error> {
        let group = encode(group);
        let path = format!("/repos/{name}/actions/concurrency_groups/{group}");
        match self.call(&Call::get(&path, "read the queue", READ)) {
            Ok(reply) => {
                let group: Group = reply.read()?;
                let members = group.group_members.into_iter();
                Ok(Some(members.take_while(|it| it.run_id != run).count()))
            }
            Err(Error::NotFound { .. } | Error::Conflict { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Starts a workflow by its file's name on a branch; the address of its run, where GitHub says it.
    ///
    /// # Errors
    /// See [`Error`]; *not found* where there is no such workflow, a *conflict* where it is not
    /// started this way or does not take the inputs. A lost reply leaves open whether it started.
    pub fn dispatch(
        &self,
        name: &RepositoryName,
        workflow: &str,
        branch: &str,
        inputs: &Value,
    ) -> Result<Option<String>, Error> {
        let workflow = encode(workflow);
        let path = format!("/repos/{name}/actions/workflows/{workflow}/dispatches");
        let body = json!({ "ref": branch, "inputs": inputs, "return_run_details": true });
        let call = Call::post(&path, "start a workflow", "actions: write", body);
        let reply = self.call(&call)?;
        // Older servers start it and say no more.
        match reply.status() {
            204 => Ok(None),
            _ => reply.read().map(|started: Started| Some(started.html_url)),
        }
    }

    fn run_at(&self, path: &str) -> Result<Option<Run>, Error> {
        match self.call(&Call::get(path, "read the workflow run", READ)) {
            Ok(reply) => reply.read().map(Some),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
