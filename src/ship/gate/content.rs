//! The content gate: does the candidate bring back what live had already left behind?
//!
//! Ancestry alone does not show it. A squash of a stale tree, or a merge that took the wrong side,
//! stands on top of everything and still puts files back to what they were.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::message::{self, Declaration};
use crate::change::raw::{RawEntry, RawSide};
use crate::change::{ObjectId, RepoPath};

/// A commit, as far as the gate looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Landed {
    /// Its full name.
    pub sha: ObjectId,
    /// Its tree.
    pub tree: ObjectId,
    /// Its parents, the first one first.
    pub parents: Vec<ObjectId>,
    /// Who wrote it, as git has it.
    pub author: String,
    /// Its message.
    pub message: String,
    /// What it changed against its first parent, without renames.
    pub entries: Vec<RawEntry>,
}

/// A commit that is pointed at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Named {
    /// Its full name.
    pub sha: String,
    /// The first line of its message.
    pub subject: String,
}

/// A path that goes back to what it was, while nobody says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SilentRevert {
    /// The path, for people.
    pub path: String,
    /// What happens to it.
    pub how: How,
    /// The commits whose work on it is lost, the newest first.
    pub undoes: Vec<Named>,
    /// The commit that does it, where one of the candidate's history does.
    pub by: Option<Named>,
}

/// What a silent revert does to a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// Its content is an earlier one again.
    Restored,
    /// It is gone again.
    Removed,
    /// It is there again as it was before it was removed.
    Returned,
}

/// What the history of live says about the paths that a candidate changes.
///
/// Fill it with [`History::see`], the newest commit first.
#[derive(Debug, Clone)]
pub struct History {
    paths: BTreeMap<RepoPath, Past>,
}

#[derive(Debug, Clone)]
struct Past {
    live: Option<ObjectId>,
    candidate: Option<ObjectId>,
    /// The commits that changed it, the newest first, up to the one that left the candidate's
    /// content behind.
    changed_by: Vec<Changer>,
    /// Whether that one was found.
    was_so: bool,
    /// Whether live's own content is one that it had before: then the candidate heals.
    live_came_back: bool,
}

/// A commit that changed a path on the way to live.
#[derive(Debug, Clone)]
struct Changer {
    commit: Named,
    author: String,
    /// Whether something else that it did is still in the candidate.
    survives: bool,
}

impl History {
    /// For the paths that differ between live and the candidate.
    pub fn new(changes: &[RawEntry]) -> Self {
        let pasts = changes.iter().filter_map(|entry| {
            let past = Past {
                live: object(entry.before.as_ref()).cloned(),
                candidate: object(entry.after.as_ref()).cloned(),
                changed_by: Vec::new(),
                was_so: false,
                live_came_back: false,
            };
            // Where only the mode differs, nothing can be lost.
            (past.live != past.candidate).then(|| (entry.path.clone(), past))
        });
        Self {
            paths: pasts.collect(),
        }
    }

    /// Whether anything could go back without a word: without a file whose content changes, no
    /// commit has to be seen.
    pub fn can_go_back(&self) -> bool {
        let both = |past: &Past| past.live.is_some() && past.candidate.is_some();
        self.paths.values().any(both)
    }

    /// The paths to look for.
    pub fn paths(&self) -> Vec<RepoPath> {
        self.paths.keys().cloned().collect()
    }

    /// Takes note of a commit of live's first-parent history.
    pub fn see(&mut self, commit: &Landed) {
        let kept =
            |entry: &RawEntry| entry.after.is_some() && !self.paths.contains_key(&entry.path);
        let survives = commit.entries.iter().any(kept);
        for entry in &commit.entries {
            let Some(past) = self.paths.get_mut(&entry.path) else {
                continue;
            };
            let before = object(entry.before.as_ref());
            if past.live.is_some() && before == past.live.as_ref() {
                past.live_came_back = true;
            }
            if !past.was_so {
                past.changed_by.push(Changer {
                    commit: Named::of(commit),
                    author: commit.author.clone(),
                    survives,
                });
                past.was_so = before == past.candidate.as_ref();
            }
        }
    }

    /// The paths that go back without a word, given the commits between live and the candidate,
    /// the newest first.
    ///
    /// A file that is gone, or is back, is pointed at only beside one whose content went back by
    /// the same commit: alone it is how files are removed and restored every day. And whoever takes
    /// back a part of their own work knows what they do: a stale tree takes back all of it.
    pub fn silent_reverts(&self, landed: &[Landed]) -> Vec<SilentRevert> {
        let declared = declared(landed);
        let suspects: Vec<(&RepoPath, &Past, How)> = self
            .paths
            .iter()
            .filter(|(path, past)| {
                let said = declared.contains(&(*path, past.candidate.as_ref()));
                past.was_so && !past.live_came_back && !said
            })
            .map(|(path, past)| (path, past, past.how()))
            .filter(|(path, past, _)| !past.own_part(done_by(path, past, landed)))
            .collect();
        let undone: BTreeSet<&Named> = suspects
            .iter()
            .filter(|(.., how)| *how == How::Restored)
            .flat_map(|(_, past, _)| past.changed_by.iter().map(|it| &it.commit))
            .collect();
        let found = suspects.into_iter().filter(|(_, past, how)| {
            let cause = past.changed_by.last();
            *how == How::Restored || cause.is_some_and(|cause| undone.contains(&cause.commit))
        });
        found
            .map(|(path, past, how)| SilentRevert {
                path: path.to_string(),
                how,
                undoes: past.changed_by.iter().map(|it| it.commit.clone()).collect(),
                by: done_by(path, past, landed).map(Named::of),
            })
            .collect()
    }
}

impl Past {
    fn how(&self) -> How {
        match (&self.live, &self.candidate) {
            (Some(_), Some(_)) => How::Restored,
            (_, None) => How::Removed,
            (None, _) => How::Returned,
        }
    }

    /// Whether it is part of the author's own work that is taken back, while the rest stays. Only
    /// an edit can show that somebody meant it; a merge just takes a side.
    fn own_part(&self, by: Option<&Landed>) -> bool {
        by.filter(|by| by.parents.len() == 1).is_some_and(|by| {
            self.changed_by.iter().all(|it| it.author == by.author)
                && self.changed_by.iter().any(|it| it.survives)
        })
    }
}

/// The first commit that gave a path the content that the candidate has.
fn done_by<'a>(path: &RepoPath, past: &Past, landed: &'a [Landed]) -> Option<&'a Landed> {
    let sets = |entry: &RawEntry| {
        entry.path == *path && object(entry.after.as_ref()) == past.candidate.as_ref()
    };
    landed
        .iter()
        .rfind(|commit| commit.entries.iter().any(sets))
}

impl Named {
    /// Points at a commit.
    pub fn of(commit: &Landed) -> Self {
        Self {
            sha: commit.sha.to_string(),
            subject: message::subject(&commit.message).to_owned(),
        }
    }
}

/// The paths that declared reverts set, and what they set them to.
fn declared(landed: &[Landed]) -> BTreeSet<(&RepoPath, Option<&ObjectId>)> {
    landed
        .iter()
        .filter(|commit| Declaration::read(&commit.message).reverts)
        .flat_map(|commit| &commit.entries)
        .map(|entry| (&entry.path, object(entry.after.as_ref())))
        .collect()
}

fn object(side: Option<&RawSide>) -> Option<&ObjectId> {
    side.and_then(|side| side.object.as_ref())
}
