//! Records that wait until the remote has confirmed them: a file each, in the repository's own
//! folder.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::ledger::Draft;

use super::LedgerFailure;

/// A record that waits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Waiting {
    /// How many events its stream had when it was first tried: it can only stand after those.
    pub(super) after: u64,
    /// The record.
    pub(super) draft: Draft,
}

/// The folder of what waits.
pub(super) struct Spool {
    folder: PathBuf,
}

impl Spool {
    /// Below the folder of the repository. Nothing is made yet.
    pub(super) fn new(repository: &Path) -> Self {
        Self {
            folder: repository.join("afterclick").join("spool"),
        }
    }

    /// Keeps a record, so that it outlives this process and a power failure.
    pub(super) fn put(&self, waiting: &Waiting) -> Result<(), LedgerFailure> {
        let text = serde_json::to_string(waiting).unwrap_or_default();
        let id = &waiting.draft.id;
        let draft = self.folder.join(format!(".{id}.{}", std::process::id()));
        let kept = fs::create_dir_all(&self.folder)
            .and_then(|()| write_new(&draft, &text))
            .and_then(|()| fs::rename(&draft, self.file(id)));
        kept.map_err(|error| {
            // It is as if it had never been begun.
            let _ = fs::remove_file(&draft);
            self.failure(&error)
        })
    }

    /// Everything that waits, the oldest first. A file that is none of ours is passed over.
    pub(super) fn waiting(&self) -> Result<Vec<Waiting>, LedgerFailure> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(self.failure(&error)),
        };
        let mut waiting: Vec<Waiting> = Vec::new();
        for entry in entries {
            let path = entry.map_err(|error| self.failure(&error))?.path();
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            match fs::read_to_string(&path) {
                Ok(text) => waiting.extend(serde_json::from_str::<Waiting>(&text).ok()),
                // Another process has just sent it.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(self.failure(&error)),
            }
        }
        waiting.sort_by(|one, other| one.draft.id.cmp(&other.draft.id));
        Ok(waiting)
    }

    /// Lets go of a record that is confirmed. Where that fails it is found in the ledger next time.
    pub(super) fn remove(&self, id: &str) {
        let _ = fs::remove_file(self.file(id));
    }

    fn file(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.json"))
    }

    fn failure(&self, error: &io::Error) -> LedgerFailure {
        LedgerFailure::Spool {
            folder: self.folder.clone(),
            detail: error.to_string(),
        }
    }
}

fn write_new(file: &Path, text: &str) -> io::Result<()> {
    let mut file = File::create(file)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
