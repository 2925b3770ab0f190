//! A ship in steps, for workflows that deploy with other tools.

use std::fmt;
use std::time::{Duration, Instant};

use crate::app::Failure;
use crate::process::{self, Signals};
use crate::ship::{Event, Probed, Refusal, State, Step, TicketState, step};

use super::run::{Carrier, End, Ship, Told, signals};
use super::{Context, Request, ShipFailure};

/// How long a deploy that was cut short may take to end, once whoever began it is gone: GitHub ends
/// what is left of a cancelled job after five minutes.
const LONGEST_END: Duration = Duration::from_secs(60);

/// How long until it is looked again whether it has ended.
const LOOK: Duration = Duration::from_millis(250);

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
    let mut carrier = Carrier::new(context, request, signals, context.own_steps())?;
    carrier.ledger.remember_claim(&carrier.wish.claim);
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
    let mut carrier = Carrier::new(context, request, signals, context.own_steps())?;
    carrier.stops_at_deploy = true;
    carrier.ledger.remember_claim(&carrier.wish.claim);
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
    let mut carrier = Carrier::new(context, request, signals, context.own_steps())?;
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

/// What a job let go of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LetGo {
    /// It held nothing.
    Nothing,
    /// Its place in the queue.
    Ticket(u64),
    /// The deploy lock.
    Lock {
        /// Its ticket.
        ticket: u64,
        /// The fencing token.
        epoch: u64,
    },
    /// Nothing: its deploy still runs on this machine.
    StillDeploys {
        /// Its ticket.
        ticket: u64,
    },
}

impl fmt::Display for LetGo {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => write!(out, "There was nothing to let go of."),
            Self::Ticket(ticket) | Self::Lock { ticket, .. } => {
                write!(out, "Ticket {ticket} was let go.")
            }
            Self::StillDeploys { ticket } => write!(
                out,
                "The deploy of ticket {ticket} still runs on this machine, so its lock stays until \
                 the job is over."
            ),
        }
    }
}

/// Lets go of what this very job holds, wherever the ship stands: for a step that always runs. What
/// stands aside stays, for it waits for nobody. A deploy that was cut short is live, or not, only
/// where the probe says so, and the probe is asked when nothing of the deploy runs any more.
///
/// # Errors
/// A [`Failure`] of the ledger, or of the policy that names the probe.
pub fn let_go(context: &Context, reason: &str) -> anyhow::Result<(LetGo, State)> {
    let signals = &signals()?;
    let mut ledger = context.ledger()?;
    let state = ledger.read()?.clone();
    let own = context.own_process();
    let own_steps = context.own_steps();
    let lock = state.lock.as_ref().filter(|it| {
        let runner = it.ticket.runner.as_ref();
        runner == Some(&own) || runner == Some(&own_steps)
    });
    let mut queue = state.queue.iter();
    let waiting = queue.find(|it| {
        let runner = it.runner.as_ref();
        let is_own = runner.is_some_and(|it| *it == own_steps || own.attempts_since(it) == Some(0));
        is_own && it.state != TicketState::Held
    });
    let (event, what) = match (lock, waiting) {
        (Some(lock), _) => {
            let ticket = lock.ticket.number;
            let probed = match (&lock.started, is_over(&lock.ticket.claim, signals)) {
                (None, _) => Probed::Failed,
                (Some(_), Some(false)) => return Ok((LetGo::StillDeploys { ticket }, state)),
                (Some(_), Some(true)) => {
                    let repository = ledger.repository();
                    let policy = context.policy(repository, &state)?;
                    context.probe(repository, &policy, &state, signals)
                }
                // Whatever the probe finds, the deploy may change it yet.
                (Some(_), None) => Probed::Failed,
            };
            let event = Event::Abort {
                epoch: lock.epoch,
                reason: reason.to_owned(),
                held: false,
                probed: match probed {
                    Probed::Live { sha, .. } => Some(sha),
                    Probed::Failed => None,
                },
            };
            let epoch = lock.epoch;
            (event, LetGo::Lock { ticket, epoch })
        }
        (None, Some(waiting)) => {
            let ticket = waiting.number;
            let event = Event::Cancel {
                ticket,
                reason: reason.to_owned(),
                evidence: None,
            };
            (event, LetGo::Ticket(ticket))
        }
        (None, None) => return Ok((LetGo::Nothing, state)),
    };
    match ledger.append(&event) {
        Ok(after) => Ok((what, after)),
        // Somebody was faster, on the evidence that the job is over.
        Err(Failure::Ship(ShipFailure::Refused(
            Refusal::WrongEpoch { .. } | Refusal::NoSuchTicket(_),
        ))) => Ok((LetGo::Nothing, ledger.read()?.clone())),
        Err(failure) => Err(failure.into()),
    }
}

/// Waits a little for what a deploy left running on this machine; whether it is over. None where the
/// system does not show it.
fn is_over(claim: &str, signals: &Signals) -> Option<bool> {
    let began = Instant::now();
    loop {
        let is_carried = process::carries(claim)?;
        if !is_carried || began.elapsed() >= LONGEST_END {
            return Some(!is_carried);
        }
        if signals.wait(LOOK).is_some() {
            return Some(false);
        }
    }
}
