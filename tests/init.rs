//! What `init` writes, and that `uninstall` takes it back.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use support::{Outcome, Repository};

const SHIP: [&str; 6] = [
    "init",
    "--yes",
    "--ship",
    "production",
    "--approval",
    "production-approval",
];

/// Every file and folder of the working tree, with what is in it.
fn tree(repository: &Repository) -> BTreeMap<String, Vec<u8>> {
    fn walk(root: &Path, folder: &Path, out: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path
                .strip_prefix(root)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            match path.is_dir() {
                true if name == ".git" => {}
                true => {
                    out.insert(name + "/", Vec::new());
                    walk(root, &path, out);
                }
                false => {
                    out.insert(name, fs::read(&path).unwrap());
                }
            }
        }
    }
    let mut out = BTreeMap::new();
    walk(repository.path(), repository.path(), &mut out);
    out
}

fn read(repository: &Repository, path: &str) -> String {
    fs::read_to_string(repository.path().join(path)).unwrap()
}

fn start() -> Repository {
    Repository::new()
        .write("README.md", "A shop.\n")
        .commit("Start")
}

fn says(outcome: Outcome, words: &[&str]) {
    for words in words {
        assert!(
            outcome.stdout.contains(words),
            "{words:?} is not in {outcome:#?}"
        );
    }
}

#[test]
fn what_init_writes_uninstall_takes_back_byte_for_byte() {
    for arguments in [&SHIP[..2], &SHIP] {
        let repository = start();
        let before = tree(&repository);
        let written = repository.afterclick(arguments).succeeds();
        let paths: Vec<String> = tree(&repository)
            .into_keys()
            .filter(|it| !before.contains_key(it))
            .collect();
        assert_eq!(paths.len(), arguments.len() / 6 + 4, "{paths:?}");
        says(
            written,
            &[
                "+++ b/.afterclick.yml",
                "Wrote .github/workflows/afterclick.yml.",
            ],
        );
        repository.afterclick(&["uninstall", "--yes"]).succeeds();
        assert_eq!(tree(&repository), before);
    }
}

#[test]
fn init_twice_is_init_once() {
    let repository = start();
    repository.afterclick(&SHIP).succeeds();
    let once = tree(&repository);
    says(
        repository.afterclick(&SHIP).succeeds(),
        &["There is nothing to write."],
    );
    assert_eq!(tree(&repository), once);
}

#[test]
fn a_wish_that_changed_updates_what_is_still_ours() {
    let repository = start();
    repository.afterclick(&SHIP).succeeds();
    let deploy = [&SHIP[..], &["--deploy", "make live"]].concat();
    says(
        repository.afterclick(&deploy).succeeds(),
        &["-            ./deploy.sh", "+            make live"],
    );
    assert!(read(&repository, ".github/workflows/afterclick-ship.yml").contains("make live"));
}

#[test]
fn what_init_did_not_write_stays_and_is_named() {
    let own = "name: mine\non: push\njobs: {}\n";
    let repository = start()
        .write(".github/workflows/afterclick.yml", own)
        .write(".github/workflows/test.yml", own);
    let before = tree(&repository);
    let outcome = repository.afterclick(&SHIP).succeeds();
    says(
        outcome,
        &["afterclick.yml stays as it is: `afterclick init` did not write it."],
    );
    assert_eq!(read(&repository, ".github/workflows/afterclick.yml"), own);
    let outcome = repository.afterclick(&["uninstall", "--yes"]).succeeds();
    says(
        outcome,
        &["afterclick.yml stays as it is: `afterclick init` did not write it."],
    );
    assert_eq!(tree(&repository), before);
}

#[test]
fn what_was_edited_stays_and_is_named() {
    let repository = start();
    repository.afterclick(&SHIP).succeeds();
    let edited = read(&repository, ".afterclick.yml").replace("#care:", "care:");
    let repository = repository.write(".afterclick.yml", &edited);
    let words = [".afterclick.yml stays as it is: it was edited since `afterclick init` wrote it."];
    says(repository.afterclick(&SHIP).succeeds(), &words);
    says(
        repository.afterclick(&["uninstall", "--yes"]).succeeds(),
        &words,
    );
    let left: Vec<String> = tree(&repository).into_keys().collect();
    assert_eq!(left, [".afterclick.yml", "README.md"]);
    assert_eq!(read(&repository, ".afterclick.yml"), edited);
}

#[test]
fn line_endings_of_a_checkout_make_no_file_foreign() {
    let repository = start();
    repository.afterclick(&SHIP[..2]).succeeds();
    let policy = read(&repository, ".afterclick.yml").replace('\n', "\r\n");
    let repository = repository.write(".afterclick.yml", policy);
    says(
        repository.afterclick(&SHIP[..2]).succeeds(),
        &["There is nothing to write."],
    );
    repository.afterclick(&["uninstall", "--yes"]).succeeds();
    assert_eq!(tree(&repository).len(), 1);
}

#[test]
fn nothing_is_written_before_somebody_agrees() {
    let repository = start();
    let before = tree(&repository);
    let unasked = repository.afterclick(&["init"]).ends_with(2);
    assert!(unasked.stderr.contains("nobody agreed"), "{unasked:#?}");
    says(unasked, &["+++ b/.afterclick.yml"]);
    let shown = repository.afterclick(&["init", "--dry-run"]).succeeds();
    assert!(!shown.stdout.contains("Wrote"), "{shown:#?}");
    assert_eq!(tree(&repository), before);
    repository.afterclick(&["init", "--yes"]).succeeds();
    let written = tree(&repository);
    repository.afterclick(&["uninstall"]).ends_with(2);
    repository
        .afterclick(&["uninstall", "--dry-run"])
        .succeeds();
    assert_eq!(tree(&repository), written);
}

#[test]
fn the_policy_that_is_written_is_valid_with_and_without_its_examples() {
    let repository = start();
    repository.afterclick(&SHIP[..2]).succeeds();
    let check = ["policy", "--file", ".afterclick.yml"];
    repository.afterclick(&check).succeeds();
    let examples: String = read(&repository, ".afterclick.yml")
        .lines()
        .skip_while(|line| *line != "version: 1")
        .map(|line| match line.strip_prefix('#') {
            Some(example) if !example.starts_with(' ') || example.starts_with("  ") => {
                format!("{example}\n")
            }
            _ => format!("{line}\n"),
        })
        .collect();
    let repository = repository.write(".afterclick.yml", &examples);
    let outcome = repository.afterclick(&check).succeeds();
    says(
        outcome,
        &["enforce", "auth/guard-removed", "refuse", "require_member"],
    );
}

#[test]
fn the_branch_is_the_one_that_the_remote_starts_from() {
    let origin = start().git(&["branch", "-m", "trunk"]);
    let clone = Repository::clone_of(&origin, &[]).branch("work");
    clone.afterclick(&SHIP).succeeds();
    let workflow = read(&clone, ".github/workflows/afterclick-ship.yml");
    assert!(workflow.contains("branches: [trunk]"), "{workflow}");
}

#[test]
fn init_runs_from_any_folder_of_a_repository_and_nowhere_else() {
    let repository = start().write("deep/down/x", "x");
    repository
        .afterclick(&["-C", "deep/down", "init", "--yes"])
        .succeeds();
    assert!(repository.path().join(".afterclick.yml").exists());
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().to_str().unwrap();
    repository
        .afterclick(&["-C", dir, "init", "--yes"])
        .ends_with(5)
        .complains("repository");
    for bad in [
        ["init", "--ship", " "],
        ["init", "--deploy", "x"],
        ["init", "--action", "evil"],
    ] {
        repository.afterclick(&bad).ends_with(2);
    }
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link() {
    let elsewhere = tempfile::tempdir().unwrap();
    let repository = start().link(".github", elsewhere.path());
    repository.afterclick(&SHIP).succeeds();
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
    let target = elsewhere.path().join("policy");
    let repository = start().link(".afterclick.yml", &target);
    repository.afterclick(&SHIP).succeeds();
    assert!(!target.exists());
}
