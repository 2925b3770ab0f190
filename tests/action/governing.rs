//! `/afterclick approve`, `freeze`, `unfreeze`, `queue` and `rollback` in a comment.

use std::process::Command;

use serde_json::json;

use crate::github::{Checkout, GitHub, Run, story};
use crate::ledger;

const POLICY: &str = "ship:\n  environments:\n    production:\n      approval: true\n";

/// A pull request of mira's that is merged, whose ticket (mira's too) waits for an approval.
fn admitted(github: &GitHub) -> u64 {
    github
        .work(|it| it.write(".afterclick.yml", POLICY).commit("Open the shop"))
        .push("main")
        .work(|it| it.branch("work").write("a.txt", "a").commit("Add a"));
    let pull = github.open("work", "zoe");
    let people = [
        ("ada", "maintain"),
        ("mira", "write"),
        ("zoe", "write"),
        ("eve", "read"),
    ];
    github.state().people = people.map(|(who, role)| (who.to_owned(), role)).into();
    github.push("main");
    let push = json!({ "before": "0".repeat(40), "after": github.state().sha("refs/heads/main") });
    let run = github.job("push", &push, |it: &mut Command| {
        it.env("AFTERCLICK_MODE", "admit")
            .env("AFTERCLICK_ENVIRONMENT", "production");
    });
    drop(run.ends_with(0));
    github.checkouts_are(Checkout::None);
    pull
}

/// Somebody comments, and the job of that comment runs; its id.
fn says(github: &GitHub, pull: u64, who: &str, what: &str) -> u64 {
    let id = github.says(pull, who, what);
    drop(answers(github, id));
    id
}

fn answers(github: &GitHub, id: u64) -> Run {
    github.comment_event("created", id).ends_with(0)
}

fn count(github: &GitHub, kind: &str) -> usize {
    ledger(github).matches(&format!("\"t\":\"{kind}\"")).count()
}

#[test]
fn a_maintainer_freezes_and_ends_it_and_the_permission_is_recorded() {
    story(|github| {
        let pull = admitted(github);
        let freeze = says(github, pull, "ada", "/afterclick freeze because it *rains*");
        assert_eq!(github.reactions(freeze), ["+1"]);
        let comment = github.comment(pull);
        assert!(
            comment.contains("1 ticket in the queue, frozen"),
            "{comment}"
        );
        let events = ledger(github);
        for part in [
            "\"t\":\"ship.freeze\"",
            "\"name\":\"ada\"",
            "\"permission\":\"maintain\"",
            "it *rains*",
        ] {
            assert!(events.contains(part), "{part} is not in {events}");
        }
        let queue = says(github, pull, "eve", "/afterclick queue");
        assert_eq!(github.reactions(queue), ["+1"]);
        let comment = github.comment(pull);
        for part in [
            "frozen  by ada",
            "it *rains*",
            "Add a",
            "waits for an approval",
        ] {
            assert!(comment.contains(part), "{part} is not in {comment}");
        }
        let end = says(
            github,
            pull,
            "mira",
            "/afterclick unfreeze because it is dry",
        );
        assert_eq!(github.reactions(end), ["+1"]);
        assert_eq!(count(github, "ship.unfreeze"), 1);
        // The job of the first comment runs again, when its freeze is long over.
        drop(answers(github, freeze));
        drop(answers(github, end));
        assert_eq!(count(github, "ship.freeze"), 1);
        assert_eq!(count(github, "ship.unfreeze"), 1);
        // Nothing is frozen now.
        let again = says(github, pull, "ada", "/afterclick unfreeze because I say so");
        assert_eq!(github.reactions(again), ["-1"]);
        assert!(github.comment(pull).contains("is not frozen"));
        assert_eq!(count(github, "ship.unfreeze"), 1);
    });
}

#[test]
fn who_may_not_decides_nothing() {
    story(|github| {
        let pull = admitted(github);
        let before = ledger(github);
        for what in [
            "/afterclick freeze because I can",
            "/afterclick unfreeze because I can",
            "/afterclick approve",
            "/afterclick rollback because I can",
        ] {
            for who in ["eve", "stranger"] {
                let id = says(github, pull, who, what);
                assert_eq!(github.reactions(id), ["-1"], "{who}: {what}");
                assert!(
                    github
                        .comment(pull)
                        .contains("it takes the right to write here")
                );
            }
            github
                .state()
                .people
                .insert("helper[bot]".to_owned(), "admin");
            let id = says(github, pull, "helper[bot]", what);
            assert!(github.reactions(id).is_empty(), "{what}");
            let id = github.says_through(pull, "ada", what, Some("some-agent"));
            drop(answers(github, id));
            assert_eq!(github.reactions(id), ["-1"], "{what}");
        }
        assert_eq!(ledger(github), before);
    });
}

#[test]
fn a_ticket_is_approved_by_somebody_else() {
    story(|github| {
        let pull = admitted(github);
        // Zoe opened the pull request, and the ticket is mira's.
        for (who, why) in [
            ("zoe", "a ticket is approved by somebody else"),
            ("mira", "and not by the one who asked for it"),
        ] {
            let id = says(github, pull, who, "/afterclick approve");
            assert_eq!(github.reactions(id), ["-1"], "{who}");
            let comment = github.comment(pull);
            assert!(comment.contains(why), "{comment}");
        }
        assert_eq!(count(github, "ship.approve"), 0);
        let id = says(github, pull, "ada", "/afterclick approve production");
        assert_eq!(github.reactions(id), ["+1"]);
        assert_eq!(count(github, "ship.approve"), 1);
        drop(answers(github, id));
        let again = says(github, pull, "ada", "/afterclick approve");
        assert_eq!(github.reactions(again), ["+1"]);
        assert!(
            github
                .comment(pull)
                .contains("waits for no approval: ada approved it")
        );
        assert_eq!(count(github, "ship.approve"), 1);
    });
}

#[test]
fn an_environment_that_is_not_there_is_not_made() {
    story(|github| {
        let pull = admitted(github);
        let before = ledger(github);
        for what in ["freeze prod because it rains", "queue @everyone"] {
            let id = says(github, pull, "ada", &format!("/afterclick {what}"));
            assert_eq!(github.reactions(id), ["confused"], "{what}");
            let comment = github.comment(pull);
            assert!(comment.contains("There is `production`."), "{comment}");
        }
        assert_eq!(ledger(github), before);
    });
}

#[test]
fn a_rollback_is_answered_with_the_command_that_does_it() {
    story(|github| {
        let pull = admitted(github);
        let id = says(
            github,
            pull,
            "ada",
            "/afterclick rollback because it is down",
        );
        assert_eq!(github.reactions(id), ["-1"]);
        assert!(github.comment(pull).contains("Nothing was done."));
        assert_eq!(count(github, "ship.rollback"), 0);
    });
}
