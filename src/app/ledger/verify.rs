//! Checks the whole ledger: every chain, every state against its events, and that nothing which a
//! commit ever recorded was changed or taken away by a later one.

use std::collections::HashMap;

use crate::change::ObjectId;
use crate::git::Entry;
use crate::ledger::{
    Broken, Culprit, Event, Link, Milestone, Problem, Report, StreamReport, layout,
};

use super::fold::Fold;
use super::{Failure, Ledger, View};

/// A stream as it was read, up to its first flaw.
struct Chain {
    /// The hash of every event that holds, the first one first.
    hashes: Vec<String>,
    /// The number of the segment that each begins with: where to look for an event.
    begins: Vec<u64>,
    report: StreamReport,
    broken: Option<Broken>,
}

impl Ledger {
    /// Checks all of the ledger at one state.
    ///
    /// # Errors
    /// Git fails. What is wrong with the ledger is in the report.
    pub fn verify(&mut self, view: &View) -> Result<Report, Failure> {
        let history = self.store.history(&view.tip)?;
        let mut chains: HashMap<String, Chain> = HashMap::new();
        let streams = self.streams(view)?;
        for stream in &streams {
            chains.insert(stream.clone(), self.chain(view, stream)?);
        }
        let commits = history.wait()?;
        let mut problems = Vec::new();
        for stream in &streams {
            let Some(chain) = chains.get(stream) else {
                continue;
            };
            if let Some(broken) = &chain.broken {
                let mut problem = Problem::new(stream, broken);
                self.blame(&mut problem, &commits, broken)?;
                problems.push(problem);
            }
        }
        let rewritten = rewritten(&commits, &chains);
        for (milestone, by) in rewritten {
            if problems.iter().any(|it| it.stream == milestone.stream) {
                continue;
            }
            problems.push(self.changed_later(&milestone, &by, &commits, &chains)?);
            if let Some(chain) = chains.get_mut(&milestone.stream) {
                chain.report.holds = chain.report.holds.min(milestone.seq.saturating_sub(1));
            }
        }
        let reports = chains.into_values().map(|chain| chain.report);
        let mut streams: Vec<StreamReport> = reports.collect();
        streams.sort_by(|one, other| one.stream.cmp(&other.stream));
        Ok(Report {
            branch: self.store.branch().to_owned(),
            tip: view.tip.to_string(),
            commits: commits.len(),
            streams,
            problems,
        })
    }

    /// Reads a stream from its first event to its first flaw, and folds it where it folds.
    fn chain(&mut self, view: &View, stream: &str) -> Result<Chain, Failure> {
        let mut chain = Chain {
            hashes: Vec::new(),
            begins: Vec::new(),
            report: StreamReport {
                stream: stream.to_owned(),
                holds: 0,
                first: None,
                last: None,
            },
            broken: None,
        };
        let last = match self.segments(&view.tip, stream) {
            Ok(last) => last.unwrap_or(0),
            Err(failure) => {
                chain.broken = Some(broken(failure)?);
                return Ok(chain);
            }
        };
        let mut fold = Fold::new(stream);
        let kept = match layout::has_state(stream) {
            true => match self.text(&view.tip, &layout::state(stream)) {
                Ok(kept) => kept,
                Err(failure) => broken(failure).map(|_| None)?,
            },
            false => None,
        };
        let mut link = Link::default();
        for number in 1..=last {
            if number == last {
                chain.broken = fold.differs(kept.as_deref(), stream);
            }
            let segment = match self.segment(&view.tip, stream, number, Some(link.clone())) {
                Ok(segment) => segment,
                Err(failure) => {
                    chain.broken = Some(broken(failure)?);
                    self.good_part(view, stream, number, &link, &mut chain)?;
                    return Ok(chain);
                }
            };
            chain.begins.push(link.seq + 1);
            for (index, event) in segment.events.iter().enumerate() {
                chain.take(event);
                if let Err(flaw) = fold.take(event) {
                    let path = layout::segment(stream, number);
                    let line = index + 1;
                    chain.broken = Some(Broken::Line { path, line, flaw });
                    chain.report.holds -= 1;
                    return Ok(chain);
                }
            }
            link = chain.link();
        }
        Ok(chain)
    }

    /// Counts the events of a segment that stand before its flaw.
    fn good_part(
        &mut self,
        view: &View,
        stream: &str,
        number: u32,
        link: &Link,
        chain: &mut Chain,
    ) -> Result<(), Failure> {
        let path = layout::segment(stream, number);
        let text = match self.text(&view.tip, &path) {
            Ok(text) => text.unwrap_or_default(),
            Err(failure) => broken(failure).map(|_| String::new())?,
        };
        chain.begins.push(link.seq + 1);
        let mut link = link.clone();
        for line in text.lines() {
            let event = Event::parse(line).ok();
            let Some(event) = event.filter(|it| it.follows(stream, &link).is_ok()) else {
                break;
            };
            link = event.link();
            chain.take(&event);
        }
        Ok(())
    }

    /// Finds the commit that broke a file, and what puts it right.
    fn blame(
        &mut self,
        problem: &mut Problem,
        commits: &[Entry],
        broken: &Broken,
    ) -> Result<(), Failure> {
        let stream = problem.stream.clone();
        let path = broken.path().to_owned();
        let number = path.rsplit('/').next().and_then(layout::number);
        let bad = |ledger: &mut Self, commit: &ObjectId| match (broken, number) {
            (Broken::State { .. }, _) | (_, None) => {
                let view = View {
                    tip: commit.clone(),
                };
                ledger.snapshot(Some(&view), &stream).is_err()
            }
            (_, Some(number)) => {
                let there = ledger.segments(commit, &stream);
                let there = there.map(|last| last.unwrap_or(0) >= number);
                match there {
                    Ok(false) => false,
                    Ok(true) => ledger.segment(commit, &stream, number, None).is_err(),
                    Err(_) => true,
                }
            }
        };
        self.find_culprit(problem, commits, bad)
    }

    /// Something that an earlier commit recorded is not there any more.
    fn changed_later(
        &mut self,
        milestone: &Milestone,
        by: &ObjectId,
        commits: &[Entry],
        chains: &HashMap<String, Chain>,
    ) -> Result<Problem, Failure> {
        let Milestone { stream, seq, hash } = milestone;
        let begins = chains.get(stream).map_or(&[][..], |it| &it.begins);
        let gone = chains.get(stream).is_none_or(|it| it.report.holds < *seq);
        let number = begins.partition_point(|begin| begin <= seq).max(1);
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        let path = layout::segment(stream, number);
        let short: String = by.as_str().chars().take(12).collect();
        let mut problem = Problem {
            stream: stream.clone(),
            path: path.clone(),
            what: match gone {
                true => format!("{path}: event {seq}, which commit {short} recorded, is gone"),
                false => format!("{path}: event {seq} is not the one that commit {short} recorded"),
            },
            culprit: None,
            last_good: None,
            mend: None,
        };
        let since = commits.iter().position(|it| it.id == *by);
        let since = &commits[..since.map_or(commits.len(), |at| at + 1)];
        self.find_culprit(&mut problem, since, |ledger, commit| {
            let segment = ledger.segment(commit, stream, number, None);
            !segment.is_ok_and(|segment| {
                let mut events = segment.events.iter();
                events.any(|it| it.seq == *seq && it.hash.starts_with(hash))
            })
        })?;
        Ok(problem)
    }

    /// The first commit that is bad, where those before it are good; the newest comes first.
    fn find_culprit(
        &mut self,
        problem: &mut Problem,
        commits: &[Entry],
        bad: impl Fn(&mut Self, &ObjectId) -> bool,
    ) -> Result<(), Failure> {
        let (mut newest_good, mut oldest_bad) = (commits.len(), 0);
        while oldest_bad + 1 < newest_good {
            let middle = usize::midpoint(oldest_bad, newest_good);
            match bad(self, &commits[middle].id) {
                true => oldest_bad = middle,
                false => newest_good = middle,
            }
        }
        let Some(culprit) = commits.get(oldest_bad) else {
            return Ok(());
        };
        let (author, at) = self.store.author(&culprit.id)?;
        problem.culprit = Some(Culprit {
            commit: culprit.id.to_string(),
            author,
            at,
        });
        let Some(good) = commits.get(newest_good) else {
            return Ok(());
        };
        problem.last_good = Some(good.id.to_string());
        let branch = self.store.branch();
        problem.mend = Some(match (self.store.remote(), oldest_bad) {
            (Some(remote), 0) => format!(
                "git push --force-with-lease={branch}:{} {remote} {}:refs/heads/{branch}",
                culprit.id, good.id
            ),
            (None, 0) => format!(
                "git update-ref refs/heads/{branch} {} {}",
                good.id, culprit.id
            ),
            (remote, _) => mend_in_a_worktree(remote, branch, culprit),
        });
        Ok(())
    }
}

/// Later commits hold good events: they stay, and what the culprit did is taken back.
fn mend_in_a_worktree(remote: Option<&str>, branch: &str, culprit: &Entry) -> String {
    let (from, push) = match remote {
        Some(remote) => (
            crate::git::SEEN.to_owned(),
            format!(" && git -C ../ledger-mend push {remote} HEAD:refs/heads/{branch}"),
        ),
        None => (
            format!("refs/heads/{branch}"),
            format!(" && git -C ../ledger-mend push . HEAD:refs/heads/{branch}"),
        ),
    };
    let revert = match culprit.parents {
        0 | 1 => "revert --no-edit",
        _ => "revert --no-edit --mainline 1",
    };
    format!(
        "git worktree add --detach ../ledger-mend {from} && git -C ../ledger-mend {revert} {}{push}",
        culprit.id
    )
}

/// What commits recorded and the chains do not have, one a stream, and the commit that recorded it.
fn rewritten(commits: &[Entry], chains: &HashMap<String, Chain>) -> Vec<(Milestone, ObjectId)> {
    let mut found: HashMap<String, (Milestone, ObjectId)> = HashMap::new();
    // The oldest comes last, and is the one that is told.
    for commit in commits {
        let Some(milestone) = Milestone::read(&commit.subject) else {
            continue;
        };
        let chain = chains.get(&milestone.stream);
        let index = usize::try_from(milestone.seq).unwrap_or(usize::MAX);
        let hash = chain.and_then(|it| it.hashes.get(index.checked_sub(1)?));
        if !hash.is_some_and(|hash| hash.starts_with(&milestone.hash)) {
            found.insert(milestone.stream.clone(), (milestone, commit.id.clone()));
        }
    }
    let mut found: Vec<_> = found.into_values().collect();
    found.sort_by(|one, other| one.0.stream.cmp(&other.0.stream));
    found
}

impl Chain {
    fn take(&mut self, event: &Event) {
        self.hashes.push(event.hash.clone());
        self.report.holds = event.seq;
        self.report.first = self.report.first.or(Some(event.at));
        self.report.last = Some(event.at);
    }

    fn link(&self) -> Link {
        Link {
            seq: self.report.holds,
            hash: self.hashes.last().cloned(),
        }
    }
}

/// What is broken; a failure of git is passed on.
fn broken(failure: Failure) -> Result<Broken, Failure> {
    match failure {
        Failure::Ledger(super::LedgerFailure::Broken { broken, .. }) => Ok(broken),
        other => Err(other),
    }
}
