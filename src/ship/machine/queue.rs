//! Into the queue, through it, and out of it.

use super::{Happening, MAX_REQUEUES};
use crate::ship::{End, Evidence, Refusal, Runner, Ticket, TicketState};

impl Happening<'_> {
    pub(super) fn enqueue(&mut self, ticket: Ticket) -> Result<(), Refusal> {
        if let Some(number) = self.state.number_of(&ticket.claim) {
            return Err(Refusal::ClaimTaken(number));
        }
        self.state.queue.push(ticket);
        Ok(())
    }

    pub(super) fn approve(&mut self, number: u64, sha: &str) -> Result<(), Refusal> {
        let (actor, is_person) = (self.actor.name.clone(), self.is_person());
        let ticket = self.queued(number)?;
        if ticket.sha != sha {
            return Err(Refusal::CommitChanged(number));
        }
        if !is_person || ticket.actor.name == actor {
            return Err(Refusal::NotAnApprover);
        }
        ticket.approved_by = Some(actor);
        if ticket.state == TicketState::Waiting {
            ticket.state = TicketState::Approved;
        }
        Ok(())
    }

    pub(super) fn requeue(
        &mut self,
        number: u64,
        sha: &str,
        tree: &str,
        runner: Option<&Runner>,
    ) -> Result<(), Refusal> {
        let takes_up = |ticket: &Ticket| match (runner, &ticket.runner) {
            (Some(new), Some(old)) => new != old && new.succeeds(old),
            _ => false,
        };
        let is_next_attempt = takes_up(self.queued(number)?);
        let ticket = match is_next_attempt {
            true => self.queued(number)?,
            false => self.owned(number)?,
        };
        if ticket.state != TicketState::Held && !is_next_attempt {
            return Err(Refusal::NotHeld(number));
        }
        if ticket.sha != sha {
            if ticket.requeues >= MAX_REQUEUES {
                return Err(Refusal::TooManyRequeues(number));
            }
            ticket.requeues += 1;
            ticket.approved_by = None;
            sha.clone_into(&mut ticket.sha);
            tree.clone_into(&mut ticket.tree);
        }
        ticket.runner = runner.cloned();
        ticket.aside = None;
        ticket.state = match ticket.approval && ticket.approved_by.is_none() {
            true => TicketState::Waiting,
            false => TicketState::Approved,
        };
        Ok(())
    }

    pub(super) fn supersede(
        &mut self,
        number: u64,
        epoch: Option<u64>,
        by: Option<u64>,
    ) -> Result<(), Refusal> {
        if self.state.live.is_none() {
            return Err(Refusal::NothingLive);
        }
        let reason = by.map(|by| format!("ticket {by} shipped it"));
        let Some(epoch) = epoch else {
            let ticket = self.owned(number)?.clone();
            self.remove(number)?;
            self.leave(&ticket, End::Superseded, reason, None);
            return Ok(());
        };
        let lock = self.lock(epoch)?.clone();
        if lock.ticket.number != number {
            return Err(Refusal::NoSuchTicket(number));
        }
        if lock.started.is_some() {
            return Err(Refusal::AlreadyStarted);
        }
        self.state.lock = None;
        self.leave(&lock.ticket, End::Superseded, reason, Some(lock.at));
        Ok(())
    }

    pub(super) fn cancel(
        &mut self,
        number: u64,
        reason: &str,
        evidence: Option<&Evidence>,
    ) -> Result<(), Refusal> {
        match evidence {
            Some(evidence) => {
                let ticket = self.queued(number)?.clone();
                if ticket.state == TicketState::Held {
                    return Err(Refusal::Held(number));
                }
                self.shown(evidence, ticket.runner.as_ref())?;
            }
            None if self.is_person() => {
                self.queued(number)?;
            }
            None => {
                self.owned(number)?;
            }
        }
        let ticket = self.remove(number)?;
        let reason = Some(reason.to_owned());
        self.leave(&ticket, End::Cancelled, reason, None);
        Ok(())
    }
}
