//! Appends, through the same door as every command.

use std::path::Path;

use afterclick::app::Failure;
use afterclick::app::ledger::{Appended, Ledger, Place, Write, Writer};
use afterclick::ledger::{Actor, ActorKind, RECORD, Snapshot};
use afterclick::ship::{Environment, Event, Stamped, State, apply};
use serde_json::json;

use crate::support::Repository;
use crate::{Team, incident, incidents};

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

/// Freezes an environment.
fn ship(ledger: &mut Ledger, name: &str) -> Result<Appended, Failure> {
    let environment: Environment = "production".parse().unwrap();
    ledger.append(&environment.stream(), |snapshot: &Snapshot| {
        let state: State = match &snapshot.state {
            Some(text) => serde_json::from_str(text).unwrap(),
            None => State::new(environment.clone()),
        };
        let freeze = Event::Freeze {
            reason: name.to_owned(),
            until: None,
            allow: Vec::new(),
        };
        let draft = writer(name).draft(&snapshot.stream, &freeze).unwrap();
        let events = snapshot.chain(vec![draft]);
        let state = apply(&state, &Stamped::read(&events[0]).unwrap()).unwrap();
        Ok(Write {
            events,
            state: Some(serde_json::to_string_pretty(&state).unwrap() + "\n"),
            ..Write::default()
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

#[test]
fn a_clone_of_any_kind_will_do_and_nothing_else_in_it_is_touched() {
    let team = Team::new();
    let _ = incident(&team.member(), "INC-1").succeeds();
    let url = format!("file://{}", team.remote.path().display());
    let clones = [
        Repository::clone_of(&team.remote, &["--depth=1"]),
        Repository::clone_of(&team.remote, &["--filter=blob:none"]),
        Repository::clone_of(&team.remote, &["--bare"]),
        // A clone that has not even an object in common.
        Repository::new().git(&["remote", "add", "origin", &url]),
    ];
    for (at, clone) in clones.iter().enumerate() {
        let before = clone.ask(&["for-each-ref", "refs/heads"]);
        let id = format!("INC-{}", at + 2);
        let _ = incident(clone, &id).succeeds();
        assert_eq!(clone.ask(&["for-each-ref", "refs/heads"]), before, "{id}");
    }
    let ada = team.member().write("app/orders.py", "staged\n").stage();
    let ada = ada.write("app/orders.py", "not staged\n");
    let before = ada.ask(&["status", "--porcelain=v2", "--branch"]);
    let tree = ada.path().parent().unwrap().join("tree");
    let ada = ada.git(&["worktree", "add", "--quiet", tree.to_str().unwrap()]);
    let inside = [
        "-C",
        tree.to_str().unwrap(),
        "incident",
        "open",
        "x",
        "--id",
        "INC-6",
        "--path",
        "a",
    ];
    let _ = ada.afterclick(&inside).succeeds();
    assert_eq!(ada.ask(&["status", "--porcelain=v2", "--branch"]), before);
    assert_eq!(incidents(&ada).len(), 6);
    let _ = ada.afterclick(&["verify"]).succeeds();
}

#[test]
fn what_a_newer_binary_wrote_stays_as_it_is() {
    let team = Team::new();
    let ada = team.member();
    let own =
        json!({"t": "plan.made", "steps": [1, {"b": 2, "a": "\u{e9}"}], "paths": ["billing"]});
    let mut draft = writer("Ada").draft(RECORD, &own).unwrap();
    draft.fields.insert("weight".to_owned(), json!(0.1));
    open(ada.path()).record(vec![draft]).unwrap();
    let raw =
        |clone: &Repository| clone.ask(&["show", "origin/afterclick/ledger:record/0-0-0-1.jsonl"]);
    let ada = ada.git(&["fetch", "--quiet"]);
    let newer = raw(&ada);
    let _ = incident(&ada, "INC-1").succeeds();
    let ada = ada.git(&["fetch", "--quiet"]);
    let both = raw(&ada);
    assert!(both.starts_with(&newer) && both.len() > newer.len());
    let _ = ada.afterclick(&["verify"]).succeeds();
    let log = ada
        .afterclick(&["log", "--path", "billing/charge.rb"])
        .succeeds();
    assert!(log.stdout.contains("plan.made"), "{log:#?}");
    assert_eq!(incidents(&ada), ["INC-1"]);
}

#[test]
fn a_stream_goes_on_over_full_segments_and_keeps_its_state() {
    let alone = Repository::new().write("a", "").commit("Start");
    let mut ledger = open(alone.path());
    for number in 0..6 {
        let many = |snapshot: &Snapshot| -> Result<Write, Failure> {
            let mut state: State = match &snapshot.state {
                Some(text) => serde_json::from_str(text).unwrap(),
                None => State::new("production".parse().unwrap()),
            };
            let drafts = (0..100).map(|_| {
                let freeze = Event::Freeze {
                    reason: format!("{number}"),
                    until: None,
                    allow: Vec::new(),
                };
                writer("Ada").draft(&snapshot.stream, &freeze).unwrap()
            });
            let events = snapshot.chain(drafts.collect());
            for event in &events {
                state = apply(&state, &Stamped::read(event).unwrap()).unwrap();
            }
            let state = Some(serde_json::to_string(&state).unwrap());
            Ok(Write {
                events,
                state,
                ..Write::default()
            })
        };
        ledger.append("ship-production", many).unwrap();
    }
    let view = ledger.fetch().unwrap().unwrap();
    assert_eq!(
        ledger
            .events_after(&view, "ship-production", 290)
            .unwrap()
            .len(),
        310
    );
    let kept = ledger
        .file(&view, "ship-production/state.json")
        .unwrap()
        .unwrap();
    let kept: State = serde_json::from_str(&kept).unwrap();
    assert_eq!(kept.seq, 500);
    let _ = alone.afterclick(&["verify"]).succeeds();

    // A state that the events do not give stops everything.
    let forged = alone.git(&["worktree", "add", "--quiet", "forged", "afterclick/ledger"]);
    let file = forged.path().join("forged/ship-production/state.json");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("\"epoch\": 0", "\"epoch\": 7")).unwrap();
    let forged = forged.git(&["-C", "forged", "commit", "--quiet", "-am", "Tidy up"]);
    let said = forged.afterclick(&["verify"]).ends_with(1).stdout;
    assert!(
        said.contains("state.json: it is not the state that the events give"),
        "{said}"
    );
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("\"seq\": 500", "\"seq\": 499")).unwrap();
    let forged = forged.git(&["-C", "forged", "commit", "--quiet", "-am", "Tidy up"]);
    let mut ledger = open(forged.path());
    let view = ledger.fetch().unwrap();
    let broken = ledger
        .snapshot(view.as_ref(), "ship-production")
        .unwrap_err();
    assert!(
        broken
            .to_string()
            .contains("it stands after event 499, and should after 500"),
        "{broken}"
    );
}

#[test]
fn a_state_that_the_events_do_not_give_is_not_written() {
    let alone = Repository::new().write("a", "").commit("Start");
    let wrong = open(alone.path()).append("ship-production", |snapshot: &Snapshot| {
        let freeze = json!({"t": "ship.freeze", "reason": "x"});
        let draft = writer("Ada").draft(&snapshot.stream, &freeze).unwrap();
        let events = snapshot.chain(vec![draft]);
        let state = serde_json::to_string(&State::new("production".parse().unwrap()));
        let state = Some(state.unwrap());
        Ok::<_, Failure>(Write {
            events,
            state,
            ..Write::default()
        })
    });
    assert!(matches!(wrong, Err(Failure::Ledger(_))), "{wrong:?}");
    assert_eq!(alone.ask(&["branch", "--list", "afterclick/*"]), "");
}
