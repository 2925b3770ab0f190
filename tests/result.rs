//! Stories of a person, or a step of CI, who asks for a result in the form that they need.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use insta::assert_snapshot;
use serde_json::Value;
use tempfile::TempDir;

/// The program in a folder of its own, free of what the machine's environment says.
fn afterclick(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_afterclick"));
    command.current_dir(dir);
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "CI"] {
        command.env_remove(name);
    }
    command
}

/// Two folders between which an owner check goes away.
fn story() -> TempDir {
    let dir = TempDir::new().unwrap();
    for (side, guard) in [("before", GUARD), ("after", "")] {
        let folder = dir.path().join(side).join("app");
        fs::create_dir_all(&folder).unwrap();
        let code = HANDLER.replace("GUARD\n", guard);
        fs::write(folder.join("keys.go"), code).unwrap();
    }
    dir
}

const GUARD: &str = "\tif key.RepoID != c.Repo.ID {\n\t\tc.NotFound()\n\t\treturn\n\t}\n";
const HANDLER: &str = "package app\n\nfunc DeleteKey(c *Context) {\n\tkey := getKey(c.ID())\nGUARD\n\
    \tdeleteKey(key)\n\tc.Redirect(\"/keys\")\n}\n";

fn review(dir: &TempDir, arguments: &[&str]) -> Command {
    let mut command = afterclick(dir.path());
    command
        .args(["review", "--no-index", "before", "after"])
        .args(arguments);
    command
}

fn stdout(command: &mut Command) -> String {
    let output = command.assert().success().get_output().clone();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_pipe_gets_words_without_colour() {
    let text = stdout(&mut review(&story(), &[]));
    assert!(text.starts_with("auth  app/keys.go"), "{text}");
    assert!(
        text.contains("1 concern. Advice only: this does not block."),
        "{text}"
    );
    assert!(!text.contains('\u{1b}'));
}

#[test]
fn colour_comes_when_asked_for_and_goes_with_no_color() {
    let story = story();
    assert!(stdout(&mut review(&story, &["--color", "always"])).contains("\u{1b}["));
    assert!(stdout(review(&story, &[]).env("CLICOLOR_FORCE", "1")).contains("\u{1b}["));
    let both = &mut review(&story, &[]);
    assert!(!stdout(both.env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1")).contains('\u{1b}'));
    let never = &mut review(&story, &["--color", "never"]);
    assert!(!stdout(never.env("CLICOLOR_FORCE", "1")).contains('\u{1b}'));
}

#[test]
fn every_format_carries_the_same_concern() {
    let story = story();
    let record: Value =
        serde_json::from_str(&stdout(&mut review(&story, &["--format", "json"]))).unwrap();
    let concern = &record["concerns"][0];
    let log: Value =
        serde_json::from_str(&stdout(&mut review(&story, &["--format", "sarif"]))).unwrap();
    let result = &log["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], concern["check"]);
    assert_eq!(
        result["partialFingerprints"]["afterclick/v1"],
        concern["fingerprint"]
    );
    let rules = &log["runs"][0]["tool"]["driver"]["rules"];
    assert_eq!(
        rules[result["ruleIndex"].as_u64().unwrap() as usize]["id"],
        concern["check"]
    );

    let check = concern["check"].as_str().unwrap();
    for format in ["text", "markdown", "github"] {
        assert!(
            stdout(&mut review(&story, &["--format", format])).contains(check),
            "{format}"
        );
    }
}

#[test]
fn a_file_takes_the_result_as_a_whole() {
    let story = story();
    let file = story.path().join("result.json");
    fs::write(
        &file,
        "what was there before, and longer than one line of it\n".repeat(500),
    )
    .unwrap();
    let printed = stdout(&mut review(
        &story,
        &["--format", "json", "--output", "result.json"],
    ));
    assert_eq!(printed, "");
    let record: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(record["schema"], 1);
    let left: Vec<_> = fs::read_dir(story.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left.len(), 3, "{left:?}");
}

#[test]
fn a_file_that_cannot_be_written_is_said() {
    let story = story();
    for file in ["no/such/folder.json", "before"] {
        review(&story, &["--output", file])
            .assert()
            .code(5)
            .stdout("");
    }
}

#[test]
fn a_review_that_fails_leaves_the_file_alone() {
    let story = story();
    fs::write(story.path().join("result.txt"), "before").unwrap();
    let mut command = afterclick(story.path());
    command.args([
        "review",
        "--no-index",
        "before",
        "nowhere",
        "--output",
        "result.txt",
    ]);
    command.assert().code(2);
    assert_eq!(
        fs::read_to_string(story.path().join("result.txt")).unwrap(),
        "before"
    );
}

#[test]
fn the_checks_are_listed_and_explained() {
    let dir = TempDir::new().unwrap();
    let list = stdout(afterclick(dir.path()).arg("checks"));
    assert!(list.starts_with("auth\n  auth/"), "{list}");
    let json = stdout(afterclick(dir.path()).args(["checks", "--format", "json"]));
    let json: Value = serde_json::from_str(&json).unwrap();
    for check in json.as_array().unwrap() {
        let id = check["id"].as_str().unwrap();
        assert!(list.contains(id), "{id}");
        let page = stdout(afterclick(dir.path()).args(["explain", id]));
        assert!(
            page.starts_with(id) && page.contains("\n  Instead\n"),
            "{page}"
        );
    }
}

#[test]
fn a_name_without_its_surface_is_enough() {
    let dir = TempDir::new().unwrap();
    let page = |name| stdout(afterclick(dir.path()).args(["explain", name]));
    assert_eq!(page("guard-removed"), page("auth/guard-removed"));
}

#[test]
fn a_name_that_is_none_is_answered_with_the_nearest() {
    let dir = TempDir::new().unwrap();
    let mut command = afterclick(dir.path());
    let output = command
        .args(["explain", "auth/gard-removd"])
        .assert()
        .code(2)
        .get_output()
        .clone();
    assert_eq!(output.stdout, b"");
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("Did you mean auth/guard-removed"), "{text}");
    let mut command = afterclick(dir.path());
    let output = command
        .args(["explain", "\u{1b}[31mzzz"])
        .assert()
        .code(2)
        .get_output()
        .clone();
    assert_snapshot!(String::from_utf8(output.stderr).unwrap(), @r#"
    error: There is no check named `\u{1b}[31mzzz`.
    hint: `afterclick checks` lists them all.
    "#);
}
