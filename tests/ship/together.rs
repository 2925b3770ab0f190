//! Many at once.

use std::time::Instant;

use crate::support::Repository;
use crate::{Shop, arguments, land, spawn, state};

/// So many ships at the same time, each in its own clone.
const SHIPS: usize = 24;

#[test]
fn many_ships_at_once_go_live_or_are_held_in_the_order_of_tickets() {
    let shop = Shop::new();
    // A line of commits, and one that is on nobody's way.
    let mut clones: Vec<Repository> = Vec::new();
    for number in 1..SHIPS {
        clones.push(land(shop.member(), &format!("change-{number}")));
    }
    let aside = shop.member().git(&["reset", "--quiet", "--hard", "HEAD~2"]);
    clones.push(crate::change(aside, "aside"));
    let began = Instant::now();
    let script = shop.deploy();
    let children: Vec<_> = clones
        .iter()
        .map(|clone| spawn(clone, &arguments(&[], &script)))
        .collect();
    let mut codes = Vec::new();
    for child in children {
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        let code = output.status.code().unwrap();
        assert!(code <= 1, "{code}: {said}");
        codes.push(code);
    }
    println!(
        "{SHIPS} ships took {:?}; they ended with {codes:?}",
        began.elapsed()
    );
    let now = state(&clones[0]);
    assert!(now["lock"].is_null());
    let past = now["past"].as_array().unwrap().len();
    let held = now["queue"].as_array().unwrap().len();
    assert_eq!(past + held, SHIPS, "{now}");
    assert_eq!(held, codes.iter().filter(|code| **code == 1).count());
    // Whoever took the lock took it in the order of tickets.
    let log = [
        "log",
        "--kind",
        "ship.acquire",
        "--format",
        "json",
        "--limit",
        "100",
    ];
    let log = clones[0].afterclick(&log).succeeds().stdout;
    let mut tickets: Vec<u64> = log
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|event| event["ticket"].as_u64().unwrap())
        .collect();
    tickets.reverse();
    assert_eq!(tickets.len(), SHIPS);
    assert!(tickets.is_sorted(), "{tickets:?}");
    let _ = clones[0].afterclick(&["verify"]).succeeds();
}
