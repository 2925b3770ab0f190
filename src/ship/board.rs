//! The board: every change and where it stands.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Environment, State, Ticket, TicketState};
use crate::ledger::Timestamp;

/// Where a change stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// In this clone alone.
    Local,
    /// Where others can see it: on a branch of the remote, or landed and not shipped.
    Staging,
    /// In the ship queue of an environment.
    Gated,
    /// Out.
    Live,
}

/// What git says.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The branch that work lands on, such as `origin/main`.
    pub base: Option<String>,
    /// Branches with work that has not landed.
    pub branches: Vec<Branch>,
    /// Commits that have landed, and the environments that they are not live in.
    pub landed: Vec<(String, Vec<Environment>)>,
    /// Commits by their full names, as far as this clone has them.
    pub commits: BTreeMap<String, Words>,
}

/// A branch with work that has not landed.
#[derive(Debug, Clone)]
pub struct Branch {
    /// Its name, such as `origin/faster-checkout`.
    pub name: String,
    /// Its commit.
    pub sha: String,
    /// Whether it is in this clone alone.
    pub local: bool,
    /// How many commits it has that have not landed; none where git does not count.
    pub ahead: Option<u64>,
    /// The environments whose live commit it lacks.
    pub lacks: Vec<Environment>,
}

/// A commit in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// What it is about.
    pub title: String,
    /// Who wrote it.
    pub author: String,
    /// When it was committed.
    pub at: Timestamp,
}

/// The board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Board {
    /// When it was made; none for the page in the ledger, which follows from the ledger alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// The environments, by name.
    pub environments: Vec<Place>,
    /// The changes: by stage from the last to the first, then in the order in which they will ship.
    pub changes: Vec<Card>,
}

/// An environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// Its name.
    pub name: Environment,
    /// What is live; none before the first deploy.
    pub live: Option<String>,
    /// Why nobody knows what is live for sure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uncertain: Option<String>,
    /// Why nobody may ship, who said so and since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub freeze: Option<Frozen>,
    /// How many wait in its queue.
    pub waiting: usize,
}

/// Why nobody may ship.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Frozen {
    /// Why.
    pub reason: String,
    /// Who said so.
    pub by: String,
    /// Since when.
    pub at: Timestamp,
    /// When it is meant to end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Whether a rollback brought it.
    pub rollback: bool,
}

/// A change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Card {
    /// Where it stands.
    pub stage: Stage,
    /// The environment that it is on its way to, or live in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<Environment>,
    /// The branch, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// What it is about.
    pub title: String,
    /// Its commit.
    pub sha: String,
    /// Its ticket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket: Option<u64>,
    /// Its pull request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pr: Option<u64>,
    /// Who; none where nobody knows.
    pub who: Option<String>,
    /// Since when it stands there; none where nobody knows.
    pub since: Option<Timestamp>,
    /// What holds it, or what happens to it; empty where nothing does.
    pub holds: Vec<String>,
}

/// Puts git and ledger together.
pub fn fold(states: &[State], known: &Known, at: Option<Timestamp>) -> Board {
    let mut changes = Vec::new();
    for state in states {
        changes.extend(live(state, known));
    }
    for state in states {
        changes.extend(gated(state));
    }
    changes.extend(
        known
            .landed
            .iter()
            .map(|(sha, missing)| landed(sha, missing, known)),
    );
    let branches = |local| known.branches.iter().filter(move |it| it.local == local);
    changes.extend(branches(false).map(|it| branch(it, known)));
    changes.extend(branches(true).map(|it| branch(it, known)));
    // What already waits for a lock is not shown once more as landed or as a branch.
    let waits: Vec<String> = changes
        .iter()
        .filter(|it| it.stage == Stage::Gated)
        .map(|it| it.sha.clone())
        .collect();
    changes.retain(|it| it.stage != Stage::Staging || !waits.contains(&it.sha));
    Board {
        at,
        environments: states.iter().map(place).collect(),
        changes,
    }
}

fn place(state: &State) -> Place {
    Place {
        name: state.environment.clone(),
        live: state.live.as_ref().map(|live| live.sha.clone()),
        uncertain: state.uncertain.clone(),
        freeze: state.freeze.as_ref().map(|freeze| Frozen {
            reason: freeze.reason.clone(),
            by: freeze.by.name.clone(),
            at: freeze.at,
            until: freeze.until,
            rollback: freeze.rollback,
        }),
        waiting: state.queue.len(),
    }
}

fn live(state: &State, known: &Known) -> Option<Card> {
    let live = state.live.as_ref()?;
    let words = known.commits.get(&live.sha);
    Some(Card {
        stage: Stage::Live,
        environment: Some(state.environment.clone()),
        branch: None,
        title: words.map(|it| it.title.clone()).unwrap_or_default(),
        sha: live.sha.clone(),
        ticket: live.ship,
        pr: None,
        who: words.map(|it| it.author.clone()),
        since: Some(live.at),
        holds: state
            .uncertain
            .iter()
            .map(|why| format!("not certain: {why}"))
            .collect(),
    })
}

/// The holder of the lock, and whoever waits, in the order in which they will ship.
fn gated(state: &State) -> Vec<Card> {
    let mut cards = Vec::new();
    if let Some(lock) = &state.lock {
        let doing = match &lock.started {
            Some(_) => "is being deployed",
            None => "holds the deploy lock",
        };
        let since = lock.started.as_ref().map_or(lock.at, |started| started.at);
        cards.push(card(state, &lock.ticket, since, vec![doing.to_owned()]));
    }
    let mut before = state.lock.as_ref().map(|lock| lock.ticket.number);
    let aside = |ticket: &&Ticket| ticket.state == TicketState::Held;
    for ticket in state.order() {
        if ticket.state == TicketState::Held {
            continue;
        }
        let mut holds = Vec::new();
        if ticket.state == TicketState::Waiting {
            holds.push("waits for somebody who approves it".to_owned());
        }
        if let Some(freeze) = state
            .freeze
            .as_ref()
            .filter(|_| !state.passes_freeze(ticket))
        {
            holds.push(format!("frozen: {}", freeze.reason));
        }
        if let Some(before) = before {
            holds.push(format!("waits for ticket {before}"));
        }
        cards.push(card(state, ticket, ticket.at, holds));
        before = Some(ticket.number);
    }
    for ticket in state.queue.iter().filter(aside) {
        let why = ticket.aside.as_deref().unwrap_or("it stands aside");
        cards.push(card(state, ticket, ticket.at, vec![format!("held: {why}")]));
    }
    cards
}

fn card(state: &State, ticket: &Ticket, since: Timestamp, holds: Vec<String>) -> Card {
    Card {
        stage: Stage::Gated,
        environment: Some(state.environment.clone()),
        branch: None,
        title: ticket.title.clone(),
        sha: ticket.sha.clone(),
        ticket: Some(ticket.number),
        pr: ticket.pr,
        who: Some(ticket.actor.name.clone()),
        since: Some(since),
        holds,
    }
}

fn landed(sha: &str, missing: &[Environment], known: &Known) -> Card {
    let names: Vec<&str> = missing.iter().map(Environment::name).collect();
    let words = known.commits.get(sha);
    Card {
        stage: Stage::Staging,
        environment: None,
        branch: known.base.clone(),
        holds: vec![format!("landed; not live in {}", names.join(", "))],
        ..unplaced(sha, words)
    }
}

fn branch(branch: &Branch, known: &Known) -> Card {
    let mut holds = Vec::new();
    match branch.ahead {
        Some(1) => holds.push("1 commit that has not landed".to_owned()),
        Some(number) => holds.push(format!("{number} commits that have not landed")),
        None => {}
    }
    if !branch.lacks.is_empty() {
        let names: Vec<&str> = branch.lacks.iter().map(Environment::name).collect();
        holds.push(format!("stale: lacks what is live in {}", names.join(", ")));
    }
    Card {
        stage: match branch.local {
            true => Stage::Local,
            false => Stage::Staging,
        },
        branch: Some(branch.name.clone()),
        holds,
        ..unplaced(&branch.sha, known.commits.get(&branch.sha))
    }
}

fn unplaced(sha: &str, words: Option<&Words>) -> Card {
    Card {
        stage: Stage::Staging,
        environment: None,
        branch: None,
        title: words.map(|it| it.title.clone()).unwrap_or_default(),
        sha: sha.to_owned(),
        ticket: None,
        pr: None,
        who: words.map(|it| it.author.clone()),
        since: words.map(|it| it.at),
        holds: Vec::new(),
    }
}
