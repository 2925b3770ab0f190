//! The rebase gate: may this commit go out on top of what is live?
//!
//! [`Facts`] are what git says about the two commits; [`judge`] turns them into one [`Verdict`] of
//! a closed list. Whatever is not known for sure is [`Verdict::Unknown`], which does not pass.

mod content;
mod judge;
mod mend;
pub mod message;
mod reviewed;

use serde::Serialize;

pub use content::{History, How, Landed, Named, SilentRevert};
pub use judge::{covers, judge, landed_as, trunk};
pub use mend::{Mend, Place, word};
pub use reviewed::{Beyond, PathChange, landed_beyond_review};

use super::{Bad, Kind};
use crate::change::ObjectId;

/// What the gate needs to know; [`crate::git`] knows it.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Deploy or rollback.
    pub kind: Kind,
    /// What is live; none at the first deploy.
    pub live: Option<Commit>,
    /// What wants to ship.
    pub candidate: Commit,
    /// The branch that work lands on; none where there is no such branch here.
    pub base: Option<Base>,
    /// Whether the history of this clone is cut off.
    pub shallow: bool,
    /// How the candidate contains what is live; none where it does not.
    pub contained: Option<Contained>,
    /// Whether the candidate lies in the history of live.
    pub older: bool,
    /// The commits that the candidate has and live has not, the newest first.
    pub landed: Vec<Landed>,
    /// Commits of live that the candidate lacks, the newest first; the beginning of the list.
    pub missing: Vec<Named>,
    /// What the history of live says about the changed paths.
    pub history: Option<History>,
    /// Commits that were rolled back.
    pub bad: Vec<Bad>,
    /// Whether the candidate was live and well once.
    pub good: bool,
    /// What somebody decided about exactly these two commits.
    pub acknowledgement: Option<Acknowledgement>,
}

/// A commit and its tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// The commit.
    pub sha: ObjectId,
    /// Its tree.
    pub tree: ObjectId,
}

/// The branch that work lands on, and where the two commits stand to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// Its name, such as `origin/main`.
    pub name: String,
    /// Where it is now.
    pub sha: ObjectId,
    /// Whether it contains live.
    pub has_live: bool,
    /// Whether it is known to have contained live once.
    pub had_live: bool,
    /// Whether the candidate lies on it.
    pub has_candidate: bool,
    /// Whether the candidate contains all of it.
    pub in_candidate: bool,
}

/// How a candidate contains what is live.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "how", rename_all = "kebab-case")]
pub enum Contained {
    /// Live is an ancestor.
    Ancestor,
    /// A commit on the way to the candidate has live's tree: a squash or a rebase.
    Tree {
        /// That commit.
        sha: String,
    },
    /// The commit that merged live's pull request is an ancestor.
    PullRequest {
        /// That commit.
        sha: String,
    },
}

/// A decision to let a commit pass in spite of what the gate found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledgement {
    /// The [`key`] of the two commits that were looked at.
    pub key: String,
    /// Why it may pass.
    pub reason: String,
}

/// What the gate found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum Verdict {
    /// Nothing is live yet.
    First,
    /// It is live already: the same commit, or the same tree.
    Noop {
        /// Whether it is the very commit.
        same_commit: bool,
    },
    /// It contains what is live.
    Fresh {
        /// How.
        contained: Contained,
        /// What was found and acknowledged, in words.
        acknowledged: Vec<String>,
    },
    /// A rollback to something that was live before.
    Back,
    /// It is older than what is live.
    Superseded,
    /// It lacks what is live.
    Stale {
        /// What it lacks, the newest first; the beginning of the list.
        missing: Vec<Named>,
        /// Whether what is live is not on the base branch either.
        live_off_base: bool,
    },
    /// It has not landed, and lacks what has.
    StaleBase,
    /// The base branch lost what is live.
    Rewritten,
    /// It contains commits that were rolled back.
    Bad {
        /// Those without a later revert.
        commits: Vec<Bad>,
    },
    /// It puts files back to what they were before live, and nobody says so.
    SilentRevert {
        /// The files.
        files: Vec<SilentRevert>,
    },
    /// A rollback to something that was never live and lies not behind live.
    NotBehind,
    /// This clone cannot tell.
    Unknown {
        /// Why not.
        reason: Unknown,
    },
}

/// Why a clone cannot tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "why", rename_all = "kebab-case")]
pub enum Unknown {
    /// Its history is cut off.
    Shallow,
    /// It lacks a commit.
    Missing {
        /// The commit.
        sha: String,
        /// Whether it is the one that is live.
        live: bool,
    },
}

/// What becomes of the ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The deploy may begin.
    Passes,
    /// There is nothing to deploy, and nothing wrong.
    Neutral,
    /// It is held until something changes.
    Held,
    /// It is held, and so is the environment.
    Freezes,
}

/// What a verdict is about.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// What is live; none at the first deploy.
    pub live: Option<&'a str>,
    /// The commit that wants to ship.
    pub sha: &'a str,
    /// The branch that work lands on.
    pub base: Option<&'a Base>,
    /// Deploy or rollback.
    pub kind: Kind,
}

/// A verdict about two commits, with what mends it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gate {
    /// What is live; none at the first deploy.
    pub live: Option<String>,
    /// The commit that wants to ship.
    pub sha: String,
    /// The base branch; none where there is none here.
    pub base: Option<String>,
    /// Deploy or rollback.
    pub kind: Kind,
    /// What was found.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// What becomes of the ticket.
    pub outcome: Outcome,
    /// Names these two commits in an acknowledgement; it dies when either moves.
    pub key: String,
    /// What puts it right; empty where nothing has to.
    pub mends: Vec<Mend>,
    /// What was not looked at, and why.
    pub skipped: Vec<String>,
}

impl Verdict {
    /// What becomes of the ticket.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::First | Self::Fresh { .. } | Self::Back => Outcome::Passes,
            Self::Noop { .. } | Self::Superseded => Outcome::Neutral,
            Self::Stale { .. }
            | Self::StaleBase
            | Self::Bad { .. }
            | Self::SilentRevert { .. }
            | Self::NotBehind
            | Self::Unknown { .. } => Outcome::Held,
            Self::Rewritten => Outcome::Freezes,
        }
    }

    /// Whether somebody may decide to let it pass.
    pub fn may_be_acknowledged(&self) -> bool {
        matches!(self, Self::Bad { .. } | Self::SilentRevert { .. })
    }
}

impl Gate {
    /// A verdict about two commits, and how it is put right.
    pub fn new(case: Case<'_>, verdict: Verdict, place: &Place) -> Self {
        Self {
            live: case.live.map(str::to_owned),
            sha: case.sha.to_owned(),
            base: case.base.map(|base| base.name.clone()),
            kind: case.kind,
            outcome: verdict.outcome(),
            key: key(case.live, case.sha),
            mends: mend::mends(case, &verdict, place),
            skipped: Vec::new(),
            verdict,
        }
    }
}

/// Names two commits in an acknowledgement, in twelve digits.
pub fn key(live: Option<&str>, sha: &str) -> String {
    let text = format!("{} {sha}", live.unwrap_or("-"));
    blake3::hash(text.as_bytes()).to_hex()[..12].to_owned()
}

/// The beginning of an object's name, for people.
pub fn short(sha: &str) -> &str {
    sha.get(..12).unwrap_or(sha)
}
