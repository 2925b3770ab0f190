//! What people decide: freezes, approvals, cancellations, and steps of a workflow.

use crate::{Running, Shop, land, state};

const ON: [&str; 2] = ["--environment", "production"];

fn decide<'a>(words: &[&'a str], reason: Option<&'a str>) -> Vec<&'a str> {
    let reason: Vec<&str> = reason.map_or(Vec::new(), |why| vec!["--reason", why]);
    [words, &ON, &reason].concat()
}

#[test]
fn a_freeze_holds_everybody_but_those_it_names() {
    let shop = Shop::new();
    let ada = shop.member();
    let _ = ada
        .afterclick(&decide(&["freeze"], Some("sale")))
        .succeeds();
    let outcome = shop.ship(&ada, &["--wait", "0"]).ends_with(3);
    assert!(
        outcome.stderr.contains("the environment is frozen"),
        "{outcome:#?}"
    );
    assert_eq!(shop.deployed(), Vec::<String>::new());
    let allow = decide(&["freeze", "--allow", "Ada"], Some("sale"));
    let _ = ada.afterclick(&allow).succeeds();
    let _ = shop.ship(&ada, &[]).ends_with(0);
    let frozen = ada.afterclick(&["queue"]).succeeds();
    assert!(frozen.stdout.contains("frozen  by Ada"), "{frozen:#?}");
    let agent = ada.afterclick_with(&decide(&["unfreeze"], Some("over")), |command| {
        command.env("AFTERCLICK_AGENT", "1");
    });
    let _ = agent.ends_with(1).complains("A person has to decide this.");
    let _ = ada
        .afterclick(&decide(&["unfreeze"], Some("over")))
        .succeeds();
    let again = ada.afterclick(&decide(&["unfreeze"], Some("over")));
    let _ = again
        .ends_with(1)
        .complains("The environment is not frozen.");
}

#[test]
fn somebody_else_has_to_approve_where_the_policy_says_so() {
    let policy = "version: 1\nship:\n  environments:\n    production:\n      approval: true\n";
    let shop = Shop::with_policy(policy);
    let ada = shop.member();
    let outcome = shop.ship(&ada, &["--wait", "0"]).ends_with(3);
    assert!(
        outcome.stderr.contains("nobody approved it yet"),
        "{outcome:#?}"
    );
    let own = ada.afterclick(&decide(&["approve", "1"], None));
    let _ = own
        .ends_with(1)
        .complains("not by the one who asked for it");
    let grace = shop
        .member()
        .afterclick_with(&decide(&["approve", "1"], None), |command| {
            command.env("GIT_AUTHOR_NAME", "Grace");
        });
    let _ = grace.succeeds();
    let _ = shop.ship(&ada, &["--wait", "0"]).ends_with(0);
    assert_eq!(shop.deployed(), [ada.id("HEAD")]);
    // Another commit is another question, whatever its own policy says.
    let ada = land(ada.write(".afterclick.yml", "version: 1\n"), "basket");
    let _ = shop.ship(&ada, &["--wait", "0"]).ends_with(3);
}

#[test]
fn a_ticket_is_cancelled_and_a_lock_is_taken_away_by_word() {
    let shop = Shop::new();
    let (ada, grace) = (shop.member(), land(shop.member(), "basket"));
    let mut first = Running::new(&shop, &ada, &[]);
    first.has_begun();
    let _ = shop.ship(&grace, &["--wait", "0"]).ends_with(3);
    let ticket = state(&grace)["queue"][0]["number"].to_string();
    let _ = grace
        .afterclick(&decide(&["cancel", &ticket], Some("not now")))
        .succeeds();
    let gone = grace.afterclick(&decide(&["cancel", &ticket], Some("not now")));
    let _ = gone.ends_with(2).complains("is in the queue");
    let _ = grace
        .afterclick(&decide(&["cancel", "1"], Some("its machine burns")))
        .succeeds();
    first.go_on();
    let (code, said) = first.ends();
    assert_eq!(code, 1, "{said}");
    assert!(
        said.contains("The deploy lock was taken away from ticket 1"),
        "{said}"
    );
    let now = state(&grace);
    assert!(
        now["uncertain"]
            .as_str()
            .unwrap()
            .contains("its machine burns"),
        "{now}"
    );
    assert!(now["live"].is_null());
}

#[test]
fn a_workflow_ships_in_steps_and_a_fence_stops_it_once_the_lock_is_gone() {
    let shop = Shop::new();
    let ada = shop.member();
    let step =
        |name: &str, more: &[&str]| ada.afterclick(&[&["ship", name], &ON[..], more].concat());
    let _ = step("fence", &["--epoch", "1"]).ends_with(1);
    let admitted = step("admit", &[]).succeeds();
    assert_eq!(admitted.stdout, "Ticket 1 for production, 0 ahead.\n");
    assert_eq!(step("admit", &[]).succeeds().stdout, admitted.stdout);
    let begun = step("begin", &[]).ends_with(0);
    assert!(
        begun
            .stdout
            .contains("AFTERCLICK_EPOCH=1\nAFTERCLICK_TICKET=1\n"),
        "{begun:#?}"
    );
    let _ = step("fence", &["--epoch", "1"]).succeeds();
    let _ = step("finish", &[]).ends_with(0);
    let _ = step("fence", &["--epoch", "1"]).ends_with(1);
    assert_eq!(shop.state()["live"]["sha"], ada.id("HEAD"));

    let ada = land(ada, "basket");
    let step =
        |name: &str, more: &[&str]| ada.afterclick(&[&["ship", name], &ON[..], more].concat());
    let _ = step("begin", &[]).ends_with(0);
    let ticket = shop.state()["lock"]["ticket"]["number"].to_string();
    let _ = step("fence", &["--epoch", "2"]).succeeds();
    let _ = ada
        .afterclick(&decide(&["cancel", &ticket], Some("stop it")))
        .succeeds();
    let _ = step("fence", &["--epoch", "2"])
        .ends_with(1)
        .complains("The deploy lock of production is not ours");
    let _ = step("finish", &[]).ends_with(1);
    let nothing = step("abort", &[]).succeeds();
    assert_eq!(nothing.stdout, "There was nothing to let go of.\n");
}

#[test]
fn a_rollback_goes_back_freezes_and_marks_what_it_undid() {
    let shop = Shop::new();
    let ada = shop.member();
    let _ = shop.ship(&ada, &[]).ends_with(0);
    let (good, ada) = (ada.id("HEAD"), land(ada, "basket"));
    let _ = shop.ship(&ada, &[]).ends_with(0);
    let script = shop.deploy();
    let back = [
        "rollback",
        "-e",
        "production",
        "--reason",
        "it charges twice",
    ];
    let back = [&back[..], &["--", "sh", "-c", &script]].concat();
    let outcome = ada.afterclick(&back).ends_with(0);
    assert!(
        outcome
            .stderr
            .contains("is live on production, with ticket"),
        "{outcome:#?}"
    );
    assert_eq!(
        shop.deployed(),
        [good.clone(), ada.id("HEAD"), good.clone()]
    );
    let now = shop.state();
    assert_eq!(now["live"]["sha"], good);
    assert_eq!(now["bad"][0]["sha"], ada.id("HEAD"));
    assert_eq!(now["freeze"]["rollback"], true);
    let ada = land(ada, "search");
    let _ = shop.ship(&ada, &["--wait", "0"]).ends_with(3);
    let _ = ada
        .afterclick(&decide(&["unfreeze"], Some("mended")))
        .succeeds();
    // What was rolled back is in it still.
    let outcome = shop.ship(&ada, &[]).ends_with(1);
    assert!(
        outcome.stderr.contains("rolled back before"),
        "{outcome:#?}"
    );
}
