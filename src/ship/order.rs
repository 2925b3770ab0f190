//! Who is next: rollbacks, then hotfixes, then the number. Whoever stands aside is passed, and
//! keeps the number.

use std::cmp::Reverse;

use super::{Evidence, Kind, Overtaken, Refusal, Runner, State, Ticket, TicketState, Why};

impl State {
    /// The queue in the order in which it may ship; those that stand aside stand where they would.
    pub fn order(&self) -> Vec<&Ticket> {
        let mut order: Vec<&Ticket> = self.queue.iter().collect();
        order.sort_by_key(|ticket| ticket.turn());
        order
    }

    /// The ticket that may take the lock when it is free.
    pub fn next(&self) -> Option<&Ticket> {
        self.order().into_iter().find(|it| self.is_ready(it))
    }

    /// How many tickets have to ship before this one, with the one that holds the lock.
    pub fn ahead_of(&self, number: u64) -> usize {
        let order = self.order().into_iter();
        let before = order.take_while(|ticket| ticket.number != number);
        let waiting = before.filter(|ticket| self.is_ready(ticket)).count();
        waiting + usize::from(self.lock.is_some())
    }

    /// The ticket of a wish: in the queue, at the lock, or among those that left lately.
    pub fn number_of(&self, claim: &str) -> Option<u64> {
        let queue = self.queue.iter();
        let here = queue.chain(self.lock.as_ref().map(|lock| &lock.ticket));
        let here = here.map(|ticket| (ticket.claim.as_str(), ticket.number));
        let past = self.past.iter().map(|it| (it.claim.as_str(), it.number));
        let mut all = here.chain(past);
        all.find(|(of, _)| *of == claim).map(|(_, number)| number)
    }

    /// The ticket that somebody's pull request left standing aside.
    pub fn aside_of(&self, pull: Option<u64>, name: &str) -> Option<&Ticket> {
        let pull = pull?;
        let mut queue = self.queue.iter();
        queue.find(|it| {
            it.state == TicketState::Held && it.pr == Some(pull) && it.actor.name == name
        })
    }

    /// The pull request of a ticket that left lately.
    pub fn pull_request_of(&self, number: u64) -> Option<u64> {
        let mut past = self.past.iter().rev();
        past.find(|past| past.number == number)?.pr
    }

    /// Whether the freeze, if there is one, lets a ticket ship.
    pub fn passes_freeze(&self, ticket: &Ticket) -> bool {
        let allows = |freeze: &super::Freeze| {
            let allow = freeze.allow.iter();
            ticket.kind == Kind::Rollback
                || allow
                    .into_iter()
                    .any(|it| *it == ticket.sha || *it == ticket.actor.name)
        };
        self.freeze.as_ref().is_none_or(allows)
    }

    /// Whether what a rollback undoes begins with what is live.
    pub fn would_undo(&self, ticket: &Ticket) -> bool {
        let live = self.live.as_ref().map(|live| &live.sha);
        live.is_some() && ticket.undoes.first() == live
    }

    fn is_ready(&self, ticket: &Ticket) -> bool {
        ticket.state == TicketState::Approved && self.passes_freeze(ticket)
    }

    /// Every ticket that this one passes when it takes the lock now. `contained` are those whose
    /// commits are part of its own.
    pub fn overtaken_by(&self, ticket: &Ticket, contained: &[u64]) -> Vec<Overtaken> {
        let others = self.order().into_iter();
        let others = others.filter(|other| {
            let is_before = other.turn() < ticket.turn() && self.is_ready(other);
            other.number != ticket.number && (other.number < ticket.number || is_before)
        });
        let reasons = others.map(|other| Overtaken {
            ticket: other.number,
            why: match other.state {
                TicketState::Held => Why::Held,
                TicketState::Waiting => Why::Approval,
                TicketState::Approved if !self.passes_freeze(other) => Why::Frozen,
                TicketState::Approved if contained.contains(&other.number) => Why::Contained,
                TicketState::Approved => Why::Priority,
            },
        });
        reasons.collect()
    }
}

impl Ticket {
    /// The smaller, the earlier.
    fn turn(&self) -> (Reverse<super::Priority>, u64) {
        (Reverse(self.priority), self.number)
    }
}

/// Whether a ticket may take the lock now, and those that it contains.
pub(super) fn next_with(
    state: &State,
    number: u64,
    overtakes: &[Overtaken],
) -> Result<Vec<u64>, Refusal> {
    let mut queue = state.queue.iter();
    let ticket = queue
        .find(|ticket| ticket.number == number)
        .ok_or(Refusal::NoSuchTicket(number))?;
    match ticket.state {
        TicketState::Held => return Err(Refusal::Held(number)),
        TicketState::Waiting => return Err(Refusal::NotApproved(number)),
        TicketState::Approved if !state.passes_freeze(ticket) => return Err(Refusal::Frozen),
        TicketState::Approved => {}
    }
    let contained = overtakes.iter().filter(|it| it.why == Why::Contained);
    let contained: Vec<u64> = contained.map(|it| it.ticket).collect();
    let before = state.order().into_iter().find(|other| {
        other.turn() < ticket.turn() && state.is_ready(other) && !contained.contains(&other.number)
    });
    if let Some(before) = before {
        return Err(Refusal::NotNext {
            ticket: number,
            next: before.number,
        });
    }
    match state.overtaken_by(ticket, &contained) == overtakes {
        true => Ok(contained),
        false => Err(Refusal::OrderNotRecorded),
    }
}

impl Runner {
    /// Whether this is the same as another, or a job of the same attempt, or of a later one, of the
    /// same run: it may take up a ticket that the other took.
    pub fn succeeds(&self, other: &Self) -> bool {
        match self.attempts_since(other) {
            Some(attempts) => attempts >= 0,
            None => self == other,
        }
    }

    /// How many attempts of one run lie between another and this; none where they are not of one run.
    pub fn attempts_since(&self, other: &Self) -> Option<i64> {
        let (
            Self::Github {
                repository,
                run,
                attempt,
                ..
            },
            Self::Github {
                repository: in_repository,
                run: of,
                attempt: earlier,
                ..
            },
        ) = (self, other)
        else {
            return None;
        };
        let is_same = repository == in_repository && run == of;
        is_same.then(|| i64::from(*attempt) - i64::from(*earlier))
    }
}

impl std::fmt::Display for Evidence {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Run {
                run,
                attempt,
                status,
                ..
            } => {
                write!(out, "attempt {attempt} of run {run} is {status}")
            }
            Self::Process {
                process, status, ..
            } => match status.as_str() {
                "replaced" => write!(out, "process {process} is another one now"),
                "restarted" => write!(out, "the machine of process {process} was restarted"),
                _ => write!(out, "process {process} has ended"),
            },
            Self::Word { reason } => out.write_str(reason),
        }
    }
}

impl std::fmt::Display for Runner {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Github { run, attempt, .. } => write!(out, "run {run}, attempt {attempt}"),
            Self::Local { process, .. } => write!(out, "process {process}"),
        }
    }
}
