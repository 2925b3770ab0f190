//! The record as Markdown, for a comment on a pull request or the summary of a job.
//!
//! Whatever comes with the change is either code, where Markdown reads nothing, or escaped.

pub(super) mod escape;

pub(super) use self::escape::code;
use self::escape::{escape, fence};
use super::limits;
use super::safe::{prose, visible};
use super::words;
use crate::review::record::{Concern, NotReviewed, Review};

/// The smallest limit that is kept: what the verdict and the counts need.
pub const MIN_BYTES: usize = 2_000;

const END_OF_FOLD: &str = "</details>\n\n";

/// The record in Markdown, of at most `limit` bytes (or [`MIN_BYTES`], if that is more). What
/// does not fit is counted. `all` lists what is only recorded or suppressed as well.
pub fn render(review: &Review, limit: usize, all: bool) -> String {
    let footer = format!("<sub>{}</sub>\n", footer(review));
    let concerns = words::in_order(review);
    let overridden: Vec<_> = words::overridden(review).collect();
    // Where all that there was to say is decided, the decisions are what there is to say.
    let decided = concerns.is_empty() && !overridden.is_empty();
    let heading = match decided {
        true => format!("{} overridden.", words::count(overridden.len(), "concern")),
        false => words::verdict(review),
    };
    let mut page = Page {
        text: format!("### afterclick\n\n**{heading}**\n\n"),
        room: limit.max(MIN_BYTES) - footer.len(),
    };
    let (shown, folded) = concerns.split_at(concerns.len().min(limits::CONCERNS_IN_SIGHT));
    let left_out = shown
        .iter()
        .filter(|one| !page.add_concern(review, one))
        .count();
    if left_out > 0 {
        page.add(&format!(
            "{} left out here for their size.\n\n",
            words::count(left_out, "concern")
        ));
    }
    page.add_fold(
        &words::count(folded.len(), "more concern"),
        folded,
        |page, concern| page.add_concern(review, concern),
    );
    let in_sight = match decided {
        true => overridden.len().min(limits::LIST),
        false => 0,
    };
    let add = |page: &mut Page, (concern, why): &(&Concern, String)| {
        page.add(&item(concern, &prose(why)))
    };
    let first = overridden.iter().take(in_sight);
    let shown = first.take_while(|it| add(&mut page, it)).count();
    if shown > 0 {
        page.add("\n");
    }
    page.add_fold("Overridden", &overridden[shown..], add);
    page.add_not_reviewed(&review.not_reviewed, all);
    if all {
        let recorded: Vec<_> = words::recorded(review).collect();
        page.add_fold("Recorded", &recorded, |page, concern| {
            page.add(&item(concern, &words::first_sentence(&concern.concern)))
        });
        let suppressed: Vec<_> = words::suppressed(review).collect();
        page.add_fold("Suppressed", &suppressed, |page, (concern, reason)| {
            page.add(&item(concern, &prose(reason)))
        });
    }
    page.text + &footer
}

/// The text so far, and the bytes that it may have.
struct Page {
    text: String,
    room: usize,
}

impl Page {
    /// Adds a piece if it fits; says whether it did.
    fn add(&mut self, piece: &str) -> bool {
        let fits = self.text.len() + piece.len() <= self.room;
        if fits {
            self.text.push_str(piece);
        }
        fits
    }

    /// Adds a concern in full, or on one line where that is all that fits.
    fn add_concern(&mut self, review: &Review, concern: &Concern) -> bool {
        self.add(&in_full(review, concern))
            || self.add(&item(concern, &words::first_sentence(&concern.concern)))
    }

    /// Adds a list that is folded away: as many of its items as fit, and the number of the rest.
    fn add_fold<T>(&mut self, title: &str, items: &[T], add: impl Fn(&mut Self, &T) -> bool) {
        let opening = format!("<details><summary>{title}</summary>\n\n");
        let ending = |more: usize| format!("\n\nand {more} more\n\n{END_OF_FOLD}");
        let ending_room = ending(items.len()).len();
        if items.is_empty() || self.text.len() + opening.len() + ending_room > self.room {
            return;
        }
        self.text.push_str(&opening);
        self.room -= ending_room;
        let shown = items.iter().take_while(|item| add(self, item)).count();
        self.room += ending_room;
        self.text.push_str(&match items.len() - shown {
            0 => format!("\n{END_OF_FOLD}"),
            more => ending(more),
        });
    }

    fn add_not_reviewed(&mut self, files: &[NotReviewed], all: bool) {
        let title = format!("Not reviewed: {}", words::count(files.len(), "file"));
        let shown = if all {
            files.len()
        } else {
            files.len().min(limits::LIST)
        };
        let mut lines: Vec<String> = files[..shown].iter().map(unread).collect();
        if shown < files.len() {
            lines.push(format!("- and {} more\n", files.len() - shown));
        }
        self.add_fold(&title, &lines, |page, line| page.add(line));
    }
}

fn in_full(review: &Review, concern: &Concern) -> String {
    let enforced = if words::holds(review, concern) {
        ", enforced"
    } else {
        ""
    };
    let surface = concern.surface.name();
    let symbol = limits::clip(&visible(&concern.symbol), limits::SYMBOL);
    let symbol = if symbol.is_empty() {
        symbol
    } else {
        format!(" · {}", code(&symbol))
    };
    let mut text = format!("#### {surface}{enforced} · {}{symbol}\n\n", place(concern));
    text.push_str(&format!("{}\n\n", paragraph(&concern.concern)));
    text.push_str(&lines_of_code(concern));
    text.push_str(&format!("→ {}\n\n", paragraph(&concern.advice)));
    for incident in concern.incidents.iter().take(limits::INCIDENTS) {
        let before = escape(&words::happened_before(incident));
        text.push_str(&format!(
            "> **{before}**: {}\n\n",
            paragraph(&incident.lesson)
        ));
    }
    let explain = code(&format!("afterclick explain {}", concern.check));
    let fingerprint = code(&visible(&words::short_fingerprint(concern)));
    text.push_str(&format!("<sub>{fingerprint} · {explain}</sub>\n\n"));
    text
}

fn lines_of_code(concern: &Concern) -> String {
    let line = |sign: char, code: &Option<String>| {
        let code = limits::clip(&words::snippet(code.as_deref()?), limits::SNIPPET);
        Some(format!("{sign} {code}"))
    };
    let lines = [line('-', &concern.before), line('+', &concern.after)];
    let lines: Vec<String> = lines.into_iter().flatten().collect();
    match lines.is_empty() {
        true => String::new(),
        false => fence("diff", &lines.join("\n")) + "\n",
    }
}

fn item(concern: &Concern, note: &str) -> String {
    let note = escape(&limits::clip(note, limits::SNIPPET));
    format!("- {} · {}: {note}\n", place(concern), code(concern.check))
}

fn place(concern: &Concern) -> String {
    let place = limits::clip(&words::place(concern), limits::PATH);
    code(&place) + &words::was_at(concern)
}

fn unread(file: &NotReviewed) -> String {
    let path = code(&limits::clip(&visible(&file.path), limits::PATH));
    format!(
        "- {path}: {}\n",
        escape(&limits::clip(&prose(&file.reason), limits::SNIPPET))
    )
}

/// Running text on one line, with nothing in it that Markdown reads.
pub(super) fn paragraph(text: &str) -> String {
    escape(&limits::clip(&prose(text), limits::PROSE))
}

fn footer(review: &Review) -> String {
    match words::beside(review) {
        Some(beside) => format!("{} · {beside}", words::effort(review)),
        None => words::effort(review),
    }
}
