//! What the rebase gate found, in words.

use owo_colors::Style as Ink;

use super::page::Page;
use super::safe::{self, prose, visible};
use super::text::Style;
use super::words::count;
use crate::ship::Environment;
use crate::ship::gate::{
    Contained, Gate, How, Mend, Named, Outcome, SilentRevert, Unknown, Verdict, short,
};

/// So many files or commits are listed; the rest is counted.
const LISTED: usize = 8;

/// The verdict, what it rests on and what mends it.
pub fn text(gate: &Gate, environment: &Environment, style: Style) -> String {
    let mut page = Page::new(style);
    let ink = match gate.outcome {
        Outcome::Passes => Ink::new().green().bold(),
        Outcome::Neutral => Ink::new().bold(),
        Outcome::Held => Ink::new().yellow().bold(),
        Outcome::Freezes => Ink::new().red().bold(),
    };
    let live = gate.live.as_deref().map_or("nothing", short);
    page.paint(name(&gate.verdict), ink);
    let line = format!(
        "  {} on {live}, {}",
        visible(short(&gate.sha)),
        visible(environment.name())
    );
    page.line(0, &line, Ink::new());
    page.blank();
    page.prose(2, &sentence(gate), Ink::new());
    for item in items(&gate.verdict) {
        page.line(4, &item, Ink::new().dimmed());
    }
    mends(&mut page, &gate.mends);
    for skipped in &gate.skipped {
        page.blank();
        page.prose(2, &format!("Not looked at: {skipped}"), Ink::new().dimmed());
    }
    page.text
}

/// The verdict as JSON that ends with a line feed.
///
/// # Errors
/// Only where `serde_json` cannot write it, which its types rule out.
pub fn json(gate: &Gate) -> serde_json::Result<String> {
    let mut document = safe::json(&serde_json::to_string_pretty(gate)?);
    document.push('\n');
    Ok(document)
}

/// The verdict in one word or two, as the documentation lists it.
pub fn name(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::First => "first",
        Verdict::Noop { .. } => "nothing to do",
        Verdict::Fresh { .. } => "fresh",
        Verdict::Back => "way back",
        Verdict::Superseded => "superseded",
        Verdict::Stale { .. } => "stale",
        Verdict::StaleBase => "stale base",
        Verdict::Rewritten => "history rewritten",
        Verdict::Bad { .. } => "rolled back before",
        Verdict::SilentRevert { .. } => "silent revert",
        Verdict::NotBehind => "no way back",
        Verdict::Unknown { .. } => "cannot tell",
    }
}

/// The verdict in a sentence or two, for a person; also the reason that the ledger keeps.
pub fn sentence(gate: &Gate) -> String {
    let live = gate.live.as_deref().map_or("nothing", short);
    let sha = visible(short(&gate.sha));
    let base = gate
        .base
        .as_deref()
        .map_or_else(|| "the base".to_owned(), visible);
    match &gate.verdict {
        Verdict::First => "Nothing is live yet, so there is nothing that it could lose.".to_owned(),
        Verdict::Noop { same_commit: true } => format!("{sha} is live already."),
        Verdict::Noop { same_commit: false } => {
            format!("{sha} has the same files as {live}, which is live.")
        }
        Verdict::Fresh {
            contained,
            acknowledged,
        } => {
            let how = match contained {
                Contained::Ancestor => format!("{sha} contains {live}, which is live."),
                Contained::Tree { sha: at } => format!(
                    "{sha} contains what is live: {} has the files of {live}.",
                    short(at)
                ),
                Contained::PullRequest { sha: at } => format!(
                    "{sha} contains what is live: {} merged the pull request of {live}.",
                    short(at)
                ),
            };
            match acknowledged.len() {
                0 => how,
                number => format!("{how} {} acknowledged.", were(number, "finding")),
            }
        }
        Verdict::Back => format!("{sha} is behind {live}, and a rollback may go there."),
        Verdict::Superseded => {
            format!("{sha} is older than {live}, which is live; there is nothing to ship.")
        }
        Verdict::Stale { live_off_base, .. } => {
            let off = match live_off_base {
                true => format!(" What is live is not on {base} either."),
                false => String::new(),
            };
            format!("{sha} lacks {live}, which is live: shipping it would take that back.{off}")
        }
        Verdict::StaleBase => format!(
            "{sha} has not landed on {base}, and lacks what has: shipping it would take that back."
        ),
        Verdict::Rewritten => format!(
            "{base} contained {live}, which is live, and does not any more: its history was \
             rewritten."
        ),
        Verdict::Bad { commits } => format!(
            "{sha} contains {} rolled back, and no revert of it.",
            that_was(commits.len())
        ),
        Verdict::SilentRevert { files } => format!(
            "{sha} puts {} back to what came before {live}, and no commit says that this is meant.",
            count(files.len(), "file")
        ),
        Verdict::NotBehind => format!(
            "{sha} was never live here, and is no ancestor of what is: that is no way back."
        ),
        Verdict::Unknown {
            reason: Unknown::Shallow,
        } => "The history of this clone is cut off, so it cannot tell what the commit contains."
            .to_owned(),
        Verdict::Unknown {
            reason: Unknown::Missing { sha, live },
        } => {
            let which = match live {
                true => ", which is live",
                false => "",
            };
            format!("This clone does not have {}{which}.", visible(short(sha)))
        }
    }
}

fn that_was(commits: usize) -> String {
    match commits {
        1 => "a commit that was".to_owned(),
        number => format!("{number} commits that were"),
    }
}

fn were(number: usize, thing: &str) -> String {
    match number {
        1 => format!("1 {thing} was"),
        _ => format!("{number} {thing}s were"),
    }
}

/// What the sentence speaks of, one a line.
fn items(verdict: &Verdict) -> Vec<String> {
    let commit = |commit: &Named| format!("{} {}", commit.short(), prose(&commit.subject));
    match verdict {
        Verdict::Stale { missing, .. } => missing.iter().map(commit).collect(),
        Verdict::Bad { commits } => listed(commits, |bad| {
            format!("{} {}", visible(short(&bad.sha)), prose(&bad.reason))
        }),
        Verdict::SilentRevert { files } => listed(files, file),
        Verdict::Fresh { acknowledged, .. } => listed(acknowledged, |it| prose(it)),
        _ => Vec::new(),
    }
}

fn file(file: &SilentRevert) -> String {
    let how = match file.how {
        How::Restored => "as before",
        How::Removed => "gone again, as before",
        How::Returned => "there again, as before",
    };
    let undone = file.undoes.last().map_or_else(String::new, |it| {
        format!(" {} {}", it.short(), prose(&it.subject))
    });
    let by = file.by.as_ref().map_or_else(String::new, |by| {
        format!(" (by {} {})", by.short(), prose(&by.subject))
    });
    format!("{}: {how}{undone}{by}", visible(&file.path))
}

fn listed<T>(all: &[T], line: impl Fn(&T) -> String) -> Vec<String> {
    let mut lines: Vec<String> = all.iter().take(LISTED).map(line).collect();
    if all.len() > LISTED {
        lines.push(format!("and {} more", all.len() - LISTED));
    }
    lines
}

/// What puts it right: a sentence, and the commands to copy.
pub(super) fn mends(page: &mut Page, mends: &[Mend]) {
    for mend in mends {
        page.blank();
        page.prose(2, &prose(&mend.words), Ink::new());
        for command in &mend.commands {
            page.line(4, &visible(command), Ink::new().cyan());
        }
    }
}
