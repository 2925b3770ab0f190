//! A GitHub of our own for the stories: real HTTP, a real git remote, plain state behind it.
//!
//! ```ignore
//! story(|github| {
//!     github.work(|it| it.write("a.py", GUARDED).commit("Start")).push("main");
//!     let pull = github.open("work", "mira");
//!     github.pull_request("opened", pull).ends_with(1);
//!     assert_snapshot!(github.comment(pull), @"");
//! });
//! ```
//!
//! A story ends with a look at what was written on GitHub: whatever it did not read fails it.
#![allow(dead_code, unreachable_pub)] // each test file uses a part of it

mod routes_checks;
mod routes_comments;
mod routes_deployments;
mod routes_pulls;
mod routes_runs;
mod routes_settings;
mod server;
pub mod state;
mod wire;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Outcome, Repository, afterclick};
use server::World;
use state::{Comment, Fault, Pull, State, Wrong};

/// What the checkout of a job has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Checkout {
    /// Everything, as `fetch-depth: 0` gives it.
    Full,
    /// One commit, as actions/checkout gives it where nobody says otherwise.
    Shallow,
    /// Nothing: the job has no checkout.
    None,
}

/// A repository on GitHub, and the token that a job has for it.
pub struct GitHub {
    home: TempDir,
    token: String,
    world: World,
    work: RefCell<Option<Repository>>,
    checkout: RefCell<Checkout>,
}

/// A job that runs.
pub struct Begun<'a> {
    github: &'a GitHub,
    child: Child,
    place: PathBuf,
    number: usize,
}

/// What one run of the Action came to.
#[derive(Debug)]
pub struct Run {
    /// What the process gave.
    pub outcome: Outcome,
    /// The summary of the job.
    pub summary: String,
    /// The outputs of the step.
    pub outputs: String,
    /// The calls that it made, without the repository's name.
    pub calls: Vec<String>,
}

/// Tells a story about a GitHub, and looks at its end whether all that was written was read.
pub fn story(tell: impl FnOnce(&GitHub)) {
    let github = GitHub::new();
    tell(&github);
    github.assert_no_unread();
}

impl GitHub {
    fn new() -> Self {
        static STORIES: AtomicUsize = AtomicUsize::new(0);
        let number = STORIES.fetch_add(1, Ordering::Relaxed);
        let token = format!("ghs_story{number:04}of{}", std::process::id());
        let home = tempfile::tempdir().unwrap();
        let git = home.path().canonicalize().unwrap().join("shop.git");
        let state = State::new("octo/shop", git.clone(), &server::api());
        let world = Arc::new(Mutex::new(state));
        server::add(&token, world.clone());
        let work = Repository::new();
        let bare = git.to_str().unwrap();
        let work = work.git(&["init", "--quiet", "--bare", "--initial-branch=main", bare]);
        for setting in [
            "uploadpack.allowFilter",
            "uploadpack.allowAnySHA1InWant",
            "http.receivepack",
        ] {
            work.ask(&["-C", bare, "config", setting, "true"]);
        }
        Self {
            home,
            token,
            world,
            work: RefCell::new(Some(work)),
            checkout: RefCell::new(Checkout::Full),
        }
    }

    /// A folder that goes with the story.
    pub fn home(&self) -> PathBuf {
        self.home.path().canonicalize().unwrap()
    }

    /// The state, to look at or to change.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.world.lock().unwrap()
    }

    /// Where it is, as a runner's environment says it: its interfaces and the server.
    pub fn addresses(&self) -> [(&'static str, String); 3] {
        [
            ("GITHUB_API_URL", server::api()),
            ("GITHUB_GRAPHQL_URL", format!("{}/graphql", server::api())),
            ("GITHUB_SERVER_URL", server::address().to_owned()),
        ]
    }

    /// The token, which must be seen nowhere.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Has the binary sent here, whatever stands in between: GitHub's description of its interface
    /// leaves out what the story is about.
    pub fn goes_straight_here(&self) {
        self.state().base = server::address().to_owned();
    }

    /// Lets something go wrong so many times.
    pub fn goes_wrong(&self, call: &'static str, what: Wrong, times: usize) {
        self.state().faults.push(Fault { call, what, times });
    }

    /// What the checkouts of the following jobs have.
    pub fn checkouts_are(&self, checkout: Checkout) {
        *self.checkout.borrow_mut() = checkout;
    }

    /// Does something in the working clone.
    pub fn work(&self, step: impl FnOnce(Repository) -> Repository) -> &Self {
        let work = self.work.borrow_mut().take().unwrap();
        *self.work.borrow_mut() = Some(step(work));
        self
    }

    /// Asks git something in the working clone.
    pub fn ask(&self, arguments: &[&str]) -> String {
        self.work.borrow().as_ref().unwrap().ask(arguments)
    }

    /// Pushes `HEAD` as a branch, and moves the heads of the pull requests that come from it.
    pub fn push(&self, branch: &str) -> &Self {
        let git = self.state().git.to_str().unwrap().to_owned();
        self.ask(&[
            "push",
            "--quiet",
            "--force",
            &git,
            &format!("HEAD:refs/heads/{branch}"),
        ]);
        self.move_heads(branch);
        self
    }

    fn move_heads(&self, branch: &str) {
        let git = self.state().git.to_str().unwrap().to_owned();
        let numbers: Vec<u64> = {
            let state = self.state();
            let ours = state.pulls.iter().filter(|pull| pull.head_branch == branch);
            ours.map(|pull| pull.number).collect()
        };
        for number in numbers {
            let head = format!("HEAD:refs/pull/{number}/head");
            self.ask(&["push", "--quiet", "--force", &git, &head]);
        }
    }

    /// Opens a pull request from a branch to `main`; `HEAD` has to be that branch.
    pub fn open(&self, branch: &str, author: &str) -> u64 {
        self.open_with(branch, author, |_| {})
    }

    /// The same, with something about it changed first.
    pub fn open_with(&self, branch: &str, author: &str, change: impl FnOnce(&mut Pull)) -> u64 {
        let mut pull = Pull {
            number: self.state().pulls.len() as u64 + 7,
            title: "Simplify".to_owned(),
            author: author.to_owned(),
            head_branch: branch.to_owned(),
            base_branch: "main".to_owned(),
            from_fork: false,
            draft: false,
            open: true,
        };
        change(&mut pull);
        let (number, fork) = (pull.number, pull.from_fork);
        self.state().pulls.push(pull);
        match fork {
            true => self.move_heads(branch),
            false => drop(self.push(branch)),
        }
        number
    }

    /// The head of a pull request.
    pub fn head(&self, pull: u64) -> String {
        self.state().sha(&format!("refs/pull/{pull}/head"))
    }

    /// Somebody comments; gives the comment's id.
    pub fn says(&self, pull: u64, author: &str, body: &str) -> u64 {
        self.says_through(pull, author, body, None)
    }

    /// Somebody comments, perhaps through an app; gives the comment's id.
    pub fn says_through(&self, pull: u64, author: &str, body: &str, app: Option<&str>) -> u64 {
        let mut state = self.state();
        let (id, at) = (state.next_id(), state.now());
        state.comments.push(Comment {
            id,
            pull,
            author: author.to_owned(),
            body: body.to_owned(),
            app: app.map(str::to_owned),
            created_at: at.clone(),
            updated_at: at,
            listed: true,
        });
        id
    }

    /// A job for an event of a pull request as it stands now.
    #[must_use]
    pub fn pull_request(&self, action: &str, pull: u64) -> Run {
        self.pull_request_with(action, pull, |_| {})
    }

    /// The same, with something about the process changed first.
    #[must_use]
    pub fn pull_request_with(
        &self,
        action: &str,
        pull: u64,
        change: impl FnOnce(&mut Command),
    ) -> Run {
        let payload = self.pull_payload(action, pull);
        self.job("pull_request", &payload, change)
    }

    /// What GitHub says about an event of a pull request.
    pub fn pull_payload(&self, action: &str, pull: u64) -> Value {
        let state = self.state();
        let it = state.pull(pull).unwrap();
        json!({
            "action": action, "number": pull,
            "pull_request": {
                "number": pull, "draft": it.draft, "title": it.title,
                "head": {
                    "ref": it.head_branch, "sha": state.sha(&format!("refs/pull/{pull}/head")),
                },
                "base": {
                    "ref": it.base_branch, "sha": state.sha(&format!("refs/heads/{}", it.base_branch)),
                },
            },
        })
    }

    /// A job for a comment that is there.
    #[must_use]
    pub fn comment_event(&self, action: &str, id: u64) -> Run {
        self.comment_event_with(action, id, |_| {})
    }

    /// The same, with the payload changed first.
    #[must_use]
    pub fn comment_event_with(
        &self,
        action: &str,
        id: u64,
        change: impl FnOnce(&mut Value),
    ) -> Run {
        let mut payload = self.comment_payload(action, id);
        change(&mut payload);
        self.job("issue_comment", &payload, |_| {})
    }

    /// What GitHub says about an event of a comment.
    pub fn comment_payload(&self, action: &str, id: u64) -> Value {
        let state = self.state();
        let comment = state.comments.iter().find(|it| it.id == id).unwrap();
        let kind = match comment.author.ends_with("[bot]") {
            true => "Bot",
            false => "User",
        };
        json!({
            "action": action,
            "issue": { "number": comment.pull, "pull_request": { "url": "https://a" } },
            "comment": {
                "id": id, "body": comment.body,
                "user": { "login": comment.author, "type": kind },
            },
        })
    }

    /// A job for an event, to its end.
    #[must_use]
    pub fn job(&self, event: &str, payload: &Value, change: impl FnOnce(&mut Command)) -> Run {
        self.begin(event, payload, change).ends()
    }

    /// A job for an event, while others go on.
    #[must_use]
    pub fn begin(
        &self,
        event: &str,
        payload: &Value,
        change: impl FnOnce(&mut Command),
    ) -> Begun<'_> {
        let number = self.state().calls.len();
        let home = self.home.path().canonicalize().unwrap();
        let place = home.join(format!("job-{number}-{}", fastrand::u32(..)));
        let temporary = place.join("temp");
        std::fs::create_dir_all(&temporary).unwrap();
        let [event_path, summary, outputs] =
            ["event.json", "summary.md", "outputs"].map(|name| place.join(name));
        std::fs::write(&event_path, payload.to_string()).unwrap();
        for file in [&summary, &outputs] {
            std::fs::write(file, "").unwrap();
        }
        let checkout = self.check_out(&place);
        let (name, base, sha) = {
            let state = self.state();
            let name = state.former_name.as_ref().unwrap_or(&state.name);
            (
                name.clone(),
                state.base.clone(),
                state.sha("refs/heads/main"),
            )
        };
        let mut command = afterclick(&home);
        command
            .arg("action")
            .current_dir(&checkout)
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_EVENT_NAME", event)
            .env("GITHUB_EVENT_PATH", &event_path)
            .env("GITHUB_REPOSITORY", name)
            .env("GITHUB_API_URL", base)
            .env("GITHUB_SERVER_URL", server::address())
            .env("GITHUB_TOKEN", &self.token)
            .env("GITHUB_SHA", sha)
            .env("GITHUB_ACTOR", "mira")
            .env("RUNNER_ENVIRONMENT", "github-hosted")
            .env("GITHUB_RUN_ID", "17000000001")
            .env("GITHUB_RUN_ATTEMPT", "1")
            .env("GITHUB_STEP_SUMMARY", &summary)
            .env("GITHUB_OUTPUT", &outputs)
            .env("RUNNER_TEMP", &temporary)
            .env("AFTERCLICK_PATIENCE", "2");
        change(&mut command);
        command.stdin(Stdio::null());
        let child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        Begun {
            github: self,
            child: child.unwrap(),
            place,
            number,
        }
    }

    fn check_out(&self, place: &Path) -> PathBuf {
        let checkout = place.join("checkout");
        let git = self.state().git.clone();
        let git = format!("file://{}", git.display());
        let to = checkout.to_str().unwrap().to_owned();
        match *self.checkout.borrow() {
            Checkout::None => std::fs::create_dir(&checkout).unwrap(),
            Checkout::Full => {
                self.ask(&["clone", "--quiet", &git, &to]);
                let pulls = "+refs/pull/*:refs/remotes/pull/*";
                self.ask(&["-C", &to, "fetch", "--quiet", "origin", pulls]);
                // As with `persist-credentials: false`: the server, and nothing that lets us in.
                let url = format!("{}/{}", server::address(), self.state().name);
                self.ask(&["-C", &to, "remote", "set-url", "origin", &url]);
            }
            Checkout::Shallow => {
                self.ask(&["clone", "--quiet", "--depth=1", &git, &to]);
            }
        }
        checkout
    }

    fn assert_no_secret(&self, run: &Run) {
        let log = run
            .outcome
            .stdout
            .replace(&format!("::add-mask::{}", self.token), "");
        for text in [&log, &run.outcome.stderr, &run.summary, &run.outputs] {
            assert!(!text.contains(&self.token), "the token is in {text}");
        }
    }

    /// Our comment on a pull request; there has to be one, and only one.
    #[must_use]
    pub fn comment(&self, pull: u64) -> String {
        let mut state = self.state();
        let login = state.login.clone();
        let ours = state
            .comments
            .iter()
            .filter(|it| it.pull == pull && it.author == login);
        let bodies: Vec<String> = ours.map(|it| it.body.clone()).collect();
        assert_eq!(bodies.len(), 1, "{bodies:#?}");
        state.unread.retain(|it| !it.contains("comment"));
        bodies[0].clone()
    }

    /// How many comments of ours a pull request has; nobody has to have read them.
    pub fn comments(&self, pull: u64) -> usize {
        let state = self.state();
        let ours = state
            .comments
            .iter()
            .filter(|it| it.pull == pull && it.author == state.login);
        ours.count()
    }

    /// The last check run, as `name: conclusion: title`.
    #[must_use]
    pub fn check(&self) -> String {
        let mut state = self.state();
        state.unread.retain(|it| !it.contains("check run"));
        let check = state.checks.last().expect("a check run");
        format!("{}: {}: {}", check.name, check.conclusion, check.title)
    }

    /// The reactions to a comment.
    #[must_use]
    pub fn reactions(&self, id: u64) -> Vec<String> {
        let mut state = self.state();
        state.unread.retain(|it| !it.contains("reaction"));
        let reactions = state.reactions.iter().filter(|(to, _)| *to == id);
        reactions.map(|(_, content)| content.clone()).collect()
    }

    fn assert_no_unread(&self) {
        let state = self.state();
        assert!(state.unread.is_empty(), "nobody read {:#?}", state.unread);
    }
}

impl Begun<'_> {
    /// The calls since it began, without the repository's name.
    pub fn calls_so_far(&self) -> Vec<String> {
        self.github.state().calls[self.number..].to_vec()
    }

    /// Waits for its end.
    pub fn ends(self) -> Run {
        let output = self.child.wait_with_output().unwrap();
        let (place, home) = (&self.place, self.github.home());
        let left: Vec<_> = std::fs::read_dir(place.join("temp")).unwrap().collect();
        assert!(left.is_empty(), "left behind: {left:?}");
        let read = |file: &str| std::fs::read_to_string(place.join(file)).unwrap();
        let run = Run {
            outcome: Outcome::read(output, &[(place, "[JOB]"), (&home, "[HOME]")]),
            summary: read("summary.md"),
            outputs: read("outputs"),
            calls: self.github.state().calls[self.number..].to_vec(),
        };
        self.github.assert_no_secret(&run);
        run
    }
}

impl Run {
    /// It ended with this code.
    pub fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.outcome.code, code, "{self:#?}");
        self
    }

    /// The log as a person reads it: without what is for the runner alone.
    #[must_use]
    pub fn log(&self) -> String {
        let lines = self.outcome.stdout.lines();
        let shown = lines.filter(|line| {
            let ours = ["::add-mask::", "::stop-commands::", "::afterclick-"];
            !ours.iter().any(|it| line.starts_with(it))
        });
        shown.map(|line| format!("{line}\n")).collect()
    }

    /// The value of an output.
    #[must_use]
    pub fn output(&self, name: &str) -> Option<String> {
        let mut lines = self.outputs.lines();
        lines.find(|line| line.starts_with(&format!("{name}<<")))?;
        lines.next().map(str::to_owned)
    }

    /// Calls of the REST interface.
    #[must_use]
    pub fn rest_calls(&self) -> usize {
        self.calls
            .iter()
            .filter(|call| !call.contains("/graphql"))
            .count()
    }
}

impl State {
    /// The commit of a name in the remote.
    pub fn sha(&self, revision: &str) -> String {
        let (_, out) = self.git(&["rev-parse", "--verify", "--quiet", revision]);
        out
    }

    /// Whether the remote has no such commit.
    pub fn unknown(&self, sha: &str) -> bool {
        !self
            .git(&["cat-file", "-e", &format!("{sha}^{{commit}}")])
            .0
    }

    /// Whether a commit stands on the way to another.
    pub fn contains(&self, head: &str, sha: &str) -> bool {
        self.git(&["merge-base", "--is-ancestor", sha, head]).0
            && !self
                .git(&["merge-base", "--is-ancestor", sha, "refs/heads/main"])
                .0
    }

    /// Two commits merged, as a new one; none where git cannot by itself.
    pub fn merge(&self, one: &str, other: &str) -> Option<String> {
        let (clean, tree) = self.git(&["merge-tree", "--write-tree", one, other]);
        let tree = tree.lines().next().filter(|_| clean)?.to_owned();
        let who = [
            "-c",
            "user.name=GitHub",
            "-c",
            "user.email=noreply@github.example",
        ];
        let commit = ["commit-tree", &tree, "-p", one, "-p", other, "-m", "Merge"];
        let (_, sha) = self.git(&[&who[..], &commit[..]].concat());
        Some(sha)
    }

    /// Moves a name to a commit.
    pub fn set(&self, name: &str, sha: &str) {
        assert!(self.git(&["update-ref", name, sha]).0);
    }

    fn git(&self, arguments: &[&str]) -> (bool, String) {
        let output = Command::new("git")
            .arg("-C")
            .arg(&self.git)
            .args(arguments)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env_remove("GIT_DIR")
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        (output.status.success(), text.trim_end().to_owned())
    }
}
