//! The first thing that a newcomer sees.

mod support;

use insta::assert_snapshot;
use support::{Outcome, Repository, afterclick};

/// What differs from run to run: the time, and where the program lies.
fn told(outcome: &Outcome) -> String {
    let mut out = String::new();
    for line in outcome.stdout.lines() {
        let line = match line.rsplit_once(" ms)") {
            Some((rest, _)) => format!(
                "{} N ms)",
                rest.trim_end_matches(|it: char| it.is_ascii_digit())
                    .trim_end()
            ),
            None => line.replace(env!("CARGO_BIN_EXE_afterclick"), "[AFTERCLICK]"),
        };
        out.push_str(&line);
        out.push('\n');
    }
    out
}

#[test]
fn a_friday_evening() {
    let anywhere = tempfile::tempdir().unwrap();
    let mut demo = afterclick(anywhere.path());
    demo.current_dir(anywhere.path()).arg("demo");
    let outcome = Outcome::of(demo, &[]).succeeds();
    assert_snapshot!(told(&outcome), @r#"
    Friday, 5:55pm. The checkout of a small shop is slow.
    An agent opens a change: give up on a slow charge after two seconds. The tests
    pass.

          const payment = await gateway.charge(
            { amount: order.total, currency: order.currency, card: order.cardToken },
        -   { idempotencyKey: `charge-${order.id}` },
        +   { timeout: PATIENCE_MS },

    It looks harmless. Before it ships, a second eye:

      $ afterclick review main...faster-checkout

    money  src/charge.ts:9  chargeOrder

      `chargeOrder` no longer sends a key that marks a repeated request as the same
      one. A retry could charge a customer twice.

        - idempotencyKey: `charge-${order.id}`

      → Keep a key that is the same for every try of the same thing, such as one
        built from the order, and test that two tries do it once.

      It happened before, on 2026-03-14 (double-charge)
      A slow evening made the checkout retry, and 312 customers paid twice. Every
      charge carries the key of its order.

      4d1118e0 · afterclick explain money/idempotency-dropped

    recorded 2 money · `--all` lists them

    1 concern. Advice only: this does not block. (1 file, N ms)

    That was a real review of a real git repository, and nothing left this machine.
    It is gone again; --keep leaves it there to look around.

    Now yours. In a repository of your own, on a branch:

      [AFTERCLICK] review
    "#);
}

#[test]
fn it_is_gone_afterwards_unless_it_is_kept() {
    let temporary = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let mut demo = afterclick(temporary.path());
        demo.args(arguments)
            .env("TMPDIR", temporary.path())
            .env("TEMP", temporary.path())
            .env("TMP", temporary.path());
        Outcome::of(demo, &[]).succeeds()
    };
    let left = || std::fs::read_dir(temporary.path()).unwrap().count();
    let _ = run(&["demo"]);
    assert_eq!(left(), 0);

    let kept = run(&["demo", "--keep"]);
    assert_eq!(left(), 1);
    let line = kept
        .stdout
        .lines()
        .find(|it| it.starts_with("It was kept in "))
        .unwrap();
    let folder = line.trim_start_matches("It was kept in ");

    // What is left is a repository like any other: the review can be run again by hand.
    let mut review = afterclick(temporary.path());
    review.args(["-C", folder, "review", "--format", "json"]);
    let review = Outcome::of(review, &[]).succeeds();
    assert_eq!(review.speaks_about(), ["src/charge.ts"]);
    let mut worktree = afterclick(temporary.path());
    worktree.args(["-C", folder, "review", "--worktree", "--format", "json"]);
    assert_eq!(Outcome::of(worktree, &[]).succeeds().files(), 0);
}

#[test]
fn neither_a_hook_nor_a_strange_configuration_disturbs_it() {
    let repository = Repository::new().write("a.py", "x = 1\n").commit("Start");
    let before = repository.ask(&["for-each-ref"]);
    let strange = "[init]\n\tdefaultBranch = trunk\n\ttemplateDir = /nowhere\n\tdefaultObjectFormat = sha256\n\
        [core]\n\tautocrlf = true\n\thooksPath = /nowhere\n\tpager = false\n\
        [commit]\n\tgpgSign = true\n[diff]\n\texternal = false\n\trenames = false\n[fetch]\n\tfsckObjects = true\n\
        [alias]\n\tfast-import = !false\n[user]\n\tuseConfigOnly = true\n";
    let config = repository.path().join("strange");
    std::fs::write(&config, strange).unwrap();
    let git_dir = repository.path().join(".git");
    let plain = repository.afterclick(&["demo"]).succeeds();
    let disturbed = repository
        .afterclick_with(&["demo"], |command| {
            command
                .env("GIT_CONFIG_GLOBAL", &config)
                .env("GIT_DIR", &git_dir)
                .env("GIT_INDEX_FILE", git_dir.join("index"))
                .env("GIT_WORK_TREE", repository.path())
                .env("GIT_OBJECT_DIRECTORY", git_dir.join("objects"))
                .env("GIT_DEFAULT_HASH", "sha256")
                .env("GIT_CONFIG_COUNT", "1")
                .env("GIT_CONFIG_KEY_0", "core.bare")
                .env("GIT_CONFIG_VALUE_0", "true");
        })
        .succeeds();
    assert_eq!(told(&disturbed), told(&plain));
    assert_eq!(repository.ask(&["for-each-ref"]), before);
}

#[test]
fn without_git_it_says_so() {
    let empty = tempfile::tempdir().unwrap();
    let mut demo = afterclick(empty.path());
    demo.arg("demo").env("PATH", empty.path());
    let _ = Outcome::of(demo, &[]).ends_with(5).complains("git");
}
