//! Deltas between facts, the checks over them, and the verdict.

mod assemble;
pub mod checks;
pub mod code;
pub mod compare;
pub mod delta;
pub mod finding;
pub mod incidents;
pub mod key;
pub mod matching;
pub mod money;
pub mod not_reviewed;
pub mod rank;
pub mod record;
pub mod requirement;
pub mod routes;
pub mod schema;
pub(crate) mod settings;
pub mod slots;
pub mod subject;
pub(crate) mod workflow;
pub mod suppress;

use crate::change::Change;
use crate::facts::tree::Scope;
use checks::Check;
use compare::{Comparison, FilePair};
use delta::Deltas;
use finding::Finding;
use matching::Matching;
use record::{Review, Stats};

/// What a check looks at: both sides, what belongs to what, and what differs.
pub struct Context<'a> {
    /// The files.
    pub files: &'a [FilePair<'a>],
    /// Which scope after is which scope before.
    pub matching: &'a Matching,
    /// What differs.
    pub deltas: &'a Deltas<'a>,
}

impl<'a> Context<'a> {
    /// The scopes that stand on one side only: new or gone.
    pub fn unmatched(&self) -> Vec<(&'a FilePair<'a>, &'a Scope, Alone)> {
        let mut out = Vec::new();
        for (index, file) in self.files.iter().enumerate() {
            for (scope, it) in file.before.tree.scopes.iter().enumerate() {
                if self.matching.after((index, scope)).is_none() {
                    out.push((file, it, Alone::Gone));
                }
            }
            for (scope, it) in file.after.tree.scopes.iter().enumerate() {
                if self.matching.before((index, scope)).is_none() {
                    out.push((file, it, Alone::New));
                }
            }
        }
        out
    }
}

/// On which side a scope stands alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alone {
    /// Only before.
    Gone,
    /// Only after.
    New,
}

/// Reviews a change. The time that it took is left to the caller.
pub fn review(change: &Change) -> Review {
    let comparison = Comparison::new(change);
    let mut concerns = assemble::concerns(findings(&comparison));
    let mut not_reviewed = not_reviewed::list(change);
    not_reviewed.extend(assemble::unreadable(&comparison.files, &mut concerns));
    Review {
        schema: record::SCHEMA,
        verdict: assemble::verdict(&concerns, |_| false),
        base: change.base.clone(),
        head: change.head.clone(),
        surfaces: assemble::surfaces(&concerns),
        held_by: Vec::new(),
        concerns,
        strengthened: Vec::new(),
        not_reviewed,
        stats: Stats {
            files: change.files.len(),
            bytes: change.text_bytes(),
            ms: 0,
        },
    }
}

/// Everything that every check finds in a change, before policy and incidents.
pub fn examine(change: &Change) -> Vec<(&'static Check, Finding)> {
    findings(&Comparison::new(change))
}

fn findings(comparison: &Comparison<'_>) -> Vec<(&'static Check, Finding)> {
    let matching = Matching::new(&comparison.files);
    let deltas = Deltas::new(&comparison.files, &matching);
    let context = Context {
        files: &comparison.files,
        matching: &matching,
        deltas: &deltas,
    };
    let mut out = Vec::new();
    for check in checks::all() {
        let mut findings = Vec::new();
        (check.run)(&context, &mut findings);
        out.extend(findings.into_iter().map(|finding| (check, finding)));
    }
    out
}
