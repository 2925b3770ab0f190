//! From the lock to live, or back.

use super::{Happening, keep_last};
use crate::ship::{
    Bad, End, Evidence, Freeze, GateVerdict, Good, Kind, Live, Lock, Refusal, Runner, Started,
    Ticket, TicketState,
};

impl Happening<'_> {
    pub(super) fn acquire(
        &mut self,
        number: u64,
        runner: &Runner,
        contains: Vec<u64>,
    ) -> Result<(), Refusal> {
        let ticket = self.queued(number)?;
        if let Some(expected) = &ticket.runner
            && !runner.succeeds(expected)
        {
            return Err(Refusal::NotYours(number));
        }
        // Whoever goes back knows that something is wrong with what is live.
        if self.state.uncertain.is_some() && self.queued(number)?.kind == Kind::Deploy {
            return Err(Refusal::LiveUncertain);
        }
        let ticket = self.queued(number)?.clone();
        if ticket.kind == Kind::Rollback && !self.state.would_undo(&ticket) {
            return Err(Refusal::NotARollback);
        }
        let mut ticket = self.remove(number)?;
        ticket.runner = Some(runner.clone());
        ticket.contains = contains;
        self.state.epoch += 1;
        self.state.lock = Some(Lock {
            ticket,
            epoch: self.state.epoch,
            base_live: self.state.live.as_ref().map(|live| live.sha.clone()),
            at: self.at,
            started: None,
        });
        Ok(())
    }

    pub(super) fn start(&mut self, epoch: u64, gate: &GateVerdict) -> Result<(), Refusal> {
        let lock = self.lock(epoch)?;
        if lock.started.is_some() {
            return Err(Refusal::AlreadyStarted);
        }
        let ticket = &lock.ticket;
        if gate.sha != ticket.sha || gate.kind != ticket.kind || gate.base_live != lock.base_live {
            return Err(Refusal::GateOfAnother);
        }
        let is_bad = self.state.bad.iter().any(|it| it.sha == gate.sha);
        if is_bad && gate.kind == Kind::Deploy && gate.acknowledged.is_empty() {
            return Err(Refusal::KnownBad(gate.sha.clone()));
        }
        if !self.state.passes_freeze(ticket) {
            return Err(Refusal::Frozen);
        }
        let started = Started {
            at: self.at,
            gate: gate.clone(),
        };
        if let Some(lock) = &mut self.state.lock {
            lock.started = Some(started);
        }
        Ok(())
    }

    pub(super) fn commit(&mut self, epoch: u64, probed: Option<&str>) -> Result<(), Refusal> {
        let lock = self.lock(epoch)?;
        if lock.started.is_none() {
            return Err(Refusal::NotStarted);
        }
        if let Some(other) = probed.filter(|sha| *sha != lock.ticket.sha) {
            return Err(Refusal::ProbeDisagrees(other.to_owned()));
        }
        let Some(lock) = self.state.lock.take() else {
            return Err(Refusal::NotStarted);
        };
        let ticket = &lock.ticket;
        self.is_live(ticket);
        match ticket.kind {
            Kind::Deploy => self.state.bad.retain(|it| it.sha != ticket.sha),
            Kind::Rollback => self.gone_back(ticket),
        }
        for number in &ticket.contains {
            if let Ok(contained) = self.remove(*number) {
                let reason = format!("its commit is part of ticket {}", ticket.number);
                self.leave(&contained, End::Superseded, Some(reason), None);
            }
        }
        self.state.good.push(Good {
            sha: ticket.sha.clone(),
            tree: ticket.tree.clone(),
            ship: Some(ticket.number),
            at: self.at,
        });
        keep_last(&mut self.state.good);
        self.leave(ticket, End::Live, None, Some(lock.at));
        Ok(())
    }

    /// What a rollback leaves behind: what it undid is bad, and nobody ships until somebody says so.
    fn gone_back(&mut self, ticket: &Ticket) {
        let reason = ticket.reason.clone().unwrap_or_default();
        for sha in ticket.undoes.iter().rev() {
            self.state.bad.retain(|it| it.sha != *sha);
            self.state.bad.push(Bad {
                sha: sha.clone(),
                ship: ticket.number,
                reason: reason.clone(),
            });
        }
        keep_last(&mut self.state.bad);
        self.state
            .good
            .retain(|it| !ticket.undoes.contains(&it.sha) && it.sha != ticket.sha);
        self.state.freeze = Some(Freeze {
            by: self.actor.clone(),
            reason,
            at: self.at,
            until: None,
            allow: Vec::new(),
            rollback: true,
        });
    }

    pub(super) fn abort(
        &mut self,
        epoch: u64,
        reason: &str,
        held: bool,
        probed: Option<&str>,
    ) -> Result<(), Refusal> {
        let lock = self.lock(epoch)?.clone();
        if held && lock.started.is_some() {
            return Err(Refusal::AlreadyStarted);
        }
        self.state.lock = None;
        let mut ticket = lock.ticket;
        if lock.started.is_some() {
            match probed {
                Some(sha) if Some(sha) == lock.base_live.as_deref() => {}
                Some(sha) if sha == ticket.sha => self.is_live(&ticket),
                Some(sha) => {
                    self.state.uncertain = Some(format!(
                        "the deploy of ticket {} failed, and the probe says that {sha} is live",
                        ticket.number
                    ));
                }
                None => {
                    let why = format!("the deploy of ticket {} failed", ticket.number);
                    self.state.uncertain = Some(why);
                }
            }
        }
        if held {
            ticket.state = TicketState::Held;
            ticket.aside = Some(reason.to_owned());
            ticket.contains = Vec::new();
            self.state.queue.push(ticket);
        } else {
            let reason = Some(reason.to_owned());
            self.leave(&ticket, End::Aborted, reason, Some(lock.at));
        }
        Ok(())
    }

    pub(super) fn evict(&mut self, epoch: u64, evidence: &Evidence) -> Result<(), Refusal> {
        let lock = self.lock(epoch)?.clone();
        let runner = lock.ticket.runner.as_ref();
        self.shown(evidence, runner)?;
        let is_own_machine = matches!(runner, Some(Runner::Github { hosted: false, .. }));
        let is_word = matches!(evidence, Evidence::Word { .. });
        if is_own_machine && lock.started.is_some() && !is_word {
            return Err(Refusal::Quarantined);
        }
        self.state.lock = None;
        self.state.epoch += 1;
        if lock.started.is_some() {
            self.state.uncertain = Some(format!(
                "the deploy of ticket {} broke off: {evidence}",
                lock.ticket.number
            ));
        }
        let reason = Some(evidence.to_string());
        self.leave(&lock.ticket, End::Evicted, reason, Some(lock.at));
        Ok(())
    }

    fn is_live(&mut self, ticket: &Ticket) {
        self.state.uncertain = None;
        self.state.live = Some(Live {
            sha: ticket.sha.clone(),
            tree: ticket.tree.clone(),
            ship: Some(ticket.number),
            at: self.at,
        });
    }
}
