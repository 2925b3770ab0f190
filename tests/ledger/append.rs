//! Appends, through the same door as every command.

use std::path::Path;

use afterclick::app::Failure;
use afterclick::app::ledger::{Appended, Ledger, Place, Write, Writer};
use afterclick::ledger::{Actor, ActorKind, RECORD, Snapshot};
use serde_json::json;

use crate::support::Repository;

fn writer(name: &str) -> Writer {
    Writer {
        actor: Actor {
            name: name.to_owned(),
            kind: ActorKind::Person,
            permission: None,
        },
        session: None,
        repo: None,
    }
}

fn open(dir: &Path) -> Ledger {
    Ledger::open(dir, &Place::default()).unwrap()
}

/// Appends one event to an environment whose state is its end.
fn ship(ledger: &mut Ledger, name: &str) -> Result<Appended, Failure> {
    ledger.append("ship-production", |snapshot: &Snapshot| {
        let own = json!({"t": "ship.freeze", "reason": name});
        let draft = writer(name).draft("ship-production", &own).unwrap();
        let events = snapshot.chain(vec![draft]);
        let link = events[0].link();
        let state = json!({"seq": link.seq, "last": link.hash}).to_string();
        Ok(Write {
            events,
            state: Some(state),
            pages: Vec::new(),
        })
    })
}

#[test]
fn the_first_append_makes_the_branch_and_the_next_goes_on() {
    let remote = Repository::new().git(&["config", "core.bare", "true"]);
    let one = Repository::clone_of(&remote, &[]);
    let other = Repository::clone_of(&remote, &[]);
    for (clone, seq) in [(&one, 1), (&other, 2), (&one, 3)] {
        let appended = ship(&mut open(clone.path()), "Ada").unwrap();
        assert_eq!(appended.events[0].seq, seq);
    }
    let mut ledger = open(other.path());
    let view = ledger.fetch().unwrap().unwrap();
    let events = ledger.events(&view, "ship-production").unwrap();
    assert_eq!(events.len(), 3);
    assert_eq!(one.ask(&["status", "--porcelain"]), "");
    assert_eq!(
        remote.ask(&["rev-list", "--count", "afterclick/ledger"]),
        "3"
    );
}

#[test]
fn without_a_remote_the_branch_of_the_clone_is_the_ledger() {
    let alone = Repository::new().write("a", "").commit("Start");
    let draft = |name| writer(name).draft(RECORD, &json!({"t": "note"})).unwrap();
    for name in ["Ada", "Grace"] {
        open(alone.path()).record(vec![draft(name)]).unwrap();
    }
    assert_eq!(
        alone.ask(&["rev-list", "--count", "afterclick/ledger"]),
        "2"
    );
    assert_eq!(alone.ask(&["status", "--porcelain"]), "");
}

#[test]
fn many_writers_lose_nothing() {
    let remote = Repository::new().git(&["config", "core.bare", "true"]);
    let clones: Vec<Repository> = (0..4).map(|_| Repository::clone_of(&remote, &[])).collect();
    std::thread::scope(|scope| {
        for clone in &clones {
            scope.spawn(|| {
                for _ in 0..5 {
                    ship(&mut open(clone.path()), "Ada").unwrap();
                    let draft = writer("Ada").draft(RECORD, &json!({"t": "note"})).unwrap();
                    open(clone.path()).record(vec![draft]).unwrap();
                }
            });
        }
    });
    let mut ledger = open(clones[0].path());
    let view = ledger.fetch().unwrap().unwrap();
    for stream in ["ship-production", RECORD] {
        let events = ledger.events(&view, stream).unwrap();
        assert_eq!(events.len(), 20, "{stream}");
    }
}
