//! Stories of the rebase gate over real git: what may go out on top of what is live, what may not,
//! and what is said about it.

mod support;

use serde_json::Value;
use support::{Outcome, Repository};

/// Asks the gate about `sha` on top of `live`, and gives its JSON.
fn ask(repository: &Repository, live: &str, sha: &str, code: i32) -> Value {
    gate(repository, &["--live", live, "--sha", sha, "--json"])
        .ends_with(code)
        .json()
}

fn gate(repository: &Repository, arguments: &[&str]) -> Outcome {
    let all = [&["gate", "--environment", "production"], arguments].concat();
    repository.afterclick(&all)
}

fn verdict(repository: &Repository, live: &str, sha: &str) -> String {
    let outcome = gate(repository, &["--live", live, "--sha", sha, "--json"]);
    outcome.json()["verdict"].as_str().unwrap().to_owned()
}

/// The paths that a silent revert was found in, with what happens to them.
fn files(verdict: &Value) -> Vec<String> {
    let files = verdict["files"].as_array().unwrap().iter();
    files
        .map(|it| {
            format!(
                "{} {}",
                it["path"].as_str().unwrap(),
                it["how"].as_str().unwrap()
            )
        })
        .collect()
}

fn numbered(word: &str) -> String {
    (1..=9).map(|line| format!("{word} {line}\n")).collect()
}

/// Main with two files; then what is live changes both.
fn shop() -> Repository {
    Repository::new()
        .write("a.txt", numbered("first"))
        .write("b.txt", numbered("first"))
        .commit("Open the shop")
        .write("a.txt", numbered("second"))
        .write("b.txt", numbered("second"))
        .write("new.txt", "new\n")
        .commit("Pull request one")
        .git(&["tag", "one"])
}

#[test]
fn what_stands_on_live_is_fresh() {
    let repository = shop().write("c.txt", "c\n").commit("More");
    let found = ask(&repository, "one", "HEAD", 0);
    assert_eq!(
        (&found["verdict"], &found["outcome"]),
        (&"fresh".into(), &"passes".into())
    );
    assert_eq!(found["contained"]["how"], "ancestor");
    assert_eq!(found["mends"], Value::Array(Vec::new()));
}

#[test]
fn the_first_deploy_has_nothing_to_lose() {
    let repository = shop();
    let first = gate(&repository, &["--json"]).ends_with(0).json();
    assert_eq!(first["verdict"], "first");
}

#[test]
fn what_is_live_already_is_nothing_to_do() {
    let repository = shop();
    assert_eq!(verdict(&repository, "one", "one"), "noop");
    // Reverted, and reverted again: the same files under another name.
    let repository =
        repository
            .git(&["revert", "--no-edit", "HEAD"])
            .git(&["revert", "--no-edit", "HEAD"]);
    let found = ask(&repository, "one", "HEAD", 0);
    assert_eq!(found["verdict"], "noop");
    assert_eq!(found["same_commit"], false);
}

#[test]
fn a_branch_that_lacks_what_is_live_is_stale_and_learns_two_commands() {
    let repository = shop()
        .git(&["checkout", "-q", "-b", "work", "one~1"])
        .write("c.txt", "c\n")
        .commit("Work");
    let remote = Repository::clone_of(&repository, &["--bare"]);
    let url = remote.path().to_str().unwrap().to_owned();
    let repository = repository
        .git(&["remote", "add", "origin", &url])
        .git(&["fetch", "-q", "origin"]);
    let found = ask(&repository, "one", "work", 1);
    assert_eq!(found["verdict"], "stale");
    assert_eq!(found["missing"][0]["subject"], "Pull request one");
    assert_eq!(
        found["mends"][0]["commands"],
        serde_json::json!([
            "git fetch origin && git rebase origin/main",
            "afterclick ship --environment production"
        ])
    );
    insta::assert_snapshot!(
        gate(&repository, &["--live", "one", "--sha", "work"])
            .ends_with(1)
            .stdout
    );
    // And the two commands put it right.
    let repository = repository.git(&["rebase", "-q", "origin/main"]);
    assert_eq!(verdict(&repository, "one", "work"), "fresh");
}

#[test]
fn a_re_run_of_an_old_deploy_is_superseded() {
    let repository = shop();
    let found = ask(&repository, "one", "one~1", 0);
    assert_eq!(found["verdict"], "superseded");
    assert_eq!(found["outcome"], "neutral");
}

#[test]
fn a_squash_of_the_live_branch_contains_it() {
    // The branch was live before it landed; main has it as one commit with the same files.
    let repository = shop()
        .branch("work")
        .write("c.txt", "c\n")
        .commit("Work")
        .write("c.txt", "c\nd\n")
        .commit("More work")
        .checkout("main")
        .git(&["merge", "-q", "--squash", "work"])
        .commit("Work (#7)")
        .write("e.txt", "e\n")
        .commit("Next");
    let found = ask(&repository, "work", "main", 0);
    assert_eq!(found["verdict"], "fresh");
    assert_eq!(found["contained"]["how"], "tree");
}

#[test]
fn a_rebase_of_the_live_branch_contains_it() {
    let repository = shop()
        .branch("work")
        .write("c.txt", "c\n")
        .commit("Work")
        .git(&["tag", "live"])
        .git(&["commit", "-q", "--amend", "-m", "Work, rebased"])
        .write("e.txt", "e\n")
        .commit("Next");
    assert_eq!(
        ask(&repository, "live", "HEAD", 0)["contained"]["how"],
        "tree"
    );
}

#[test]
fn a_stale_tree_that_was_squashed_is_a_silent_revert() {
    // Everything stands on main, and the files are those of before pull request one.
    let repository = shop();
    let stale = repository.id("one~1^{tree}");
    let squash = repository.ask(&["commit-tree", &stale, "-p", "one", "-m", "Tune it (#2)"]);
    let found = ask(&repository, "one", &squash, 1);
    assert_eq!(found["verdict"], "silent-revert");
    assert_eq!(
        files(&found),
        ["a.txt restored", "b.txt restored", "new.txt removed"]
    );
    assert_eq!(
        found["files"][0]["undoes"][0]["subject"],
        "Pull request one"
    );
    assert_eq!(found["files"][0]["by"]["subject"], "Tune it (#2)");
    insta::assert_snapshot!(
        gate(&repository, &["--live", "one", "--sha", &squash])
            .ends_with(1)
            .stdout
            .replace(&squash[..12], "[SQUASH]")
            .replace(&repository.id("one")[..12], "[LIVE]")
    );
    // The first mend puts it right.
    let repository = repository
        .git(&["checkout", "-q", &squash])
        .git(&["checkout", "one", "--", "a.txt", "b.txt", "new.txt"])
        .write("c.txt", "the change\n")
        .commit("Keep what is live");
    assert_eq!(verdict(&repository, "one", "HEAD"), "fresh");
}

#[test]
fn a_merge_that_took_the_wrong_side_is_a_silent_revert() {
    let repository = shop()
        .git(&["checkout", "-q", "-b", "work", "one~1"])
        .write("c.txt", "c\n")
        .commit("Work")
        .git(&["merge", "-q", "--no-commit", "--no-ff", "one"])
        .git(&["checkout", "one~1", "--", "a.txt"])
        .commit("Merge main");
    let found = ask(&repository, "one", "work", 1);
    assert_eq!(files(&found), ["a.txt restored"]);
    // Landed as a merge, it is the same.
    let repository =
        repository
            .checkout("main")
            .git(&["merge", "-q", "--no-ff", "-m", "Merge work", "work"]);
    assert_eq!(
        files(&ask(&repository, "one", "main", 1)),
        ["a.txt restored"]
    );
}

#[test]
fn a_revert_that_says_so_passes() {
    let repository =
        shop()
            .write("c.txt", "c\n")
            .commit("Work")
            .git(&["revert", "--no-edit", "one"]);
    let live = repository.id("HEAD~1");
    assert_eq!(verdict(&repository, &live, "HEAD"), "fresh");
    // Another subject, and the sentence in the body.
    let one = repository.id("one");
    let message = format!("Back to the first state\n\nThis reverts commit {one}.");
    let repository = repository.git(&["commit", "-q", "--amend", "-m", &message]);
    assert_eq!(verdict(&repository, &live, "HEAD"), "fresh");
    // Without it, it is silent; a word in passing declares nothing.
    let repository = repository.git(&["commit", "-q", "--amend", "-m", "Revert some things"]);
    assert_eq!(verdict(&repository, &live, "HEAD"), "silent-revert");
}

#[test]
fn a_revert_that_says_so_covers_its_own_paths_only() {
    let repository = shop()
        .git(&["checkout", "one~1", "--", "a.txt"])
        .commit("Revert \"Pull request one\"")
        .git(&["checkout", "one~1", "--", "b.txt"])
        .git(&["rm", "-q", "new.txt"])
        .commit("Tidy up");
    assert_eq!(
        files(&ask(&repository, "one", "HEAD", 1)),
        ["b.txt restored", "new.txt removed"]
    );
}

#[test]
fn a_revert_on_a_branch_that_was_merged_passes() {
    let repository = shop()
        .branch("revert-1")
        .git(&["revert", "--no-edit", "one"])
        .checkout("main")
        .write("c.txt", "c\n")
        .commit("Meanwhile")
        .git(&[
            "merge",
            "-q",
            "--no-ff",
            "-m",
            "Merge pull request #9 from o/revert-1",
            "revert-1",
        ]);
    assert_eq!(verdict(&repository, "one", "HEAD"), "fresh");
}

#[test]
fn a_revert_of_a_revert_heals() {
    // Live took the work back; bringing it in again restores nothing that was overcome.
    let repository = shop()
        .git(&["revert", "--no-edit", "one"])
        .git(&["tag", "live"])
        .write("c.txt", "c\n")
        .git(&["checkout", "one", "--", "."])
        .commit("Bring it back, better");
    assert_eq!(verdict(&repository, "live", "HEAD"), "fresh");
}

#[test]
fn a_deletion_alone_is_no_silent_revert() {
    let repository = shop().remove("new.txt").commit("Not needed");
    assert_eq!(verdict(&repository, "one", "HEAD"), "fresh");
    let repository = shop().rename("a.txt", "moved/a.txt").commit("Move it");
    assert_eq!(verdict(&repository, "one", "HEAD"), "fresh");
}

#[test]
fn a_rename_that_is_undone_by_a_stale_tree_is_seen_beside_its_content() {
    let repository = Repository::new()
        .write("a.txt", numbered("first"))
        .write("old.txt", numbered("x"))
        .commit("Open")
        .write("a.txt", numbered("second"))
        .rename("old.txt", "name.txt")
        .commit("Rename")
        .git(&["tag", "one"]);
    let stale = repository.id("one~1^{tree}");
    let squash = repository.ask(&["commit-tree", &stale, "-p", "one", "-m", "Tune"]);
    let found = ask(&repository, "one", &squash, 1);
    assert_eq!(
        files(&found),
        ["a.txt restored", "name.txt removed", "old.txt returned"]
    );
}

#[test]
fn whoever_takes_back_a_part_of_their_own_work_knows_it() {
    let back = |author: &str| {
        shop()
            .git(&["checkout", "one~1", "--", "a.txt"])
            .stage()
            .git(&["commit", "-q", "-m", "Simpler", "--author", author])
    };
    assert_eq!(
        verdict(&back("Ada <ada@example.com>"), "one", "HEAD"),
        "fresh"
    );
    assert_eq!(
        verdict(&back("Bob <bob@example.com>"), "one", "HEAD"),
        "silent-revert"
    );
}

#[test]
fn a_decision_holds_for_two_commits_and_no_others() {
    let repository = shop();
    let stale = repository.id("one~1^{tree}");
    let squash = repository.ask(&["commit-tree", &stale, "-p", "one", "-m", "Tune"]);
    let next = repository.ask(&["commit-tree", &stale, "-p", &squash, "-m", "Again"]);
    let keys: Vec<Value> = [&squash, &next]
        .iter()
        .map(|sha| ask(&repository, "one", sha, 1)["key"].clone())
        .collect();
    assert_ne!(keys[0], keys[1]);
    let found = gate(
        &repository,
        &[
            "--live",
            "one",
            "--sha",
            &squash,
            "--json",
            "--acknowledge",
            keys[0].as_str().unwrap(),
        ],
    )
    .ends_with(0)
    .json();
    assert_eq!(found["verdict"], "fresh");
    assert_eq!(found["acknowledged"].as_array().unwrap().len(), 3);
    gate(
        &repository,
        &[
            "--live",
            "one",
            "--sha",
            &next,
            "--json",
            "--acknowledge",
            keys[0].as_str().unwrap(),
        ],
    )
    .ends_with(1);
}

#[test]
fn a_branch_that_has_not_landed_has_to_contain_main() {
    let repository = shop()
        .branch("work")
        .write("c.txt", "c\n")
        .commit("Work")
        .checkout("main")
        .write("d.txt", "d\n")
        .commit("Landed meanwhile");
    let found = ask(&repository, "one", "work", 1);
    assert_eq!(found["verdict"], "stale-base");
    assert_eq!(found["mends"][0]["commands"][0], "git rebase main");
    let repository = repository.checkout("work").git(&["rebase", "-q", "main"]);
    assert_eq!(verdict(&repository, "one", "work"), "fresh");
}

#[test]
fn a_main_that_lost_what_is_live_freezes() {
    let repository = shop().write("c.txt", "c\n").commit("Live");
    let live = repository.id("HEAD");
    // Somebody forces main back, and goes on from there.
    let repository = repository.git(&["reset", "-q", "--hard", "one"]);
    assert_eq!(ask(&repository, &live, "main", 3)["verdict"], "rewritten");
    let repository = repository.write("d.txt", "d\n").commit("Elsewhere");
    let found = ask(&repository, &live, "main", 3);
    assert_eq!(found["outcome"], "freezes");
    let command = found["mends"][0]["commands"][0].as_str().unwrap();
    assert!(command.starts_with("afterclick rebaseline --environment production --sha"));
}

#[test]
fn a_clone_that_is_cut_off_cannot_tell() {
    let origin = shop().write("c.txt", "c\n").commit("More");
    let shallow = Repository::clone_of(&origin, &["--depth=2"]);
    let found = ask(&shallow, &origin.id("one"), "HEAD", 1);
    assert_eq!(found["verdict"], "unknown");
    assert_eq!(found["reason"]["why"], "shallow");
    let command = found["mends"][0]["commands"][0].as_str().unwrap();
    let shallow = shallow.git(&command.split(' ').skip(1).collect::<Vec<_>>());
    assert_eq!(verdict(&shallow, &origin.id("one"), "HEAD"), "fresh");
}

#[test]
fn a_commit_that_is_not_here_is_no_clean_verdict() {
    let repository = shop();
    let gone = "0123456789abcdef0123456789abcdef01234567";
    let found = ask(&repository, gone, "HEAD", 1);
    assert_eq!(
        found["reason"],
        serde_json::json!({"why": "missing", "sha": gone, "live": true})
    );
    gate(&repository, &["--live", "one", "--sha", "nonsense"])
        .ends_with(2)
        .complains("No commit is named");
    gate(&repository, &["--environment", "a\u{202e}b"]).ends_with(2);
}

#[test]
fn a_clone_without_contents_is_enough() {
    let origin = shop().git(&["config", "uploadpack.allowFilter", "true"]);
    let stale = origin.id("one~1^{tree}");
    let squash = origin.ask(&["commit-tree", &stale, "-p", "one", "-m", "Tune"]);
    let origin = origin.git(&["branch", "squash", &squash]);
    let clone = Repository::clone_of(&origin, &["--bare", "--filter=blob:none"]);
    let missing = clone.ask(&[
        "rev-list",
        "--objects",
        "--all",
        "--missing=print",
        "--quiet",
    ]);
    let found = ask(&clone, &origin.id("one"), &squash, 1);
    assert_eq!(found["verdict"], "silent-revert");
    // Nothing was fetched on the way.
    let after = clone.ask(&[
        "rev-list",
        "--objects",
        "--all",
        "--missing=print",
        "--quiet",
    ]);
    assert_eq!(missing, after);
}

#[test]
fn hostile_names_stay_names() {
    let repository = Repository::new()
        .write("-f $(touch x).txt", numbered("first"))
        .commit("Open")
        .write("-f $(touch x).txt", numbered("second"))
        .commit("Change \u{1b}[31m")
        .git(&["tag", "one"])
        .git(&["checkout", "one~1", "--", "."])
        .commit("Back");
    let text = gate(&repository, &["--live", "one"]).ends_with(1).stdout;
    assert!(!text.contains('\u{1b}'), "{text}");
    assert!(text.contains("-- '-f $(touch x).txt'"), "{text}");
}
