//! A review as a check run: title, summary, and words at the lines.

use super::limits;
use super::markdown;
use super::safe::visible;
use super::words;
use crate::review::record::{Concern, Review};

/// Words at a line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The path on the head side.
    pub path: String,
    /// The line, from 1.
    pub line: u32,
    /// Whether it holds the change.
    pub holds: bool,
    /// What it is about.
    pub title: String,
    /// What there is to say.
    pub message: String,
}

/// The title of a review that was not made.
pub const NOT_REVIEWED: &str = "Not reviewed";

/// The summary: the whole record, as far as it fits.
pub fn summary(review: &Review, notes: &[String]) -> String {
    let notes = self::notes(notes);
    let room = limits::CHECK_SUMMARY.saturating_sub(notes.len());
    notes + &markdown::render(review, room, true)
}

/// The summary of a review that was not made.
pub fn not_reviewed(reason: &str, hint: &str) -> String {
    format!(
        "**Not reviewed.** {} {}\n\nThis is no all-clear: nothing was looked at.\n",
        markdown::paragraph(reason),
        markdown::paragraph(hint)
    )
}

/// What there is to know about how the review was made, as a list.
pub fn notes(notes: &[String]) -> String {
    let lines = notes.iter().map(|note| {
        let note = markdown::paragraph(note);
        format!("- {note}\n")
    });
    let lines: String = lines.collect();
    match lines.is_empty() {
        true => lines,
        false => lines + "\n",
    }
}

/// Words at the lines of everything that is shown, those that hold the change first.
pub fn annotations(review: &Review) -> Vec<Note> {
    let concerns = words::in_order(review).into_iter();
    concerns.map(|concern| note(review, concern)).collect()
}

fn note(review: &Review, concern: &Concern) -> Note {
    let title = format!("{}: {}", concern.check, visible(&concern.symbol));
    let message = words::paragraphs(concern).join("\n");
    Note {
        path: concern.path.clone(),
        line: concern.line.or(concern.base_line).unwrap_or(1).max(1),
        holds: words::holds(review, concern),
        title: limits::clip(&title, limits::ANNOTATION_TITLE),
        message: limits::clip_bytes(&message, limits::ANNOTATION_MESSAGE),
    }
}
