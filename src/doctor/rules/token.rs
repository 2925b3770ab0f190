//! Rules about what a token may do, and about the code that runs with it.

use super::finding;
use crate::doctor::Finding;
use crate::doctor::edit::{Edit, beside, replace};
use crate::doctor::rule::{self, Level};
use crate::doctor::workflow::{Job, Step, Workflow};

/// What a mode needs of its token: 1 to read, 2 to write.
const NEEDS: [(&str, &[(&str, u8)]); 8] = [
    (
        "review",
        &[("contents", 1), ("pull-requests", 2), ("checks", 2)],
    ),
    (
        "command",
        &[("contents", 2), ("pull-requests", 2), ("checks", 2)],
    ),
    (
        "admit",
        &[("contents", 2), ("pull-requests", 2), ("actions", 1)],
    ),
    ("approve", &[("contents", 2), ("actions", 1)]),
    (
        "ship",
        &[
            ("contents", 2),
            ("pull-requests", 2),
            ("checks", 2),
            ("deployments", 2),
            ("actions", 1),
        ],
    ),
    (
        "release",
        &[("contents", 2), ("pull-requests", 2), ("deployments", 2)],
    ),
    (
        "sweep",
        &[("contents", 2), ("deployments", 2), ("actions", 1)],
    ),
    ("sync-board", &[("contents", 2), ("pull-requests", 1)]),
];

/// Events that start with the rights of the repository, whoever caused them.
const PRIVILEGED: [&str; 3] = ["pull_request_target", "issue_comment", "workflow_run"];

/// Parts of a `ref` that name the code of a pull request.
const PROPOSED: [&str; 5] = [
    "github.event.pull_request.head",
    "github.head_ref",
    "github.event.workflow_run.head",
    "refs/pull/",
    "github.event.pull_request.merge_commit_sha",
];

/// Our action has a token that may do less than its mode needs.
pub(super) fn missing_permission(workflow: &Workflow<'_>, job: &Job, out: &mut Vec<Finding>) {
    // Without a word about it the repository decides, which nobody can see from here.
    let Some(permissions) = job.permissions.as_ref().or(workflow.permissions.as_ref()) else {
        return;
    };
    for step in &job.steps {
        let Some(mode) = step.mode() else { continue };
        let known = NEEDS.iter().find(|(name, _)| *name == mode);
        let is_given =
            |token: &str| token.contains("github.token") || token.contains("GITHUB_TOKEN");
        let own_token = step.input("token").is_some_and(|it| !is_given(it));
        let Some((_, needs)) = known.filter(|_| !own_token) else {
            continue;
        };
        let missing: Vec<String> = needs
            .iter()
            .filter(|(scope, level)| permissions.of(scope) < *level)
            .map(|(scope, level)| {
                format!("`{scope}: {}`", if *level == 2 { "write" } else { "read" })
            })
            .collect();
        if missing.is_empty() {
            continue;
        }
        let message = format!(
            "The token of the job `{}` may not do what the mode `{mode}` needs.",
            job.key
        );
        let mend = format!("Add {} to its permissions.", missing.join(", "));
        let kind = (rule::MISSING_PERMISSION, Level::Error);
        out.push(finding(kind, workflow, step.at, message, mend));
    }
}

/// Code of a pull request that is checked out where the token may write and secrets are at hand.
pub(super) fn untrusted_checkout(workflow: &Workflow<'_>, job: &Job, out: &mut Vec<Finding>) {
    let mut triggers = workflow.triggers.iter();
    let Some(trigger) = triggers.find(|it| PRIVILEGED.contains(&it.as_str())) else {
        return;
    };
    for step in job.steps.iter().filter(|it| it.checks_out()) {
        let asks = step.input("ref").unwrap_or_default();
        if !PROPOSED.iter().any(|it| asks.contains(it)) {
            continue;
        }
        let message = format!(
            "On `{trigger}` this checks out the code of a pull request, which then runs with the \
             rights and secrets of the repository."
        );
        let mend = "Use `pull_request` for what needs the code, or leave `ref` out.";
        let kind = (rule::UNTRUSTED_CHECKOUT, Level::Error);
        out.push(finding(kind, workflow, step.at, message, mend));
    }
}

/// Where history is cut off, the gate cannot tell whether what is live is part of a commit.
pub(super) fn shallow_gate(workflow: &Workflow<'_>, job: &Job, out: &mut Vec<Finding>) {
    let asks = |step: &Step| {
        matches!(step.mode(), Some("ship" | "admit")) || step.run.contains("afterclick ship")
    };
    if !job.steps.iter().any(asks) {
        return;
    }
    for step in job.steps.iter().filter(|it| it.checks_out()) {
        let depth = step.with.iter().find(|(key, ..)| key == "fetch-depth");
        if depth.is_some_and(|(_, value, _)| value == "0") {
            continue;
        }
        let text = &workflow.file.text;
        let edit = match (depth, step.first_input_at, step.with_at) {
            (Some((_, old, at)), _, _) => replace(text, *at, old, "0"),
            (None, Some(at), _) => beside(text, at, "fetch-depth: 0"),
            (None, None, None) => with_depth(step),
            (None, None, Some(_)) => None,
        };
        let message =
            "This checkout cuts history off: the gate cannot see what is live, and stops."
                .to_owned();
        let kind = (rule::SHALLOW_GATE, Level::Error);
        out.push(finding(kind, workflow, step.at, message, "Set `fetch-depth: 0`.").with(edit));
    }
}

fn with_depth(step: &Step) -> Option<Edit> {
    let (_, at) = step.uses.as_ref()?;
    let indent = " ".repeat(at.column as usize - 1);
    let lines = [
        format!("{indent}with:"),
        format!("{indent}  fetch-depth: 0"),
    ];
    Some(Edit::After(at.line, lines.into()))
}
