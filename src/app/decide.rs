//! Records the decision to ship a concern anyway.

use std::collections::BTreeSet;
use std::path::Path;

use crate::change::ObjectId;
use crate::git::{Reads, Repository};
use crate::ledger::record::{Override, Record};
use crate::ledger::redact::{REASON_BYTES, redact};
use crate::ledger::{ActorKind, RECORD, RepositoryState};
use crate::policy::ByAuthor;
use crate::review::record::{Concern, Review};

use super::ledger::{Ledger, Place, Surroundings, Writer};
use super::source::Source;
use super::{Failure, RecordFailure, policy, review};

/// What is to be overridden, and by whom.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// The beginning of the concern's fingerprint.
    pub fingerprint: &'a str,
    /// Why.
    pub reason: &'a str,
    /// The change: commits, not what is not committed yet.
    pub source: Source,
    /// Who asks.
    pub surroundings: Surroundings,
}

/// What was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The decision.
    pub decision: Override,
    /// Who made it.
    pub by: String,
}

/// Reviews the change, finds the concern, and records that it ships anyway.
///
/// # Errors
/// There is no such concern, whoever asks may not, or the ledger cannot be written.
pub fn run(dir: &Path, place: &Place, request: &Request<'_>) -> anyhow::Result<Decided> {
    let reason = redact(request.reason, REASON_BYTES);
    if reason.is_empty() {
        return Err(Failure::from(RecordFailure::NoReason).into());
    }
    let review = review::run(&request.source, dir, &|_, _| {})?.record;
    let concern = find(&review, request.fingerprint)?;
    let mut repository = Repository::new(dir, Reads::Objects);
    let id = |text: &str| {
        ObjectId::parse(text.as_bytes()).ok_or(Failure::Record(RecordFailure::NotCommitted))
    };
    let (base, head) = (id(&review.base)?, id(&review.head)?);
    let tree = repository.tree(&head).map_err(Failure::from)?;

    let identity = repository.identity().map_err(Failure::from)?;
    let (name, address) = identity.unwrap_or_default();
    let actor = request.surroundings.actor(Some(&name));
    if actor.kind != ActorKind::Person {
        return Err(Failure::from(RecordFailure::NotAPerson(actor.name)).into());
    }
    let authors = repository.authors(&base, &head).map_err(Failure::from)?;
    let by_author = is_among(&authors, &actor.name, &address);
    let in_force = policy::of_commit(dir, &base)?;
    if by_author && in_force.by_author() == ByAuthor::Refuse {
        return Err(Failure::from(RecordFailure::ByAuthor(actor.name)).into());
    }

    let decision = to_ship(concern, [&head, &tree], by_author, reason);
    let writer = Writer {
        actor: actor.clone(),
        session: request.surroundings.session.clone(),
        repo: Some(RepositoryState {
            branch: None,
            base: Some(base.to_string()),
            head: head.to_string(),
            tree: tree.to_string(),
        }),
    };
    let draft = writer.draft(RECORD, &Record::Override(decision.clone()))?;
    Ledger::open(dir, place)?.record(vec![draft])?;
    let by = actor.name;
    Ok(Decided { decision, by })
}

/// Whether somebody, by login or name and by address, is among those who wrote a change.
pub(super) fn is_among(authors: &BTreeSet<(String, String)>, name: &str, address: &str) -> bool {
    let same = |one: &str, other: &str| one.to_lowercase() == other.to_lowercase();
    authors.iter().any(|(author, mail)| {
        let login = mail.strip_suffix("@users.noreply.github.com");
        let login = login.map(|it| it.rsplit('+').next().unwrap_or(it));
        same(author, name)
            || !address.is_empty() && same(mail, address)
            || login.is_some_and(|login| same(login, name))
    })
}

fn find<'a>(review: &'a Review, fingerprint: &str) -> Result<&'a Concern, Failure> {
    let named = |it: &&Concern| !fingerprint.is_empty() && it.fingerprint.starts_with(fingerprint);
    let found: Vec<&Concern> = review.concerns.iter().filter(named).collect();
    match found[..] {
        [one] => Ok(one),
        _ => Err(RecordFailure::UnknownConcern(fingerprint.to_owned()).into()),
    }
}

/// The decision to ship a concern anyway, bound to the head commit and its tree.
pub(super) fn to_ship(
    concern: &Concern,
    [head, tree]: [&ObjectId; 2],
    by_author: bool,
    reason: String,
) -> Override {
    Override {
        fingerprint: concern.fingerprint.clone(),
        check: concern.check.to_owned(),
        path: concern.path.clone(),
        symbol: concern.symbol.clone(),
        head: head.to_string(),
        tree: tree.to_string(),
        by_author,
        reason,
    }
}
