//! Stories of the ledger: writers on one remote, replies that are lost, ledgers that were tampered
//! with.

#[path = "../support/git_http.rs"]
mod git_http;
#[path = "../support/mod.rs"]
mod support;

mod append;
mod commands;
mod faults;
mod tampered;

use support::{Outcome, Repository};

/// An empty remote, and clones of it with one commit each.
struct Team {
    remote: Repository,
}

impl Team {
    fn new() -> Self {
        let remote = Repository::new()
            .write("app/orders.py", support::GUARDED)
            .commit("Start")
            .git(&["config", "core.bare", "true"]);
        Self { remote }
    }

    fn member(&self) -> Repository {
        Repository::clone_of(&self.remote, &[])
    }
}

/// Records an incident with a name.
fn incident(clone: &Repository, id: &str) -> Outcome {
    clone.afterclick(&[
        "incident",
        "open",
        "Charged twice",
        "--id",
        id,
        "--path",
        "billing",
    ])
}

/// The ids of the incidents in the ledger, by the remote's word.
fn incidents(clone: &Repository) -> Vec<String> {
    let listed = clone
        .afterclick(&["incident", "list", "--format", "json"])
        .succeeds();
    let listed: serde_json::Value = serde_json::from_str(&listed.stdout).unwrap();
    let listed = listed["incidents"].as_array().unwrap().iter();
    listed
        .map(|it| it["incident"].as_str().unwrap().to_owned())
        .collect()
}
