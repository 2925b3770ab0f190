//! Reads the ledger, and appends to it.
//!
//! [`Ledger::append`] is the only way in: fetch, decide on what stands there, build, push where it
//! still stands. Whoever was slower decides again. A lost reply is settled by asking the remote for
//! the events' ids, never by guessing.

mod append;
mod failure;
mod fold;
mod spool;
mod verify;
mod writer;

use std::path::Path;
use std::time::Instant;

use crate::change::ObjectId;
use crate::git::{Fetched, LedgerStore, Origin, Reads, Tip};
use crate::ledger::{BRANCH, Broken, Event, Link, Segment, Snapshot, check_kept, layout};

use crate::policy::{LedgerPlace, Policy};

use super::{Failure, policy};
use fold::Fold;
use spool::Spool;

pub use append::{Appended, Write};
pub use failure::LedgerFailure;
pub use writer::{Surroundings, Writer, now};

/// How often a remote that seems to have gone back is asked again: some answer from a copy that
/// lags behind.
const SECOND_LOOKS: u32 = 3;

/// Where the ledger is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The remote; without one, the one that stands out.
    pub remote: Option<String>,
    /// The branch; without one, [`BRANCH`].
    pub branch: Option<String>,
}

/// Where the policy says that the ledger is: the one of the branch that work starts from.
///
/// # Errors
/// The policy is not valid, or git fails.
pub fn place(dir: &Path) -> anyhow::Result<Place> {
    Ok(Place::of(&policy::of_default_branch(dir)?))
}

impl Place {
    /// Where a policy says that it is.
    pub fn of(policy: &Policy) -> Self {
        let LedgerPlace { branch, remote } = policy.ledger().clone();
        Self { remote, branch }
    }
}

/// The ledger of a repository.
pub struct Ledger {
    store: LedgerStore,
    spool: Spool,
    /// Where it stood at the last look, and when that was.
    looked: Option<(Tip, Instant)>,
}

/// The ledger at one state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Its commit.
    pub tip: ObjectId,
}

impl Ledger {
    /// The ledger of the repository that a folder is in, to be asked and written.
    ///
    /// # Errors
    /// There is no repository or no such remote, or git fails.
    pub fn open(dir: &Path, place: &Place) -> Result<Self, Failure> {
        Self::with(dir, place, Reads::Remote)
    }

    /// The ledger of a repository on a server, by way of a repository of our own, to be asked and
    /// written.
    ///
    /// # Errors
    /// As [`Ledger::open`].
    pub fn reached(dir: &Path, branch: Option<&str>, origin: Origin) -> Result<Self, Failure> {
        let place = Place {
            remote: None,
            branch: branch.map(str::to_owned),
        };
        let mut ledger = Self::open(dir, &place)?;
        ledger.store = ledger.store.reached(origin);
        Ok(ledger)
    }

    /// The ledger of the repository that a folder is in, with what lets us in where its remote is
    /// on that server: a checkout keeps no credentials.
    ///
    /// # Errors
    /// As [`Ledger::open`].
    pub fn let_in(dir: &Path, place: &Place, origin: Option<Origin>) -> Result<Self, Failure> {
        let mut ledger = Self::open(dir, place)?;
        if let Some(origin) = origin.filter(|origin| ledger.store.is_at(origin)) {
            ledger.store = ledger.store.reached(origin);
        }
        Ok(ledger)
    }

    /// The ledger as this clone last saw it, to be read only; no remote is ever asked.
    ///
    /// # Errors
    /// As [`Ledger::open`].
    pub fn offline(dir: &Path, place: &Place) -> Result<Self, Failure> {
        Self::with(dir, place, Reads::Objects)
    }

    fn with(dir: &Path, place: &Place, reads: Reads) -> Result<Self, Failure> {
        let branch = place.branch.as_deref().unwrap_or(BRANCH);
        if !layout::is_branch(branch) {
            return Err(LedgerFailure::InvalidBranch(branch.to_owned()).into());
        }
        let store = LedgerStore::open(dir, reads, place.remote.as_deref(), branch)?;
        let spool = Spool::new(store.folder());
        Ok(Self {
            store,
            spool,
            looked: None,
        })
    }

    /// The remote that it is on; none where it is the branch of this clone alone.
    pub fn remote(&self) -> Option<&str> {
        self.store.remote()
    }

    /// The folder of the repository that all its working trees share.
    pub fn folder(&self) -> &Path {
        self.store.folder()
    }

    /// The folder of the repository that belongs to this working tree alone.
    pub fn own_folder(&self) -> &Path {
        self.store.own_folder()
    }

    /// The branch.
    pub fn branch(&self) -> &str {
        self.store.branch()
    }

    /// The ledger as this clone last saw it; none where it never saw one. Nobody is asked.
    ///
    /// # Errors
    /// Git fails.
    pub fn known(&mut self) -> Result<Option<View>, Failure> {
        Ok(view(self.store.known()?))
    }

    /// Asks the remote for the ledger; none where the remote says that it has none yet.
    ///
    /// # Errors
    /// The remote cannot be asked, or the ledger is gone or was rewritten.
    pub fn fetch(&mut self) -> Result<Option<View>, Failure> {
        Ok(view(self.fetched()?))
    }

    fn fetched(&mut self) -> Result<Tip, Failure> {
        let remote = self.store.remote().unwrap_or_default().to_owned();
        let branch = self.store.branch().to_owned();
        let mut looks = 1;
        loop {
            let began = Instant::now();
            let failure = match self.store.fetch()? {
                Fetched::Tip(tip) => {
                    self.looked(&tip);
                    return Ok(tip);
                }
                Fetched::Unreachable(detail) => {
                    return Err(LedgerFailure::Unreachable { remote, detail }.into());
                }
                Fetched::Vanished => LedgerFailure::Vanished {
                    remote: remote.clone(),
                    branch: branch.clone(),
                },
                Fetched::Rewritten => LedgerFailure::Rewritten {
                    remote: remote.clone(),
                    branch: branch.clone(),
                },
            };
            if looks == SECOND_LOOKS {
                return Err(failure.into());
            }
            append::pause(looks, began.elapsed());
            looks += 1;
        }
    }

    /// The end of a stream, checked; empty where there is no ledger or no such stream.
    ///
    /// # Errors
    /// The ledger is broken there, or git fails.
    pub fn snapshot(&mut self, view: Option<&View>, stream: &str) -> Result<Snapshot, Failure> {
        let Some(View { tip }) = view else {
            return Ok(Snapshot::empty(stream));
        };
        let Some(last) = self.segments(tip, stream)? else {
            return Ok(Snapshot::empty(stream));
        };
        let tail = self.segment(tip, stream, last, None)?;
        let mut state = None;
        if layout::has_state(stream) {
            let kept = self.text(tip, &layout::state(stream))?;
            let folded = folded(&tail, kept.as_deref());
            state = folded.map_err(|broken| self.broken(broken))?;
        }
        Ok(Snapshot {
            stream: stream.to_owned(),
            tail: Some(tail),
            state,
        })
    }

    /// The events of a stream that come after its first `after`, the oldest first.
    ///
    /// # Errors
    /// The ledger is broken there, or git fails.
    pub fn events_after(
        &mut self,
        view: &View,
        stream: &str,
        after: u64,
    ) -> Result<Vec<Event>, Failure> {
        let Some(last) = self.segments(&view.tip, stream)? else {
            return Ok(Vec::new());
        };
        let mut segments = Vec::new();
        for number in (1..=last).rev() {
            let segment = self.segment(&view.tip, stream, number, None)?;
            let reaches = segment.events.first().is_some_and(|it| it.seq <= after + 1);
            segments.push(segment);
            if reaches {
                break;
            }
        }
        let mut link: Option<Link> = None;
        let mut events = Vec::new();
        for segment in segments.into_iter().rev() {
            for (index, event) in segment.events.into_iter().enumerate() {
                if let Some(link) = &link {
                    event.follows(stream, link).map_err(|flaw| {
                        let path = layout::segment(stream, segment.number);
                        let line = index + 1;
                        self.broken(Broken::Line { path, line, flaw })
                    })?;
                }
                link = Some(event.link());
                events.push(event);
            }
        }
        events.retain(|event| event.seq > after);
        Ok(events)
    }

    /// All events of a stream, the oldest first.
    ///
    /// # Errors
    /// As [`Ledger::events_after`].
    pub fn events(&mut self, view: &View, stream: &str) -> Result<Vec<Event>, Failure> {
        self.events_after(view, stream, 0)
    }

    /// The streams that there are, sorted.
    ///
    /// # Errors
    /// Git fails.
    pub fn streams(&mut self, view: &View) -> Result<Vec<String>, Failure> {
        let mut names = self.store.names(&view.tip, "")?;
        names.retain(|name| layout::is_stream(name));
        names.sort();
        Ok(names)
    }

    /// A file of the ledger, such as [`layout::BOARD`]; none where there is none.
    ///
    /// # Errors
    /// It is no text, or git fails.
    pub fn file(&mut self, view: &View, path: &str) -> Result<Option<String>, Failure> {
        self.text(&view.tip, path)
    }

    /// The number of the last segment of a stream; none where there is no such stream.
    fn segments(&mut self, tip: &ObjectId, stream: &str) -> Result<Option<u32>, Failure> {
        let names = self.store.names(tip, stream)?;
        let mut numbers: Vec<u32> = names.iter().filter_map(|it| layout::number(it)).collect();
        numbers.sort_unstable();
        let missing = (1..)
            .zip(&numbers)
            .find(|(expected, found)| expected != *found);
        if let Some((expected, _)) = missing {
            let path = layout::segment(stream, expected);
            return Err(self.broken(Broken::MissingSegment { path }));
        }
        if numbers.is_empty() && !names.is_empty() {
            let path = layout::segment(stream, 1);
            return Err(self.broken(Broken::MissingSegment { path }));
        }
        Ok(numbers.last().copied())
    }

    fn segment(
        &mut self,
        tip: &ObjectId,
        stream: &str,
        number: u32,
        link: Option<Link>,
    ) -> Result<Segment, Failure> {
        let path = layout::segment(stream, number);
        let text = self.text(tip, &path)?;
        let text = text.ok_or_else(|| self.broken(Broken::Unreadable { path }))?;
        Segment::parse(stream, number, text, link).map_err(|broken| self.broken(broken))
    }

    fn text(&mut self, tip: &ObjectId, path: &str) -> Result<Option<String>, Failure> {
        let Some(bytes) = self.store.file(tip, path)? else {
            return Ok(None);
        };
        let text = String::from_utf8(bytes).map_err(|_| {
            let path = path.to_owned();
            self.broken(Broken::Unreadable { path })
        })?;
        Ok(Some(text))
    }

    fn broken(&self, broken: Broken) -> Failure {
        let branch = self.store.branch().to_owned();
        LedgerFailure::Broken { broken, branch }.into()
    }
}

/// The state after the last event, from the one that is kept before the last segment.
fn folded(tail: &Segment, kept: Option<&str>) -> Result<Option<String>, Broken> {
    check_kept(tail, kept)?;
    let mut fold = Fold::from(&tail.stream, kept)?;
    for (index, event) in tail.events.iter().enumerate() {
        fold.take(event).map_err(|flaw| Broken::Line {
            path: layout::segment(&tail.stream, tail.number),
            line: index + 1,
            flaw,
        })?;
    }
    fold.text(&tail.stream)
}

fn view(tip: Tip) -> Option<View> {
    match tip {
        Tip::At(tip) => Some(View { tip }),
        Tip::Missing => None,
    }
}
