//! Findings that are about no change, as a SARIF log.

use serde::Serialize;

use super::log::{
    Configuration, Descriptor, Driver, Finding, Fingerprints, Invocation, Location, Message,
    Notification, Reference, SearchRoot, SearchRoots, Tool,
};
use super::{HOME, SCHEMA, physical, text, unlinked};
use crate::render::safe::{self, prose};

const NOT_EXAMINED: &str = "not-examined";

/// One finding.
pub(in crate::render) struct Entry<'a> {
    /// The index of its rule.
    pub(in crate::render) rule: usize,
    /// `error`, `warning` or `note`.
    pub(in crate::render) level: &'static str,
    /// What is wrong and what to do.
    pub(in crate::render) message: String,
    /// The file.
    pub(in crate::render) path: &'a str,
    /// The line, from 1.
    pub(in crate::render) line: u32,
    /// What makes it the same finding tomorrow.
    pub(in crate::render) fingerprint: String,
}

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool,
    invocations: [Invocation; 1],
    original_uri_base_ids: SearchRoots,
    results: Vec<Finding<'a>>,
}

/// The log of a tool with these rules (name and summary); what was not examined is a notification
/// at `root`.
///
/// # Errors
/// Only where `serde_json` cannot write a log, which its types rule out.
pub(in crate::render) fn render(
    tool: &'static str,
    rules: &[(&'static str, &'static str)],
    entries: &[Entry<'_>],
    (root, unread): (&str, &[String]),
) -> serde_json::Result<String> {
    let log = Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: tool,
                    information_uri: HOME,
                    semantic_version: env!("CARGO_PKG_VERSION"),
                    rules: rules
                        .iter()
                        .map(|(id, summary)| descriptor(id, summary))
                        .collect(),
                    notifications: [descriptor(NOT_EXAMINED, "Something was not examined.")],
                },
            },
            invocations: [Invocation {
                execution_successful: true,
                tool_execution_notifications: unread
                    .iter()
                    .map(|it| notification(root, it))
                    .collect(),
            }],
            original_uri_base_ids: SearchRoots {
                root: SearchRoot {
                    description: text("The root of the repository.".into()),
                },
            },
            results: entries.iter().map(|it| result(it, rules)).collect(),
        }],
    };
    Ok(safe::json(&serde_json::to_string_pretty(&log)?) + "\n")
}

fn descriptor(id: &'static str, summary: &str) -> Descriptor {
    Descriptor {
        id,
        short_description: text(summary.to_owned()),
        full_description: None,
        help: None,
        help_uri: None,
        default_configuration: Configuration { level: "warning" },
        properties: None,
    }
}

fn result<'a>(entry: &'a Entry<'_>, rules: &[(&'static str, &'static str)]) -> Finding<'a> {
    Finding {
        rule_id: rules.get(entry.rule).map_or("", |(id, _)| id),
        rule_index: Some(entry.rule),
        level: entry.level,
        message: message(&entry.message),
        locations: [location(entry.path, Some(entry.line))],
        partial_fingerprints: Fingerprints {
            afterclick: &entry.fingerprint,
        },
        suppressions: None,
    }
}

fn notification(root: &str, unread: &str) -> Notification {
    Notification {
        descriptor: Reference { id: NOT_EXAMINED },
        level: "warning",
        message: message(&format!("Not examined: {unread}")),
        locations: [location(root, None)],
    }
}

fn location(path: &str, line: Option<u32>) -> Location {
    Location {
        physical_location: physical(path, line),
        logical_locations: None,
    }
}

fn message(words: &str) -> Message {
    let paragraphs: Vec<String> = words.split("\n\n").map(prose).collect();
    text(unlinked(&paragraphs.join("\n\n")))
}
