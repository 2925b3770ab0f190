//! What people record beside the ships: incidents, and decisions to ship a concern anyway.

use serde::{Deserialize, Serialize};

use super::{Actor, Event, Timestamp};

/// What can be recorded. Its kind in the ledger is `t`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t")]
pub enum Record {
    /// Something went wrong.
    #[serde(rename = "incident.open")]
    IncidentOpen(Incident),
    /// It is over, and perhaps more was learned.
    #[serde(rename = "incident.close")]
    IncidentClose {
        /// The incident.
        incident: String,
        /// What was learned, in one sentence; redacted. None: what it said before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lesson: Option<String>,
    },
    /// Somebody decided to ship a concern anyway.
    #[serde(rename = "override")]
    Override(Override),
}

/// Something that went wrong, tied to where it may go wrong again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// A name that stays.
    pub incident: String,
    /// What happened, in a line; redacted.
    pub title: String,
    /// The day, `YYYY-MM-DD`.
    pub date: String,
    /// What it hurt; all of them when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub surfaces: Vec<String>,
    /// Patterns of the files where it happened.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    /// The symbols where it happened, as a review names them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub symbols: Vec<String>,
    /// The checks that would have seen it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<String>,
    /// The ship that brought it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ship: Option<ShipName>,
    /// What was learned, in one sentence; redacted.
    pub lesson: String,
}

/// A ship, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShipName {
    /// The environment.
    pub environment: String,
    /// The ticket.
    pub ticket: u64,
}

/// The decision to ship a concern anyway. It holds for this concern in this tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// The concern.
    pub fingerprint: String,
    /// Its check.
    pub check: String,
    /// Its path.
    pub path: String,
    /// Its symbol.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub symbol: String,
    /// The commit that was looked at.
    pub head: String,
    /// Its tree, which survives a rebase that changes nothing and a squash merge.
    pub tree: String,
    /// Whether whoever decided it is an author of the change, as far as that could be known.
    pub by_author: bool,
    /// Why; redacted.
    pub reason: String,
}

/// An incident, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownIncident {
    /// The incident, with the last lesson.
    pub incident: Incident,
    /// When it was recorded, and by whom.
    pub opened: (Timestamp, Actor),
    /// When it was closed, and by whom; none while it is open.
    pub closed: Option<(Timestamp, Actor)>,
}

/// The incidents that events tell of, the oldest first. What this binary does not know is passed
/// over.
pub fn incidents(events: &[Event]) -> Vec<KnownIncident> {
    let mut known: Vec<KnownIncident> = Vec::new();
    for event in events {
        let by = (event.at, event.actor.clone());
        match event.own::<Record>() {
            Ok(Record::IncidentOpen(incident)) => {
                // A name that is there already stays with the first.
                if !known
                    .iter()
                    .any(|it| it.incident.incident == incident.incident)
                {
                    known.push(KnownIncident {
                        incident,
                        opened: by,
                        closed: None,
                    });
                }
            }
            Ok(Record::IncidentClose { incident, lesson }) => {
                let found = known.iter_mut().find(|it| it.incident.incident == incident);
                if let Some(found) = found {
                    found.closed = Some(by);
                    found.incident.lesson = lesson.unwrap_or(found.incident.lesson.clone());
                }
            }
            Ok(Record::Override(_)) | Err(_) => {}
        }
    }
    known
}

/// The decisions that events tell of, with who and when, the oldest first.
pub fn overrides(events: &[Event]) -> Vec<(Override, Actor, Timestamp)> {
    let decided = events
        .iter()
        .filter_map(|event| match event.own::<Record>() {
            Ok(Record::Override(decision)) => Some((decision, event.actor.clone(), event.at)),
            _ => None,
        });
    decided.collect()
}
