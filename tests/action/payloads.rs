//! GitHub's own example payloads, all of them, where `AFTERCLICK_WEBHOOKS` names their folder
//! (`.ci/run` installs them), and a few of every kind that we wrote ourselves.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::github::{Checkout, GitHub, story};

/// Feeds a payload and asks that it ends in a documented way.
fn feed(github: &GitHub, event: &str, payload: &Value, name: &str) {
    let run = github.job(event, payload, |it| {
        it.env("AFTERCLICK_PATIENCE", "0");
    });
    let code = run.outcome.code;
    assert!([0, 1, 2, 5].contains(&code), "{name}: {run:#?}");
    assert!(!run.outcome.stderr.contains("bug:"), "{name}: {run:#?}");
    let says = run.log() + &run.outcome.stderr;
    assert!(!says.trim().is_empty(), "{name} ended without a word");
}

#[test]
fn every_official_payload_is_handled_or_named_as_not_ours() {
    let Some(folder) = std::env::var_os("AFTERCLICK_WEBHOOKS").map(PathBuf::from) else {
        return;
    };
    story(|github| {
        github
            .work(|it| it.write("a.txt", "a").commit("Start"))
            .push("main");
        github.checkouts_are(Checkout::None);
        let mut fed = 0;
        for event in std::fs::read_dir(folder).unwrap() {
            let event = event.unwrap().path();
            let name = event.file_name().unwrap().to_str().unwrap().to_owned();
            for file in std::fs::read_dir(&event).unwrap() {
                let file = file.unwrap().path();
                let payload = std::fs::read_to_string(&file).unwrap();
                let payload = serde_json::from_str(&payload).unwrap();
                feed(github, &name, &payload, &file.display().to_string());
                fed += 1;
            }
        }
        assert!(fed >= 300, "only {fed} payloads were found");
        // The examples are about other repositories, whose commits nobody has here.
        github.state().unread.clear();
    });
}

#[test]
fn payloads_of_every_kind_end_in_a_sentence() {
    story(|github| {
        github
            .work(|it| it.write("a.txt", "a").commit("Start"))
            .push("main");
        github.checkouts_are(Checkout::None);
        let odd = [
            json!(null),
            json!({}),
            json!({ "action": 7 }),
            json!({ "action": "created", "number": -1 }),
            json!({ "action": "opened", "number": 1, "pull_request": { "head": {}, "base": {} } }),
            json!({ "before": "x", "after": "y" }),
            json!({ "action": "created", "issue": { "number": 1 }, "comment": { "id": 1 } }),
        ];
        for event in [
            "pull_request",
            "push",
            "issue_comment",
            "merge_group",
            "schedule",
            "workflow_run",
            "deployment_status",
            "workflow_dispatch",
            "check_run",
            "",
        ] {
            for payload in &odd {
                feed(github, event, payload, event);
            }
        }
    });
}
