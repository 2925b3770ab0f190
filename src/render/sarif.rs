//! The record as SARIF 2.1.0, for code scanning and editors.

mod log;
pub(super) mod plain;

use self::log::{
    ArtifactLocation, Configuration, Descriptor, Driver, Finding, Invocation, Location, Log,
    LogicalLocation, Message, MultiformatMessage, Notification, PhysicalLocation, Region, Run,
    RunProperties, SearchRoot, SearchRoots, Suppression, Tags, Tool,
};
use super::checks::{body, doc_file, first_paragraph};
use super::safe::{self, prose, visible};
use super::words;
use crate::review::checks::Check;
use crate::review::record::{Concern, NotReviewed, Review, Tier};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
const HOME: &str = env!("CARGO_PKG_REPOSITORY");
const ROOT: &str = "%SRCROOT%";
const NOT_REVIEWED: &str = "not-reviewed";

/// The concerns that speak as SARIF results; with `all`, the recorded and the suppressed too.
///
/// Suppressed concerns are left out otherwise because code scanning does not read suppressions
/// and would raise an alert.
///
/// # Errors
/// Only where `serde_json` cannot write a log, which its types rule out.
pub fn render(review: &Review, checks: &[&Check], all: bool) -> serde_json::Result<String> {
    let shown = review
        .concerns
        .iter()
        .filter(|concern| all || (concern.tier == Tier::Speaks && concern.suppressed.is_none()));
    let log = Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: driver(checks),
            },
            invocations: [Invocation {
                execution_successful: true,
                tool_execution_notifications: review
                    .not_reviewed
                    .iter()
                    .map(notification)
                    .collect(),
            }],
            original_uri_base_ids: SearchRoots {
                root: SearchRoot {
                    description: text("The root of the repository.".into()),
                },
            },
            results: shown
                .map(|concern| result(review, concern, checks))
                .collect(),
            properties: RunProperties {
                verdict: review.verdict,
                base: &review.base,
                head: &review.head,
                surfaces: &review.surfaces,
            },
        }],
    };
    let mut document = safe::json(&serde_json::to_string_pretty(&log)?);
    document.push('\n');
    Ok(document)
}

fn driver(checks: &[&Check]) -> Driver {
    Driver {
        name: "afterclick",
        information_uri: HOME,
        semantic_version: env!("CARGO_PKG_VERSION"),
        rules: checks.iter().map(|check| rule(check)).collect(),
        notifications: [Descriptor {
            id: NOT_REVIEWED,
            short_description: text("A file, or a part of one, was not reviewed.".into()),
            full_description: None,
            help: None,
            help_uri: None,
            default_configuration: Configuration { level: "warning" },
            properties: None,
        }],
    }
}

fn rule(check: &Check) -> Descriptor {
    let page = body(check);
    let description = first_paragraph(&page).unwrap_or_else(|| check.summary().to_owned());
    Descriptor {
        id: check.id,
        short_description: text(check.summary().to_owned()),
        full_description: Some(text(description)),
        help: Some(MultiformatMessage {
            text: page.clone(),
            markdown: page,
        }),
        help_uri: Some(format!("{HOME}/blob/main/docs/checks/{}", doc_file(check))),
        default_configuration: Configuration {
            level: if check.speaks { "warning" } else { "note" },
        },
        properties: Some(Tags {
            tags: [check.surface.name()],
        }),
    }
}

fn result<'a>(review: &Review, concern: &'a Concern, checks: &[&Check]) -> Finding<'a> {
    let level = match concern.tier {
        Tier::Recorded => "note",
        Tier::Speaks if words::holds(review, concern) => "error",
        Tier::Speaks => "warning",
    };
    let symbol = visible(&concern.symbol);
    Finding {
        rule_id: concern.check,
        rule_index: checks.iter().position(|check| check.id == concern.check),
        level,
        message: text(unlinked(&words::paragraphs(concern).join("\n\n"))),
        locations: [Location {
            physical_location: physical(&concern.path, Some(concern.line.unwrap_or(1))),
            logical_locations: (!symbol.is_empty()).then_some({
                [LogicalLocation {
                    fully_qualified_name: symbol,
                }]
            }),
        }],
        partial_fingerprints: log::Fingerprints {
            afterclick: &concern.fingerprint,
        },
        suppressions: concern.suppressed.as_ref().map(|suppressed| {
            [Suppression {
                kind: "external",
                justification: prose(&suppressed.reason),
            }]
        }),
    }
}

fn notification(file: &NotReviewed) -> Notification {
    let reason = prose(&file.reason);
    Notification {
        descriptor: log::Reference { id: NOT_REVIEWED },
        level: "warning",
        message: text(unlinked(&format!("Not reviewed: {reason}."))),
        locations: [Location {
            physical_location: physical(&file.path, None),
            logical_locations: None,
        }],
    }
}

fn physical(path: &str, line: Option<u32>) -> PhysicalLocation {
    PhysicalLocation {
        artifact_location: ArtifactLocation {
            uri: uri(path),
            uri_base_id: ROOT,
        },
        region: line.map(|line| Region {
            start_line: line.max(1),
        }),
    }
}

fn text(text: String) -> Message {
    Message { text }
}

/// SARIF reads `[text](target)` in a message as a link; a change may not bring one.
fn unlinked(message: &str) -> String {
    message.replace("](", "] (")
}

/// The path as a relative URI: everything but the unreserved characters is percent-encoded.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::{unlinked, uri};

    #[test]
    fn a_path_is_a_relative_uri() {
        assert_eq!(
            uri("app/a b/[id]#1?%.ts"),
            "app/a%20b/%5Bid%5D%231%3F%25.ts"
        );
        assert_eq!(uri("ü\n:x"), "%C3%BC%0A%3Ax");
    }

    #[test]
    fn a_message_has_no_links() {
        assert_eq!(unlinked("[a](http://b) a[0](1)"), "[a] (http://b) a[0] (1)");
    }
}
