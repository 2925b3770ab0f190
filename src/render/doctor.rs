//! What `doctor` found, for people and for programs.

use owo_colors::OwoColorize;
use serde::Serialize;

use super::safe::{self, prose, visible};
use super::sarif::plain;
use super::text::Style;
use super::wrap::wrap;
use crate::doctor::{Finding, Level, RULES, Report, WORKFLOWS};

/// The version of the JSON. It grows only when a reader would break.
const SCHEMA: u32 = 1;

/// Columns in front of the running text of a finding.
const INDENT: usize = 2;

/// A paragraph a finding, then what was not read.
pub fn text(report: &Report, style: Style) -> String {
    let mut out = String::new();
    for finding in &report.findings {
        let place = match &finding.path {
            Some(path) => format!("{}:{}", visible(path), finding.line),
            None => "GitHub".to_owned(),
        };
        let level = finding.level.name();
        let level = match (style.color, finding.level) {
            (true, Level::Error) => level.red().to_string(),
            (true, Level::Warning) => level.yellow().to_string(),
            (false, _) => level.to_owned(),
        };
        out.push_str(&format!("{level}  {place}  {}\n", finding.rule.id));
        for (sign, words) in [("", &finding.message), ("→ ", &finding.mend)] {
            let words = format!("{sign}{}", prose(words));
            for line in wrap(&words, style.width.saturating_sub(INDENT)) {
                out.push_str(&format!("{:INDENT$}{line}\n", ""));
            }
        }
        out.push('\n');
    }
    let workflows = match report.workflows {
        1 => "1 workflow".to_owned(),
        count => format!("{count} workflows"),
    };
    out.push_str(&match report.findings.len() {
        0 => format!("Nothing is wrong with {workflows}, as far as could be read.\n"),
        1 => format!("1 thing to look at in {workflows}.\n"),
        count => format!("{count} things to look at in {workflows}.\n"),
    });
    if !report.unread.is_empty() {
        out.push_str("\nNot examined:\n");
        for unread in &report.unread {
            out.push_str(&format!("  - {}\n", prose(unread)));
        }
    }
    out
}

/// The same as JSON; it ends in a line break.
///
/// # Errors
/// None that is known; the caller passes it on as a bug.
pub fn json(report: &Report) -> serde_json::Result<String> {
    #[derive(Serialize)]
    struct Document<'a> {
        schema: u32,
        workflows: usize,
        findings: Vec<Row<'a>>,
        not_examined: &'a [String],
    }
    #[derive(Serialize)]
    struct Row<'a> {
        rule: &'a str,
        level: &'a str,
        path: Option<&'a str>,
        line: Option<u32>,
        message: &'a str,
        mend: &'a str,
        fixable: bool,
    }
    fn row(it: &Finding) -> Row<'_> {
        Row {
            rule: it.rule.id,
            level: it.level.name(),
            path: it.path.as_deref(),
            line: it.path.as_ref().map(|_| it.line),
            message: &it.message,
            mend: &it.mend,
            fixable: it.is_fixable(),
        }
    }
    let document = Document {
        schema: SCHEMA,
        workflows: report.workflows,
        findings: report.findings.iter().map(row).collect(),
        not_examined: &report.unread,
    };
    Ok(safe::json(&serde_json::to_string_pretty(&document)?) + "\n")
}

/// The same as SARIF 2.1.0; it ends in a line break.
///
/// # Errors
/// None that is known; the caller passes it on as a bug.
pub fn sarif(report: &Report) -> serde_json::Result<String> {
    let rules: Vec<_> = RULES.iter().map(|it| (it.id, it.summary)).collect();
    let entries = report.findings.iter().map(|it| plain::Entry {
        rule: RULES
            .iter()
            .position(|rule| rule.id == it.rule.id)
            .unwrap_or_default(),
        level: it.level.name(),
        message: format!("{}\n\n{}", it.message, it.mend),
        // A setting has no file; code scanning wants one all the same.
        path: it.path.as_deref().unwrap_or(WORKFLOWS),
        line: it.line,
        fingerprint: fingerprint(it),
    });
    let entries: Vec<_> = entries.collect();
    let unread = (WORKFLOWS, report.unread.as_slice());
    plain::render("afterclick doctor", &rules, &entries, unread)
}

/// The same for the same thing, wherever it moved in its file.
fn fingerprint(finding: &Finding) -> String {
    let path = finding.path.as_deref().unwrap_or_default();
    let key = [finding.rule.id, path, &finding.message].join("\0");
    blake3::hash(key.as_bytes()).to_hex().to_string()
}
