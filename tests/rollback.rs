//! Stories of the way back: what leaves, what stays, and what cannot be undone.

#[path = "support/ship.rs"]
mod ship;
mod support;

use serde_json::Value;
use ship::Ships;
use support::Repository;

fn commit(repository: &Repository, name: &str) -> (String, String) {
    (
        repository.id(name),
        repository.id(&format!("{name}^{{tree}}")),
    )
}

/// Three things that went live, the last with a migration that loses data.
fn shop() -> Repository {
    let shop = Repository::new()
        .write("shop.py", "import os\n\nKEY = os.environ[\"SHOP_KEY\"]\n")
        .commit("Open the shop (#1)")
        .git(&["tag", "one"])
        .write(
            "db/migrations/20260101000000_notes.sql",
            "ALTER TABLE orders ADD COLUMN note text;\n",
        )
        .write("shop.py", "import os\n\nKEY = os.environ[\"BOOK_KEY\"]\n")
        .commit("Sell books (#2)")
        .git(&["tag", "two"])
        .write(
            "db/migrations/20260102000000_drop.sql",
            "ALTER TABLE orders DROP COLUMN total;\n",
        )
        .commit("Merge pull request #3 from o/drop\n\nDrop the total")
        .git(&["tag", "three"]);
    let production = Ships::to_production(shop.path());
    production.ships("Ada", commit(&shop, "one"), "Open the shop");
    production.ships("Ada", commit(&shop, "two"), "Sell books");
    production.ships("Ada", commit(&shop, "three"), "Drop the total");
    shop
}

fn plan(shop: &Repository, arguments: &[&str]) -> Value {
    let all = [
        &[
            "rollback",
            "--environment",
            "Production",
            "--plan",
            "--json",
        ],
        arguments,
    ]
    .concat();
    serde_json::from_str(&shop.afterclick(&all).succeeds().stdout).unwrap()
}

fn stays(plan: &Value) -> Vec<String> {
    let stays = plan["stays"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    stays
        .map(|it| format!("{}: {}", text(&it["risk"]), text(&it["what"])))
        .collect()
}

#[test]
fn the_plan_says_what_leaves_and_what_stays() {
    let shop = shop();
    let back = plan(&shop, &[]);
    assert_eq!(back["target"], shop.id("two"));
    assert_eq!(back["leaves"][0]["subject"], "Drop the total");
    assert_eq!(back["leaves"][0]["pr"], 3);
    assert_eq!(back["revert"]["how"], "clean");
    assert_eq!(stays(&back), ["loses-data: orders.total"]);
    assert_eq!(back["worst"], "loses-data");

    let further = plan(&shop, &["--to", &shop.id("one")]);
    assert_eq!(further["leaves"].as_array().unwrap().len(), 2);
    assert_eq!(
        stays(&further),
        [
            "loses-data: orders.total",
            "needs-steps: SHOP_KEY",
            "safe: orders.note",
            "safe: BOOK_KEY",
        ]
    );
    let text = shop
        .afterclick(&[
            "rollback",
            "-e",
            "production",
            "--plan",
            "--to",
            &shop.id("one"),
        ])
        .succeeds()
        .stdout;
    insta::with_settings!({filters => vec![(r"[0-9a-f]{12}", "[COMMIT]")]}, {
        insta::assert_snapshot!(text);
    });
}

#[test]
fn the_way_back_is_a_ticket_that_was_live_or_a_commit() {
    let shop = shop();
    assert_eq!(plan(&shop, &["--to", "1"])["target"], shop.id("one"));
    let back = |to: &str| shop.afterclick(&["rollback", "-e", "production", "--plan", "--to", to]);
    back("999")
        .ends_with(2)
        .complains("Ticket 999 did not go live");
    back("three").ends_with(2).complains("That is live already");
    back("nonsense")
        .ends_with(2)
        .complains("No commit is named");
    shop.afterclick(&["rollback", "-e", "staging", "--plan"])
        .ends_with(2)
        .complains("Nothing is live there");
}

#[test]
fn what_was_changed_again_since_is_no_clean_revert() {
    let shop = shop()
        .write("shop.py", "KEY = None\n")
        .commit("No key any more");
    let back = plan(&shop, &["--to", &shop.id("one")]);
    assert_eq!(back["revert"]["how"], "conflicts");
    assert_eq!(back["revert"]["paths"], serde_json::json!(["shop.py"]));
    // Nothing in the clone moved.
    assert_eq!(shop.ask(&["status", "--porcelain"]), "");
}

#[test]
fn what_cannot_be_read_is_unknown_and_never_safe() {
    let shop = Repository::new()
        .write("a.py", "x = 1\n")
        .commit("One")
        .write(
            "db/migrate/20260101000000_move.rb",
            "class Move\n  def up\n    Mover.go!\n  end\nend\n",
        )
        .commit("Two");
    let production = Ships::to_production(shop.path());
    production.ships("Ada", commit(&shop, "HEAD~1"), "One");
    production.ships("Ada", commit(&shop, "HEAD"), "Two");
    let back = plan(&shop, &[]);
    assert_eq!(stays(&back), ["unknown: 20260101000000_move"]);
    assert_eq!(back["worst"], "unknown");
}

/// Ships or goes back with a command that does nothing.
fn runs(repository: &Repository, arguments: &[&str]) -> support::Outcome {
    repository.afterclick(&[arguments, &["--", "true"]].concat())
}

#[test]
fn going_back_is_recorded_judged_and_shown() {
    let shop = Repository::new().write("a.py", "x = 1\n").commit("One");
    let ship = ["ship", "-e", "production"];
    let _ = runs(&shop, &ship).ends_with(0);
    let shop = shop
        .write(
            "db/migrations/20260102000000_drop.sql",
            "DROP TABLE orders;\n",
        )
        .commit("Two");
    let _ = runs(&shop, &ship).ends_with(0);

    // The way back was judged when it went live.
    let log = shop
        .afterclick(&["log", "--format", "json"])
        .succeeds()
        .stdout;
    let kept = log.contains("rollback.plan") && log.contains("loses-data");
    assert!(kept, "{log}");

    let back = ["rollback", "-e", "production"];
    let _ = runs(&shop, &back).ends_with(2);
    let outcome = runs(&shop, &[&back[..], &["--reason", "it is slow"]].concat()).ends_with(0);
    for words in ["1 change leaves", "loses data", "No commit takes back"] {
        assert!(outcome.stderr.contains(words), "{outcome:#?}");
    }

    let board = shop.ask(&["show", "afterclick/ledger:BOARD.md"]);
    assert!(board.contains("frozen after a rollback"), "{board}");
    assert!(board.contains("One"), "{board}");
    let board = shop.afterclick(&["board"]).succeeds().stdout;
    assert!(board.contains("landed; not live in production"), "{board}");

    // What went back is bad until it is taken back, and then it ships again.
    let _ = shop
        .afterclick(&["unfreeze", "-e", "production", "--reason", "mended"])
        .ends_with(0);
    let gate = ["gate", "-e", "production", "--json"];
    let found = shop.afterclick(&gate).ends_with(1).json();
    assert_eq!(found["verdict"], "bad");
    let shop = shop
        .git(&["revert", "--no-edit", "HEAD"])
        .write("b.py", "y = 2\n")
        .commit("Three");
    assert_eq!(
        shop.afterclick(&gate).ends_with(0).json()["verdict"],
        "fresh"
    );
}
