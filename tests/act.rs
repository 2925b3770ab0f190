//! The composite action, run for real by a workflow runner against a GitHub of our own.
//!
//! `.ci/act` starts it: `AFTERCLICK_TOOLS` says where the runner is.
#![cfg(unix)]

#[path = "support/github/mod.rs"]
mod github;
mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use github::{GitHub, story};
use serde_json::Value;
use support::{GUARDED, Repository, UNGUARDED};
use tempfile::TempDir;

/// What the workflows call the action.
const ACTION: &str = "afterclick/afterclick@v1";

/// A checkout with the workflows that `init` writes, and a runner to run them.
struct Runner {
    home: TempDir,
}

/// What a run of a workflow came to.
#[derive(Debug)]
struct Ran {
    success: bool,
    log: String,
}

impl Runner {
    fn new() -> Self {
        let runner = Self {
            home: tempfile::tempdir().unwrap(),
        };
        // The action as a release has it: nothing but its own files.
        let action = runner.path("action");
        fs::create_dir_all(action.join("action")).unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        for file in [
            "action.yml",
            "action/install.sh",
            "action/run.sh",
            "action/release.env",
        ] {
            fs::copy(root.join(file), action.join(file)).unwrap();
        }
        runner
    }

    fn path(&self, path: &str) -> PathBuf {
        self.home.path().canonicalize().unwrap().join(path)
    }

    /// Checks out a commit of the remote, with the workflow that `init` writes; the binary is the
    /// one under test.
    fn check_out(&self, github: &GitHub, revision: &str) -> PathBuf {
        let git = github.state().git.clone();
        let to = self.path(&format!("checkout-{}", &revision[..12]));
        github.ask(&[
            "clone",
            "--quiet",
            "--no-checkout",
            git.to_str().unwrap(),
            to.to_str().unwrap(),
        ]);
        let at = to.to_str().unwrap();
        github.ask(&[
            "-C",
            at,
            "fetch",
            "--quiet",
            "origin",
            "+refs/pull/*:refs/remotes/pull/*",
        ]);
        github.ask(&["-C", at, "checkout", "--quiet", revision]);
        // The runner takes the name of the repository from here.
        github.ask(&[
            "-C",
            at,
            "remote",
            "set-url",
            "origin",
            "https://github.com/octo/shop",
        ]);
        to
    }

    fn run(
        &self,
        github: &GitHub,
        checkout: &Path,
        event: &str,
        payload: &Value,
        job: &str,
    ) -> Ran {
        let tools = std::env::var("AFTERCLICK_TOOLS").expect("AFTERCLICK_TOOLS names the tools");
        let event_path = self.path("event.json");
        fs::write(&event_path, payload.to_string()).unwrap();
        let local = format!("{ACTION}={}", self.path("action").display());
        let mut act = Command::new(Path::new(&tools).join("bin/act"));
        act.current_dir(checkout)
            .args([
                event,
                "-j",
                job,
                "-P",
                "ubuntu-latest=-self-hosted",
                "--no-cache-server",
            ])
            .args(["--local-repository", &local])
            .arg("-e")
            .arg(&event_path)
            .arg("-s")
            .arg(format!("GITHUB_TOKEN={}", github.token()))
            .args(["--env", "GITHUB_RUN_ID=17000000001"])
            // Nothing of this machine's own configuration.
            .env("HOME", self.home.path())
            .env("XDG_CONFIG_HOME", self.home.path())
            .env("XDG_CACHE_HOME", self.path("cache"))
            .env("XDG_DATA_HOME", self.path("data"));
        for (name, value) in github.addresses() {
            act.args(["--env", &format!("{name}={value}")]);
        }
        let output = act.output().unwrap();
        let log = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(!log.contains(github.token()), "the token is in {log}");
        Ran {
            success: output.status.success(),
            log,
        }
    }
}

impl Ran {
    fn succeeds(self) -> Self {
        assert!(self.success, "{}", self.log);
        self
    }

    fn fails(self) -> Self {
        assert!(!self.success, "{}", self.log);
        self
    }

    fn says(self, words: &str) -> Self {
        assert!(self.log.contains(words), "{words:?} is not in {}", self.log);
        self
    }
}

/// A shop whose workflows `init` wrote, and that enforces what it says about access.
fn shop(repository: Repository) -> Repository {
    let repository = repository
        .write("orders.py", GUARDED)
        .write("README.md", "A shop.\n");
    repository
        .afterclick(&["init", "--yes", "--branch", "main"])
        .succeeds();
    let binary = env!("CARGO_BIN_EXE_afterclick");
    let path = ".github/workflows/afterclick.yml";
    let workflow = fs::read_to_string(repository.path().join(path)).unwrap();
    let workflow = workflow.replace(
        "          mode: ",
        &format!("          binary-path: {binary}\n          mode: "),
    );
    // The runner does not know this key yet, and ignores the group altogether.
    let workflow = workflow.replace("      queue: max\n", "");
    let policy = "version: 1\nmodes:\n  auth: enforce\n";
    repository
        .write(path, workflow)
        .write(".afterclick.yml", policy)
        .commit("Open")
}

#[test]
fn a_pull_request_that_drops_a_check_is_held() {
    story(|github| {
        let runner = Runner::new();
        github.work(shop).push("main");
        let change = |it: Repository| {
            it.branch("simplify")
                .write("orders.py", UNGUARDED)
                .commit("Simplify")
        };
        let pull = github.work(change).open("simplify", "mira");
        let checkout = runner.check_out(github, &github.head(pull));
        let payload = github.pull_payload("opened", pull);
        runner
            .run(github, &checkout, "pull_request", &payload, "review")
            .fails()
            .says("delete_order");
        assert!(github.comment(pull).contains("delete_order"));
        assert!(github.check().starts_with("afterclick: failure: "));
    });
}

#[test]
fn a_harmless_pull_request_gets_a_green_check_and_no_comment() {
    story(|github| {
        let runner = Runner::new();
        github.work(shop).push("main");
        let change = |it: Repository| {
            it.branch("words")
                .write("README.md", "A fine shop.\n")
                .commit("Words")
        };
        let pull = github.work(change).open("words", "mira");
        let checkout = runner.check_out(github, &github.head(pull));
        let payload = github.pull_payload("opened", pull);
        runner
            .run(github, &checkout, "pull_request", &payload, "review")
            .succeeds();
        assert_eq!(github.comments(pull), 0);
        assert!(github.check().starts_with("afterclick: success: "));
    });
}

#[test]
fn an_input_that_is_wrong_ends_with_a_sentence() {
    story(|github| {
        let runner = Runner::new();
        let broken = |it: Repository| {
            let it = shop(it);
            let path = ".github/workflows/afterclick.yml";
            let workflow = fs::read_to_string(it.path().join(path)).unwrap();
            it.write(
                path,
                workflow.replace("mode: review", "mode: \"reveiw; $(touch pwned)\""),
            )
            .commit("Break")
        };
        github.work(broken).push("main");
        let change = |it: Repository| it.branch("words").write("README.md", "x\n").commit("Words");
        let pull = github.work(change).open("words", "mira");
        let checkout = runner.check_out(github, &github.head(pull));
        let payload = github.pull_payload("opened", pull);
        runner
            .run(github, &checkout, "pull_request", &payload, "review")
            .fails()
            .says("reveiw; $(touch pwned)");
        assert!(!checkout.join("pwned").exists());
    });
}
