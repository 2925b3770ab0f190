//! Who waits to ship is told where the team reads, without asking GitHub again and again.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::github::state::Run as WorkflowRun;
use crate::github::{GitHub, Run, story};
use crate::ship::{DEPLOY, begin, deploy, merged};

/// A job of the ship workflow in a run.
fn mode(github: &GitHub, mode: &str, run: u64) -> Run {
    let push = json!({ "before": "0".repeat(40), "after": github.state().sha("refs/heads/main") });
    let run = github.job("push", &push, |it: &mut Command| {
        it.env("AFTERCLICK_MODE", mode)
            .env("AFTERCLICK_ENVIRONMENT", "production")
            .env("GITHUB_RUN_ID", run.to_string());
    });
    run.ends_with(0)
}

/// The pull request is merged, and GitHub still knows it.
fn merge(github: &GitHub) {
    github.push("main");
    github.state().pulls[0].base_branch = "main".to_owned();
}

#[test]
fn a_ticket_says_how_many_stand_before_it_in_githubs_queue() {
    story(|github| {
        let pull = merged(github);
        merge(github);
        let group = ("Afterclick-Production", vec![91, 92]);
        github.state().groups.push(group);
        let run = mode(github, "admit", 2);
        assert!(run.rest_calls() <= 4, "{:#?}", run.calls);
        for text in [github.comment(pull), run.summary.clone()] {
            for part in [
                "**Waits to ship to `production`**",
                "2 ships come before it",
            ] {
                assert!(text.contains(part), "{part} is not in {text}");
            }
        }
        // What went live takes its place.
        drop(deploy(github, 2, DEPLOY).ends_with(0));
        let comment = github.comment(pull);
        assert!(comment.contains("**Live on `production`**"), "{comment}");
        assert!(!comment.contains("Waits to ship"), "{comment}");
    });
}

#[test]
fn where_github_does_not_tell_the_ledger_does() {
    story(|github| {
        let pull = merged(github);
        merge(github);
        github.state().permissions.remove("actions");
        drop(mode(github, "admit", 2));
        drop(mode(github, "admit", 3));
        let comment = github.comment(pull);
        assert!(comment.contains("1 ship comes before it"), "{comment}");
    });
}

#[test]
fn a_ticket_that_is_next_needs_no_comment_and_a_deploy_takes_few_calls() {
    story(|github| {
        let pull = merged(github);
        merge(github);
        let admit = mode(github, "admit", 2);
        assert_eq!(github.comments(pull), 0);
        assert!(admit.summary.contains("it is next"), "{}", admit.summary);
        let ship = deploy(github, 2, DEPLOY).ends_with(0);
        assert!(github.comment(pull).contains("**Live on `production`**"));
        assert!(ship.summary.contains("**Live on `production`**"));
        assert_eq!(ship.output("ticket"), admit.output("ticket"));
        let calls = admit.rest_calls() + ship.rest_calls();
        assert!(calls <= 10, "{:#?} {:#?}", admit.calls, ship.calls);
    });
}

#[test]
fn a_deploy_with_an_approval_takes_twelve_calls_all_in() {
    story(|github| {
        let policy = "ship:\n  environments:\n    production:\n      approval: true\n";
        github
            .work(|it| it.write(".afterclick.yml", policy).commit("Open the shop"))
            .push("main");
        let people = [("ada", "maintain"), ("mira", "write")];
        github.state().people = people.map(|(who, role)| (who.to_owned(), role)).into();
        for run in [1, 2] {
            let approval = (run, "ada", "production-approval", "approved");
            github.state().approvals.push(approval);
        }
        let ships = |run: u64| {
            let jobs = [mode(github, "admit", run), mode(github, "approve", run)];
            let shipped = deploy(github, run, DEPLOY).ends_with(0);
            assert_eq!(shipped.output("outcome").as_deref(), Some("live"));
            let all = jobs.iter().chain([&shipped]);
            let calls: Vec<String> = all.flat_map(|it| it.calls.clone()).collect();
            let rest = calls.iter().filter(|it| !it.contains("graphql")).count();
            assert!(rest <= 12, "{calls:#?}");
        };
        ships(1);
        github.work(|it| it.branch("work").write("a.txt", "a").commit("Add a"));
        let pull = github.open("work", "zoe");
        merge(github);
        ships(2);
        assert!(github.comment(pull).contains("**Live on `production`**"));
    });
}

#[test]
fn whoever_waits_for_a_ship_asks_github_once() {
    story(|github| {
        merged(github);
        merge(github);
        let holds = WorkflowRun {
            id: 2,
            attempt: 1,
            status: "in_progress",
            conclusion: None,
        };
        github.state().runs.push(holds);
        let go = github.home().join("go");
        let go = go.display();
        let hold = format!("touch {go}.begun; while [ ! -e {go} ]; do sleep 0.1; done; {DEPLOY}");
        let first = begin(github, 2, &hold, |_| {});
        while !Path::new(&format!("{go}.begun")).exists() {
            std::thread::yield_now();
        }
        let second = begin(github, 3, DEPLOY, |_| {});
        // It looks at the ledger ten times, which is git and no call.
        let before = github.state().looks;
        while github.state().looks < before + 10 {
            std::thread::yield_now();
        }
        let calls = second.calls_so_far();
        let about_others = |it: &&String| !it.starts_with("GET /commits/");
        let about_others: Vec<&String> = calls.iter().filter(about_others).collect();
        assert_eq!(about_others, ["GET /actions/runs/2/attempts/1"]);
        std::fs::write(go.to_string(), "").unwrap();
        let first = first.ends().ends_with(0);
        assert_eq!(first.output("outcome").as_deref(), Some("live"));
        // What it wanted is live by then.
        let second = second.ends().ends_with(0);
        assert_eq!(second.output("outcome").as_deref(), Some("superseded"));
        github.state().unread.clear();
    });
}
