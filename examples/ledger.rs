//! Writes a ledger as a busy project would have it after some years, and measures it.
//!
//! `cargo run --release --example ledger -- write DIR EVENTS` makes a repository in an empty folder,
//! with a commit an event: ships to three environments, and two records after each of them.
//! `write-in-batches` puts twelve records after each of them, in one commit.
//! `cargo run --release --example ledger -- append DIR COUNT` appends to it, one event at a time.
#![allow(clippy::print_stdout, missing_docs)]

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use afterclick::app::ledger::{Ledger, Place, Writer};
use afterclick::ledger::record::{Override, Record};
use afterclick::ledger::{
    Actor, ActorKind, Draft, Milestone, RECORD, Snapshot, Stamp, Timestamp, layout,
};
use afterclick::ship::{
    Environment, Event, GateVerdict, Kind, Priority, Runner, Stamped, State, advance,
};
use serde_json::json;

/// 1 January 2023, and the time between two events.
const START: u64 = 1_672_531_200_000;
const STEP: u64 = 1_260_000;

/// The message of a commit, its time, and its files by path.
type Commit = (String, u64, Vec<(String, String)>);

/// The events of a ship, a commit each, and the records after it.
type Planned = (Vec<Vec<Draft>>, Vec<Draft>);

const PEOPLE: [&str; 6] = ["ada", "grace", "linus", "margaret", "dennis", "barbara"];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [what, dir, count] = &arguments[..] else {
        return Err("write DIR EVENTS, or append DIR COUNT".into());
    };
    let (dir, count) = (Path::new(dir), count.parse()?);
    match what.as_str() {
        "write" => write(dir, count, 2, false),
        "write-in-batches" => write(dir, count, 12, true),
        "append" => append(dir, count),
        other => Err(format!("unknown word {other}").into()),
    }
}

/// Numbers that look drawn by lot and are the same every time.
struct Lots(u64);

impl Lots {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn commit(&mut self) -> String {
        let mut digits: String = (0..3).map(|_| format!("{:016x}", self.next())).collect();
        digits.truncate(40);
        digits
    }

    fn title(&mut self) -> String {
        let words = [
            "charge", "refund", "retry", "index", "order", "webhook", "login", "cache", "export",
            "invoice", "search", "limit", "queue", "report", "token",
        ];
        let count = words.len() as u64;
        let picked: Vec<&str> = (0..4)
            .filter_map(|_| words.get(usize::try_from(self.next() % count).unwrap_or(0)))
            .copied()
            .collect();
        format!("Mend the {}", picked.join(" "))
    }
}

struct Books {
    lots: Lots,
    number: u64,
    streams: BTreeMap<String, (Snapshot, Option<State>)>,
}

impl Books {
    fn stamp(&mut self) -> Stamp {
        self.number += 1;
        let at = START + self.number * STEP;
        let random = u128::from(self.lots.next()) << 16;
        let person = PEOPLE[usize::try_from(self.lots.next() % 6).unwrap_or(0)];
        Stamp {
            id: ulid::Ulid::from_parts(at, random).to_string(),
            at: Timestamp::from_millis(at),
            actor: Actor {
                name: person.to_owned(),
                kind: ActorKind::Person,
                permission: None,
            },
            session: None,
            repo: None,
        }
    }

    /// One commit: its message, its time and its files.
    fn put(&mut self, drafts: Vec<Draft>) -> Result<Commit, Box<dyn Error>> {
        let stream = drafts.first().ok_or("nothing to write")?.stream.clone();
        let (snapshot, state) = self
            .streams
            .get_mut(&stream)
            .ok_or("a stream that is not there")?;
        let full = snapshot
            .tail
            .as_ref()
            .is_some_and(afterclick::ledger::Segment::is_full);
        if let Some(state) = state.as_ref().filter(|_| full) {
            snapshot.state = Some(serde_json::to_string_pretty(state)? + "\n");
        }
        let events = snapshot.chain(drafts);
        let files = snapshot.with(&events);
        for event in &events {
            if let Some(state) = state {
                advance(state, &Stamped::read(event)?).map_err(|it| it.to_string())?;
            }
        }
        let event = events.last().ok_or("nothing to write")?;
        let message = Milestone::new(&stream, event.seq, &event.hash).message(&event.kind);
        let at = event.at.millis() / 1_000;
        // The tail, without reading it again.
        let (path, text) = files.last().ok_or("no file")?;
        let number = path
            .rsplit('/')
            .next()
            .and_then(layout::number)
            .unwrap_or(1);
        let tail = snapshot.tail.take().filter(|it| it.number == number);
        let mut tail = tail.unwrap_or_else(|| afterclick::ledger::Segment {
            stream: stream.clone(),
            number,
            text: String::new(),
            events: Vec::new(),
        });
        tail.text.clone_from(text);
        tail.events.extend(events.iter().cloned());
        snapshot.tail = Some(tail);
        Ok((message, at, files))
    }
}

fn write(dir: &Path, count: u64, records: u64, batched: bool) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(dir)?;
    run(dir, &["init", "--quiet", "--bare"])?;
    let mut import = Command::new("git")
        .args(["fast-import", "--quiet", "--done"])
        .current_dir(dir)
        .stdin(Stdio::piped())
        .spawn()?;
    let mut out = BufWriter::new(import.stdin.take().ok_or("no pipe")?);
    let mut books = Books {
        lots: Lots(1),
        number: 0,
        streams: BTreeMap::from([(RECORD.to_owned(), (Snapshot::empty(RECORD), None))]),
    };
    let mut environments = Vec::new();
    for name in ["production", "staging", "preview"] {
        let environment: Environment = name.parse()?;
        let stream = environment.stream();
        let state = Some(State::new(environment));
        books
            .streams
            .insert(stream.clone(), (Snapshot::empty(&stream), state));
        environments.push(stream);
    }
    let mut written = 0;
    while written < count {
        let stream = environments[usize::try_from(books.number / 6 % 3)?].clone();
        let (mut commits, records) = ship_and_records(&mut books, &stream, records)?;
        match batched {
            true => commits.push(records),
            false => commits.extend(records.into_iter().map(|record| vec![record])),
        }
        for drafts in commits {
            written += drafts.len() as u64;
            let (message, at, files) = books.put(drafts)?;
            let branch = format!("refs/heads/{}", afterclick::ledger::BRANCH);
            writeln!(
                out,
                "commit {branch}\ncommitter afterclick <afterclick> {at} +0000"
            )?;
            writeln!(out, "data {}\n{message}", message.len())?;
            for (path, text) in files {
                writeln!(out, "M 100644 inline {path}\ndata {}\n{text}", text.len())?;
            }
        }
    }
    writeln!(out, "done")?;
    out.flush()?;
    drop(out);
    import.wait()?;
    println!("{written} events");
    Ok(())
}

/// A ship from its ticket to live, each event alone; and records.
fn ship_and_records(
    books: &mut Books,
    stream: &str,
    count: u64,
) -> Result<Planned, Box<dyn Error>> {
    let state = books
        .streams
        .get(stream)
        .and_then(|(_, state)| state.as_ref());
    let state = state.ok_or("no state")?;
    let (ticket, epoch) = (state.seq + 1, state.epoch + 1);
    let base_live = state.live.as_ref().map(|live| live.sha.clone());
    let (sha, tree) = (books.lots.commit(), books.lots.commit());
    let runner = Runner::Github {
        repository: "example/shop".to_owned(),
        run: 9_000_000_000 + books.lots.next() % 1_000_000_000,
        attempt: 1,
        hosted: true,
        job: None,
    };
    let ship = [
        Event::Enqueue {
            claim: format!("run-{}", books.lots.next() % 1_000_000_000),
            sha: sha.clone(),
            tree,
            pr: Some(ticket),
            title: books.lots.title(),
            priority: Priority::Normal,
            reason: None,
            approval: false,
            runner: Some(runner.clone()),
        },
        Event::Acquire {
            ticket,
            runner,
            overtakes: Vec::new(),
        },
        Event::Start {
            epoch,
            gate: GateVerdict {
                base_live,
                sha,
                kind: Kind::Deploy,
                acknowledged: Vec::new(),
            },
        },
        Event::Commit {
            epoch,
            probed: None,
        },
    ];
    let mut drafts = Vec::new();
    for event in ship {
        drafts.push(vec![books.stamp().draft(stream, &event)?]);
    }
    let mut records = Vec::new();
    for _ in 0..count {
        let decision = Record::Override(Override {
            fingerprint: format!("{:016x}", books.lots.next()),
            check: "auth/guard-removed".to_owned(),
            path: format!("app/controllers/{}.rb", books.lots.next() % 400),
            symbol: "OrdersController.destroy".to_owned(),
            head: books.lots.commit(),
            tree: books.lots.commit(),
            by_author: false,
            reason: books.lots.title(),
        });
        records.push(books.stamp().draft(RECORD, &decision)?);
    }
    Ok((drafts, records))
}

/// Appends as a command does, and says how long each took.
fn append(dir: &Path, count: u64) -> Result<(), Box<dyn Error>> {
    let mut times = Vec::new();
    for number in 0..count {
        let started = Instant::now();
        let mut ledger = Ledger::open(dir, &Place::default())?;
        let writer = Writer {
            actor: Actor {
                name: "ada".to_owned(),
                kind: ActorKind::Person,
                permission: None,
            },
            session: None,
            repo: None,
        };
        let draft = writer.draft(RECORD, &json!({"t": "note", "number": number}))?;
        ledger.record(vec![draft])?;
        times.push(started.elapsed().as_micros());
    }
    times.sort_unstable();
    let median = times.get(times.len() / 2).copied().unwrap_or_default();
    println!("median {}.{} ms", median / 1_000, median % 1_000 / 100);
    Ok(())
}

fn run(dir: &Path, arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    let status = Command::new("git")
        .args(arguments)
        .current_dir(dir)
        .status()?;
    match status.success() {
        true => Ok(()),
        false => Err("git failed".into()),
    }
}
