//! What a policy file may say, as it is written. These types read the file and give the JSON
//! Schema; logic sees only the [`Policy`](super::Policy) that comes out of their validation.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Care, Mode};

/// The policy of a repository: what afterclick reviews, how much it says, and what it holds.
///
/// Everything is optional. The policy in force is always the one on the base side of a change.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = ".afterclick.yml")]
pub(crate) struct RawPolicy {
    /// The version of this format: 1.
    #[schemars(range(min = 1, max = 1))]
    pub(crate) version: Option<u32>,
    /// How much speaks. Default: balanced.
    pub(crate) care: Option<Care>,
    /// What an open concern does, a surface at a time. Default: advise everywhere.
    pub(crate) modes: Option<RawModes>,
    /// Which files are reviewed, and what they are about.
    pub(crate) paths: Option<RawPaths>,
    /// The project's own words, beside those that are learned from its code.
    pub(crate) words: Option<RawWords>,
    /// Concerns that the project has decided to live with, each with its reason.
    pub(crate) suppress: Option<Vec<RawSuppression>>,
    /// Who may decide to ship a concern anyway.
    #[serde(rename = "override")]
    pub(crate) overrides: Option<RawOverride>,
    /// Where the ledger is.
    pub(crate) ledger: Option<RawLedger>,
    /// What is deployed to, and what it takes.
    pub(crate) ship: Option<RawShip>,
}

/// What an open concern does, a surface at a time.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Modes")]
pub(crate) struct RawModes {
    /// Who may do what.
    pub(crate) auth: Option<Mode>,
    /// What is charged, paid, refunded or owed.
    pub(crate) money: Option<Mode>,
    /// What is stored.
    pub(crate) data: Option<Mode>,
    /// CI, infrastructure, configuration, secrets.
    pub(crate) production: Option<Mode>,
}

/// Which files are reviewed, and what they are about. Patterns start at the root of the
/// repository; `*` stays inside one folder, `**` does not; a plain folder means all that is in it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Paths")]
pub(crate) struct RawPaths {
    /// When given, only these are reviewed.
    pub(crate) include: Option<Vec<String>>,
    /// These are not reviewed, and are listed as such. Wins over `include`.
    pub(crate) exclude: Option<Vec<String>>,
    /// Files whose every change belongs to a surface, whatever the change looks like.
    pub(crate) surfaces: Option<RawSurfaces>,
}

/// Patterns of files whose every change belongs to a surface.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Surfaces")]
pub(crate) struct RawSurfaces {
    /// Who may do what.
    pub(crate) auth: Option<Vec<String>>,
    /// What is charged, paid, refunded or owed.
    pub(crate) money: Option<Vec<String>>,
    /// What is stored.
    pub(crate) data: Option<Vec<String>>,
    /// CI, infrastructure, configuration, secrets.
    pub(crate) production: Option<Vec<String>>,
}

/// The project's own words: names as they stand in its code.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Words")]
pub(crate) struct RawWords {
    /// Functions, middleware, decorators or attributes that let in only who may come in.
    pub(crate) guards: Option<Vec<String>>,
    /// Values that stand for who is asking, such as `current_member`.
    pub(crate) principals: Option<Vec<String>>,
    /// Columns or fields that say whose a row is, such as `workspace_id`.
    pub(crate) tenants: Option<Vec<String>>,
    /// Values that are amounts of money, such as `unit_cost`.
    pub(crate) money: Option<Vec<String>>,
    /// Handlers or addresses that anyone may call by design.
    pub(crate) public: Option<Vec<String>>,
}

/// A concern that the project has decided to live with.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Suppression")]
pub(crate) struct RawSuppression {
    /// The id of the check, such as `auth/guard-removed`.
    pub(crate) check: String,
    /// Only in these files. Default: everywhere.
    pub(crate) paths: Option<Vec<String>>,
    /// Only in this symbol, written as a review names it, such as `OrderController.show`.
    pub(crate) symbol: Option<String>,
    /// Why this is fine, for whoever asks later.
    #[schemars(length(min = 1))]
    pub(crate) reason: String,
    /// The last day on which this holds, `YYYY-MM-DD`. Default: no end.
    #[schemars(regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))]
    pub(crate) until: Option<String>,
}

/// Who may decide to ship a concern anyway.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Override")]
pub(crate) struct RawOverride {
    /// Whether the author of a change may override its concerns. Default: allow.
    pub(crate) by_author: Option<ByAuthor>,
}

/// Where the ledger is.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Ledger")]
pub(crate) struct RawLedger {
    /// The branch. Default: afterclick/ledger.
    pub(crate) branch: Option<String>,
    /// The remote. Default: the one that the current branch follows, or origin.
    pub(crate) remote: Option<String>,
}

/// What is deployed to, and what it takes. In force is what stands in the commit that is live.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Ship")]
pub(crate) struct RawShip {
    /// The environments by their names, such as `production`.
    pub(crate) environments: Option<BTreeMap<String, RawEnvironment>>,
}

/// What a deploy to an environment takes.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Environment")]
pub(crate) struct RawEnvironment {
    /// A command that prints the commit that is live. It is asked after every deploy, and before one
    /// where nobody knows. Default: none.
    #[schemars(length(min = 1))]
    pub(crate) probe: Option<String>,
    /// Whether a person other than the one who asks has to approve a ship. Default: false.
    pub(crate) approval: Option<bool>,
}

/// Whether the author of a change may override its concerns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ByAuthor {
    /// The author may, if the permission to do so is there.
    #[default]
    Allow,
    /// Somebody else has to.
    Refuse,
}

/// The JSON Schema of `.afterclick.yml`, for editors; it ends in a line break.
pub fn schema() -> String {
    format!("{:#}\n", schemars::schema_for!(RawPolicy).as_value())
}
