//! What the ledger tells a review: earlier incidents, and decisions to ship a concern anyway.

use std::path::Path;

use crate::change::ObjectId;
use crate::git::{Repository, SEEN};
use crate::ledger::record::{self, Override};
use crate::ledger::{Actor, ActorKind, BRANCH, RECORD, Timestamp};
use crate::policy::{ByAuthor, Policy};
use crate::review::record::NotReviewed;
use crate::review::record::decisions::Overridden;
use crate::review::record::incidents::Incident;

use super::Failure;
use super::ledger::{Ledger, Place};

/// What is remembered. No remote is asked for it: it is as fresh as the last fetch.
#[derive(Debug, Default)]
pub struct Memory {
    /// Earlier incidents.
    pub incidents: Vec<Incident>,
    /// The decisions that hold for the change.
    pub overridden: Vec<Overridden>,
    /// What could not be read.
    pub unread: Vec<NotReviewed>,
}

/// What this clone knows of the ledger, for a change whose head is a commit with this name. A
/// repository without a ledger remembers nothing. Where there is one that cannot be read, that is
/// said.
pub fn recall(repository: &mut Repository, dir: &Path, policy: &Policy, head: &str) -> Memory {
    match try_recall(repository, dir, policy, head) {
        Ok(memory) => memory,
        Err(failure) => {
            let mut memory = Memory::default();
            let branch = policy.ledger().branch.as_deref().unwrap_or(BRANCH);
            let failure = failure.to_string();
            memory.unread.push(NotReviewed {
                path: branch.to_owned(),
                reason: format!(
                    "the incidents and overrides of the ledger: {}",
                    failure.trim_end_matches('.')
                ),
            });
            memory
        }
    }
}

fn try_recall(
    repository: &mut Repository,
    dir: &Path,
    policy: &Policy,
    head: &str,
) -> Result<Memory, Failure> {
    let place = Place::of(policy);
    let branch = place.branch.as_deref().unwrap_or(BRANCH);
    let remote = place.remote.as_deref().unwrap_or("origin");
    let here = format!("refs/heads/{branch}");
    let there = format!("refs/remotes/{remote}/{branch}");
    if !repository.has_any(&[SEEN, &there, &here])? {
        return Ok(Memory::default());
    }
    let mut ledger = Ledger::offline(dir, &place)?;
    let Some(view) = ledger.known()? else {
        return Ok(Memory::default());
    };
    let events = ledger.events(&view, RECORD)?;
    let mut memory = Memory::default();
    for incident in record::incidents(&events) {
        match Incident::recorded(&incident.incident) {
            Ok(incident) => memory.incidents.push(incident),
            Err(mistakes) => {
                let mistakes: Vec<&str> = mistakes.iter().map(|it| it.message.as_str()).collect();
                memory.unread.push(NotReviewed {
                    path: format!("{branch}: incident {}", incident.incident.incident),
                    reason: format!("not readable as an incident: {}", mistakes.join("; ")),
                });
            }
        }
    }
    if let Some(head) = ObjectId::parse(head.as_bytes()) {
        let tree = repository.tree(&head)?;
        let decisions = record::overrides(&events).into_iter();
        let held = decisions.filter(|it| holds(it, tree.as_str(), policy));
        memory.overridden = held.map(overridden).collect();
    }
    Ok(memory)
}

/// Whether a decision holds for a tree: it was made for this one, by somebody who may.
fn holds((decision, actor, _): &(Override, Actor, Timestamp), tree: &str, policy: &Policy) -> bool {
    let allowed = policy.by_author() == ByAuthor::Allow || !decision.by_author;
    decision.tree == tree && actor.kind == ActorKind::Person && allowed
}

fn overridden((decision, actor, at): (Override, Actor, Timestamp)) -> Overridden {
    Overridden {
        fingerprint: decision.fingerprint,
        reason: decision.reason,
        by: actor.name,
        at: at.date().to_string(),
    }
}
