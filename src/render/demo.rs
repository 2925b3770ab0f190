//! The story of the demo, around what really happens in it.

use owo_colors::Style as Ink;

use super::page::Page;
use super::text::{self, Style};
use crate::review::record::Review;

/// The change as a person would see it: the lines that matter.
const DIFF: [&str; 4] = [
    "  const payment = await gateway.charge(",
    "    { amount: order.total, currency: order.currency, card: order.cardToken },",
    "-   { idempotencyKey: `charge-${order.id}` },",
    "+   { timeout: PATIENCE_MS },",
];

/// The first half: the change, and the review of it.
pub fn review(review: &Review, style: Style) -> String {
    let plain = Ink::new();
    let mut page = Page::new(style);
    page.prose(
        0,
        "Friday, 5:55pm. The checkout of a small shop is slow.",
        plain.bold(),
    );
    page.prose(
        0,
        "An agent opens a change: give up on a slow charge after two seconds. The tests pass.",
        plain,
    );
    page.blank();
    for line in DIFF {
        let ink = match line.as_bytes().first() {
            Some(b'-') => plain.red(),
            Some(b'+') => plain.green(),
            _ => plain.dimmed(),
        };
        page.line(4, line, ink);
    }
    page.blank();
    page.prose(
        0,
        "It looks harmless. Before it ships, a second eye:",
        plain,
    );
    page.blank();
    page.line(
        2,
        "$ afterclick review main...faster-checkout",
        plain.cyan(),
    );
    page.blank();
    page.text.push_str(&text::render(review, style, false));
    page.blank();
    page.text
}

/// Somebody types a command, and this is what it says.
pub fn act(told: &str, command: &str, said: &[String], style: Style) -> String {
    let plain = Ink::new();
    let mut page = Page::new(style);
    page.prose(0, told, plain);
    page.blank();
    page.line(2, &format!("$ {command}"), plain.cyan());
    page.blank();
    for line in said {
        page.line(if line.is_empty() { 0 } else { 4 }, line, plain);
    }
    if !said.is_empty() {
        page.blank();
    }
    page.text
}

/// The end. `program` is what starts afterclick here, `kept` where the agent's repository stayed.
pub fn end(style: Style, program: &str, kept: Option<&str>) -> String {
    let plain = Ink::new();
    let mut page = Page::new(style);
    page.prose(
        0,
        "All of that was real: real git repositories, a real review, real deploys, a real kill. Nothing left this machine.",
        plain,
    );
    match kept {
        Some(folder) => page.line(0, &format!("It was kept in {folder}"), plain),
        None => page.line(
            0,
            "It is gone again; --keep leaves it there to look around.",
            plain,
        ),
    }
    page.blank();
    page.line(
        0,
        "Now yours. In a repository of your own, on a branch:",
        plain.bold(),
    );
    page.blank();
    page.line(2, &format!("{program} review"), plain.cyan());
    page.text
}

#[cfg(test)]
mod tests {
    use super::DIFF;

    #[test]
    fn the_lines_that_are_shown_are_those_of_the_change() {
        let before = include_str!("../../fixtures/demo/before/src/charge.ts");
        let after = include_str!("../../fixtures/demo/after/src/charge.ts");
        let has = |text: &str, line: &str| text.lines().any(|it| it.trim() == line);
        for line in DIFF {
            let (sign, code) = line.split_at(1);
            let code = code.trim();
            assert_eq!(has(before, code), sign != "+", "{line}");
            assert_eq!(has(after, code), sign != "-", "{line}");
        }
    }
}
