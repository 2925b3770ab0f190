//! Says what a review says where the team reads: check run, comment, summary, outputs, SARIF.

use std::path::Path;

use crate::app::Failure;
use crate::github::{Annotation, Conclusion, Error, GitHub, Level, NewCheckRun};
use crate::render::comment::{self, Parts};
use crate::render::text::Style;
use crate::render::{check_run, github as commands, limits, markdown, sarif, text};
use crate::review::checks;
use crate::review::record::{Review, Verdict};

use super::ActionFailure;
use super::comment::{Said, settle};
use super::context::Context;
use super::notes::Notes;

/// The check that a ruleset can require.
pub(super) const CHECK: &str = "afterclick";

/// Columns of the log.
const COLUMNS: usize = 100;

/// What a review is about, on GitHub.
pub(super) struct Subject {
    /// The check run's name.
    pub(super) check: &'static str,
    /// The commit that was reviewed, or was to be.
    pub(super) head: String,
    /// The pull request; none for a push or a merge group.
    pub(super) pull: Option<PullSubject>,
    /// The answer to the command that brought the review; empty where an event did.
    pub(super) answer: String,
}

/// The pull request of a review.
pub(super) struct PullSubject {
    /// Its number.
    pub(super) number: u64,
    /// Whether it is a draft, which is not spoken to first.
    pub(super) draft: bool,
    /// Whether it comes from a fork.
    pub(super) from_fork: bool,
    /// Other open pull requests with the same head.
    pub(super) siblings: Vec<u64>,
}

/// What stands on GitHub after a review, or in its place.
struct Face {
    conclusion: Conclusion,
    /// What this review came to, whatever its siblings say.
    own: &'static str,
    title: String,
    summary: String,
    annotations: Vec<Annotation>,
}

/// Publishes a review. What could not be published is the failure of the outcome.
pub(super) fn review(
    context: &Context,
    github: Option<&GitHub>,
    subject: &Subject,
    review: &Review,
    dir: &Path,
    notes: &mut Notes,
) -> Option<Failure> {
    let face = Face {
        conclusion: conclusion(review),
        own: own(review.verdict),
        title: comment::title(review),
        summary: check_run::summary(review, notes.remarks()),
        annotations: annotations(review),
    };
    let published = github.map(|github| {
        let words =
            |details: Option<&str>, before: Option<&Parts>| speak(subject, review, details, before);
        publish(context, github, subject, &face, &words, notes)
    });
    let published = published.unwrap_or(Published::ReadOnly);
    if published.is_read_only() {
        notes.command(&commands::render(review));
    }
    let style = Style {
        color: false,
        width: COLUMNS,
    };
    notes.show(&text::render(review, style, false));
    let remarks = check_run::notes(notes.remarks());
    let page = markdown::render(review, limits::JOB_SUMMARY - remarks.len(), true);
    notes.summarize(&(remarks + &page));
    notes.output("reviewed", "true");
    notes.output("verdict", own(review.verdict));
    notes.output("concerns", &review.spoken().count().to_string());
    let written = log(context, review, dir, notes);
    published.failure().or(written)
}

/// Says that a review was not made, and why.
pub(super) fn not_reviewed(
    context: &Context,
    github: Option<&GitHub>,
    subject: &Subject,
    reason: &anyhow::Error,
    notes: &mut Notes,
) {
    let hint = reason.downcast_ref::<Failure>().map(Failure::hint);
    let reason = reason.to_string();
    let summary = check_run::not_reviewed(&reason, &hint.unwrap_or_default());
    let face = Face {
        conclusion: Conclusion::Failure,
        own: "not-reviewed",
        title: check_run::NOT_REVIEWED.to_owned(),
        summary: summary.clone(),
        annotations: Vec::new(),
    };
    if let Some(github) = github {
        // A comment that speaks of an older commit must not pass for one about this.
        let words = |_: Option<&str>, before: Option<&Parts>| {
            let review = comment::not_reviewed(&subject.head, &reason);
            before.map(|before| Parts {
                review,
                ..before.clone()
            })
        };
        publish(context, github, subject, &face, &words, notes);
    }
    notes.summarize(&format!("### afterclick\n\n{summary}"));
    notes.output("reviewed", "false");
    notes.output("verdict", face.own);
}

/// How far publishing came.
enum Published {
    /// As far as it was to.
    Fully,
    /// The token may not write check runs, so annotations go through the log.
    ReadOnly,
    /// GitHub failed.
    Failed { error: Error, without_check: bool },
}

impl Published {
    fn is_read_only(&self) -> bool {
        match self {
            Self::Fully => false,
            Self::ReadOnly => true,
            Self::Failed { without_check, .. } => *without_check,
        }
    }

    fn failure(self) -> Option<Failure> {
        match self {
            Self::Failed { error, .. } => Some(Failure::GitHub(error)),
            Self::Fully | Self::ReadOnly => None,
        }
    }
}

type Words<'a> = dyn Fn(Option<&str>, Option<&Parts>) -> Option<Parts> + 'a;

fn publish(
    context: &Context,
    github: &GitHub,
    subject: &Subject,
    face: &Face,
    words: &Words<'_>,
    notes: &mut Notes,
) -> Published {
    let made = check(context, github, subject, face, notes);
    let from_fork = subject.pull.as_ref().is_some_and(|pull| pull.from_fork);
    let details = match &made {
        Ok(details) => details.clone(),
        Err(error) if error.is_forbidden() && from_fork => {
            notes.remark(
                "This pull request comes from a fork, so the token may only read: \
                 there is no comment and no check run, only this summary and annotations."
                    .to_owned(),
            );
            return Published::ReadOnly;
        }
        Err(error) => {
            tell(error, notes);
            None
        }
    };
    let spoken = match &subject.pull {
        None => Ok(Said::Nothing),
        Some(pull) => settle(github, &context.repository, pull.number, |before| {
            words(details.as_deref(), before)
        }),
    };
    if let Err(error) = &spoken {
        tell(error, notes);
    }
    let without_check = made.is_err();
    let errors = [made.err(), spoken.err()];
    match errors
        .into_iter()
        .flatten()
        .find(|error| !error.is_forbidden())
    {
        Some(error) => Published::Failed {
            error,
            without_check,
        },
        None if without_check => Published::ReadOnly,
        None => Published::Fully,
    }
}

/// Says what a token may not do, and what to add; other failures end the command anyway.
fn tell(error: &Error, notes: &mut Notes) {
    if error.is_forbidden() {
        notes.remark(format!("{error} {}", error.hint()));
    }
}

/// Makes the check run, and gives the address where people read it.
fn check(
    context: &Context,
    github: &GitHub,
    subject: &Subject,
    face: &Face,
    notes: &mut Notes,
) -> Result<Option<String>, Error> {
    let name = &context.repository;
    let number = subject.pull.as_ref().map_or(0, |pull| pull.number);
    let (run, attempt) = (context.run, context.attempt);
    let external_id = format!("pr-{number}/{}/{run}.{attempt}", face.own);
    let mut conclusion = face.conclusion;
    let mut title = face.title.clone();
    if conclusion != Conclusion::Failure
        && let Some(sibling) = held_sibling(github, context, subject)?
    {
        conclusion = Conclusion::Failure;
        title = format!("Held by #{sibling}, which has the same commit");
        notes.remark(format!(
            "Pull request #{sibling} has the same commit and is held there, and GitHub knows \
             one check for both."
        ));
    }
    let new = NewCheckRun {
        name: subject.check,
        head: &subject.head,
        external_id: &external_id,
        conclusion,
        title: &title,
        summary: &face.summary,
        annotations: &face.annotations,
    };
    Ok(github.create_check_run(name, &new)?.html_url)
}

/// The pull request with the same head whose last review held it, or could not be made.
fn held_sibling(
    github: &GitHub,
    context: &Context,
    subject: &Subject,
) -> Result<Option<u64>, Error> {
    let siblings = match &subject.pull {
        Some(pull) if !pull.siblings.is_empty() => &pull.siblings,
        _ => return Ok(None),
    };
    let runs = github.check_runs(&context.repository, &subject.head, subject.check)?;
    let last = |number: u64| {
        let begins = format!("pr-{number}/");
        let own = runs.iter().filter_map(|run| {
            let rest = run.external_id.as_deref()?.strip_prefix(&begins)?;
            Some((run.id, rest.split('/').next()?.to_owned()))
        });
        own.max_by_key(|(id, _)| *id).map(|(_, own)| own)
    };
    let held = |number: &&u64| matches!(last(**number).as_deref(), Some("held" | "not-reviewed"));
    Ok(siblings.iter().find(held).copied())
}

/// The comment that a review makes of the one before it.
fn speak(
    subject: &Subject,
    review: &Review,
    details: Option<&str>,
    before: Option<&Parts>,
) -> Option<Parts> {
    let draft = subject.pull.as_ref().is_some_and(|pull| pull.draft);
    let kept = before.cloned().unwrap_or_default();
    let parts = Parts {
        answer: subject.answer.clone(),
        ..kept
    };
    let words = match (comment::speaks(review), before) {
        (true, None) if draft && parts.answer.is_empty() => return None,
        (true, _) => comment::review(review, details, parts.room()),
        (false, None) if parts.answer.is_empty() => return None,
        (false, None) => String::new(),
        (false, Some(before)) if before.review.is_empty() => String::new(),
        (false, Some(_)) => comment::mended(&review.head),
    };
    Some(Parts {
        review: words,
        ..parts
    })
}

fn conclusion(review: &Review) -> Conclusion {
    match review.verdict {
        // Somebody decided, which is not the same as nothing to say.
        Verdict::Ships if comment::overridden(review) > 0 => Conclusion::Neutral,
        Verdict::Ships => Conclusion::Success,
        Verdict::Advised => Conclusion::Neutral,
        Verdict::Held => Conclusion::Failure,
    }
}

/// The verdict as outputs and check runs name it.
fn own(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ships => "ships",
        Verdict::Advised => "advised",
        Verdict::Held => "held",
    }
}

fn annotations(review: &Review) -> Vec<Annotation> {
    let notes = check_run::annotations(review).into_iter();
    let annotations = notes.map(|note| Annotation {
        path: note.path,
        start_line: note.line,
        end_line: note.line,
        level: match note.holds {
            true => Level::Failure,
            false => Level::Warning,
        },
        title: note.title,
        message: note.message,
    });
    annotations.collect()
}

/// Writes the SARIF log where the step wants one.
fn log(context: &Context, review: &Review, dir: &Path, notes: &mut Notes) -> Option<Failure> {
    let path = context.sarif.as_ref()?;
    let checks: Vec<_> = checks::all().collect();
    let text = sarif::render(review, &checks, false).unwrap_or_default();
    let file = dir.join(path);
    match std::fs::write(&file, text) {
        Ok(()) => {
            notes.output("sarif", &path.to_string_lossy());
            None
        }
        Err(_) => Some(ActionFailure::UnwritableFile(file).into()),
    }
}
