//! What every story over the real binary begins with: a throwaway repository, the binary in a clean
//! environment, and its output with placeholders.
//!
//! ```ignore
//! let repository = Repository::new().write("a.py", "x = 1\n").commit("Start");
//! repository.review(&["HEAD^!"]).succeeds().json();
//! ```
#![allow(dead_code, unreachable_pub)] // each test file uses a part of it

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A function with a check of ownership, and the same without: any change between them speaks.
pub const GUARDED: &str = "\
from django.core.exceptions import PermissionDenied


def delete_order(request, order_id):
    order = Order.objects.get(id=order_id)
    if order.owner_id != request.user.id:
        raise PermissionDenied()
    order.archive()
    order.delete()
    return redirect(\"/orders\")
";

/// [`GUARDED`] without its check.
pub const UNGUARDED: &str = "\
from django.core.exceptions import PermissionDenied


def delete_order(request, order_id):
    order = Order.objects.get(id=order_id)
    order.archive()
    order.delete()
    return redirect(\"/orders\")
";

/// A throwaway repository on branch `main`. Steps chain; everything is gone when it is dropped.
pub struct Repository {
    home: TempDir,
    dir: PathBuf,
}

impl Repository {
    /// An empty repository.
    pub fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().canonicalize().unwrap().join("repository");
        std::fs::create_dir(&dir).unwrap();
        let empty = Self { home, dir };
        empty.git(&["init", "--quiet", "--initial-branch=main"])
    }

    /// A clone of another, with further arguments such as `--depth=1`.
    pub fn clone_of(other: &Self, arguments: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().canonicalize().unwrap().join("repository");
        let url = format!("file://{}", other.dir.display());
        let clone = Self { home, dir };
        let mut git = command("git", clone.home.path());
        git.current_dir(clone.home.path())
            .args(["clone", "--quiet"])
            .args(arguments)
            .arg(url)
            .arg(&clone.dir);
        run(git);
        clone
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.dir
    }

    /// Writes a file, and the folders that it needs.
    pub fn write(self, path: impl AsRef<Path>, text: impl AsRef<[u8]>) -> Self {
        let path = self.dir.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    /// Removes a file.
    pub fn remove(self, path: impl AsRef<Path>) -> Self {
        std::fs::remove_file(self.dir.join(path)).unwrap();
        self
    }

    /// Renames a file.
    pub fn rename(self, from: &str, to: &str) -> Self {
        let to = self.dir.join(to);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::rename(self.dir.join(from), to).unwrap();
        self
    }

    /// Makes a file one that may be run.
    #[cfg(unix)]
    pub fn executable(self, path: &str) -> Self {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(self.dir.join(path), mode).unwrap();
        self
    }

    /// Makes a symbolic link.
    #[cfg(unix)]
    pub fn link(self, path: &str, target: impl AsRef<Path>) -> Self {
        std::os::unix::fs::symlink(target, self.dir.join(path)).unwrap();
        self
    }

    /// Runs git in it; it has to succeed.
    pub fn git(self, arguments: &[&str]) -> Self {
        self.ask(arguments);
        self
    }

    /// Runs git in it, whatever its exit code.
    pub fn git_may_fail(self, arguments: &[&str]) -> Self {
        let mut git = command("git", self.home.path());
        git.current_dir(&self.dir).args(arguments).output().unwrap();
        self
    }

    /// Runs git in it, and gives what it says.
    pub fn ask(&self, arguments: &[&str]) -> String {
        let mut git = command("git", self.home.path());
        git.current_dir(&self.dir).args(arguments);
        run(git)
    }

    /// Stages everything.
    pub fn stage(self) -> Self {
        self.git(&["add", "--all"])
    }

    /// Stages and commits everything.
    pub fn commit(self, message: &str) -> Self {
        self.stage()
            .git(&["commit", "--quiet", "--allow-empty", "-m", message])
    }

    /// Starts a branch here.
    pub fn branch(self, name: &str) -> Self {
        self.git(&["checkout", "--quiet", "-b", name])
    }

    /// Goes to a branch or commit.
    pub fn checkout(self, name: &str) -> Self {
        self.git(&["checkout", "--quiet", name])
    }

    /// The full name of a commit.
    pub fn id(&self, revision: &str) -> String {
        self.ask(&["rev-parse", revision])
    }

    /// Runs `afterclick review --format json` in it, with further arguments.
    #[must_use]
    pub fn review(&self, arguments: &[&str]) -> Outcome {
        let all = [&["review", "--format", "json"], arguments].concat();
        self.afterclick(&all)
    }

    /// Runs the binary in it.
    #[must_use]
    pub fn afterclick(&self, arguments: &[&str]) -> Outcome {
        self.afterclick_with(arguments, |_| {})
    }

    /// Runs the binary in it, with something about the process changed first.
    #[must_use]
    pub fn afterclick_with(
        &self,
        arguments: &[&str],
        change: impl FnOnce(&mut Command),
    ) -> Outcome {
        self.run_with(env!("CARGO_BIN_EXE_afterclick"), arguments, change)
    }

    /// Runs a program in it, with something about the process changed first.
    #[must_use]
    pub fn run_with(
        &self,
        program: &str,
        arguments: &[&str],
        change: impl FnOnce(&mut Command),
    ) -> Outcome {
        let mut program = command(program, self.home.path());
        program.current_dir(&self.dir).args(arguments);
        change(&mut program);
        Outcome::of(
            program,
            &[(self.home.path(), "[HOME]"), (&self.dir, "[REPOSITORY]")],
        )
    }
}

/// The binary in a clean environment, with its own home.
pub fn afterclick(home: &Path) -> Command {
    command(env!("CARGO_BIN_EXE_afterclick"), home)
}

/// What the binary gave, with placeholders for paths.
#[derive(Debug)]
pub struct Outcome {
    /// The exit code; -1 where a signal ended it.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Outcome {
    /// Runs a command to its end and replaces paths.
    pub fn of(mut command: Command, places: &[(&Path, &str)]) -> Self {
        Self::read(command.output().unwrap(), places)
    }

    /// What a process left, with paths replaced.
    pub fn read(output: std::process::Output, places: &[(&Path, &str)]) -> Self {
        let text = |bytes: Vec<u8>| {
            let mut text = String::from_utf8(bytes).unwrap();
            // The longest first: one may lie in the other.
            let mut places = places.to_vec();
            places.sort_by_key(|(path, _)| std::cmp::Reverse(path.as_os_str().len()));
            for (path, name) in places {
                text = text.replace(path.to_str().unwrap(), name);
                if let Ok(path) = path.canonicalize() {
                    text = text.replace(path.to_str().unwrap(), name);
                }
            }
            text
        };
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// It ended with this code.
    pub fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    /// It ended with 0 and had nothing to add on standard error.
    pub fn succeeds(self) -> Self {
        assert_eq!(self.stderr, "", "{self:#?}");
        self.ends_with(0)
    }

    /// It said nothing on standard output, and this on standard error.
    pub fn complains(self, words: &str) -> Self {
        assert_eq!(self.stdout, "", "{self:#?}");
        assert!(self.stderr.contains(words), "{words:?} is not in {self:#?}");
        assert!(self.stderr.contains("hint: "), "no hint in {self:#?}");
        self
    }

    /// The record, without the time it took.
    pub fn json(&self) -> serde_json::Value {
        let mut record: serde_json::Value =
            serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"));
        record["stats"]["ms"] = 0.into();
        record
    }

    /// How many files the change has.
    pub fn files(&self) -> u64 {
        self.json()["stats"]["files"].as_u64().unwrap()
    }

    /// What was not reviewed, as lines of `path: reason`.
    pub fn not_reviewed(&self) -> Vec<String> {
        let record = self.json();
        let listed = record["not_reviewed"].as_array().unwrap().iter();
        listed
            .map(|it| {
                format!(
                    "{}: {}",
                    it["path"].as_str().unwrap(),
                    it["reason"].as_str().unwrap()
                )
            })
            .collect()
    }

    /// The paths of what speaks, each once, sorted.
    pub fn speaks_about(&self) -> Vec<String> {
        let record = self.json();
        let concerns = record["concerns"].as_array().unwrap().iter();
        let mut paths: Vec<String> = concerns
            .filter(|it| it["tier"] == "speaks" && it["suppressed"].is_null())
            .map(|it| it["path"].as_str().unwrap().to_owned())
            .collect();
        paths.sort();
        paths.dedup();
        paths
    }
}

/// A program in an environment in which nothing of this machine or of a CI can be seen.
fn command(program: &str, home: &Path) -> Command {
    let mut command = Command::new(program);
    let foreign = [
        "GIT_", "GITHUB_", "GH_", "RUNNER_", "CI", "NO_COLOR", "CLICOLOR", "LC_", "LANG",
    ];
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if foreign.iter().any(|prefix| name.starts_with(prefix)) || name == "COLUMNS" {
            command.env_remove(name);
        }
    }
    command
        .env("HOME", home)
        .env("XDG_CONFIG_HOME", home)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CEILING_DIRECTORIES", home)
        .env("GIT_AUTHOR_NAME", "Ada")
        .env("GIT_AUTHOR_EMAIL", "ada@example.com")
        .env("GIT_AUTHOR_DATE", "2026-01-02T03:04:05Z")
        .env("GIT_COMMITTER_NAME", "Ada")
        .env("GIT_COMMITTER_EMAIL", "ada@example.com")
        .env("GIT_COMMITTER_DATE", "2026-01-02T03:04:05Z");
    command
}

fn run(mut command: Command) -> String {
    let output = command.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {stderr}");
    String::from_utf8(output.stdout)
        .unwrap()
        .trim_end()
        .to_owned()
}
