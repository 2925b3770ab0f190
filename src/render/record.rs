//! Incidents and decisions, in words.

use owo_colors::Style as Ink;
use serde::Serialize;

use super::page::Page;
use super::safe::{self, prose, visible};
use super::text::Style;
use crate::ledger::record::{Incident, KnownIncident, Override};

/// The version of the JSON. It grows only when a reader would break.
const SCHEMA: u32 = 1;

/// How many digits of a commit are shown.
const DIGITS: usize = 12;

/// What was recorded when a concern was overridden.
pub fn decided(decision: &Override, by: &str) -> String {
    let Override {
        check, path, head, ..
    } = decision;
    let head: String = head.chars().take(DIGITS).collect();
    let reason = decision.reason.trim_end_matches('.');
    let line = format!("Recorded: {by} lets {check} in {path} ship at {head}: {reason}.");
    visible(&line) + "\n"
}

/// What was recorded when an incident was opened.
pub fn opened(incident: &Incident) -> String {
    let Incident {
        incident, title, ..
    } = incident;
    let line = format!(
        "Recorded incident {incident}: {}.",
        title.trim_end_matches('.')
    );
    visible(&line) + "\n"
}

/// What was recorded when an incident was closed.
pub fn closed(id: &str) -> String {
    visible(&format!("Closed incident {id}.")) + "\n"
}

/// The incidents, the newest first.
pub fn incidents(known: &[KnownIncident], style: Style) -> String {
    let mut page = Page::new(style);
    if known.is_empty() {
        page.line(0, "The ledger has no incident.", Ink::new());
    }
    for KnownIncident {
        incident, closed, ..
    } in known.iter().rev()
    {
        let state = if closed.is_some() { "closed" } else { "open" };
        let id = visible(&incident.incident);
        let head = format!("{}  {id}  {state}", incident.date);
        page.line(0, &visible(&head), Ink::new().bold());
        page.prose(2, &prose(&incident.title), Ink::new());
        if incident.lesson != incident.title {
            page.prose(
                2,
                &format!("Lesson: {}", prose(&incident.lesson)),
                Ink::new(),
            );
        }
        let ship = incident.ship.as_ref();
        let ship = ship.map(|it| format!("{}#{}", it.environment, it.ticket));
        let tied = [&incident.paths, &incident.symbols, &incident.checks];
        let tied = tied.into_iter().flatten().cloned().chain(ship);
        let tied = tied.collect::<Vec<_>>().join(" · ");
        page.line(2, &visible(&tied), Ink::new().dimmed());
    }
    page.text
}

/// The same as JSON; it ends in a line break.
///
/// # Errors
/// None that is known; the caller passes it on as a bug.
pub fn incidents_json(known: &[KnownIncident]) -> serde_json::Result<String> {
    #[derive(Serialize)]
    struct Listed<'a> {
        #[serde(flatten)]
        incident: &'a Incident,
        opened_by: &'a str,
        opened_at: String,
        closed_by: Option<&'a str>,
        closed_at: Option<String>,
    }
    #[derive(Serialize)]
    struct List<'a> {
        schema: u32,
        incidents: Vec<Listed<'a>>,
    }
    let incidents = known.iter().map(|it| Listed {
        incident: &it.incident,
        opened_by: &it.opened.1.name,
        opened_at: it.opened.0.to_string(),
        closed_by: it.closed.as_ref().map(|(_, by)| by.name.as_str()),
        closed_at: it.closed.as_ref().map(|(at, _)| at.to_string()),
    });
    let list = List {
        schema: SCHEMA,
        incidents: incidents.collect(),
    };
    Ok(safe::json(&serde_json::to_string_pretty(&list)?) + "\n")
}
