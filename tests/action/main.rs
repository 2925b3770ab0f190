//! Stories of the Action: real jobs, real HTTP, real git.

#[path = "../support/github/mod.rs"]
mod github;
#[path = "../support/mod.rs"]
mod support;

mod commands;
mod events;
mod failures;
mod governing;
mod hostile;
mod payloads;
mod queue;
mod release;
mod review;
mod rollback;
mod ship;
mod stale;

use github::GitHub;
use support::{GUARDED, UNGUARDED};

/// A policy that holds what touches who may do what.
pub(crate) const ENFORCED: &str = "modes:\n  auth: enforce\n";

/// A repository with a guard, and a pull request that takes it away.
pub(crate) fn risky(github: &GitHub) -> u64 {
    github
        .work(|it| it.write("shop/views.py", GUARDED).commit("Open the shop"))
        .push("main")
        .work(|it| {
            let work = it.branch("work");
            work.write("shop/views.py", UNGUARDED).commit("Simplify")
        });
    github.open("work", "mira")
}

/// The events of the ledger, as lines of JSON.
pub(crate) fn ledger(github: &GitHub) -> String {
    const BRANCH: &str = "afterclick/ledger";
    let git = github.state().git.clone();
    let git = git.to_str().unwrap();
    if github
        .ask(&["-C", git, "branch", "--list", BRANCH])
        .is_empty()
    {
        return String::new();
    }
    let files = github.ask(&["-C", git, "ls-tree", "-r", "--name-only", BRANCH]);
    let files = files.lines().filter(|file| file.ends_with(".jsonl"));
    let read = |file: &str| github.ask(&["-C", git, "show", &format!("{BRANCH}:{file}")]);
    files.map(|file| read(file) + "\n").collect()
}

/// The text with what differs from run to run as placeholders.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::new();
    for line in text.lines() {
        let mut words: Vec<String> = line.split(' ').map(placeholder).collect();
        for at in 1..words.len() {
            if words[at].starts_with("ms") {
                words[at - 1] = "[N]".to_owned();
            }
        }
        plain.push_str(&(words.join(" ") + "\n"));
    }
    plain
}

fn placeholder(word: &str) -> String {
    let bare = word.trim_matches(|sign: char| "`.,()".contains(sign));
    let is_commit = [7, 40].contains(&bare.len()) && bare.bytes().all(|it| it.is_ascii_hexdigit());
    if is_commit {
        return word.replace(bare, "[SHA]");
    }
    if let Some(at) = word.find("/runs/") {
        let end = word[at + 6..].find(|it: char| !it.is_ascii_digit());
        let end = end.map_or(word.len(), |end| at + 6 + end);
        return format!("{}/runs/[ID]{}", &word[..at], &word[end..]);
    }
    word.to_owned()
}
