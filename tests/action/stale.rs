//! A pull request that wants to ship and lacks what is live: its branch is brought up to date where
//! the workflow asks for it, and its ticket keeps its number.

use std::process::Command;

use crate::github::{GitHub, Run, story};
use crate::ship::{DEPLOY, deploy, deploy_with, merged};

/// A pull request whose branch lacks what is live.
fn stale(github: &GitHub) -> u64 {
    let pull = merged(github);
    github
        .work(|it| {
            it.git(&["checkout", "--quiet", "-B", "main", "HEAD~1"])
                .write("b.txt", "b")
                .commit("Add b")
        })
        .push("main");
    drop(deploy(github, 2, DEPLOY).ends_with(0));
    github.state().permissions.insert("actions", "write");
    github.state().workflows.push(("ci.yml", Vec::new()));
    pull
}

/// A job that ships the head of a pull request.
fn ship(github: &GitHub, pull: u64, run: u64, workflows: &str) -> Run {
    let head = github.head(pull);
    deploy_with(github, run, DEPLOY, |it: &mut Command| {
        let dir = it.get_current_dir().unwrap().to_str().unwrap().to_owned();
        github.ask(&["-C", &dir, "checkout", "--quiet", &head]);
        it.env("GITHUB_SHA", &head)
            .env("AFTERCLICK_UPDATE_BRANCH", workflows);
    })
}

fn touched(run: &Run) -> Vec<&String> {
    let calls = run.calls.iter();
    calls
        .filter(|it| it.starts_with("PUT") || it.contains("dispatches"))
        .collect()
}

#[test]
fn a_stale_branch_is_updated_checked_and_ships_with_its_number() {
    story(|github| {
        let pull = stale(github);
        let before = github.head(pull);
        let run = ship(github, pull, 3, "ci.yml");
        assert_ne!(run.outcome.code, 0);
        assert!(run.rest_calls() <= 12, "{:#?}", run.calls);
        assert_eq!(run.output("outcome").as_deref(), Some("held"));
        let (head, main) = (github.head(pull), github.state().sha("refs/heads/main"));
        assert_ne!(head, before);
        assert!(!github.state().contains(&main, &head));
        let started = github.state().dispatches.clone();
        assert_eq!(started.len(), 1);
        assert_eq!(started[0].0, "ci.yml");
        assert_eq!(started[0].1["ref"], "work");
        let comment = github.comment(pull);
        for part in ["**Not shipped to `production`.**", "was started on it"] {
            assert!(comment.contains(part), "{part} is not in {comment}");
        }
        // Another one comes later, and the ticket keeps its place.
        let again = ship(github, pull, 4, "ci.yml").ends_with(0);
        assert_eq!(again.output("outcome").as_deref(), Some("live"));
        assert_eq!(again.output("ticket"), run.output("ticket"));
        assert!(touched(&again).is_empty(), "{:#?}", again.calls);
        assert!(github.comment(pull).contains("**Live on `production`**"));
    });
}

#[test]
fn no_branch_is_touched_where_nobody_asked_or_it_would_be_wrong() {
    story(|github| {
        let pull = stale(github);
        let before = github.head(pull);
        let run = ship(github, pull, 3, "");
        assert!(touched(&run).is_empty(), "{:#?}", run.calls);
        assert!(
            github
                .comment(pull)
                .contains("**Not shipped to `production`.**")
        );
        github.state().pulls[0].from_fork = true;
        let run = ship(github, pull, 4, "ci.yml");
        assert!(touched(&run).is_empty(), "{:#?}", run.calls);
        assert!(github.comment(pull).contains("it is in a fork"));
        github.state().pulls[0].from_fork = false;
        github.state().pulls[0].open = false;
        let run = ship(github, pull, 5, "ci.yml");
        assert!(touched(&run).is_empty(), "{:#?}", run.calls);
        assert!(github.comment(pull).contains("the pull request is closed"));
        assert_eq!(github.head(pull), before);
    });
}

#[test]
fn what_git_cannot_merge_and_a_token_that_may_not_are_said() {
    story(|github| {
        let pull = stale(github);
        github
            .work(|it| it.write("a.txt", "another").commit("Another a"))
            .push("main");
        drop(deploy(github, 9, DEPLOY).ends_with(0));
        let before = github.head(pull);
        drop(ship(github, pull, 3, "ci.yml"));
        let comment = github.comment(pull);
        assert!(comment.contains("could not be updated"), "{comment}");
        assert_eq!(github.head(pull), before);
        assert!(github.state().dispatches.is_empty());
    });
    story(|github| {
        let pull = stale(github);
        github.state().permissions.insert("actions", "read");
        let run = ship(github, pull, 3, "ci.yml");
        assert!(run.log().contains("`actions: write`"), "{}", run.log());
        let comment = github.comment(pull);
        for part in [
            "The branch was updated",
            "was not started on it",
            "actions: write",
        ] {
            assert!(comment.contains(part), "{part} is not in {comment}");
        }
        assert!(github.state().dispatches.is_empty());
    });
    story(|github| {
        let pull = stale(github);
        // Its own login starts the checks by itself.
        github.state().login = "shop-app[bot]".to_owned();
        let run = ship(github, pull, 3, "ci.yml");
        assert_eq!(touched(&run).len(), 1, "{:#?}", run.calls);
        let comment = github.comment(pull);
        assert!(comment.contains("The branch was updated"), "{comment}");
    });
}
