//! A ship in steps, for workflows that deploy with other tools.

use crate::app::Failure;
use crate::ship::{Event, State, Step, step};

use super::run::{Carrier, End, Ship, Told, signals};
use super::{Context, Request, ShipFailure};

/// Where the beginning of a ship came to.
pub enum Begun {
    /// The deploy may begin: the variables that its commands need.
    Deploy(Vec<(&'static str, String)>),
    /// It is over before it began.
    Over(Box<Ship>),
}

/// Takes a ticket, or finds the one that the job has; gives its number, and the environment.
///
/// # Errors
/// The ledger cannot be read or written, or the wish is refused.
pub fn admit(context: &Context, request: &Request) -> anyhow::Result<(u64, State)> {
    let signals = &signals()?;
    let mut carrier = Carrier::new(context, request, signals, context.own_job())?;
    context.remember_claim(&carrier.wish.claim)?;
    let state = carrier.ledger.state().clone();
    let state = match step(&carrier.wish, &mut carrier.learnt, &state) {
        Step::Append(
            event @ (Event::Enqueue { .. } | Event::Requeue { .. } | Event::Rollback { .. }),
        ) => carrier.ledger.append(&event)?,
        _ => state,
    };
    let environment = || ShipFailure::NoTicket(context.environment.clone());
    let number = state.number_of(&carrier.wish.claim);
    let number = number.ok_or_else(environment).map_err(Failure::from)?;
    Ok((number, state))
}

/// Waits for the turn, takes the lock and asks the gate.
///
/// # Errors
/// A [`Failure`], with a hint. The deploy may not begin after it.
pub fn begin(
    context: &Context,
    request: &Request,
    hear: &mut dyn FnMut(&Told<'_>),
) -> anyhow::Result<Begun> {
    let signals = &signals()?;
    let mut carrier = Carrier::new(context, request, signals, context.own_job())?;
    carrier.stops_at_deploy = true;
    context.remember_claim(&carrier.wish.claim)?;
    Ok(match carrier.carry_out(hear)? {
        End::Over(ship) => Begun::Over(ship),
        End::Deploy(proof) => Begun::Deploy(vec![
            ("AFTERCLICK_EPOCH", proof.epoch().to_string()),
            ("AFTERCLICK_TICKET", proof.ticket().to_string()),
            ("AFTERCLICK_SHA", proof.sha().to_owned()),
            (
                "AFTERCLICK_BASE_LIVE",
                proof.base_live().unwrap_or_default().to_owned(),
            ),
        ]),
    })
}

/// Whether the lock with this fencing token is still held.
///
/// # Errors
/// It is not, or nobody can tell: what cannot be undone must not be done.
pub fn fence(context: &Context, epoch: u64) -> Result<(), Failure> {
    let mut ledger = context.ledger()?;
    let state = ledger.read()?;
    let lock = state.lock.as_ref();
    match lock.is_some_and(|lock| lock.epoch == epoch && lock.started.is_some()) {
        true => Ok(()),
        false => Err(ShipFailure::NoLock(context.environment.clone()).into()),
    }
}

/// Tells how the deploy ended.
///
/// # Errors
/// The lock is not ours, or a [`Failure`] of the ledger.
pub fn finish(
    context: &Context,
    request: &Request,
    success: bool,
    hear: &mut dyn FnMut(&Told<'_>),
) -> anyhow::Result<Ship> {
    let signals = &signals()?;
    let mut carrier = Carrier::new(context, request, signals, context.own_job())?;
    let lock = carrier.ledger.state().lock.as_ref();
    let is_ours =
        lock.is_some_and(|lock| lock.ticket.claim == carrier.wish.claim && lock.started.is_some());
    if !is_ours {
        return Err(Failure::from(ShipFailure::NoLock(context.environment.clone())).into());
    }
    carrier.learnt.deploying();
    carrier.learnt.deployed(success);
    match carrier.carry_out(hear)? {
        End::Over(ship) => Ok(*ship),
        End::Deploy(_) => {
            Err(Failure::from(ShipFailure::NoLock(context.environment.clone())).into())
        }
    }
}

/// Lets go, wherever the ship stands: for a step that always runs. Gives what was let go of.
///
/// # Errors
/// A [`Failure`] of the ledger.
pub fn abort(context: &Context, request: &Request, reason: &str) -> anyhow::Result<Option<u64>> {
    let signals = &signals()?;
    let mut carrier = Carrier::new(context, request, signals, context.own_job())?;
    let state = carrier.ledger.state().clone();
    let claim = &carrier.wish.claim;
    let (ticket, event) = if let Some(lock) = state
        .lock
        .as_ref()
        .filter(|lock| lock.ticket.claim == *claim)
    {
        let probed = match lock.started {
            Some(_) => context.probe(&carrier.policy, &state, signals),
            None => crate::ship::Probed::Failed,
        };
        let event = Event::Abort {
            epoch: lock.epoch,
            reason: reason.to_owned(),
            held: false,
            probed: match probed {
                crate::ship::Probed::Live { sha, .. } => Some(sha),
                crate::ship::Probed::Failed => None,
            },
        };
        (lock.ticket.number, event)
    } else if let Some(ticket) = state.queue.iter().find(|it| it.claim == *claim) {
        let event = Event::Cancel {
            ticket: ticket.number,
            reason: reason.to_owned(),
            evidence: None,
        };
        (ticket.number, event)
    } else {
        return Ok(None);
    };
    carrier.ledger.append(&event)?;
    Ok(Some(ticket))
}
