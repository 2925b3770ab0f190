//! The board in words.

use owo_colors::Style as Ink;
use unicode_width::UnicodeWidthStr;

use super::markdown::escape;
use super::page::Page;
use super::safe::{self, prose, visible};
use super::text::Style;
use super::wrap;
use crate::ledger::Timestamp;
use crate::ship::board::{Board, Card, Place, Stage};
use crate::ship::gate::short;

/// So many changes of a stage are listed; the rest is counted.
const LISTED: usize = 30;

/// The columns that a title gets at least.
const TITLE: usize = 24;

/// The stages, from the last to the first, as they are shown.
const STAGES: [(Stage, &str); 4] = [
    (Stage::Live, "live"),
    (Stage::Gated, "gated"),
    (Stage::Staging, "staging"),
    (Stage::Local, "local"),
];

/// The stages with something in them, by name, and what it is.
fn stages(board: &Board) -> impl Iterator<Item = (&'static str, Vec<&Card>)> {
    let staged = STAGES.iter().map(|(stage, name)| {
        let cards = board.changes.iter().filter(|it| it.stage == *stage);
        (*name, cards.collect::<Vec<_>>())
    });
    staged.filter(|(_, cards)| !cards.is_empty())
}

/// The board for a terminal.
pub fn text(board: &Board, style: Style) -> String {
    let mut page = Page::new(style);
    for place in &board.environments {
        for (words, ink) in alarms(place, board.at) {
            page.prose(0, &words, ink);
        }
    }
    if !page.text.is_empty() {
        page.blank();
    }
    for (name, cards) in stages(board) {
        page.line(0, name, Ink::new().bold());
        for card in cards.iter().take(LISTED) {
            row(&mut page, card, board.at);
        }
        if cards.len() > LISTED {
            let words = format!("and {} more", cards.len() - LISTED);
            page.line(2, &words, Ink::new().dimmed());
        }
        page.blank();
    }
    if board.changes.is_empty() {
        page.line(
            0,
            "No branch is open, and nothing was shipped yet.",
            Ink::new(),
        );
        return page.text;
    }
    page.text.truncate(page.text.trim_end().len());
    page.blank();
    page.text
}

/// What everybody has to know about an environment before anything else.
fn alarms(place: &Place, at: Option<Timestamp>) -> Vec<(String, Ink)> {
    let mut alarms = Vec::new();
    let name = visible(place.name.name());
    if let Some(freeze) = &place.freeze {
        let until = freeze
            .until
            .map_or_else(String::new, |it| format!(", until {}", minute(it)));
        let after = match freeze.rollback {
            true => " after a rollback",
            false => "",
        };
        let words = format!(
            "{name} is frozen{after} since {} by {}{until}: {}",
            when(freeze.at, at),
            prose(&freeze.by),
            prose(&freeze.reason)
        );
        alarms.push((words, Ink::new().red().bold()));
    }
    if let Some(uncertain) = &place.uncertain {
        let words = format!(
            "Nobody knows for sure what is live in {name}: {}",
            prose(uncertain)
        );
        alarms.push((words, Ink::new().red().bold()));
    }
    alarms
}

/// A change: where, what, who, since when; and under it what holds it.
fn row(page: &mut Page, card: &Card, at: Option<Timestamp>) {
    let place = place(card);
    let who = card.who.as_deref().map(prose).unwrap_or_default();
    let since = card.since.map(|it| when(it, at)).unwrap_or_default();
    let right = [who.as_str(), since.as_str()]
        .into_iter()
        .filter(|it| !it.is_empty());
    let right = right.collect::<Vec<_>>().join("  ");
    let left = page
        .style
        .width
        .saturating_sub(4 + place.width() + 2 + right.width());
    page.text.push_str("  ");
    page.paint(&place, Ink::new().cyan());
    page.text.push_str("  ");
    let title = title(card);
    if left >= TITLE.min(title.width()) {
        page.text.push_str(&wrap::clip(&title, left));
        page.text.push_str("  ");
        page.paint(&right, Ink::new().dimmed());
        page.blank();
    } else {
        page.paint(&right, Ink::new().dimmed());
        page.blank();
        page.prose(4, &title, Ink::new());
    }
    for hold in &card.holds {
        page.prose(4, &prose(hold), Ink::new().yellow());
    }
}

/// `production #12`, a branch, or a commit.
fn place(card: &Card) -> String {
    let environment = card.environment.as_ref().map(|it| visible(it.name()));
    match (environment, card.ticket, &card.branch) {
        (Some(environment), Some(ticket), _) => format!("{environment} ticket {ticket}"),
        (Some(environment), None, _) => environment,
        (None, _, Some(branch)) => visible(branch),
        (None, ..) => short(&card.sha).to_owned(),
    }
}

fn title(card: &Card) -> String {
    let title = prose(&card.title);
    let number = card.pr.map(|number| format!("#{number}"));
    let number = number.filter(|number| !title.contains(number.as_str()));
    let number = number.map_or_else(String::new, |it| format!(" {it}"));
    match title.is_empty() {
        true => format!("{}{number}", short(&card.sha)),
        false => format!("{} {title}{number}", short(&card.sha)),
    }
}

/// How long ago, or the moment itself where nobody looks at a clock.
fn when(moment: Timestamp, at: Option<Timestamp>) -> String {
    match at {
        Some(at) => ago(at.since(moment)),
        None => minute(moment),
    }
}

/// `2026-11-26 17:55 UTC`.
fn minute(moment: Timestamp) -> String {
    let text = moment.to_string();
    let text = text.get(..16).unwrap_or(&text).replace('T', " ");
    format!("{text} UTC")
}

/// A time that passed, in its largest unit.
fn ago(milliseconds: u64) -> String {
    let minutes = milliseconds / 60_000;
    match minutes {
        0 => "just now".to_owned(),
        1..60 => format!("{minutes} min"),
        60..2_880 => format!("{} h", minutes / 60),
        _ => format!("{} days", minutes / 1_440),
    }
}

/// The board as Markdown: for people without the tool.
pub fn markdown(board: &Board) -> String {
    let mut page = "# Board\n".to_owned();
    for place in &board.environments {
        for (words, _) in alarms(place, board.at) {
            page.push_str(&format!("\n**{}**\n", escape::escape(&words)));
        }
    }
    if board.changes.is_empty() {
        page.push_str("\nNothing was shipped yet.\n");
    }
    for (name, cards) in stages(board) {
        page.push_str(&format!(
            "\n## {name}\n\n| where | what | who | since | |\n"
        ));
        page.push_str("| --- | --- | --- | --- | --- |\n");
        for card in cards.iter().take(LISTED) {
            let holds: Vec<String> = card.holds.iter().map(|hold| prose(hold)).collect();
            let cells = [
                place(card),
                title(card),
                card.who.as_deref().map(prose).unwrap_or_default(),
                card.since.map(|it| when(it, board.at)).unwrap_or_default(),
                holds.join("; "),
            ];
            let cells = cells.map(|cell| escape::escape(&cell));
            page.push_str(&format!("| {} |\n", cells.join(" | ")));
        }
        if cards.len() > LISTED {
            page.push_str(&format!("\nand {} more\n", cards.len() - LISTED));
        }
    }
    page
}

/// The board as JSON that ends with a line feed.
///
/// # Errors
/// Only where `serde_json` cannot write it, which its types rule out.
pub fn json(board: &Board) -> serde_json::Result<String> {
    let mut document = safe::json(&serde_json::to_string_pretty(board)?);
    document.push('\n');
    Ok(document)
}

#[cfg(test)]
mod tests {
    use super::ago;

    #[test]
    fn time_passes_in_its_largest_unit() {
        let minute = 60_000;
        for (time, words) in [
            (0, "just now"),
            (59 * minute, "59 min"),
            (60 * minute, "1 h"),
            (47 * 60 * minute, "47 h"),
            (48 * 60 * minute, "2 days"),
        ] {
            assert_eq!(ago(time), words);
        }
    }
}
