//! What a GitHub remembers: plain state, which knows nothing of HTTP.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

/// The first id: GitHub's no longer fit into 53 bits everywhere.
const FIRST_ID: u64 = 9_007_199_254_740_993;

/// One repository and everything about it.
pub struct State {
    /// `owner/name`.
    pub name: String,
    /// Its id.
    pub id: u64,
    /// The name that it had before, which still leads here.
    pub former_name: Option<String>,
    /// The address of the REST interface, as the binary is told it.
    pub base: String,
    /// Where git has it, bare.
    pub git: PathBuf,
    /// The login that the token speaks for.
    pub login: String,
    /// What the token may do, such as `checks` → `write`.
    pub permissions: BTreeMap<&'static str, &'static str>,
    /// What people may do.
    pub people: BTreeMap<String, &'static str>,
    pub pulls: Vec<Pull>,
    pub comments: Vec<Comment>,
    pub reactions: Vec<(u64, String)>,
    pub checks: Vec<Check>,
    pub runs: Vec<Run>,
    /// Run, login, environment and `approved` or `rejected`.
    pub approvals: Vec<(u64, &'static str, &'static str, &'static str)>,
    /// Names of concurrency groups, and the runs in each: the first holds it.
    pub groups: Vec<(&'static str, Vec<u64>)>,
    /// Files of workflows that can be started by hand, with the inputs that they take.
    pub workflows: Vec<(&'static str, Vec<Input>)>,
    /// What was started by hand: the file and the request.
    pub dispatches: Vec<(String, Value)>,
    pub deployments: Vec<Deployment>,
    pub settings: Settings,
    /// What goes wrong, and how often.
    pub faults: Vec<Fault>,
    /// How often git asked where the branches stand.
    pub looks: usize,
    /// Every call, as `METHOD /path`, without the repository's name.
    pub calls: Vec<String>,
    /// What was written and no story has looked at.
    pub unread: Vec<String>,
    /// Items of a page at most, whatever is asked for.
    pub page: usize,
    last_id: u64,
    seconds: u64,
}

/// What was set up in the repository's settings.
#[derive(Default)]
pub struct Settings {
    pub environments: Vec<Environment>,
    /// The branch and the kind of each active rule.
    pub rules: Vec<(&'static str, &'static str)>,
}

#[derive(Default)]
pub struct Environment {
    pub name: &'static str,
    pub reviewers: bool,
    pub wait: u64,
    pub custom: bool,
}

pub struct Pull {
    pub number: u64,
    pub title: String,
    pub author: String,
    pub head_branch: String,
    pub base_branch: String,
    pub from_fork: bool,
    pub draft: bool,
    pub open: bool,
}

#[derive(Clone)]
pub struct Comment {
    pub id: u64,
    pub pull: u64,
    pub author: String,
    pub body: String,
    pub app: Option<String>,
    pub created_at: String,
    pub updated_at: String,
    /// Whether a list that lags behind already knows it.
    pub listed: bool,
}

pub struct Check {
    pub id: u64,
    pub name: String,
    pub head: String,
    pub external_id: String,
    pub conclusion: String,
    pub title: String,
    pub summary: String,
    pub annotations: Vec<Value>,
    /// Annotations of each call.
    pub batches: Vec<usize>,
    pub at: String,
}

pub struct Run {
    pub id: u64,
    pub attempt: u32,
    pub status: &'static str,
    pub conclusion: Option<&'static str>,
}

pub struct Deployment {
    pub id: u64,
    pub body: Value,
    pub at: String,
    /// The oldest first.
    pub statuses: Vec<(u64, Value, String)>,
}

/// An input of a workflow, and the one value that it may have.
pub type Input = (&'static str, Option<&'static str>);

/// Something that goes wrong for a call that begins like this, so many times.
pub struct Fault {
    pub call: &'static str,
    pub what: Wrong,
    pub times: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// 429, with the seconds to wait, or without a word about them.
    TooMany(Option<u64>),
    /// 403 with the words of the secondary limit, and the seconds to wait.
    Secondary(Option<u64>),
    /// An error of the server, before anything was done.
    Broken(u16),
    /// It is done, and the reply is lost.
    LostReply,
    /// The list does not know yet what was written last.
    StaleList,
}

impl State {
    pub fn new(name: &str, git: PathBuf, base: &str) -> Self {
        let all = [
            ("contents", "write"),
            ("pull-requests", "write"),
            ("checks", "write"),
            ("actions", "read"),
            ("deployments", "write"),
        ];
        Self {
            name: name.to_owned(),
            id: 1_296_269,
            former_name: None,
            base: base.to_owned(),
            git,
            login: "github-actions[bot]".to_owned(),
            permissions: all.into_iter().collect(),
            people: BTreeMap::new(),
            pulls: Vec::new(),
            comments: Vec::new(),
            reactions: Vec::new(),
            checks: Vec::new(),
            runs: Vec::new(),
            approvals: Vec::new(),
            groups: Vec::new(),
            workflows: Vec::new(),
            dispatches: Vec::new(),
            deployments: Vec::new(),
            settings: Settings::default(),
            faults: Vec::new(),
            looks: 0,
            calls: Vec::new(),
            unread: Vec::new(),
            page: 100,
            last_id: FIRST_ID,
            seconds: 0,
        }
    }

    /// A new id.
    pub fn next_id(&mut self) -> u64 {
        self.last_id += 2;
        self.last_id
    }

    /// A clock that goes on with every look at it.
    pub fn now(&mut self) -> String {
        self.seconds += 1;
        let (minutes, seconds) = (self.seconds / 60, self.seconds % 60);
        format!("2026-11-20T17:{minutes:02}:{seconds:02}Z")
    }

    /// Whether the token may.
    pub fn may(&self, what: &str, level: &str) -> bool {
        match self.permissions.get(what) {
            Some(&"write") => true,
            Some(&has) => has == level,
            None => false,
        }
    }

    /// What goes wrong with this call, if something does.
    pub fn fault(&mut self, call: &str) -> Option<Wrong> {
        let fault = self
            .faults
            .iter_mut()
            .find(|fault| fault.times > 0 && call.starts_with(fault.call))?;
        fault.times -= 1;
        Some(fault.what)
    }

    pub fn pull(&self, number: u64) -> Option<&Pull> {
        self.pulls.iter().find(|pull| pull.number == number)
    }
}
