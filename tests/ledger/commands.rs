//! What a person sees: incidents, overrides, the log.

use crate::support::{GUARDED, Repository, UNGUARDED};
use crate::{Team, incident, incidents};

/// The policy that makes an open concern about access hold the change.
const ENFORCED: &str = "modes: {auth: enforce}\n";

/// A clone whose branch drops a guard, under a policy.
fn change(team: &Team, policy: &str) -> Repository {
    team.member()
        .write(".afterclick.yml", policy)
        .commit("Policy")
        .git(&["push", "--quiet", "origin", "main"])
        .branch("work")
        .write("app/orders.py", UNGUARDED)
        .commit("Drop the guard")
}

fn fingerprint(clone: &Repository) -> String {
    let record = clone.review(&[]).json();
    record["concerns"][0]["fingerprint"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn an_incident_reminds_the_next_review_and_everyone_else() {
    let team = Team::new();
    let ada = change(&team, "");
    let opened = ada.afterclick(&[
        "incident",
        "open",
        "Orders of others were deleted with token=hunter2",
        "--id",
        "INC-1",
        "--date",
        "2026-03-02",
        "--path",
        "app/**",
        "--surface",
        "auth",
        "--lesson",
        "Whoever deletes has to own it.",
        "--ship",
        "Production#7",
    ]);
    insta::assert_snapshot!(
        opened.succeeds().stdout,
        @"Recorded incident INC-1: Orders of others were deleted with token=[redacted]."
    );
    let record = ada.review(&[]).json();
    let attached = &record["concerns"][0]["incidents"][0];
    assert_eq!(attached["id"], "INC-1");
    assert_eq!(attached["lesson"], "Whoever deletes has to own it.");

    // Somebody else has it with an ordinary fetch, and no remote is asked.
    let grace = change(&team, "# mine\n");
    let record = grace.git(&["fetch", "--quiet"]).review(&[]).json();
    assert_eq!(record["concerns"][0]["incidents"][0]["id"], "INC-1");

    ada.afterclick(&["incident", "close", "INC-1", "--lesson", "Ask who owns it."])
        .succeeds();
    let listed = ada.afterclick(&["incident", "list"]).succeeds().stdout;
    insta::assert_snapshot!(listed, @r"
    2026-03-02  INC-1  closed
      Orders of others were deleted with token=[redacted]
      Lesson: Ask who owns it.
      app/** · production#7
    ");
    let log = ada
        .afterclick(&["log", "--path", "app/orders.py"])
        .succeeds();
    assert!(log.stdout.contains("incident.open"), "{log:#?}");
    assert!(!log.stdout.contains("hunter2"), "{log:#?}");
    let log = ada.afterclick(&["log", "--kind", "incident", "--format", "json"]);
    assert_eq!(log.succeeds().stdout.lines().count(), 2);
    for nothing in [
        ["--path", "billing"],
        ["--actor", "grace"],
        ["--environment", "production"],
        ["--until", "2020-01-01"],
        ["--kind", "incid"],
    ] {
        let log = ada.afterclick(&[&["log"], &nothing[..]].concat());
        assert_eq!(
            log.succeeds().stdout,
            "No event is like this.\n",
            "{nothing:?}"
        );
    }
}

#[test]
fn what_is_no_incident_is_not_recorded() {
    let team = Team::new();
    let ada = team.member();
    let open = |arguments: &[&str]| {
        let all = [&["incident", "open", "Charged twice"], arguments].concat();
        ada.afterclick(&all).ends_with(2)
    };
    open(&[]).complains("Nothing says where the incident happened.");
    open(&["--check", "auth/guard-remove"]).complains("Did you mean auth/guard-removed?");
    open(&["--path", "/billing"]).complains("The incident cannot be recorded");
    ada.afterclick(&["incident", "close", "INC-9"])
        .ends_with(2)
        .complains("The ledger has no incident \"INC-9\".");
    assert_eq!(incidents(&ada), Vec::<String>::new());
    let branches = team.remote.ask(&["branch", "--list", "afterclick/*"]);
    assert_eq!(branches, "");
}

#[test]
fn an_override_lets_this_tree_ship_and_no_other() {
    let team = Team::new();
    let ada = change(&team, ENFORCED);
    let held = ada.review(&[]);
    assert_eq!(held.code, 1);
    let id = fingerprint(&ada);
    let decide = [
        "override",
        &id[..8],
        "--reason",
        "Only admins reach it; password=hunter2",
    ];
    let decided = ada.afterclick(&decide).succeeds();
    assert!(
        decided.stdout.contains("Recorded: Ada lets auth/"),
        "{decided:#?}"
    );
    assert!(!decided.stdout.contains("hunter2"), "{decided:#?}");

    let shown = ada.afterclick(&["review"]).succeeds().stdout;
    assert!(shown.contains("Overridden"), "{shown}");
    assert!(shown.contains("Ada decided on 20"), "{shown}");
    let markdown = ada
        .afterclick(&["review", "--format", "markdown"])
        .succeeds();
    assert!(
        markdown.stdout.contains("Ada decided on 20"),
        "{markdown:#?}"
    );
    let record = ada.review(&[]).succeeds().json();
    assert_eq!(record["concerns"][0]["suppressed"]["decision"]["by"], "Ada");

    // The same tree in another commit is what was decided about; another tree is not.
    let ada = ada.git(&["commit", "--quiet", "--amend", "-m", "Say it better"]);
    let _ = ada.review(&[]).succeeds();
    let ada = ada.write("app/other.py", "x = 1\n").commit("More");
    assert_eq!(ada.review(&[]).code, 1);
}

#[test]
fn agents_and_where_the_policy_says_so_authors_do_not_override() {
    let team = Team::new();
    let policy = format!("{ENFORCED}override: {{by_author: refuse}}\n");
    let ada = change(&team, &policy);
    let id = fingerprint(&ada);
    let decide = ["override", &id, "--reason", "It is fine."];
    ada.afterclick_with(&decide, |command| {
        command.env("CLAUDECODE", "1");
    })
    .ends_with(1)
    .complains("only a person may override");
    ada.afterclick(&decide)
        .ends_with(1)
        .complains("Ada is an author of the change");
    assert_eq!(ada.review(&[]).code, 1);
    let grace = |command: &mut std::process::Command| {
        command
            .env("GIT_AUTHOR_NAME", "Grace")
            .env("GIT_AUTHOR_EMAIL", "grace@example.com");
    };
    let _ = ada.afterclick_with(&decide, grace).succeeds();
    let _ = ada.review(&[]).succeeds();
}

#[test]
fn a_concern_that_is_not_there_is_not_overridden() {
    let team = Team::new();
    let ada = change(&team, ENFORCED);
    let decide = |arguments: &[&str]| ada.afterclick(&[&["override"], arguments].concat());
    decide(&["0123456789", "--reason", "x"])
        .ends_with(2)
        .complains("no single concern \"0123456789\"");
    let id = fingerprint(&ada);
    decide(&[&id, "--reason", "  "])
        .ends_with(2)
        .complains("the text is empty");
}

#[test]
fn without_a_ledger_a_review_is_as_it_was_and_a_log_says_so() {
    let alone = Repository::new()
        .write("app/orders.py", GUARDED)
        .commit("Start")
        .write("app/orders.py", UNGUARDED)
        .commit("Drop the guard");
    let record = alone.review(&["HEAD~1..HEAD"]).succeeds().json();
    assert_eq!(record["not_reviewed"].as_array().unwrap().len(), 0);
    for command in [["log"], ["verify"]] {
        alone
            .afterclick(&command)
            .ends_with(5)
            .complains("This repository has no ledger yet.");
    }
    let _ = incident(&alone, "INC-1").succeeds();
    let verified = alone.afterclick(&["verify"]).succeeds().stdout;
    assert!(
        verified.starts_with("The ledger holds: 1 event in 1 stream, from "),
        "{verified}"
    );
}
