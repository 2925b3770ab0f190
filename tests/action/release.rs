//! A job that is cancelled, times out or is killed gives back what it holds, at once.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::github::{GitHub, Run, story};
use crate::ledger;
use crate::ship::{DEPLOY, deploy, deploy_with, deployments, merged};
use crate::support::{Outcome, afterclick};

/// The step of the action that runs after a ship that did not end well.
fn release(github: &GitHub, run: u64, attempt: u32, change: impl FnOnce(&mut Command)) -> Run {
    let push = json!({ "before": "0".repeat(40), "after": github.state().sha("refs/heads/main") });
    github.job("push", &push, |it: &mut Command| {
        it.env("AFTERCLICK_MODE", "release")
            .env("AFTERCLICK_ENVIRONMENT", "production")
            .env("GITHUB_RUN_ID", run.to_string())
            .env("GITHUB_RUN_ATTEMPT", attempt.to_string());
        change(it);
    })
}

/// The environment, as the ledger has it.
fn production(github: &GitHub) -> Value {
    let home = github.home();
    let clone = home.join(format!("look-{}", fastrand::u32(..)));
    let git = github.state().git.clone();
    let (git, to) = (git.to_str().unwrap(), clone.to_str().unwrap());
    github.ask(&["clone", "--quiet", git, to]);
    let mut look = afterclick(&home);
    look.args(["queue", "--environment", "production", "--format", "json"])
        .current_dir(&clone);
    let found: Value = serde_json::from_str(&Outcome::of(look, &[]).stdout).unwrap();
    found[0].clone()
}

/// The command as another program starts it, in the same surroundings.
fn within(command: &mut Command, program: &str, arguments: &[&str]) {
    let mut outer = Command::new(program);
    outer.args(arguments);
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => outer.env(name, value),
            None => outer.env_remove(name),
        };
    }
    outer.current_dir(command.get_current_dir().unwrap());
    *command = outer;
}

/// The script of the step of `action.yml` with this id.
fn script(id: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let action = std::fs::read_to_string(root.join("action.yml")).unwrap();
    let action: serde_yaml::Value = serde_yaml::from_str(&action).unwrap();
    let mut steps = action["runs"]["steps"].as_sequence().unwrap().iter();
    let step = steps.find(|it| it["id"] == id).unwrap();
    step["run"].as_str().unwrap().to_owned()
}

#[test]
fn the_signals_of_a_cancelled_job_end_the_deploy_and_free_the_lock() {
    for signal in ["INT", "TERM"] {
        story(|github| {
            let pull = merged(github);
            github.push("main");
            let file = github.home().join("step.sh");
            std::fs::write(&file, script("run")).unwrap();
            // As the runner does it: it starts a shell without a terminal, and its signals reach
            // that one process, which leads the session here.
            let command =
                format!("kill -{signal} \"$(cut -d ' ' -f 6 /proc/$$/stat)\"\nsleep 20\n{DEPLOY}");
            let run = deploy_with(github, 2, &command, |it| {
                let file = file.to_str().unwrap();
                let shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", file];
                within(it, "setsid", &shell);
                it.env("GITHUB_ACTION_PATH", env!("CARGO_MANIFEST_DIR"))
                    .env("AFTERCLICK_BINARY", env!("CARGO_BIN_EXE_afterclick"));
            });
            assert_ne!(run.outcome.code, 0, "{run:#?}");
            let state = production(github);
            assert!(state["lock"].is_null(), "{state}");
            assert!(state["uncertain"].is_null(), "{state}");
            assert!(ledger(github).contains("\"t\":\"ship.abort\""));
            assert!(
                github
                    .comment(pull)
                    .contains("**Not shipped to `production`.**")
            );
            assert_eq!(
                deployments(github),
                ["in_progress success", "in_progress failure"]
            );
            // Nothing is left for the step after it.
            let run = release(github, 2, 1, |_| {}).ends_with(0);
            assert!(run.log().contains("nothing to let go of"), "{}", run.log());
            assert!(run.calls.is_empty(), "{:#?}", run.calls);
        });
    }
}

#[test]
fn a_ship_that_was_killed_gives_its_lock_back_at_once() {
    story(|github| {
        let pull = merged(github);
        github.push("main");
        let killed = deploy(github, 2, "kill -9 $PPID; sleep 1");
        assert_eq!(killed.outcome.code, -1);
        let run = release(github, 2, 1, |_| {}).ends_with(0);
        assert!(run.log().contains("was let go"), "{}", run.log());
        assert!(run.rest_calls() <= 5, "{:#?}", run.calls);
        assert!(
            github
                .comment(pull)
                .contains("Its job ended before the ship did")
        );
        // The probe found what was live before, when nothing of the deploy ran any more.
        let state = production(github);
        assert!(state["lock"].is_null() && state["uncertain"].is_null());
        assert_eq!(
            deployments(github),
            ["in_progress success", "in_progress failure"]
        );
        // Nobody has to be asked for evidence any more.
        let run = deploy(github, 3, DEPLOY).ends_with(0);
        assert_eq!(run.output("outcome").as_deref(), Some("live"));
        assert!(!ledger(github).contains("\"t\":\"ship.evict\""));
        github.state().unread.clear();
    });
}

#[test]
fn a_deploy_that_was_cut_short_is_not_called_clean_where_nobody_can_tell() {
    story(|github| {
        github
            .work(|it| it.write("a.txt", "a").commit("Open"))
            .push("main");
        drop(deploy(github, 1, DEPLOY).ends_with(0));
        github
            .work(|it| it.write("a.txt", "b").commit("Change"))
            .push("main");
        drop(deploy(github, 2, "kill -9 $PPID; sleep 1"));
        let run = release(github, 2, 1, |_| {}).ends_with(0);
        for part in ["Nobody knows whether it is live", "afterclick rebaseline"] {
            assert!(run.log().contains(part), "{part} is not in {}", run.log());
        }
        let state = production(github);
        assert!(state["lock"].is_null() && state["uncertain"].is_string());
        assert_eq!(
            deployments(github),
            ["in_progress success", "in_progress error"]
        );
        let next = deploy(github, 3, DEPLOY);
        assert_ne!(next.outcome.code, 0, "{next:#?}");
    });
}

#[test]
fn a_deploy_that_went_live_before_it_was_cut_short_is_shown_as_live() {
    story(|github| {
        let pull = merged(github);
        github.push("main");
        drop(deploy(
            github,
            2,
            &format!("{DEPLOY}; kill -9 $PPID; sleep 1"),
        ));
        let run = release(github, 2, 1, |_| {}).ends_with(0);
        assert!(run.log().contains("It is live."), "{}", run.log());
        assert!(github.comment(pull).contains("**Live on `production`**"));
        let state = production(github);
        assert_eq!(state["live"]["sha"], github.state().sha("refs/heads/main"));
        assert_eq!(
            deployments(github),
            ["in_progress success inactive", "in_progress success"]
        );
    });
}

#[test]
fn a_deploy_that_still_runs_keeps_its_lock() {
    story(|github| {
        merged(github);
        github.push("main");
        // It leaves the group, and signals do not reach it.
        let runs_on =
            format!("(trap '' INT TERM; sleep 8; {DEPLOY}) >/dev/null 2>&1 & kill -9 $PPID");
        drop(deploy(github, 2, &runs_on));
        let binary = env!("CARGO_BIN_EXE_afterclick");
        let run = release(github, 2, 1, |it| {
            within(it, "timeout", &["--preserve-status", "1", binary, "action"]);
        });
        let run = run.ends_with(0);
        assert!(run.log().contains("still runs on this machine"), "{run:#?}");
        assert!(production(github)["lock"].is_object());
        // Told again, it waits for the end.
        drop(release(github, 2, 1, |_| {}).ends_with(0));
        let state = production(github);
        assert!(state["lock"].is_null());
        assert_eq!(state["live"]["sha"], github.state().sha("refs/heads/main"));
        github.state().unread.clear();
    });
}

#[test]
fn only_what_this_very_attempt_holds_is_given_back() {
    story(|github| {
        merged(github);
        github.push("main");
        drop(deploy(github, 2, "kill -9 $PPID; sleep 1"));
        let before = ledger(github);
        for (run, attempt) in [(3, 1), (2, 2), (1, 1)] {
            let run = release(github, run, attempt, |_| {}).ends_with(0);
            assert!(run.log().contains("nothing to let go of"), "{}", run.log());
            assert!(run.calls.is_empty(), "{:#?}", run.calls);
        }
        assert_eq!(ledger(github), before);
    });
}

#[test]
fn a_ticket_that_waits_for_a_cancelled_job_leaves_and_one_that_stands_aside_stays() {
    story(|github| {
        merged(github);
        github.push("main");
        let push = json!({ "before": "0".repeat(40), "after": "0".repeat(40) });
        let admit = |run: u64| {
            let run = github.job("push", &push, |it: &mut Command| {
                it.env("AFTERCLICK_MODE", "admit")
                    .env("AFTERCLICK_ENVIRONMENT", "production")
                    .env("GITHUB_RUN_ID", run.to_string());
            });
            drop(run.ends_with(0));
        };
        admit(5);
        let run = release(github, 5, 1, |_| {}).ends_with(0);
        assert!(run.log().contains("was let go"), "{}", run.log());
        assert_eq!(production(github)["queue"], json!([]));
        // The gate holds a ticket whose commit lacks what is live.
        drop(deploy(github, 6, DEPLOY).ends_with(0));
        github
            .work(|it| {
                it.git(&["checkout", "--quiet", "-b", "old", "HEAD~1"])
                    .write("b.txt", "b")
                    .commit("Old")
            })
            .push("main");
        assert_ne!(deploy(github, 7, DEPLOY).outcome.code, 0);
        let before = production(github);
        assert_eq!(before["queue"][0]["state"], "held", "{before}");
        drop(release(github, 7, 1, |_| {}).ends_with(0));
        assert_eq!(production(github), before);
        github.state().unread.clear();
    });
}
