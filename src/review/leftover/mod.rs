//! What stays behind when a change that has gone live is taken back.
//!
//! Going back to an earlier commit brings back code. It does not bring back rows, columns, values
//! that live elsewhere, or what was sent. Read here is what the code says about that; whatever
//! cannot be told is [`Risk::Unknown`], never [`Risk::Safe`].

mod configuration;
mod migration;

use serde::{Deserialize, Serialize};

use crate::change::{Change, Class};
use crate::review::deltas::compare::Comparison;
use crate::review::queries::schema;
use crate::review::record::not_reviewed;

/// What it means that something stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Risk {
    /// The earlier code lives with it.
    Safe,
    /// Somebody has to do something, before or after.
    NeedsSteps,
    /// It cannot be told from the code.
    Unknown,
    /// Something is gone that going back does not bring back.
    LosesData,
}

/// What kind of thing stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// What a migration did to the database.
    Migration,
    /// A variable of the environment.
    EnvironmentVariable,
    /// A feature flag.
    FeatureFlag,
    /// Configuration that is not part of the deployed code.
    Configuration,
    /// Infrastructure that is described in code.
    Infrastructure,
    /// A secret.
    Secret,
    /// A file that was not read.
    NotRead,
}

/// One thing that stays behind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Leftover {
    /// What it means.
    pub risk: Risk,
    /// What it is.
    pub kind: Kind,
    /// Its name, such as `orders.total` or `STRIPE_KEY`.
    pub what: String,
    /// Why, and what to do, in a sentence or two.
    pub why: String,
    /// The path.
    pub path: String,
    /// The line in the live version, from 1; none where there is none.
    pub line: Option<u32>,
}

impl Risk {
    /// The word that is shown.
    pub fn word(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::NeedsSteps => "needs steps",
            Self::Unknown => "unknown",
            Self::LosesData => "loses data",
        }
    }
}

/// What stays behind, the worst first. The change is the one that went live: from the commit to go
/// back to, up to the one that is live.
pub fn leftovers(change: &Change) -> Vec<Leftover> {
    let comparison = Comparison::new(change, &|_| false);
    let mut found = Vec::new();
    migration::read(&comparison.files, &mut found);
    configuration::read(&comparison.files, &mut found);
    configuration::speaks(change, &mut found);
    for unread in not_reviewed::list(change) {
        let file = change
            .files
            .iter()
            .find(|it| it.path.to_string() == unread.path);
        // Pictures and archives are part of the code that comes back.
        let matters = schema::is_migration(&unread.path)
            || file.is_none_or(|it| it.class() == Class::Source && !is_opaque(&unread.reason));
        if matters {
            found.push(Leftover {
                risk: Risk::Unknown,
                kind: Kind::NotRead,
                what: unread.path.clone(),
                why: format!("It was not read: {}.", unread.reason),
                path: unread.path,
                line: None,
            });
        }
    }
    found.sort_by(|one, other| other.risk.cmp(&one.risk).then_with(|| one.cmp(other)));
    found.dedup();
    found
}

/// Content that is deployed as it is.
fn is_opaque(reason: &str) -> bool {
    ["binary file", "symbolic link"].contains(&reason)
}

#[cfg(test)]
mod tests;
