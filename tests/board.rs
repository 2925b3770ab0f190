//! Stories of the board: what is open, what waits, what is out.

#[path = "support/ship.rs"]
mod ship;
mod support;

use afterclick::app::board::page;
use afterclick::git::{Reads, Repository as GitRepository};
use afterclick::ship::Event;
use ship::Ships;
use support::Repository;

fn commit(repository: &Repository, name: &str) -> (String, String) {
    (
        repository.id(name),
        repository.id(&format!("{name}^{{tree}}")),
    )
}

/// A shop with a remote: one thing live, one landed, one branch pushed and one not.
fn shop(remote: &Repository) -> Repository {
    Repository::clone_of(remote, &[])
        .write("a.txt", "a\n")
        .commit("Open the shop")
        .git(&["push", "-q", "origin", "HEAD:main"])
        .git(&["tag", "live"])
        .write("b.txt", "b\n")
        .commit("Sell books")
        .git(&["push", "-q", "origin", "HEAD:main"])
        .git(&["checkout", "-q", "-b", "faster", "live~0"])
        .write("c.txt", "c\n")
        .commit("Make it faster")
        .git(&["push", "-q", "origin", "faster"])
        .git(&["checkout", "-q", "-b", "secret-plan"])
        .write("d.txt", "d\n")
        .commit("A plan \u{1b}[31m| of | mine")
        .git(&["fetch", "-q", "origin"])
        .git(&["remote", "set-head", "origin", "main"])
}

fn remote() -> Repository {
    Repository::new().git(&["config", "core.bare", "true"])
}

/// Each change as `stage branch-or-environment title [holds]`.
fn changes(repository: &Repository) -> Vec<String> {
    let board = repository
        .afterclick(&["board", "--format", "json"])
        .succeeds()
        .stdout;
    let board: serde_json::Value = serde_json::from_str(&board).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let changes = board["changes"].as_array().unwrap().iter();
    changes
        .map(|it| {
            let place = match &it["environment"] {
                serde_json::Value::Null => text(&it["branch"]),
                environment => text(environment),
            };
            let holds = it["holds"].as_array().unwrap().iter().map(text);
            let holds: Vec<String> = holds.collect();
            format!(
                "{} {place}: {} [{}]",
                text(&it["stage"]),
                text(&it["title"]),
                holds.join("; ")
            )
        })
        .collect()
}

#[test]
fn every_change_stands_somewhere() {
    let remote = remote();
    let shop = shop(&remote);
    let production = Ships::to_production(shop.path());
    production.ships("Ada", commit(&shop, "live"), "Open the shop");
    assert_eq!(
        changes(&shop),
        [
            "live production: Open the shop []",
            "staging origin/main: Sell books [landed; not live in production]",
            "staging origin/faster: Make it faster [1 commit that has not landed]",
            "local secret-plan: A plan \u{1b}[31m| of | mine [2 commits that have not landed]",
        ]
    );
    // It goes out; whoever left before is stale now.
    production.ships("Ada", commit(&shop, "origin/main"), "Sell books");
    assert_eq!(
        changes(&shop)[..2],
        [
            "live production: Sell books []",
            "staging origin/faster: Make it faster [1 commit that has not landed; stale: lacks \
             what is live in production]",
        ]
    );
}

#[test]
fn whoever_waits_is_told_for_whom_and_why() {
    let remote = remote();
    let shop = shop(&remote);
    let production = Ships::to_production(shop.path());
    production.ships("Ada", commit(&shop, "live"), "Open the shop");
    production.begins("Ada", commit(&shop, "origin/main"), "Sell books");
    production.enqueues("Grace", commit(&shop, "origin/faster"), "Make it faster");
    production.happens(
        "Ada",
        Event::Freeze {
            reason: "the checkout is slow".to_owned(),
            until: None,
            allow: Vec::new(),
        },
    );
    assert_eq!(
        changes(&shop)[..3],
        [
            "live production: Open the shop []",
            "gated production: Sell books [is being deployed]",
            "gated production: Make it faster [frozen: the checkout is slow; waits for ticket 5]",
        ]
    );
    let text = shop.afterclick(&["board"]).succeeds().stdout;
    insta::with_settings!({filters => vec![
        (r"[0-9a-f]{12}", "[COMMIT]"),
        (r"just now|\d+ (min|h|days)", "[TIME]"),
    ]}, {
        insta::assert_snapshot!(text);
    });
    assert!(!text.contains('\u{1b}'));
    let narrow = shop.afterclick_with(&["board", "--color", "always"], |_| {});
    assert!(narrow.stdout.contains("\u{1b}["));
}

#[test]
fn the_page_of_the_ledger_says_the_same_to_people_without_the_tool() {
    let remote = remote();
    let shop = shop(&remote);
    let production = Ships::to_production(shop.path());
    production.ships("Ada", commit(&shop, "live"), "Open the shop");
    production.enqueues(
        "Grace",
        commit(&shop, "origin/faster"),
        "Faster | <b>now</b> @here #1",
    );
    let state = production.happens(
        "Ada",
        Event::Freeze {
            reason: "the checkout is slow".to_owned(),
            until: None,
            allow: Vec::new(),
        },
    );
    let (name, text) = page(
        &mut GitRepository::new(shop.path(), Reads::Objects),
        &[state],
    );
    assert_eq!(name, "BOARD.md");
    insta::with_settings!({filters => vec![
        (r"[0-9a-f]{12}", "[COMMIT]"),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "[TIME]"),
    ]}, {
        insta::assert_snapshot!(text);
    });
    let rows = text.lines().filter(|line| line.starts_with("| "));
    assert!(rows.clone().count() >= 4);
    let bars = |row: &str| row.replace("\\|", "").matches('|').count();
    assert!(rows.clone().all(|row| bars(row) == 6), "{text}");
}

#[test]
fn a_repository_without_anything_has_an_empty_board() {
    let alone = Repository::new().write("a", "").commit("Start");
    let text = alone.afterclick(&["board"]).succeeds().stdout;
    assert_eq!(text, "No branch is open, and nothing was shipped yet.\n");
    let elsewhere = tempfile::tempdir().unwrap();
    let mut outside = support::afterclick(elsewhere.path());
    outside.current_dir(elsewhere.path()).arg("board");
    support::Outcome::of(outside, &[(elsewhere.path(), "[HOME]")])
        .ends_with(5)
        .complains("is not in a git repository");
}
