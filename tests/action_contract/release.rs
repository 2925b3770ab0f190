//! The installer, over releases that it can trust and releases that it cannot.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::{root, text};

const TARGET: &str = "x86_64-unknown-linux-musl";

/// A copy of the action with a release of its own, and a runner to install it on.
struct Stage {
    home: TempDir,
}

/// How the installer ended.
struct Installed {
    code: i32,
    said: String,
    outputs: String,
}

impl Stage {
    /// A release whose binary says that it is this version.
    fn new(says: &str) -> Self {
        let stage = Self {
            home: tempfile::tempdir().unwrap(),
        };
        for folder in ["action/action", "bin", "temp", "release/v0.1.0"] {
            fs::create_dir_all(stage.path(folder)).unwrap();
        }
        let install = root().join("action/install.sh");
        fs::copy(install, stage.path("action/action/install.sh")).unwrap();
        stage.program("release/afterclick", &format!("echo 'afterclick {says}'"));
        let archive = stage.archive();
        let folder = stage.path("release");
        stage.shell(&format!(
            "tar -czf '{}' -C '{}' afterclick",
            archive.display(),
            folder.display()
        ));
        stage.name(&stage.sha256(&archive));
        // Whatever the machine has to download with, here it is this.
        stage.program(
            "bin/curl",
            "while [ $# -gt 1 ]; do [ \"$1\" != --output ] || to=$2; shift; done; \
             cp \"${1#https://example.com}\" \"$to\"; echo fetched >>\"$HOME/fetched\"",
        );
        stage
    }

    fn path(&self, path: &str) -> PathBuf {
        self.home.path().join(path)
    }

    fn archive(&self) -> PathBuf {
        self.path(&format!("release/v0.1.0/afterclick-v0.1.0-{TARGET}.tar.gz"))
    }

    /// Makes release.env name this hash.
    fn name(&self, sha256: &str) {
        let downloads = format!(
            "DOWNLOADS=https://example.com{}",
            self.path("release").display()
        );
        let release: Vec<String> = text("action/release.env")
            .lines()
            .map(|line| match line.split_once('=') {
                Some(("DOWNLOADS", _)) => downloads.clone(),
                Some((key, _)) if key == format!("SHA256_{TARGET}") => format!("{key}={sha256}"),
                Some(("VERSION", _)) => "VERSION=0.1.0".to_owned(),
                _ => line.to_owned(),
            })
            .collect();
        fs::write(self.path("action/action/release.env"), release.join("\n")).unwrap();
    }

    fn program(&self, path: &str, script: &str) {
        let path = self.path(path);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn shell(&self, script: &str) -> String {
        let output = Command::new("sh").args(["-c", script]).output().unwrap();
        assert!(output.status.success(), "{script}: {output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn sha256(&self, file: &Path) -> String {
        let file = file.display();
        self.shell(&format!(
            "(sha256sum '{file}' || shasum -a 256 '{file}') 2>/dev/null | cut -d ' ' -f 1"
        ))
    }

    fn install(&self, inputs: &[(&str, &str)]) -> Installed {
        let outputs = self.path("outputs");
        fs::write(&outputs, "").unwrap();
        let path = format!(
            "{}:{}",
            self.path("bin").display(),
            std::env::var("PATH").unwrap()
        );
        let ended = Command::new("bash")
            .args(["--noprofile", "--norc"])
            .arg(self.path("action/action/install.sh"))
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.home.path())
            .env("RUNNER_TEMP", self.path("temp"))
            .env("RUNNER_OS", "Linux")
            .env("RUNNER_ARCH", "X64")
            .env("GITHUB_OUTPUT", &outputs)
            .envs(inputs.iter().copied())
            .output()
            .unwrap();
        let said = [ended.stdout, ended.stderr].concat();
        Installed {
            code: ended.status.code().unwrap(),
            said: String::from_utf8(said).unwrap(),
            outputs: fs::read_to_string(&outputs).unwrap(),
        }
    }

    fn downloads(&self) -> usize {
        fs::read_to_string(self.path("fetched"))
            .unwrap_or_default()
            .lines()
            .count()
    }
}

impl Installed {
    fn installs(self) -> Self {
        assert_eq!(self.code, 0, "{}", self.said);
        self
    }

    fn refuses(self, words: &str) {
        assert_eq!(self.code, 5, "{}", self.said);
        assert!(
            self.said.contains(words),
            "{words:?} is not in {}",
            self.said
        );
        assert!(self.said.contains("\nhint: "), "{}", self.said);
        assert_eq!(self.outputs, "", "a refused binary is not offered");
    }
}

#[test]
fn the_release_is_fetched_once_and_checked() {
    let stage = Stage::new("0.1.0");
    let first = stage.install(&[]).installs();
    assert!(
        first.outputs.contains("version=0.1.0\n"),
        "{}",
        first.outputs
    );
    let binary = first
        .outputs
        .lines()
        .find_map(|it| it.strip_prefix("binary="))
        .unwrap();
    assert!(
        Path::new(binary).starts_with(stage.path("temp")),
        "{binary}"
    );
    assert!(binary.contains(&stage.sha256(&stage.archive())), "{binary}");
    let second = stage.install(&[]).installs();
    assert_eq!(second.outputs, first.outputs);
    assert_eq!(stage.downloads(), 1);
}

#[test]
fn another_file_than_the_one_meant_is_never_unpacked() {
    let stage = Stage::new("0.1.0");
    fs::write(stage.archive(), "not what was released").unwrap();
    stage
        .install(&[])
        .refuses("is not the file that this action means");
    assert!(!stage.path("temp/afterclick").exists());
}

#[test]
fn a_binary_of_another_version_is_refused() {
    let stage = Stage::new("0.0.9");
    stage.install(&[]).refuses("not afterclick 0.1.0");
}

#[test]
fn what_has_no_release_is_said_and_nothing_is_built_instead() {
    let stage = Stage::new("0.1.0");
    stage.name("");
    stage
        .install(&[])
        .refuses("carries no release for x86_64-unknown-linux-musl");
    stage
        .install(&[("RUNNER_OS", "Plan9")])
        .refuses("no release for x86_64-Plan9");
    stage
        .install(&[("AFTERCLICK_INSTALL", "docker")])
        .refuses("names no image");
    assert_eq!(stage.downloads(), 0);
}

#[test]
fn provenance_is_checked_where_it_can_be() {
    let stage = Stage::new("0.1.0");
    stage
        .install(&[("AFTERCLICK_VERIFY", "require")])
        .refuses("needs gh and a token");
    stage.program("bin/gh", "echo \"$@\" >\"$HOME/asked\"; exit 1");
    let token = ("GH_TOKEN", "ghs_example");
    stage
        .install(&[token])
        .refuses("does not confirm who built");
    let asked = fs::read_to_string(stage.path("asked")).unwrap();
    assert!(
        asked.contains("--signer-workflow afterclick/afterclick/.github/workflows/release.yml")
    );
    stage.program("bin/gh", "exit 0");
    stage
        .install(&[token, ("AFTERCLICK_VERIFY", "require")])
        .installs();
}

#[test]
fn a_binary_of_ones_own_is_used_as_it_is() {
    let stage = Stage::new("0.1.0");
    stage.program("own", "echo 'afterclick 9.9.9'");
    let own = stage.path("own");
    let own = own.to_str().unwrap();
    let used = stage.install(&[("AFTERCLICK_BINARY_PATH", own)]).installs();
    assert_eq!(used.outputs, format!("binary={own}\nversion=9.9.9\n"));
    stage
        .install(&[("AFTERCLICK_BINARY_PATH", "/no/such")])
        .refuses("no program at /no/such");
    assert_eq!(stage.downloads(), 0);
}

#[test]
fn an_input_cannot_give_the_workflow_a_command() {
    let stage = Stage::new("0.1.0");
    let hostile = "x\n::set-output name=a::b\n%0A::warning::c";
    let refused = stage.install(&[("AFTERCLICK_VERIFY", hostile)]);
    let commands = refused.said.lines().filter(|line| line.starts_with("::"));
    assert_eq!(commands.count(), 1, "{}", refused.said);
    assert!(!refused.said.contains("x\n"), "{}", refused.said);
    refused.refuses("`verify` is auto, require or off");
}
