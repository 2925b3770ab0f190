//! What may happen to an environment, and what comes of it.

mod live;
mod lock;
mod queue;

use super::order::next_with;
use super::{
    End, Event, Evidence, Freeze, Kind, Lock, Past, Priority, Refusal, Runner, State, Ticket,
    TicketState,
};
use crate::ledger::{self, Actor, ActorKind, Timestamp};

/// How many entries are kept of what is past.
const KEPT: usize = 50;

/// How often a ticket may come back with another commit.
pub(super) const MAX_REQUEUES: u32 = 3;

/// An event with its place in the stream of its environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamped {
    /// Its place, from 1.
    pub seq: u64,
    /// Its hash.
    pub hash: String,
    /// When, by the writer's clock.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What.
    pub event: Event,
}

/// The environment after an event.
///
/// # Errors
/// The reason why the event may not happen; the environment is as it was.
pub fn apply(state: &State, stamped: &Stamped) -> Result<State, Refusal> {
    let mut after = state.clone();
    advance(&mut after, stamped)?;
    Ok(after)
}

/// Takes the environment past an event, where a whole history is folded.
///
/// # Errors
/// The reason why the event may not happen; the state is then of no use any more.
pub fn advance(state: &mut State, stamped: &Stamped) -> Result<(), Refusal> {
    if state.v != 1 {
        return Err(Refusal::UnknownVersion(state.v));
    }
    if stamped.seq != state.seq + 1 {
        return Err(Refusal::OutOfOrder);
    }
    state.seq = stamped.seq;
    state.last = Some(stamped.hash.clone());
    let mut happening = Happening {
        state,
        actor: &stamped.actor,
        at: stamped.at,
    };
    happening.take(&stamped.event)
}

impl Stamped {
    /// An event of the ledger, where its kind is one of ours.
    ///
    /// # Errors
    /// It is of another kind, or lacks a field.
    pub fn read(event: &ledger::Event) -> Result<Self, serde_json::Error> {
        Ok(Self {
            seq: event.seq,
            hash: event.hash.clone(),
            at: event.at,
            actor: event.actor.clone(),
            event: event.own()?,
        })
    }
}

/// A state that an event happens to.
struct Happening<'a> {
    state: &'a mut State,
    actor: &'a Actor,
    at: Timestamp,
}

impl Happening<'_> {
    fn take(&mut self, event: &Event) -> Result<(), Refusal> {
        match event {
            Event::Enqueue {
                claim,
                sha,
                tree,
                pr,
                title,
                priority,
                reason,
                approval,
                runner,
            } => {
                if *priority == Priority::Rollback {
                    return Err(Refusal::NotARollback);
                }
                if *priority != Priority::Normal {
                    given(reason.as_deref())?;
                }
                let state = match approval {
                    true => TicketState::Waiting,
                    false => TicketState::Approved,
                };
                self.enqueue(Ticket {
                    pr: *pr,
                    title: title.clone(),
                    priority: *priority,
                    reason: reason.clone(),
                    state,
                    approval: *approval,
                    runner: runner.clone(),
                    ..self.ticket(claim, sha, tree)
                })
            }
            Event::Rollback {
                claim,
                sha,
                tree,
                undoes,
                reason,
                title,
                runner,
            } => {
                given(Some(reason))?;
                let ticket = Ticket {
                    title: title.clone(),
                    kind: Kind::Rollback,
                    priority: Priority::Rollback,
                    reason: Some(reason.clone()),
                    undoes: undoes.clone(),
                    runner: runner.clone(),
                    ..self.ticket(claim, sha, tree)
                };
                match (&self.state.live, self.state.would_undo(&ticket)) {
                    (None, _) => Err(Refusal::NothingLive),
                    (Some(live), true) if live.sha != *sha => self.enqueue(ticket),
                    _ => Err(Refusal::NotARollback),
                }
            }
            Event::Approve { ticket, sha } => self.approve(*ticket, sha),
            Event::Acquire {
                ticket,
                runner,
                overtakes,
            } => {
                if let Some(lock) = &self.state.lock {
                    return Err(Refusal::LockHeld(lock.ticket.number));
                }
                let contains = next_with(self.state, *ticket, overtakes)?;
                self.acquire(*ticket, runner, contains)
            }
            Event::Start { epoch, gate } => self.start(*epoch, gate),
            Event::Commit { epoch, probed } => self.commit(*epoch, probed.as_deref()),
            Event::Abort {
                epoch,
                reason,
                held,
                probed,
            } => self.abort(*epoch, reason, *held, probed.as_deref()),
            Event::Evict { epoch, evidence } => self.evict(*epoch, evidence),
            Event::Hold { ticket, reason } => {
                let waiting = self.owned(*ticket)?;
                if waiting.state == TicketState::Held {
                    return Err(Refusal::Held(*ticket));
                }
                waiting.state = TicketState::Held;
                waiting.aside = Some(reason.clone());
                Ok(())
            }
            Event::Requeue {
                ticket,
                sha,
                tree,
                runner,
            } => self.requeue(*ticket, sha, tree, runner.as_ref()),
            Event::Supersede { ticket, epoch, by } => self.supersede(*ticket, *epoch, *by),
            Event::Cancel {
                ticket,
                reason,
                evidence,
            } => self.cancel(*ticket, reason, evidence.as_ref()),
            Event::Freeze {
                reason,
                until,
                allow,
            } => {
                given(Some(reason))?;
                let rollback = self.state.freeze.as_ref().is_some_and(|it| it.rollback);
                self.state.freeze = Some(Freeze {
                    by: self.actor.clone(),
                    reason: reason.clone(),
                    at: self.at,
                    until: *until,
                    allow: allow.clone(),
                    rollback,
                });
                Ok(())
            }
            Event::Unfreeze { reason } => {
                given(Some(reason))?;
                self.person()?;
                self.state.freeze.take().map(drop).ok_or(Refusal::NotFrozen)
            }
            Event::Rebaseline {
                sha,
                tree,
                reason,
                probed,
            } => self.rebaseline(sha, tree, reason, *probed),
        }
    }

    /// A ticket as any begins.
    fn ticket(&self, claim: &str, sha: &str, tree: &str) -> Ticket {
        Ticket {
            number: self.state.seq,
            claim: claim.to_owned(),
            sha: sha.to_owned(),
            tree: tree.to_owned(),
            pr: None,
            title: String::new(),
            kind: Kind::Deploy,
            priority: Priority::Normal,
            reason: None,
            state: TicketState::Approved,
            aside: None,
            approval: false,
            approved_by: None,
            undoes: Vec::new(),
            contains: Vec::new(),
            actor: self.actor.clone(),
            runner: None,
            at: self.at,
            requeues: 0,
        }
    }

    /// The lock that this fencing token is of.
    fn lock(&self, epoch: u64) -> Result<&Lock, Refusal> {
        let now = self.state.epoch;
        let lock = self.state.lock.as_ref();
        lock.filter(|lock| lock.epoch == epoch && now == epoch)
            .ok_or(Refusal::WrongEpoch { shown: epoch, now })
    }

    fn queued(&mut self, number: u64) -> Result<&mut Ticket, Refusal> {
        let mut queue = self.state.queue.iter_mut();
        queue
            .find(|ticket| ticket.number == number)
            .ok_or(Refusal::NoSuchTicket(number))
    }

    /// A ticket of whoever asks.
    fn owned(&mut self, number: u64) -> Result<&mut Ticket, Refusal> {
        let actor = self.actor.name.clone();
        let ticket = self.queued(number)?;
        match ticket.actor.name == actor {
            true => Ok(ticket),
            false => Err(Refusal::NotYours(number)),
        }
    }

    fn remove(&mut self, number: u64) -> Result<Ticket, Refusal> {
        let queue = &mut self.state.queue;
        let at = queue.iter().position(|ticket| ticket.number == number);
        at.map(|at| queue.remove(at))
            .ok_or(Refusal::NoSuchTicket(number))
    }

    fn leave(
        &mut self,
        ticket: &Ticket,
        end: End,
        reason: Option<String>,
        acquired: Option<Timestamp>,
    ) {
        self.state.past.push(Past {
            number: ticket.number,
            claim: ticket.claim.clone(),
            sha: ticket.sha.clone(),
            pr: ticket.pr,
            end,
            reason,
            acquired,
            at: self.at,
        });
        keep_last(&mut self.state.past);
    }

    /// Whether the evidence is about this runner, and shows that it is gone.
    fn shown(&self, evidence: &Evidence, about: Option<&Runner>) -> Result<(), Refusal> {
        let shows = match (evidence, about) {
            (Evidence::Word { reason }, _) => {
                given(Some(reason))?;
                return self.person();
            }
            (
                Evidence::Run {
                    run,
                    attempt,
                    status,
                    ..
                },
                Some(Runner::Github {
                    run: of,
                    attempt: tried,
                    ..
                }),
            ) => {
                let ended = ["completed", "deleted", "superseded"].contains(&status.as_str());
                run == of && attempt == tried && ended
            }
            (
                Evidence::Process {
                    machine,
                    process,
                    status,
                },
                Some(Runner::Local {
                    machine: on,
                    process: of,
                    ..
                }),
            ) => {
                let ended = ["ended", "replaced", "restarted"].contains(&status.as_str());
                machine == on && process == of && ended
            }
            _ => false,
        };
        match shows {
            true => Ok(()),
            false => Err(Refusal::NoEvidence),
        }
    }

    fn is_person(&self) -> bool {
        self.actor.kind == ActorKind::Person
    }

    fn person(&self) -> Result<(), Refusal> {
        match self.is_person() {
            true => Ok(()),
            false => Err(Refusal::NotAPerson),
        }
    }
}

/// A reason that says something.
fn given(reason: Option<&str>) -> Result<(), Refusal> {
    match reason.is_some_and(|reason| !reason.trim().is_empty()) {
        true => Ok(()),
        false => Err(Refusal::NoReason),
    }
}

fn keep_last<T>(list: &mut Vec<T>) {
    let over = list.len().saturating_sub(KEPT);
    list.drain(..over);
}
