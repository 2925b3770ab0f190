//! Stories of the ship control, over the real binary and real remotes.
#![cfg(unix)]
#![allow(unreachable_pub, missing_docs)]
#![allow(clippy::print_stdout, clippy::new_without_default)] // figures are for people; a shop is opened, not defaulted

#[path = "../support/git_http.rs"]
mod git_http;
#[path = "../support/mod.rs"]
mod support;

mod decisions;
mod holder;
mod refusals;
mod schedules;
mod together;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use support::{Outcome, Repository, afterclick};

/// A shop on a remote, with one commit on main, and whoever works on it.
pub struct Shop {
    pub remote: Repository,
}

impl Shop {
    pub fn new() -> Self {
        Self::with_policy("version: 1\n")
    }

    pub fn with_policy(policy: &str) -> Self {
        let remote = Repository::new()
            .write("shop.txt", "open\n")
            .write(".afterclick.yml", policy)
            .commit("Open the shop")
            .git(&["config", "core.bare", "true"]);
        Self { remote }
    }

    /// A clone of its own.
    pub fn member(&self) -> Repository {
        Repository::clone_of(&self.remote, &[])
    }

    /// The file that the deploy commands of these stories write to.
    pub fn deploys(&self) -> PathBuf {
        self.remote.path().parent().unwrap().join("deploys")
    }

    /// What was deployed, a commit a line.
    pub fn deployed(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.deploys()).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// A deploy command that writes down its commit.
    pub fn deploy(&self) -> String {
        format!("echo $AFTERCLICK_SHA >> {}", self.deploys().display())
    }

    /// Ships what is checked out in a clone.
    pub fn ship(&self, clone: &Repository, more: &[&str]) -> Outcome {
        self.ship_with(clone, more, &self.deploy())
    }

    pub fn ship_with(&self, clone: &Repository, more: &[&str], script: &str) -> Outcome {
        clone.afterclick(&arguments(more, script))
    }

    /// The environment, as the ledger has it.
    pub fn state(&self) -> serde_json::Value {
        state(&self.member())
    }
}

pub fn arguments<'a>(more: &[&'a str], script: &'a str) -> Vec<&'a str> {
    let begin = ["ship", "--environment", "production"];
    [&begin, more, &["--", "sh", "-c", script]].concat()
}

/// The environment, as a clone sees it.
pub fn state(clone: &Repository) -> serde_json::Value {
    let all = ["queue", "--environment", "production", "--format", "json"];
    let outcome = clone.afterclick(&all).succeeds();
    let states: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    states[0].clone()
}

/// A commit on top of what is checked out.
pub fn change(clone: Repository, name: &str) -> Repository {
    clone.write(name, name).commit(name)
}

/// A commit that lands on main.
pub fn land(clone: Repository, name: &str) -> Repository {
    change(clone, name).git(&["push", "--quiet", "origin", "HEAD:main"])
}

/// A ship that runs beside the story, and whose deploy waits for it.
pub struct Running {
    pub child: Child,
    began: PathBuf,
    go: PathBuf,
}

impl Running {
    /// Starts it; its deploy writes down its commit once it may go on.
    pub fn new(shop: &Shop, clone: &Repository, more: &[&str]) -> Self {
        let home = clone.path().parent().unwrap();
        let [began, go] = ["began", "go"].map(|name| home.join(name));
        for pipe in [&began, &go] {
            let made = Command::new("mkfifo").arg(pipe).status().unwrap();
            assert!(made.success());
        }
        let script = format!(
            "trap 'exit 42' TERM; echo > {}; read it < {}; {}",
            began.display(),
            go.display(),
            shop.deploy()
        );
        let child = spawn(clone, &arguments(more, &script));
        Self { child, began, go }
    }

    /// Waits until its deploy has begun.
    pub fn has_begun(&mut self) {
        // A ship that ends before it fails here, and does not hang.
        let _ = says(&mut self.child, "Deploying");
        std::fs::read_to_string(&self.began).unwrap();
    }

    /// Lets its deploy go on.
    pub fn go_on(&self) {
        std::fs::write(&self.go, "\n").unwrap();
    }

    /// How it ended.
    pub fn ends(self) -> (i32, String) {
        let output = self.child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        (output.status.code().unwrap_or(-1), said)
    }
}

/// Starts the binary beside the story.
pub fn spawn(clone: &Repository, arguments: &[&str]) -> Child {
    use std::os::unix::process::CommandExt;
    afterclick(clone.path().parent().unwrap())
        .process_group(0)
        .current_dir(clone.path())
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Reads what a process says on standard error, up to the line with these words.
pub fn says(child: &mut Child, words: &str) -> String {
    use std::io::{BufRead, BufReader};
    let mut all = String::new();
    let stderr = child.stderr.as_mut().unwrap();
    // A byte at a time, so that nothing is taken from whoever reads on.
    let mut reader = BufReader::with_capacity(1, stderr);
    loop {
        let mut line = String::new();
        assert!(reader.read_line(&mut line).unwrap() > 0, "{words:?}: {all}");
        all.push_str(&line);
        if line.contains(words) {
            return all;
        }
    }
}

/// Signals a process and all that it started, as a terminal does when somebody types Ctrl-C.
pub fn signal_group(child: &Child, name: &str) {
    let group = format!("-{}", child.id());
    let sent = Command::new("kill")
        .args([name, "--", &group])
        .status()
        .unwrap();
    assert!(sent.success());
}

pub fn signal(child: &Child, name: &str) {
    let id = child.id().to_string();
    let sent = Command::new("kill").args([name, &id]).status().unwrap();
    assert!(sent.success());
}

pub fn hook(remote: &Repository, name: &str, script: &str) {
    use std::os::unix::fs::PermissionsExt;
    let hooks = remote.path().join(".git/hooks");
    std::fs::create_dir_all(&hooks).unwrap();
    let hook = hooks.join(name);
    std::fs::write(&hook, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
}

pub fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_default()
}
