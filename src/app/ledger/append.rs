//! The loop that appends: everything that decides whether something was written.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use crate::git::{Pushed, Tip};
use crate::ledger::{Broken, Draft, Event, Milestone, RECORD, Snapshot, layout};

use super::fold::Fold;
use super::spool::Waiting;
use super::{Failure, Ledger, LedgerFailure, View, view};

/// How often somebody else may be faster. Each time somebody got on, so this is a long queue and
/// no deadlock.
const TRIES: u32 = 200;

/// How often a push whose reply was lost is sent again, word for word.
const RESENDS: u32 = 3;

/// The shortest and the longest that two tries may be apart at most.
const SHORTEST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How long it is worth a try to build on the last look at the ledger. Where somebody else wrote
/// since, the push finds out, and a new look is taken.
const RECENT: Duration = Duration::from_secs(1);

/// The longest line of an event, in bytes.
const MAX_EVENT_BYTES: usize = 64 * 1024;

/// What is to be written: events of one stream, and files beside them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Write {
    /// The events, from [`Snapshot::chain`]. Without events and pages nothing is written.
    pub events: Vec<Event>,
    /// The state after them, in streams that fold to one: its text. Nothing is written where the
    /// events give another.
    pub state: Option<String>,
    /// Pages for people, such as [`layout::BOARD`]: path and text.
    pub pages: Vec<(String, String)>,
    /// Others wait for it: where many want to write, it does not let them go first.
    pub is_awaited: bool,
}

/// What was written, for certain.
#[derive(Debug, Clone, PartialEq)]
pub struct Appended {
    /// The ledger now; none where there is none, and nothing was to be written.
    pub view: Option<View>,
    /// The events, at their places.
    pub events: Vec<Event>,
}

impl Ledger {
    /// Appends to a stream what `decide` makes of its end. It is asked again, with what stands there
    /// then, as often as somebody else was faster; so it must have no effect. The first append makes
    /// the branch, where the remote says that there is none.
    ///
    /// # Errors
    /// `decide` fails; or whatever keeps the ledger from being read or written. In all cases but
    /// [`LedgerFailure::Unconfirmed`] nothing was written.
    pub fn append<E: From<Failure>>(
        &mut self,
        stream: &str,
        mut decide: impl FnMut(&Snapshot) -> Result<Write, E>,
    ) -> Result<Appended, E> {
        self.append_by(stream, |_, _, snapshot| decide(snapshot))
    }

    /// As [`Ledger::append`], with the ledger at hand to decide by.
    fn append_by<E: From<Failure>>(
        &mut self,
        stream: &str,
        mut decide: impl FnMut(&mut Self, Option<&View>, &Snapshot) -> Result<Write, E>,
    ) -> Result<Appended, E> {
        let mut recent = self.recent();
        for tries in 1..=TRIES {
            let began = Instant::now();
            let is_recent = recent.is_some();
            let tip = match recent.take() {
                Some(tip) => tip,
                None => self.fetched()?,
            };
            let now = view(tip.clone());
            let snapshot = self.snapshot(now.as_ref(), stream)?;
            let write = match decide(self, now.as_ref(), &snapshot) {
                // What stands there now may be another answer.
                Err(_) if is_recent => continue,
                decided => decided?,
            };
            if write.events.is_empty() && write.pages.is_empty() {
                if is_recent {
                    continue;
                }
                let events = Vec::new();
                return Ok(Appended { view: now, events });
            }
            let files = files(&snapshot, &write, &tip, self.store.branch())?;
            if let Some(view) = self.put(&tip, &files, stream, &write.events)? {
                let (view, events) = (Some(view), write.events);
                return Ok(Appended { view, events });
            }
            let tries = if write.is_awaited { 0 } else { tries };
            pause(tries, began.elapsed());
        }
        Err(Failure::from(LedgerFailure::Busy).into())
    }

    /// Writes records, and those that wait from before. They are kept in this clone until the
    /// remote has confirmed them: where this fails they are sent with the next.
    ///
    /// # Errors
    /// As [`Ledger::append`].
    pub fn record(&mut self, drafts: Vec<Draft>) -> Result<Appended, Failure> {
        let known = self.known()?;
        // What cannot be read here is no reason to lose the record: it may be found from the start.
        let after = self.snapshot(known.as_ref(), RECORD);
        let after = after.map_or(0, |snapshot| snapshot.link().seq);
        for draft in drafts {
            self.spool.put(&Waiting { after, draft })?;
        }
        self.send()
    }

    /// Writes the records that wait, if there are any.
    ///
    /// # Errors
    /// As [`Ledger::append`].
    pub fn send(&mut self) -> Result<Appended, Failure> {
        let waiting = self.spool.waiting()?;
        let Some(after) = waiting.iter().map(|it| it.after).min() else {
            let (view, events) = (self.known()?, Vec::new());
            return Ok(Appended { view, events });
        };
        let drafts = waiting.iter().map(|it| &it.draft);
        let sent = self.append_by(RECORD, |ledger, now, snapshot| {
            let written = match now {
                Some(now) => ledger.events_after(now, RECORD, after)?,
                None => Vec::new(),
            };
            let (ids, mut keys) = names(&written);
            let missing = drafts.clone().filter(|draft| {
                let key = draft.dedupe.as_deref();
                !ids.contains(draft.id.as_str()) && key.is_none_or(|key| keys.insert(key))
            });
            Ok::<_, Failure>(Write {
                events: snapshot.chain(missing.cloned().collect()),
                ..Write::default()
            })
        })?;
        for it in &waiting {
            self.spool.remove(&it.draft.id);
        }
        Ok(sent)
    }

    /// Where the ledger stood at the last look, where that was only just.
    fn recent(&self) -> Option<Tip> {
        let (tip, at) = self.looked.as_ref()?;
        (at.elapsed() < RECENT).then(|| tip.clone())
    }

    /// Remembers a look at the ledger.
    pub(super) fn looked(&mut self, tip: &Tip) {
        self.looked = Some((tip.clone(), Instant::now()));
    }

    /// Builds and pushes; none where somebody else was faster.
    fn put(
        &mut self,
        tip: &Tip,
        files: &[(String, String)],
        stream: &str,
        events: &[Event],
    ) -> Result<Option<View>, Failure> {
        let (message, seconds) = message(events);
        let next = self.store.build(tip, files, &message, seconds)?;
        let mut detail = String::new();
        for tries in 1..=RESENDS {
            let began = Instant::now();
            match self.store.push(tip, &next)? {
                Pushed::Confirmed => {
                    self.looked(&Tip::At(next.clone()));
                    return Ok(Some(View { tip: next }));
                }
                Pushed::Lost => {
                    // Where an earlier reply was lost, it may be our own commit that was faster.
                    return match tries {
                        1 => Ok(None),
                        _ => self.find(stream, events),
                    };
                }
                Pushed::Refused(reason) => {
                    return Err(LedgerFailure::Refused {
                        remote: self.store.remote().unwrap_or_default().to_owned(),
                        branch: self.store.branch().to_owned(),
                        reason,
                    }
                    .into());
                }
                Pushed::Unknown(words) => detail = words,
            }
            // The remote knows. Where it stands where it stood, the push did not get through, or is
            // still on its way: the same commit once more is right in both cases.
            match self.fetched() {
                Ok(now) if now == *tip => pause(tries, began.elapsed()),
                Ok(_) => return self.find(stream, events),
                Err(Failure::Ledger(LedgerFailure::Unreachable { .. })) => {
                    pause(tries, began.elapsed())
                }
                Err(failure) => return Err(failure),
            }
        }
        Err(LedgerFailure::Unconfirmed { detail }.into())
    }

    /// The ledger, if these events are in it. The branch has moved on from where they were to
    /// stand, so what is not there now will never be.
    fn find(&mut self, stream: &str, events: &[Event]) -> Result<Option<View>, Failure> {
        let Some(now) = view(self.fetched()?) else {
            return Ok(None);
        };
        let Some(first) = events.first() else {
            return Ok(None);
        };
        let written = self.events_after(&now, stream, first.seq - 1)?;
        let (ids, _) = names(&written);
        let all = events.iter().all(|event| ids.contains(event.id.as_str()));
        Ok(all.then_some(now))
    }
}

/// Waits a little: never as long as others do, and longer after more tries. Where a try takes long,
/// because the remote is far away or many want to write, so does the pause.
pub(super) fn pause(tries: u32, took: Duration) {
    let longest = (took * (1 << tries.min(6))).clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
    std::thread::sleep(longest.mul_f64(fastrand::f64()));
}

/// The ids and the keys of events.
fn names(events: &[Event]) -> (HashSet<&str>, HashSet<&str>) {
    let ids = events.iter().map(|event| event.id.as_str()).collect();
    let keys = events.iter().filter_map(|event| event.dedupe.as_deref());
    (ids, keys.collect())
}

/// All files of the next commit.
fn files(
    snapshot: &Snapshot,
    write: &Write,
    tip: &Tip,
    branch: &str,
) -> Result<Vec<(String, String)>, Failure> {
    if write
        .events
        .iter()
        .any(|it| it.line().len() > MAX_EVENT_BYTES)
    {
        return Err(LedgerFailure::TooLarge.into());
    }
    let mut files = snapshot.with(&write.events);
    if layout::has_state(&snapshot.stream) {
        check_state(snapshot, write).map_err(|broken| LedgerFailure::Broken {
            broken,
            branch: branch.to_owned(),
        })?;
    }
    files.extend(write.pages.iter().cloned());
    if *tip == Tip::Missing {
        files.push((layout::README.to_owned(), layout::README_TEXT.to_owned()));
    }
    Ok(files)
}

/// Holds what is said to be the state after new events against what they give.
fn check_state(snapshot: &Snapshot, write: &Write) -> Result<(), Broken> {
    let mut fold = Fold::from(&snapshot.stream, snapshot.state.as_deref())?;
    let path = layout::state(&snapshot.stream);
    for event in &write.events {
        fold.take(event).map_err(|flaw| Broken::State {
            path: path.clone(),
            detail: format!("event {}: {flaw}", event.seq),
        })?;
    }
    fold.text(&snapshot.stream)?;
    match fold.differs(write.state.as_deref(), &snapshot.stream) {
        Some(broken) => Err(broken),
        None => Ok(()),
    }
}

/// The message of a commit, and its time in seconds since 1970: those of its first event.
fn message(events: &[Event]) -> (String, u64) {
    let (Some(first), Some(last)) = (events.first(), events.last()) else {
        return ("pages".to_owned(), 0);
    };
    let what = match events.len() {
        1 => first.kind.clone(),
        count => format!("{} and {} more", first.kind, count - 1),
    };
    let message = Milestone::new(&last.stream, last.seq, &last.hash).message(&what);
    (message, first.at.millis() / 1_000)
}
