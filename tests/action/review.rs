//! A pull request is opened, pushed to, mended and merged.

use insta::assert_snapshot;
use serde_json::json;

use crate::github::{Checkout, GitHub, story};
use crate::support::{GUARDED, UNGUARDED};
use crate::{ENFORCED, plain, risky};

/// What a page of words brings: nothing to say.
fn harmless(github: &GitHub) -> u64 {
    github
        .work(|it| it.write("shop/views.py", GUARDED).commit("Open the shop"))
        .push("main")
        .work(|it| {
            it.branch("docs")
                .write("README.md", "# Shop\n")
                .commit("Say what it is")
        });
    github.open("docs", "mira")
}

#[test]
fn a_concern_is_one_comment_and_a_neutral_check() {
    story(|github| {
        let pull = risky(github);
        let run = github.pull_request("opened", pull).ends_with(0);
        assert_snapshot!(plain(&github.comment(pull)), @r"
        <!-- afterclick -->
        ### afterclick

        **1 concern. Advice only: this does not block.**

        #### auth · `shop/views.py:6` · `delete_order`

        \`delete\_order\` no longer checks that the thing belongs to the one who asks. One customer could reach what is another's.

        ```diff
        - if order.owner_id != request.user.id: raise PermissionDenied()
        ```

        → Put the check back, or say where it is done now, and add a test that a stranger is refused.

        <sub>`a723c7ff` · `afterclick explain auth/guard-removed`</sub>

        <sub>1 file, [N] ms · recorded 2 auth</sub>

        <sub>Commit `[SHA]` · [everything](https://github.example/octo/shop/runs/[ID]) · `/afterclick override <id> because …` accepts a concern, `/afterclick help` tells more</sub>
        ");
        assert_eq!(
            github.check(),
            "afterclick: neutral: 1 concern. Advice only: this does not block."
        );
        assert_snapshot!(plain(&run.log()), @r"
        auth  shop/views.py:6  delete_order

          `delete_order` no longer checks that the thing belongs to the one who asks. One customer
          could reach what is another's.

            - if order.owner_id != request.user.id: raise PermissionDenied()

          → Put the check back, or say where it is done now, and add a test that a stranger is
            refused.

          a723c7ff · afterclick explain auth/guard-removed

        recorded 2 auth · `--all` lists them

        1 concern. Advice only: this does not block. (1 file, [N] ms)
        ");
        assert_snapshot!(run.calls.join("\n").replace(&github.head(pull), "[HEAD]"), @r"
        GET /commits/[HEAD]/pulls
        POST /check-runs
        GET /issues/7/comments
        POST /issues/7/comments
        ");
        assert!(run.summary.contains("delete\\_order"), "{}", run.summary);
        assert_eq!(run.output("verdict").as_deref(), Some("advised"));
        assert_eq!(run.output("concerns").as_deref(), Some("1"));
    });
}

#[test]
fn nothing_to_say_is_a_green_check_and_three_calls() {
    for checkout in [Checkout::Full, Checkout::Shallow, Checkout::None] {
        story(|github| {
            let pull = harmless(github);
            github.checkouts_are(checkout);
            let run = github.pull_request("opened", pull).ends_with(0);
            assert_eq!(github.check(), "afterclick: success: Nothing to say.");
            assert_eq!(github.comments(pull), 0);
            assert!(run.calls.len() <= 3, "{:#?}", run.calls);
            assert_eq!(run.output("verdict").as_deref(), Some("ships"));
        });
    }
}

#[test]
fn a_shallow_checkout_and_none_at_all_see_the_same() {
    for checkout in [Checkout::Shallow, Checkout::None] {
        story(|github| {
            let pull = risky(github);
            github.checkouts_are(checkout);
            let run = github.pull_request("opened", pull).ends_with(0);
            assert!(github.comment(pull).contains("`a723c7ff`"));
            assert_eq!(
                github.check(),
                "afterclick: neutral: 1 concern. Advice only: this does not block."
            );
            assert!(run.calls.len() <= 6, "{:#?}", run.calls);
        });
    }
}

#[test]
fn what_the_policy_enforces_fails_the_check_and_the_job() {
    story(|github| {
        github.work(|it| it.write(".afterclick.yml", ENFORCED));
        let pull = risky(github);
        let run = github.pull_request("opened", pull).ends_with(1);
        assert!(github.comment(pull).contains("auth, enforced"));
        assert_eq!(
            github.check(),
            "afterclick: failure: Held: auth is enforced here. \
             Fix this concern, or have an owner accept it with a reason."
        );
        assert_eq!(run.output("verdict").as_deref(), Some("held"));
    });
}

#[test]
fn a_change_cannot_bring_its_own_policy_nor_hide_behind_an_old_one() {
    story(|github| {
        let pull = risky(github);
        // The branch left before the policy was there, and switches everything off for itself.
        github
            .work(|it| {
                it.write(".afterclick.yml", "modes: {auth: off}\n")
                    .commit("Off")
            })
            .push("work")
            .work(|it| {
                it.checkout("main")
                    .write(".afterclick.yml", ENFORCED)
                    .commit("Enforce")
            })
            .push("main");
        for checkout in [Checkout::Full, Checkout::None] {
            github.checkouts_are(checkout);
            drop(github.pull_request("synchronize", pull).ends_with(1));
            assert!(github.check().starts_with("afterclick: failure: Held"));
            assert!(github.comment(pull).contains("auth, enforced"));
        }
    });
}

#[test]
fn ten_pushes_are_one_comment_and_mending_is_said_once() {
    story(|github| {
        let pull = risky(github);
        for push in 0..10 {
            github
                .work(|it| it.write("notes.txt", format!("{push}\n")).commit("Go on"))
                .push("work");
            let run = github.pull_request("synchronize", pull).ends_with(0);
            assert!(run.rest_calls() <= 6, "{:#?}", run.calls);
            let head = github.head(pull);
            assert!(github.comment(pull).contains(&head[..7]), "push {push}");
            assert!(github.check().starts_with("afterclick: neutral"));
        }
        github
            .work(|it| it.write("shop/views.py", GUARDED).commit("Put it back"))
            .push("work");
        drop(github.pull_request("synchronize", pull).ends_with(0));
        assert_snapshot!(plain(&github.comment(pull)), @r"
        <!-- afterclick -->
        ### afterclick

        **Nothing to say any more.** What was said before is gone with `[SHA]`.
        ");
        assert!(github.check().starts_with("afterclick: success"));
    });
}

#[test]
fn a_draft_is_looked_at_and_not_spoken_to() {
    story(|github| {
        let pull = risky(github);
        github.state().pulls[0].draft = true;
        drop(github.pull_request("opened", pull).ends_with(0));
        assert_eq!(github.comments(pull), 0);
        assert!(github.check().starts_with("afterclick: neutral"));
        github.state().pulls[0].draft = false;
        drop(github.pull_request("ready_for_review", pull).ends_with(0));
        assert!(github.comment(pull).contains("1 concern"));
        assert!(github.check().starts_with("afterclick: neutral"));
    });
}

#[test]
fn a_fork_gets_a_summary_and_annotations_and_is_told_why() {
    story(|github| {
        github
            .work(|it| it.write("shop/views.py", GUARDED).commit("Open the shop"))
            .push("main")
            .work(|it| {
                it.branch("work")
                    .write("shop/views.py", UNGUARDED)
                    .commit("Simplify")
            });
        let pull = github.open_with("work", "stranger", |it| it.from_fork = true);
        github.state().permissions = [
            ("contents", "read"),
            ("pull-requests", "read"),
            ("checks", "read"),
        ]
        .into();
        github.checkouts_are(Checkout::Shallow);
        let run = github.pull_request("opened", pull).ends_with(0);
        assert_eq!(github.comments(pull), 0);
        assert!(run.summary.contains("comes from a fork"), "{}", run.summary);
        assert!(run.summary.contains("delete\\_order"), "{}", run.summary);
        assert!(
            run.outcome
                .stdout
                .contains("\n::warning file=shop/views.py,line=6,"),
            "{run:#?}"
        );
        assert!(run.calls.len() <= 3, "{:#?}", run.calls);
    });
}

#[test]
fn a_head_that_moved_since_is_the_one_that_is_reviewed() {
    story(|github| {
        let pull = risky(github);
        let payload = github.pull_payload("opened", pull);
        github
            .work(|it| it.write("shop/views.py", GUARDED).commit("Put it back"))
            .push("work");
        let run = github.job("pull_request", &payload, |_| {}).ends_with(0);
        assert!(
            run.log().contains("The head moved since this run began"),
            "{}",
            run.log()
        );
        assert_eq!(github.comments(pull), 0);
        assert_eq!(
            github.check(),
            "afterclick: success: Nothing changed, nothing to say."
        );
        let head = github.head(pull);
        assert_eq!(github.state().checks[0].head, head);
    });
}

#[test]
fn a_head_that_was_pushed_away_is_not_missed() {
    story(|github| {
        let pull = risky(github);
        let payload = github.pull_payload("opened", pull);
        github
            .work(|it| {
                it.git(&["reset", "--quiet", "--hard", "main"])
                    .write("shop/views.py", UNGUARDED)
                    .commit("Simplify, once more")
            })
            .push("work");
        let run = github.job("pull_request", &payload, |_| {}).ends_with(0);
        assert!(run.log().contains("The head moved"), "{}", run.log());
        let head = github.head(pull);
        assert!(github.comment(pull).contains(&head[..7]));
        assert!(github.check().starts_with("afterclick: neutral"));
        assert!(run.calls.len() <= 7, "{:#?}", run.calls);
    });
}

#[test]
fn pull_requests_with_one_head_cannot_hide_each_other() {
    story(|github| {
        github.work(|it| it.write(".afterclick.yml", ENFORCED));
        let held = risky(github);
        // The same commit, proposed to a branch that has it already.
        let ships = github.open("other", "mira");
        github
            .work(|it| it.write("a.txt", "a").commit("Go on"))
            .push("release");
        github.state().pulls[1].base_branch = "release".to_owned();
        drop(github.pull_request("opened", held).ends_with(1));
        assert!(github.comment(held).contains("enforced"));
        assert!(github.check().starts_with("afterclick: failure: Held"));
        let run = github.pull_request("opened", ships).ends_with(0);
        assert_eq!(
            github.check(),
            format!("afterclick: failure: Held by #{held}, which has the same commit")
        );
        assert!(run.calls.len() <= 4, "{:#?}", run.calls);
        assert_eq!(github.comments(ships), 0);
    });
}

#[test]
fn a_merge_group_and_a_push_have_a_check_and_no_comment() {
    story(|github| {
        let pull = risky(github);
        let base = github.state().sha("refs/heads/main");
        let head = github.head(pull);
        let group = json!({
            "action": "checks_requested",
            "merge_group": { "base_sha": base, "head_sha": head },
        });
        let run = github.job("merge_group", &group, |_| {}).ends_with(0);
        assert_eq!(
            github.check(),
            "afterclick: neutral: 1 concern. Advice only: this does not block."
        );
        assert_eq!(run.calls.len(), 1, "{:#?}", run.calls);
        let push = json!({ "before": base, "after": head });
        drop(github.job("push", &push, |_| {}).ends_with(0));
        assert!(github.check().starts_with("afterclick (push): neutral"));
        assert_eq!(github.comments(pull), 0);
    });
}

#[test]
fn a_pull_request_of_three_thousand_files_is_read_to_the_end() {
    story(|github| {
        github
            .work(|it| {
                let filled =
                    (0..3_000).fold(it, |it, at| it.write(format!("pages/{at}.md"), "old\n"));
                filled.write("zoo/views.py", GUARDED).commit("Open")
            })
            .push("main")
            .work(|it| {
                let filled = (0..3_000).fold(it.branch("work"), |it, at| {
                    it.write(format!("pages/{at}.md"), "new\n")
                });
                filled
                    .write("zoo/views.py", UNGUARDED)
                    .commit("Change it all")
            });
        let pull = github.open("work", "mira");
        github.checkouts_are(Checkout::None);
        let run = github.pull_request("opened", pull).ends_with(0);
        assert!(github.comment(pull).contains("3001 files"));
        assert!(github.check().starts_with("afterclick: neutral: 1 concern"));
        assert!(run.calls.len() <= 6, "{:#?}", run.calls);
    });
}

#[test]
fn many_concerns_come_in_batches_and_the_comment_keeps_its_limit() {
    story(|github| {
        github
            .work(|it| {
                (0..120)
                    .fold(it, |it, at| it.write(format!("shop/view_{at}.py"), GUARDED))
                    .commit("Open")
            })
            .push("main")
            .work(|it| {
                (0..120)
                    .fold(it.branch("work"), |it, at| {
                        it.write(format!("shop/view_{at}.py"), UNGUARDED)
                    })
                    .commit("Simplify")
            });
        let pull = github.open("work", "mira");
        drop(github.pull_request("opened", pull).ends_with(0));
        let comment = github.comment(pull);
        assert!(
            comment.len() <= 65_536 && comment.contains("117 more concerns"),
            "{comment}"
        );
        assert!(
            github
                .check()
                .starts_with("afterclick: neutral: 120 concerns")
        );
        assert_eq!(github.state().checks[0].batches, [50, 50, 20]);
    });
}

#[test]
fn a_sarif_log_is_written_where_the_step_wants_it() {
    story(|github| {
        let pull = risky(github);
        let run = github.pull_request_with("opened", pull, |it| {
            it.env("AFTERCLICK_SARIF", "../temp/../afterclick.sarif");
        });
        let run = run.ends_with(0);
        assert_eq!(
            run.output("sarif").as_deref(),
            Some("../temp/../afterclick.sarif")
        );
        assert!(github.comment(pull).contains("1 concern"));
        assert!(github.check().starts_with("afterclick: neutral"));
    });
}
