use std::borrow::Cow;
use std::fmt;

use crate::ship::{Environment, Refusal};

/// Why a ship command did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShipFailure {
    /// It may not happen.
    Refused(Refusal),
    /// There is no commit to ship.
    NothingToShip,
    /// The ship is not ours, or over.
    NoLock(Environment),
    /// A step belongs to a run whose ticket there is not.
    NoTicket(Environment),
    /// The deploy command cannot be started.
    NotStarted {
        /// What was to be started.
        command: String,
        /// What the system says.
        detail: String,
    },
    /// The signals of this process cannot be kept.
    NoSignals(String),
    /// A hotfix or a decision needs a reason.
    NoReason,
    /// No probe says what is live.
    NothingProbed,
}

impl ShipFailure {
    /// What to do about it.
    pub fn hint(&self) -> Cow<'static, str> {
        match self {
            Self::Refused(refusal) => refusal_hint(refusal).into(),
            Self::NothingToShip => "Commit something first, or name a commit with --sha.".into(),
            Self::NoLock(environment) => {
                format!("See who holds it with `afterclick queue --environment {environment}`.")
                    .into()
            }
            Self::NoTicket(environment) => {
                format!("Take one with `afterclick ship admit --environment {environment}`.").into()
            }
            Self::NotStarted { .. } => {
                "Check the path, and whether it may be run; the lock was let go.".into()
            }
            Self::NoSignals(_) => "Try again; nothing was written.".into(),
            Self::NoReason => "Say why with --reason; it is recorded.".into(),
            Self::NothingProbed => "Name the commit with --sha.".into(),
        }
    }

    /// Whether a policy or a person stands against it, and not the command line.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Refused(refusal) => !matches!(refusal, Refusal::NoSuchTicket(_)),
            Self::NoLock(_) => true,
            Self::NothingToShip
            | Self::NoTicket(_)
            | Self::NotStarted { .. }
            | Self::NoSignals(_)
            | Self::NoReason
            | Self::NothingProbed => false,
        }
    }
}

fn refusal_hint(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::UnknownVersion(_) => "Update afterclick.",
        Refusal::NotAnApprover => {
            "Ask another person to run `afterclick approve` at their own terminal."
        }
        Refusal::NotAPerson => "Ask a person to decide it at their own terminal.",
        Refusal::NoReason => "Say why with --reason; it is recorded.",
        Refusal::LiveUncertain => {
            "Find out what is live and say so with `afterclick rebaseline --sha COMMIT --reason …`."
        }
        Refusal::Frozen => "Wait for it to end, or end it with `afterclick unfreeze --reason …`.",
        Refusal::LockHeld(_) => {
            "Wait until it is done; `afterclick queue` shows who holds the deploy lock."
        }
        Refusal::Quarantined => {
            "Make sure that nothing runs there any more, then run `afterclick cancel TICKET \
             --reason …`."
        }
        _ => "`afterclick queue` shows how things stand.",
    }
}

impl fmt::Display for ShipFailure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(out),
            Self::NothingToShip => write!(out, "There is no commit here to ship."),
            Self::NoLock(environment) => {
                write!(
                    out,
                    "The deploy lock of {environment} is not ours, or not any more."
                )
            }
            Self::NoTicket(environment) => {
                write!(out, "This job has no ticket for {environment}.")
            }
            Self::NotStarted { command, detail } => {
                write!(out, "`{command}` cannot be started: {detail}.")
            }
            Self::NoSignals(detail) => write!(out, "Signals cannot be kept: {detail}."),
            Self::NoReason => write!(out, "The reason is missing."),
            Self::NothingProbed => write!(out, "No probe says what is live."),
        }
    }
}
