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
        out.push_str(&masked(&line));
        out.push('\n');
    }
    out
}

/// A line without the numbers of processes, and without how long ago something was.
fn masked(line: &str) -> String {
    let mut words: Vec<&str> = line.split(' ').collect();
    for at in 1..words.len() {
        let is_number = words[at].trim_start_matches('(').parse::<u32>().is_ok();
        let is_time = words.get(at + 1).is_some_and(|unit| {
            let unit = unit.trim_end_matches([')', '.', ',']);
            [
                "s", "day", "days", "week", "weeks", "month", "months", "year", "years",
            ]
            .contains(&unit)
        });
        if is_number && (words[at - 1] == "process" || is_time) {
            words[at] = "N";
        }
    }
    words.join(" ")
}

#[test]
fn a_friday_evening() {
    let anywhere = tempfile::tempdir().unwrap();
    let mut demo = afterclick(anywhere.path());
    demo.current_dir(anywhere.path()).arg("demo");
    let outcome = Outcome::of(demo, &[]).succeeds();
    assert_snapshot!(told(&outcome));
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

    // What is left are repositories like any other: the review can be run again by hand.
    let mut review = afterclick(temporary.path());
    review.args([
        "-C",
        folder,
        "review",
        "main...faster-checkout",
        "--format",
        "json",
    ]);
    let review = Outcome::of(review, &[]).succeeds();
    assert_eq!(review.speaks_about(), ["src/charge.ts"]);
    let mut worktree = afterclick(temporary.path());
    worktree.args(["-C", folder, "review", "--worktree", "--format", "json"]);
    assert_eq!(Outcome::of(worktree, &[]).succeeds().files(), 0);
    let mut queue = afterclick(temporary.path());
    queue.args(["-C", folder, "queue", "--environment", "production"]);
    let queue = Outcome::of(queue, &[]).succeeds().stdout;
    assert!(queue.contains("frozen"), "{queue}");
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
                .env("GITHUB_ACTIONS", "true")
                .env("GITHUB_ACTOR", "somebody-else")
                .env("GITHUB_REPOSITORY", "somebody/else")
                .env("GITHUB_RUN_ID", "1")
                .env("GITHUB_TOKEN", "secret")
                .env("CLAUDECODE", "1")
                .env("AFTERCLICK_SESSION", "ours")
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
