use serde::{Deserialize, Serialize};

use super::{Kind, Priority, Runner};
use crate::ledger::Timestamp;

/// What can happen to an environment. Each is one append to the ledger; its kind there is
/// `ship.` and the name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "t")]
pub enum Event {
    /// A commit wants to ship.
    #[serde(rename = "ship.enqueue")]
    Enqueue {
        /// Names the wish; the same wish told twice changes nothing.
        claim: String,
        /// The commit.
        sha: String,
        /// Its tree.
        tree: String,
        /// The pull request that it came from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pr: Option<u64>,
        /// What it is about, in a line; redacted.
        title: String,
        /// Who goes first.
        priority: Priority,
        /// Why it goes first; redacted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// Whether somebody has to approve it first.
        approval: bool,
        /// What will run it, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        runner: Option<Runner>,
    },
    /// Somebody lets a ticket ship. Bound to its commit.
    #[serde(rename = "ship.approve")]
    Approve {
        /// The ticket.
        ticket: u64,
        /// The commit that was looked at.
        sha: String,
    },
    /// A ticket takes the lock.
    #[serde(rename = "ship.acquire")]
    Acquire {
        /// The ticket.
        ticket: u64,
        /// What runs it.
        runner: Runner,
        /// Every ticket with a lower number that is still there, with the reason why it is passed.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        overtakes: Vec<Overtaken>,
    },
    /// The gate let it pass and the deploy begins: from here on an end leaves live uncertain.
    #[serde(rename = "ship.start")]
    Start {
        /// The fencing token of the lock.
        epoch: u64,
        /// What the gate found.
        gate: GateVerdict,
    },
    /// It is live.
    #[serde(rename = "ship.commit")]
    Commit {
        /// The fencing token of the lock.
        epoch: u64,
        /// What the probe said is live; none where there is no probe.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        probed: Option<String>,
    },
    /// The holder lets go without a deploy that went live.
    #[serde(rename = "ship.abort")]
    Abort {
        /// The fencing token of the lock.
        epoch: u64,
        /// Why; redacted.
        reason: String,
        /// The gate held it: the ticket keeps its number and stands aside.
        #[serde(default)]
        held: bool,
        /// What the probe said is live after a deploy that failed; none where nobody knows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        probed: Option<String>,
    },
    /// The lock is taken from a holder that is gone.
    #[serde(rename = "ship.evict")]
    Evict {
        /// The fencing token of the lock that is taken away.
        epoch: u64,
        /// What shows that the holder is gone.
        evidence: Evidence,
    },
    /// A ticket stands aside because its owner stops waiting. It keeps its number.
    #[serde(rename = "ship.hold")]
    Hold {
        /// The ticket.
        ticket: u64,
        /// Why; redacted.
        reason: String,
    },
    /// A ticket that stands aside comes back, perhaps with a commit that may pass; or the next
    /// attempt of its run takes it up.
    #[serde(rename = "ship.requeue")]
    Requeue {
        /// The ticket.
        ticket: u64,
        /// The commit now.
        sha: String,
        /// Its tree.
        tree: String,
        /// What will run it now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        runner: Option<Runner>,
    },
    /// A ticket leaves because what it wanted is live already.
    #[serde(rename = "ship.supersede")]
    Supersede {
        /// The ticket.
        ticket: u64,
        /// The fencing token, where the ticket holds the lock.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        epoch: Option<u64>,
        /// The ticket that shipped it; none where somebody said what is live.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<u64>,
    },
    /// A ticket leaves.
    #[serde(rename = "ship.cancel")]
    Cancel {
        /// The ticket.
        ticket: u64,
        /// Why; redacted.
        reason: String,
        /// What shows that whoever asked is gone; none where somebody decided it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        evidence: Option<Evidence>,
    },
    /// Nobody may ship.
    #[serde(rename = "ship.freeze")]
    Freeze {
        /// Why; redacted.
        reason: String,
        /// When it is meant to end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
        /// Commits or logins that may ship all the same.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        allow: Vec<String>,
    },
    /// The freeze ends.
    #[serde(rename = "ship.unfreeze")]
    Unfreeze {
        /// Why it may; redacted.
        reason: String,
    },
    /// Something that was live and well wants to be live again: to the head of the queue.
    #[serde(rename = "ship.rollback")]
    Rollback {
        /// Names the wish.
        claim: String,
        /// The commit to go back to.
        sha: String,
        /// Its tree.
        tree: String,
        /// The commits that it undoes, what is live first: they become bad when it is live.
        undoes: Vec<String>,
        /// Why; redacted.
        reason: String,
        /// What it is about, in a line; redacted.
        title: String,
        /// What will run it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        runner: Option<Runner>,
    },
    /// Somebody says what is live.
    #[serde(rename = "ship.rebaseline")]
    Rebaseline {
        /// The commit.
        sha: String,
        /// Its tree.
        tree: String,
        /// Why; redacted.
        reason: String,
        /// Whether a probe said so.
        #[serde(default)]
        probed: bool,
    },
}

impl Event {
    /// Whether it takes, uses or frees the lock: whoever waits for the lock waits for it.
    pub fn moves_lock(&self) -> bool {
        matches!(
            self,
            Self::Acquire { .. }
                | Self::Start { .. }
                | Self::Commit { .. }
                | Self::Abort { .. }
                | Self::Evict { .. }
                | Self::Supersede { .. }
        )
    }
}

/// A ticket that is passed by one with a higher number.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Overtaken {
    /// The ticket that is passed.
    pub ticket: u64,
    /// Why it may be.
    pub why: Why,
}

/// Why a ticket is passed by one with a higher number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Why {
    /// The other is a hotfix or a rollback.
    Priority,
    /// It stands aside.
    Held,
    /// Nobody approved it yet.
    Approval,
    /// The freeze lets the other through, and not it.
    Frozen,
    /// The commit of the other contains its commit.
    Contained,
}

/// What shows that a run or a process is gone. Never a clock alone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Evidence {
    /// GitHub says that the attempt is over, was deleted, or has a successor.
    Run {
        /// The run.
        run: u64,
        /// The attempt.
        attempt: u32,
        /// `completed`, `deleted` or `superseded`.
        status: String,
        /// How it ended, as GitHub has it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        conclusion: Option<String>,
    },
    /// The machine that it ran on has no such process any more.
    Process {
        /// The machine.
        machine: String,
        /// The process.
        process: u32,
        /// `ended`, `replaced` (another has its id), or `restarted` (the machine was).
        status: String,
    },
    /// Somebody says so, with their name.
    Word {
        /// What they say; redacted.
        reason: String,
    },
}

/// What the rebase gate found. It holds for these two commits and no others.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct GateVerdict {
    /// What was live; none at the first deploy.
    pub base_live: Option<String>,
    /// The commit that wants to ship.
    pub sha: String,
    /// Deploy or rollback: a rollback is asked other questions.
    pub kind: Kind,
    /// Findings that somebody acknowledged, with their reason; redacted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acknowledged: Vec<String>,
}
