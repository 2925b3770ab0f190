//! What going back means, in words.

use owo_colors::Style as Ink;

use super::page::Page;
use super::safe::{self, prose, visible};
use super::text::Style;
use super::words::count;
use crate::review::leftover::{Kind, Leftover, Risk};
use crate::ship::gate::short;
use crate::ship::rollback::{Leaving, Plan, Revert};

/// So many changes or files are listed; the rest is counted.
const LISTED: usize = 10;

/// What no commit undoes, whatever the code says.
pub const NEVER_UNDONE: &str = "No commit takes back what was done since: rows that were written, \
    mails and webhooks that were sent, payments that were made.";

/// The plan.
pub fn text(plan: &Plan, style: Style) -> String {
    let mut page = Page::new(style);
    let ticket = plan
        .ticket
        .map_or_else(String::new, |it| format!(" (ticket {it})"));
    let heading = format!(
        "{}: from {} back to {}{ticket}",
        visible(plan.environment.name()),
        visible(short(&plan.live)),
        visible(short(&plan.target)),
    );
    page.line(0, &heading, Ink::new().bold());
    page.blank();
    let leaves = match plan.leaves.len() {
        0 => "No change leaves.".to_owned(),
        1 => "1 change leaves:".to_owned(),
        number => format!("{number} changes leave:"),
    };
    page.line(2, &leaves, Ink::new());
    for leaving in plan.leaves.iter().take(LISTED) {
        page.line(4, &self::leaving(leaving), Ink::new());
    }
    more(&mut page, plan.leaves.len());
    page.blank();
    page.prose(2, &revert(&plan.revert), Ink::new());
    page.blank();
    stays(&mut page, plan);
    page.prose(2, NEVER_UNDONE, Ink::new());
    page.text
}

fn more(page: &mut Page, number: usize) {
    if number > LISTED {
        page.line(
            4,
            &format!("and {} more", number - LISTED),
            Ink::new().dimmed(),
        );
    }
}

fn stays(page: &mut Page, plan: &Plan) {
    if plan.stays.is_empty() {
        let words = "Nothing was found that stays behind: no migration, variable, flag, secret or \
                     configuration outside of the code differs.";
        page.prose(2, words, Ink::new());
        page.blank();
        return;
    }
    page.line(2, "What stays behind:", Ink::new());
    for leftover in &plan.stays {
        page.blank();
        self::leftover(page, leftover);
    }
    page.blank();
}

fn leftover(page: &mut Page, leftover: &Leftover) {
    let ink = match leftover.risk {
        Risk::Safe => Ink::new().green(),
        Risk::NeedsSteps => Ink::new().yellow().bold(),
        Risk::Unknown => Ink::new().magenta().bold(),
        Risk::LosesData => Ink::new().red().bold(),
    };
    page.text.push_str("    ");
    page.paint(leftover.risk.word(), ink);
    let place = match leftover.line {
        Some(line) => format!("{}:{line}", visible(&leftover.path)),
        None => visible(&leftover.path),
    };
    let place = match leftover.what == leftover.path {
        true => String::new(),
        false => format!("  {place}"),
    };
    let line = format!(
        "  {} {}{place}",
        kind(leftover.kind),
        visible(&leftover.what)
    );
    page.line(0, &line, Ink::new().bold());
    page.prose(6, &prose(&leftover.why), Ink::new());
}

/// The thing, as it stands before its name.
pub fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Migration => "migration",
        Kind::EnvironmentVariable => "variable",
        Kind::FeatureFlag => "flag",
        Kind::Configuration => "configuration",
        Kind::Infrastructure => "infrastructure",
        Kind::Secret => "secret",
        Kind::NotRead => "not read",
    }
}

fn leaving(leaving: &Leaving) -> String {
    let pr = leaving.pr.map(|number| format!("#{number}"));
    let subject = prose(&leaving.commit.subject);
    let pr = pr.filter(|pr| !subject.contains(pr.as_str()));
    format!(
        "{} {subject}{} ({})",
        leaving.commit.short(),
        pr.map_or_else(String::new, |pr| format!(" {pr}")),
        prose(&leaving.author)
    )
}

fn revert(revert: &Revert) -> String {
    match revert {
        Revert::Clean => "On the base branch, git can take the same back by itself.".to_owned(),
        Revert::Conflicts { paths } => {
            let shown: Vec<String> = paths.iter().take(3).map(|path| visible(path)).collect();
            format!(
                "On the base branch, git cannot take the same back by itself: {} changed again \
                 since ({}{}).",
                count(paths.len(), "file"),
                shown.join(", "),
                if paths.len() > shown.len() {
                    ", …"
                } else {
                    ""
                }
            )
        }
        Revert::Unknown { reason } => format!(
            "Whether the same can be taken back on the base branch is not known: {}.",
            prose(reason)
        ),
    }
}

/// The plan as JSON that ends with a line feed.
///
/// # Errors
/// Only where `serde_json` cannot write it, which its types rule out.
pub fn json(plan: &Plan) -> serde_json::Result<String> {
    let mut document = safe::json(&serde_json::to_string_pretty(plan)?);
    document.push('\n');
    Ok(document)
}
