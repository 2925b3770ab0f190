//! Who holds the lock, who waits, and who is gone.

use crate::git_http::GitHost;
use crate::support::Repository;
use crate::{Running, Shop, change, land, says, signal, signal_group, spawn, state};

#[test]
fn the_second_waits_is_stale_and_comes_back_with_its_ticket() {
    let shop = Shop::new();
    let (ada, grace) = (land(shop.member(), "basket"), shop.member());
    let mut first = Running::new(&shop, &ada, &[]);
    first.has_begun();
    let grace = change(shop_behind(grace), "search");
    let mut second = spawn(&grace, &crate::arguments(&[], &shop.deploy()));
    let said = says(&mut second, "holds the deploy lock");
    assert!(
        said.contains("waits, 1 ahead: ticket 1 of Ada holds the deploy lock"),
        "{said}"
    );
    first.go_on();
    assert_eq!(first.ends().0, 0);
    let second = second.wait_with_output().unwrap();
    let said = String::from_utf8(second.stderr).unwrap();
    assert_eq!(second.status.code(), Some(1), "{said}");
    assert!(said.contains("stale"), "{said}");
    assert!(
        said.contains("git rebase") || said.contains("git merge"),
        "{said}"
    );
    assert!(
        said.contains("afterclick ship --environment production -- sh "),
        "{said}"
    );
    let held = &state(&grace)["queue"][0];
    assert_eq!(held["state"], "held");
    let number = held["number"].clone();
    let grace = grace.git(&["pull", "--quiet", "--rebase", "origin", "main"]);
    let outcome = shop.ship(&grace, &[]).ends_with(0);
    assert!(
        outcome.stderr.contains(&format!("Ticket {number} is back")),
        "{outcome:#?}"
    );
    assert_eq!(shop.deployed(), [ada.id("HEAD"), grace.id("HEAD")]);
    let now = state(&grace);
    assert_eq!(now["live"]["ship"], number);
    assert_eq!(now["queue"].as_array().unwrap().len(), 0);
    let _ = grace.afterclick(&["verify"]).succeeds();
}

/// A clone that was made before the newest commit landed.
fn shop_behind(clone: Repository) -> Repository {
    clone.git(&["reset", "--quiet", "--hard", "HEAD^"])
}

#[test]
fn a_holder_that_was_killed_is_evicted_and_live_has_to_be_said() {
    let shop = Shop::new();
    let ada = land(shop.member(), "basket");
    let _ = shop.ship(&ada, &[]).ends_with(0);
    let ada = land(ada, "search");
    let mut first = Running::new(&shop, &ada, &[]);
    first.has_begun();
    first.child.kill().unwrap();
    first.child.wait().unwrap();
    let grace = shop.member();
    // Its deploy command outlived it, and nobody else may deploy beside that.
    let mut second = spawn(&grace, &crate::arguments(&[], &shop.deploy()));
    let _ = says(&mut second, "holds the deploy lock");
    first.go_on();
    let second = second.wait_with_output().unwrap();
    let said = String::from_utf8(second.stderr).unwrap();
    assert_eq!(second.status.code(), Some(3), "{said}");
    assert!(said.contains("taken from a holder that is gone"), "{said}");
    assert!(
        said.contains("Nobody knows what is live on production"),
        "{said}"
    );
    assert!(
        said.contains("afterclick rebaseline --environment production --sha "),
        "{said}"
    );
    let sha = grace.id("HEAD");
    let say = ["rebaseline", "--environment", "production", "--sha", &sha];
    let _ = grace
        .afterclick(&[&say[..], &["--reason", "I looked"]].concat())
        .succeeds();
    let outcome = shop.ship(&grace, &[]).ends_with(0);
    assert!(outcome.stderr.contains("nothing to deploy"), "{outcome:#?}");
}

#[test]
fn a_probe_says_what_is_live_after_a_holder_was_killed() {
    let deploys = tempfile::tempdir().unwrap();
    let live = deploys.path().join("live");
    let policy = format!(
        "version: 1\nship:\n  environments:\n    Production:\n      probe: tail -n 1 {}\n",
        live.display()
    );
    let shop = Shop::with_policy(&policy);
    let ada = land(shop.member(), "basket");
    let script = format!("echo $AFTERCLICK_SHA >> {}", live.display());
    let _ = shop.ship_with(&ada, &[], &script).ends_with(0);
    let ada = land(ada, "search");
    let mut first = Running::new(&shop, &ada, &[]);
    first.has_begun();
    first.child.kill().unwrap();
    first.child.wait().unwrap();
    first.go_on();
    let outcome = shop
        .ship_with(&land(ada, "prices"), &[], &script)
        .ends_with(0);
    assert!(
        outcome
            .stderr
            .contains("is live on production, the probe says"),
        "{outcome:#?}"
    );
    // A command that says that all went well, where the probe says that nothing did.
    let outcome = shop
        .ship_with(&land(shop.member(), "cart"), &[], "true")
        .ends_with(6);
    assert!(
        outcome
            .stderr
            .contains("the probe does not find its commit"),
        "{outcome:#?}"
    );
    assert!(shop.state()["uncertain"].is_null());
}

#[test]
fn a_signal_reaches_the_deploy_command() {
    let shop = Shop::new();
    let ada = shop.member();
    let mut running = Running::new(&shop, &ada, &[]);
    running.has_begun();
    signal(&running.child, "-TERM");
    let (code, said) = running.ends();
    assert_eq!(code, 6, "{said}");
    assert!(
        said.contains("The deploy command ended with exit code 42."),
        "{said}"
    );
    assert!(shop.state()["lock"].is_null());
}

#[test]
fn a_signal_takes_a_waiting_ticket_out_of_the_queue() {
    let shop = Shop::new();
    let (ada, grace) = (shop.member(), shop.member());
    let mut first = Running::new(&shop, &ada, &[]);
    first.has_begun();
    let mut second = spawn(&grace, &crate::arguments(&[], &shop.deploy()));
    let _ = says(&mut second, "holds the deploy lock");
    signal_group(&second, "-INT");
    let second = second.wait_with_output().unwrap();
    assert!(
        String::from_utf8(second.stderr)
            .unwrap()
            .contains("was cancelled: interrupted")
    );
    assert_eq!(state(&grace)["queue"].as_array().unwrap().len(), 0);
    first.go_on();
    assert_eq!(first.ends().0, 0);
}

#[test]
fn a_hotfix_overtakes_with_a_reason_that_is_recorded() {
    let shop = Shop::new();
    let (ada, grace, mira) = (shop.member(), land(shop.member(), "basket"), shop.member());
    let mut first = Running::new(&shop, &ada, &[]);
    first.has_begun();
    let mut second = spawn(&grace, &crate::arguments(&[], &shop.deploy()));
    let _ = says(&mut second, "holds the deploy lock");
    let mira = land(mira.git(&["pull", "--quiet"]), "fix");
    let hotfix = ["--priority", "hotfix", "--reason", "checkout is down"];
    let mut third = spawn(&mira, &crate::arguments(&hotfix, &shop.deploy()));
    let _ = says(&mut third, "holds the deploy lock");
    first.go_on();
    assert_eq!(first.ends().0, 0);
    let third = third.wait_with_output().unwrap();
    let said = String::from_utf8(third.stderr).unwrap();
    assert!(said.contains("; ticket 4 comes later"), "{said}");
    // What the second wanted is part of what the hotfix shipped.
    let second = second.wait_with_output().unwrap();
    assert_eq!(second.status.code(), Some(0));
    assert_eq!(shop.deployed(), [ada.id("HEAD"), mira.id("HEAD")]);
}

#[test]
fn it_is_the_same_over_http() {
    let shop = Shop::new();
    let host = GitHost::new(shop.remote.path().parent().unwrap());
    let over_http = |clone: Repository| {
        let url = host.url("repository/.git");
        clone.git(&["remote", "set-url", "origin", &url])
    };
    let ada = over_http(shop.member());
    let _ = shop.ship(&ada, &[]).ends_with(0);
    host.faults
        .lost_replies
        .store(2, std::sync::atomic::Ordering::SeqCst);
    let grace = over_http(land(shop.member(), "basket"));
    let _ = shop.ship(&grace, &[]).ends_with(0);
    assert_eq!(shop.deployed(), [ada.id("HEAD"), grace.id("HEAD")]);
    let _ = ada.afterclick(&["verify"]).succeeds();
}
