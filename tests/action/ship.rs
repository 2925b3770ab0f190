//! Merged work goes live, one at a time, and GitHub shows it.

use std::process::Command;

use serde_json::json;

use crate::github::state::{Run as WorkflowRun, Wrong};
use crate::github::{Begun, GitHub, Run, story};
use crate::ledger;

/// A job that ships `main`: the deploy command writes down what is live, which the probe reads.
pub(crate) fn deploy(github: &GitHub, run: u64, command: &str) -> Run {
    deploy_with(github, run, command, |_| {})
}

/// The same, with something about the process changed first.
pub(crate) fn deploy_with(
    github: &GitHub,
    run: u64,
    command: &str,
    change: impl FnOnce(&mut Command),
) -> Run {
    begin(github, run, command, change).ends()
}

/// The same, while others go on.
pub(crate) fn begin<'a>(
    github: &'a GitHub,
    run: u64,
    command: &str,
    change: impl FnOnce(&mut Command),
) -> Begun<'a> {
    let live = github.home().join("live");
    let command = command.replace("LIVE", live.to_str().unwrap());
    let push = json!({ "before": "0".repeat(40), "after": github.state().sha("refs/heads/main") });
    github.begin("push", &push, |it: &mut Command| {
        it.env("AFTERCLICK_MODE", "ship")
            .env("AFTERCLICK_ENVIRONMENT", "Production")
            .env("AFTERCLICK_COMMAND", command)
            .env("GITHUB_RUN_ID", run.to_string());
        change(it);
    })
}

pub(crate) const DEPLOY: &str = "echo $AFTERCLICK_SHA > LIVE";

/// A repository whose environment can be asked what is live, and a pull request that is merged.
pub(crate) fn merged(github: &GitHub) -> u64 {
    let live = github.home().join("live");
    let policy = format!(
        "ship:\n  environments:\n    production:\n      probe: cat {}\n",
        live.display()
    );
    github
        .work(|it| it.write(".afterclick.yml", policy).commit("Open the shop"))
        .push("main")
        .work(|it| it.branch("work").write("a.txt", "a").commit("Add a"));
    let pull = github.open("work", "mira");
    drop(deploy(github, 1, DEPLOY).ends_with(0));
    pull
}

/// The states of each deployment, the oldest first.
pub(crate) fn deployments(github: &GitHub) -> Vec<String> {
    let state = github.state();
    let states = |one: &crate::github::state::Deployment| {
        let states = one
            .statuses
            .iter()
            .map(|(_, it, _)| it["state"].as_str().unwrap());
        states.collect::<Vec<_>>().join(" ")
    };
    state.deployments.iter().map(states).collect()
}

#[test]
fn what_goes_live_is_shown_where_the_team_reads() {
    story(|github| {
        let pull = merged(github);
        let run = deploy_branch(github);
        assert!(run.calls.len() <= 12, "{:#?}", run.calls);
        assert_eq!(run.output("outcome").as_deref(), Some("live"));
        assert_eq!(
            deployments(github),
            ["in_progress success inactive", "in_progress success"]
        );
        let comment = github.comment(pull);
        let head = github.head(pull);
        assert!(comment.contains("since 20"), "{comment}");
        for part in [
            "**Live on `production`**",
            &head[..7],
            "ticket",
            "To go back",
        ] {
            assert!(comment.contains(part), "{part} is not in {comment}");
        }
        let body = github.state().deployments[1].body.clone();
        assert_eq!(body["auto_merge"], false);
        assert_eq!(body["required_contexts"], json!([]));
        assert!(
            body["payload"]["epoch"].is_u64() && body["payload"]["ledger"].is_string(),
            "{body}"
        );
        // The next look at the pull request keeps what went live.
        drop(github.pull_request("reopened", pull).ends_with(0));
        assert!(github.check().starts_with("afterclick: success"));
        assert!(github.comment(pull).contains("**Live on `production`**"));
    });
}

/// The branch is merged by pushing it to `main`, and shipped.
fn deploy_branch(github: &GitHub) -> Run {
    github.push("main");
    // GitHub still knows which pull request the commit came from.
    github.state().pulls[0].base_branch = "main".to_owned();
    deploy(github, 2, DEPLOY).ends_with(0)
}

#[test]
fn where_it_is_to_be_seen_stands_on_its_page_and_in_the_comment() {
    story(|github| {
        let pull = merged(github);
        github.push("main");
        let at = |url: &'static str| {
            deploy_with(github, 2, DEPLOY, |it| {
                it.env("AFTERCLICK_URL", url);
            })
        };
        for wrong in ["javascript:alert(1)", "https://shop.example> [x](y)"] {
            let run = at(wrong).ends_with(2);
            assert!(run.outcome.stderr.contains("AFTERCLICK_URL has to be"));
        }
        drop(at("https://shop.example").ends_with(0));
        let comment = github.comment(pull);
        assert!(comment.contains("<https://shop.example>"), "{comment}");
        let state = github.state();
        let urls = |at: usize| {
            let statuses = state.deployments[at].statuses.iter();
            let urls = statuses.map(|it| it.1["environment_url"].as_str().unwrap_or_default());
            urls.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(urls(1), "https://shop.example https://shop.example");
        assert_eq!(urls(0).trim(), "");
    });
}

#[test]
fn a_deploy_that_fails_is_shown_as_one() {
    story(|github| {
        let pull = merged(github);
        github.push("main");
        let run = deploy(github, 2, "exit 3");
        assert_ne!(run.outcome.code, 0, "{run:#?}");
        assert_eq!(
            deployments(github),
            ["in_progress success", "in_progress failure"]
        );
        assert_eq!(run.output("outcome").as_deref(), Some("aborted"));
        let comment = github.comment(pull);
        assert!(
            comment.contains("**Not shipped to `production`.**"),
            "{comment}"
        );
    });
}

#[test]
fn a_face_that_cannot_be_drawn_stops_no_ship() {
    story(|github| {
        merged(github);
        github.push("main");
        github.goes_wrong("POST /deployments", Wrong::Broken(500), 9);
        let run = deploy(github, 2, DEPLOY).ends_with(0);
        assert!(run.log().contains("make a deployment"), "{}", run.log());
        assert!(ledger(github).contains("\"t\":\"ship.commit\""));
        github.state().unread.clear();
    });
}

#[test]
fn a_job_that_was_killed_in_mid_deploy_is_evicted_on_the_evidence_of_its_run() {
    story(|github| {
        merged(github);
        github.push("main");
        let killed = deploy(github, 2, "kill -9 $PPID; sleep 1");
        assert_eq!(killed.outcome.code, -1);
        github.state().runs.push(WorkflowRun {
            id: 2,
            attempt: 1,
            status: "completed",
            conclusion: Some("cancelled"),
        });
        let run = deploy(github, 3, DEPLOY).ends_with(0);
        assert_eq!(run.output("outcome").as_deref(), Some("live"));
        let events = ledger(github);
        for part in [
            "\"t\":\"ship.evict\"",
            "\"status\":\"completed\"",
            "\"conclusion\":\"cancelled\"",
        ] {
            assert!(events.contains(part), "{part} is not in {events}");
        }
        assert!(
            run.calls
                .contains(&"GET /actions/runs/2/attempts/1".to_owned()),
            "{:#?}",
            run.calls
        );
        assert!(run.calls.len() <= 12, "{:#?}", run.calls);
        github.state().unread.clear();
    });
}

#[test]
fn two_jobs_of_one_run_are_two_deploys_and_one_of_them_goes_out() {
    story(|github| {
        merged(github);
        github.push("main");
        let home = github.home();
        let [begun, goes_on] = ["begun", "goes-on"].map(|name| home.join(name));
        let slow = format!(
            "echo once >> {0}; until [ -e {1} ]; do sleep 0.05; done; {DEPLOY}",
            begun.display(),
            goes_on.display()
        );
        let one_of = |machine: &'static str| {
            begin(github, 2, &slow, move |it| {
                it.env("GITHUB_JOB", "ship").env("RUNNER_NAME", machine);
            })
        };
        let first = one_of("one");
        while !begun.exists() {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        let second = one_of("other").ends().ends_with(3);
        assert_eq!(second.output("outcome").as_deref(), Some("elsewhere"));
        std::fs::write(goes_on, "").unwrap();
        let first = first.ends().ends_with(0);
        assert_eq!(first.output("outcome").as_deref(), Some("live"));
        assert_eq!(std::fs::read_to_string(begun).unwrap(), "once\n");
        github.state().unread.clear();
    });
}

#[test]
fn a_sweep_takes_the_lock_of_a_dead_run_and_shows_it() {
    story(|github| {
        merged(github);
        github.push("main");
        assert_eq!(deploy(github, 2, "kill -9 $PPID; sleep 1").outcome.code, -1);
        github.state().runs.push(WorkflowRun {
            id: 2,
            attempt: 1,
            status: "completed",
            conclusion: Some("cancelled"),
        });
        for _ in 0..2 {
            let run = github.job("schedule", &json!({ "schedule": "23 * * * *" }), |it| {
                it.env("AFTERCLICK_MODE", "sweep").env("GITHUB_RUN_ID", "3");
            });
            drop(run.ends_with(0));
            assert_eq!(ledger(github).matches("\"t\":\"ship.evict\"").count(), 1);
            assert_eq!(
                deployments(github),
                ["in_progress success", "in_progress error"]
            );
        }
    });
}

#[test]
fn a_ticket_is_taken_before_the_lock() {
    story(|github| {
        github
            .work(|it| it.write("a.txt", "a").commit("Start"))
            .push("main");
        let push =
            json!({ "before": "0".repeat(40), "after": github.state().sha("refs/heads/main") });
        let admit = |it: &mut Command| {
            it.env("AFTERCLICK_MODE", "admit")
                .env("AFTERCLICK_ENVIRONMENT", "production");
        };
        let run = github.job("push", &push, admit).ends_with(0);
        assert!(run.output("ticket").is_some(), "{run:#?}");
        assert!(ledger(github).contains("\"t\":\"ship.enqueue\""));
        for (name, value, says) in [
            ("AFTERCLICK_ENVIRONMENT", "", "where to"),
            ("AFTERCLICK_MODE", "deploy", "no mode `deploy`"),
            ("AFTERCLICK_MODE", "ship", "needs a deploy command"),
        ] {
            let run = github.job("push", &push, |it| {
                admit(it);
                it.env(name, value);
            });
            assert!(run.ends_with(2).outcome.stderr.contains(says), "{says}");
        }
    });
}
