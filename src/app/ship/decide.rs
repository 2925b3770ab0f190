//! Decisions about an environment, and a look at it.

use std::path::Path;

use crate::app::Failure;
use crate::app::ledger::{Ledger, LedgerFailure, Place, Surroundings};
use crate::git::Repository;
use crate::ledger::Timestamp;
use crate::ledger::redact::{REASON_BYTES, redact};
use crate::ship::{Environment, Event, Evidence, Probed, State};

use super::{Context, ShipFailure};

/// What somebody decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Nobody may ship.
    Freeze {
        /// Why.
        reason: String,
        /// When it is meant to end.
        until: Option<Timestamp>,
        /// Commits or logins that may ship all the same.
        allow: Vec<String>,
    },
    /// The freeze ends.
    Unfreeze {
        /// Why it may.
        reason: String,
    },
    /// A ticket may ship.
    Approve {
        /// The ticket.
        ticket: u64,
    },
    /// A ticket leaves; where it holds the lock, the lock is taken away.
    Cancel {
        /// The ticket.
        ticket: u64,
        /// Why.
        reason: String,
    },
    /// This is live.
    Rebaseline {
        /// The commit; without one the probe is asked.
        sha: Option<String>,
        /// How they know.
        reason: String,
    },
}

/// Writes a decision down, and gives the environment after it.
///
/// # Errors
/// It is refused, or the ledger cannot be read or written.
pub fn decide(context: &Context, decision: &Decision) -> anyhow::Result<State> {
    let mut ledger = context.ledger()?;
    let state = ledger.read()?.clone();
    if ledger.has_key()? {
        return Ok(state);
    }
    let event = match decision {
        Decision::Freeze {
            reason,
            until,
            allow,
        } => Event::Freeze {
            reason: redact(reason, REASON_BYTES),
            until: *until,
            allow: {
                let repository = ledger.repository();
                let full = allow.iter().map(|it| full_name(repository, it));
                full.collect()
            },
        },
        Decision::Unfreeze { reason } => Event::Unfreeze {
            reason: redact(reason, REASON_BYTES),
        },
        Decision::Approve { ticket } => {
            let mut queue = state.queue.iter();
            let found = queue.find(|it| it.number == *ticket);
            let refusal = || ShipFailure::Refused(crate::ship::Refusal::NoSuchTicket(*ticket));
            let found = found.ok_or_else(refusal).map_err(Failure::from)?;
            Event::Approve {
                ticket: *ticket,
                sha: found.sha.clone(),
            }
        }
        Decision::Cancel { ticket, reason } => {
            let reason = redact(reason, REASON_BYTES);
            let lock = state.lock.as_ref();
            match lock.filter(|lock| lock.ticket.number == *ticket) {
                Some(lock) => Event::Evict {
                    epoch: lock.epoch,
                    evidence: Evidence::Word { reason },
                },
                None => Event::Cancel {
                    ticket: *ticket,
                    reason,
                    evidence: None,
                },
            }
        }
        Decision::Rebaseline { sha, reason } => {
            let repository = ledger.repository();
            context.baseline(repository, &state, sha.as_deref(), reason)?
        }
    };
    Ok(ledger.append(&event)?)
}

/// The full name of a commit; whatever is none stays as it is.
fn full_name(repository: &mut Repository, name: &str) -> String {
    let is_hexadecimal = name.len() >= 7 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    match repository.commit(name) {
        Ok(commit) if is_hexadecimal => commit.id.to_string(),
        _ => name.to_owned(),
    }
}

impl Context {
    fn baseline(
        &self,
        repository: &mut Repository,
        state: &State,
        sha: Option<&str>,
        reason: &str,
    ) -> anyhow::Result<Event> {
        let reason = redact(reason, REASON_BYTES);
        if let Some(sha) = sha {
            let commit = repository.commit(sha).map_err(Failure::from)?;
            return Ok(Event::Rebaseline {
                sha: commit.id.to_string(),
                tree: commit.tree.to_string(),
                reason,
                probed: false,
            });
        }
        let signals = super::run::signals()?;
        let policy = self.policy(repository, state)?;
        match self.probe(repository, &policy, state, &signals) {
            Probed::Live { sha, tree } => Ok(Event::Rebaseline {
                sha,
                tree,
                reason,
                probed: true,
            }),
            Probed::Failed => Err(Failure::from(ShipFailure::NothingProbed).into()),
        }
    }
}

/// How the environment stands.
///
/// # Errors
/// The ledger cannot be read.
pub fn state(context: &Context) -> Result<State, Failure> {
    Ok(context.ledger()?.read()?.clone())
}

/// How environments stand: one, or all of them.
///
/// # Errors
/// There is no ledger, or it cannot be read.
pub fn look(
    dir: &Path,
    place: &Place,
    surroundings: &Surroundings,
    only: Option<&Environment>,
) -> Result<Vec<State>, Failure> {
    let context = |environment: Environment| Context {
        dir: dir.to_owned(),
        place: place.clone(),
        surroundings: surroundings.clone(),
        workflow: None,
        github: None,
        environment,
        behalf: None,
        origin: None,
    };
    if let Some(only) = only {
        return Ok(vec![context(only.clone()).ledger()?.read()?.clone()]);
    }
    let mut ledger = Ledger::open(dir, place)?;
    let view = ledger.fetch()?.ok_or(LedgerFailure::None)?;
    let mut states = Vec::new();
    for stream in ledger.streams(&view)? {
        let state = ledger.snapshot(Some(&view), &stream)?.state;
        let state = state.and_then(|text| serde_json::from_str::<State>(&text).ok());
        if let Some(state) = state {
            states.push(context(state.environment).ledger()?.read()?.clone());
        }
    }
    Ok(states)
}
