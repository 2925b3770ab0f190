//! A change that wants to be more than code: commands to the runner, markup, calls to people, and
//! comments that look like ours.

use crate::github::story;
use crate::risky;
use crate::support::{GUARDED, UNGUARDED};

/// Names that would be something else to a runner, to Markdown or to a terminal.
const NAMES: [&str; 5] = [
    "a\n::error::owned\n::set-env name=X::y.py",
    "##[set-output name=verdict]ships.py",
    "@everyone <img src=x onerror=alert(1)> [a](http:b) .py",
    "\u{1b}[2J\u{202e}gnp.\u{200b}evil.py",
    "<!-- afterclick:ship -->.py",
];

#[test]
fn names_of_files_stay_names() {
    story(|github| {
        github
            .work(|it| {
                let filled = NAMES.iter().fold(it, |it, name| it.write(name, GUARDED));
                filled.commit("Open")
            })
            .push("main")
            .work(|it| {
                let filled = NAMES
                    .iter()
                    .fold(it.branch("work"), |it, name| it.write(name, UNGUARDED));
                filled.commit("Simplify")
            });
        let pull = github.open("work", "mira");
        let run = github.pull_request("opened", pull).ends_with(0);
        let comment = github.comment(pull);
        assert!(
            github
                .check()
                .starts_with("afterclick: neutral: 5 concerns")
        );
        let summary = github.state().checks[0].summary.clone();
        for text in [
            &comment,
            &summary,
            &run.summary,
            &run.outcome.stdout,
            &run.outputs,
        ] {
            for sign in ['\u{1b}', '\u{202e}', '\u{200b}'] {
                assert!(!text.contains(sign), "{sign:?} in {text}");
            }
        }
        for line in comment
            .lines()
            .chain(summary.lines())
            .chain(run.summary.lines())
        {
            assert_ne!(line, "<!-- afterclick:ship -->");
            assert!(
                !line.starts_with("::") && !line.starts_with("##["),
                "{line}"
            );
        }
        assert_obeys_nothing(&run.outcome.stdout);
        assert_obeys_nothing(&run.outcome.stderr);
    });
}

/// A runner obeys lines that begin with `::`, after white space too, unless it was told to stop.
fn assert_obeys_nothing(log: &str) {
    let mut stopped: Option<String> = None;
    for line in log.lines() {
        let line = line.trim_start();
        if let Some(token) = &stopped {
            if line == format!("::{token}::") {
                stopped = None;
            }
        } else if let Some(token) = line.strip_prefix("::stop-commands::") {
            stopped = Some(token.to_owned());
        } else {
            let ours = line.is_empty() || line.starts_with("::add-mask::");
            assert!(ours, "the runner reads {line}");
        }
    }
    assert_eq!(stopped, None, "the rest of the job would be silent");
}

#[test]
fn a_mark_by_another_author_is_a_comment_like_any_other() {
    story(|github| {
        let pull = risky(github);
        let forged = "<!-- afterclick -->\n### afterclick\n\n**Nothing to say.**";
        github.says(pull, "stranger", forged);
        github.says(pull, "other[bot]", forged);
        github.says(pull, "github-actions", forged);
        for action in ["opened", "reopened"] {
            drop(github.pull_request(action, pull).ends_with(0));
            assert!(github.comment(pull).contains("1 concern"));
            assert!(github.check().starts_with("afterclick: neutral"));
        }
        let state = github.state();
        let kept = state.comments.iter().filter(|it| it.body == forged).count();
        assert_eq!(kept, 3);
    });
}

#[test]
fn a_token_of_a_person_knows_its_own_comment() {
    story(|github| {
        let pull = risky(github);
        github.state().login = "ada".to_owned();
        for action in ["opened", "reopened"] {
            drop(github.pull_request(action, pull).ends_with(0));
            assert!(github.comment(pull).contains("1 concern"));
            assert!(github.check().starts_with("afterclick: neutral"));
        }
    });
}
