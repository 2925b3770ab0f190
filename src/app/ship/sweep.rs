//! Looks after what dead runs left behind.

use crate::app::Failure;
use crate::ship::{Event, Presence, Refusal, State, TicketState};

use super::evidence::Witness;
use super::{Context, ShipFailure};

/// Takes the lock from a holder that is gone, and removes tickets whose runs are over, each on
/// evidence. `hear` is told what was written; what nobody can tell from here stays as it is.
///
/// # Errors
/// The ledger cannot be read or written. What was written before stays.
pub fn sweep(context: &Context, hear: &mut dyn FnMut(&Event, &State)) -> Result<State, Failure> {
    let mut ledger = context.ledger()?;
    let before = ledger.read()?.clone();
    let mut witness = Witness::new(context.github.clone());
    let own = context.own_steps();
    let mut events = Vec::new();
    if let Some(lock) = &before.lock
        && let Some(runner) = &lock.ticket.runner
        && let Presence::Gone(evidence) = witness.presence(runner, &own, &lock.ticket.claim)
    {
        let epoch = lock.epoch;
        events.push(Event::Evict { epoch, evidence });
    }
    // A ticket that stands aside waits for no run.
    let waiting = before.queue.iter();
    for ticket in waiting.filter(|it| it.state != TicketState::Held) {
        if let Some(runner) = &ticket.runner
            && let Presence::Gone(evidence) = witness.presence(runner, &own, &ticket.claim)
        {
            events.push(Event::Cancel {
                ticket: ticket.number,
                reason: evidence.to_string(),
                evidence: Some(evidence),
            });
        }
    }
    let mut after = before;
    for event in events {
        after = match ledger.append(&event) {
            Ok(state) => {
                hear(&event, &state);
                state
            }
            // Somebody was faster, or a machine of one's own may still be deploying.
            Err(Failure::Ship(ShipFailure::Refused(
                Refusal::Quarantined
                | Refusal::WrongEpoch { .. }
                | Refusal::NoSuchTicket(_)
                | Refusal::Held(_)
                | Refusal::NoEvidence,
            ))) => ledger.read()?.clone(),
            Err(failure) => return Err(failure),
        };
    }
    Ok(after)
}
