//! The record as workflow commands, which a GitHub Actions step turns into annotations.

use super::limits;
use super::safe::{prose, visible};
use super::words;
use crate::review::record::{Concern, Review};

/// One annotation a concern, as many as GitHub takes from one step; the others are counted.
pub fn render(review: &Review) -> String {
    let mut commands = String::new();
    let concerns = words::in_order(review);
    let (errors, warnings): (Vec<&Concern>, Vec<&Concern>) = concerns
        .iter()
        .partition(|concern| words::holds(review, concern));
    for (level, concerns) in [("error", &errors), ("warning", &warnings)] {
        for concern in concerns.iter().take(limits::COMMANDS_PER_LEVEL) {
            commands.push_str(&annotation(level, concern));
        }
    }
    let left_out = [errors.len(), warnings.len()]
        .iter()
        .map(|number| number.saturating_sub(limits::COMMANDS_PER_LEVEL))
        .sum::<usize>();
    if left_out > 0 {
        let more = words::count(left_out, "more concern");
        commands.push_str(&notice(
            &more,
            "GitHub shows ten annotations a step. `afterclick review --all` lists them all.",
        ));
    }
    if !review.not_reviewed.is_empty() {
        commands.push_str(&not_reviewed(review));
    }
    commands.push_str(&format!(
        "afterclick: {} ({})\n",
        words::verdict(review),
        words::effort(review)
    ));
    commands
}

fn annotation(level: &str, concern: &Concern) -> String {
    let line = concern
        .line
        .map(|line| format!(",line={line}"))
        .unwrap_or_default();
    let path = property(&visible(&concern.path));
    let title = format!("{}: {}", concern.check, visible(&concern.symbol));
    let title = property(&limits::clip(&title, limits::ANNOTATION_TITLE));
    let message = words::paragraphs(concern).join("\n");
    let message = data(&limits::clip_bytes(&message, limits::ANNOTATION_MESSAGE));
    format!("::{level} file={path}{line},title={title}::{message}\n")
}

fn not_reviewed(review: &Review) -> String {
    let files = &review.not_reviewed;
    let lines = files.iter().take(limits::LIST);
    let lines = lines.map(|file| format!("{}: {}", visible(&file.path), prose(&file.reason)));
    let mut lines: Vec<String> = lines.collect();
    if files.len() > limits::LIST {
        lines.push(format!("and {} more", files.len() - limits::LIST));
    }
    let message = limits::clip_bytes(&lines.join("\n"), limits::ANNOTATION_MESSAGE);
    notice("Not reviewed", &message)
}

/// One notice, which the page of the run shows.
pub fn notice(title: &str, message: &str) -> String {
    format!("::notice title={}::{}\n", property(title), data(message))
}

/// What stands after `::` in a command.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// The value of a property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
