use serde::Deserialize;

use super::{Broken, Draft, Event, Link, Segment, layout};

/// The end of a stream: what the next event is decided and chained on.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// The stream.
    pub stream: String,
    /// Its last segment; none before the first event.
    pub tail: Option<Segment>,
    /// The state after the last event, as JSON, in streams that fold to one; none before the first
    /// event.
    pub state: Option<String>,
}

/// What a kept state says about itself, whatever else it holds.
#[derive(Deserialize)]
struct Head {
    seq: u64,
    last: Option<String>,
}

impl Snapshot {
    /// A stream without events.
    pub fn empty(stream: &str) -> Self {
        Self {
            stream: stream.to_owned(),
            tail: None,
            state: None,
        }
    }

    /// The place after the last event.
    pub fn link(&self) -> Link {
        self.last().map(Event::link).unwrap_or_default()
    }

    /// The last event.
    pub fn last(&self) -> Option<&Event> {
        self.tail.as_ref()?.events.last()
    }

    /// The events of the last segment, the oldest first.
    pub fn events(&self) -> &[Event] {
        self.tail.as_ref().map_or(&[], |tail| &tail.events)
    }

    /// The drafts as the next events of the stream.
    pub fn chain(&self, drafts: Vec<Draft>) -> Vec<Event> {
        let mut link = self.link();
        drafts
            .into_iter()
            .map(|draft| {
                let event = draft.after(&link);
                link = event.link();
                event
            })
            .collect()
    }

    /// The files that change when events are added: path and text. What is there stays as it is
    /// written, and is only added to. Where a new segment begins, the state before it is kept beside
    /// it, so that no reader folds more than one segment.
    pub fn with(&self, events: &[Event]) -> Vec<(String, String)> {
        if events.is_empty() {
            return Vec::new();
        }
        let mut files = Vec::new();
        let (number, mut text) = match &self.tail {
            None => (1, String::new()),
            Some(tail) if tail.is_full() => {
                let state = self
                    .state
                    .clone()
                    .map(|it| (layout::state(&self.stream), it));
                files.extend(state);
                (tail.number + 1, String::new())
            }
            Some(tail) => (tail.number, tail.text.clone()),
        };
        for event in events {
            text.push_str(&event.line());
            text.push('\n');
        }
        files.push((layout::segment(&self.stream, number), text));
        files
    }
}

/// Checks that the state that is kept of a stream is the one before its last segment; none stands
/// before the first.
///
/// # Errors
/// It is not there, or is another.
pub fn check_kept(tail: &Segment, kept: Option<&str>) -> Result<(), Broken> {
    let path = layout::state(&tail.stream);
    let first = tail.events.first();
    let seq = first.map_or(0, |event| event.seq.saturating_sub(1));
    let Some(kept) = kept else {
        return match seq {
            0 => Ok(()),
            _ => Err(Broken::Unreadable { path }),
        };
    };
    let detail = match serde_json::from_str::<Head>(kept) {
        Err(_) => "it is no state".to_owned(),
        Ok(head) if head.seq != seq => {
            format!("it stands after event {}, and should after {seq}", head.seq)
        }
        Ok(head) if head.last.as_ref() != first.and_then(|event| event.prev.as_ref()) => {
            format!("it stands after another event {seq}")
        }
        Ok(_) => return Ok(()),
    };
    Err(Broken::State { path, detail })
}
