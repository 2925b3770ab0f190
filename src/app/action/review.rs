//! The mode `review`.

use std::path::Path;

use crate::action::{self, Event, Review, Task, Why};
use crate::app::Failure;
use crate::app::review::{self, Reviewed};
use crate::change::ObjectId;
use crate::github::{Error, GitHub, Pull};

use super::change::{Sides, find};
use super::context::Context;
use super::notes::Notes;
use super::publish::{self, CHECK, PullSubject, Subject};
use super::{ActionFailure, Outcome};

/// The check of a push, which must not stand in for that of a pull request.
const PUSH_CHECK: &str = "afterclick (push)";

/// Reviews what an event brings.
///
/// # Errors
/// A [`Failure`], where nothing could be done at all.
pub(super) fn run(
    context: &Context,
    event: &Event,
    dir: &Path,
    mut notes: Notes,
) -> anyhow::Result<Outcome> {
    let task = match (event, context.pull_request) {
        (Event::Dispatch { pull_request: None }, Some(number)) => {
            Task::Review(Review::Pull { number, told: None })
        }
        _ => action::review_task(event),
    };
    match task {
        Task::Nothing(Why::NotNamed) => Err(Failure::from(ActionFailure::NoPullRequest).into()),
        Task::Nothing(why) => {
            notes.say(why.sentence());
            Ok(notes.end(None, None))
        }
        Task::Review(Review::Pull { number, told }) => {
            let github = context.github()?;
            let asked = ask(context, github.as_ref(), number, told.as_ref(), &mut notes)?;
            let Some((subject, base, branch, head)) = asked else {
                notes.say(Why::Closed.sentence());
                return Ok(notes.end(None, None));
            };
            let sides = Sides {
                base: &base,
                branch: Some(&branch),
                head: &head,
            };
            Ok(sides_of(
                context,
                github.as_ref(),
                &subject,
                &sides,
                dir,
                notes,
            ))
        }
        Task::Review(Review::Commits {
            base,
            head,
            is_group,
        }) => {
            let github = context.github()?;
            if github.is_none() {
                without_token(&mut notes);
            }
            let subject = Subject {
                check: if is_group { CHECK } else { PUSH_CHECK },
                head: head.to_string(),
                pull: None,
                answer: String::new(),
            };
            let sides = Sides {
                base: &base,
                branch: None,
                head: &head,
            };
            Ok(sides_of(
                context,
                github.as_ref(),
                &subject,
                &sides,
                dir,
                notes,
            ))
        }
    }
}

/// A pull request as it stands now: what it is, its base and the branch of that, its head.
type Asked = (Subject, ObjectId, String, ObjectId);

/// Asks GitHub how a pull request stands; none where it is closed. Where GitHub cannot be asked,
/// the payload has to do.
fn ask(
    context: &Context,
    github: Option<&GitHub>,
    number: u64,
    told: Option<&action::Pull>,
    notes: &mut Notes,
) -> anyhow::Result<Option<Asked>> {
    let Some(github) = github else {
        let told = told.ok_or(Failure::Action(ActionFailure::NoToken))?;
        without_token(notes);
        return Ok(Some(as_told(told)));
    };
    let (pull, others) = match pull(context, github, number, told) {
        Ok(pulls) => pulls,
        Err(error) => {
            let Some(told) = told else {
                return Err(Failure::GitHub(error).into());
            };
            notes.remark(format!(
                "{error} {} The pull request was taken as the event has it.",
                error.hint()
            ));
            return Ok(Some(as_told(told)));
        }
    };
    if pull.state != "open" {
        return Ok(None);
    }
    let unusable = |what: &str| {
        Failure::from(ActionFailure::MalformedEvent {
            event: "pull_request".to_owned(),
            detail: format!("its {what} is no commit"),
        })
    };
    let head = ObjectId::parse(pull.head.sha.as_bytes()).ok_or_else(|| unusable("head"))?;
    let base = ObjectId::parse(pull.base.sha.as_bytes()).ok_or_else(|| unusable("base"))?;
    if let Some(told) = told
        && told.head.sha != head
    {
        notes.remark(format!(
            "The head moved since this run began, from {} to {head}, which was reviewed.",
            told.head.sha
        ));
    }
    let siblings = others
        .iter()
        .filter(|other| other.state == "open" && other.head.sha == pull.head.sha);
    let subject = Subject {
        check: CHECK,
        head: head.to_string(),
        pull: Some(PullSubject {
            number,
            draft: pull.draft,
            from_fork: pull.is_from_fork(),
            siblings: siblings.map(|other| other.number).collect(),
        }),
        answer: String::new(),
    };
    Ok(Some((subject, base, pull.base.branch, head)))
}

/// The pull request, and the others that its head belongs to: one question where the head is the
/// one that the payload names.
fn pull(
    context: &Context,
    github: &GitHub,
    number: u64,
    told: Option<&action::Pull>,
) -> Result<(Pull, Vec<Pull>), Error> {
    let name = &context.repository;
    let listed = match told {
        Some(told) => github.pulls_with(name, told.head.sha.as_str()),
        None => Ok(Vec::new()),
    };
    let mut pulls = match listed {
        Ok(pulls) => pulls,
        // A commit that GitHub does not know any more: the head was force-pushed away.
        Err(Error::NotFound { .. } | Error::Conflict { .. }) => Vec::new(),
        Err(error) => return Err(error),
    };
    match pulls.iter().position(|pull| pull.number == number) {
        Some(at) => Ok((pulls.swap_remove(at), pulls)),
        None => {
            let pull = github.pull(name, number)?;
            let mut others = github.pulls_with(name, &pull.head.sha)?;
            others.retain(|other| other.number != number);
            Ok((pull, others))
        }
    }
}

fn as_told(told: &action::Pull) -> Asked {
    let subject = Subject {
        check: CHECK,
        head: told.head.sha.to_string(),
        pull: Some(PullSubject {
            number: told.number,
            draft: told.draft,
            from_fork: false,
            siblings: Vec::new(),
        }),
        answer: String::new(),
    };
    let base = told.base.sha.clone();
    (
        subject,
        base,
        told.base.branch.clone(),
        told.head.sha.clone(),
    )
}

fn without_token(notes: &mut Notes) {
    notes.remark(format!(
        "There is no token, so nothing is written on GitHub. {}",
        ActionFailure::NoToken.hint()
    ));
}

/// Reviews what lies between two sides and publishes it, or why it was not reviewed.
fn sides_of(
    context: &Context,
    github: Option<&GitHub>,
    subject: &Subject,
    sides: &Sides<'_>,
    dir: &Path,
    mut notes: Notes,
) -> Outcome {
    let reviewed = find(context, dir, sides)
        .and_then(|place| review::run(&place.source, &place.dir, &|_, _| {}));
    match reviewed {
        Ok(Reviewed { record, .. }) => {
            let failure = publish::review(context, github, subject, &record, dir, &mut notes);
            notes.end(Some(record.verdict), failure.map(Into::into))
        }
        Err(error) => {
            publish::not_reviewed(context, github, subject, &error, &mut notes);
            notes.end(None, Some(error))
        }
    }
}
