//! A ledger in which ships happened, without a deploy: each event is appended as a command would.
#![allow(dead_code, unreachable_pub)] // each test file uses a part of it

use std::path::Path;

use afterclick::app::Failure;
use afterclick::app::ledger::{Ledger, Place, Write, Writer};
use afterclick::ledger::{Actor, ActorKind};
use afterclick::ship::{
    Environment, Event, GateVerdict, Kind, Priority, Runner, Stamped, State, apply,
};

/// The environments of the ledger of a repository.
pub struct Ships<'a> {
    dir: &'a Path,
    environment: Environment,
}

impl<'a> Ships<'a> {
    /// Those of `production`.
    pub fn to_production(dir: &'a Path) -> Self {
        Self {
            dir,
            environment: "production".parse().unwrap(),
        }
    }

    /// Lets something happen, done by somebody.
    pub fn happens(&self, name: &str, event: Event) -> State {
        let mut ledger = Ledger::open(self.dir, &Place::default()).unwrap();
        let writer = Writer {
            actor: Actor {
                name: name.to_owned(),
                kind: ActorKind::Person,
                permission: None,
            },
            session: None,
            repo: None,
        };
        let stream = self.environment.stream();
        let mut after = None;
        let appended = ledger.append(&stream, |snapshot| {
            let before = match &snapshot.state {
                Some(text) => serde_json::from_str(text).unwrap(),
                None => State::new(self.environment.clone()),
            };
            let draft = writer.draft(&stream, &event).unwrap();
            let events = snapshot.chain(vec![draft]);
            let stamped = Stamped {
                seq: events[0].seq,
                hash: events[0].hash.clone(),
                at: events[0].at,
                actor: writer.actor.clone(),
                event: event.clone(),
            };
            let state = apply(&before, &stamped).unwrap();
            let text = serde_json::to_string(&state).unwrap();
            after = Some(state);
            Ok::<_, Failure>(Write {
                events,
                state: Some(text),
                ..Write::default()
            })
        });
        appended.unwrap();
        after.unwrap()
    }

    /// Takes a ticket.
    pub fn enqueues(&self, name: &str, (sha, tree): (String, String), title: &str) -> u64 {
        let state = self.happens(
            name,
            Event::Enqueue {
                claim: format!("{name} {title}"),
                sha,
                tree,
                pr: None,
                title: title.to_owned(),
                priority: Priority::Normal,
                reason: None,
                approval: false,
                runner: None,
            },
        );
        state.seq
    }

    /// Takes a ticket, takes the lock and begins.
    pub fn begins(&self, name: &str, commit: (String, String), title: &str) -> State {
        let sha = commit.0.clone();
        let ticket = self.enqueues(name, commit, title);
        let state = self.happens(
            name,
            Event::Acquire {
                ticket,
                runner: Runner::Local {
                    machine: "m".to_owned(),
                    boot: "b".to_owned(),
                    process: 1,
                    started: 1,
                },
                overtakes: Vec::new(),
            },
        );
        let lock = state.lock.as_ref().unwrap();
        let gate = GateVerdict {
            base_live: lock.base_live.clone(),
            sha,
            kind: Kind::Deploy,
            acknowledged: Vec::new(),
        };
        let epoch = lock.epoch;
        self.happens(name, Event::Start { epoch, gate })
    }

    /// Ships it, all the way.
    pub fn ships(&self, name: &str, commit: (String, String), title: &str) -> State {
        let epoch = self.begins(name, commit, title).epoch;
        let probed = None;
        self.happens(name, Event::Commit { epoch, probed })
    }
}
