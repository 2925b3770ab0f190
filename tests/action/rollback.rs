//! `/afterclick rollback`: what going back means, and the way back for whoever confirms just that.

use std::process::Command;

use serde_json::json;

use crate::github::state::Wrong;
use crate::github::{Checkout, GitHub, Run, story};
use crate::governing::says;
use crate::ledger;
use crate::ship::{DEPLOY, deploy, deployments, merged};

/// A shop that shipped twice, the second time with a migration; the pull request of the second, and
/// the commits that are live and were before.
fn shipped(github: &GitHub) -> (u64, String, String) {
    let pull = merged(github);
    let before = github.state().sha("refs/heads/main");
    github
        .work(|it| {
            it.write(
                "migrations/0002_total.sql",
                "ALTER TABLE orders DROP COLUMN total;\n",
            )
            .commit("Drop totals")
        })
        .push("work");
    github.push("main");
    github.state().pulls[0].base_branch = "main".to_owned();
    drop(deploy(github, 2, DEPLOY).ends_with(0));
    let people = [("ada", "maintain"), ("eve", "read")];
    github.state().people = people.map(|(who, role)| (who.to_owned(), role)).into();
    let takes = vec![
        ("rollback", None),
        ("reason", None),
        ("environment", Some("production")),
    ];
    let workflow = ("afterclick-ship.yml", takes);
    github.state().workflows.push(workflow);
    github.state().permissions.insert("actions", "write");
    let live = github.state().sha("refs/heads/main");
    (pull, live, before)
}

/// The run that the confirmed comment started: it takes a ticket and ships the earlier commit.
fn goes_back(github: &GitHub) -> [Run; 2] {
    let (_, request) = github.state().dispatches.last().unwrap().clone();
    let text = |name: &str| request["inputs"][name].as_str().unwrap().to_owned();
    let (to, reason) = (text("rollback"), text("reason"));
    let live = github.home().join("live");
    ["admit", "ship"].map(|mode| {
        let payload = json!({ "inputs": request["inputs"] });
        github
            .job("workflow_dispatch", &payload, |it: &mut Command| {
                let dir = it.get_current_dir().unwrap().to_str().unwrap().to_owned();
                if mode == "ship" {
                    github.ask(&["-C", &dir, "checkout", "--quiet", "--detach", &to]);
                }
                it.env("AFTERCLICK_MODE", mode)
                    .env("AFTERCLICK_ENVIRONMENT", "production")
                    .env("AFTERCLICK_ROLLBACK", &to)
                    .env("AFTERCLICK_REASON", &reason)
                    .env(
                        "AFTERCLICK_COMMAND",
                        DEPLOY.replace("LIVE", live.to_str().unwrap()),
                    )
                    .env("GITHUB_ACTOR", "github-actions[bot]")
                    .env("GITHUB_RUN_ID", "3");
            })
            .ends_with(0)
    })
}

#[test]
fn the_plan_is_shown_and_nothing_is_done() {
    for checkout in [Checkout::Full, Checkout::None] {
        story(|github| {
            let (pull, live, before) = shipped(github);
            let events = ledger(github);
            github.checkouts_are(checkout);
            let id = says(github, pull, "ada", "/afterclick rollback");
            assert_eq!(github.reactions(id), ["+1"]);
            let comment = github.comment(pull);
            let confirm = format!(
                "/afterclick rollback production confirm {}..{} because …",
                &live[..12],
                &before[..12]
            );
            for part in [
                "2 changes leave",
                "loses data",
                "0002_total.sql",
                "Nothing was done.",
                &confirm,
            ] {
                assert!(comment.contains(part), "{part} is not in {comment}");
            }
            assert_eq!(ledger(github), events);
            assert!(github.state().dispatches.is_empty());
        });
    }
}

#[test]
fn who_confirms_the_plan_freezes_and_starts_the_workflow_that_goes_back() {
    story(|github| {
        let (pull, live, before) = shipped(github);
        let confirm = format!(
            "/afterclick rollback production confirm {}..{} because it's down",
            &live[..12],
            &before[..12]
        );
        let no = says(github, pull, "eve", &confirm);
        assert_eq!(github.reactions(no), ["-1"]);
        assert!(github.state().dispatches.is_empty());
        let id = says(github, pull, "ada", &confirm);
        assert_eq!(github.reactions(id), ["+1"]);
        let comment = github.comment(pull);
        for part in ["`production` is frozen", "goes back to", &before[..7]] {
            assert!(comment.contains(part), "{part} is not in {comment}");
        }
        let events = ledger(github);
        for part in [
            "\"t\":\"ship.freeze\"",
            "it's down",
            "\"permission\":\"maintain\"",
        ] {
            assert!(events.contains(part), "{part} is not in {events}");
        }
        let (file, request) = github.state().dispatches[0].clone();
        assert_eq!(file, "afterclick-ship.yml");
        assert_eq!(request["ref"], "main");
        assert_eq!(request["inputs"]["rollback"], before);
        assert_eq!(request["inputs"]["environment"], "production");
        // A freeze keeps everybody from shipping but this.
        let [admitted, shipped] = goes_back(github);
        assert_eq!(shipped.output("outcome").as_deref(), Some("live"));
        assert_eq!(shipped.output("ticket"), admitted.output("ticket"));
        assert_eq!(
            deployments(github),
            [
                "in_progress success inactive",
                "in_progress success inactive",
                "in_progress success"
            ]
        );
        let body = github.state().deployments[2].body.clone();
        assert_eq!(body["task"], "rollback");
        assert_eq!(body["ref"], before);
        let comment = github.comment(pull);
        assert!(
            comment.contains("Not live on `production` any more"),
            "{comment}"
        );
        // What it undid does not ship again by itself. In GitHub's group nobody waits for the end of
        // a freeze: the next way back would stand behind it. That is nobody's failure.
        let next = deploy(github, 4, DEPLOY).ends_with(0);
        assert_eq!(next.output("outcome").as_deref(), Some("waiting"));
        let notice = "::notice title=Not deployed::the environment is frozen.";
        assert!(next.log().contains(notice), "{}", next.log());
        assert!(next.summary.contains("frozen"), "{}", next.summary);
        let live = std::fs::read_to_string(github.home().join("live")).unwrap();
        assert_eq!(live.trim(), before);
        github.state().unread.clear();
    });
}

#[test]
fn another_commit_is_live_by_now_so_the_plan_is_void() {
    story(|github| {
        let (pull, live, before) = shipped(github);
        let events = ledger(github);
        for key in [
            format!("{}..{}", &before[..12], &live[..12]),
            format!("{}..{}", &live[..12], "0".repeat(12)),
            format!("{}..{}", "0".repeat(12), &before[..12]),
        ] {
            let words = format!("/afterclick rollback confirm {key} because it is down");
            let id = says(github, pull, "ada", &words);
            assert_eq!(github.reactions(id), ["-1"], "{key}");
            assert!(github.comment(pull).contains("Ask for the plan again"));
        }
        let id = says(
            github,
            pull,
            "ada",
            "/afterclick rollback confirm because I say so",
        );
        assert_eq!(github.reactions(id), ["confused"]);
        assert!(github.comment(pull).contains("Ask for the plan first"));
        assert_eq!(ledger(github), events);
        assert!(github.state().dispatches.is_empty());
    });
}

#[test]
fn where_nothing_can_be_started_the_freeze_stands_and_the_rest_is_said() {
    for case in ["permission", "workflow", "environment", "reply"] {
        story(|github| {
            let (pull, live, before) = shipped(github);
            let says_why = match case {
                "permission" => {
                    github.state().permissions.insert("actions", "read");
                    "actions: write"
                }
                "workflow" => {
                    github.state().workflows.clear();
                    "was not started"
                }
                "reply" => {
                    github.goes_wrong("POST /actions/workflows", Wrong::LostReply, 1);
                    "look at its runs first"
                }
                _ => {
                    github.state().workflows[0].1[2].1 = Some("staging");
                    "not in the list"
                }
            };
            let words = format!(
                "/afterclick rollback confirm {}..{} because it's down",
                &live[..7],
                &before[..7]
            );
            let id = says(github, pull, "ada", &words);
            assert_eq!(github.reactions(id), ["+1"]);
            let comment = github.comment(pull);
            let command = format!("--to {before} --reason 'it'\\''s down' -- ");
            for part in ["`production` is frozen", says_why, &command] {
                assert!(comment.contains(part), "{part} is not in {comment}");
            }
            // A lost reply is told once, and nothing is started twice.
            let started = github.state().dispatches.len();
            assert_eq!(started, usize::from(case == "reply"));
        });
    }
}
