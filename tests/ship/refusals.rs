//! Bad input and broken surroundings: the deploy command is not run.

use crate::support::Repository;
use crate::{Shop, hook, land, state};

#[test]
fn a_dry_run_prints_what_would_happen_and_does_none_of_it() {
    let shop = Shop::new();
    let ada = shop.member();
    let dry = shop.ship(&ada, &["--dry-run"]).ends_with(0);
    let kinds: Vec<&str> = dry
        .stdout
        .lines()
        .filter_map(|line| line.split("\"t\":\"").nth(1)?.split('"').next())
        .collect();
    assert_eq!(
        kinds,
        ["ship.enqueue", "ship.acquire", "ship.start", "ship.commit"]
    );
    assert!(dry.stdout.contains("deploy  "), "{dry:#?}");
    assert_eq!(shop.deployed(), Vec::<String>::new());
    assert_eq!(shop.remote.ask(&["branch", "--list", "afterclick/*"]), "");
}

#[test]
fn a_name_in_capitals_is_the_same_environment_and_a_slash_is_no_folder() {
    let shop = Shop::new();
    let ada = shop.member();
    for name in ["Prod", "a/b"] {
        let all = ["ship", "-e", name, "--", "true"];
        let _ = ada.afterclick(&all).ends_with(0);
    }
    let again = ada
        .afterclick(&["ship", "-e", "prod", "--", "true"])
        .ends_with(0);
    assert!(
        again.stderr.contains("There is nothing to deploy"),
        "{again:#?}"
    );
    let ledger = shop
        .remote
        .ask(&["ls-tree", "--name-only", "afterclick/ledger"]);
    assert!(
        ledger.contains("ship-a%2fb\n") && ledger.contains("ship-prod"),
        "{ledger}"
    );
    let _ = ada
        .afterclick(&["ship", "-e", " prod", "--", "true"])
        .ends_with(2);
}

#[test]
fn without_a_remote_the_clone_is_the_ledger() {
    let alone = Repository::new().write("shop.txt", "open\n").commit("Open");
    let _ = alone
        .afterclick(&crate::arguments(&[], "true"))
        .ends_with(0);
    assert_eq!(state(&alone)["live"]["sha"], alone.id("HEAD"));
    let empty = Repository::new();
    let nothing = empty
        .afterclick(&crate::arguments(&[], "true"))
        .ends_with(2);
    let _ = nothing.complains("There is no commit here to ship.");
}

#[test]
fn a_remote_that_rejects_runs_nothing() {
    let shop = Shop::new();
    let ada = shop.member();
    hook(&shop.remote, "pre-receive", "echo protected >&2; exit 1");
    let refused = shop.ship(&ada, &[]).ends_with(5);
    assert!(refused.stderr.contains("hint: "), "{refused:#?}");
    assert_eq!(shop.deployed(), Vec::<String>::new());
}

#[test]
fn a_ledger_that_was_edited_by_hand_runs_nothing() {
    let shop = Shop::new();
    let ada = shop.member();
    let _ = shop.ship(&ada, &[]).ends_with(0);
    let tamper = shop
        .member()
        .git(&["checkout", "--quiet", "afterclick/ledger"]);
    let path = tamper.path().join("ship-production/0-0-0-1.jsonl");
    let text = crate::read(&path);
    let forged = text.replace(&ada.id("HEAD"), &"0".repeat(40));
    assert_ne!(text, forged);
    let _ = tamper
        .write("ship-production/0-0-0-1.jsonl", forged)
        .commit("By hand")
        .git(&["push", "--quiet"]);
    for clone in [land(ada, "basket"), shop.member()] {
        let refused = shop.ship(&clone, &[]).ends_with(5);
        assert!(
            refused
                .stderr
                .contains("it was changed after it was written"),
            "{refused:#?}"
        );
    }
    assert_eq!(shop.deployed().len(), 1);
}

#[test]
fn a_command_that_is_not_there_takes_no_ticket() {
    let shop = Shop::new();
    let ada = shop.member();
    let all = ["ship", "-e", "production", "--", "./no-such-thing"];
    let _ = ada
        .afterclick(&all)
        .ends_with(2)
        .complains("cannot be started");
    assert_eq!(shop.remote.ask(&["branch", "--list", "afterclick/*"]), "");
}

#[test]
fn a_deploy_that_fails_leaves_live_uncertain_until_somebody_says() {
    let shop = Shop::new();
    let ada = shop.member();
    let failed = shop.ship_with(&ada, &[], "exit 7").ends_with(6);
    assert!(
        failed.stderr.contains("ended with exit code 7"),
        "{failed:#?}"
    );
    assert!(
        failed.stderr.contains("afterclick rebaseline"),
        "{failed:#?}"
    );
    let next = shop.ship(&ada, &[]).ends_with(3);
    assert!(
        next.stderr.contains("Nobody knows what is live"),
        "{next:#?}"
    );
    assert_eq!(shop.deployed(), Vec::<String>::new());
}
