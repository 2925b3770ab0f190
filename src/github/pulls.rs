use serde::Deserialize;
use serde_json::json;

use super::client::{Call, PER_PAGE};
use super::people::Account;
use super::{Error, GitHub, RepositoryName};

const NEEDS: &str = "pull-requests: read";
const WRITE: &str = "pull-requests: write` and `contents: write";

/// A pull request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Pull {
    /// Its number.
    pub number: u64,
    /// `open` or `closed`.
    pub state: String,
    /// Its title, as hostile as the rest.
    #[serde(default)]
    pub title: String,
    /// Whether it is a draft.
    #[serde(default)]
    pub draft: bool,
    /// Who opened it; nobody where the account is gone.
    #[serde(default)]
    pub user: Option<Account>,
    /// Where it comes from.
    pub head: Side,
    /// Where it goes.
    pub base: Side,
    /// The commit that merged it, or a test of that.
    #[serde(default)]
    pub merge_commit_sha: Option<String>,
    /// Since when it is merged.
    #[serde(default)]
    pub merged_at: Option<String>,
}

/// One side of a pull request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Side {
    /// The branch.
    #[serde(rename = "ref")]
    pub branch: String,
    /// The commit.
    pub sha: String,
    /// The repository; none where a fork is gone.
    #[serde(default)]
    repo: Option<Repository>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Repository {
    id: u64,
}

impl Pull {
    /// Whether it comes from another repository, or from one that is gone.
    pub fn is_from_fork(&self) -> bool {
        let id = |side: &Side| side.repo.as_ref().map(|repository| repository.id);
        id(&self.head).is_none() || id(&self.head) != id(&self.base)
    }
}

impl GitHub {
    /// A pull request.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn pull(&self, name: &RepositoryName, number: u64) -> Result<Pull, Error> {
        let path = format!("/repos/{name}/pulls/{number}");
        self.call(&Call::get(&path, "read the pull request", NEEDS))?
            .read()
    }

    /// The pull requests that a commit belongs to. Whether one whose head was force-pushed away
    /// is among them, GitHub does not say.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn pulls_with(&self, name: &RepositoryName, sha: &str) -> Result<Vec<Pull>, Error> {
        let path = format!("/repos/{name}/commits/{sha}/pulls?per_page={PER_PAGE}");
        let call = Call::get(&path, "list the pull requests of a commit", NEEDS);
        self.list(&call, |reply| reply.read(), |_| false)
    }

    /// Has the branch of a pull request updated with what it goes to, where its head is still this
    /// one. GitHub does it a little later.
    ///
    /// # Errors
    /// See [`Error`]; a *conflict* where the head moved, or git cannot merge by itself.
    pub fn update_branch(
        &self,
        name: &RepositoryName,
        number: u64,
        head: &str,
    ) -> Result<(), Error> {
        let path = format!("/repos/{name}/pulls/{number}/update-branch");
        let body = json!({ "expected_head_sha": head });
        // Told twice it changes nothing: the head is another one then.
        self.call(&Call::put(&path, "update the branch", WRITE, body))
            .map(drop)
    }
}
