//! Every event that a workflow can start for: what it asks for, or why nothing is done.

use serde_json::{Value, json};

use crate::github::story;
use crate::{plain, risky};

#[test]
fn events_without_a_change_say_so_and_ask_nothing() {
    story(|github| {
        let pull = risky(github);
        let labeled = github.pull_payload("labeled", pull);
        let closed = github.pull_payload("closed", pull);
        let edited = github.pull_payload("edited", pull);
        let gone = json!({ "before": github.head(pull), "after": "0".repeat(40) });
        let new = json!({ "before": "0".repeat(40), "after": github.head(pull) });
        for (event, payload, says) in [
            ("pull_request", labeled, "No code changed"),
            ("pull_request", edited, "No code changed"),
            ("pull_request", closed, "is closed"),
            ("push", gone, "was deleted"),
            ("push", new, "The branch is new"),
            (
                "star",
                json!({ "action": "created" }),
                "does nothing for the event `star`",
            ),
        ] {
            let run = github.job(event, &payload, |_| {}).ends_with(0);
            assert!(run.log().contains(says), "{event}: {}", run.log());
            assert_eq!(run.calls, [""; 0], "{event}");
        }
    });
}

#[test]
fn another_base_is_another_review() {
    story(|github| {
        let pull = risky(github);
        let mut payload = github.pull_payload("edited", pull);
        payload["changes"] = json!({ "base": { "ref": { "from": "release" } } });
        drop(github.job("pull_request", &payload, |_| {}).ends_with(0));
        assert!(github.comment(pull).contains("1 concern"));
        assert!(github.check().starts_with("afterclick: neutral"));
    });
}

#[test]
fn a_review_by_hand_names_its_pull_request() {
    story(|github| {
        let pull = risky(github);
        let by_input = json!({ "inputs": { "pull-request": pull.to_string() } });
        let review = |it: &mut std::process::Command| {
            it.env("AFTERCLICK_MODE", "review");
        };
        drop(
            github
                .job("workflow_dispatch", &by_input, review)
                .ends_with(0),
        );
        assert!(github.comment(pull).contains("1 concern"));
        assert!(github.check().starts_with("afterclick: neutral"));
        let run = github.job("workflow_dispatch", &json!({ "inputs": null }), review);
        let run = run.ends_with(2);
        assert!(
            run.outcome
                .stderr
                .contains("hint: Set `pull-request` to its number."),
            "{run:#?}"
        );
        let run = github
            .job("workflow_dispatch", &json!({}), |_| {})
            .ends_with(2);
        assert!(
            run.outcome
                .stderr
                .contains("does not say what is to be done"),
            "{run:#?}"
        );
    });
}

#[test]
fn what_is_no_event_is_a_mistake_of_the_workflow() {
    story(|github| {
        let pull = risky(github);
        let payload = github.pull_payload("opened", pull);
        let cases: [(&str, &str, &str); 5] = [
            ("GITHUB_EVENT_NAME", "", "GITHUB_EVENT_NAME is not set"),
            ("GITHUB_EVENT_PATH", "/nowhere.json", "cannot be read"),
            (
                "GITHUB_REPOSITORY",
                "octo/../shop",
                "GITHUB_REPOSITORY has to be",
            ),
            ("AFTERCLICK_MODE", "deploy", "There is no mode `deploy`."),
            (
                "AFTERCLICK_PATIENCE",
                "a while",
                "AFTERCLICK_PATIENCE has to be a number",
            ),
        ];
        for (name, value, says) in cases {
            let run = github.job("pull_request", &payload, |it| {
                it.env(name, value);
            });
            let run = run.ends_with(2);
            assert!(run.outcome.stderr.contains(says), "{}", run.outcome.stderr);
            assert!(
                run.outcome.stderr.contains("hint: "),
                "{}",
                run.outcome.stderr
            );
        }
        for payload in [
            json!({}),
            json!([]),
            Value::Null,
            json!({ "action": "opened", "number": 1 }),
        ] {
            let run = github.job("pull_request", &payload, |_| {}).ends_with(2);
            assert!(
                run.outcome.stderr.contains("is not as it must be"),
                "{}",
                run.outcome.stderr
            );
        }
    });
}

#[test]
fn without_a_token_there_is_a_review_and_no_word_on_github() {
    story(|github| {
        let pull = risky(github);
        let run = github.pull_request_with("opened", pull, |it| {
            it.env_remove("GITHUB_TOKEN");
        });
        let run = run.ends_with(0);
        assert_eq!(run.calls, [""; 0]);
        assert!(
            run.summary.contains("There is no token"),
            "{}",
            plain(&run.summary)
        );
        assert!(
            run.outcome
                .stdout
                .contains("\n::warning file=shop/views.py"),
            "{run:#?}"
        );
    });
}
