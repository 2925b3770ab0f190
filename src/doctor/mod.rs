//! What is wrong with the workflows of a repository, and with what GitHub was told about it: values
//! in, findings out.

mod edit;
mod environments;
mod fix;
mod remote;
mod rule;
mod rules;
mod ruleset;
mod workflow;

use crate::ship::Environment;

pub use fix::{Fixed, fix};
pub use remote::{BranchRules, EnvironmentRules, Remote};
pub use rule::{Level, RULES, Rule};
pub use ruleset::{Protected, ruleset};

use edit::Edit;
use environments::guarded;
use workflow::Workflow;

/// Where GitHub looks for workflows.
pub const WORKFLOWS: &str = ".github/workflows";

/// A workflow as it lies in the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkflowFile {
    /// Its path from the root of the repository.
    pub path: String,
    /// What is in it.
    pub text: String,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which rule says so.
    pub rule: &'static Rule,
    /// How much it matters here.
    pub level: Level,
    /// The file; none where it is a setting of GitHub.
    pub path: Option<String>,
    /// The line, from 1; 0 without a file.
    pub line: u32,
    /// What is wrong, and who could be hurt.
    pub message: String,
    /// What to do.
    pub mend: String,
    /// How the text would have to change.
    edits: Vec<Edit>,
}

impl Finding {
    /// Whether `--fix` mends it.
    pub fn is_fixable(&self) -> bool {
        !self.edits.is_empty()
    }
}

/// What was found, and what could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What is wrong, in the order of the files.
    pub findings: Vec<Finding>,
    /// What nobody looked at, and why; nothing is claimed about it.
    pub unread: Vec<String>,
    /// How many workflows were read.
    pub workflows: usize,
}

impl Report {
    /// Whether something has to be mended before one can rely on it.
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|it| it.level == Level::Error)
    }
}

/// Looks at the workflows, and at what GitHub said, if it was asked.
pub fn examine(files: &[WorkflowFile], remote: &Remote) -> Report {
    let mut findings = Vec::new();
    let mut workflows = Vec::new();
    for file in files {
        match Workflow::read(file) {
            Ok(workflow) => workflows.push(workflow),
            Err(problem) => findings.push(rules::unreadable(file, &problem)),
        }
    }
    let guarded = guarded(&workflows);
    rules::all(&workflows, &guarded, &mut findings);
    let unread = remote::examine(&workflows, &guarded, remote, &mut findings);
    findings.sort_by(|one, other| {
        let key = |it: &Finding| (it.path.is_none(), it.path.clone(), it.line, it.rule.id);
        key(one).cmp(&key(other))
    });
    Report {
        findings,
        unread,
        workflows: workflows.len(),
    }
}

/// An environment that has to be guarded, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Guarded {
    name: Environment,
    /// Whether afterclick ships to it here, and not only its name says production.
    ships: bool,
}
