//! Events of the ledger, and what a check of it found, in words.

use owo_colors::Style as Ink;
use serde_json::Value;

use super::limits;
use super::page::Page;
use super::safe::visible;
use super::text::Style;
use super::wrap;
use crate::ledger::{ActorKind, Event, Report, StreamReport};

/// Fields that say most about an event, in the order in which they are shown.
const TOLD: [&str; 11] = [
    "incident",
    "fingerprint",
    "ticket",
    "sha",
    "title",
    "check",
    "path",
    "symbol",
    "date",
    "lesson",
    "reason",
];

/// How many digits of a commit or a fingerprint are shown.
const DIGITS: usize = 12;

/// A line an event: when, where, what, who, and what it says.
pub fn text(events: &[Event], style: Style) -> String {
    let mut page = Page::new(style);
    if events.is_empty() {
        page.line(0, "No event is like this.", Ink::new());
    }
    let width = |text: fn(&Event) -> String| events.iter().map(|it| text(it).len()).max();
    let (places, kinds) = (width(place).unwrap_or(0), width(kind).unwrap_or(0));
    for event in events {
        let at = event.at.to_string().replacen('T', " ", 1);
        let at: String = at.chars().take(19).collect();
        let (place, kind) = (place(event), kind(event));
        let head = format!("{at}  {place:places$}  {kind:kinds$}  ");
        let room = page.style.width.saturating_sub(head.len()).max(20);
        page.paint(&head, Ink::new().dimmed());
        page.line(0, &wrap::clip(&what(event), room), Ink::new());
    }
    page.text
}

/// The events as they are written, one a line.
pub fn json(events: &[Event]) -> String {
    let lines = events.iter().map(|event| event.line() + "\n");
    super::safe::json(&lines.collect::<String>())
}

/// What a check of the ledger found.
pub fn report(report: &Report, style: Style) -> String {
    let mut page = Page::new(style);
    if report.holds() {
        let spans = report.streams.iter().filter_map(|it| it.first.zip(it.last));
        let span = spans.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)));
        let span = span.map(|(first, last)| format!(", from {} to {}", first.date(), last.date()));
        let line = format!(
            "The ledger holds: {} in {}{}.",
            count(report.events(), "event"),
            count(report.streams.len() as u64, "stream"),
            span.unwrap_or_default()
        );
        page.line(0, &line, Ink::new());
        return page.text;
    }
    page.line(0, "The ledger does not hold.", Ink::new().red().bold());
    for problem in &report.problems {
        page.blank();
        page.prose(2, &(visible(&problem.what) + "."), Ink::new().bold());
        if let Some(culprit) = &problem.culprit {
            let line = format!("Since {}.", visible(&culprit.to_string()));
            page.prose(2, &line, Ink::new());
        }
        if let Some(good) = &problem.last_good {
            let good: String = good.chars().take(DIGITS).collect();
            page.prose(
                2,
                &format!("The last good one is commit {good}."),
                Ink::new(),
            );
        }
        if let Some(mend) = &problem.mend {
            page.line(2, &format!("$ {}", visible(mend)), Ink::new().cyan());
        }
    }
    page.blank();
    page.line(0, "What holds:", Ink::new());
    for stream in &report.streams {
        page.line(2, &holds(report, stream), Ink::new());
    }
    page.text
}

/// The same for programs; it ends in a line break.
///
/// # Errors
/// None that is known; the caller passes it on as a bug.
pub fn report_json(report: &Report) -> serde_json::Result<String> {
    let mut value = serde_json::to_value(report)?;
    value["schema"] = 1.into();
    value["holds"] = report.holds().into();
    Ok(super::safe::json(&serde_json::to_string_pretty(&value)?) + "\n")
}

fn holds(report: &Report, stream: &StreamReport) -> String {
    let StreamReport { stream, holds, .. } = stream;
    let broken = report.problems.iter().any(|it| it.stream == *stream);
    let stream = visible(stream);
    match (broken, holds) {
        (false, _) => format!("{stream}: all of it, {}", count(*holds, "event")),
        (true, 1) => format!("{stream}: at most its first event"),
        (true, 0) => format!("{stream}: nothing of it can be trusted"),
        (true, _) => format!("{stream}: at most its first {}", count(*holds, "event")),
    }
}

fn count(number: u64, one: &str) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let plural = if number == 1 { "" } else { "s" };
    format!("{grouped} {one}{plural}")
}

fn place(event: &Event) -> String {
    visible(event.stream.strip_prefix("ship-").unwrap_or(&event.stream))
}

fn kind(event: &Event) -> String {
    let kind = event.kind.strip_prefix("ship.").unwrap_or(&event.kind);
    visible(kind)
}

fn what(event: &Event) -> String {
    let actor = match event.actor.kind {
        ActorKind::Person => event.actor.name.clone(),
        ActorKind::Agent => format!("{} (agent)", event.actor.name),
        ActorKind::Bot => format!("{} (bot)", event.actor.name),
    };
    let told = TOLD.iter().filter_map(|name| {
        let value = event.fields.get(*name)?;
        let text = match value {
            Value::String(text) if text.is_empty() => return None,
            Value::String(text) if matches!(*name, "sha" | "fingerprint") => {
                text.chars().take(DIGITS).collect()
            }
            Value::String(text) => text.clone(),
            Value::Number(number) if *name == "ticket" => format!("ticket {number}"),
            _ => return None,
        };
        Some(limits::clip(&text, limits::PROSE))
    });
    let parts: Vec<String> = std::iter::once(actor).chain(told).collect();
    visible(&parts.join(" · "))
}
