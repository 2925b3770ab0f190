use serde::Deserialize;

use super::client::Call;
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
struct Groups {
    #[serde(default)]
    concurrency_groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    #[serde(default)]
    group_name: String,
    #[serde(default)]
    position: Option<u64>,
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

    /// How many stand before a run in a concurrency group; none where GitHub does not tell.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn waiting_before(
        &self,
        name: &RepositoryName,
        run: u64,
        group: &str,
    ) -> Result<Option<u64>, Error> {
        let path = format!("/repos/{name}/actions/runs/{run}/concurrency_groups");
        match self.call(&Call::get(&path, "read the queue", READ)) {
            Ok(reply) => {
                let groups: Groups = reply.read()?;
                let mut groups = groups.concurrency_groups.into_iter();
                let ours = groups.find(|one| one.group_name.eq_ignore_ascii_case(group));
                Ok(ours.and_then(|group| group.position))
            }
            // Older servers know no queue.
            Err(Error::NotFound { .. } | Error::Conflict { .. }) => Ok(None),
            Err(error) => Err(error),
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
