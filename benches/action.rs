//! From the start of the Action to its verdict, as a whole process against a GitHub of our own on
//! this machine: `cargo bench --bench action`. What the network adds is not in it.
#![allow(unreachable_pub, missing_docs)]
#![allow(clippy::print_stdout)] // figures are for people

#[path = "../tests/support/github/mod.rs"]
mod github;
#[path = "../tests/support/mod.rs"]
mod support;
mod synthetic;

use std::cell::Cell;
use std::time::{Duration, Instant};

use github::{Checkout, GitHub, story};
use support::Repository;

/// Files of the pull request, and functions in each.
const FILES: usize = 20;
const FUNCTIONS: usize = 50;

/// Runs of each kind.
const RUNS: usize = 15;

fn main() {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!(
        "a pull request of {FILES} files of {FUNCTIONS} functions; load {}",
        load.trim()
    );
    for (name, changed, checkout) in [
        ("nothing to say, a full checkout", None, Checkout::Full),
        ("a concern, a full checkout", Some(0), Checkout::Full),
        ("a concern, a shallow checkout", Some(0), Checkout::Shallow),
    ] {
        story(|github| measure(github, name, changed, checkout));
    }
}

fn measure(github: &GitHub, name: &str, changed: Option<usize>, checkout: Checkout) {
    github
        .work(|it| shop(it, None).commit("Open the shop"))
        .push("main")
        .work(|it| shop(it.branch("work"), Some(changed)).commit("Change"));
    let pull = github.open("work", "mira");
    github.checkouts_are(checkout);
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let began = Cell::new(Instant::now());
            let run = github.pull_request_with("opened", pull, |_| began.set(Instant::now()));
            let took = began.get().elapsed();
            assert_eq!(run.outcome.code, 0, "{run:#?}");
            took
        })
        .collect();
    times.sort();
    let shown = [times[0], times[RUNS / 2], times[RUNS - 1]].map(|it| it.as_millis());
    println!(
        "{name}: {} ms at best, {} in the middle, {} at worst",
        shown[0], shown[1], shown[2]
    );
    github.state().unread.clear();
}

/// The files as they are at base; or as they are proposed, each with one more line and one of them
/// without a guard.
fn shop(mut repository: Repository, proposed: Option<Option<usize>>) -> Repository {
    for file in 0..FILES {
        let path = format!("shop/part{file}/orders.py");
        let without = match proposed {
            Some(Some(at)) if at == file => FUNCTIONS,
            _ => 0,
        };
        let mut text = synthetic::source("orders.py", FUNCTIONS, without);
        if proposed.is_some() {
            text.push_str("MORE = 1\n");
        }
        repository = repository.write(path, text);
    }
    repository
}
