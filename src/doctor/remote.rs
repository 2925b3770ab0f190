//! What GitHub was told, and what follows from it. What could not be asked is listed, and nothing
//! is claimed about it.

use std::collections::BTreeMap;

use super::rule::{self, Level};
use super::workflow::Workflow;
use super::{Finding, Guarded};
use crate::ship::Environment;

/// What GitHub said. What is not there was not asked, or not answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remote {
    /// The environments, by name.
    pub environments: Option<BTreeMap<String, EnvironmentRules>>,
    /// The rules of the branch that ships.
    pub main: Option<BranchRules>,
    /// The rules of the ledger's branch.
    pub ledger: Option<BranchRules>,
    /// Whether GitHub was asked at all; the problems then say why something is not there.
    pub was_asked: bool,
    /// Why something is not there, in words for a person.
    pub problems: Vec<String>,
}

/// What an environment asks for before a job may use it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EnvironmentRules {
    /// Whether somebody has to approve.
    pub has_reviewers: bool,
    /// Minutes that every job waits.
    pub wait_minutes: u64,
    /// Whether an App decides too.
    pub has_custom_rules: bool,
}

/// The rules that are active for a branch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BranchRules {
    /// Its name.
    pub branch: String,
    /// The kinds of the rules, such as `non_fast_forward`.
    pub kinds: Vec<String>,
    /// Whether checks have to pass on top of the newest base.
    pub has_strict_checks: bool,
}

/// Why nothing is known where nobody asked.
const NOT_ASKED: &str = "GitHub was not asked.";

/// What the branch that ships has to have, and what happens without it.
const MAIN: [(&str, &str); 4] = [
    (
        "non_fast_forward",
        "it can be rewritten, so that what was reviewed is not what ships",
    ),
    ("deletion", "it can be deleted"),
    ("pull_request", "a push reaches it without a review"),
    (
        "required_status_checks",
        "a change reaches it whose check has failed",
    ),
];

/// What the ledger's branch has to have.
const LEDGER: [(&str, &str); 2] = [
    ("non_fast_forward", "its record can be rewritten"),
    ("deletion", "its record can be deleted"),
];

/// What keeps everybody from appending to the ledger.
const BLOCKING: [&str; 6] = [
    "update",
    "pull_request",
    "required_status_checks",
    "required_deployments",
    "merge_queue",
    "required_signatures",
];

/// Looks at what GitHub said; returns what could not be read.
pub(super) fn examine(
    workflows: &[Workflow<'_>],
    guarded: &[Guarded],
    remote: &Remote,
    out: &mut Vec<Finding>,
) -> Vec<String> {
    let mut unread = remote.problems.clone();
    let used: Vec<&str> = named(workflows);
    match &remote.environments {
        Some(environments) => used_environments(workflows, environments, out),
        None if used.is_empty() => {}
        None if !remote.was_asked => unread.push(format!(
            "Reviewers, wait timers and custom rules of {}: {NOT_ASKED}",
            list(&used)
        )),
        None => {}
    }
    match &remote.main {
        Some(rules) => protected(rules, &MAIN, rule::MAIN_UNPROTECTED, out),
        None if !remote.was_asked => {
            unread.push(format!("The rules of the branch that ships: {NOT_ASKED}"));
        }
        None => {}
    }
    match &remote.ledger {
        Some(rules) => ledger(rules, guarded, out),
        None if !remote.was_asked => {
            unread.push(format!("The rules of the ledger's branch: {NOT_ASKED}"));
        }
        None => {}
    }
    unread
}

fn used_environments(
    workflows: &[Workflow<'_>],
    environments: &BTreeMap<String, EnvironmentRules>,
    out: &mut Vec<Finding>,
) {
    let of = |name: &str| {
        let name: Environment = name.parse().ok()?;
        let mut known = environments.iter();
        known.find(|(it, _)| it.parse().is_ok_and(|it: Environment| it == name))
    };
    for workflow in workflows {
        for job in &workflow.jobs {
            let Some(used) = &job.environment else {
                continue;
            };
            let rules = of(&used.name)
                .map(|(_, rules)| rules.clone())
                .unwrap_or_default();
            let mut say = |rule, level, message: String, mend: String| {
                out.push(Finding {
                    rule,
                    level,
                    path: Some(workflow.file.path.clone()),
                    line: used.at.line,
                    message,
                    mend,
                    edits: Vec::new(),
                });
            };
            let waits = rules.has_reviewers || rules.wait_minutes > 0;
            if let Some(group) = workflow.group(job).filter(|_| waits) {
                say(
                    rule::APPROVAL_INSIDE_LOCK,
                    Level::Error,
                    format!(
                        "The job `{}` waits for a person or a timer of `{}` while it holds the \
                         group `{}`: nobody else ships until then.",
                        job.key, used.name, group.group
                    ),
                    "Approve in a job of its own, without `concurrency`, and deploy in a job \
                     behind it whose environment has neither."
                        .to_owned(),
                );
            }
            if used.without_deployment && rules.has_custom_rules {
                say(
                    rule::DEPLOYMENT_FALSE,
                    Level::Error,
                    format!(
                        "`{}` has custom rules, and a job with `deployment: false` fails there.",
                        used.name
                    ),
                    "Leave `deployment: false` out, or take an environment without them."
                        .to_owned(),
                );
            }
            let approves = job.steps.iter().any(|it| it.mode() == Some("approve"));
            if approves && !rules.has_reviewers {
                say(
                    rule::NO_REVIEWERS,
                    Level::Error,
                    format!(
                        "Nobody has to approve in `{}`: it has no reviewers.",
                        used.name
                    ),
                    format!(
                        "Add reviewers to the environment `{}` in the settings.",
                        used.name
                    ),
                );
            }
        }
    }
}

fn ledger(rules: &BranchRules, guarded: &[Guarded], out: &mut Vec<Finding>) {
    protected(rules, &LEDGER, rule::LEDGER_UNPROTECTED, out);
    let blocking: Vec<&str> = BLOCKING
        .into_iter()
        .filter(|kind| rules.kinds.iter().any(|it| it == kind))
        .collect();
    if !blocking.is_empty() && guarded.iter().any(|it| it.ships) {
        out.push(setting(
            rule::LEDGER_BLOCKED,
            format!(
                "The rule {} keeps everybody from appending to `{}`, unless the token may bypass it.",
                list(&blocking),
                rules.branch
            ),
            format!("Exclude `{}` from that ruleset.", rules.branch),
        ));
    }
}

fn protected(
    rules: &BranchRules,
    wanted: &[(&str, &str)],
    rule: &'static rule::Rule,
    out: &mut Vec<Finding>,
) {
    let has = |kind: &str| rules.kinds.iter().any(|it| it == kind);
    let open = wanted.iter().filter(|(kind, _)| !has(kind));
    let mut open: Vec<&str> = open.map(|(_, words)| *words).collect();
    if has("required_status_checks") && !rules.has_strict_checks && wanted.len() > LEDGER.len() {
        open.push("a change reaches it that was checked on an older base");
    }
    if open.is_empty() {
        return;
    }
    let which = match rule.id == rule::LEDGER_UNPROTECTED.id {
        true => "ledger",
        false => "main",
    };
    out.push(setting(
        rule,
        format!("`{}` is not protected: {}.", rules.branch, open.join("; ")),
        format!("Import the ruleset that `afterclick doctor --ruleset {which}` prints."),
    ));
}

/// A finding about a setting of GitHub.
fn setting(rule: &'static rule::Rule, message: String, mend: String) -> Finding {
    Finding {
        rule,
        level: Level::Error,
        path: None,
        line: 0,
        message,
        mend,
        edits: Vec::new(),
    }
}

fn named<'a>(workflows: &'a [Workflow<'_>]) -> Vec<&'a str> {
    let jobs = workflows.iter().flat_map(|it| &it.jobs);
    let used = jobs.filter_map(|it| it.environment.as_ref());
    let mut names: Vec<&str> = used.map(|it| it.name.as_str()).collect();
    names.retain(|it| !it.contains("${{"));
    names.sort_unstable();
    names.dedup();
    names
}

fn list(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|it| format!("`{it}`")).collect();
    names.join(", ")
}
