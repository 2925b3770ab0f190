use std::collections::{BTreeMap, BTreeSet};

use super::message::{Declaration, pull_request, subject};
use super::{Contained, Facts, Landed, Named, Unknown, Verdict, key, short};
use crate::change::raw::RawEntry;
use crate::change::{ObjectId, RepoPath};
use crate::ship::{Bad, Kind};

/// Judges what git said. The order of the questions is the order of what would be lost.
pub fn judge(facts: &Facts) -> Verdict {
    let Some(live) = &facts.live else {
        return match facts.kind {
            Kind::Deploy => Verdict::First,
            Kind::Rollback => Verdict::NotBehind,
        };
    };
    if live.sha == facts.candidate.sha || live.tree == facts.candidate.tree {
        let same_commit = live.sha == facts.candidate.sha;
        return Verdict::Noop { same_commit };
    }
    match facts.kind {
        Kind::Rollback => back(facts),
        Kind::Deploy => forward(facts),
    }
}

fn back(facts: &Facts) -> Verdict {
    if facts.good || facts.older {
        Verdict::Back
    } else if facts.shallow {
        Verdict::Unknown {
            reason: Unknown::Shallow,
        }
    } else {
        Verdict::NotBehind
    }
}

fn forward(facts: &Facts) -> Verdict {
    if facts.shallow {
        return Verdict::Unknown {
            reason: Unknown::Shallow,
        };
    }
    let base = facts.base.as_ref();
    if base.is_some_and(|base| base.had_live && !base.has_live) {
        return Verdict::Rewritten;
    }
    if let Some(contained) = &facts.contained {
        return if base.is_some_and(|base| !base.has_candidate && !base.in_candidate) {
            Verdict::StaleBase
        } else {
            on_top(facts, contained.clone())
        };
    }
    match facts.older {
        true => Verdict::Superseded,
        false => Verdict::Stale {
            missing: facts.missing.clone(),
            live_off_base: base.is_some_and(|base| !base.has_live),
        },
    }
}

/// Live is contained; is anything in it that must not go out?
fn on_top(facts: &Facts, contained: Contained) -> Verdict {
    let commits = bad_without_revert(&facts.bad, &facts.landed);
    let files = facts
        .history
        .as_ref()
        .map(|history| history.silent_reverts(&facts.landed))
        .unwrap_or_default();
    let live = facts.live.as_ref().map(|live| live.sha.as_str());
    let acknowledgement = facts
        .acknowledgement
        .as_ref()
        .filter(|it| it.key == key(live, facts.candidate.sha.as_str()));
    if let Some(acknowledgement) = acknowledgement {
        let bad = commits
            .iter()
            .map(|bad| format!("{} was rolled back", short(&bad.sha)));
        let files = files.iter().map(|file| format!("{} goes back", file.path));
        let reason = &acknowledgement.reason;
        let acknowledged = bad.chain(files).map(|what| format!("{what}: {reason}"));
        return Verdict::Fresh {
            contained,
            acknowledged: acknowledged.collect(),
        };
    }
    if !commits.is_empty() {
        Verdict::Bad { commits }
    } else if !files.is_empty() {
        Verdict::SilentRevert { files }
    } else {
        Verdict::Fresh {
            contained,
            acknowledged: Vec::new(),
        }
    }
}

/// The bad commits among those that would go out, without the ones that a later commit takes back.
///
/// The revert of a merge takes back what the merge brought.
fn bad_without_revert(bad: &[Bad], landed: &[Landed]) -> Vec<Bad> {
    let mut left: Vec<Bad> = Vec::new();
    for bad in bad {
        let Some(at) = landed.iter().position(|it| it.sha.as_str() == bad.sha) else {
            continue;
        };
        let (later, rest) = landed.split_at(at);
        let taken_back = |commit: &Landed| {
            let subject = subject(&commit.message);
            let declarations = later.iter().map(|it| Declaration::read(&it.message));
            let mut naming = declarations.filter(|it| it.names(commit.sha.as_str(), Some(subject)));
            naming.next().is_some()
        };
        let mut merges = later.iter().filter(|it| it.parents.len() > 1);
        let reverted = rest.first().is_some_and(taken_back)
            || merges.any(|merge| brought(merge, &bad.sha, landed) && taken_back(merge));
        if !reverted && !left.iter().any(|it| it.sha == bad.sha) {
            left.push(bad.clone());
        }
    }
    left
}

/// Whether a merge brought this commit to the line that it merged into.
fn brought(merge: &Landed, sha: &str, landed: &[Landed]) -> bool {
    let (first, others) = match merge.parents.split_first() {
        Some((first, others)) => (std::slice::from_ref(first), others),
        None => return false,
    };
    reaches(others, sha, landed) && !reaches(first, sha, landed)
}

/// Whether one of `from` contains this commit, as far as `landed` goes.
fn reaches(from: &[ObjectId], sha: &str, landed: &[Landed]) -> bool {
    let by_name: BTreeMap<&ObjectId, &Landed> = landed.iter().map(|it| (&it.sha, it)).collect();
    let mut open: Vec<&ObjectId> = from.iter().collect();
    let mut seen: BTreeSet<&ObjectId> = BTreeSet::new();
    while let Some(id) = open.pop() {
        if id.as_str() == sha {
            return true;
        }
        if let Some(commit) = by_name.get(id)
            && seen.insert(id)
        {
            open.extend(&commit.parents);
        }
    }
    false
}

/// The commits of the first-parent line that ends at `tip`, the newest first: what the branch
/// itself was.
pub fn trunk<'a>(tip: &ObjectId, landed: &'a [Landed]) -> Vec<&'a Landed> {
    let by_name: BTreeMap<&ObjectId, &Landed> = landed.iter().map(|it| (&it.sha, it)).collect();
    let mut line = Vec::new();
    let mut next = by_name.get(tip).copied();
    while let Some(commit) = next {
        line.push(commit);
        let parent = commit.parents.first();
        next = parent.and_then(|parent| by_name.get(parent).copied());
    }
    line
}

/// The commit on the trunk that landed a pull request, by the number in its message.
pub fn landed_as<'a>(number: u64, trunk: &[&'a Landed]) -> Option<&'a Landed> {
    let mut found = trunk
        .iter()
        .filter(|it| pull_request(&it.message) == Some(number));
    found.next().copied()
}

/// Whether a commit touches all paths that a pull request changed. A message alone proves nothing:
/// anybody can write a number into it.
pub fn covers(commit: &Landed, changed: &[RawEntry]) -> bool {
    let touched: BTreeSet<&RepoPath> = commit.entries.iter().map(|it| &it.path).collect();
    !changed.is_empty() && changed.iter().all(|entry| touched.contains(&entry.path))
}

impl Named {
    /// The beginning of its name, for people.
    pub fn short(&self) -> &str {
        short(&self.sha)
    }
}
