//! The composite action, run for real by a workflow runner against a GitHub of our own.
//!
//! `.ci/act` starts it: `AFTERCLICK_TOOLS` says where the runner is.
#![cfg(unix)]

#[path = "support/github/mod.rs"]
mod github;
mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use github::{GitHub, state, story};
use serde_json::{Value, json};
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
        let to = self.path(&format!("checkout-{}", fastrand::u64(..)));
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
        // As with `persist-credentials: false`: the server, and nothing that lets us in.
        let [_, _, (_, server)] = github.addresses();
        let url = format!("{server}/octo/shop");
        github.ask(&["-C", at, "remote", "set-url", "origin", &url]);
        to
    }

    /// Runs a job of a workflow, and what it needs, to its end.
    fn run(&self, github: &GitHub, checkout: &Path, job: &Job<'_>) -> Ran {
        let output = self.start(github, checkout, job).wait_with_output();
        let output = output.unwrap();
        let log = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(!log.contains(github.token()), "the token is in {log}");
        Ran {
            success: output.status.success(),
            log,
        }
    }

    fn start(&self, github: &GitHub, checkout: &Path, job: &Job<'_>) -> Child {
        let tools = std::env::var("AFTERCLICK_TOOLS").expect("AFTERCLICK_TOOLS names the tools");
        let event_path = self.path("event.json");
        fs::write(&event_path, job.payload.to_string()).unwrap();
        let local = format!("{ACTION}={}", self.path("action").display());
        let mut act = Command::new(Path::new(&tools).join("bin/act"));
        act.current_dir(checkout)
            .args([job.event, "-j", job.name, "--actor", "mira"])
            .args(["-P", "ubuntu-latest=-self-hosted", "--no-cache-server"])
            .args(["--local-repository", &local])
            .arg("-e")
            .arg(&event_path)
            .arg("-s")
            .arg(format!("GITHUB_TOKEN={}", github.token()))
            .args(["--env", "GITHUB_REPOSITORY=octo/shop"])
            .args(["--env", &format!("GITHUB_RUN_ID={}", job.run)])
            // The machine goes when its job does, as GitHub's own do.
            .args(["--env", "RUNNER_ENVIRONMENT=github-hosted"])
            // Nothing of this machine's own configuration.
            .env("HOME", self.home.path())
            .env("XDG_CONFIG_HOME", self.home.path())
            .env("XDG_CACHE_HOME", self.path("cache"))
            .env("XDG_DATA_HOME", self.path("data"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for (name, value) in github.addresses() {
            act.args(["--env", &format!("{name}={value}")]);
        }
        act.spawn().unwrap()
    }

    /// Runs the ship workflow for what `main` is.
    fn ships(&self, github: &GitHub, run: u64) -> Ran {
        let main = github.state().sha("refs/heads/main");
        let checkout = self.check_out(github, &main);
        self.run(github, &checkout, &ship(github, run))
    }
}

/// A job of a workflow, with what it needs.
struct Job<'a> {
    event: &'a str,
    name: &'a str,
    payload: Value,
    run: u64,
}

/// The job that ships what was pushed to `main`.
fn ship(github: &GitHub, run: u64) -> Job<'static> {
    Job {
        event: "push",
        name: "ship",
        payload: json!({
            "ref": "refs/heads/main", "before": "0".repeat(40),
            "after": github.state().sha("refs/heads/main"),
        }),
        run,
    }
}

/// The job that reviews a pull request as it stands.
fn review(github: &GitHub, pull: u64) -> Job<'static> {
    Job {
        event: "pull_request",
        name: "review",
        payload: github.pull_payload("opened", pull),
        run: 17_000_000_001,
    }
}

/// The job that answers a comment.
fn command(github: &GitHub, comment: u64) -> Job<'static> {
    Job {
        event: "issue_comment",
        name: "command",
        payload: github.comment_payload("created", comment),
        run: 17_000_000_002,
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

    fn does_not_say(self, words: &str) -> Self {
        assert!(!self.log.contains(words), "{words:?} is in {}", self.log);
        self
    }

    fn says(self, words: &str) -> Self {
        assert!(self.log.contains(words), "{words:?} is not in {}", self.log);
        self
    }
}

/// A shop whose workflows `init` wrote, and that enforces what it says about access.
fn shop(repository: Repository) -> Repository {
    shop_with(repository, &[], "version: 1\nmodes:\n  auth: enforce\n")
}

fn shop_with(repository: Repository, wishes: &[&str], policy: &str) -> Repository {
    let repository = repository
        .write("orders.py", GUARDED)
        .write("README.md", "A shop.\n");
    repository
        .afterclick(&[&["init", "--yes", "--branch", "main"], wishes].concat())
        .succeeds();
    let binary = env!("CARGO_BIN_EXE_afterclick");
    let folder = repository.path().join(".github/workflows");
    for file in fs::read_dir(folder).unwrap() {
        let file = file.unwrap().path();
        let workflow = fs::read_to_string(&file).unwrap();
        let workflow = workflow.replace(
            "          mode: ",
            &format!("          binary-path: {binary}\n          mode: "),
        );
        // The runner does not know these keys yet, and ignores groups and environments altogether.
        let workflow = workflow.replace("      queue: max\n", "");
        let workflow = workflow.replace("      deployment: false\n", "");
        fs::write(&file, workflow).unwrap();
    }
    repository.write(".afterclick.yml", policy).commit("Open")
}

/// A shop that ships with an approval, whose deploy writes down what is live and whose probe reads
/// it. Where there is a file `slow`, the deploy says that it has begun, and takes its time; where
/// there is `dies`, it kills who began it.
fn shipping_shop(github: &GitHub) {
    let home = github.home();
    let home = home.display();
    let deploy = format!(
        "if [ -e {home}/slow ]; then touch {home}/begun; sleep 60; fi\n\
         if [ -e {home}/dies ]; then kill -9 $PPID; exit 1; fi\n\
         echo \"$AFTERCLICK_SHA\" >{home}/live"
    );
    let policy = format!(
        "version: 1\nmodes:\n  auth: enforce\nship:\n  environments:\n    production:\n      \
         approval: true\n      probe: cat {home}/live\n"
    );
    let wishes = [
        "--ship",
        "production",
        "--approval",
        "production-approval",
        "--deploy",
        &deploy,
    ];
    github
        .work(|it| shop_with(it, &wishes, &policy))
        .push("main");
    let people = [("ada", "maintain"), ("mira", "write"), ("eve", "read")];
    github.state().people = people.map(|(who, role)| (who.to_owned(), role)).into();
    for run in 1..9 {
        let approved = (run, "ada", "production-approval", "approved");
        github.state().approvals.push(approved);
    }
}

/// What the deploy command wrote down.
fn live(github: &GitHub) -> String {
    let live = fs::read_to_string(github.home().join("live"));
    live.unwrap_or_default().trim().to_owned()
}

/// The machine is gone, with everything that ran on it.
fn vanish(mut job: Child) {
    let mut tree = vec![job.id()];
    let mut at = 0;
    while at < tree.len() {
        let children = Command::new("ps")
            .args(["-o", "pid=", "--ppid", &tree[at].to_string()])
            .output()
            .unwrap();
        let children = String::from_utf8(children.stdout).unwrap();
        tree.extend(
            children
                .split_whitespace()
                .map(|it| it.parse::<u32>().unwrap()),
        );
        at += 1;
    }
    let tree: Vec<String> = tree.iter().map(u32::to_string).collect();
    Command::new("kill").arg("-9").args(&tree).output().unwrap();
    job.wait().unwrap();
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
        runner
            .run(github, &checkout, &review(github, pull))
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
        runner
            .run(github, &checkout, &review(github, pull))
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
        runner
            .run(github, &checkout, &review(github, pull))
            .fails()
            .says("reveiw; $(touch pwned)");
        assert!(!checkout.join("pwned").exists());
    });
}

#[test]
fn a_maintainer_overrides_a_concern_and_an_outsider_does_not() {
    story(|github| {
        let runner = Runner::new();
        shipping_shop(github);
        let change = |it: Repository| {
            it.branch("simplify")
                .write("orders.py", UNGUARDED)
                .commit("Simplify")
        };
        let pull = github.work(change).open("simplify", "mira");
        let checkout = runner.check_out(github, &github.head(pull));
        let reviewed = runner.run(github, &checkout, &review(github, pull));
        drop(reviewed.fails().says("delete_order"));
        let comment = github.comment(pull);
        let is_id = |word: &&str| word.len() == 8 && word.bytes().all(|it| it.is_ascii_hexdigit());
        let id = comment.split('`').find(is_id).unwrap();
        let main = github.state().sha("refs/heads/main");
        let checkout = runner.check_out(github, &main);
        let words = format!("/afterclick override {id} because the gateway checks it");
        for (who, reaction, check) in [("eve", "-1", "failure"), ("ada", "+1", "neutral")] {
            let asks = github.says(pull, who, &words);
            runner
                .run(github, &checkout, &command(github, asks))
                .succeeds();
            assert_eq!(github.reactions(asks), [reaction], "{who}");
            let found = github.check();
            assert!(
                found.starts_with(&format!("afterclick: {check}: ")),
                "{found}"
            );
        }
        let comment = github.comment(pull);
        for part in ["ada", "the gateway checks it"] {
            assert!(comment.contains(part), "{part} is not in {comment}");
        }
    });
}

#[test]
fn merged_work_is_admitted_approved_and_shipped() {
    story(|github| {
        let runner = Runner::new();
        shipping_shop(github);
        runner
            .ships(github, 1)
            .succeeds()
            .says("is live on production");
        let change = |it: Repository| {
            it.branch("words")
                .write("README.md", "A fine shop.\n")
                .commit("Words")
        };
        let pull = github.work(change).open("words", "mira");
        github.push("main");
        runner
            .ships(github, 2)
            .succeeds()
            .says("is taken")
            .says("ada approved ticket")
            .says("is live on production")
            // The step for what did not end well has nothing to do.
            .does_not_say("let go");
        assert_eq!(live(github), github.state().sha("refs/heads/main"));
        let comment = github.comment(pull);
        for part in ["**Live on `production`**", "To go back"] {
            assert!(comment.contains(part), "{part} is not in {comment}");
        }
        github.state().unread.clear();
    });
}

#[test]
fn a_job_that_is_killed_in_mid_deploy_is_evicted_by_the_next_on_the_evidence_of_its_run() {
    story(|github| {
        let runner = Runner::new();
        shipping_shop(github);
        runner.ships(github, 1).succeeds();
        let before = live(github);
        let change = |it: Repository| it.write("README.md", "A fine shop.\n").commit("Words");
        github.work(change).push("main");
        let main = github.state().sha("refs/heads/main");
        let checkout = runner.check_out(github, &main);
        fs::write(github.home().join("slow"), "").unwrap();
        let job = runner.start(github, &checkout, &ship(github, 2));
        while !github.home().join("begun").exists() {
            std::thread::yield_now();
        }
        vanish(job);
        fs::remove_file(github.home().join("slow")).unwrap();
        assert_eq!(live(github), before);
        let run = |status, conclusion| state::Run {
            id: 2,
            attempt: 1,
            status,
            conclusion,
        };
        github
            .state()
            .runs
            .push(run("completed", Some("cancelled")));
        runner
            .ships(github, 3)
            .succeeds()
            .says("taken from a holder that is gone: attempt 1 of run 2 is completed")
            .says("is live on production, the probe says")
            .says("is live on production, with ticket");
        assert_eq!(live(github), main);
        github.state().unread.clear();
    });
}

#[test]
fn a_ship_that_dies_within_its_job_gives_its_lock_back_in_the_same_job() {
    story(|github| {
        let runner = Runner::new();
        shipping_shop(github);
        runner.ships(github, 1).succeeds();
        let before = live(github);
        let change = |it: Repository| it.write("README.md", "A fine shop.\n").commit("Words");
        github.work(change).push("main");
        // A cancelled job goes this way as well; this runner leaves the steps after it out then.
        fs::write(github.home().join("dies"), "").unwrap();
        runner
            .ships(github, 2)
            .fails()
            .says("Give back what the ship still holds")
            .says("was let go.")
            .says("It did not go live.");
        fs::remove_file(github.home().join("dies")).unwrap();
        assert_eq!(live(github), before);
        // The next one needs no evidence and asks nobody what is live.
        runner
            .ships(github, 3)
            .succeeds()
            .says("is live on production, with ticket")
            .does_not_say("taken from a holder")
            .does_not_say("the probe says");
        github.state().unread.clear();
    });
}

#[test]
fn a_comment_starts_the_way_back_and_the_workflow_goes_it() {
    story(|github| {
        let runner = Runner::new();
        shipping_shop(github);
        runner.ships(github, 1).succeeds();
        let before = live(github);
        let change = |it: Repository| {
            it.branch("words")
                .write("README.md", "A fine shop.\n")
                .commit("Words")
        };
        let pull = github.work(change).open("words", "mira");
        github.push("main");
        github.state().pulls[0].base_branch = "main".to_owned();
        runner.ships(github, 2).succeeds();
        let main = live(github);
        github.state().permissions.insert("actions", "write");
        let takes = ["rollback", "reason", "environment"].map(|name| (name, None));
        let workflow = ("afterclick-ship.yml", takes.to_vec());
        github.state().workflows.push(workflow);
        let checkout = runner.check_out(github, &main);
        let asks = github.says(pull, "ada", "/afterclick rollback");
        let asked = runner.run(github, &checkout, &command(github, asks));
        drop(asked.succeeds());
        let comment = github.comment(pull);
        let mut lines = comment.lines();
        let confirm = lines.find(|it| it.contains(" confirm ")).unwrap();
        let confirm = confirm.replace('…', "it is down");
        let confirms = github.says(pull, "ada", &confirm);
        let confirmed = runner.run(github, &checkout, &command(github, confirms));
        drop(confirmed.succeeds());
        assert_eq!(github.reactions(confirms), ["+1"]);
        let (_, started) = github.state().dispatches[0].clone();
        let goes_back = Job {
            event: "workflow_dispatch",
            payload: json!({ "inputs": started["inputs"] }),
            ..ship(github, 3)
        };
        runner
            .run(github, &checkout, &goes_back)
            .succeeds()
            .says("is live on production, with ticket");
        assert_eq!(live(github), before);
        let comment = github.comment(pull);
        assert!(
            comment.contains("Not live on `production` any more"),
            "{comment}"
        );
        github.state().unread.clear();
    });
}
