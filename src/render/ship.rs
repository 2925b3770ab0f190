//! What a ship and its environment say, in words.

use std::time::Duration;

use owo_colors::Style as Ink;

use super::page::Page;
use super::safe::{prose, visible};
use super::text::Style;
use super::words::count;
use crate::ledger::Timestamp;
use crate::ship::gate::word;
use crate::ship::{
    Environment, Event, Kind, Outcome, Priority, State, Ticket, TicketState, Waiting, WaitsFor, Why,
};

/// The beginning of a commit's name.
pub fn short(sha: &str) -> String {
    visible(sha.get(..8).unwrap_or(sha))
}

/// What was written to the ledger, where it is worth a line.
pub fn written(event: &Event, state: &State) -> Option<String> {
    let environment = visible(state.environment.name());
    let newest = state.queue.iter().find(|ticket| ticket.number == state.seq);
    Some(match event {
        Event::Enqueue { sha, title, .. } | Event::Rollback { sha, title, .. } => {
            let number = newest.map_or(state.seq, |ticket| ticket.number);
            format!(
                "Ticket {number} for {environment}: {} {}",
                short(sha),
                prose(title)
            )
            .trim_end()
            .to_owned()
        }
        Event::Requeue { ticket, sha, .. } => {
            format!("Ticket {ticket} is back in the queue, with {}.", short(sha))
        }
        Event::Acquire {
            ticket, overtakes, ..
        } => {
            let passed = overtakes.iter().map(|it| {
                let why = match it.why {
                    Why::Priority => "comes later",
                    Why::Held => "stands aside",
                    Why::Approval => "waits for an approval",
                    Why::Frozen => "is frozen",
                    Why::Contained => "is part of it",
                };
                format!("; ticket {} {why}", it.ticket)
            });
            let passed: String = passed.collect();
            format!("Ticket {ticket} holds the deploy lock of {environment}{passed}.")
        }
        Event::Evict { evidence, .. } => format!(
            "The deploy lock was taken from a holder that is gone: {}.",
            prose(&evidence.to_string())
        ),
        Event::Cancel {
            ticket,
            evidence: Some(evidence),
            ..
        } => format!(
            "Ticket {ticket} left the queue: {}.",
            prose(&evidence.to_string())
        ),
        Event::Rebaseline { sha, .. } => {
            format!("{} is live on {environment}, the probe says.", short(sha))
        }
        Event::Freeze { .. } => format!("{environment} is frozen."),
        _ => return None,
    })
}

/// What a ticket waits for.
pub fn waits(waiting: &Waiting, state: &State) -> String {
    let lock = state.lock.as_ref();
    match &waiting.for_what {
        WaitsFor::Holder { ticket, is_known } => {
            let who = lock.map_or_else(String::new, |lock| {
                format!(" of {}", prose(&lock.ticket.actor.name))
            });
            let doubt = match is_known {
                true => "",
                false => "; it cannot be told from here whether that is still there",
            };
            format!("ticket {ticket}{who} holds the deploy lock{doubt}")
        }
        WaitsFor::Quarantine { ticket } => format!(
            "the run of ticket {ticket} is over, but its own machine may still be deploying: \
             `afterclick cancel {ticket}` when it is not"
        ),
        WaitsFor::Turn { ticket } => {
            let mut queue = state.queue.iter();
            let who = queue.find(|it| it.number == *ticket);
            let who = who.map_or_else(String::new, |it| format!(" of {}", prose(&it.actor.name)));
            format!("ticket {ticket}{who} comes first")
        }
        WaitsFor::Approval => format!(
            "somebody else has to approve it: `afterclick approve {} --environment {}`",
            waiting.ticket,
            word(state.environment.name())
        ),
        WaitsFor::Thaw => {
            let why = state.freeze.as_ref();
            let why = why.map_or_else(String::new, |it| prose(&it.reason));
            format!("{} is frozen: {why}", visible(state.environment.name()))
        }
    }
}

/// A line of a wait: the place, what for, for how long, and how long it may take.
pub fn waiting(
    waiting: &Waiting,
    state: &State,
    elapsed: Duration,
    expected: Option<Duration>,
) -> String {
    let expected = expected.filter(|it| !it.is_zero());
    let expected = expected.map_or_else(String::new, |it| format!(", about {} to go", time(it)));
    format!(
        "Ticket {} waits, {} ahead: {} ({}{expected}).",
        waiting.ticket,
        waiting.ahead,
        waits(waiting, state),
        time(elapsed),
    )
}

/// A time as a person would say it.
pub fn time(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7_200 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3_600),
    }
}

/// How a ship ended, and what to do next where there is something to do.
pub fn ended(outcome: &Outcome, state: &State) -> (String, Vec<String>) {
    let environment = visible(state.environment.name());
    let none = Vec::new();
    match outcome {
        Outcome::Live(past) => {
            let line = format!(
                "{} is live on {environment}, with ticket {}.",
                short(&past.sha),
                past.number
            );
            (line, none)
        }
        Outcome::Failed(past) => {
            let reason = prose(past.reason.as_deref().unwrap_or_default());
            let line = format!("Ticket {} did not go live: {reason}.", past.number);
            (line, uncertain(state))
        }
        Outcome::Superseded(past) => {
            let reason = past.reason.as_deref().map(prose);
            let reason = reason.map_or_else(String::new, |reason| format!(": {reason}"));
            let line = format!(
                "There is nothing to deploy: {} or something newer is live on {environment}{reason}.",
                short(&past.sha)
            );
            (line, none)
        }
        Outcome::Cancelled(past) => {
            let reason = prose(past.reason.as_deref().unwrap_or_default());
            (
                format!("Ticket {} was cancelled: {reason}.", past.number),
                none,
            )
        }
        Outcome::Evicted(past) => {
            let reason = prose(past.reason.as_deref().unwrap_or_default());
            let line = format!(
                "The deploy lock was taken away from ticket {}: {reason}.",
                past.number
            );
            (line, uncertain(state))
        }
        Outcome::Held { ticket, .. } => (format!("Ticket {ticket} keeps its number."), none),
        Outcome::Aside { ticket, reason } => {
            let line = format!(
                "Ticket {ticket} stands aside and keeps its number: {}. The same command goes on \
                 with it.",
                prose(reason)
            );
            (line, none)
        }
        Outcome::Uncertain { ticket, reason } => {
            let line = format!(
                "Nobody knows what is live on {environment}: {}. Ticket {ticket} keeps its number.",
                prose(reason)
            );
            (line, uncertain(state))
        }
        Outcome::Elsewhere { ticket } => (
            format!("Ticket {ticket} is in the hands of another process."),
            none,
        ),
        Outcome::NoTicket => (
            "It was interrupted before it had a ticket.".to_owned(),
            none,
        ),
        Outcome::Unknown => (
            "What became of the ticket is no longer on record.".to_owned(),
            vec!["afterclick log --kind ship".to_owned()],
        ),
    }
}

/// The command that says what is live, where nobody knows.
pub fn uncertain(state: &State) -> Vec<String> {
    let environment = word(state.environment.name());
    let known = state.live.as_ref().map_or("COMMIT", |live| &live.sha);
    match state.uncertain {
        Some(_) => vec![format!(
            "afterclick rebaseline --environment {environment} --sha {} --reason \"how you know\"",
            visible(known)
        )],
        None => Vec::new(),
    }
}

/// How an environment stands: what is live, who holds the lock, who waits.
pub fn queue(state: &State, now: Timestamp, style: Style) -> String {
    let mut page = Page::new(style);
    let ago = |then: Timestamp| time(Duration::from_millis(now.since(then)));
    page.line(0, &visible(state.environment.name()), Ink::new().bold());
    let live = match &state.live {
        None => "nothing yet".to_owned(),
        Some(live) => format!("{}, for {}", short(&live.sha), ago(live.at)),
    };
    page.line(2, &format!("live    {live}"), Ink::new());
    if let Some(why) = &state.uncertain {
        let line = format!("        uncertain: {}", prose(why));
        page.line(2, &line, Ink::new().yellow());
    }
    if let Some(freeze) = &state.freeze {
        let until = freeze.until;
        let until = until.map_or_else(String::new, |it| format!(", until {it}"));
        let allow = match freeze.allow.len() {
            0 => String::new(),
            _ => format!("; may ship: {}", prose(&freeze.allow.join(", "))),
        };
        let line = format!(
            "frozen  by {} {} ago{until}: {}{allow}",
            prose(&freeze.by.name),
            ago(freeze.at),
            prose(&freeze.reason)
        );
        page.line(2, &line, Ink::new().red());
    }
    match &state.lock {
        None => page.line(2, "lock    free", Ink::new()),
        Some(lock) => {
            let doing = match lock.started {
                Some(_) => "deploying",
                None => "at the gate",
            };
            let line = format!(
                "lock    ticket {}, {doing} for {}: {}",
                lock.ticket.number,
                ago(lock.at),
                ticket(&lock.ticket)
            );
            page.line(2, &line, Ink::new());
        }
    }
    let order = state.order();
    if order.is_empty() {
        page.line(2, "queue   empty", Ink::new().dimmed());
    }
    for waiting in &order {
        let mark = match (waiting.kind, waiting.priority) {
            (Kind::Rollback, _) => "  rollback",
            (_, Priority::Hotfix) => "  hotfix",
            _ => "",
        };
        let how = match waiting.state {
            TicketState::Approved => String::new(),
            TicketState::Waiting => "  waits for an approval".to_owned(),
            TicketState::Held => format!(
                "  stands aside: {}",
                prose(waiting.aside.as_deref().unwrap_or_default())
            ),
        };
        let line = format!(
            "{:>6}  {}, {}{mark}{how}",
            waiting.number,
            ticket(waiting),
            ago(waiting.at)
        );
        page.line(2, &line, Ink::new());
    }
    page.text
}

/// A ticket's commit, title and who asked.
fn ticket(ticket: &Ticket) -> String {
    let pr = ticket.pr;
    let pr = pr.map_or_else(String::new, |number| format!(" #{number}"));
    format!(
        "{}{pr} {} ({})",
        short(&ticket.sha),
        prose(&ticket.title),
        prose(&ticket.actor.name)
    )
}

/// What came of a decision.
pub fn decided(state: &State, what: &str) -> String {
    let waiting = count(state.queue.len(), "ticket");
    let frozen = match state.freeze {
        Some(_) => ", frozen",
        None => "",
    };
    format!(
        "{what} {}: {waiting} in the queue{frozen}.\n",
        visible(state.environment.name())
    )
}

/// The state as JSON that ends with a line feed.
pub fn json(states: &[State]) -> String {
    super::safe::json(&serde_json::to_string_pretty(states).unwrap_or_default()) + "\n"
}

/// An effect that a dry run would have had.
pub fn effect(event: &Event) -> String {
    let json = serde_json::to_string(event).unwrap_or_default();
    format!("append  {}", super::safe::json(&json))
}

/// The environment's name, as a command line takes it.
pub fn named(environment: &Environment) -> String {
    word(environment.name())
}
