//! Records incidents, and lists them.

use std::path::Path;

use crate::git::{Reads, Repository};
use crate::ledger::record::{Incident, KnownIncident, Record, incidents};
use crate::ledger::redact::{REASON_BYTES, TITLE_BYTES, redact};
use crate::ledger::{Actor, RECORD};
use crate::review;

use super::ledger::{Ledger, LedgerFailure, Place, Surroundings, Writer, now};
use super::log::Ask;
use super::{Failure, RecordFailure};

/// Records an incident, and gives it as it was recorded. Without an id and a date it gets them.
///
/// # Errors
/// It would be of no use to a review, or the ledger cannot be written.
pub fn open(
    dir: &Path,
    place: &Place,
    surroundings: &Surroundings,
    incident: Incident,
) -> anyhow::Result<Incident> {
    let today = now().date().to_string();
    let title = redact(&incident.title, TITLE_BYTES);
    let lesson = redact(&incident.lesson, REASON_BYTES);
    let (id, date) = (incident.incident.clone(), incident.date.clone());
    let date = if date.is_empty() { today } else { date };
    let incident = Incident {
        incident: match id.is_empty() {
            true => format!("{date}-{}", suffix()),
            false => redact(&id, TITLE_BYTES),
        },
        date,
        lesson: if lesson.is_empty() {
            title.clone()
        } else {
            lesson
        },
        title,
        ..incident
    };
    if incident.title.is_empty() {
        return Err(Failure::from(RecordFailure::NoReason).into());
    }
    let nowhere = [&incident.paths, &incident.symbols, &incident.checks];
    if nowhere.iter().all(|it| it.is_empty()) {
        return Err(Failure::from(RecordFailure::IncidentNowhere).into());
    }
    for check in &incident.checks {
        super::policy::known_check(check)?;
    }
    review::record::incidents::Incident::recorded(&incident).map_err(|mistakes| {
        let mistakes = mistakes.into_iter().map(|it| it.message);
        Failure::from(RecordFailure::InvalidIncident(mistakes.collect()))
    })?;
    write(
        dir,
        place,
        surroundings,
        &Record::IncidentOpen(incident.clone()),
    )?;
    Ok(incident)
}

/// Records that an incident is over.
///
/// # Errors
/// There is no such incident, or the ledger cannot be read or written.
pub fn close(
    dir: &Path,
    place: &Place,
    surroundings: &Surroundings,
    id: &str,
    lesson: Option<&str>,
) -> anyhow::Result<()> {
    let known = list(dir, place, Ask::Remote)?;
    if !known.iter().any(|it| it.incident.incident == id) {
        return Err(Failure::from(RecordFailure::UnknownIncident(id.to_owned())).into());
    }
    let lesson = lesson.map(|it| redact(it, REASON_BYTES));
    let incident = id.to_owned();
    write(
        dir,
        place,
        surroundings,
        &Record::IncidentClose { incident, lesson },
    )
}

/// The incidents of the ledger, the oldest first; none where there is no ledger.
///
/// # Errors
/// The ledger cannot be read.
pub fn list(dir: &Path, place: &Place, ask: Ask) -> Result<Vec<KnownIncident>, Failure> {
    let (mut ledger, view) = match super::log::open(dir, place, ask) {
        Ok(opened) => opened,
        Err(Failure::Ledger(LedgerFailure::None)) => return Ok(Vec::new()),
        Err(failure) => return Err(failure),
    };
    Ok(incidents(&ledger.events(&view, RECORD)?))
}

fn write(
    dir: &Path,
    place: &Place,
    surroundings: &Surroundings,
    record: &Record,
) -> anyhow::Result<()> {
    let writer = Writer {
        actor: actor(dir, surroundings)?,
        session: surroundings.session.clone(),
        repo: None,
    };
    let draft = writer.draft(RECORD, record)?;
    Ledger::open(dir, place)?.record(vec![draft])?;
    Ok(())
}

/// Who this process works for, in the repository that a folder is in.
///
/// # Errors
/// Git cannot be started.
pub fn actor(dir: &Path, surroundings: &Surroundings) -> Result<Actor, Failure> {
    let identity = Repository::new(dir, Reads::Objects).identity()?;
    let name = identity.map(|(name, _)| name);
    Ok(surroundings.actor(name.as_deref()))
}

/// Four signs that tell the incidents of a day apart.
fn suffix() -> String {
    let id = ulid::Ulid::new().to_string().to_lowercase();
    id.chars().skip(22).collect()
}
