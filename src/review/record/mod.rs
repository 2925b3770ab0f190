//! The record of a review: the JSON contract, and what every other output is made from.

pub mod assemble;
pub mod decisions;
pub mod finding;
pub mod incidents;
pub mod not_reviewed;
pub mod suppress;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The version of the JSON contract. It grows only when a reader would break.
pub const SCHEMA: u32 = 1;

/// What a change touches that can hurt.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Surface {
    /// Who may do what.
    Auth,
    /// What is charged, paid, refunded or owed.
    Money,
    /// What is stored.
    Data,
    /// CI, infrastructure, configuration, secrets.
    Production,
}

impl Surface {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Auth, Self::Money, Self::Data, Self::Production];

    /// The name as it stands in policies and check ids.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Money => "money",
            Self::Data => "data",
            Self::Production => "production",
        }
    }
}

/// Whether a concern is shown to a person or only kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// Shown.
    Speaks,
    /// Kept in the record; it decides the surface.
    Recorded,
}

/// The outcome of a review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nothing to say.
    Ships,
    /// Something to say; the change may go on.
    Advised,
    /// A surface that the policy enforces has an open concern.
    Held,
}

/// What a check says about one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Concern {
    /// Check, path, symbol and normalised fact, hashed; never a line number.
    pub fingerprint: String,
    /// The id of the check, such as `auth/guard-removed`.
    pub check: &'static str,
    /// The surface it is about.
    pub surface: Surface,
    /// Whether it speaks.
    pub tier: Tier,
    /// The path on the head side; on the base side where the file is gone.
    pub path: String,
    /// The line on the head side, from 1; none where the thing is gone.
    pub line: Option<u32>,
    /// The line on the base side, from 1; none where the thing is new.
    pub base_line: Option<u32>,
    /// The enclosing symbol, such as `OrderController.show`.
    pub symbol: String,
    /// The code as it was, shortened to a line; none where the thing is new.
    pub before: Option<String>,
    /// The code as it is, shortened to a line; none where the thing is gone.
    pub after: Option<String>,
    /// What was true before and is not now, and who could be hurt.
    pub concern: String,
    /// What to do.
    pub advice: String,
    /// Earlier incidents that this resembles.
    pub incidents: Vec<IncidentNote>,
    /// Why it is not shown although it speaks: a suppression or an override with its reason.
    pub suppressed: Option<Suppressed>,
}

/// An earlier incident, as a concern carries it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IncidentNote {
    /// Its id.
    pub id: String,
    /// The day, `YYYY-MM-DD`.
    pub date: String,
    /// What was learned, in one sentence.
    pub lesson: String,
}

/// Why a concern is not shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Suppressed {
    /// The reason that was given.
    pub reason: String,
    /// Whose decision it is, where somebody overrode it for this very change; none for a
    /// suppression.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
}

/// Who decided to ship a concern anyway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// Who.
    pub by: String,
    /// The day, `YYYY-MM-DD`.
    pub at: String,
}

/// A protection that the change adds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Strengthened {
    /// The check that would have spoken in the other direction.
    pub check: &'static str,
    /// The surface.
    pub surface: Surface,
    /// The path on the head side.
    pub path: String,
    /// The line on the head side, from 1.
    pub line: Option<u32>,
    /// The enclosing symbol.
    pub symbol: String,
    /// The protection as it is now, shortened to a line.
    pub after: Option<String>,
}

/// A file, or a part of one, that was not reviewed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotReviewed {
    /// The path.
    pub path: String,
    /// Why, in plain words.
    pub reason: String,
}

/// How much was read, and how long it took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// Changed files.
    pub files: usize,
    /// Bytes read, both sides.
    pub bytes: u64,
    /// Wall-clock milliseconds of the whole review.
    pub ms: u64,
}

/// The record of one review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Review {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The outcome.
    pub verdict: Verdict,
    /// The base commit, in full.
    pub base: String,
    /// The head commit, in full, or `index` or `worktree`.
    pub head: String,
    /// Every surface that a spoken or recorded delta touches.
    pub surfaces: Vec<Surface>,
    /// The surfaces that hold the change: enforced by the policy, and a concern that is shown
    /// touches them. For words only; the JSON contract has the verdict.
    #[serde(skip)]
    pub held_by: Vec<Surface>,
    /// What there is to say, the ones that speak first.
    pub concerns: Vec<Concern>,
    /// Protections that the change adds.
    pub strengthened: Vec<Strengthened>,
    /// What was not reviewed.
    pub not_reviewed: Vec<NotReviewed>,
    /// How much was read.
    pub stats: Stats,
}

impl Review {
    /// The concerns that are shown: they speak, and nothing suppresses them.
    pub fn spoken(&self) -> impl Iterator<Item = &Concern> {
        self.concerns
            .iter()
            .filter(|concern| concern.tier == Tier::Speaks && concern.suppressed.is_none())
    }
}
