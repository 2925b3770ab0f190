//! Asks git what the rebase gate has to know.

use std::path::Path;

use crate::change::ObjectId;
use crate::git::{self, Logged, Reads, Repository, Walk};
use crate::render;
use crate::ship::gate::{
    self, Acknowledgement, Base, Case, Commit, Contained, Facts, Gate, History, Landed, Named,
    Outcome, Place, Unknown, Verdict,
};
use crate::ship::{Bad, Environment, GateReply, Kind};

use super::ledger;
use super::log::Ask;
use super::{Failure, environment};

/// How many of the commits that a candidate lacks are named.
const NAMED: usize = 5;

/// What is asked of the gate.
#[derive(Debug, Clone)]
pub struct Question {
    /// The environment.
    pub environment: Environment,
    /// Deploy or rollback.
    pub kind: Kind,
    /// What is live; none at the first deploy.
    pub live: Option<String>,
    /// What wants to ship: any name that git knows.
    pub candidate: String,
    /// Where the branch that work lands on is now, where the caller knows it better than this
    /// clone does.
    pub base: Option<String>,
    /// The pull request that live came from.
    pub pull_request: Option<u64>,
    /// The commit that merged it, where the host says so.
    pub merged_as: Option<String>,
    /// Commits that were rolled back.
    pub bad: Vec<Bad>,
    /// Commits that were live and well.
    pub good: Vec<String>,
    /// What somebody decided about these two commits.
    pub acknowledgement: Option<Acknowledgement>,
    /// The command that comes back to the queue, as whoever ships has typed it.
    pub ship: String,
}

impl Question {
    /// Whether this commit may go out on top of that one.
    pub fn new(environment: Environment, live: Option<String>, candidate: String) -> Self {
        let name = gate::word(environment.name());
        Self {
            kind: Kind::Deploy,
            live,
            candidate,
            base: None,
            pull_request: None,
            merged_as: None,
            bad: Vec::new(),
            good: Vec::new(),
            acknowledgement: None,
            ship: format!("afterclick ship --environment {name}"),
            environment,
        }
    }
}

/// The question as the ledger has it: what is live, what was rolled back, what was well.
///
/// # Errors
/// The ledger cannot be read.
pub fn from_ledger(
    dir: &Path,
    (place, ask): (&ledger::Place, Ask),
    environment: Environment,
    candidate: String,
) -> Result<Question, Failure> {
    let (mut ledger, view) = environment::open(dir, place, ask)?;
    let state = environment::state(&mut ledger, view.as_ref(), &environment)?;
    let live = state.live.map(|live| live.sha);
    let mut question = Question::new(environment, live, candidate);
    question.bad = state.bad;
    question.good = state.good.into_iter().map(|good| good.sha).collect();
    Ok(question)
}

/// Asks the gate. What this clone cannot tell is a verdict too, and does not pass.
///
/// # Errors
/// The candidate is no commit, or git fails.
pub fn run(dir: &Path, question: &Question) -> Result<Gate, Failure> {
    let mut repository = Repository::new(dir, Reads::Objects);
    let place = |remote: Option<String>| Place {
        environment: question.environment.clone(),
        remote,
        ship: question.ship.clone(),
    };
    let base = base(&mut repository, question.base.as_deref())?;
    let remote = base.as_ref().and_then(|base| base.remote.clone());
    let missing = |sha: &str, is_live: bool| {
        let case = Case {
            live: question.live.as_deref(),
            sha: &question.candidate,
            base: None,
            kind: question.kind,
        };
        let reason = Unknown::Missing {
            sha: sha.to_owned(),
            live: is_live,
        };
        Ok(Gate::new(
            case,
            Verdict::Unknown { reason },
            &place(remote.clone()),
        ))
    };
    let Some(candidate) = commit(&mut repository, &question.candidate)? else {
        return missing(&question.candidate, false);
    };
    let live = match &question.live {
        None => None,
        Some(live) => match commit(&mut repository, live)? {
            Some(commit) => Some(commit),
            None => return missing(live, true),
        },
    };
    let facts = Gatherer {
        repository: &mut repository,
        question,
    }
    .facts(live, candidate, base)?;
    let verdict = gate::judge(&facts);
    let case = Case {
        live: facts.live.as_ref().map(|live| live.sha.as_str()),
        sha: facts.candidate.sha.as_str(),
        base: facts.base.as_ref(),
        kind: question.kind,
    };
    let mut gate = Gate::new(case, verdict, &place(remote));
    if question.kind == Kind::Deploy {
        if facts.base.is_none() {
            let words = "There is no base branch here, so whether the commit landed was not asked.";
            gate.skipped.push(words.to_owned());
        }
        let words = "What was reviewed is known to a host such as GitHub alone; it was not \
                     compared with what landed.";
        gate.skipped.push(words.to_owned());
    }
    Ok(gate)
}

/// The branch that work lands on.
struct Landing {
    reference: String,
    name: String,
    remote: Option<String>,
    sha: ObjectId,
}

fn base(repository: &mut Repository, known: Option<&str>) -> Result<Option<Landing>, Failure> {
    let Some(reference) = repository.default_branch()? else {
        return Ok(None);
    };
    let reference = repository.stands_for(&reference)?;
    let name = reference
        .strip_prefix("refs/remotes/")
        .or_else(|| reference.strip_prefix("refs/heads/"))
        .unwrap_or(&reference)
        .to_owned();
    let remote = reference
        .strip_prefix("refs/remotes/")
        .and_then(|name| Some(name.split_once('/')?.0.to_owned()));
    let sha = repository.commit(known.unwrap_or(&reference))?.id;
    Ok(Some(Landing {
        reference,
        name,
        remote,
        sha,
    }))
}

/// A commit; none where this clone does not have it, though it may be one.
fn commit(repository: &mut Repository, name: &str) -> Result<Option<Commit>, Failure> {
    match repository.commit(name) {
        Ok(commit) => Ok(Some(Commit {
            sha: commit.id,
            tree: commit.tree,
        })),
        Err(git::Error::UnknownRevision { .. }) if ObjectId::parse(name.as_bytes()).is_some() => {
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

struct Gatherer<'a> {
    repository: &'a mut Repository,
    question: &'a Question,
}

impl Gatherer<'_> {
    fn facts(
        self,
        live: Option<Commit>,
        candidate: Commit,
        base: Option<Landing>,
    ) -> Result<Facts, Failure> {
        let mut facts = Facts {
            kind: self.question.kind,
            live,
            candidate,
            base: None,
            shallow: self.repository.is_shallow()?,
            contained: None,
            older: false,
            landed: Vec::new(),
            missing: Vec::new(),
            history: None,
            bad: self.question.bad.clone(),
            good: false,
            acknowledgement: self.question.acknowledgement.clone(),
        };
        let sha = facts.candidate.sha.clone();
        facts.good = self.question.good.iter().any(|good| *good == sha.as_str());
        let Some(live) = facts.live.clone() else {
            return Ok(facts);
        };
        if live.sha == sha || live.tree == facts.candidate.tree {
            return Ok(facts);
        }
        let ahead = self.repository.is_ancestor(&live.sha, &sha)?;
        facts.older = !ahead && self.repository.is_ancestor(&sha, &live.sha)?;
        if facts.kind == Kind::Rollback || facts.shallow {
            return Ok(facts);
        }
        if let Some(landing) = base {
            facts.base = Some(self.base(&live, &sha, ahead, landing)?);
        }
        if facts.older {
            return Ok(facts);
        }
        facts.landed = self.landed(&live.sha, &sha)?;
        facts.contained = match ahead {
            true => Some(Contained::Ancestor),
            false => self.contained(&live, &sha, &facts.landed)?,
        };
        let from = match &facts.contained {
            None => {
                facts.missing = self.missing(&live.sha, &sha)?;
                return Ok(facts);
            }
            Some(Contained::Ancestor) => live.sha.clone(),
            Some(Contained::Tree { sha: at } | Contained::PullRequest { sha: at }) => {
                // From here on, what live became on the trunk stands for live.
                let at = self.repository.commit(at)?.id;
                facts.landed = self.landed(&at, &sha)?;
                at
            }
        };
        facts.history = Some(self.history(&from, &sha)?);
        Ok(facts)
    }

    fn base(
        &self,
        live: &Commit,
        sha: &ObjectId,
        is_ahead: bool,
        landing: Landing,
    ) -> Result<Base, Failure> {
        let has_live = match landing.sha == *sha {
            true => is_ahead,
            false => self.repository.is_ancestor(&live.sha, &landing.sha)?,
        };
        let had_live = has_live || {
            let tips = self.repository.was_at(&landing.reference)?;
            !tips.is_empty() && self.repository.is_in_any(&live.sha, &tips)?
        };
        let has_candidate = self.repository.is_ancestor(sha, &landing.sha)?;
        let in_candidate = has_candidate || self.repository.is_ancestor(&landing.sha, sha)?;
        Ok(Base {
            name: landing.name,
            sha: landing.sha,
            has_live,
            had_live,
            has_candidate,
            in_candidate,
        })
    }

    /// The commits that `to` has and `from` has not.
    fn landed(&self, from: &ObjectId, to: &ObjectId) -> Result<Vec<Landed>, Failure> {
        let mut landed = Vec::new();
        let walk = Walk {
            without: Some(from),
            entries: true,
            ..Walk::up_to(to)
        };
        self.repository.walk(walk, &mut |logged| {
            landed.push(as_landed(logged));
            true
        })?;
        Ok(landed)
    }

    /// A squash or a rebase leaves no ancestor behind: the tree, or the pull request, shows it.
    fn contained(
        &self,
        live: &Commit,
        sha: &ObjectId,
        landed: &[Landed],
    ) -> Result<Option<Contained>, Failure> {
        let trunk = gate::trunk(sha, landed);
        if let Some(same) = trunk.iter().find(|it| it.tree == live.tree) {
            let sha = same.sha.to_string();
            return Ok(Some(Contained::Tree { sha }));
        }
        let merged_as = self.question.merged_as.as_deref();
        let by_host = landed.iter().find(|it| Some(it.sha.as_str()) == merged_as);
        let merge = match (by_host, self.question.pull_request) {
            (Some(merge), _) => Some(merge),
            (None, None) => None,
            (None, Some(number)) => match gate::landed_as(number, &trunk) {
                Some(merge) if self.bears_out(live, merge)? => Some(merge),
                _ => None,
            },
        };
        Ok(merge.map(|merge| Contained::PullRequest {
            sha: merge.sha.to_string(),
        }))
    }

    /// Whether a commit touches all that live's pull request changed.
    fn bears_out(&self, live: &Commit, merge: &Landed) -> Result<bool, Failure> {
        let Some(parent) = merge.parents.first() else {
            return Ok(false);
        };
        let Some(fork) = self.repository.merge_base(&live.sha, parent)? else {
            return Ok(false);
        };
        let changed = self.repository.changes(&fork, &live.sha)?;
        Ok(gate::covers(merge, &changed))
    }

    fn missing(&self, live: &ObjectId, sha: &ObjectId) -> Result<Vec<Named>, Failure> {
        let mut missing = Vec::new();
        let walk = Walk {
            without: Some(sha),
            most: Some(NAMED),
            ..Walk::up_to(live)
        };
        self.repository.walk(walk, &mut |logged| {
            missing.push(Named::of(&as_landed(logged)));
            true
        })?;
        Ok(missing)
    }

    fn history(&self, from: &ObjectId, to: &ObjectId) -> Result<History, Failure> {
        let mut history = History::new(&self.repository.changes(from, to)?);
        if !history.can_go_back() {
            return Ok(history);
        }
        let paths = history.paths();
        let walk = Walk {
            first_parent: true,
            entries: true,
            paths: Some(&paths),
            ..Walk::up_to(from)
        };
        self.repository.walk(walk, &mut |logged| {
            history.see(&as_landed(logged));
            true
        })?;
        Ok(history)
    }
}

fn as_landed(logged: Logged) -> Landed {
    Landed {
        sha: logged.id,
        tree: logged.tree,
        parents: logged.parents,
        author: logged.author,
        message: logged.message,
        entries: logged.entries,
    }
}

/// What the client of a ship makes of a verdict.
pub fn reply(gate: &Gate) -> GateReply {
    let reason = || render::gate::sentence(gate);
    match (gate.outcome, &gate.verdict) {
        (Outcome::Passes, Verdict::Fresh { acknowledged, .. }) => GateReply::Pass {
            acknowledged: acknowledged.clone(),
        },
        (Outcome::Passes, _) => GateReply::Pass {
            acknowledged: Vec::new(),
        },
        (Outcome::Neutral, _) => GateReply::Superseded { by: None },
        (Outcome::Held, _) => GateReply::Held { reason: reason() },
        (Outcome::Freezes, _) => GateReply::Freeze { reason: reason() },
    }
}
