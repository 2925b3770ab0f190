//! Where a change comes from, and what becomes of everything that can be in one.

mod support;

use insta::assert_snapshot;
use support::{GUARDED, Outcome, Repository, UNGUARDED, afterclick};

/// A repository whose branch `work` drops a check.
fn work() -> Repository {
    Repository::new()
        .write("orders.py", GUARDED)
        .commit("Start")
        .branch("work")
        .write("orders.py", UNGUARDED)
        .commit("Simplify")
}

mod ranges {
    use super::*;

    #[test]
    fn two_dots_compare_two_commits_as_they_are() {
        let repository = work()
            .checkout("main")
            .write("a.py", "x = 1\n")
            .commit("On");
        let outcome = repository.review(&["main..work"]).succeeds();
        let record = outcome.json();
        assert_eq!(record["base"], repository.id("main"));
        assert_eq!(record["head"], repository.id("work"));
        // The file that only main has is gone on this side.
        assert_eq!(outcome.files(), 2);
        assert_eq!(outcome.speaks_about(), ["orders.py"]);
    }

    #[test]
    fn three_dots_compare_with_where_the_branch_began() {
        let repository = work()
            .checkout("main")
            .write("a.py", "x = 1\n")
            .commit("On");
        let outcome = repository.review(&["main...work"]).succeeds();
        assert_eq!(outcome.json()["base"], repository.id("main~1"));
        assert_eq!(outcome.files(), 1);
    }

    #[test]
    fn one_revision_is_where_the_current_branch_began() {
        let repository = work();
        let outcome = repository.review(&["main"]).succeeds();
        assert_eq!(outcome.json()["base"], repository.id("main"));
        assert_eq!(outcome.json()["head"], repository.id("work"));
    }

    #[test]
    fn a_side_that_is_left_out_is_the_current_commit() {
        let outcome = work().review(&["main.."]).succeeds();
        assert_eq!(outcome.speaks_about(), ["orders.py"]);
        let reverse = work().review(&["..main"]).succeeds();
        assert!(reverse.speaks_about().is_empty());
        assert_eq!(reverse.files(), 1);
    }

    #[test]
    fn one_commit_alone_is_compared_with_its_parent() {
        let repository = work();
        let outcome = repository.review(&["HEAD^!"]).succeeds();
        assert_eq!(outcome.json()["base"], repository.id("main"));
    }

    #[test]
    fn the_first_commit_is_compared_with_nothing() {
        let repository = work();
        let outcome = repository.review(&["main^!"]).succeeds();
        assert_eq!(
            outcome.json()["base"],
            "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
        );
        assert_eq!(outcome.files(), 1);
    }

    #[test]
    fn a_merge_commit_is_compared_with_its_first_parent() {
        let repository = work()
            .checkout("main")
            .write("a.py", "x = 1\n")
            .commit("On")
            .git(&["merge", "--quiet", "--no-ff", "-m", "Merge", "work"]);
        let outcome = repository.review(&["HEAD^!"]).succeeds();
        assert_eq!(outcome.files(), 1);
        assert_eq!(outcome.speaks_about(), ["orders.py"]);
        assert_eq!(
            repository.review(&["HEAD~1..HEAD"]).succeeds().json(),
            outcome.json()
        );
    }

    #[test]
    fn a_bare_repository_will_do() {
        let bare = Repository::clone_of(&work(), &["--bare"]);
        let outcome = bare.review(&["main..work"]).succeeds();
        assert_eq!(outcome.speaks_about(), ["orders.py"]);
        bare.review(&["--worktree"])
            .ends_with(2)
            .complains("has no working tree");
    }

    #[test]
    fn another_folder_may_be_named() {
        let repository = work();
        let elsewhere = tempfile::tempdir().unwrap();
        let mut command = afterclick(elsewhere.path());
        command.current_dir(elsewhere.path());
        command.arg("-C").arg(repository.path());
        command.args(["review", "--format", "json", "main..work"]);
        assert_eq!(Outcome::of(command, &[]).succeeds().files(), 1);
    }

    #[test]
    fn sha_256_repositories_are_read_alike() {
        let repository = Repository::new()
            .git(&["init", "--quiet", "--object-format=sha256", "../other"])
            .write("../other/orders.py", GUARDED);
        let other = "../other";
        let repository = repository
            .git(&["-C", other, "add", "--all"])
            .git(&["-C", other, "commit", "--quiet", "-m", "Start"]);
        let outcome = repository.afterclick(&["-C", other, "review", "--format", "json", "HEAD^!"]);
        let base = outcome.succeeds().json()["base"]
            .as_str()
            .unwrap()
            .to_owned();
        assert_eq!(base.len(), 64);
    }
}

mod without_a_range {
    use super::*;

    #[test]
    fn a_branch_is_compared_with_the_default_branch_of_its_remote() {
        let origin = work().checkout("main");
        let repository = Repository::clone_of(&origin, &[])
            .branch("more")
            .write("orders.py", UNGUARDED)
            .commit("Simplify");
        let outcome = repository.review(&[]).succeeds();
        assert_eq!(outcome.json()["base"], origin.id("main"));
        assert_eq!(outcome.speaks_about(), ["orders.py"]);
    }

    #[test]
    fn a_remote_without_a_head_has_a_main() {
        let repository = Repository::clone_of(&work().checkout("main"), &[])
            .git(&["remote", "set-head", "origin", "--delete"])
            .branch("more")
            .write("a.py", "x = 1\n")
            .commit("On");
        assert_eq!(repository.review(&[]).succeeds().files(), 1);
    }

    #[test]
    fn a_branch_without_a_remote_is_compared_with_the_local_main() {
        assert_eq!(work().review(&[]).succeeds().speaks_about(), ["orders.py"]);
    }

    #[test]
    fn where_nothing_differs_it_says_so() {
        let repository = work().checkout("main");
        let outcome = repository.review(&[]).ends_with(0);
        assert_eq!(outcome.files(), 0);
        assert_snapshot!(outcome.stderr, @r"
        note: HEAD has nothing that main does not have, so there is nothing to review.
        hint: Review the last commit with `afterclick review HEAD^!`.
        ");
    }

    #[test]
    fn before_the_first_commit_it_says_so() {
        let outcome = Repository::new().review(&[]).ends_with(0);
        assert_eq!(outcome.files(), 0);
        assert_snapshot!(outcome.stderr, @r"
        note: There is no commit yet, so there is nothing to review.
        hint: Review what you are about to commit with `afterclick review --staged`.
        ");
    }

    #[test]
    fn where_no_branch_is_the_default_it_asks() {
        let repository = work().git(&["branch", "--quiet", "-m", "main", "trunk"]);
        let outcome = repository.review(&[]).ends_with(2);
        assert_snapshot!(outcome.stderr, @r"
        error: There is no default branch here to compare with: no origin/HEAD, main or master.
        hint: Name the base, as in `afterclick review main...HEAD`, or run `git remote set-head origin --auto` once.
        ");
    }
}

mod not_committed {
    use super::*;

    #[test]
    fn the_index_is_compared_with_the_commit() {
        let repository = Repository::new()
            .write("orders.py", GUARDED)
            .commit("Start")
            .write("orders.py", UNGUARDED)
            .stage()
            // What is not staged is not looked at.
            .write("orders.py", GUARDED)
            .write("new.py", "x = 1\n");
        let outcome = repository.review(&["--staged"]).succeeds();
        assert_eq!(outcome.json()["head"], "index");
        assert_eq!(outcome.json()["base"], repository.id("HEAD"));
        assert_eq!(outcome.files(), 1);
        assert_eq!(outcome.speaks_about(), ["orders.py"]);
    }

    #[test]
    fn a_file_that_is_only_announced_is_not_staged() {
        let repository = Repository::new()
            .commit("Start")
            .write("a.py", "x = 1\n")
            .git(&["add", "--intent-to-add", "a.py"]);
        assert_eq!(repository.review(&["--staged"]).succeeds().files(), 0);
        assert_eq!(repository.review(&["--worktree"]).succeeds().files(), 1);
    }

    #[test]
    fn the_working_tree_counts_changed_and_new_files_but_not_ignored_ones() {
        let repository = Repository::new()
            .write("orders.py", GUARDED)
            .write(".gitignore", "*.log\n")
            .commit("Start")
            .write("orders.py", UNGUARDED)
            .write("deep/new.py", "x = 1\n")
            .write("noise.log", "x\n");
        let outcome = repository.review(&["--worktree"]).succeeds();
        assert_eq!(outcome.json()["head"], "worktree");
        assert_eq!(outcome.files(), 2);
        assert_eq!(outcome.speaks_about(), ["orders.py"]);
        // From a folder inside it is the same.
        let inside =
            repository.afterclick(&["-C", "deep", "review", "--format", "json", "--worktree"]);
        assert_eq!(inside.succeeds().json(), outcome.json());
    }

    #[test]
    fn a_file_that_was_only_touched_is_no_change() {
        let repository = Repository::new()
            .write("orders.py", GUARDED)
            .commit("Start")
            .remove("orders.py")
            .write("orders.py", GUARDED);
        assert_eq!(repository.review(&["--worktree"]).succeeds().files(), 0);
    }

    #[test]
    fn a_file_that_moved_in_the_working_tree_is_one_file() {
        let repository = Repository::new()
            .write("orders.py", GUARDED)
            .commit("Start")
            .rename("orders.py", "shop/orders.py")
            .write("shop/orders.py", UNGUARDED);
        let outcome = repository.review(&["--worktree"]).succeeds();
        assert_eq!(outcome.files(), 1);
        assert_eq!(outcome.speaks_about(), ["shop/orders.py"]);
    }

    #[test]
    fn before_the_first_commit_everything_is_new() {
        let repository = Repository::new()
            .write("a.py", "x = 1\n")
            .stage()
            .write("b.py", "y = 2\n");
        assert_eq!(repository.review(&["--staged"]).succeeds().files(), 1);
        assert_eq!(repository.review(&["--worktree"]).succeeds().files(), 2);
    }

    #[test]
    fn a_conflict_is_not_reviewed() {
        let repository = work()
            .checkout("main")
            .write("orders.py", "x = 1\n")
            .commit("Other")
            .git_may_fail(&["merge", "work"]);
        for source in ["--staged", "--worktree"] {
            let outcome = repository.review(&[source]).succeeds();
            let listed = outcome.not_reviewed();
            assert_eq!(
                listed,
                ["orders.py: merge conflict that is not resolved yet"]
            );
        }
    }

    #[test]
    fn nothing_is_written_to_the_repository() {
        let repository = Repository::new()
            .write("orders.py", GUARDED)
            .commit("Start")
            .write("orders.py", UNGUARDED);
        let index = repository.path().join(".git/index");
        let before = std::fs::read(&index).unwrap();
        let objects = repository.ask(&["count-objects"]);
        for source in ["--staged", "--worktree"] {
            assert_eq!(repository.review(&[source]).code, 0);
        }
        assert_eq!(std::fs::read(&index).unwrap(), before);
        assert_eq!(repository.ask(&["count-objects"]), objects);
    }

    #[test]
    fn a_repository_inside_is_not_entered() {
        let repository = Repository::new()
            .commit("Start")
            .git(&["init", "--quiet", "inner"])
            .write("inner/a.py", "x = 1\n")
            .git(&["-C", "inner", "add", "--all"])
            .git(&["-C", "inner", "commit", "--quiet", "-m", "Inner"]);
        let outcome = repository.review(&["--worktree"]).succeeds();
        assert_eq!(
            outcome.not_reviewed(),
            ["inner: submodule; review the commit in its own repository"]
        );
    }
}

mod folders {
    use super::*;

    #[test]
    fn two_folders_need_no_repository() {
        let repository = Repository::new()
            .write("before/orders.py", GUARDED)
            .write("before/same.py", "x = 1\n")
            .write("before/moved.py", "def a():\n    return 1\n")
            .write("after/orders.py", UNGUARDED)
            .write("after/same.py", "x = 1\n")
            .write("after/new/moved.py", "def a():\n    return 1\n");
        let outcome = repository
            .review(&["--no-index", "before", "after"])
            .succeeds();
        assert_eq!(outcome.json()["base"], "before");
        assert_eq!(outcome.json()["head"], "after");
        assert_eq!(outcome.files(), 2);
        assert_eq!(outcome.speaks_about(), ["orders.py"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let repository = Repository::new()
            .write("before/a.py", "x = 1\n")
            .write("after/a.py", "x = 1\n")
            .write("secret/key.py", "k = 1\n")
            .link("after/key.py", "../secret/key.py")
            .link("after/secret", "../secret");
        let outcome = repository
            .review(&["--no-index", "before", "after"])
            .succeeds();
        assert_eq!(
            outcome.not_reviewed(),
            ["key.py: symbolic link", "secret: symbolic link"]
        );
    }

    #[test]
    fn a_file_is_no_folder() {
        let repository = Repository::new().write("a.py", "x = 1\n");
        let outcome = repository
            .review(&["--no-index", "a.py", "nowhere"])
            .ends_with(2);
        assert_snapshot!(outcome.stderr, @r"
        error: a.py is not a folder.
        hint: `--no-index` compares two folders: BEFORE and AFTER.
        ");
    }
}

mod kinds_of_files {
    use super::*;

    /// Reviews what a second commit does to a first.
    fn between(
        start: impl FnOnce(Repository) -> Repository,
        then: impl FnOnce(Repository) -> Repository,
    ) -> Outcome {
        let repository = start(Repository::new()).commit("Start");
        then(repository)
            .commit("Then")
            .review(&["HEAD~1..HEAD"])
            .succeeds()
    }

    #[test]
    fn a_renamed_file_is_compared_with_what_it_was() {
        let outcome = between(
            |it| it.write("orders.py", GUARDED),
            |it| {
                it.rename("orders.py", "shop/views.py")
                    .write("shop/views.py", UNGUARDED)
            },
        );
        assert_eq!(outcome.files(), 1);
        assert_eq!(outcome.speaks_about(), ["shop/views.py"]);
    }

    #[test]
    fn a_copy_is_a_new_file() {
        let outcome = between(
            |it| it.write("orders.py", GUARDED),
            |it| it.write("copy.py", UNGUARDED),
        );
        assert_eq!(outcome.files(), 1);
        assert!(outcome.speaks_about().is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn an_executable_bit_alone_changes_no_content() {
        let outcome = between(
            |it| it.write("run.sh", "echo 1\n").write("picture.png", "PNG\0"),
            |it| it.executable("run.sh").executable("picture.png"),
        );
        assert!(outcome.not_reviewed().is_empty());
        assert!(outcome.speaks_about().is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_becomes_a_link_is_listed() {
        let outcome = between(
            |it| it.write("orders.py", GUARDED),
            |it| it.remove("orders.py").link("orders.py", "/etc/passwd"),
        );
        assert_eq!(outcome.not_reviewed(), ["orders.py: symbolic link"]);
    }

    #[test]
    fn a_submodule_is_listed() {
        let id = "1111111111111111111111111111111111111111";
        let entry = format!("160000,{id},lib/pay");
        let repository = Repository::new()
            .commit("Start")
            .git(&["update-index", "--add", "--cacheinfo", &entry])
            .git(&["commit", "--quiet", "-m", "Then"]);
        let outcome = repository.review(&["HEAD^!"]).succeeds();
        assert_eq!(
            outcome.not_reviewed(),
            ["lib/pay: submodule; review the commit in its own repository"]
        );
    }

    #[test]
    fn what_is_no_text_is_listed_with_its_reason() {
        let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n";
        let outcome = between(
            |it| it,
            |it| {
                it.write("a.bin", b"\x7fELF\0\0")
                    .write("big.sql", "-- x\n".repeat(300_000))
                    .write("model.onnx", pointer)
                    .write("api.pb.go", "package api\n")
                    .write("app.min.js", "x=1\n")
                    .write("vendor/x.com/a.go", "package a\n")
                    .write(
                        "query.go",
                        "// Code generated by sqlc. DO NOT EDIT.\npackage a\n",
                    )
                    .write("Cargo.lock", "version = 4\n")
                    .write("README.md", "# A\n")
                    .write("tests/test_a.py", "x = 1\n")
            },
        );
        assert_eq!(outcome.files(), 10);
        assert_snapshot!(outcome.not_reviewed().join("\n"), @r"
        a.bin: binary file
        api.pb.go: generated or minified file
        app.min.js: generated or minified file
        big.sql: larger than 1 MB (1500000 bytes)
        model.onnx: Git LFS pointer; the content is not in the repository
        query.go: generated or minified file
        vendor/x.com/a.go: somebody else's code, kept in the tree
        ");
    }

    #[test]
    fn a_file_that_grows_too_large_is_listed() {
        let outcome = between(
            |it| it.write("orders.py", GUARDED),
            |it| it.write("orders.py", UNGUARDED.to_owned() + &"# x\n".repeat(300_000)),
        );
        assert_eq!(outcome.not_reviewed().len(), 1);
    }

    #[test]
    fn a_picture_that_moves_is_nothing_to_review() {
        let outcome = between(
            |it| it.write("a.png", b"PNG\0\0\0\0\0"),
            |it| it.rename("a.png", "b.png"),
        );
        assert!(outcome.not_reviewed().is_empty());
    }

    #[test]
    fn line_endings_alone_say_nothing_and_hide_nothing() {
        let windows = |text: &str| text.replace('\n', "\r\n");
        let outcome = between(
            |it| it.write("orders.py", GUARDED),
            |it| it.write("orders.py", windows(GUARDED)),
        );
        assert!(outcome.speaks_about().is_empty());
        let outcome = between(
            |it| it.write("orders.py", windows(GUARDED)),
            |it| it.write("orders.py", windows(UNGUARDED)),
        );
        assert_eq!(outcome.speaks_about(), ["orders.py"]);
    }

    #[test]
    fn text_that_is_not_utf_8_is_read() {
        let latin = |text: &str| [b"# caf\xe9\n", text.as_bytes()].concat();
        let outcome = between(
            |it| it.write("orders.py", latin(GUARDED)),
            |it| it.write("orders.py", latin(UNGUARDED)),
        );
        assert_eq!(outcome.speaks_about(), ["orders.py"]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn odd_paths_are_paths() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let invalid = OsStr::from_bytes(b"caf\xe9.bin");
        let repository = Repository::new()
            .commit("Start")
            .write("--output=x", b"\0")
            .write("-dash.bin", b"\0")
            .write(":/magic.bin", b"\0")
            .write("a\tb\nc.bin", b"\0")
            .write("\u{1b}[31mred.bin", b"\0")
            .write("\u{202e}gpj.bin", b"\0")
            .write(invalid, b"\0");
        let expected = [
            "--output=x",
            "-dash.bin",
            ":/magic.bin",
            "\\u{1b}[31mred.bin",
            "\\u{202e}gpj.bin",
            "a\\tb\\nc.bin",
            "caf\u{fffd}.bin",
        ];
        let check = |outcome: Outcome| {
            let mut listed = outcome.not_reviewed();
            listed.sort();
            let lines = expected.map(|path| format!("{path}: binary file"));
            assert_eq!(listed, lines);
        };
        check(repository.review(&["--worktree"]).succeeds());
        let repository = repository.stage();
        check(repository.review(&["--staged"]).succeeds());
        let repository = repository.commit("Then");
        check(repository.review(&["HEAD^!"]).succeeds());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_name_may_change_its_case_alone() {
        let outcome = between(
            |it| it.write("Orders.py", GUARDED),
            |it| {
                it.rename("Orders.py", "orders.py")
                    .write("orders.py", UNGUARDED)
            },
        );
        assert_eq!(outcome.files(), 1);
        assert_eq!(outcome.speaks_about(), ["orders.py"]);
    }
}

mod incomplete_clones {
    use super::*;

    #[test]
    fn a_shallow_clone_without_the_base_says_how_to_get_it() {
        let clone = Repository::clone_of(&work(), &["--depth=1", "--branch=work"]);
        let outcome = clone.review(&["HEAD~1..HEAD"]).ends_with(5);
        assert_snapshot!(outcome.stderr, @r#"
        error: No commit is named "HEAD~1" in this clone.
        hint: This is a shallow clone. Fetch more history with `git fetch --deepen=100`, or all of it with `git fetch --unshallow`; in GitHub Actions, set `fetch-depth: 0` for actions/checkout.
        "#);
        clone
            .review(&["HEAD^!"])
            .ends_with(5)
            .complains("No commit is named");
    }

    #[test]
    fn a_shallow_clone_may_have_lost_where_the_branch_began() {
        let origin = work()
            .checkout("main")
            .write("a.py", "x = 1\n")
            .commit("On");
        let clone = Repository::clone_of(&origin, &["--depth=1", "--no-single-branch"]);
        clone
            .review(&["origin/main...origin/work"])
            .ends_with(5)
            .complains("no commit in common");
    }

    /// A clone that has commits and folders, and of the files only those at its head.
    fn partial() -> Repository {
        let origin = work()
            .write("new name.py", UNGUARDED.replace("order", "invoice"))
            .remove("orders.py")
            .commit("Rename")
            .git(&["config", "uploadpack.allowFilter", "true"]);
        let clone = Repository::clone_of(&origin, &["--filter=blob:none", "--branch=work"]);
        std::fs::remove_dir_all(origin.path()).unwrap();
        clone
    }

    #[test]
    fn what_a_partial_clone_lacks_is_listed() {
        let outcome = partial().review(&["HEAD~2..HEAD~1"]).succeeds();
        assert_eq!(
            outcome.not_reviewed(),
            ["orders.py: object missing from this clone"]
        );
    }

    #[test]
    fn renames_in_a_partial_clone_do_without_the_contents() {
        let outcome = partial().review(&["HEAD~1..HEAD"]).succeeds();
        assert_eq!(
            outcome.not_reviewed(),
            ["orders.py: object missing from this clone"]
        );
        assert_eq!(outcome.files(), 2);
    }

    #[test]
    fn a_damaged_object_ends_the_review() {
        let repository = work();
        let blob = repository.id("work:orders.py");
        let object = repository
            .path()
            .join(".git/objects")
            .join(&blob[..2])
            .join(&blob[2..]);
        std::fs::remove_file(&object).unwrap();
        std::fs::write(&object, "nonsense").unwrap();
        repository
            .review(&["main..work"])
            .ends_with(5)
            .complains("The repository is damaged");
    }
}

mod hostile_surroundings {
    use super::*;

    #[test]
    fn nothing_that_the_configuration_names_is_run() {
        let trap = "touch ../trapped; exit 1";
        let repository = work()
            .git(&["config", "core.fsmonitor", trap])
            .git(&["config", "core.pager", trap])
            .git(&["config", "diff.external", trap])
            .git(&["config", "diff.trap.textconv", trap])
            .git(&["config", "diff.trap.command", trap])
            .write(".gitattributes", "*.py diff=trap\n");
        for arguments in [["main..work"], ["--staged"], ["--worktree"]] {
            assert_eq!(repository.review(&arguments).code, 0, "{arguments:?}");
        }
        assert!(!repository.path().join("../trapped").exists());
    }

    #[test]
    fn nothing_that_the_environment_names_is_run() {
        let repository = work();
        let outcome =
            repository.afterclick_with(&["review", "--format", "json", "main..work"], |it| {
                it.env("GIT_EXTERNAL_DIFF", "touch ../trapped")
                    .env("GIT_DIFF_OPTS", "--unified=0")
                    .env("GIT_LITERAL_PATHSPECS", "1")
                    .env("LC_ALL", "de_DE.UTF-8");
            });
        assert_eq!(outcome.succeeds().files(), 1);
        assert!(!repository.path().join("../trapped").exists());
    }

    #[test]
    fn a_repository_named_by_the_environment_is_the_one() {
        let repository = work();
        let elsewhere = tempfile::tempdir().unwrap();
        let outcome =
            repository.afterclick_with(&["review", "--format", "json", "main..work"], |it| {
                it.current_dir(elsewhere.path())
                    .env("GIT_DIR", repository.path().join(".git"));
            });
        assert_eq!(outcome.succeeds().files(), 1);
    }

    #[test]
    fn a_replaced_object_is_not_believed() {
        let repository = work();
        let (guarded, unguarded) = (
            repository.id("main:orders.py"),
            repository.id("work:orders.py"),
        );
        let repository = repository.git(&["replace", &unguarded, &guarded]);
        let outcome = repository.review(&["main..work"]).succeeds();
        assert_eq!(outcome.speaks_about(), ["orders.py"]);
    }

    #[test]
    fn a_setting_in_the_change_cannot_hide_a_submodule() {
        let rules = "[submodule \"a\"]\n\tpath = a\n\turl = ./a\n\tignore = all\n";
        let repository = Repository::new()
            .write(".gitmodules", rules)
            .commit("Start")
            .git(&[
                "update-index",
                "--add",
                "--cacheinfo",
                "160000,1111111111111111111111111111111111111111,a",
            ])
            .git(&["commit", "--quiet", "-m", "Then"]);
        assert_eq!(
            repository
                .review(&["HEAD^!"])
                .succeeds()
                .not_reviewed()
                .len(),
            1
        );
    }
}

mod mistakes {
    use super::*;

    #[test]
    fn a_revision_that_is_not_there() {
        let outcome = work().review(&["nowhere..work"]).ends_with(2);
        assert_snapshot!(outcome.stderr, @r#"
        error: No commit is named "nowhere" in this clone.
        hint: Check the spelling; a branch of a remote may have to be fetched first.
        "#);
    }

    #[test]
    fn a_revision_that_looks_like_an_option_or_several_lines() {
        for revision in [
            "--output=/tmp/x..work",
            "a\nb..work",
            "main..-x",
            "\u{1b}[31m..work",
        ] {
            let outcome = work().review(&["--", revision]).ends_with(2);
            assert!(!outcome.stderr.contains('\u{1b}'));
            let _ = outcome.complains("No commit is named");
        }
    }

    #[test]
    fn a_file_is_no_commit() {
        work()
            .review(&["HEAD:orders.py..work"])
            .ends_with(2)
            .complains("No commit is named");
    }

    #[test]
    fn an_empty_range() {
        for range in ["", "..", "..."] {
            work()
                .review(&[range])
                .ends_with(2)
                .complains("The range is empty");
        }
    }

    #[test]
    fn histories_without_a_common_commit() {
        let repository = work()
            .git(&["checkout", "--quiet", "--orphan", "other"])
            .commit("Other");
        let outcome = repository.review(&["main...other"]).ends_with(2);
        assert_snapshot!(outcome.stderr, @r#"
        error: "main" and "other" have no commit in common in this clone.
        hint: Compare the two as they are: `BASE..HEAD`.
        "#);
    }

    #[test]
    fn a_folder_without_a_repository() {
        let repository = work();
        let outcome = repository.afterclick(&["-C", "..", "review"]).ends_with(5);
        assert_snapshot!(outcome.stderr, @r"
        error: .. is not in a git repository.
        hint: Run it inside a repository, name one with `-C DIR`, or compare two folders with `--no-index BEFORE AFTER`.
        ");
        repository
            .afterclick(&["-C", "nowhere", "review"])
            .ends_with(2)
            .complains("There is no folder nowhere");
    }

    #[test]
    fn git_is_not_installed() {
        let repository = work();
        let outcome = repository.afterclick_with(&["review"], |it| {
            it.env("PATH", "/nowhere");
        });
        outcome.ends_with(5).complains("git could not be started");
    }

    #[test]
    fn two_sources_at_once() {
        for arguments in [["--staged", "--worktree"], ["main", "--staged"]] {
            let outcome = work().review(&arguments).ends_with(2);
            assert!(
                outcome.stderr.contains("cannot be used with"),
                "{outcome:?}"
            );
        }
    }

    #[test]
    fn a_reader_that_leaves_is_no_failure() {
        let repository = work();
        let mut command = afterclick(repository.path());
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        command
            .current_dir(repository.path())
            .args(["review", "--format", "json", "main"]);
        command.stdout(writer);
        let output = command.spawn().unwrap().wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0));
    }
}
