use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Timestamp;

/// One entry of the ledger: an envelope that every entry has, and fields of its own.
///
/// Kinds and fields that this binary does not know stay as they are, so that an older binary can
/// carry on a ledger that a newer one wrote.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The version of the envelope.
    pub v: u32,
    /// A ULID: unique, and roughly in the order of time.
    pub id: String,
    /// What happened, such as `ship.acquire` or `incident.open`.
    #[serde(rename = "t")]
    pub kind: String,
    /// When, by the writer's clock.
    pub at: Timestamp,
    /// The chain that it stands in: `ship-<environment>`, or `record` for all that is no ship.
    pub stream: String,
    /// Its place in the stream, from 1, without gaps.
    pub seq: u64,
    /// Who did it.
    pub actor: Actor,
    /// The agent's session, where there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// What was checked out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repo: Option<RepositoryState>,
    /// Two events with the same key are one: how a lost reply and a repeated delivery are settled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dedupe: Option<String>,
    /// The hash of the event before it in the stream; none for the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prev: Option<String>,
    /// The hash over the canonical JSON of everything else, in hexadecimal digits.
    pub hash: String,
    /// Its own fields.
    #[serde(flatten)]
    pub fields: Map<String, Value>,
}

/// An event before it has a place in a stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// See [`Event::id`].
    pub id: String,
    /// See [`Event::kind`].
    pub kind: String,
    /// See [`Event::at`].
    pub at: Timestamp,
    /// See [`Event::stream`].
    pub stream: String,
    /// See [`Event::actor`].
    pub actor: Actor,
    /// See [`Event::session`].
    pub session: Option<String>,
    /// See [`Event::repo`].
    pub repo: Option<RepositoryState>,
    /// See [`Event::dedupe`].
    pub dedupe: Option<String>,
    /// See [`Event::fields`].
    pub fields: Map<String, Value>,
}

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Actor {
    /// A GitHub login, or the name that git is configured with.
    pub name: String,
    /// What they are.
    pub kind: ActorKind,
    /// The permission that GitHub confirmed, where it was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permission: Option<String>,
}

/// What an actor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ActorKind {
    /// Somebody at a terminal, or whose login GitHub confirmed.
    Person,
    /// A coding agent.
    Agent,
    /// A workflow or another program.
    Bot,
}

/// What was checked out when an event was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepositoryState {
    /// The branch, where one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The commit that the change starts from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// The commit.
    pub head: String,
    /// Its tree, which survives a squash merge.
    pub tree: String,
}
