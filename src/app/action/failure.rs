use std::fmt;
use std::path::PathBuf;

use crate::app::Kind;

/// What keeps the Action from doing its work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActionFailure {
    /// It runs outside of a workflow, or its event cannot be read.
    NoEvent {
        /// What is missing or wrong.
        detail: String,
    },
    /// A payload lacks what it must have.
    MalformedEvent {
        /// The name of the event.
        event: String,
        /// What is wrong.
        detail: String,
    },
    /// Nothing says what is to be done.
    NoMode,
    /// There is no such mode.
    UnknownMode(String),
    /// A setting is not as it must be.
    InvalidSetting {
        /// The variable.
        name: &'static str,
        /// What it has to be.
        expected: &'static str,
    },
    /// A review that was started by hand names no pull request.
    NoPullRequest,
    /// Something needs GitHub, and there is no token.
    NoToken,
    /// A ship needs to know where to.
    NoEnvironment,
    /// A ship needs a deploy command.
    NoCommand,
    /// A file cannot be written.
    UnwritableFile(PathBuf),
}

impl ActionFailure {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoEvent { .. } => {
                "Run it in a workflow, with `uses: afterclick/action`; \
                 on your machine there is `afterclick review`."
            }
            Self::MalformedEvent { .. } => {
                "Check GITHUB_EVENT_NAME and GITHUB_EVENT_PATH; if they are GitHub's own, please \
                 report this."
            }
            Self::NoMode | Self::UnknownMode(_) => {
                "Set `mode` to review, admit, approve, ship, release, command, sweep or sync-board."
            }
            Self::InvalidSetting { .. } => "Mend the input in the workflow.",
            Self::NoPullRequest => "Set `pull-request` to its number.",
            Self::NoToken => "Hand it over as GITHUB_TOKEN; `${{ github.token }}` in a workflow.",
            Self::NoEnvironment => "Set `environment`, as in `environment: production`.",
            Self::NoCommand => "Set `run` to what you would write in a `run` step.",
            Self::UnwritableFile(_) => "Check the path, and who may write there.",
        }
    }

    /// What decides the exit code.
    pub fn kind(&self) -> Kind {
        match self {
            Self::UnwritableFile(_) => Kind::Outside,
            Self::NoEvent { .. }
            | Self::MalformedEvent { .. }
            | Self::NoMode
            | Self::UnknownMode(_)
            | Self::InvalidSetting { .. }
            | Self::NoPullRequest
            | Self::NoEnvironment
            | Self::NoCommand
            | Self::NoToken => Kind::Usage,
        }
    }
}

impl fmt::Display for ActionFailure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoEvent { detail } => write!(out, "There is no event to act on: {detail}."),
            Self::MalformedEvent { event, detail } => {
                write!(
                    out,
                    "The payload of `{event}` is not as it must be: {detail}."
                )
            }
            Self::NoMode => write!(out, "This event does not say what is to be done."),
            Self::UnknownMode(mode) => write!(out, "There is no mode `{mode}`."),
            Self::InvalidSetting { name, expected } => write!(out, "{name} has to be {expected}."),
            Self::NoPullRequest => {
                write!(
                    out,
                    "Started by hand, a review needs to know which pull request."
                )
            }
            Self::NoToken => write!(out, "This needs GitHub, and there is no token."),
            Self::NoEnvironment => write!(out, "A ship needs to know where to."),
            Self::NoCommand => write!(out, "A ship needs a deploy command."),
            Self::UnwritableFile(path) => {
                write!(out, "The file {} cannot be written.", path.display())
            }
        }
    }
}
