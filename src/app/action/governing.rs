//! `/afterclick approve`, `freeze`, `unfreeze`, `rollback` and `queue`: what somebody decides about
//! an environment, from a comment.

use std::path::Path;

use crate::action::{self, Command};
use crate::app::environment;
use crate::app::ledger::{self, Ledger, Surroundings, now};
use crate::app::ship::{self, Behalf, Decision, ShipFailure, decide};
use crate::app::{Failure, action::change::Sides};
use crate::github::GitHub;
use crate::ledger::{Actor, ActorKind};
use crate::render::ship::{decided, queue};
use crate::render::text::Style;
use crate::render::{limits, reply};
use crate::ship::{Environment, State, Ticket, TicketState};

use super::change::fetch;
use super::command::{Answer, Asked, commit};
use super::context::Context;
use super::going_back::WayBack;

/// How a text for a terminal is written where it stands in a comment.
const PAGE: Style = Style {
    color: false,
    width: 100,
};

/// Does what a command asks of an environment.
///
/// # Errors
/// A [`Failure`], with a hint; nothing is recorded then.
pub(super) fn run(
    context: &Context,
    github: &GitHub,
    asked: &Asked<'_>,
    dir: &Path,
) -> anyhow::Result<Answer> {
    // The base alone: its policy says where the ledger is, and nothing of the change counts.
    let base = commit(&asked.pull.base.sha)?;
    let sides = Sides {
        base: &base,
        branch: Some(&asked.pull.base.branch),
        head: &base,
    };
    let fetched = fetch(context, &sides)?;
    let policy = fetched.policy()?;
    let branch = policy.ledger().branch.as_deref();
    let mut ledger = Ledger::reached(&fetched.dir, branch, context.origin())?;
    let states = match ledger.fetch()? {
        Some(view) => environment::all(&mut ledger, &view)?,
        None => Vec::new(),
    };
    let mut known: Vec<&str> = policy.environments().collect();
    known.extend(states.iter().map(|it| it.environment.name()));
    known.sort_unstable();
    known.dedup();

    let (named, asks) = match asked.command {
        Command::Queue { environment } => {
            return Ok(show(environment.as_deref(), &known, &states));
        }
        Command::Approve { environment } => match awaited(asked, environment.as_deref(), &states) {
            Ok((environment, ticket)) => (
                Some(environment.name().to_owned()),
                Asks::Decision(Decision::Approve { ticket }),
            ),
            Err(answer) => return Ok(answer),
        },
        Command::Freeze {
            environment,
            reason,
        } => {
            let decision = Decision::Freeze {
                reason: reason.clone(),
                until: None,
                allow: Vec::new(),
            };
            (environment.clone(), Asks::Decision(decision))
        }
        Command::Unfreeze {
            environment,
            reason,
        } => {
            let reason = reason.clone();
            let decision = Decision::Unfreeze { reason };
            (environment.clone(), Asks::Decision(decision))
        }
        Command::Rollback {
            environment,
            confirmed,
            reason,
        } => (
            environment.clone(),
            Asks::WayBack(confirmed.as_ref(), reason),
        ),
        Command::Override { .. } | Command::Explain { .. } | Command::Help => {
            return Ok(Answer::Done(reply::help()));
        }
    };
    let Some(environment) = choose(named.as_deref(), &known) else {
        let words = reply::which_environment(named.as_deref(), &known);
        return Ok(Answer::Confused(words));
    };
    let place = ship::Context {
        dir: fetched.dir.clone(),
        place: ledger::Place {
            remote: None,
            branch: branch.map(str::to_owned),
        },
        surroundings: Surroundings::default(),
        workflow: None,
        github: None,
        environment,
        behalf: Some(Behalf {
            actor: Actor {
                name: asked.asker.login.clone(),
                kind: ActorKind::Person,
                permission: Some(asked.role.to_owned()),
            },
            key: format!("comment-{}", asked.comment),
        }),
        origin: Some(context.origin()),
    };
    let decision = match asks {
        Asks::Decision(decision) => decision,
        Asks::WayBack(confirmed, reason) => {
            let state = ship::state(&place)?;
            let way = WayBack {
                context,
                github,
                asked,
                place: &place,
                reason,
            };
            return way.run(dir, &state, confirmed);
        }
    };
    let what = match &decision {
        Decision::Freeze { .. } => "Froze",
        Decision::Unfreeze { .. } => "Ended the freeze of",
        _ => "Approved on",
    };
    match decide(&place, &decision) {
        Ok(state) => Ok(Answer::Done(reply::sentence(&decided(&state, what)))),
        Err(error) => match error.downcast_ref::<Failure>() {
            Some(failure @ Failure::Ship(ShipFailure::Refused(_))) => {
                let words = reply::failed(&failure.to_string(), "Nothing was done.");
                Ok(Answer::Declined(words))
            }
            _ => Err(error),
        },
    }
}

/// What is asked of one environment.
enum Asks<'a> {
    Decision(Decision),
    WayBack(Option<&'a action::WayBack>, &'a str),
}

/// The environment that is meant; none where it cannot be told, or there is none of this name.
fn choose(named: Option<&str>, known: &[&str]) -> Option<Environment> {
    let name = match (named, known) {
        (None, [only]) => (*only).to_owned(),
        (None, _) => return None,
        (Some(named), _) => named.to_lowercase(),
    };
    let environment: Environment = name.parse().ok()?;
    known.contains(&environment.name()).then_some(environment)
}

fn show(named: Option<&str>, known: &[&str], states: &[State]) -> Answer {
    let wanted = match named {
        None => None,
        Some(_) => match choose(named, known) {
            Some(environment) => Some(environment),
            None => return Answer::Confused(reply::which_environment(named, known)),
        },
    };
    let shown = states
        .iter()
        .filter(|it| wanted.as_ref().is_none_or(|only| it.environment == *only));
    let texts: Vec<String> = shown.map(|it| queue(it, now(), PAGE)).collect();
    match texts.is_empty() {
        true => Answer::Done(reply::sentence("Nothing was ever shipped there.")),
        false => Answer::Done(reply::screen(&limits::clip(
            &texts.join("\n"),
            limits::ANSWER,
        ))),
    }
}

/// The one ticket of the pull request that waits for an approval.
fn awaited(
    asked: &Asked<'_>,
    named: Option<&str>,
    states: &[State],
) -> Result<(Environment, u64), Answer> {
    let named = named.map(str::to_lowercase);
    let of_pull = |ticket: &&Ticket| ticket.pr == Some(asked.pull.number);
    let tickets: Vec<(&Environment, &Ticket)> = states
        .iter()
        .filter(|state| {
            let name = state.environment.name();
            named.as_ref().is_none_or(|named| named == name)
        })
        .flat_map(|state| {
            let own = state.queue.iter().filter(of_pull);
            own.map(|ticket| (&state.environment, ticket))
        })
        .collect();
    let waits = |it: &&(&Environment, &Ticket)| it.1.state == TicketState::Waiting;
    let waiting: Vec<_> = tickets.iter().filter(waits).collect();
    match (&waiting[..], &tickets[..]) {
        ([(environment, ticket)], _) => Ok(((*environment).clone(), ticket.number)),
        ([], []) => Err(Answer::Declined(reply::sentence(
            "No ticket of this pull request waits to ship. Nothing was done.",
        ))),
        ([], [(_, ticket), ..]) => {
            let by = ticket.approved_by.as_deref();
            let by = by.map_or_else(String::new, |by| format!(": {by} approved it"));
            let words = format!(
                "Ticket {} waits for no approval{by}. Nothing was done.",
                ticket.number
            );
            Err(Answer::Done(reply::sentence(&words)))
        }
        (several, _) => {
            let names: Vec<&str> = several.iter().map(|it| it.0.name()).collect();
            Err(Answer::Confused(reply::which_environment(None, &names)))
        }
    }
}
