use serde::Deserialize;
use serde_json::json;

use super::client::{Call, PER_PAGE};
use super::people::Account;
use super::{Error, GitHub, RepositoryName};

const READ: &str = "pull-requests: read";
const WRITE: &str = "pull-requests: write";

/// A comment on a pull request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Comment {
    /// Its id, of 64 bits.
    pub id: u64,
    /// Its text.
    #[serde(default)]
    pub body: String,
    /// Who wrote it; nobody where the account is gone.
    #[serde(default)]
    pub user: Option<Account>,
    /// When it was written.
    pub created_at: String,
    /// When it was last edited; when it was written, if never.
    pub updated_at: String,
    /// The app that wrote it in the name of somebody.
    #[serde(default)]
    performed_via_github_app: Option<App>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct App {
    #[serde(default)]
    slug: Option<String>,
}

/// How a comment is answered in one sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reaction {
    /// Done.
    Done,
    /// Refused.
    Refused,
    /// Not understood.
    Confused,
}

impl Comment {
    /// The login of whoever wrote it.
    pub fn author(&self) -> &str {
        self.user.as_ref().map_or("", |user| &user.login)
    }

    /// Whether it was changed after it was written.
    pub fn is_edited(&self) -> bool {
        self.created_at != self.updated_at
    }

    /// The app that wrote it, where one did.
    pub fn app(&self) -> Option<&str> {
        let app = self.performed_via_github_app.as_ref()?;
        Some(app.slug.as_deref().unwrap_or("an app"))
    }
}

impl GitHub {
    /// Every comment of a pull request, the oldest first.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn comments(&self, name: &RepositoryName, pull: u64) -> Result<Vec<Comment>, Error> {
        let path = format!("/repos/{name}/issues/{pull}/comments?per_page={PER_PAGE}");
        let call = Call::get(&path, "list the comments", READ);
        self.list(&call, |reply| reply.read(), |_| false)
    }

    /// One comment.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn comment(&self, name: &RepositoryName, id: u64) -> Result<Comment, Error> {
        let path = format!("/repos/{name}/issues/comments/{id}");
        self.call(&Call::get(&path, "read the comment", READ))?
            .read()
    }

    /// Writes a new comment.
    ///
    /// # Errors
    /// See [`Error`]; where it [`Error::is_ambiguous`], the comment may be there all the same.
    pub fn create_comment(
        &self,
        name: &RepositoryName,
        pull: u64,
        body: &str,
    ) -> Result<Comment, Error> {
        let path = format!("/repos/{name}/issues/{pull}/comments");
        let body = json!({ "body": body });
        self.call(&Call::post(&path, "write a comment", WRITE, body))?
            .read()
    }

    /// Gives a comment another text.
    ///
    /// # Errors
    /// See [`Error`]; *not found* where it was deleted.
    pub fn update_comment(&self, name: &RepositoryName, id: u64, body: &str) -> Result<(), Error> {
        let path = format!("/repos/{name}/issues/comments/{id}");
        let body = json!({ "body": body });
        self.call(&Call::patch(&path, "update its comment", WRITE, body))
            .map(drop)
    }

    /// Deletes a comment; one that is gone already is fine.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn delete_comment(&self, name: &RepositoryName, id: u64) -> Result<(), Error> {
        let path = format!("/repos/{name}/issues/comments/{id}");
        match self.call(&Call::delete(&path, "delete a comment of its own", WRITE)) {
            Ok(_) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Puts a reaction on a comment; the same one again changes nothing.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn react(&self, name: &RepositoryName, id: u64, reaction: Reaction) -> Result<(), Error> {
        let path = format!("/repos/{name}/issues/comments/{id}/reactions");
        let content = match reaction {
            Reaction::Done => "+1",
            Reaction::Refused => "-1",
            Reaction::Confused => "confused",
        };
        let body = json!({ "content": content });
        let call = Call::post(&path, "react to the comment", WRITE, body).repeatable();
        self.call(&call).map(drop)
    }
}
