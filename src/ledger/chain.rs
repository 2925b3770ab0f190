use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{Actor, Draft, Event, RepositoryState, Timestamp, VERSION, canonical};

/// What every line begins with; the hash follows, then the canonical JSON of everything else.
const HASH: &str = "{\"hash\":\"";

/// How many digits a hash has.
const HASH_DIGITS: usize = 64;

/// The names of the envelope, which no field of an event can take.
const ENVELOPE: [&str; 12] = [
    "v", "id", "t", "at", "stream", "seq", "actor", "session", "repo", "dedupe", "prev", "hash",
];

/// The place after which an event stands: how many came before, and the hash of the last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Link {
    /// How many events the stream has.
    pub seq: u64,
    /// The hash of the last; none before the first.
    pub hash: Option<String>,
}

/// Why a line does not stand where it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flaw {
    /// It is no event.
    NotAnEvent,
    /// Its hash is not that of what it says: it was changed.
    Changed,
    /// It says that it belongs to another stream.
    OtherStream(String),
    /// It is not the next one.
    OutOfPlace {
        /// The number that should stand here.
        expected: u64,
        /// The number that does.
        found: u64,
    },
    /// The event before it is not the one that it was written after.
    OtherPast,
    /// The file ends in the middle of it.
    Truncated,
    /// It may not follow the events before it.
    Refused(String),
}

/// Who and when: what every new event begins with.
#[derive(Debug, Clone, PartialEq)]
pub struct Stamp {
    /// See [`Event::id`].
    pub id: String,
    /// See [`Event::at`].
    pub at: Timestamp,
    /// See [`Event::actor`].
    pub actor: Actor,
    /// See [`Event::session`].
    pub session: Option<String>,
    /// See [`Event::repo`].
    pub repo: Option<RepositoryState>,
}

impl Stamp {
    /// An event of a stream, from a value that serialises to an object whose `t` is its kind.
    ///
    /// # Errors
    /// The value is no such object.
    pub fn draft(self, stream: &str, own: &impl Serialize) -> Result<Draft, serde_json::Error> {
        let mut fields: Map<String, Value> = serde_json::from_value(serde_json::to_value(own)?)?;
        let kind = fields.remove("t").unwrap_or_default();
        fields.retain(|name, _| !ENVELOPE.contains(&name.as_str()));
        Ok(Draft {
            id: self.id,
            kind: serde_json::from_value(kind)?,
            at: self.at,
            stream: stream.to_owned(),
            actor: self.actor,
            session: self.session,
            repo: self.repo,
            dedupe: None,
            fields,
        })
    }
}

impl Draft {
    /// The same with a key: see [`Event::dedupe`].
    #[must_use]
    pub fn keyed(self, dedupe: impl Into<String>) -> Self {
        let dedupe = Some(dedupe.into());
        Self { dedupe, ..self }
    }

    /// The event, at the next place of its stream.
    pub fn after(self, link: &Link) -> Event {
        let mut event = Event {
            v: VERSION,
            id: self.id,
            kind: self.kind,
            at: self.at,
            stream: self.stream,
            seq: link.seq + 1,
            actor: self.actor,
            session: self.session,
            repo: self.repo,
            dedupe: self.dedupe,
            prev: link.hash.clone(),
            hash: String::new(),
            fields: self.fields,
        };
        event.hash = hash(&event.body());
        event
    }
}

impl Event {
    /// Reads a line, without its line break, and holds its hash against what it says.
    ///
    /// # Errors
    /// It is no event, or was changed.
    pub fn parse(line: &str) -> Result<Self, Flaw> {
        check_hash(line)?;
        serde_json::from_str(line).map_err(|_| Flaw::NotAnEvent)
    }

    /// The line that it is written as, without a line break.
    pub fn line(&self) -> String {
        let body = self.body();
        let rest = body.strip_prefix('{').unwrap_or(&body);
        format!("{HASH}{}\",{rest}", self.hash)
    }

    /// Whether it stands right after a place in a stream.
    ///
    /// # Errors
    /// It does not.
    pub fn follows(&self, stream: &str, link: &Link) -> Result<(), Flaw> {
        if self.stream != stream {
            Err(Flaw::OtherStream(self.stream.clone()))
        } else if self.seq != link.seq + 1 {
            Err(Flaw::OutOfPlace {
                expected: link.seq + 1,
                found: self.seq,
            })
        } else if self.prev != link.hash {
            Err(Flaw::OtherPast)
        } else {
            Ok(())
        }
    }

    /// The place after it.
    pub fn link(&self) -> Link {
        Link {
            seq: self.seq,
            hash: Some(self.hash.clone()),
        }
    }

    /// What it says beyond its envelope, as the type that has its kind in `t`.
    ///
    /// # Errors
    /// It is of another kind, or lacks a field.
    pub fn own<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        let mut fields = self.fields.clone();
        fields.insert("t".to_owned(), Value::from(self.kind.as_str()));
        serde_json::from_value(Value::Object(fields))
    }

    /// The canonical JSON of everything but the hash.
    fn body(&self) -> String {
        // Strings, numbers and maps with string keys: there is nothing that could fail.
        let mut value = serde_json::to_value(self).unwrap_or_default();
        if let Some(object) = value.as_object_mut() {
            object.remove("hash");
        }
        canonical(&value)
    }
}

/// Holds the hash at the beginning of a line against the rest of it.
///
/// # Errors
/// There is none, or it is another.
pub fn check_hash(line: &str) -> Result<(), Flaw> {
    let rest = line.strip_prefix(HASH).ok_or(Flaw::NotAnEvent)?;
    let (said, rest) = rest.split_at_checked(HASH_DIGITS).ok_or(Flaw::NotAnEvent)?;
    let rest = rest.strip_prefix("\",").ok_or(Flaw::NotAnEvent)?;
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"{");
    hasher.update(rest.as_bytes());
    match hasher.finalize().to_hex().as_str() == said {
        true => Ok(()),
        false => Err(Flaw::Changed),
    }
}

fn hash(body: &str) -> String {
    blake3::hash(body.as_bytes()).to_hex().to_string()
}

impl fmt::Display for Flaw {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnEvent => write!(out, "it is no event"),
            Self::Changed => write!(out, "it was changed after it was written"),
            Self::OtherStream(stream) => write!(out, "it belongs to the stream {stream:?}"),
            Self::OutOfPlace { expected, found } => {
                write!(out, "number {expected} should stand here, not {found}")
            }
            Self::OtherPast => write!(out, "it was written after another event than the last one"),
            Self::Truncated => write!(out, "the file ends in the middle of it"),
            Self::Refused(why) => write!(out, "it may not follow the events before it: {why}"),
        }
    }
}
