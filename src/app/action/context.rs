//! What the environment of a workflow says.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use serde_json::Value;

use crate::app::Failure;
use crate::git::Origin;
use crate::github::{Access, GitHub, RepositoryName};

use super::ActionFailure;

/// The largest payload that is read: GitHub caps its own at 25 MB.
const MAX_PAYLOAD: u64 = 64 * 1024 * 1024;

/// How long one call waits for GitHub's limits to pass, where nobody says.
const PATIENCE: Duration = Duration::from_secs(120);

/// A run of the Action, from its environment.
pub(super) struct Context {
    /// What to do, as `AFTERCLICK_MODE` has it.
    pub(super) mode: Option<String>,
    /// The name of the event.
    pub(super) event: String,
    /// Its payload.
    pub(super) payload: Value,
    /// `owner/name`.
    pub(super) repository: RepositoryName,
    /// The workflow run.
    pub(super) run: u64,
    /// Its attempt, from 1.
    pub(super) attempt: u32,
    /// The pull request that an input names.
    pub(super) pull_request: Option<u64>,
    /// Where the SARIF log goes.
    pub(super) sarif: Option<PathBuf>,
    /// The file behind the summary of the job.
    pub(super) summary: Option<PathBuf>,
    /// The file behind the outputs of the step.
    pub(super) output: Option<PathBuf>,
    /// A folder for temporary files.
    pub(super) temporary: PathBuf,
    /// Whether a runner reads what is printed.
    pub(super) in_actions: bool,
    server: String,
    api: String,
    graphql: Option<String>,
    token: Option<SecretString>,
    patience: Duration,
}

impl Context {
    /// Reads the environment; `get` asks for a variable.
    ///
    /// # Errors
    /// It is none of a workflow.
    pub(super) fn of(get: &dyn Fn(&str) -> Option<String>) -> Result<Self, ActionFailure> {
        let given = |name: &str| get(name).filter(|value| !value.trim().is_empty());
        let missing = |name: &str| ActionFailure::NoEvent {
            detail: format!("{name} is not set"),
        };
        let event = given("GITHUB_EVENT_NAME").ok_or_else(|| missing("GITHUB_EVENT_NAME"))?;
        let path = given("GITHUB_EVENT_PATH").ok_or_else(|| missing("GITHUB_EVENT_PATH"))?;
        let repository = given("GITHUB_REPOSITORY").ok_or_else(|| missing("GITHUB_REPOSITORY"))?;
        let repository = repository
            .parse()
            .map_err(|()| ActionFailure::InvalidSetting {
                name: "GITHUB_REPOSITORY",
                expected: "`owner/name`",
            })?;
        let number = |name: &'static str| match given(name) {
            None => Ok(None),
            Some(text) => match text.trim().parse::<u64>() {
                Ok(number) => Ok(Some(number)),
                Err(_) => Err(ActionFailure::InvalidSetting {
                    name,
                    expected: "a number",
                }),
            },
        };
        let file = |name: &str| given(name).map(PathBuf::from);
        Ok(Self {
            mode: given("AFTERCLICK_MODE"),
            payload: payload(&path)?,
            event,
            repository,
            run: number("GITHUB_RUN_ID")?.unwrap_or_default(),
            attempt: number("GITHUB_RUN_ATTEMPT")?
                .and_then(|attempt| u32::try_from(attempt).ok())
                .unwrap_or(1),
            pull_request: number("AFTERCLICK_PULL_REQUEST")?,
            sarif: file("AFTERCLICK_SARIF"),
            summary: file("GITHUB_STEP_SUMMARY"),
            output: file("GITHUB_OUTPUT"),
            temporary: file("RUNNER_TEMP").unwrap_or_else(std::env::temp_dir),
            in_actions: given("GITHUB_ACTIONS").as_deref() == Some("true"),
            server: given("GITHUB_SERVER_URL").unwrap_or_else(|| "https://github.com".to_owned()),
            api: given("GITHUB_API_URL").unwrap_or_else(|| "https://api.github.com".to_owned()),
            graphql: given("GITHUB_GRAPHQL_URL"),
            token: given("GITHUB_TOKEN").map(SecretString::from),
            patience: number("AFTERCLICK_PATIENCE")?.map_or(PATIENCE, Duration::from_secs),
        })
    }

    /// GitHub; none without a token.
    pub(super) fn github(&self) -> Result<Option<GitHub>, Failure> {
        let Some(token) = self.token.clone() else {
            return Ok(None);
        };
        let access = Access {
            api: self.api.clone(),
            graphql: self.graphql.clone(),
            token,
            patience: self.patience,
        };
        Ok(Some(GitHub::new(access)?))
    }

    /// The repository, as git reaches it.
    pub(super) fn origin(&self) -> Origin {
        Origin {
            url: format!("{}/{}", self.server.trim_end_matches('/'), self.repository),
            token: self.token.clone(),
        }
    }

    /// The token, for the runner to mask.
    pub(super) fn token(&self) -> Option<&SecretString> {
        self.token.as_ref()
    }
}

fn payload(path: &str) -> Result<Value, ActionFailure> {
    let unreadable = |detail: &str| ActionFailure::NoEvent {
        detail: format!("{path} {detail}"),
    };
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(MAX_PAYLOAD).read_to_string(&mut text))
        .map_err(|_| unreadable("cannot be read"))?;
    serde_json::from_str(&text).map_err(|_| unreadable("is not JSON"))
}
