//! What `init` would write and `uninstall` would take back, in words and as a diff.

use super::diff::unified;
use crate::setup::{Install, OwnedFile, Removal};

const EDITED: &str = "stays as it is: it was edited since `afterclick init` wrote it";
const FOREIGN: &str = "stays as it is: `afterclick init` did not write it";

/// What `init` would do.
pub fn install(files: &[(OwnedFile, Install)], color: bool) -> String {
    let mut out = String::new();
    for (OwnedFile { path, text }, step) in files {
        out.push_str(&match step {
            Install::Create => unified(path, None, Some(text), color),
            Install::Update { before } => unified(path, Some(before), Some(text), color),
            Install::Same => format!("{path} is there already.\n"),
            Install::KeepEdited => format!("{path} {EDITED}.\n"),
            Install::KeepForeign => format!("{path} {FOREIGN}.\n"),
        });
    }
    out
}

/// What `uninstall` would do.
pub fn uninstall(files: &[(&'static str, Removal)], color: bool) -> String {
    let mut out = String::new();
    for (path, step) in files {
        out.push_str(&match step {
            Removal::Remove { before } => unified(path, Some(before), None, color),
            Removal::Nothing => String::new(),
            Removal::KeepEdited => format!("{path} {EDITED}.\n"),
            Removal::KeepForeign => format!("{path} {FOREIGN}.\n"),
        });
    }
    out
}

/// The paths that were written, a line each, and what to do next.
pub fn installed(files: &[(OwnedFile, Install)]) -> String {
    let written = files.iter().filter_map(|(file, step)| match step {
        Install::Create | Install::Update { .. } => Some(format!("Wrote {}.\n", file.path)),
        Install::Same | Install::KeepEdited | Install::KeepForeign => None,
    });
    let written: String = written.collect();
    format!("{written}Commit them; `afterclick doctor` says what is still missing.\n")
}

/// The paths that were removed, a line each.
pub fn uninstalled(files: &[(&'static str, Removal)]) -> String {
    let removed = files.iter().filter_map(|(path, step)| match step {
        Removal::Remove { .. } => Some(format!("Removed {path}.\n")),
        Removal::Nothing | Removal::KeepEdited | Removal::KeepForeign => None,
    });
    removed.collect()
}
