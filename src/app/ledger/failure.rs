use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;

use crate::git::SEEN;
use crate::ledger::Broken;

/// Why nothing could be read from the ledger, or written to it. Nothing is guessed: whatever is
/// not certain ends here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LedgerFailure {
    /// The policy or the command line names a branch that can be none.
    InvalidBranch(String),
    /// There is no ledger yet.
    None,
    /// The remote cannot be asked.
    Unreachable {
        /// The remote.
        remote: String,
        /// What git says.
        detail: String,
    },
    /// The remote had a ledger, and has none any more.
    Vanished {
        /// The remote.
        remote: String,
        /// The branch.
        branch: String,
    },
    /// The branch does not go on from what was seen before: somebody pushed over it.
    Rewritten {
        /// The remote.
        remote: String,
        /// The branch.
        branch: String,
    },
    /// The ledger was changed by hand, or is not whole.
    Broken {
        /// What is wrong, and where.
        broken: Broken,
        /// The branch.
        branch: String,
    },
    /// The remote does not take what is pushed.
    Refused {
        /// The remote.
        remote: String,
        /// The branch.
        branch: String,
        /// What it says.
        reason: String,
    },
    /// The reply was lost and the remote cannot be asked: it may have been written, or not.
    Unconfirmed {
        /// What git says.
        detail: String,
    },
    /// Others were faster, every time.
    Busy,
    /// The folder where events wait for their confirmation cannot be written.
    Spool {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        detail: String,
    },
    /// An event is too large.
    TooLarge,
}

impl LedgerFailure {
    /// What to do about it: the one command that puts it right, where there is one.
    pub fn hint(&self) -> Cow<'static, str> {
        match self {
            Self::InvalidBranch(_) => "Name a branch such as `afterclick/ledger`.".into(),
            Self::None => {
                "The first `afterclick ship` or `afterclick incident open` makes it.".into()
            }
            Self::Unreachable { remote, .. } => format!(
                "Check the network and your rights with `git ls-remote {remote}`, then try again."
            )
            .into(),
            Self::Vanished { remote, branch } => format!(
                "Put it back with `git push {remote} {SEEN}:refs/heads/{branch}`. \
                 If it was meant to go, `git update-ref -d {SEEN}` forgets it here."
            )
            .into(),
            Self::Rewritten { remote, branch } => format!(
                "Put back what was seen before with \
                 `git push --force {remote} {SEEN}:refs/heads/{branch}`. \
                 If the new one is right, `git update-ref -d {SEEN}` forgets the old one here."
            )
            .into(),
            Self::Broken { .. } => {
                "`afterclick verify` names the last good commit, and the command that puts it back."
                    .into()
            }
            Self::Refused { branch, .. } => format!(
                "Let afterclick push to the branch {branch}: it needs the right to write contents, \
                 and no rule may stand against it."
            )
            .into(),
            Self::Unconfirmed { .. } => {
                "Run the same command again when the remote answers: what was written is found, and \
                 not written twice."
                    .into()
            }
            Self::Busy => "Try again in a moment.".into(),
            Self::Spool { .. } => "Make room on the disk, and check who may write there.".into(),
            Self::TooLarge => "Say it in fewer words.".into(),
        }
    }
}

impl fmt::Display for LedgerFailure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidBranch(branch) => {
                write!(out, "{branch:?} cannot be the branch of the ledger.")
            }
            Self::None => write!(out, "This repository has no ledger yet."),
            Self::Unreachable { remote, detail } => {
                write!(out, "The ledger on {remote} cannot be read: {detail}.")
            }
            Self::Vanished { remote, branch } => write!(
                out,
                "The ledger is gone: {remote} had a branch {branch}, and has none any more."
            ),
            Self::Rewritten { remote, branch } => write!(
                out,
                "The ledger was rewritten: {branch} on {remote} does not go on from what was seen \
                 before."
            ),
            Self::Broken { broken, branch } => {
                write!(out, "The ledger on {branch} is broken: {broken}.")
            }
            Self::Refused {
                remote,
                branch,
                reason,
            } => write!(out, "{remote} does not take {branch}: {reason}."),
            Self::Unconfirmed { detail } => write!(
                out,
                "It is not known whether the ledger was written: {detail}."
            ),
            Self::Busy => write!(out, "Others wrote to the ledger first, every time."),
            Self::Spool { folder, detail } => {
                write!(out, "{} cannot be written: {detail}.", folder.display())
            }
            Self::TooLarge => write!(out, "What is to be recorded is too long."),
        }
    }
}
