//! The checks for people: a list, one explained, and the pages of the documentation.

use owo_colors::Style as Ink;
use serde::Serialize;

use super::page::Page;
use super::text::Style;
use super::words;
use crate::review::checks::Check;
use crate::review::record::Surface;

/// Columns that a summary needs beside the ids; below that it goes under them.
const SUMMARY_COLUMNS: usize = 36;

/// Every check by surface: id and one line.
pub fn list(checks: &[&Check], style: Style) -> String {
    let mut page = Page::new(style);
    let ids = checks.iter().map(|check| check.id.len()).max().unwrap_or(0);
    for surface in Surface::ALL {
        let of_surface: Vec<_> = checks.iter().filter(|one| one.surface == surface).collect();
        if of_surface.is_empty() {
            continue;
        }
        page.line(0, surface.name(), Ink::new().yellow().bold());
        for check in of_surface {
            let recorded = if check.speaks { "" } else { " (recorded only)" };
            page.row(
                2,
                (check.id, ids),
                &format!("{}{recorded}", check.summary()),
                SUMMARY_COLUMNS,
            );
        }
        page.blank();
    }
    let line = format!(
        "{}. `afterclick explain <check>` says more about one.",
        words::count(checks.len(), "check")
    );
    page.prose(0, &line, Ink::new().dimmed());
    page.text
}

#[derive(Serialize)]
struct Entry<'a> {
    id: &'a str,
    surface: Surface,
    speaks: bool,
    summary: &'a str,
}

/// Every check as JSON.
///
/// # Errors
/// Only where `serde_json` cannot write the list, which its types rule out.
pub fn list_json(checks: &[&Check]) -> serde_json::Result<String> {
    let entries = checks.iter().map(|check| Entry {
        id: check.id,
        surface: check.surface,
        speaks: check.speaks,
        summary: check.summary(),
    });
    let mut document = serde_json::to_string_pretty(&entries.collect::<Vec<_>>())?;
    document.push('\n');
    Ok(document)
}

/// One check with its page, for a terminal.
pub fn explain(check: &Check, style: Style) -> String {
    let mut page = Page::new(style);
    page.line(0, check.id, Ink::new().yellow().bold());
    page.blank();
    page.prose(2, check.summary(), Ink::new());
    page.prose(2, tier(check), Ink::new().dimmed());
    page.markdown(&body(check));
    page.text
}

/// The check of this id, or of this name on whatever surface, where only one has it.
pub fn find<'a>(id: &str, checks: &[&'a Check]) -> Option<&'a Check> {
    let named: Vec<_> = checks
        .iter()
        .filter(|one| one.id == id || name(one) == id)
        .collect();
    match named.as_slice() {
        [check] => Some(check),
        _ => None,
    }
}

/// The ids that somebody may have meant, the nearest first.
pub fn nearest<'a>(id: &str, checks: &[&'a Check]) -> Vec<&'a str> {
    let mut scored: Vec<(f64, &str)> = checks
        .iter()
        .map(|check| {
            let whole = strsim::jaro_winkler(id, check.id);
            (whole.max(strsim::jaro_winkler(id, name(check))), check.id)
        })
        .filter(|(score, _)| *score >= 0.8)
        .collect();
    scored.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(other.1)));
    scored.into_iter().take(3).map(|(_, id)| id).collect()
}

/// The file of a check in `docs/checks/`.
pub fn doc_file(check: &Check) -> String {
    format!("{}.md", check.id.replace('/', "-"))
}

/// The page of a check in `docs/checks/`.
pub fn doc_page(check: &Check) -> String {
    format!(
        "# `{}`\n\n{}\n\n*{}*\n\n{}",
        check.id,
        check.summary(),
        tier(check),
        body(check)
    )
}

/// The index of `docs/checks/`.
pub fn doc_index(checks: &[&Check]) -> String {
    let mut index = String::from(
        "# Checks\n\nWhat afterclick looks for, by surface. A check *speaks*, or its concerns are \
         only *recorded*.\n",
    );
    for surface in Surface::ALL {
        let mut of_surface = checks
            .iter()
            .filter(|one| one.surface == surface)
            .peekable();
        if of_surface.peek().is_none() {
            continue;
        }
        index.push_str(&format!(
            "\n## {}\n\n| check | looks for | |\n| --- | --- | --- |\n",
            surface.name()
        ));
        for check in of_surface {
            let speaks = if check.speaks { "speaks" } else { "recorded" };
            let summary = check.summary().replace('|', "\\|");
            index.push_str(&format!(
                "| [`{}`]({}) | {summary} | {speaks} |\n",
                check.id,
                doc_file(check)
            ));
        }
    }
    index
}

/// The page without its first line, which is the summary.
pub(super) fn body(check: &Check) -> String {
    let lines = check.page.lines().skip(1);
    let lines = lines.map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end());
    let body = lines.collect::<Vec<_>>().join("\n");
    format!("{}\n", body.trim_matches('\n'))
}

/// The first paragraph of a page that is no heading, on one line.
pub(super) fn first_paragraph(page: &str) -> Option<String> {
    let lines = page
        .lines()
        .skip_while(|line| line.is_empty() || line.starts_with('#'));
    let paragraph: Vec<&str> = lines.take_while(|line| !line.is_empty()).collect();
    (!paragraph.is_empty()).then(|| paragraph.join(" "))
}

fn name(check: &Check) -> &str {
    check.id.split_once('/').map_or(check.id, |(_, name)| name)
}

fn tier(check: &Check) -> &'static str {
    match check.speaks {
        true => "Its concerns are shown.",
        false => "Its concerns are recorded, not shown.",
    }
}
