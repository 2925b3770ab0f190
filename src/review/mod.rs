//! Deltas between facts, the checks over them, and the verdict.

pub mod checks;
pub mod compare;
pub mod finding;
pub mod record;
pub(crate) mod settings;
pub(crate) mod workflow;

use crate::change::Change;
use checks::Check;
use compare::Comparison;
use finding::Finding;

/// Runs every check over a change. What policy, incidents and overrides make of it comes later.
pub fn examine(change: &Change) -> Vec<(&'static Check, Finding)> {
    let comparison = Comparison::new(change);
    let mut out = Vec::new();
    for check in checks::all() {
        let mut findings = Vec::new();
        (check.run)(&comparison, &mut findings);
        out.extend(findings.into_iter().map(|finding| (check, finding)));
    }
    out
}
