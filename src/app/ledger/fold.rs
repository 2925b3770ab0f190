//! The state of an environment, folded from the events of its stream.

use crate::ledger::{Broken, Event, Flaw, layout};
use crate::ship::{self, Environment, Stamped};

/// The state of a stream while its events are read; none for streams that fold to none.
pub(super) struct Fold {
    state: Option<ship::State>,
    /// The first event that this binary does not know: nothing can be said of the state after it.
    unknown: Option<u64>,
}

impl Fold {
    /// Before the first event of a stream.
    pub(super) fn new(stream: &str) -> Self {
        let name = stream.strip_prefix("ship-").map(unescaped);
        let environment = name.and_then(|name| name.parse::<Environment>().ok());
        Self {
            state: environment.map(ship::State::new),
            unknown: None,
        }
    }

    /// From a state that was kept; from the beginning where there is none.
    pub(super) fn from(stream: &str, kept: Option<&str>) -> Result<Self, Broken> {
        let Some(kept) = kept else {
            return Ok(Self::new(stream));
        };
        let state: ship::State = serde_json::from_str(kept).map_err(|_| Broken::State {
            path: layout::state(stream),
            detail: "it is no state".to_owned(),
        })?;
        Ok(Self {
            state: Some(state),
            unknown: None,
        })
    }

    /// Goes past an event.
    pub(super) fn take(&mut self, event: &Event) -> Result<(), Flaw> {
        let Some(state) = self.state.as_mut().filter(|_| self.unknown.is_none()) else {
            return Ok(());
        };
        match Stamped::read(event) {
            Ok(stamped) => {
                ship::advance(state, &stamped).map_err(|refusal| Flaw::Refused(refusal.to_string()))
            }
            // A newer binary wrote it.
            Err(_) => {
                self.unknown = Some(event.seq);
                Ok(())
            }
        }
    }

    /// Whether the state is known: no event stood in the way.
    pub(super) fn is_known(&self) -> bool {
        self.unknown.is_none()
    }

    /// The state as JSON, easy to read.
    pub(super) fn text(&self, stream: &str) -> Result<Option<String>, Broken> {
        if let Some(seq) = self.unknown {
            let detail = format!(
                "event {seq} is of a kind that this afterclick does not know, so it has to be updated"
            );
            let path = layout::state(stream);
            return Err(Broken::State { path, detail });
        }
        let text = self.state.as_ref().map(serde_json::to_string_pretty);
        // Its keys are words and its numbers whole: there is nothing that could fail.
        Ok(text.map(|text| text.unwrap_or_default() + "\n"))
    }

    /// How a state that was kept differs from this one.
    pub(super) fn differs(&self, kept: Option<&str>, stream: &str) -> Option<Broken> {
        let state = self.state.as_ref().filter(|_| self.is_known())?;
        let path = layout::state(stream);
        let Some(kept) = kept else {
            return (state.seq > 0).then_some(Broken::Unreadable { path });
        };
        let detail = match serde_json::from_str::<ship::State>(kept) {
            Ok(kept) if kept == *state => return None,
            Ok(kept) if kept.seq != state.seq => {
                let (stands, should) = (kept.seq, state.seq);
                format!("it stands after event {stands}, and should after {should}")
            }
            Ok(_) => "it is not the state that the events give".to_owned(),
            Err(_) => "it is no state".to_owned(),
        };
        Some(Broken::State { path, detail })
    }
}

/// The name of an environment, from that of its folder.
fn unescaped(name: &str) -> String {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name;
    while let Some((plain, escaped)) = rest.split_once('%') {
        bytes.extend_from_slice(plain.as_bytes());
        let byte = escaped
            .get(..2)
            .and_then(|it| u8::from_str_radix(it, 16).ok());
        let Some(byte) = byte else {
            break;
        };
        bytes.push(byte);
        rest = &escaped[2..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_an_environment_comes_back() {
        for name in ["production", "a/b", "..", "eu west", "a%2fb", "größe"] {
            let environment: Environment = name.parse().unwrap();
            assert_eq!(unescaped(&environment.file_name()), name);
        }
    }
}
