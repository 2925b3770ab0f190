use serde::{Deserialize, Serialize};

use super::{Environment, GateVerdict};
use crate::ledger::{Actor, Timestamp};

/// Where an environment stands: what is live, who holds the deploy lock, who waits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// The version of this form.
    pub v: u32,
    /// The environment.
    pub environment: Environment,
    /// How many events were folded; the place of the last one in its stream.
    pub seq: u64,
    /// The hash of the last event; none before the first.
    pub last: Option<String>,
    /// Grows with every lock that is taken or taken away: a deploy that carries an older one has
    /// lost its right.
    pub epoch: u64,
    /// What is live; none before the first deploy.
    pub live: Option<Live>,
    /// Why what is live has to be probed or confirmed before anybody goes on; none where it is
    /// certain. A deploy that broke off before anything was ever live is uncertain as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uncertain: Option<String>,
    /// Who holds the deploy lock.
    pub lock: Option<Lock>,
    /// Who waits, in order.
    pub queue: Vec<Ticket>,
    /// Why nobody may ship now.
    pub freeze: Option<Freeze>,
    /// Commits that were rolled back, the newest last; at most 50 are kept.
    pub bad: Vec<Bad>,
    /// What was live and well, the newest last; at most 50 are kept.
    pub good: Vec<Good>,
    /// What became of the tickets that left, the newest last; at most 50 are kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub past: Vec<Past>,
}

/// What is live.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Live {
    /// The commit.
    pub sha: String,
    /// Its tree.
    pub tree: String,
    /// The ticket that shipped it; none where somebody said so (a rebaseline).
    pub ship: Option<u64>,
    /// Since when.
    pub at: Timestamp,
}

/// Who holds the deploy lock. The holder is a run, never a login.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Lock {
    /// The ticket that came up.
    pub ticket: Ticket,
    /// The fencing token.
    pub epoch: u64,
    /// What was live when the lock was taken: what the gate compares with.
    pub base_live: Option<String>,
    /// Since when.
    pub at: Timestamp,
    /// What the gate found when the deploy began: from here on an end leaves live uncertain. None
    /// until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<Started>,
}

/// A deploy that has begun.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Started {
    /// Since when.
    pub at: Timestamp,
    /// What let it pass.
    pub gate: GateVerdict,
}

/// A place in the ship queue. Its number is its place in the order.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Ticket {
    /// The `seq` of the event that took it.
    pub number: u64,
    /// Names the wish to ship: the same wish told twice is one ticket.
    pub claim: String,
    /// The commit.
    pub sha: String,
    /// Its tree.
    pub tree: String,
    /// The pull request that it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pr: Option<u64>,
    /// What it is about, in a line; redacted.
    pub title: String,
    /// Deploy or rollback.
    pub kind: Kind,
    /// Who goes first.
    pub priority: Priority,
    /// Why it goes first, or back; redacted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether it may take the lock.
    pub state: TicketState,
    /// Why it stands aside; none where it does not. Redacted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aside: Option<String>,
    /// Whether somebody has to approve its commit.
    #[serde(default)]
    pub approval: bool,
    /// Who approved its commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<String>,
    /// What a rollback undoes, the newest first; empty for a deploy.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undoes: Vec<String>,
    /// Tickets that it overtook because its commit contains theirs: they are live when it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contains: Vec<u64>,
    /// Who asked.
    pub actor: Actor,
    /// What will run it; none where a later job will say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runner: Option<Runner>,
    /// Since when.
    pub at: Timestamp,
    /// How often it came back with another commit.
    pub requeues: u32,
}

/// Deploy or rollback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Forward.
    Deploy,
    /// Back to something that was live and well.
    Rollback,
}

/// Who goes first. Among equals the lower number does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    /// In order.
    Normal,
    /// Before all that wait, with a reason.
    Hotfix,
    /// The way back: before everything.
    Rollback,
}

/// Whether a ticket may take the lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TicketState {
    /// Somebody has to approve it first.
    Waiting,
    /// It may, when it is next.
    Approved,
    /// It keeps its number and stands aside: the rebase gate held it, or its owner stopped waiting.
    Held,
}

/// What runs a ship, so that its death can be shown.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Runner {
    /// One attempt of a workflow run. A re-run keeps the id and raises the attempt.
    Github {
        /// `owner/name`.
        repository: String,
        /// The run.
        run: u64,
        /// The attempt, from 1.
        attempt: u32,
        /// Whether the machine is GitHub's own, which is gone when its job is.
        hosted: bool,
        /// Which of the jobs of the attempt, where that is known: two of them are two deploys.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        job: Option<String>,
    },
    /// A process.
    Local {
        /// The machine, by an id of its own.
        machine: String,
        /// Which start of the machine.
        boot: String,
        /// The process.
        process: u32,
        /// When the process started, in ticks since the machine did: ids are used again.
        started: u64,
    },
}

/// Nobody may ship.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Freeze {
    /// Who said so.
    pub by: Actor,
    /// Why; redacted.
    pub reason: String,
    /// Since when.
    pub at: Timestamp,
    /// When it was meant to end. It is shown; it ends when somebody ends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Commits or logins that may ship all the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<String>,
    /// Whether a rollback brought it: it ends with a fix, or with an acknowledgement.
    #[serde(default)]
    pub rollback: bool,
}

/// A commit that was rolled back.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Bad {
    /// The commit.
    pub sha: String,
    /// The ticket of the rollback.
    pub ship: u64,
    /// Why; redacted.
    pub reason: String,
}

/// Something that was live and well: where a rollback can go.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Good {
    /// The commit.
    pub sha: String,
    /// Its tree.
    pub tree: String,
    /// The ticket that shipped it.
    pub ship: Option<u64>,
    /// Since when it was live.
    pub at: Timestamp,
}

/// A ticket that left.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Past {
    /// Its number.
    pub number: u64,
    /// Its claim.
    pub claim: String,
    /// Its commit.
    pub sha: String,
    /// The pull request that it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pr: Option<u64>,
    /// What became of it.
    pub end: End,
    /// Why; redacted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it took the lock; none where it never did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acquired: Option<Timestamp>,
    /// When it left.
    pub at: Timestamp,
}

/// What became of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum End {
    /// It went live.
    Live,
    /// Its holder let go.
    Aborted,
    /// Its holder was gone, and the lock was taken away.
    Evicted,
    /// What it wanted was live already.
    Superseded,
    /// It was taken out of the queue.
    Cancelled,
}

impl State {
    /// An environment that nothing was ever shipped to.
    pub fn new(environment: Environment) -> Self {
        Self {
            v: 1,
            environment,
            seq: 0,
            last: None,
            epoch: 0,
            live: None,
            uncertain: None,
            lock: None,
            queue: Vec::new(),
            freeze: None,
            bad: Vec::new(),
            good: Vec::new(),
            past: Vec::new(),
        }
    }
}
