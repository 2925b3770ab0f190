//! The way back: where it leads, what leaves, and what a commit cannot undo.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::gate::Named;
use super::{Environment, Good, State};
use crate::review::leftover::{Leftover, Risk};

/// How many plans a ship records when it goes live: to the last things that were live and well.
pub const RECORDED: usize = 5;

/// Where somebody wants to go back to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum To {
    /// To what was live and well before what is live.
    Previous,
    /// To what this ticket shipped.
    Ticket(u64),
    /// To this commit, by its full name.
    Commit(String),
}

/// Why there is nowhere to go back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoWayBack {
    /// Nothing is live.
    NothingLive,
    /// Nothing else was live and well.
    NothingBefore,
    /// No such ticket went live and well, as far as is kept.
    NoSuchTicket(u64),
    /// It is live already.
    IsLive,
}

impl NoWayBack {
    /// What to do about it.
    pub fn hint(self) -> &'static str {
        match self {
            Self::NothingLive => "The first `afterclick ship` of an environment says what is live.",
            Self::NothingBefore => {
                "Name a commit that is contained in what is live, with `--to COMMIT`."
            }
            Self::NoSuchTicket(_) | Self::IsLive => {
                "`afterclick log --environment NAME` shows what was live."
            }
        }
    }
}

impl fmt::Display for NoWayBack {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NothingLive => write!(out, "Nothing is live there."),
            Self::NothingBefore => write!(out, "Nothing else was live and well there."),
            Self::NoSuchTicket(number) => {
                write!(out, "Ticket {number} did not go live and well there.")
            }
            Self::IsLive => write!(out, "That is live already."),
        }
    }
}

/// What going back means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// The environment.
    pub environment: Environment,
    /// The commit that is live.
    pub live: String,
    /// The commit to go back to.
    pub target: String,
    /// The ticket that shipped it; none where it was never live here.
    pub ticket: Option<u64>,
    /// What leaves, the newest first.
    pub leaves: Vec<Leaving>,
    /// Whether the same could be taken back on the base branch.
    pub revert: Revert,
    /// What stays behind, the worst first.
    pub stays: Vec<Leftover>,
    /// The worst of it.
    pub worst: Risk,
}

/// A change that leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Leaving {
    /// The commit that landed it.
    #[serde(flatten)]
    pub commit: Named,
    /// Its pull request, where its message says so.
    pub pr: Option<u64>,
    /// Who wrote it, as git has it.
    pub author: String,
}

/// Whether what leaves could be taken back with a commit on the base branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "kebab-case")]
pub enum Revert {
    /// Git does it by itself.
    Clean,
    /// These files were changed again since.
    Conflicts {
        /// Their paths, for people.
        paths: Vec<String>,
    },
    /// It could not be tried.
    Unknown {
        /// Why.
        reason: String,
    },
}

/// A plan as the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// The commit to go back to.
    pub target: String,
    /// The ticket that shipped it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<u64>,
    /// How many changes leave.
    pub leaves: usize,
    /// Whether git can take them back by itself; none where it could not be tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clean: Option<bool>,
    /// The worst of what stays.
    pub worst: Risk,
    /// How many things stay and need steps.
    pub needs_steps: usize,
    /// How many things cannot be told.
    pub unknown: usize,
    /// How many things lose data.
    pub loses_data: usize,
}

/// The plans back from something that has gone live, as an event of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", rename = "rollback.plan")]
pub struct Plans {
    /// The environment.
    pub environment: Environment,
    /// The commit that is live.
    pub live: String,
    /// The ticket that shipped it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<u64>,
    /// A plan for each thing that it could go back to, the newest first.
    pub plans: Vec<Recorded>,
}

/// What it is that somebody goes back to.
///
/// # Errors
/// There is no such thing.
pub fn target(state: &State, to: &To) -> Result<Good, NoWayBack> {
    let live = state.live.as_ref().ok_or(NoWayBack::NothingLive)?;
    let is_bad = |sha: &str| state.bad.iter().any(|it| it.sha == sha);
    let newest = |wanted: &dyn Fn(&Good) -> bool| state.good.iter().rev().find(|it| wanted(it));
    let found = match to {
        To::Previous => newest(&|it| it.sha != live.sha && !is_bad(&it.sha))
            .cloned()
            .ok_or(NoWayBack::NothingBefore)?,
        To::Ticket(number) => newest(&|it| it.ship == Some(*number))
            .cloned()
            .ok_or(NoWayBack::NoSuchTicket(*number))?,
        To::Commit(sha) => newest(&|it| it.sha == *sha).cloned().unwrap_or(Good {
            sha: sha.clone(),
            tree: String::new(),
            ship: None,
            at: live.at,
        }),
    };
    match found.sha == live.sha {
        true => Err(NoWayBack::IsLive),
        false => Ok(found),
    }
}

/// What a ship could go back to once it is live: what is recorded with it, the newest first.
pub fn targets(state: &State) -> Vec<Good> {
    let live = state.live.as_ref().map(|live| live.sha.as_str());
    let mut found: Vec<Good> = Vec::new();
    for good in state.good.iter().rev() {
        let is_bad = state.bad.iter().any(|it| it.sha == good.sha);
        let seen = found.iter().any(|it| it.sha == good.sha);
        if Some(good.sha.as_str()) != live && !is_bad && !seen {
            found.push(good.clone());
        }
    }
    found.truncate(RECORDED);
    found
}

impl Plan {
    /// The worst of what stays; safe where nothing does.
    pub fn worst(stays: &[Leftover]) -> Risk {
        stays.iter().map(|it| it.risk).max().unwrap_or(Risk::Safe)
    }

    /// How many things that stay are such.
    pub fn count(&self, risk: Risk) -> usize {
        self.stays.iter().filter(|it| it.risk == risk).count()
    }

    /// As the ledger keeps it.
    pub fn recorded(&self) -> Recorded {
        Recorded {
            target: self.target.clone(),
            ticket: self.ticket,
            leaves: self.leaves.len(),
            clean: match self.revert {
                Revert::Clean => Some(true),
                Revert::Conflicts { .. } => Some(false),
                Revert::Unknown { .. } => None,
            },
            worst: self.worst,
            needs_steps: self.count(Risk::NeedsSteps),
            unknown: self.count(Risk::Unknown),
            loses_data: self.count(Risk::LosesData),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Timestamp;
    use crate::ship::{Bad, Live};

    fn state() -> State {
        let mut state = State::new("production".parse().unwrap());
        let at = Timestamp::from_millis(1);
        for (number, sha) in [(1, "a"), (4, "b"), (7, "c"), (9, "b")] {
            state.good.push(Good {
                sha: sha.to_owned(),
                tree: sha.to_owned(),
                ship: Some(number),
                at,
            });
        }
        state.live = Some(Live {
            sha: "b".to_owned(),
            tree: "b".to_owned(),
            ship: Some(9),
            at,
        });
        state
    }

    #[test]
    fn the_way_back_leads_to_what_was_live_and_well() {
        let mut state = state();
        let back = |state: &State, to: To| target(state, &to).map(|it| it.sha);
        assert_eq!(back(&state, To::Previous), Ok("c".to_owned()));
        assert_eq!(back(&state, To::Ticket(1)), Ok("a".to_owned()));
        assert_eq!(back(&state, To::Ticket(2)), Err(NoWayBack::NoSuchTicket(2)));
        assert_eq!(back(&state, To::Ticket(4)), Err(NoWayBack::IsLive));
        let commit = To::Commit("z".to_owned());
        assert_eq!(back(&state, commit), Ok("z".to_owned()));
        // What was rolled back is nowhere to go by itself.
        state.bad.push(Bad {
            sha: "c".to_owned(),
            ship: 9,
            reason: "x".to_owned(),
        });
        assert_eq!(back(&state, To::Previous), Ok("a".to_owned()));
        let shas: Vec<String> = targets(&state).into_iter().map(|it| it.sha).collect();
        assert_eq!(shas, ["a"]);
        state.live = None;
        assert_eq!(back(&state, To::Previous), Err(NoWayBack::NothingLive));
    }

    #[test]
    fn nothing_that_stays_is_better_than_its_worst() {
        let order = [Risk::Safe, Risk::NeedsSteps, Risk::Unknown, Risk::LosesData];
        assert!(order.is_sorted());
        assert_eq!(Plan::worst(&[]), Risk::Safe);
    }
}
