use serde::Deserialize;

use super::{Broken, Draft, Event, Link, Segment, layout};

/// The end of a stream: what the next event is decided and chained on.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// The stream.
    pub stream: String,
    /// Its last segment; none before the first event.
    pub tail: Option<Segment>,
    /// The state that is kept of it, as it is written; none before the first event, and in streams
    /// that fold to none.
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

    /// The end of a stream, from its last segment and the state that is kept of it.
    ///
    /// # Errors
    /// The state is not there, or is not the one after the last event.
    pub fn new(tail: Segment, state: Option<String>) -> Result<Self, Broken> {
        let snapshot = Self {
            stream: tail.stream.clone(),
            tail: Some(tail),
            state,
        };
        if layout::has_state(&snapshot.stream) {
            snapshot.check_state()?;
        }
        Ok(snapshot)
    }

    fn check_state(&self) -> Result<(), Broken> {
        let path = layout::state(&self.stream);
        let Some(state) = &self.state else {
            return Err(Broken::Unreadable { path });
        };
        let detail = match serde_json::from_str::<Head>(state) {
            Err(_) => "it is no state".to_owned(),
            Ok(Head { seq, last }) => {
                let link = self.link();
                if (seq, &last) == (link.seq, &link.hash) {
                    return Ok(());
                }
                format!(
                    "it stands after event {seq}, and the last event is {}",
                    link.seq
                )
            }
        };
        Err(Broken::State { path, detail })
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

    /// The segments that change when events are added: path and text. What is there stays as it is
    /// written, and is only added to.
    pub fn with(&self, events: &[Event]) -> Vec<(String, String)> {
        let mut files = Vec::new();
        let mut open = self.tail.clone().unwrap_or_else(|| Segment {
            stream: self.stream.clone(),
            number: 1,
            text: String::new(),
            events: Vec::new(),
        });
        let mut changed = false;
        for event in events {
            if open.is_full() {
                if changed {
                    files.push((layout::segment(&self.stream, open.number), open.text));
                }
                open = Segment {
                    stream: self.stream.clone(),
                    number: open.number + 1,
                    text: String::new(),
                    events: Vec::new(),
                };
            }
            open.text.push_str(&event.line());
            open.text.push('\n');
            open.events.push(event.clone());
            changed = true;
        }
        if changed {
            files.push((layout::segment(&self.stream, open.number), open.text));
        }
        files
    }
}
