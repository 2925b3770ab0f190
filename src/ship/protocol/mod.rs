//! The client of one ship: what to do next, given what it wants, what it learnt and how the
//! environment stands. It does nothing itself, so that the command carries out, `--dry-run` prints
//! and the model check explores the very same decisions.

mod decide;
mod learnt;

use super::{Event, Evidence, Lock, Past, Priority, Runner};

pub use decide::{claim, step};
pub use learnt::Learnt;

/// What a client wants.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Wish {
    /// Names the wish: told twice, it is one ticket.
    pub claim: String,
    /// The commit.
    pub sha: String,
    /// Its tree.
    pub tree: String,
    /// The pull request that it came from.
    pub pr: Option<u64>,
    /// What it is about, in a line; redacted.
    pub title: String,
    /// Forward or back.
    pub way: Way,
    /// What runs it.
    pub runner: Runner,
    /// Whether a probe can say what is live.
    pub has_probe: bool,
    /// Whether it holds GitHub's concurrency group while it waits: then nothing may be waited for
    /// that stands behind it there.
    pub in_group: bool,
}

/// Forward or back.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Way {
    /// A deploy.
    Deploy {
        /// Who goes first; never [`Priority::Rollback`].
        priority: Priority,
        /// Why it goes first; redacted.
        reason: Option<String>,
        /// Whether somebody has to approve it.
        approval: bool,
    },
    /// Back to something that was live and well.
    Rollback {
        /// What it undoes, the newest first.
        undoes: Vec<String>,
        /// Why; redacted.
        reason: String,
    },
}

/// A ticket that stands before the client's own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Ahead {
    /// Its number.
    pub ticket: u64,
    /// What ran it when it was asked about.
    pub runner: Option<Runner>,
    /// Whether that is there.
    pub presence: Presence,
    /// Whether the client's own commit contains its commit.
    pub is_contained: bool,
}

/// Whether a run or a process is there.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Presence {
    /// It is.
    There,
    /// It is not, and this shows it.
    Gone(Evidence),
    /// Nobody can tell from here.
    Unknown,
}

/// What the gate says about a candidate and what is live.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum GateReply {
    /// It may ship.
    Pass {
        /// Findings that somebody acknowledged; redacted.
        acknowledged: Vec<String>,
    },
    /// What it wants is live already, or older than what is live.
    Superseded {
        /// The ticket that shipped it, where that is known.
        by: Option<u64>,
    },
    /// It may not; the ticket stands aside.
    Held {
        /// Why; redacted.
        reason: String,
    },
    /// It may not, and nobody may until somebody looked.
    Freeze {
        /// Why; redacted.
        reason: String,
    },
}

/// What a probe says.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Probed {
    /// This commit is live.
    Live {
        /// The commit.
        sha: String,
        /// Its tree.
        tree: String,
    },
    /// It could not tell.
    Failed,
}

/// Why a client stops before its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stop {
    /// It was interrupted: the ticket leaves.
    Interrupted,
    /// It is not to wait any longer: the ticket stands aside.
    WaitedEnough,
}

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Append this to the ledger.
    Append(Event),
    /// Find out whether what holds the lock is there.
    AskHolder {
        /// The fencing token of its lock.
        epoch: u64,
        /// What it is.
        runner: Runner,
        /// Its claim.
        claim: String,
    },
    /// Find out whether what a ticket waits with is there, and whether our commit contains its own.
    AskAhead {
        /// The ticket.
        ticket: u64,
        /// Its commit.
        sha: String,
        /// What it is; none where nothing said so.
        runner: Option<Runner>,
    },
    /// Ask the probe what is live.
    Probe,
    /// Ask the gate whether the commit may follow what is live.
    Gate {
        /// The fencing token of our lock.
        epoch: u64,
        /// What is live.
        base_live: Option<String>,
    },
    /// Wait a while, and look again.
    Wait(Waiting),
    /// What was read is older than what we know: read again.
    Reread,
    /// Run the deploy command.
    Deploy(LockProof),
    /// It is over.
    Done(Outcome),
}

/// What a ticket waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Its number.
    pub ticket: u64,
    /// How many ship before it.
    pub ahead: usize,
    /// What for.
    pub for_what: WaitsFor,
}

/// What a ticket waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WaitsFor {
    /// The holder of the deploy lock.
    Holder {
        /// Its ticket.
        ticket: u64,
        /// Whether it is known to be there.
        is_known: bool,
    },
    /// The run of the holder is over, and its machine may still be deploying.
    Quarantine {
        /// Its ticket.
        ticket: u64,
    },
    /// A ticket that comes first.
    Turn {
        /// That ticket.
        ticket: u64,
    },
    /// Somebody who approves.
    Approval,
    /// The end of a freeze.
    Thaw,
}

/// How a ship ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is live.
    Live(Past),
    /// The lock was let go, and it is not live.
    Failed(Past),
    /// It was live already.
    Superseded(Past),
    /// It was taken out of the queue.
    Cancelled(Past),
    /// The lock was taken away.
    Evicted(Past),
    /// The gate held it; the ticket keeps its number.
    Held {
        /// The ticket.
        ticket: u64,
        /// Why.
        reason: String,
    },
    /// It stopped waiting; the ticket keeps its number.
    Aside {
        /// The ticket.
        ticket: u64,
        /// Why.
        reason: String,
    },
    /// Nobody knows what is live, and it cannot be found out from here.
    Uncertain {
        /// The ticket.
        ticket: u64,
        /// Why nobody knows.
        reason: String,
    },
    /// The ticket is in the hands of another process.
    Elsewhere {
        /// The ticket.
        ticket: u64,
    },
    /// It was interrupted before it had a ticket.
    NoTicket,
    /// What became of its ticket is no longer on record.
    Unknown,
}

impl Outcome {
    /// The ticket that it is about.
    pub fn ticket(&self) -> Option<u64> {
        match self {
            Self::Live(past)
            | Self::Failed(past)
            | Self::Superseded(past)
            | Self::Cancelled(past)
            | Self::Evicted(past) => Some(past.number),
            Self::Held { ticket, .. }
            | Self::Aside { ticket, .. }
            | Self::Uncertain { ticket, .. }
            | Self::Elsewhere { ticket } => Some(*ticket),
            Self::NoTicket | Self::Unknown => None,
        }
    }
}

/// The right to run a deploy command: it comes from a lock that the ledger gave, with a gate that
/// let the commit pass, and from nowhere else.
#[derive(Debug, PartialEq, Eq)]
pub struct LockProof {
    ticket: u64,
    epoch: u64,
    sha: String,
    base_live: Option<String>,
}

impl LockProof {
    fn of(lock: &Lock) -> Self {
        Self {
            ticket: lock.ticket.number,
            epoch: lock.epoch,
            sha: lock.ticket.sha.clone(),
            base_live: lock.base_live.clone(),
        }
    }

    /// The ticket.
    pub fn ticket(&self) -> u64 {
        self.ticket
    }

    /// The fencing token.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The commit to deploy.
    pub fn sha(&self) -> &str {
        &self.sha
    }

    /// What was live when the lock was taken.
    pub fn base_live(&self) -> Option<&str> {
        self.base_live.as_deref()
    }
}
