use std::fmt;

use super::{Event, Flaw, Link, layout};

/// A segment with so many events is full; the next one begins a new segment. Git keeps the versions
/// of a file as steps back from its last one, and after 50 steps, by default, all of it once more: so a segment
/// that grows event by event is kept once.
pub const FULL_EVENTS: usize = 48;

/// A segment with so many bytes is full.
pub const FULL_BYTES: usize = 32 * 1024;

/// A file of a stream: an event a line. It only ever grows by whole lines, until it is full.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// The stream.
    pub stream: String,
    /// Its place in the stream, from 1.
    pub number: u32,
    /// All of it, as it is written.
    pub text: String,
    /// What it says.
    pub events: Vec<Event>,
}

/// What is wrong with the ledger, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broken {
    /// A line of a segment does not stand where it should.
    Line {
        /// The path of the segment.
        path: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        flaw: Flaw,
    },
    /// A segment is missing, though later ones are there.
    MissingSegment {
        /// Its path.
        path: String,
    },
    /// A file that should be there is not, or is no text.
    Unreadable {
        /// Its path.
        path: String,
    },
    /// The state that is kept is not the one that the events give.
    State {
        /// Its path.
        path: String,
        /// How it differs.
        detail: String,
    },
}

impl Segment {
    /// Reads a segment whose first event stands after `link`; where that is not known, the first
    /// event's own word is taken for it.
    ///
    /// # Errors
    /// The first line that does not stand where it should.
    pub fn parse(
        stream: &str,
        number: u32,
        text: String,
        link: Option<Link>,
    ) -> Result<Self, Broken> {
        let broken = |index: usize, flaw| Broken::Line {
            path: layout::segment(stream, number),
            line: index + 1,
            flaw,
        };
        let mut events: Vec<Event> = Vec::new();
        let mut link = link;
        for (index, line) in text.split_inclusive('\n').enumerate() {
            let line = line.strip_suffix('\n');
            let line = line.ok_or_else(|| broken(index, Flaw::Truncated))?;
            let event = Event::parse(line).map_err(|flaw| broken(index, flaw))?;
            let before = link.unwrap_or_else(|| Link {
                seq: event.seq.saturating_sub(1),
                hash: event.prev.clone(),
            });
            event
                .follows(stream, &before)
                .map_err(|flaw| broken(index, flaw))?;
            link = Some(event.link());
            events.push(event);
        }
        if events.is_empty() {
            return Err(broken(0, Flaw::Truncated));
        }
        Ok(Self {
            stream: stream.to_owned(),
            number,
            text,
            events,
        })
    }

    /// Whether the next event begins a new segment.
    pub fn is_full(&self) -> bool {
        self.events.len() >= FULL_EVENTS || self.text.len() >= FULL_BYTES
    }
}

impl Broken {
    /// The file that is broken.
    pub fn path(&self) -> &str {
        match self {
            Self::Line { path, .. }
            | Self::MissingSegment { path }
            | Self::Unreadable { path }
            | Self::State { path, .. } => path,
        }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line { path, line, flaw } => write!(out, "{path}, line {line}: {flaw}"),
            Self::MissingSegment { path } => write!(out, "{path} is missing"),
            Self::Unreadable { path } => write!(out, "{path} is not there, or is no text"),
            Self::State { path, detail } => write!(out, "{path}: {detail}"),
        }
    }
}
