//! GitHub is slow, full, broken, or does not let us: nothing is lost, nothing is said twice, and
//! nothing that failed looks like an all-clear.

use crate::github::state::Wrong;
use crate::github::{Checkout, story};
use crate::{ENFORCED, plain, risky};

#[test]
fn limits_that_name_their_end_are_waited_for() {
    story(|github| {
        let pull = risky(github);
        github.goes_wrong("GET /issues", Wrong::TooMany(Some(0)), 1);
        github.goes_wrong("POST /check-runs", Wrong::Secondary(Some(0)), 1);
        github.goes_wrong("POST /issues", Wrong::TooMany(Some(0)), 2);
        drop(github.pull_request("opened", pull).ends_with(0));
        assert!(github.comment(pull).contains("1 concern"));
        assert!(github.check().starts_with("afterclick: neutral"));
        assert_eq!(github.state().checks.len(), 1);
    });
}

#[test]
fn limits_that_last_longer_than_patience_are_no_all_clear() {
    for wrong in [
        Wrong::TooMany(None),
        Wrong::Secondary(None),
        Wrong::TooMany(Some(3_000)),
    ] {
        story(|github| {
            let pull = risky(github);
            github.goes_wrong("POST /check-runs", wrong, 9);
            let run = github.pull_request("opened", pull).ends_with(5);
            assert!(
                run.outcome.stderr.contains("rate limit"),
                "{}",
                run.outcome.stderr
            );
            assert!(github.comment(pull).contains("1 concern"));
            assert!(run.summary.contains("delete\\_order"), "{}", run.summary);
        });
    }
}

#[test]
fn an_error_of_the_server_is_tried_again_where_nothing_can_be_done_twice() {
    story(|github| {
        let pull = risky(github);
        github.goes_wrong("GET /commits", Wrong::Broken(502), 1);
        github.goes_wrong("GET /issues", Wrong::Broken(503), 1);
        github.goes_wrong("POST /issues", Wrong::Broken(500), 1);
        github.goes_wrong("POST /check-runs", Wrong::Broken(500), 1);
        drop(github.pull_request("opened", pull).ends_with(0));
        assert!(github.comment(pull).contains("1 concern"));
        assert!(github.check().starts_with("afterclick: neutral"));
    });
}

#[test]
fn a_lost_reply_is_settled_by_looking() {
    story(|github| {
        let pull = risky(github);
        github.goes_wrong("POST /issues", Wrong::LostReply, 1);
        github.goes_wrong("POST /check-runs", Wrong::LostReply, 1);
        drop(github.pull_request("opened", pull).ends_with(0));
        assert!(github.comment(pull).contains("1 concern"));
        assert!(github.check().starts_with("afterclick: neutral"));
        assert_eq!(github.state().checks.len(), 1);
        // An update can be told twice.
        github.goes_wrong("PATCH /issues", Wrong::LostReply, 1);
        github
            .work(|it| it.write("a.txt", "a").commit("Go on"))
            .push("work");
        drop(github.pull_request("synchronize", pull).ends_with(0));
        assert!(github.comment(pull).contains(&github.head(pull)[..7]));
        assert!(github.check().starts_with("afterclick: neutral"));
    });
}

#[test]
fn a_stale_list_after_a_lost_reply_is_mended_by_the_next_run() {
    story(|github| {
        let pull = risky(github);
        github.goes_wrong("POST /issues", Wrong::LostReply, 1);
        github.goes_wrong("GET /issues", Wrong::StaleList, 2);
        drop(github.pull_request("opened", pull).ends_with(0));
        drop(github.pull_request("reopened", pull).ends_with(0));
        assert!(github.comment(pull).contains("1 concern"));
        assert!(github.check().starts_with("afterclick: neutral"));
    });
}

#[test]
fn our_comment_is_found_on_whatever_page_it_stands() {
    story(|github| {
        let pull = risky(github);
        github.state().page = 2;
        for number in 0..5 {
            github.says(pull, "mira", &format!("Look at {number}."));
        }
        drop(github.pull_request("opened", pull).ends_with(0));
        assert!(github.comment(pull).contains("1 concern"));
        drop(github.pull_request("reopened", pull).ends_with(0));
        assert!(github.comment(pull).contains("1 concern"));
        assert!(github.check().starts_with("afterclick: neutral"));
    });
}

#[test]
fn a_comment_that_was_deleted_is_made_anew() {
    story(|github| {
        let pull = risky(github);
        drop(github.pull_request("opened", pull).ends_with(0));
        github.state().comments.clear();
        drop(github.pull_request("reopened", pull).ends_with(0));
        assert!(github.comment(pull).contains("1 concern"));
        assert!(github.check().starts_with("afterclick: neutral"));
    });
}

#[test]
fn a_repository_of_another_name_is_followed() {
    story(|github| {
        github.goes_straight_here();
        let pull = risky(github);
        {
            let mut state = github.state();
            state.former_name = Some("octo/shop".to_owned());
            state.name = "octo/store".to_owned();
        }
        github.checkouts_are(Checkout::None);
        drop(github.pull_request("opened", pull).ends_with(0));
        assert!(github.comment(pull).contains("1 concern"));
        assert!(github.check().starts_with("afterclick: neutral"));
    });
}

#[test]
fn a_token_without_a_right_is_told_which_and_the_rest_is_done() {
    story(|github| {
        let pull = risky(github);
        github.state().permissions.insert("checks", "read");
        let run = github.pull_request("opened", pull).ends_with(0);
        assert!(github.comment(pull).contains("1 concern"));
        assert!(
            run.log().contains("it needs `checks: write`"),
            "{}",
            run.log()
        );
        assert!(
            run.outcome
                .stdout
                .contains("\n::warning file=shop/views.py"),
            "{run:#?}"
        );
        github.state().comments.clear();
        github.state().permissions.insert("checks", "write");
        github.state().permissions.insert("pull-requests", "read");
        let run = github.pull_request("opened", pull).ends_with(0);
        assert!(github.check().starts_with("afterclick: neutral"));
        assert!(
            run.log().contains("it needs `pull-requests: write`"),
            "{}",
            run.log()
        );
    });
}

#[test]
fn a_token_that_is_none_does_not_keep_the_review_from_being_made() {
    story(|github| {
        github.work(|it| it.write(".afterclick.yml", ENFORCED));
        let pull = risky(github);
        let run = github.pull_request_with("opened", pull, |it| {
            it.env("GITHUB_TOKEN", "ghs_of_nobody");
        });
        let run = run.ends_with(5);
        assert!(
            run.outcome.stderr.contains("did not accept the token"),
            "{}",
            run.outcome.stderr
        );
        assert!(
            run.summary.contains("delete\\_order"),
            "{}",
            plain(&run.summary)
        );
        assert_eq!(run.output("verdict").as_deref(), Some("held"));
    });
}

#[test]
fn a_review_that_cannot_be_made_is_never_green() {
    story(|github| {
        let pull = risky(github);
        drop(github.pull_request("opened", pull).ends_with(0));
        assert!(github.comment(pull).contains("1 concern"));
        assert!(github.check().starts_with("afterclick: neutral"));
        github
            .work(|it| {
                it.checkout("main")
                    .write(".afterclick.yml", "modes: {auth: maybe}\n")
                    .commit("Break it")
            })
            .push("main");
        let run = github.pull_request("synchronize", pull).ends_with(4);
        assert_eq!(github.check(), "afterclick: failure: Not reviewed");
        assert!(github.comment(pull).contains("**Not reviewed.**"));
        assert_eq!(run.output("reviewed").as_deref(), Some("false"));
        assert!(run.summary.contains("no all-clear"), "{}", run.summary);
    });
}

#[test]
fn a_server_that_does_not_answer_is_no_clean_verdict() {
    story(|github| {
        let pull = risky(github);
        github.checkouts_are(Checkout::None);
        let run = github.pull_request_with("opened", pull, |it| {
            it.env("GITHUB_API_URL", "http://127.0.0.1:1")
                .env("GITHUB_SERVER_URL", "http://127.0.0.1:1")
                .env("AFTERCLICK_PATIENCE", "0");
        });
        let run = run.ends_with(5);
        assert_eq!(run.output("reviewed").as_deref(), Some("false"));
        assert!(run.summary.contains("Not reviewed"), "{}", run.summary);
    });
}
