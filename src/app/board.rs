//! Gathers what the board shows.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::change::ObjectId;
use crate::git::{Logged, Reads, Repository, Walk};
use crate::ledger::{Timestamp, layout};
use crate::render;
use crate::ship::board::{self, Board, Branch, Known, Words};
use crate::ship::gate::message;
use crate::ship::{Environment, State};

use super::ledger::{Place, now};
use super::log::Ask;
use super::{Failure, environment};

/// How many commits are shown that have landed and are not live, for each environment.
const LANDED: usize = 20;

/// The board of a repository: its branches, and its ledger.
///
/// # Errors
/// The ledger cannot be read, or git fails.
pub fn run(dir: &Path, place: &Place, ask: Ask) -> Result<Board, Failure> {
    let (mut ledger, view) = environment::open(dir, place, ask)?;
    let states = match &view {
        Some(view) => environment::all(&mut ledger, view)?,
        None => Vec::new(),
    };
    let mut repository = Repository::new(dir, Reads::Objects);
    let known = Gatherer {
        repository: &mut repository,
        states: &states,
        ledger: ledger.branch(),
        known: Known::default(),
    }
    .gather()?;
    Ok(board::fold(&states, &known, Some(now())))
}

/// The page that stands beside the events in the ledger: its name and its text. It follows from
/// the environments and from what this clone knows of their live commits; what it does not know is
/// no reason to write none.
pub fn page(repository: &mut Repository, states: &[State]) -> (String, String) {
    let mut known = Known::default();
    for live in states.iter().filter_map(|state| state.live.as_ref()) {
        let id = ObjectId::parse(live.sha.as_bytes());
        let logged = id.and_then(|id| repository.logged(&id).ok().flatten());
        let words = logged.map(|logged| (live.sha.clone(), as_words(logged)));
        known.commits.extend(words);
    }
    let board = board::fold(states, &known, None);
    (layout::BOARD.to_owned(), render::board::markdown(&board))
}

struct Gatherer<'a> {
    repository: &'a mut Repository,
    states: &'a [State],
    /// The branch of the ledger, which is no change.
    ledger: &'a str,
    known: Known,
}

impl Gatherer<'_> {
    fn gather(mut self) -> Result<Known, Failure> {
        let base = match self.repository.default_branch()? {
            Some(reference) => Some(self.repository.stands_for(&reference)?),
            None => None,
        };
        let base_id = match &base {
            Some(reference) => Some(self.repository.commit(reference)?.id),
            None => None,
        };
        self.known.base = base.as_deref().map(|it| short_name(it).to_owned());
        let mut live = Vec::new();
        for state in self.states {
            let Some(sha) = state.live.as_ref().map(|it| it.sha.as_str()) else {
                continue;
            };
            // What is live may not be in this clone; then nothing is said of who lacks it.
            if let Ok(commit) = self.repository.commit(sha) {
                self.remember(&commit.id)?;
                live.push((state.environment.clone(), commit.id));
            }
        }
        if let Some(base) = &base_id {
            self.landed(base, &live)?;
        }
        self.branches(base.as_deref(), base_id.as_ref(), &live)?;
        Ok(self.known)
    }

    fn remember(&mut self, id: &ObjectId) -> Result<(), Failure> {
        if let Some(logged) = self.repository.logged(id)? {
            self.known.commits.insert(id.to_string(), as_words(logged));
        }
        Ok(())
    }

    /// What has landed and is not live, the newest first.
    fn landed(&mut self, base: &ObjectId, live: &[(Environment, ObjectId)]) -> Result<(), Failure> {
        let mut order: Vec<String> = Vec::new();
        let mut missing: BTreeMap<String, Vec<Environment>> = BTreeMap::new();
        for (environment, id) in live {
            let walk = Walk {
                without: Some(id),
                first_parent: true,
                most: Some(LANDED),
                ..Walk::up_to(base)
            };
            let commits = &mut self.known.commits;
            self.repository.walk(walk, &mut |logged| {
                let sha = logged.id.to_string();
                if !missing.contains_key(&sha) {
                    order.push(sha.clone());
                }
                missing
                    .entry(sha.clone())
                    .or_default()
                    .push(environment.clone());
                commits.insert(sha, as_words(logged));
                true
            })?;
        }
        self.known.landed = order
            .into_iter()
            .map(|sha| {
                let environments = missing.remove(&sha).unwrap_or_default();
                (sha, environments)
            })
            .collect();
        Ok(())
    }

    fn branches(
        &mut self,
        base: Option<&str>,
        base_id: Option<&ObjectId>,
        live: &[(Environment, ObjectId)],
    ) -> Result<(), Failure> {
        let unpushed = self.repository.unpushed(self.ledger)?;
        let mut with: Vec<(Environment, BTreeSet<String>)> = Vec::new();
        for (environment, id) in live {
            let names = self.repository.branches_with(id, self.ledger)?;
            with.push((environment.clone(), names));
        }
        let tips = self.repository.branches(base_id, self.ledger)?;
        let on_remote: BTreeSet<ObjectId> = tips
            .iter()
            .filter(|tip| !tip.is_local())
            .map(|tip| tip.id.clone())
            .collect();
        for tip in tips {
            let name = tip.name().to_owned();
            let local = tip.is_local() && unpushed.contains(&tip.id);
            // A branch of this clone that is on the remote is shown once.
            let is_copy = tip.is_local() && !local && on_remote.contains(&tip.id);
            if is_copy || base == Some(tip.reference.as_str()) {
                continue;
            }
            let lacks = with
                .iter()
                .filter(|(_, names)| !names.contains(&tip.reference));
            let lacks = lacks.map(|(environment, _)| environment.clone()).collect();
            let sha = tip.id.to_string();
            self.known.commits.insert(
                sha.clone(),
                Words {
                    title: message::title(&tip.subject).to_owned(),
                    author: tip.author,
                    at: Timestamp::from_millis(tip.at.saturating_mul(1_000)),
                },
            );
            self.known.branches.push(Branch {
                name,
                sha,
                local,
                ahead: tip.ahead,
                lacks,
            });
        }
        Ok(())
    }
}

fn as_words(logged: Logged) -> Words {
    Words {
        title: message::title(&logged.message).to_owned(),
        author: logged.author,
        at: Timestamp::from_millis(logged.at.saturating_mul(1_000)),
    }
}

fn short_name(reference: &str) -> &str {
    reference
        .strip_prefix("refs/remotes/")
        .or_else(|| reference.strip_prefix("refs/heads/"))
        .unwrap_or(reference)
}
