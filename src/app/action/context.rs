//! What the environment of a workflow says.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use secrecy::SecretString;
use serde_json::Value;

use crate::app::{Failure, access};
use crate::change::ObjectId;
use crate::git::Origin;
use crate::github::{Access, GitHub, RepositoryName};
use crate::render::comment;

use super::ActionFailure;

/// The largest payload that is read: GitHub caps its own at 25 MB.
const MAX_PAYLOAD: u64 = 64 * 1024 * 1024;

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
    /// The commit that the workflow runs for.
    pub(super) sha: Option<ObjectId>,
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
    /// The environment that is shipped to.
    pub(super) environment: Option<String>,
    /// The deploy command.
    pub(super) command: Option<String>,
    /// Where people see what was shipped.
    pub(super) url: Option<String>,
    /// The commit to go back to, where it is a rollback.
    pub(super) rollback: Option<String>,
    /// Why it goes back.
    pub(super) reason: Option<String>,
    /// The workflows that check a branch that was brought up to date; none where no branch is touched.
    pub(super) update_branch: Vec<String>,
    server: String,
    access: Option<Access>,
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
            sha: given("GITHUB_SHA").and_then(|sha| ObjectId::parse(sha.as_bytes())),
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
            environment: given("AFTERCLICK_ENVIRONMENT"),
            command: given("AFTERCLICK_COMMAND"),
            url: address(given("AFTERCLICK_URL"))?,
            rollback: given("AFTERCLICK_ROLLBACK").map(|it| it.trim().to_owned()),
            reason: given("AFTERCLICK_REASON"),
            update_branch: given("AFTERCLICK_UPDATE_BRANCH")
                .unwrap_or_default()
                .split([',', ' ', '\n'])
                .filter(|it| !it.is_empty())
                .map(str::to_owned)
                .collect(),
            access: number("AFTERCLICK_PATIENCE").map(|_| access(get))?,
        })
    }

    /// GitHub; none without a token.
    pub(super) fn github(&self) -> Result<Option<GitHub>, Failure> {
        let access = self.access.clone();
        Ok(access.map(GitHub::new).transpose()?)
    }

    /// What lets us in to GitHub.
    pub(super) fn access(&self) -> Option<&Access> {
        self.access.as_ref()
    }

    /// Where people read the run.
    pub(super) fn run_url(&self) -> String {
        let server = self.server.trim_end_matches('/');
        format!("{server}/{}/actions/runs/{}", self.repository, self.run)
    }

    /// The repository, as git reaches it.
    pub(super) fn origin(&self) -> Origin {
        Origin {
            url: format!("{}/{}", self.server.trim_end_matches('/'), self.repository),
            token: self.token().cloned(),
        }
    }

    /// The token, for the runner to mask.
    pub(super) fn token(&self) -> Option<&SecretString> {
        self.access.as_ref().map(|access| &access.token)
    }
}

fn address(given: Option<String>) -> Result<Option<String>, ActionFailure> {
    let given = given.map(|url| url.trim().to_owned());
    match &given {
        Some(url) if !comment::is_plain_url(url) => Err(ActionFailure::InvalidSetting {
            name: "AFTERCLICK_URL",
            expected: "an address that begins with https:// or http://",
        }),
        _ => Ok(given),
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
