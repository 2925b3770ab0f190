use std::fmt;

use serde::Serialize;

use super::{Broken, Timestamp};

/// What was found when the whole ledger was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The branch.
    pub branch: String,
    /// The commit that was checked.
    pub tip: String,
    /// How many commits it has.
    pub commits: usize,
    /// Every stream, sorted by name.
    pub streams: Vec<StreamReport>,
    /// What is wrong: the first problem of each stream.
    pub problems: Vec<Problem>,
}

/// What was found in a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StreamReport {
    /// The stream.
    pub stream: String,
    /// How many events hold, from the first on.
    pub holds: u64,
    /// The time of the first event.
    pub first: Option<Timestamp>,
    /// The time of the last event that holds.
    pub last: Option<Timestamp>,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The stream.
    pub stream: String,
    /// The file.
    pub path: String,
    /// What is wrong, and where.
    pub what: String,
    /// The first commit that has it; none where it cannot be told.
    pub culprit: Option<Culprit>,
    /// The last commit without it.
    pub last_good: Option<String>,
    /// The command that puts it right.
    pub mend: Option<String>,
}

/// A commit, and whose it is by its own word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Culprit {
    /// The commit.
    pub commit: String,
    /// Its author.
    pub author: String,
    /// When it was made, by its committer's clock.
    pub at: String,
}

/// What a commit of the ledger says about itself: up to which event of a stream it goes, and the
/// beginning of that event's hash. It is part of the commit's name, so a later commit that changes
/// the past disagrees with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Milestone {
    /// The stream.
    pub stream: String,
    /// The number of its last event.
    pub seq: u64,
    /// The beginning of that event's hash.
    pub hash: String,
}

/// How many digits of a hash a commit repeats.
const DIGITS: usize = 16;

impl Report {
    /// Whether all of it holds.
    pub fn holds(&self) -> bool {
        self.problems.is_empty()
    }

    /// How many events hold.
    pub fn events(&self) -> u64 {
        self.streams.iter().map(|it| it.holds).sum()
    }
}

impl Milestone {
    /// After an event with this hash.
    pub fn new(stream: &str, seq: u64, hash: &str) -> Self {
        let hash = hash.chars().take(DIGITS).collect();
        let stream = stream.to_owned();
        Self { stream, seq, hash }
    }

    /// Reads the first line of a commit's message; none where the commit says nothing of the kind.
    pub fn read(subject: &str) -> Option<Self> {
        let (head, rest) = subject.split_once(": ")?;
        let (stream, seq) = head.split_once(' ')?;
        let hash = rest.strip_suffix(')')?.rsplit_once('(')?.1;
        let is_hash = hash.len() == DIGITS && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hash.then_some(Self {
            stream: stream.to_owned(),
            seq: seq.parse().ok()?,
            hash: hash.to_owned(),
        })
    }

    /// The message of the commit, with what it is about.
    pub fn message(&self, what: &str) -> String {
        let Self { stream, seq, hash } = self;
        format!("{stream} {seq}: {what} ({hash})")
    }
}

impl Problem {
    /// What is broken, before anybody knows who did it.
    pub fn new(stream: &str, broken: &Broken) -> Self {
        Self {
            stream: stream.to_owned(),
            path: broken.path().to_owned(),
            what: broken.to_string(),
            culprit: None,
            last_good: None,
            mend: None,
        }
    }
}

impl fmt::Display for Culprit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let commit: String = self.commit.chars().take(12).collect();
        write!(out, "commit {commit} by {} at {}", self.author, self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_says_how_far_it_goes() {
        let hash = "0123456789abcdef".repeat(4);
        let milestone = Milestone::new("ship-a%2fb", 17, &hash);
        let message = milestone.message("ship.acquire");
        let subject = message.lines().next().unwrap_or_default();
        assert_eq!(subject, "ship-a%2fb 17: ship.acquire (0123456789abcdef)");
        assert_eq!(Milestone::read(subject), Some(milestone));
        for other in [
            "",
            "BOARD.md",
            "Edit record",
            "record 1: x (0123)",
            "a b: c (0123456789abcdef)",
        ] {
            assert_eq!(Milestone::read(other), None, "{other}");
        }
    }
}
