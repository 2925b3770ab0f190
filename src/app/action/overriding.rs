//! `/afterclick override`: an owner ships a concern anyway, and it is recorded.

use std::path::Path;

use crate::action::{self, Refusal};
use crate::app::decide;
use crate::app::ledger::{Ledger, Writer};
use crate::app::review;
use crate::app::{Failure, RecordFailure};
use crate::git::{Reads, Repository};
use crate::github::GitHub;
use crate::ledger::record::Record;
use crate::ledger::redact::{REASON_BYTES, redact};
use crate::ledger::{Actor, ActorKind, RECORD, RepositoryState};
use crate::policy::ByAuthor;
use crate::render::reply;
use crate::review::record::Review;

use super::change::{Place, Sides, fetch};
use super::command::{Answer, Asked, commit};
use super::context::Context;
use super::notes::Notes;
use super::publish::{self, CHECK, PullSubject, Subject};

/// What is to be overridden.
pub(super) struct Overriding<'a> {
    /// The beginning of its fingerprint.
    pub(super) concern: &'a str,
    /// Why.
    pub(super) reason: &'a str,
}

/// The review of a pull request's head as it stands now, and where its two sides are.
///
/// # Errors
/// A [`Failure`], with a hint.
pub(super) fn look(context: &Context, asked: &Asked<'_>) -> anyhow::Result<(Review, Place)> {
    let (base, head) = (commit(&asked.pull.base.sha)?, commit(&asked.pull.head.sha)?);
    let place = fetch(
        context,
        &Sides {
            base: &base,
            branch: Some(&asked.pull.base.branch),
            head: &head,
        },
    )?;
    let review = review::run(&place.source, &place.dir, &|_, _| {})?.record;
    Ok((review, place))
}

/// Overrides a concern, reviews anew, and says so in comment and check run.
///
/// # Errors
/// A [`Failure`], with a hint; nothing is recorded then, unless it says otherwise.
pub(super) fn run(
    context: &Context,
    github: &GitHub,
    asked: &Asked<'_>,
    overriding: &Overriding<'_>,
    dir: &Path,
    notes: &mut Notes,
) -> anyhow::Result<Answer> {
    let (before, place) = look(context, asked)?;
    let policy = place.policy()?;
    let head = commit(&asked.pull.head.sha)?;
    let fork = commit(&before.base)?;
    let mut repository = Repository::new(&place.dir, Reads::Scratch);
    let authors = repository.authors(&fork, &head).map_err(Failure::from)?;
    let by_author = asked.asker.is_author || decide::is_among(&authors, &asked.asker.login, "");
    if by_author && policy.by_author() == ByAuthor::Refuse {
        return Ok(Answer::Refused(Refusal::Author));
    }
    let concern = match action::concern(&before, overriding.concern) {
        Ok(concern) => concern,
        Err(refusal) => {
            return Ok(match action::decided(&before, overriding.concern) {
                Some(concern) => Answer::Done(reply::decided(concern)),
                None => Answer::Refused(refusal),
            });
        }
    };
    let reason = redact(overriding.reason, REASON_BYTES);
    if reason.is_empty() {
        return Err(Failure::from(RecordFailure::NoReason).into());
    }
    let tree = repository.tree(&head).map_err(Failure::from)?;
    let decision = decide::to_ship(concern, [&head, &tree], by_author, reason);
    let writer = Writer {
        actor: Actor {
            name: asked.asker.login.clone(),
            kind: ActorKind::Person,
            permission: Some(asked.role.to_owned()),
        },
        session: None,
        repo: Some(RepositoryState {
            branch: Some(asked.pull.head.branch.clone()),
            base: Some(fork.to_string()),
            head: head.to_string(),
            tree: tree.to_string(),
        }),
    };
    let mut draft = writer.draft(RECORD, &Record::Override(decision))?;
    // A job that is run again tells the same once more.
    draft.dedupe = Some(format!("comment-{}", asked.comment));
    let branch = policy.ledger().branch.as_deref();
    Ledger::reached(&place.dir, branch, context.origin())?.record(vec![draft])?;

    let after = review::run(&place.source, &place.dir, &|_, _| {})?.record;
    let words = reply::overridden(concern);
    let others = github.pulls_with(&context.repository, head.as_str());
    let others = others.map_err(Failure::from)?.into_iter();
    let siblings = others.filter(|it| {
        it.number != asked.pull.number && it.state == "open" && it.head.sha == head.as_str()
    });
    let subject = Subject {
        check: CHECK,
        head: head.to_string(),
        pull: Some(PullSubject {
            number: asked.pull.number,
            draft: asked.pull.draft,
            from_fork: asked.pull.is_from_fork(),
            siblings: siblings.map(|it| it.number).collect(),
        }),
        answer: reply::answer(&asked.asker.login, "override", &words),
    };
    match publish::review(context, Some(github), &subject, &after, dir, notes) {
        Some(failure) => Err(failure.into()),
        None => Ok(Answer::Said),
    }
}
