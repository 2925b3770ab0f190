use serde::Deserialize;

use super::client::Call;
use super::{Error, GitHub, RepositoryName};

/// Somebody, or something, with a login.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Account {
    /// The login, such as `mira` or `github-actions[bot]`.
    pub login: String,
    /// `User`, `Bot`, `Organization` or `Mannequin`.
    #[serde(rename = "type", default)]
    pub kind: String,
}

/// What GitHub confirms that somebody may do in a repository.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Permission {
    /// `admin`, `write`, `read` or `none`.
    pub permission: String,
    /// The role, which is finer: `maintain`, `triage` or one of the organization's own.
    #[serde(default)]
    pub role_name: String,
    /// Whose it is.
    #[serde(default)]
    pub user: Option<Account>,
}

impl GitHub {
    /// What somebody may do in a repository; *none* where GitHub does not know them there.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn permission(&self, name: &RepositoryName, login: &str) -> Result<Permission, Error> {
        let nobody = Permission {
            permission: "none".to_owned(),
            role_name: "none".to_owned(),
            user: None,
        };
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_[]".contains(&byte);
        if login.is_empty() || !login.bytes().all(plain) {
            return Ok(nobody);
        }
        let login = login.replace('[', "%5B").replace(']', "%5D");
        let path = format!("/repos/{name}/collaborators/{login}/permission");
        let call = Call::get(&path, "read somebody's permission", "metadata: read");
        match self.call(&call) {
            Ok(reply) => reply.read(),
            Err(Error::NotFound { .. }) => Ok(nobody),
            Err(error) => Err(error),
        }
    }

    /// The login that this token speaks for.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn viewer(&self) -> Result<String, Error> {
        let tried = "say whose token this is";
        let query = "query { viewer { login } }";
        let data = self.graphql(query, &serde_json::json!({}), tried, "contents: read")?;
        match data["viewer"]["login"].as_str() {
            Some(login) => Ok(login.to_owned()),
            None => Err(Error::Unexpected {
                tried,
                detail: "it names no login".to_owned(),
            }),
        }
    }
}
