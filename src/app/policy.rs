//! Finds the policy in force and the incidents that the repository remembers.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::change::{MAX_FILE_BYTES, ObjectId};
use crate::git::{Reads, Repository};
use crate::policy::{Date, POLICY_PATH, Policy, nearest};
use crate::render::policy::Origin;
use crate::review::checks;
use crate::review::record::NotReviewed;
use crate::review::record::incidents::{INCIDENTS_FOLDER, Incident};

use super::Failure;
use super::source::{self, Base, Source};

/// Whose policy is asked for.
#[derive(Debug, Clone, Copy)]
pub enum Place<'a> {
    /// The base of the current branch: the one that a review of it would follow.
    Base,
    /// A commit.
    Commit(&'a str),
    /// A file, such as one that is not committed yet.
    File(&'a Path),
}

/// A policy, and where it was found.
pub struct Found {
    /// The policy.
    pub policy: Policy,
    /// Where it was looked for.
    pub origin: Origin,
    /// The day in UTC, on which suppressions may have ended.
    pub today: Date,
}

/// Finds a policy; without a file it is the default. `dir` is where git looks for the repository.
///
/// # Errors
/// A [`Failure`], with a hint; every mistake where the policy is not valid.
pub fn run(place: Place<'_>, dir: &Path) -> anyhow::Result<Found> {
    let (policy, origin) = match place {
        Place::Base => at(&Source::Branch, true, dir)?,
        Place::Commit(revision) => at(
            &Source::Range(format!("{revision}..{revision}")),
            false,
            dir,
        )?,
        Place::File(path) => {
            let file = path.to_string_lossy().into_owned();
            let policy = parse(&read(dir, path)?, &file)?;
            let origin = Origin {
                file,
                commit: None,
                is_base: false,
            };
            (policy, origin)
        }
    };
    Ok(Found {
        policy,
        origin,
        today: today(),
    })
}

/// The policy of the branch that work starts from; where there is none, of what is checked out.
///
/// # Errors
/// A [`Failure`], with a hint; every mistake where the policy is not valid.
pub fn of_default_branch(dir: &Path) -> anyhow::Result<Policy> {
    let mut repository = Repository::new(dir, Reads::Objects);
    let branch = repository.default_branch().map_err(Failure::from)?;
    let commit = match branch {
        Some(branch) => Some(repository.commit(&branch).map_err(Failure::from)?),
        None => repository.head().map_err(Failure::from)?,
    };
    match commit {
        Some(commit) => in_force(&mut Base::at(repository, commit.id)),
        None => Ok(Policy::default()),
    }
}

/// The policy at a commit.
///
/// # Errors
/// A [`Failure`], with a hint; every mistake where the policy is not valid.
pub fn of_commit(dir: &Path, commit: &ObjectId) -> anyhow::Result<Policy> {
    let repository = Repository::new(dir, Reads::Objects);
    in_force(&mut Base::at(repository, commit.clone()))
}

/// Checks that there is a check of this name.
///
/// # Errors
/// There is none; the nearest are named.
pub fn known_check(name: &str) -> Result<(), Failure> {
    let known = known_checks();
    match known.contains(&name) {
        true => Ok(()),
        false => Err(Failure::UnknownCheck {
            check: name.to_owned(),
            nearest: nearest(name, known).into_iter().collect(),
        }),
    }
}

/// The policy that a review of a change follows: the one on its base side.
///
/// # Errors
/// A [`Failure`] with every mistake, where the policy is not valid.
pub fn in_force(base: &mut Base) -> anyhow::Result<Policy> {
    match base.file(POLICY_PATH)? {
        Some(text) => Ok(parse(&text, POLICY_PATH)?),
        None => Ok(Policy::default()),
    }
}

/// The incidents at base, and those that could not be read: a broken one stops no review.
///
/// # Errors
/// A [`Failure`], where the folder cannot be listed.
pub fn incidents(base: &mut Base) -> anyhow::Result<(Vec<Incident>, Vec<NotReviewed>)> {
    let known = known_checks();
    let mut incidents = Vec::new();
    let mut unread = Vec::new();
    for path in base.files_under(INCIDENTS_FOLDER)? {
        let is_incident = path.ends_with(".md") && !path.ends_with("/README.md");
        if !is_incident {
            continue;
        }
        let read = match base.file(&path) {
            Ok(text) => Incident::parse(&text.unwrap_or_default(), &known)
                .map_err(|mistakes| mistakes.iter().map(ToString::to_string).collect()),
            Err(error) => Err(vec![error.to_string()]),
        };
        match read {
            Ok(incident) => incidents.push(incident),
            Err(problems) => unread.push(NotReviewed {
                path,
                reason: format!("not readable as an incident: {}", problems.join("; ")),
            }),
        }
    }
    Ok((incidents, unread))
}

/// The ids that a policy, a comment or an incident may name.
pub fn known_checks() -> Vec<&'static str> {
    checks::all().map(|check| check.id).collect()
}

/// The day in UTC.
pub fn today() -> Date {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    Date::from_days_since_1970(since.map_or(0, |since| since.as_secs() / 86_400))
}

fn at(source: &Source, is_base: bool, dir: &Path) -> anyhow::Result<(Policy, Origin)> {
    let mut loaded = source::load(source, dir)?;
    let origin = Origin {
        file: POLICY_PATH.to_owned(),
        commit: Some(loaded.change.base.clone()),
        is_base,
    };
    Ok((in_force(&mut loaded.base)?, origin))
}

pub(super) fn parse(text: &str, path: &str) -> Result<Policy, Failure> {
    Policy::parse(text, &known_checks()).map_err(|mistakes| Failure::InvalidPolicy {
        path: path.to_owned(),
        mistakes,
    })
}

fn read(dir: &Path, path: &Path) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    File::open(dir.join(path))
        .and_then(|file| file.take(MAX_FILE_BYTES).read_to_end(&mut bytes))
        .map_err(|_| Failure::UnreadableFile(path.to_owned()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
