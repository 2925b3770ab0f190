//! The record as a person reads it in a terminal.

use owo_colors::Style as Ink;
use unicode_width::UnicodeWidthStr;

use super::limits;
use super::page::Page;
use super::safe::{prose, visible};
use super::words;
use super::wrap;
use crate::review::record::{Concern, NotReviewed, Review, Strengthened};

/// How the terminal takes text.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Whether it takes colour.
    pub color: bool,
    /// Its width in columns.
    pub width: usize,
}

/// The record in words. A change that ships in silence is one line; `all` shows what is folded
/// or only recorded as well.
pub fn render(review: &Review, style: Style, all: bool) -> String {
    let mut page = Page::new(style);
    if words::is_silent(review) && !all {
        page.silence(review);
        return page.text;
    }
    let concerns = words::in_order(review);
    let in_sight = if all {
        concerns.len()
    } else {
        limits::CONCERNS_IN_SIGHT
    };
    let (shown, folded) = concerns.split_at(in_sight.min(concerns.len()));
    for concern in shown {
        page.concern(concern, words::holds(review, concern));
    }
    page.folded(folded);
    page.overridden(review);
    page.beside(review, all);
    page.not_reviewed(&review.not_reviewed, all);
    page.verdict(review);
    page.text
}

impl Page {
    fn silence(&mut self, review: &Review) {
        let beside = words::beside(review).map(|words| format!(" · {words}"));
        let effort = words::effort(review);
        let line = format!(
            "{} ({effort}{})",
            words::verdict(review),
            beside.unwrap_or_default()
        );
        self.line(0, &line, Ink::new());
    }

    fn concern(&mut self, concern: &Concern, holds: bool) {
        self.heading(concern, holds);
        self.blank();
        let text = limits::clip(&prose(&concern.concern), limits::PROSE);
        self.prose(2, &text, Ink::new());
        self.blank();
        self.lines_of_code(concern);
        self.advice(&limits::clip(&prose(&concern.advice), limits::PROSE));
        self.incidents(concern);
        self.blank();
        self.trailer(concern);
        self.blank();
    }

    /// `auth, enforced  app/orders.ts:41  OrderController.show`
    fn heading(&mut self, concern: &Concern, holds: bool) {
        let mut surface = concern.surface.name().to_owned();
        let mut ink = Ink::new().yellow().bold();
        if holds {
            surface.push_str(", enforced");
            ink = Ink::new().red().bold();
        }
        let place = words::place(concern) + &words::was_at(concern);
        let symbol = limits::clip(&visible(&concern.symbol), limits::SYMBOL);
        let used = surface.width() + 2 + place.width();
        self.paint(&surface, ink);
        self.text.push_str("  ");
        self.paint(&place, Ink::new().bold());
        if !symbol.is_empty() {
            let fits = used + 2 + symbol.width() <= self.style.width;
            self.text.push_str(if fits { "  " } else { "\n  " });
            let rest = self.style.width - 2;
            let symbol = if fits {
                symbol
            } else {
                wrap::clip(&symbol, rest)
            };
            self.paint(&symbol, Ink::new().cyan());
        }
        self.blank();
    }

    fn lines_of_code(&mut self, concern: &Concern) {
        let before = concern
            .before
            .as_deref()
            .map(|code| ("- ", code, Ink::new().red()));
        let after = concern
            .after
            .as_deref()
            .map(|code| ("+ ", code, Ink::new().green()));
        for (sign, code, ink) in before.iter().chain(&after) {
            let line = format!("{sign}{}", words::snippet(code));
            self.line(4, &wrap::clip(&line, self.style.width - 4), *ink);
        }
        if before.or(after).is_some() {
            self.blank();
        }
    }

    fn advice(&mut self, text: &str) {
        let lines = wrap::wrap(text, self.columns(4));
        for (number, line) in lines.iter().enumerate() {
            let sign = if number == 0 { "  → " } else { "    " };
            self.paint(sign, Ink::new().bold());
            self.line(0, line, Ink::new());
        }
    }

    fn incidents(&mut self, concern: &Concern) {
        for incident in concern.incidents.iter().take(limits::INCIDENTS) {
            let lesson = limits::clip(&prose(&incident.lesson), limits::PROSE);
            self.blank();
            self.prose(2, &words::happened_before(incident), Ink::new().magenta());
            self.prose(2, &lesson, Ink::new());
        }
        let more = concern.incidents.len().saturating_sub(limits::INCIDENTS);
        if more > 0 {
            self.line(
                2,
                &format!("and {} more", words::count(more, "time")),
                Ink::new().dimmed(),
            );
        }
    }

    fn trailer(&mut self, concern: &Concern) {
        let explain = format!("afterclick explain {}", concern.check);
        let fingerprint = visible(&words::short_fingerprint(concern));
        self.line(
            2,
            &format!("{fingerprint} · {explain}"),
            Ink::new().dimmed(),
        );
    }

    fn folded(&mut self, folded: &[&Concern]) {
        if folded.is_empty() {
            return;
        }
        let more = words::count(folded.len(), "more concern");
        self.paint(&more, Ink::new().bold());
        self.line(0, ", in full with `--all`", Ink::new().dimmed());
        for concern in folded.iter().take(limits::LIST) {
            self.item(concern, &words::first_sentence(&concern.concern));
        }
        self.and_more(folded.len(), limits::LIST);
        self.blank();
    }

    fn overridden(&mut self, review: &Review) {
        let overridden: Vec<_> = words::overridden(review).collect();
        let listed = overridden.iter().map(|(one, why)| (*one, why.as_str()));
        self.list("Overridden", listed, prose);
    }

    /// What is in the record beside the concerns: in one line, or listed.
    fn beside(&mut self, review: &Review, all: bool) {
        if !all {
            if let Some(counts) = words::beside(review) {
                let line = format!("{counts} · `--all` lists them");
                self.prose(0, &line, Ink::new().dimmed());
                self.blank();
            }
            return;
        }
        let recorded = words::recorded(review).map(|one| (one, one.concern.as_str()));
        self.list("Recorded", recorded, words::first_sentence);
        self.list("Suppressed", words::suppressed(review), |reason| {
            format!("Reason: {}", prose(reason))
        });
        self.strengthened(&review.strengthened);
    }

    fn list<'a>(
        &mut self,
        title: &str,
        concerns: impl Iterator<Item = (&'a Concern, &'a str)>,
        note: impl Fn(&str) -> String,
    ) {
        let mut concerns = concerns.peekable();
        if concerns.peek().is_some() {
            self.line(0, title, Ink::new().bold());
            concerns.for_each(|(concern, text)| self.item(concern, &note(text)));
            self.blank();
        }
    }

    fn strengthened(&mut self, list: &[Strengthened]) {
        if list.is_empty() {
            return;
        }
        self.line(0, "Strengthened", Ink::new().bold());
        for one in list {
            let line = one.line.map(|line| format!(":{line}"));
            let path = visible(&one.path) + &line.unwrap_or_default();
            self.line(2, &format!("{path}  {}", one.check), Ink::new());
            if let Some(after) = &one.after {
                let code = format!("+ {}", words::snippet(after));
                let code = wrap::clip(&code, self.style.width - 4);
                self.line(4, &code, Ink::new().green());
            }
        }
        self.blank();
    }

    fn not_reviewed(&mut self, files: &[NotReviewed], all: bool) {
        if files.is_empty() {
            return;
        }
        self.line(0, "Not reviewed", Ink::new().yellow().bold());
        let shown = if all { files.len() } else { limits::LIST };
        for file in files.iter().take(shown) {
            self.entry(&visible(&file.path), &prose(&file.reason));
        }
        self.and_more(files.len(), shown);
        self.blank();
    }

    fn verdict(&mut self, review: &Review) {
        let verdict = words::verdict(review);
        let line = format!("{verdict} ({})", words::effort(review));
        let ink = match review.held_by.is_empty() {
            true => Ink::new().bold(),
            false => Ink::new().red().bold(),
        };
        self.prose(0, &line, ink);
    }

    /// A concern on a line or two: where, which check, and a note.
    fn item(&mut self, concern: &Concern, note: &str) {
        let place = format!(
            "{}{}  {}",
            words::place(concern),
            words::was_at(concern),
            concern.check
        );
        self.line(2, &place, Ink::new());
        self.line(
            4,
            &wrap::clip(note, self.style.width - 4),
            Ink::new().dimmed(),
        );
    }

    /// A path and a reason: on one line where they fit.
    fn entry(&mut self, path: &str, reason: &str) {
        self.text.push_str("  ");
        self.text.push_str(path);
        let fits = 2 + path.width() + 2 + reason.width() <= self.style.width;
        self.text.push_str(if fits { "  " } else { "\n    " });
        let room = self.style.width - 4;
        let reason = if fits {
            reason.to_owned()
        } else {
            wrap::clip(reason, room)
        };
        self.paint(&reason, Ink::new().dimmed());
        self.blank();
    }

    fn and_more(&mut self, length: usize, shown: usize) {
        let more = length.saturating_sub(shown);
        if more > 0 {
            self.line(2, &format!("and {more} more"), Ink::new().dimmed());
        }
    }
}
