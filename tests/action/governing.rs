//! `/afterclick approve`, `freeze`, `unfreeze`, `queue` and `rollback` in a comment.

use std::process::Command;

use serde_json::json;

use crate::github::state::Run as WorkflowRun;
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
    drop(mode(github, "admit", 7).ends_with(0));
    assert!(
        github
            .comment(pull)
            .contains("Somebody else has to approve it")
    );
    github.checkouts_are(Checkout::None);
    pull
}

/// A job on `main` in a run.
fn mode(github: &GitHub, mode: &str, run: u64) -> Run {
    let push = json!({ "before": "0".repeat(40), "after": github.state().sha("refs/heads/main") });
    github.job("push", &push, |it: &mut Command| {
        it.env("AFTERCLICK_MODE", mode)
            .env("AFTERCLICK_ENVIRONMENT", "production")
            .env("GITHUB_RUN_ID", run.to_string());
    })
}

/// Somebody comments, and the job of that comment runs; its id.
pub(crate) fn says(github: &GitHub, pull: u64, who: &str, what: &str) -> u64 {
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
fn nobody_goes_back_where_nothing_is_live() {
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

#[test]
fn who_approved_the_job_on_github_is_recorded() {
    story(|github| {
        admitted(github);
        github.checkouts_are(Checkout::Full);
        // Nobody; for another run; for another environment; no; a program; whose ticket it is.
        for approval in [
            None,
            Some((8, "ada", "production-approval", "approved")),
            Some((7, "ada", "productionlike", "approved")),
            Some((7, "ada", "staging", "approved")),
            Some((7, "ada", "production-approval", "rejected")),
            Some((7, "helper[bot]", "production-approval", "approved")),
            Some((7, "mira", "production-approval", "approved")),
        ] {
            github.state().approvals.extend(approval);
            let run = mode(github, "approve", 7).ends_with(1);
            assert!(run.outcome.stderr.contains("has to approve"), "{run:#?}");
            assert_eq!(count(github, "ship.approve"), 0, "{approval:?}");
        }
        let ours = (7, "ada", "Production-approval", "approved");
        github.state().approvals.push(ours);
        // A run without a ticket approves nothing.
        assert_ne!(mode(github, "approve", 8).outcome.code, 0);
        for _ in 0..2 {
            drop(mode(github, "approve", 7).ends_with(0));
            assert_eq!(count(github, "ship.approve"), 1);
        }
        let events = ledger(github);
        assert!(events.contains("\"permission\":\"maintain\""), "{events}");
    });
}

#[test]
fn tickets_of_runs_that_are_over_leave_and_those_of_others_stay() {
    story(|github| {
        admitted(github);
        github.checkouts_are(Checkout::Full);
        let mut runs = Vec::new();
        for (id, status, conclusion) in [(7, "waiting", None), (9, "in_progress", None)] {
            let attempt = 1;
            runs.push(WorkflowRun {
                id,
                attempt,
                status,
                conclusion,
            });
        }
        github.state().runs = runs;
        let run = mode(github, "sweep", 9).ends_with(0);
        assert!(run.log().contains("No lock and no ticket"), "{}", run.log());
        assert_eq!(count(github, "ship.cancel"), 0);
        github.state().runs[0].status = "completed";
        github.state().runs[0].conclusion = Some("cancelled");
        let run = mode(github, "sweep", 9).ends_with(0);
        assert!(run.log().contains("left the queue"), "{}", run.log());
        assert_eq!(count(github, "ship.cancel"), 1);
        drop(mode(github, "sweep", 9).ends_with(0));
        assert_eq!(count(github, "ship.cancel"), 1);
    });
}

#[test]
fn the_board_is_written_where_it_is_not_as_it_should_be() {
    story(|github| {
        github
            .work(|it| it.write("shop.txt", "shop").commit("Start"))
            .push("main");
        let run = mode(github, "sync-board", 9).ends_with(0);
        assert!(run.log().contains("no ledger yet"), "{}", run.log());
        let pull = admitted(github);
        let id = says(github, pull, "ada", "/afterclick freeze because it rains");
        assert_eq!(github.reactions(id), ["+1"]);
        assert!(github.comment(pull).contains("frozen"));
        github.checkouts_are(Checkout::Full);
        let git = github.state().git.clone();
        let git = git.to_str().unwrap().to_owned();
        let board = || github.ask(&["-C", &git, "show", "afterclick/ledger:BOARD.md"]);
        drop(mode(github, "sync-board", 9).ends_with(0));
        let right = board();
        // Somebody wrote into it by hand.
        let work = github.home().join("by-hand");
        let at = work.to_str().unwrap();
        github.ask(&[
            "clone",
            "--quiet",
            "--branch",
            "afterclick/ledger",
            &git,
            at,
        ]);
        std::fs::write(work.join("BOARD.md"), "All is well.\n").unwrap();
        github.ask(&["-C", at, "commit", "--quiet", "-am", "Lie"]);
        github.ask(&["-C", at, "push", "--quiet"]);
        assert!(board().starts_with("All is well."));
        let run = mode(github, "sync-board", 9).ends_with(0);
        assert!(run.log().contains("written anew"), "{}", run.log());
        assert_eq!(board(), right);
        let run = mode(github, "sync-board", 9).ends_with(0);
        assert!(run.log().contains("up to date"), "{}", run.log());
    });
}
