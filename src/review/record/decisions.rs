//! Decisions to ship a concern anyway, as the ledger keeps them.

use crate::review::record::{Concern, Decision, Suppressed};

/// A decision that holds for the change under review: whoever made it may, and it was made for this
/// very tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overridden {
    /// The concern.
    pub fingerprint: String,
    /// Why.
    pub reason: String,
    /// Who decided it.
    pub by: String,
    /// The day, `YYYY-MM-DD`.
    pub at: String,
}

/// Marks the concerns that somebody decided to ship anyway; the last decision is told.
pub(in crate::review) fn mark(concerns: &mut [Concern], overridden: &[Overridden]) {
    for concern in concerns.iter_mut().filter(|it| it.suppressed.is_none()) {
        let mut newest = overridden.iter().rev();
        let decision = newest.find(|it| it.fingerprint == concern.fingerprint);
        concern.suppressed = decision.map(|it| Suppressed {
            reason: it.reason.clone(),
            decision: Some(Decision {
                by: it.by.clone(),
                at: it.at.clone(),
            }),
        });
    }
}
