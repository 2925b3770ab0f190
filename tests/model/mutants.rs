//! Real bugs of real locks, each wrapped around the protocol: the laws have to catch every one.

use std::sync::Arc;

use afterclick::ledger::ActorKind;
use afterclick::ship::{End, Event, Kind, Past, Refusal, State, TicketState, Why, apply};

use super::world::{Client, Phase, Setting, World, contains, number_of, stamped};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mutant {
    /// Whoever ends deletes the lock, whosever it is.
    BlindDeleteOnRelease,
    /// A holder that takes long is taken for dead.
    StealByClock,
    /// A ledger that is empty or not found has no holder.
    MissingReadsAsFree,
    /// The gate looks before the lock is taken.
    GateBeforeLock,
    /// The lock belongs to a login.
    OwnerIsALogin,
    /// Live is set without a look at the fencing token.
    CommitWithoutEpochCheck,
    /// The state is read, decided on, and written over whatever is there by then.
    ListThenDecide,
    /// The lock is taken, then somebody is asked.
    ApprovalInsideTheLock,
    /// The lock is made, then it is written whose it is.
    TwoStepCreate,
}

pub const MUTANTS: [Mutant; 9] = [
    Mutant::BlindDeleteOnRelease,
    Mutant::StealByClock,
    Mutant::MissingReadsAsFree,
    Mutant::GateBeforeLock,
    Mutant::OwnerIsALogin,
    Mutant::CommitWithoutEpochCheck,
    Mutant::ListThenDecide,
    Mutant::ApprovalInsideTheLock,
    Mutant::TwoStepCreate,
];

impl Setting {
    /// What a client takes the ledger for.
    pub fn misread(&self, state: &Arc<State>) -> Arc<State> {
        if self.mutant != Some(Mutant::ApprovalInsideTheLock) {
            return Arc::clone(state);
        }
        let mut unasked = (**state).clone();
        for ticket in &mut unasked.queue {
            if ticket.state == TicketState::Waiting {
                ticket.state = TicketState::Approved;
            }
        }
        Arc::new(unasked)
    }

    /// A client that lets go of the lock without a look at whose it is by now.
    pub fn release_blindly(&self, client: &Client) -> Option<Event> {
        let is_blind = matches!(
            self.mutant,
            Some(Mutant::BlindDeleteOnRelease | Mutant::CommitWithoutEpochCheck)
        );
        let epoch = client
            .epoch
            .filter(|_| is_blind && client.phase == Phase::Running)?;
        Some(Event::Commit {
            epoch,
            probed: None,
        })
    }

    /// What the ledger holds after an append, if it took it: the real machine behind a true
    /// compare-and-swap, or what a mutant makes of it.
    pub fn write(
        &self,
        world: &mut World,
        run: usize,
        seen: &State,
        event: &Event,
        is_newest: bool,
    ) -> Option<State> {
        let now = Arc::clone(world.newest());
        let by = |state: &State, event: &Event| {
            apply(state, &stamped(state, event, "ada", ActorKind::Bot))
        };
        let taken = match (self.mutant, event) {
            (Some(Mutant::BlindDeleteOnRelease), Event::Commit { .. } | Event::Abort { .. }) => {
                by(&now, event).or_else(|_| Ok(without_lock(&now)))
            }
            (Some(Mutant::CommitWithoutEpochCheck), Event::Commit { probed, .. }) => {
                let event = Event::Commit {
                    epoch: now.epoch,
                    probed: probed.clone(),
                };
                by(&now, &event).or_else(|_| Ok(made_live(self, world, run, &now)))
            }
            (Some(Mutant::MissingReadsAsFree), _) if seen.seq == 0 => by(seen, event),
            (Some(Mutant::ListThenDecide), _) => by(seen, event),
            (Some(Mutant::ApprovalInsideTheLock), Event::Acquire { .. }) if is_newest => {
                by(seen, event)
            }
            (Some(Mutant::TwoStepCreate), Event::Acquire { .. }) if is_newest => {
                let whole = by(&now, event).ok()?;
                let mut half = whole.clone();
                if let Some(lock) = &mut half.lock {
                    lock.ticket.runner = None;
                    lock.ticket.claim = String::new();
                }
                world.write(half.clone());
                world.half_made = Some((run, Arc::new(whole)));
                return Some(half);
            }
            _ if is_newest => by(&now, event),
            _ => return None,
        };
        let after = taken.ok()?;
        check(world, run, self, &now, &after, event);
        world.write(after.clone());
        world.look_at_deploys();
        if is_newest && self.mutant.is_none() && is_repeated(&after, event) {
            world.breaks("replay is harmless");
        }
        Some(after)
    }
}

fn without_lock(now: &State) -> State {
    let mut after = now.clone();
    after.seq += 1;
    after.lock = None;
    after
}

fn made_live(setting: &Setting, world: &World, run: usize, now: &State) -> State {
    let wish = setting.wish(run, &world.clients[run]);
    let mut after = now.clone();
    after.seq += 1;
    if let Some(live) = &mut after.live {
        live.sha = wish.sha;
    }
    let ended = |past: &mut Past| past.end = End::Live;
    after.past.iter_mut().for_each(ended);
    after
}

/// Whether an event that is told twice does something the second time.
fn is_repeated(after: &State, event: &Event) -> bool {
    let again = apply(after, &stamped(after, event, "ada", ActorKind::Bot));
    let same = |again: State| {
        let mut again = again;
        again.seq = after.seq;
        again.last = after.last.clone();
        again == *after
    };
    match again {
        Ok(again) => !same(again),
        Err(Refusal::OutOfOrder) => true,
        Err(_) => false,
    }
}

/// The laws that one append can break, written down once more and independently of the machine.
fn check(
    world: &mut World,
    run: usize,
    setting: &Setting,
    now: &State,
    after: &State,
    event: &Event,
) {
    if after.seq <= now.seq || after.epoch < now.epoch {
        world.breaks("epoch and seq only grow");
    }
    let live = |state: &State| state.live.as_ref().map(|live| live.sha.clone());
    let client = &world.clients[run];
    let holds = now.lock.as_ref().is_some_and(|lock| {
        lock.ticket.claim == client.claim
            && lock.ticket.runner.as_ref() == Some(&setting.runner(run, client.attempt))
    });
    let by_probe = matches!(event, Event::Rebaseline { probed: true, .. });
    if live(now) != live(after) {
        if !holds && !by_probe {
            world.breaks("live changes only by the holder");
        }
        if let (Event::Commit { .. }, Some(was), Some(is)) = (event, live(now), live(after)) {
            let kind = now.lock.as_ref().map(|lock| lock.ticket.kind);
            if kind != Some(Kind::Rollback) && !contains(number_of(&is), number_of(&was)) {
                world.breaks("nothing ships that loses what is live");
            }
        }
    }
    let took = now.lock.is_none() && after.lock.is_some();
    if let (Some(lock), true) = (&after.lock, took) {
        in_order(world, now, lock.ticket.number, event);
        if now.freeze.is_some() && lock.ticket.kind != Kind::Rollback {
            world.breaks("a freeze holds");
        }
    }
    let is_stolen = now.lock.is_some()
        && after.lock.is_some()
        && now.lock.as_ref().map(|it| it.epoch) != after.lock.as_ref().map(|it| it.epoch);
    if is_stolen {
        world.breaks("one holder");
    }
}

/// Whoever takes the lock is the first that may, or has written down whom it passed.
fn in_order(world: &mut World, now: &State, taker: u64, event: &Event) {
    let Event::Acquire { overtakes, .. } = event else {
        return;
    };
    let Some(own) = now.queue.iter().find(|ticket| ticket.number == taker) else {
        return;
    };
    for other in &now.queue {
        let is_recorded = overtakes.iter().any(|it| {
            let fits = match it.why {
                Why::Held => other.state == TicketState::Held,
                Why::Approval => other.state == TicketState::Waiting,
                Why::Frozen => now.freeze.is_some(),
                Why::Priority => own.priority > other.priority,
                Why::Contained => contains(number_of(&own.sha), number_of(&other.sha)),
            };
            it.ticket == other.number && fits
        });
        if other.number < taker && !is_recorded {
            world.breaks("the lock is taken in the order of tickets");
        }
        let goes_first = other.priority > own.priority && other.state == TicketState::Approved;
        if goes_first && now.freeze.is_none() && !is_recorded {
            world.breaks("the lock is taken in the order of tickets");
        }
    }
    if own.state == TicketState::Held || own.approval && own.approved_by.is_none() {
        world.breaks("nobody waits for a person inside the lock");
    }
}
