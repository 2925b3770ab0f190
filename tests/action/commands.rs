//! `/afterclick …` in a comment: who may, what is done, and what is answered.

use insta::assert_snapshot;

use crate::github::{Checkout, GitHub, story};
use crate::{ENFORCED, ledger, plain, risky};

const OVERRIDE: &str = "/afterclick override a723c7ff because the gateway lets in owners only";

/// A pull request that is held, and people who may do this and that.
fn held(github: &GitHub, policy: &str) -> u64 {
    github.work(|it| it.write(".afterclick.yml", policy));
    let pull = risky(github);
    let people = [
        ("ada", "maintain"),
        ("mira", "write"),
        ("tom", "triage"),
        ("eve", "read"),
    ];
    github.state().people = people.map(|(who, role)| (who.to_owned(), role)).into();
    drop(github.pull_request("opened", pull).ends_with(1));
    assert!(github.check().starts_with("afterclick: failure: Held"));
    assert!(github.comment(pull).contains("enforced"));
    github.checkouts_are(Checkout::None);
    pull
}

#[test]
fn an_owner_ships_a_concern_with_a_reason_and_it_is_recorded() {
    story(|github| {
        let pull = held(github, ENFORCED);
        let asks = github.says(pull, "ada", OVERRIDE);
        let run = github.comment_event("created", asks).ends_with(0);
        assert_eq!(github.check(), "afterclick: neutral: 1 concern overridden.");
        assert_eq!(github.reactions(asks), ["+1"]);
        let today = run.summary.clone();
        assert!(today.contains("ada decided on"), "{today}");
        let comment = github.comment(pull);
        let dated = comment.lines().map(|line| match line.find(" decided on ") {
            Some(at) => format!("{} decided on [DAY]{}\n", &line[..at], &line[at + 22..]),
            None => format!("{line}\n"),
        });
        assert_snapshot!(plain(&dated.collect::<String>()), @r"
        <!-- afterclick -->
        ### afterclick

        **1 concern overridden.**

        - `shop/views.py:6` · `auth/guard-removed`: ada decided on [DAY] to ship it: the gateway lets in owners only.

        <sub>1 file, [N] ms · recorded 2 auth</sub>

        <sub>Commit `[SHA]` · [everything](https://github.example/octo/shop/runs/[ID]) · `/afterclick override <id> because …` accepts a concern, `/afterclick help` tells more</sub>

        <!-- afterclick:answer -->
        **`/afterclick override`** from `ada`

        `a723c7ff` at `shop/views.py` ships as it is. It is recorded, for this state of the code alone: with the next push the question is open again.
        ");
        let events = ledger(github);
        for part in [
            "\"t\":\"override\"",
            "\"name\":\"ada\"",
            "\"permission\":\"maintain\"",
            "the gateway lets in owners only",
            &github.head(pull),
        ] {
            assert!(events.contains(part), "{part} is not in {events}");
        }
        // The next event of the same head knows of it, whatever the checkout.
        for checkout in [Checkout::Full, Checkout::Shallow, Checkout::None] {
            github.checkouts_are(checkout);
            drop(github.pull_request("reopened", pull).ends_with(0));
            assert_eq!(github.check(), "afterclick: neutral: 1 concern overridden.");
            assert!(github.comment(pull).contains("ada decided on"));
        }
        // The next push opens the question again.
        github
            .work(|it| it.write("a.txt", "a").commit("Go on"))
            .push("work");
        drop(github.pull_request("synchronize", pull).ends_with(1));
        assert!(github.check().starts_with("afterclick: failure: Held"));
        assert!(github.comment(pull).contains("auth, enforced"));
    });
}

#[test]
fn a_job_that_runs_twice_records_once() {
    story(|github| {
        let pull = held(github, ENFORCED);
        let asks = github.says(pull, "ada", OVERRIDE);
        drop(github.comment_event("created", asks).ends_with(0));
        drop(github.comment_event("created", asks).ends_with(0));
        assert_eq!(ledger(github).matches("\"t\":\"override\"").count(), 1);
        assert!(github.check().starts_with("afterclick: neutral"));
        assert_eq!(github.reactions(asks), ["+1"]);
        assert!(github.comment(pull).contains("ada decided on"));
    });
}

#[test]
fn who_may_not_is_told_politely_and_nothing_is_recorded() {
    for (who, says) in [
        (
            "eve",
            "`eve` may not `override`: it takes the right to write here, and GitHub says `read`.",
        ),
        (
            "tom",
            "`tom` may not `override`: it takes the right to write here, and GitHub says `read`.",
        ),
        (
            "stranger",
            "`stranger` may not `override`: it takes the right to write here, and GitHub says `none`.",
        ),
    ] {
        story(|github| {
            let pull = held(github, ENFORCED);
            let asks = github.says(pull, who, OVERRIDE);
            let run = github.comment_event("created", asks).ends_with(0);
            assert!(
                github.comment(pull).contains(says),
                "{}",
                github.comment(pull)
            );
            assert_eq!(github.reactions(asks), ["-1"]);
            assert_eq!(ledger(github), "");
            assert!(run.calls.len() <= 7, "{:#?}", run.calls);
        });
    }
}

#[test]
fn the_author_decides_only_where_the_policy_lets_them() {
    story(|github| {
        let pull = held(
            github,
            &format!("{ENFORCED}override:\n  by_author: refuse\n"),
        );
        let asks = github.says(pull, "mira", OVERRIDE);
        drop(github.comment_event("created", asks).ends_with(0));
        assert!(
            github
                .comment(pull)
                .contains("the policy here wants somebody else to decide")
        );
        assert_eq!(github.reactions(asks), ["-1"]);
        assert_eq!(ledger(github), "");
        // Ada wrote the commit, whoever opened the pull request.
        let asks = github.says(pull, "ada", OVERRIDE);
        drop(github.comment_event("created", asks).ends_with(0));
        assert!(
            github
                .comment(pull)
                .contains("the policy here wants somebody else to decide")
        );
        assert_eq!(github.reactions(asks), ["-1"]);
    });
    story(|github| {
        let pull = held(github, ENFORCED);
        let asks = github.says(pull, "mira", OVERRIDE);
        drop(github.comment_event("created", asks).ends_with(0));
        assert!(github.check().starts_with("afterclick: neutral"));
        assert_eq!(github.reactions(asks), ["+1"]);
        assert!(github.comment(pull).contains("mira decided on"));
        assert!(ledger(github).contains("\"by_author\":true"));
    });
}

#[test]
fn programs_get_no_answer_whatever_the_payload_says() {
    story(|github| {
        let pull = held(github, ENFORCED);
        github
            .state()
            .people
            .insert("deploy[bot]".to_owned(), "admin");
        let asks = github.says(pull, "deploy[bot]", OVERRIDE);
        let run = github.comment_event("created", asks).ends_with(0);
        assert_eq!(run.calls, [""; 0]);
        // A payload that lies about who wrote it.
        let run = github.comment_event_with("created", asks, |it| {
            it["comment"]["user"] = serde_json::json!({ "login": "ada", "type": "User" });
        });
        assert!(run.ends_with(0).log().contains("is a program"));
        assert_eq!(github.reactions(asks), ["-1"]);
        // A person's account, and an app that writes with it.
        let asks = github.says_through(pull, "ada", OVERRIDE, Some("some-agent"));
        let run = github.comment_event("created", asks).ends_with(0);
        assert!(run.log().contains("wrote through one"), "{}", run.log());
        assert_eq!(github.reactions(asks), ["-1"]);
        assert_eq!(ledger(github), "");
    });
}

#[test]
fn an_edited_comment_is_no_command() {
    story(|github| {
        let pull = held(github, ENFORCED);
        let asks = github.says(pull, "ada", OVERRIDE);
        let run = github.comment_event("edited", asks).ends_with(0);
        assert_eq!(run.calls, [""; 0]);
        // It was edited while the job started.
        let now = github.state().now();
        github.state().comments.last_mut().unwrap().updated_at = now;
        drop(github.comment_event("created", asks).ends_with(0));
        assert!(
            github
                .comment(pull)
                .contains("An edited comment is no command")
        );
        assert_eq!(github.reactions(asks), ["-1"]);
        assert_eq!(ledger(github), "");
    });
}

#[test]
fn what_is_not_understood_is_answered_with_what_there_is() {
    story(|github| {
        let pull = held(github, ENFORCED);
        for (asks, says) in [
            (
                "/afterclick",
                "A command stands at the beginning of a comment.",
            ),
            (
                "/afterclick help",
                "`/afterclick override <id> because …`: ship a concern anyway",
            ),
            ("/afterclick @everyone", "There is no command `@everyone`."),
            (
                "/afterclick override a723c7ff",
                "`override` needs a reason after the word `because`.",
            ),
            (
                "/afterclick override 123456 because it is fine",
                "No open concern begins with `123456`.",
            ),
            (
                "/afterclick explain auth/gard-removed",
                "There is no check named",
            ),
            ("/afterclick explain a723c7ff", "# `auth/guard-removed`"),
            (
                "/afterclick explain auth/guard-removed",
                "# `auth/guard-removed`",
            ),
        ] {
            let id = github.says(pull, "mira", asks);
            drop(github.comment_event("created", id).ends_with(0));
            let comment = github.comment(pull);
            assert!(comment.contains(says), "{asks}: {comment}");
            // What the review said is still there.
            assert!(comment.contains("auth, enforced"), "{asks}: {comment}");
            assert_eq!(github.reactions(id).len(), 1, "{asks}");
        }
        assert_eq!(ledger(github), "");
    });
}

#[test]
fn talk_is_no_command() {
    story(|github| {
        let pull = held(github, ENFORCED);
        for talk in ["Thanks.", "> /afterclick help", "Try /afterclick help"] {
            let id = github.says(pull, "mira", talk);
            let run = github.comment_event("created", id).ends_with(0);
            assert_eq!(run.calls, [""; 0], "{talk}");
        }
        let id = github.says(pull, "mira", "/afterclick help");
        let run = github.comment_event_with("created", id, |it| {
            it["issue"] = serde_json::json!({ "number": pull });
        });
        assert!(run.ends_with(0).log().contains("not on issues"));
    });
}

#[test]
fn a_ledger_that_cannot_be_written_overrides_nothing() {
    story(|github| {
        let pull = held(github, ENFORCED);
        let git = github.state().git.clone();
        std::fs::write(
            git.join("hooks/pre-receive"),
            "#!/bin/sh\necho no; exit 1\n",
        )
        .unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(git.join("hooks/pre-receive"), mode).unwrap();
        }
        let asks = github.says(pull, "ada", OVERRIDE);
        let run = github.comment_event("created", asks).ends_with(5);
        assert!(
            run.outcome.stderr.contains("error: "),
            "{}",
            run.outcome.stderr
        );
        assert_eq!(ledger(github), "");
        assert_eq!(github.state().checks.len(), 1, "nothing turned neutral");
    });
}
