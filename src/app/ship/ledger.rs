//! The ledger as the ship control reads and writes it: the state of one environment.
//!
//! The state that lies beside the events is never believed: it is folded from the events, and has to
//! be the same. What was folded once is remembered in the clone, so that only what came later is
//! read again.

use std::fs;
use std::path::{Path, PathBuf};

use crate::app::ledger::{Ledger, LedgerFailure, Write, Writer};
use crate::app::{self, Failure, board, rollback};
use crate::git::Repository;
use crate::ledger::{self, Actor, Broken, Link, Snapshot, layout};
use crate::ship::{Environment, Event, Refusal, Stamped, State, advance, apply};

use super::ShipFailure;

/// How often a long jump of the ledger between two looks is taken again.
const TRIES: u32 = 5;

/// The folder of what ships remember, in that of the repository.
const FOLDER: &str = "afterclick/ship";

/// One environment in the ledger.
pub(super) struct ShipLedger {
    repository: Repository,
    ledger: Ledger,
    environment: Environment,
    stream: String,
    writer: Writer,
    /// Names what is written, so that it is written once.
    key: Option<String>,
    state: State,
    remembered: PathBuf,
}

/// Why an append came to nothing.
enum Stopped {
    Failed(Failure),
    Refused(Refusal),
    /// More was written since the last look than the end of the stream shows.
    Behind,
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl ShipLedger {
    /// Opens it. Nothing is asked yet. What is written under a key is written once.
    ///
    /// # Errors
    /// There is no repository.
    pub(super) fn open(
        repository: Repository,
        ledger: Ledger,
        environment: &Environment,
        writer: Writer,
        key: Option<String>,
    ) -> Result<Self, Failure> {
        let name = format!("{}.json", environment.file_name());
        let remembered = ledger.folder().join(FOLDER).join(name);
        let mut opened = Self {
            repository,
            ledger,
            stream: environment.stream(),
            environment: environment.clone(),
            writer,
            key,
            state: State::new(environment.clone()),
            remembered,
        };
        if let Some(state) = opened.remembered() {
            opened.state = state;
        }
        Ok(opened)
    }

    /// The remote that the ledger is on; none where it is the branch of this clone alone.
    pub(super) fn remote(&self) -> Option<&str> {
        self.ledger.remote()
    }

    /// The repository that the ledger is of.
    pub(super) fn repository(&mut self) -> &mut Repository {
        &mut self.repository
    }

    /// The claim of the last try in this working tree.
    pub(super) fn remembered_claim(&self) -> Option<String> {
        let text = fs::read_to_string(self.claim_file()).ok()?;
        Some(text.trim().to_owned())
    }

    /// What is forgotten costs a place in the queue and nothing else.
    pub(super) fn remember_claim(&self, claim: &str) {
        let _ = super::keep(&self.claim_file(), claim);
    }

    fn claim_file(&self) -> PathBuf {
        let name = format!("{}.claim", self.environment.file_name());
        self.ledger.own_folder().join(FOLDER).join(name)
    }

    /// Who writes.
    pub(super) fn actor(&self) -> &Actor {
        &self.writer.actor
    }

    /// The environment as it was when it was last looked at.
    pub(super) fn state(&self) -> &State {
        &self.state
    }

    /// Looks at the environment.
    ///
    /// # Errors
    /// The ledger cannot be read, or is not what its events give.
    pub(super) fn read(&mut self) -> Result<&State, Failure> {
        let view = self.ledger.fetch()?;
        let snapshot = self.ledger.snapshot(view.as_ref(), &self.stream)?;
        let link = snapshot.link();
        if link.seq < self.state.seq || link.seq == self.state.seq && link.hash != self.state.last {
            // What is remembered is of another ledger.
            self.state = State::new(self.environment.clone());
        }
        if let Some(view) = view.filter(|_| link.seq > self.state.seq) {
            let later = self
                .ledger
                .events_after(&view, &self.stream, self.state.seq)?;
            let state = match self.fold(self.state.clone(), &later) {
                Err(_) if self.state.seq > 0 => {
                    let all = self.ledger.events(&view, &self.stream)?;
                    self.fold(State::new(self.environment.clone()), &all)?
                }
                folded => folded?,
            };
            self.state = state;
        }
        self.compare(&snapshot, &self.state)?;
        self.remember();
        Ok(&self.state)
    }

    /// Whether what the key names was written before.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub(super) fn has_key(&mut self) -> Result<bool, Failure> {
        let (Some(key), Some(view)) = (self.key.clone(), self.ledger.known()?) else {
            return Ok(false);
        };
        let events = self.ledger.events(&view, &self.stream)?;
        Ok(events
            .iter()
            .any(|event| event.dedupe.as_ref() == Some(&key)))
    }

    /// Appends an event where it may happen, and gives the environment after it.
    ///
    /// # Errors
    /// It may not happen; or the ledger cannot be read or written.
    pub(super) fn append(&mut self, event: &Event) -> Result<State, Failure> {
        self.append_all(std::slice::from_ref(event))?;
        Ok(self.state.clone())
    }

    /// Appends events in one go, as many of them as may happen one after the other but at least the
    /// first, and gives the environment after each.
    ///
    /// # Errors
    /// The first may not happen; or the ledger cannot be read or written.
    pub(super) fn append_all(&mut self, events: &[Event]) -> Result<Vec<State>, Failure> {
        for _ in 0..TRIES {
            match self.try_append(events) {
                Ok(states) => {
                    if let Some(state) = states.last() {
                        self.state = state.clone();
                    }
                    self.remember();
                    return Ok(states);
                }
                Err(Stopped::Failed(failure)) => return Err(failure),
                Err(Stopped::Refused(refusal)) => return Err(ShipFailure::Refused(refusal).into()),
                Err(Stopped::Behind) => {
                    self.read()?;
                }
            }
        }
        Err(LedgerFailure::Busy.into())
    }

    /// Records the ways back from what has just gone live.
    ///
    /// # Errors
    /// As [`ShipLedger::append`].
    pub(super) fn record_plans(&mut self, dir: &Path) -> anyhow::Result<()> {
        rollback::record(dir, &mut self.ledger, &self.state, &self.writer)
    }

    /// How the other environments stand, as this clone last saw them: for the page that shows all.
    fn others(&mut self) -> Result<Vec<State>, Failure> {
        let Some(view) = self.ledger.known()? else {
            return Ok(Vec::new());
        };
        let mut all = app::environment::all(&mut self.ledger, &view)?;
        all.retain(|state| state.environment != self.environment);
        Ok(all)
    }

    fn try_append(&mut self, asked: &[Event]) -> Result<Vec<State>, Stopped> {
        // Whatever is written is written once, however often somebody else was faster.
        let mut drafts = Vec::new();
        for event in asked {
            let draft = self.writer.draft(&self.stream, event);
            let mut draft = draft.map_err(|error| self.broken_state(&error.to_string()))?;
            draft.dedupe.clone_from(&self.key);
            drafts.push(draft);
        }
        let others = self.others()?;
        let Self {
            repository,
            ledger,
            stream,
            environment,
            state: known,
            ..
        } = self;
        let mut after = Vec::new();
        ledger.append(stream, |snapshot: &Snapshot| -> Result<Write, Stopped> {
            let mut events = snapshot.chain(drafts.clone());
            let mut now = catch_up(known, snapshot, environment)?;
            after.clear();
            for event in &events {
                match apply(&now, &stamped(event)?) {
                    Ok(state) => now = state,
                    Err(refusal) if after.is_empty() => return Err(Stopped::Refused(refusal)),
                    Err(_) => break,
                }
                after.push(now.clone());
            }
            events.truncate(after.len());
            let text = serde_json::to_string_pretty(&now).unwrap_or_default();
            let mut all = [std::slice::from_ref(&now), &others].concat();
            all.sort_by(|one, other| one.environment.cmp(&other.environment));
            let page = board::page(repository, &all);
            Ok(Write {
                events,
                state: Some(text + "\n"),
                pages: vec![page],
                is_awaited: asked.iter().take(after.len()).any(Event::moves_lock),
            })
        })?;
        match after.is_empty() {
            true => Err(Stopped::Behind),
            false => Ok(after),
        }
    }

    fn fold(&self, mut state: State, events: &[ledger::Event]) -> Result<State, Failure> {
        let mut link = Link {
            seq: state.seq,
            hash: state.last.clone(),
        };
        for event in events {
            event
                .follows(&self.stream, &link)
                .map_err(|_| self.broken_state("its events do not follow each other"))?;
            let refused = |why: String| {
                let place = event.seq;
                self.broken_state(&format!("its event {place} cannot have happened: {why}"))
            };
            let stamped = Stamped::read(event).map_err(|error| refused(error.to_string()))?;
            advance(&mut state, &stamped).map_err(|refusal| refused(refusal.to_string()))?;
            link = event.link();
        }
        Ok(state)
    }

    /// What lies beside the events has to be what they give.
    fn compare(&self, snapshot: &Snapshot, state: &State) -> Result<(), Failure> {
        let Some(text) = &snapshot.state else {
            return match snapshot.last() {
                None => Ok(()),
                Some(_) => Err(self.broken_state("it is not there")),
            };
        };
        match serde_json::from_str::<State>(text) {
            Ok(written) if written == *state => Ok(()),
            Ok(_) => Err(self.broken_state("its events give another")),
            Err(_) => Err(self.broken_state("it is no state")),
        }
    }

    fn broken_state(&self, detail: &str) -> Failure {
        let broken = Broken::State {
            path: layout::state(&self.stream),
            detail: detail.to_owned(),
        };
        let branch = self.ledger.branch().to_owned();
        LedgerFailure::Broken { broken, branch }.into()
    }

    fn remembered(&self) -> Option<State> {
        let text = fs::read_to_string(&self.remembered).ok()?;
        let state: State = serde_json::from_str(&text).ok()?;
        (state.environment == self.environment).then_some(state)
    }

    /// What is lost here is folded again.
    fn remember(&self) {
        let text = serde_json::to_string(&self.state).unwrap_or_default();
        let _ = super::keep(&self.remembered, &text);
    }
}

/// The environment at the end of a stream, from where it was last looked at.
fn catch_up(
    known: &State,
    snapshot: &Snapshot,
    environment: &Environment,
) -> Result<State, Stopped> {
    let end = snapshot.link();
    if end.seq == 0 && known.seq == 0 {
        return Ok(State::new(environment.clone()));
    }
    let mut state = known.clone();
    let mut link = Link {
        seq: state.seq,
        hash: state.last.clone(),
    };
    for event in snapshot.events().iter().filter(|it| it.seq > known.seq) {
        let follows = event.follows(&snapshot.stream, &link);
        let stamped = stamped(event)?;
        if follows.is_err() || advance(&mut state, &stamped).is_err() {
            return Err(Stopped::Behind);
        }
        link = event.link();
    }
    match (state.seq, &state.last) == (end.seq, &end.hash) {
        true => Ok(state),
        false => Err(Stopped::Behind),
    }
}

fn stamped(event: &ledger::Event) -> Result<Stamped, Stopped> {
    // A kind that this binary does not know is found out by a whole look.
    Stamped::read(event).map_err(|_| Stopped::Behind)
}
