//! The mode `command`: a comment on a pull request that begins with `/afterclick`.
//!
//! The payload says who wrote what; GitHub is asked, and only its answer counts.

use std::path::Path;

use crate::action::{self, Asker, Command, Event, Refusal};
use crate::app::Failure;
use crate::change::ObjectId;
use crate::github::{Comment, Error, GitHub, Permission, Pull, Reaction};
use crate::policy::ByAuthor;
use crate::render::checks::{find, nearest};
use crate::render::comment::Parts;
use crate::render::reply;
use crate::review::checks::{self, Check};

use super::comment::settle;
use super::context::Context;
use super::notes::Notes;
use super::overriding::{self, Overriding};
use super::{ActionFailure, Outcome, governing};

/// How a command ended.
pub(super) enum Answer {
    /// It was done, and this is to be said in the comment.
    Done(String),
    /// It was done, and the comment says so already.
    Said,
    /// It was refused, and why.
    Refused(Refusal),
    /// It was refused, and this is to be said.
    Declined(String),
    /// It was not understood, and this is to be said.
    Confused(String),
}

/// Who asks for what, as GitHub says.
pub(super) struct Asked<'a> {
    /// What is asked for.
    pub(super) command: &'a Command,
    /// Who asks.
    pub(super) asker: &'a Asker,
    /// Their role, as GitHub names it.
    pub(super) role: &'a str,
    /// The comment.
    pub(super) comment: u64,
    /// The pull request.
    pub(super) pull: &'a Pull,
}

/// Answers a command in a comment.
///
/// # Errors
/// A [`Failure`], where nothing could be done at all.
pub(super) fn run(
    context: &Context,
    event: &Event,
    dir: &Path,
    mut notes: Notes,
) -> anyhow::Result<Outcome> {
    let nothing = |mut notes: Notes, why: &str| {
        notes.say(why);
        Ok(notes.end(None, None))
    };
    let Event::Comment(told) = event else {
        return nothing(
            notes,
            "The mode `command` answers comments on pull requests.",
        );
    };
    let Some(number) = told.pull else {
        return nothing(notes, "Commands are given on pull requests, not on issues.");
    };
    if !told.is_new {
        return nothing(
            notes,
            "Only a new comment is a command: nobody sees what an edited one said.",
        );
    }
    if action::parse(&told.body).is_none() {
        return nothing(notes, "The comment does not begin with `/afterclick`.");
    }
    if told.by_bot {
        // Not even an answer: two programs would never stop talking.
        return nothing(
            notes,
            "A program wrote the comment, and a command takes a person.",
        );
    }
    let github = context
        .github()?
        .ok_or(Failure::Action(ActionFailure::NoToken))?;
    let name = &context.repository;
    let comment = match github.comment(name, told.id) {
        Err(Error::NotFound { .. }) => {
            return nothing(notes, "The comment is gone, so there is nothing to answer.");
        }
        comment => comment.map_err(Failure::from)?,
    };
    let Some(parsed) = action::parse(&comment.body) else {
        return nothing(
            notes,
            "The comment does not begin with `/afterclick` any more.",
        );
    };
    let pull = github.pull(name, number).map_err(Failure::from)?;
    let permission = github
        .permission(name, comment.author())
        .map_err(Failure::from)?;
    let asker = asker(&comment, &permission, &pull);

    let (verb, answer) = match &parsed {
        Err(_) if asker.by_program => ("help", Answer::Refused(Refusal::Program)),
        Err(mistake) => ("help", Answer::Confused(reply::mistake(mistake))),
        Ok(command) => {
            let asked = Asked {
                command,
                asker: &asker,
                role: role(&permission),
                comment: comment.id,
                pull: &pull,
            };
            let answer = answer(context, &github, &asked, dir, &mut notes)?;
            (command.verb(), answer)
        }
    };
    let (words, reaction) = match (&answer, &parsed) {
        (Answer::Said, _) => (None, Reaction::Done),
        (Answer::Done(words), _) => (Some(words.clone()), Reaction::Done),
        (Answer::Declined(words), _) => (Some(words.clone()), Reaction::Refused),
        (Answer::Confused(words), _) => (Some(words.clone()), Reaction::Confused),
        (Answer::Refused(refusal), Ok(command)) => {
            let words = reply::refusal(&asker.login, command, refusal);
            notes.say(&words);
            // A program gets no answer: two of them would never stop talking.
            let words = Some(words).filter(|_| *refusal != Refusal::Program);
            (words, Reaction::Refused)
        }
        (Answer::Refused(_), Err(_)) => (None, Reaction::Refused),
    };
    let said = match words {
        None => Ok(()),
        Some(words) => say(context, &github, number, &asker.login, verb, &words),
    };
    let reacted = github.react(name, comment.id, reaction);
    let mut failure = None;
    for error in [said.err(), reacted.err()].into_iter().flatten() {
        match error.is_forbidden() {
            true => notes.remark(format!("{error} {}", error.hint())),
            false => failure = Some(Failure::GitHub(error).into()),
        }
    }
    Ok(notes.end(None, failure))
}

fn answer(
    context: &Context,
    github: &GitHub,
    asked: &Asked<'_>,
    dir: &Path,
    notes: &mut Notes,
) -> anyhow::Result<Answer> {
    // Rights first: an outsider starts no work.
    // Whoever wrote a change never lets its ticket ship; about concerns the policy says.
    let by_author = match asked.command {
        Command::Approve { .. } => ByAuthor::Refuse,
        _ => ByAuthor::Allow,
    };
    if let Err(refusal) = action::permit(asked.command, asked.asker, by_author) {
        return Ok(Answer::Refused(refusal));
    }
    Ok(match asked.command {
        Command::Help => Answer::Done(reply::help()),
        Command::Explain { what } => explain(context, asked, what)?,
        Command::Override { concern, reason } => {
            let overriding = Overriding { concern, reason };
            overriding::run(context, github, asked, &overriding, dir, notes)?
        }
        Command::Approve { .. }
        | Command::Freeze { .. }
        | Command::Unfreeze { .. }
        | Command::Rollback { .. }
        | Command::Queue { .. } => governing::run(context, github, asked, dir)?,
    })
}

/// Explains a check; the beginning of a fingerprint is looked up among the concerns that stand.
fn explain(context: &Context, asked: &Asked<'_>, what: &str) -> anyhow::Result<Answer> {
    let checks: Vec<&Check> = checks::all().collect();
    if let Some(check) = find(what, &checks) {
        return Ok(Answer::Done(reply::check(check)));
    }
    if !what.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let check = what.to_owned();
        let nearest = nearest(what, &checks);
        let failure = Failure::UnknownCheck { check, nearest };
        let words = reply::failed(&failure.to_string(), &failure.hint());
        return Ok(Answer::Confused(words));
    }
    let (review, _) = overriding::look(context, asked)?;
    let concern = match action::concern(&review, &what.to_ascii_lowercase()) {
        Ok(concern) => concern,
        Err(refusal) => return Ok(Answer::Refused(refusal)),
    };
    let check = checks.iter().find(|check| check.id == concern.check);
    Ok(match check {
        Some(check) => Answer::Done(reply::check(check)),
        None => Answer::Refused(Refusal::NoSuchConcern(what.to_owned())),
    })
}

/// Puts an answer into the one comment.
fn say(
    context: &Context,
    github: &GitHub,
    pull: u64,
    login: &str,
    verb: &str,
    words: &str,
) -> Result<(), Error> {
    let answer = reply::answer(login, verb, words);
    let said = settle(github, &context.repository, pull, |before| {
        let answer = answer.clone();
        Some(Parts {
            answer,
            ..before.cloned().unwrap_or_default()
        })
    });
    said.map(drop)
}

fn asker(comment: &Comment, permission: &Permission, pull: &Pull) -> Asker {
    let login = comment.author().to_owned();
    let is_bot = |kind: Option<&str>| kind == Some("Bot");
    let by_program = is_bot(comment.user.as_ref().map(|user| user.kind.as_str()))
        || is_bot(permission.user.as_ref().map(|user| user.kind.as_str()))
        || login.ends_with("[bot]")
        || comment.app().is_some();
    let opened = pull.user.as_ref().map(|user| user.login.as_str());
    Asker {
        by_program,
        permission: permission.permission.clone(),
        is_author: opened.is_some_and(|opened| opened.eq_ignore_ascii_case(&login)),
        edited: comment.is_edited(),
        login,
    }
}

/// The role of somebody, as finely as GitHub has it.
pub(super) fn role(permission: &Permission) -> &str {
    match permission.role_name.as_str() {
        "" => &permission.permission,
        role => role,
    }
}

/// The commit of one side of a pull request.
pub(super) fn commit(sha: &str) -> Result<ObjectId, Failure> {
    ObjectId::parse(sha.as_bytes()).ok_or_else(|| {
        Failure::GitHub(Error::Unexpected {
            tried: "read the pull request",
            detail: "it names no commit in full".to_owned(),
        })
    })
}
