use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;

use crate::git;
use crate::github;
use crate::policy::Diagnostic;
use crate::ship::rollback::NoWayBack;

use super::RecordFailure;
use super::action::ActionFailure;
use super::ledger::LedgerFailure;
use super::ship::ShipFailure;

/// What ends a command without a result, in words for a person.
///
/// [`Failure::to_string`] is the sentence, [`Failure::hint`] says what to do, [`Failure::kind`]
/// decides the exit code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The range names nothing.
    EmptyRange,
    /// Nothing says what the change is to be compared with.
    NoBase,
    /// One of the two sides is no folder.
    NotAFolder(PathBuf),
    /// A folder cannot be listed.
    UnreadableFolder(PathBuf),
    /// A file of the base side, such as the policy, is there but cannot be read as text.
    UnreadableBaseFile {
        /// Its path.
        path: String,
        /// Why.
        reason: String,
    },
    /// A file that the command line names cannot be read.
    UnreadableFile(PathBuf),
    /// A policy is not valid.
    InvalidPolicy {
        /// Its path.
        path: String,
        /// All that is wrong with it.
        mistakes: Vec<Diagnostic>,
    },
    /// No check has this id.
    UnknownCheck {
        /// What was asked for.
        check: String,
        /// The ids that may have been meant, the nearest first.
        nearest: Vec<&'static str>,
    },
    /// Something has to be agreed to, and nobody can be asked.
    NotAgreed,
    /// The place where a file has to go is no plain folder, or cannot be written to.
    Unwritable {
        /// Where.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A command of the demo did not do what the story needs.
    Demo {
        /// The command.
        command: String,
        /// How it ended.
        ended: String,
        /// What it said.
        said: Vec<String>,
    },
    /// The Action.
    Action(ActionFailure),
    /// Git, or the repository.
    Git(git::Error),
    /// The ledger.
    Ledger(LedgerFailure),
    /// GitHub.
    GitHub(github::Error),
    /// There is nowhere to go back to.
    NoWayBack(NoWayBack),
    /// Something is not recorded.
    Record(RecordFailure),
    /// A ship, or a decision about one.
    Ship(ShipFailure),
}

/// What kind of failure it is; see the table of exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A policy stands against it.
    Refused,
    /// The command line asks for something that is not there.
    Usage,
    /// A configuration is not valid.
    Configuration,
    /// Git, GitHub, the network or the operating system.
    Outside,
}

impl Failure {
    /// What to do about it.
    pub fn hint(&self) -> Cow<'static, str> {
        if let Self::Ledger(failure) = self {
            return failure.hint();
        }
        if let Self::Ship(failure) = self {
            return failure.hint();
        }
        Cow::Borrowed(match self {
            Self::EmptyRange => "Name two commits, as in `afterclick review main...HEAD`.",
            Self::NoBase => {
                "Name the base, as in `afterclick review main...HEAD`, \
                 or run `git remote set-head origin --auto` once."
            }
            Self::NotAFolder(_) => "`--no-index` compares two folders: BEFORE and AFTER.",
            Self::UnreadableFolder(_) => "Check who may read it.",
            Self::UnreadableBaseFile { .. } => "Check the file in the commit that is the base.",
            Self::UnreadableFile(_) => "Check the path, and who may read it.",
            Self::InvalidPolicy { .. } => {
                "Mend the file; `afterclick policy --file FILE` checks it before it is committed."
            }
            Self::UnknownCheck { .. } => "`afterclick checks` lists them all.",
            Self::Demo { .. } => {
                "Run it once more; what it needs is git, a shell and a folder for temporary files."
            }
            Self::NotAgreed => "Add `--yes`, or look first with `--dry-run`.",
            Self::Unwritable { .. } => "Check the path, and who may write there.",
            Self::Action(failure) => failure.hint(),
            Self::Git(error) => git_hint(error),
            Self::GitHub(error) => error.hint(),
            Self::Record(failure) => failure.hint(),
            Self::Ledger(_) | Self::Ship(_) => "",
            Self::NoWayBack(why) => why.hint(),
        })
    }

    /// Each thing that is wrong, where there is more to say than one sentence.
    pub fn details(&self) -> Vec<String> {
        match self {
            Self::InvalidPolicy { path, mistakes } => mistakes
                .iter()
                .map(|mistake| format!("{path}:{mistake}"))
                .collect(),
            Self::Demo { said, .. } => said.clone(),
            _ => Vec::new(),
        }
    }

    /// What decides the exit code.
    pub fn kind(&self) -> Kind {
        match self {
            Self::EmptyRange
            | Self::NoBase
            | Self::NotAFolder(_)
            | Self::UnreadableFile(_)
            | Self::UnknownCheck { .. }
            | Self::NotAgreed
            | Self::NoWayBack(_) => Kind::Usage,
            Self::UnreadableFolder(_)
            | Self::Unwritable { .. }
            | Self::Demo { .. }
            | Self::GitHub(_) => Kind::Outside,
            Self::Action(failure) => failure.kind(),
            Self::UnreadableBaseFile { .. } | Self::InvalidPolicy { .. } => Kind::Configuration,
            Self::Git(error) => match error {
                git::Error::UnknownRevision { shallow, .. }
                | git::Error::NoCommonHistory { shallow, .. } => match shallow {
                    true => Kind::Outside,
                    false => Kind::Usage,
                },
                git::Error::AmbiguousRevision(_)
                | git::Error::NoFolder(_)
                | git::Error::NoWorkingTree(_)
                | git::Error::UnknownRemote(_)
                | git::Error::SeveralRemotes(_) => Kind::Usage,
                _ => Kind::Outside,
            },
            Self::Record(failure) => match failure.is_refusal() {
                true => Kind::Refused,
                false => Kind::Usage,
            },
            Self::Ship(failure) => match failure.is_refusal() {
                true => Kind::Refused,
                false => Kind::Usage,
            },
            Self::Ledger(failure) => match failure {
                LedgerFailure::InvalidBranch(_) | LedgerFailure::TooLarge => Kind::Usage,
                _ => Kind::Outside,
            },
        }
    }
}

const DEEPEN: &str = "This is a shallow clone. Fetch more history with `git fetch --deepen=100`, \
                      or all of it with `git fetch --unshallow`; in GitHub Actions, set \
                      `fetch-depth: 0` for actions/checkout.";

fn git_hint(error: &git::Error) -> &'static str {
    match error {
        git::Error::NotInstalled => "Install git and make sure that it is on the PATH.",
        git::Error::NoFolder(_) => "Check the path after `-C`.",
        git::Error::NotARepository(_) => {
            "Run it inside a repository, name one with `-C DIR`, \
             or compare two folders with `--no-index BEFORE AFTER`."
        }
        git::Error::AnotherOwner(_) => {
            "If you trust it, run `git config --global --add safe.directory DIR` with its path, \
             or review commits, which needs no trust: `afterclick review HEAD~1..HEAD`."
        }
        git::Error::NoWorkingTree(_) => {
            "Review commits instead, as in `afterclick review HEAD~1..HEAD`."
        }
        git::Error::UnknownRevision { shallow: true, .. }
        | git::Error::NoCommonHistory { shallow: true, .. } => DEEPEN,
        git::Error::UnknownRevision { .. } => {
            "Check the spelling; a branch of a remote may have to be fetched first."
        }
        git::Error::AmbiguousRevision(_) => "Give more digits.",
        git::Error::NoCommonHistory { .. } => "Compare the two as they are: `BASE..HEAD`.",
        git::Error::Incomplete(_) => {
            "Fetch what is missing, for example with `git fetch --refetch`, and try again."
        }
        git::Error::Damaged(_) => "Run `git fsck` to see what is wrong, or clone again.",
        git::Error::TooManyFiles => "Review a smaller range.",
        git::Error::UnknownRemote(_) => "`git remote` lists those that there are.",
        git::Error::SeveralRemotes(_) => "Name the one that is meant with `--remote`.",
        git::Error::Failed { .. } => "Run the same git command to see more.",
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptyRange => write!(out, "The range is empty."),
            Self::NoBase => write!(
                out,
                "There is no default branch here to compare with: no origin/HEAD, main or master."
            ),
            Self::NotAFolder(path) => write!(out, "{} is not a folder.", path.display()),
            Self::UnreadableFolder(path) => {
                write!(out, "The folder {} cannot be read.", path.display())
            }
            Self::UnreadableBaseFile { path, reason } => {
                write!(out, "{path} cannot be read on the base side: {reason}.")
            }
            Self::UnreadableFile(path) => {
                write!(out, "The file {} cannot be read.", path.display())
            }
            Self::InvalidPolicy { mistakes, .. } => match mistakes.len() {
                1 => write!(out, "The policy is not valid; it has a mistake."),
                count => write!(out, "The policy is not valid; it has {count} mistakes."),
            },
            Self::Demo { command, ended, .. } => {
                write!(
                    out,
                    "The demo cannot go on: `{command}` ended with {ended}."
                )
            }
            Self::UnknownCheck { check, nearest } => {
                write!(out, "There is no check named `{check}`.")?;
                match nearest.split_last() {
                    None => Ok(()),
                    Some((last, [])) => write!(out, " Did you mean {last}?"),
                    Some((last, others)) => {
                        write!(out, " Did you mean {} or {last}?", others.join(", "))
                    }
                }
            }
            Self::NotAgreed => write!(out, "Nothing was written: nobody agreed to it."),
            Self::Unwritable { path, reason } => {
                write!(out, "{} cannot be written: {reason}.", path.display())
            }
            Self::Action(failure) => failure.fmt(out),
            Self::Git(error) => error.fmt(out),
            Self::Ledger(failure) => failure.fmt(out),
            Self::GitHub(error) => error.fmt(out),
            Self::Record(failure) => failure.fmt(out),
            Self::Ship(failure) => failure.fmt(out),
            Self::NoWayBack(why) => why.fmt(out),
        }
    }
}

impl std::error::Error for Failure {}

impl From<ActionFailure> for Failure {
    fn from(failure: ActionFailure) -> Self {
        Self::Action(failure)
    }
}

impl From<github::Error> for Failure {
    fn from(error: github::Error) -> Self {
        Self::GitHub(error)
    }
}

impl From<git::Error> for Failure {
    fn from(error: git::Error) -> Self {
        Self::Git(error)
    }
}

impl From<ShipFailure> for Failure {
    fn from(failure: ShipFailure) -> Self {
        Self::Ship(failure)
    }
}

impl From<RecordFailure> for Failure {
    fn from(failure: RecordFailure) -> Self {
        Self::Record(failure)
    }
}

impl From<LedgerFailure> for Failure {
    fn from(failure: LedgerFailure) -> Self {
        Self::Ledger(failure)
    }
}
