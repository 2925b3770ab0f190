//! What people meet who write a policy: stories over the real binary.

#![allow(clippy::unwrap_used, reason = "a story ends at the step that fails")]

use std::fs;
use std::path::Path;
use std::process::Command;

use assert_cmd::assert::OutputAssertExt;
use assert_cmd::cargo::CommandCargoExt;
use tempfile::TempDir;

/// A repository of its own: no configuration of this machine, no clock.
struct Repository(TempDir);

impl Repository {
    fn new() -> Self {
        let repository = Self(TempDir::new().unwrap());
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn git(&self, arguments: &[&str]) {
        Command::new("git")
            .args(arguments)
            .current_dir(self.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .envs(["AUTHOR", "COMMITTER"].iter().flat_map(|who| {
                [
                    (format!("GIT_{who}_NAME"), "A"),
                    (format!("GIT_{who}_EMAIL"), "a@example.com"),
                    (format!("GIT_{who}_DATE"), "2026-01-01T00:00:00Z"),
                ]
            }))
            .assert()
            .success();
    }

    fn commit(&self, path: &str, text: &str) -> &Self {
        fs::write(self.path().join(path), text).unwrap();
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "x"]);
        self
    }

    fn branch(&self) -> &Self {
        self.git(&["switch", "--quiet", "--create", "work"]);
        self
    }

    /// Exit code, standard output, standard error.
    fn policy(&self, arguments: &[&str]) -> (i32, String, String) {
        let output = Command::cargo_bin("afterclick")
            .unwrap()
            .arg("policy")
            .args(arguments)
            .current_dir(self.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .output()
            .unwrap();
        (
            output.status.code().unwrap(),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    }
}

#[test]
fn without_a_file_the_defaults_are_in_force() {
    let repository = Repository::new();
    repository.commit("a", "a").branch();
    let (code, out, _) = repository.policy(&[]);
    assert_eq!(code, 0);
    assert!(
        out.starts_with("There is no .afterclick.yml at base "),
        "{out}"
    );
    assert!(
        out.lines().skip(2).all(|line| line.ends_with("  default")),
        "{out}"
    );
}

#[test]
fn the_file_at_base_is_in_force_and_not_the_one_of_the_change() {
    let repository = Repository::new();
    repository
        .commit(".afterclick.yml", "modes:\n  auth: enforce\n")
        .branch()
        .commit(".afterclick.yml", "modes:\n  auth: off\n");
    let auth = |arguments: &[&str]| {
        let (code, out, _) = repository.policy(arguments);
        assert_eq!(code, 0);
        let line = out
            .lines()
            .find(|line| line.starts_with("modes.auth"))
            .unwrap();
        line.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(auth(&[]), "modes.auth enforce .afterclick.yml:2");
    assert_eq!(auth(&["--at", "HEAD"]), "modes.auth off .afterclick.yml:2");
}

#[test]
fn json_says_the_same() {
    let repository = Repository::new();
    repository
        .commit(
            ".afterclick.yml",
            "care: strict\nsuppress:\n  - {check: auth/guard-removed, reason: fine, until: 2020-01-01}\n",
        )
        .branch();
    let (_, out, _) = repository.policy(&["--format", "json"]);
    let value: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(value["schema"], 1);
    assert_eq!(value["file"], ".afterclick.yml");
    assert_eq!(value["commit"].as_str().unwrap().len(), 40);
    assert_eq!(value["settings"][0]["value"], "strict");
    assert_eq!(value["settings"][0]["line"], 1);
    let last = value["settings"].as_array().unwrap().last().unwrap();
    assert_eq!(last["value"]["check"], "auth/guard-removed");
    assert_eq!(last["value"]["ended"], true);
}

#[test]
fn every_mistake_at_base_is_told_and_the_exit_code_is_that_of_a_configuration() {
    let repository = Repository::new();
    repository
        .commit(
            ".afterclick.yml",
            "care: strickt\ncare: relaxed\nmodez: {auth: enforce}\npaths:\n  exclude: vendor\nsuppress:\n  - check: auth/guard-remvoed\n    reason: \"\"\n",
        )
        .branch();
    let (code, out, error) = repository.policy(&[]);
    assert_eq!((code, out.as_str()), (4, ""));
    insta::assert_snapshot!(error, @r#"
    error: The policy is not valid; it has 6 mistakes.
      .afterclick.yml:1:7: `care` is `strickt`; it can be relaxed, balanced or strict (did you mean `strict`?)
      .afterclick.yml:2:1: `care` is written twice (keep one of them)
      .afterclick.yml:3:1: unknown key `modez` (did you mean `modes`?)
      .afterclick.yml:5:12: `paths.exclude` is a text, not a list (write it as a list: ["vendor"])
      .afterclick.yml:7:12: there is no check `auth/guard-remvoed` (did you mean `auth/guard-removed`?)
      .afterclick.yml:8:13: `reason` of a suppression is empty
    hint: Mend the file; `afterclick policy --file FILE` checks it before it is committed.
    "#);
}

#[test]
fn a_file_can_be_checked_before_it_is_committed() {
    let repository = Repository::new();
    fs::write(repository.path().join("draft.yml"), "care: strict\n").unwrap();
    let (code, out, _) = repository.policy(&["--file", "draft.yml"]);
    assert_eq!(code, 0);
    assert!(
        out.contains("strict                            draft.yml:1"),
        "{out}"
    );

    fs::write(repository.path().join("draft.yml"), "care: [strict]\n").unwrap();
    let (code, _, error) = repository.policy(&["--file", "draft.yml"]);
    assert_eq!(code, 4);
    assert!(
        error.contains("draft.yml:1:7: `care` is a list; it can be"),
        "{error}"
    );

    let (code, _, error) = repository.policy(&["--file", "none.yml"]);
    assert_eq!(code, 2);
    assert!(
        error.contains("The file none.yml cannot be read"),
        "{error}"
    );
}

#[test]
fn hostile_files_are_refused_in_a_sentence() {
    let repository = Repository::new();
    let draft = repository.path().join("draft.yml");
    for text in [
        "[".repeat(500_000),
        "a: ".repeat(50_000),
        "\0".repeat(1000),
        "\u{1b}[2J: 1".to_owned(),
    ] {
        fs::write(&draft, text).unwrap();
        let (code, _, error) = repository.policy(&["--file", "draft.yml"]);
        assert_eq!(code, 4, "{error}");
        assert!(!error.contains('\u{1b}') && error.len() < 2000, "{error}");
    }
}

#[test]
fn the_schema_that_editors_read_is_the_one_of_this_version() {
    let (code, out, _) = Repository::new().policy(&["--schema"]);
    assert_eq!(code, 0);
    let committed = include_str!("../docs/afterclick.schema.json").replace("\r\n", "\n");
    assert!(
        out == committed,
        "run `cargo run -- policy --schema > docs/afterclick.schema.json`"
    );
}

/// The first block of a language in a page of the documentation.
fn block(page: &str, language: &str) -> String {
    let start = format!("```{language}\n");
    let (_, rest) = page.split_once(&start).unwrap();
    rest.split_once("\n```").unwrap().0.to_owned() + "\n"
}

#[test]
fn the_documented_policy_is_valid() {
    let repository = Repository::new();
    let example = block(include_str!("../docs/policy.md"), "yaml");
    fs::write(repository.path().join("example.yml"), example).unwrap();
    let (code, out, error) = repository.policy(&["--file", "example.yml"]);
    assert_eq!(code, 0, "{error}");
    // It shows every key that there is, but `paths.include`, which is rarely wanted.
    let missing: Vec<&str> = out
        .lines()
        .filter(|line| line.contains(" default"))
        .collect();
    assert!(
        missing.iter().all(|line| {
            line.starts_with("paths.include") || line.starts_with("paths.surfaces")
        }),
        "{missing:?}"
    );
}

#[test]
fn the_documented_incident_is_valid() {
    let example = block(include_str!("../docs/incidents.md"), "markdown");
    let known = afterclick::app::policy::known_checks();
    afterclick::review::record::incidents::Incident::parse(&example, &known).unwrap();
}
