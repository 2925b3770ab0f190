//! The policy of a repository: `.afterclick.yml`, read from the base side of a change.
//!
//! [`Policy::parse`] gives a valid policy or every mistake with its place. [`compare`] says what a
//! change would weaken; under the policy of its base, nothing that it brings silences anything.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::review::record::Surface;

mod compare;
mod date;
mod diagnostics;
mod patterns;
mod place;
mod raw;
mod settings;
mod shape;
mod validate;
mod yaml;

pub use compare::{Weakening, compare, invalid_head};
pub use date::Date;
pub use diagnostics::Diagnostic;
pub use raw::{ByAuthor, schema};
pub use settings::{Setting, SettingValue};

pub(crate) use compare::AGREE;
pub(crate) use diagnostics::{Diagnostics, Position, name_hint, nearest, shown};
pub(crate) use patterns::{Patterns, PatternsBuilder};
pub(crate) use place::Place;
pub(crate) use shape::fit;
pub(crate) use yaml::{MAX_BYTES, read};

/// Where the policy stands in a repository.
pub const POLICY_PATH: &str = ".afterclick.yml";

/// How much speaks.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Care {
    /// Only what is sure and hurts at once.
    Relaxed,
    /// What a careful colleague would say.
    #[default]
    Balanced,
    /// Also what may be fine but should be looked at.
    Strict,
}

impl Care {
    /// The name as it stands in a policy.
    pub fn name(self) -> &'static str {
        match self {
            Self::Relaxed => "relaxed",
            Self::Balanced => "balanced",
            Self::Strict => "strict",
        }
    }
}

/// What an open concern on a surface does.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Nothing: concerns are recorded and not shown.
    Off,
    /// It is shown; the change may go on.
    #[default]
    Advise,
    /// It holds the change until it is fixed or overridden with a reason.
    Enforce,
}

impl Mode {
    /// The name as it stands in a policy.
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Advise => "advise",
            Self::Enforce => "enforce",
        }
    }
}

/// The project's own words: names as they stand in its code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    /// Functions, middleware, decorators or attributes that let in only who may come in.
    pub guards: Vec<String>,
    /// Values that stand for who is asking.
    pub principals: Vec<String>,
    /// Columns or fields that say whose a row is.
    pub tenants: Vec<String>,
    /// Values that are amounts of money.
    pub money: Vec<String>,
    /// Handlers or addresses that anyone may call by design.
    pub public: Vec<String>,
}

impl Words {
    /// Each list with its key in the policy.
    pub fn lists(&self) -> [(&'static str, &[String]); 5] {
        [
            ("guards", &self.guards),
            ("principals", &self.principals),
            ("tenants", &self.tenants),
            ("money", &self.money),
            ("public", &self.public),
        ]
    }
}

/// A concern that the project has decided to live with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Suppression {
    pub(crate) check: String,
    /// Everywhere when empty.
    pub(crate) paths: Vec<String>,
    pub(crate) symbol: Option<String>,
    pub(crate) reason: String,
    /// The last day on which it holds.
    pub(crate) until: Option<Date>,
}

/// Where the ledger is, as far as the policy says so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LedgerPlace {
    /// The branch.
    pub branch: Option<String>,
    /// The remote.
    pub remote: Option<String>,
}

/// What a deploy to an environment takes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EnvironmentPolicy {
    /// A command that prints the commit that is live.
    pub probe: Option<String>,
    /// Whether a person other than the one who asks has to approve it.
    pub approval: bool,
}

/// What a path pattern in a policy stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Include,
    Exclude,
    Surface(Surface),
    /// The suppression at this index.
    Suppression(usize),
}

/// A valid policy. The default is the one of a repository without a file.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    care: Care,
    /// In the order of [`Surface::ALL`].
    modes: [Mode; 4],
    include: Vec<String>,
    exclude: Vec<String>,
    /// In the order of [`Surface::ALL`].
    surfaces: [Vec<String>; 4],
    words: Words,
    suppressions: Vec<Suppression>,
    by_author: ByAuthor,
    ledger: LedgerPlace,
    environments: BTreeMap<String, EnvironmentPolicy>,
    patterns: Patterns<Meaning>,
    /// The line of each key that the file sets, such as `modes.auth` or `paths.exclude[0]`; none
    /// where there is no file.
    lines: Option<BTreeMap<String, u32>>,
}

impl Policy {
    /// Reads a policy file. `known_checks` are the ids that a suppression may name.
    ///
    /// # Errors
    /// Every mistake that was found, from the top of the file; never an empty list.
    pub fn parse(text: &str, known_checks: &[&str]) -> Result<Self, Vec<Diagnostic>> {
        validate::parse(text, known_checks)
    }

    /// Whether there is a file, or all of this is the default.
    pub fn is_from_file(&self) -> bool {
        self.lines.is_some()
    }

    /// How much speaks.
    pub fn care(&self) -> Care {
        self.care
    }

    /// What an open concern on a surface does.
    pub fn mode(&self, surface: Surface) -> Mode {
        self.modes[surface as usize]
    }

    /// Whether the author of a change may override its concerns.
    pub fn by_author(&self) -> ByAuthor {
        self.by_author
    }

    /// What a deploy to an environment takes; the name is lower-cased.
    pub fn environment(&self, name: &str) -> EnvironmentPolicy {
        self.environments.get(name).cloned().unwrap_or_default()
    }

    /// The environments that it names, sorted.
    pub fn environments(&self) -> impl Iterator<Item = &str> {
        self.environments.keys().map(String::as_str)
    }

    /// Where the ledger is.
    pub fn ledger(&self) -> &LedgerPlace {
        &self.ledger
    }

    /// The project's own words.
    pub fn words(&self) -> &Words {
        &self.words
    }

    /// Whether a path is left out of reviews.
    pub fn is_excluded(&self, path: &str) -> bool {
        self.exclusion(path).is_some()
    }

    /// Why a path is left out of reviews, as *not reviewed* lists it.
    pub fn exclusion(&self, path: &str) -> Option<String> {
        let mut included = self.include.is_empty();
        for (meaning, pattern) in self.patterns.matches(path) {
            match meaning {
                Meaning::Exclude => {
                    return Some(format!("excluded by `{pattern}` in {POLICY_PATH}"));
                }
                Meaning::Include => included = true,
                Meaning::Surface(_) | Meaning::Suppression(_) => {}
            }
        }
        (!included).then(|| format!("not in `paths.include` of {POLICY_PATH}"))
    }

    /// The surface that the policy assigns a path to; where several do, the first in the order of
    /// [`Surface::ALL`].
    pub fn surface_of(&self, path: &str) -> Option<Surface> {
        self.patterns
            .matches(path)
            .filter_map(|(meaning, _)| match meaning {
                Meaning::Surface(surface) => Some(surface),
                _ => None,
            })
            .min()
    }

    /// The reason why a concern is suppressed, if it is on that day.
    pub fn suppression(&self, check: &str, path: &str, symbol: &str, today: Date) -> Option<&str> {
        let matching: Vec<usize> = self
            .patterns
            .matches(path)
            .filter_map(|(meaning, _)| match meaning {
                Meaning::Suppression(index) => Some(index),
                _ => None,
            })
            .collect();
        self.suppressions
            .iter()
            .enumerate()
            .find(|(index, suppression)| {
                suppression.check == check
                    && suppression.until.is_none_or(|until| today <= until)
                    && suppression
                        .symbol
                        .as_deref()
                        .is_none_or(|own| own == symbol)
                    && (suppression.paths.is_empty() || matching.contains(index))
            })
            .map(|(_, suppression)| suppression.reason.as_str())
    }

    /// The line of a key that the file sets, such as `modes.auth`.
    fn line(&self, key: &str) -> Option<u32> {
        self.lines.as_ref()?.get(key).copied()
    }
}

#[cfg(test)]
mod tests;
