//! Rules about concurrency groups.

use super::{Deploy, environment_of, finding};
use crate::doctor::edit::{Edit, beside, replace};
use crate::doctor::rule::{self, Level};
use crate::doctor::workflow::{Concurrency, Job, Workflow};
use crate::doctor::{Finding, Guarded};

/// Parts of a name that differ from run to run, so that no two runs share it.
const OF_A_RUN: [&str; 7] = [
    "github.run_id",
    "github.run_number",
    "github.run_attempt",
    "github.sha",
    "github.event.head_commit",
    "github.event.after",
    "github.actor",
];

/// Parts of a name that differ from branch to branch.
const OF_A_BRANCH: [&str; 4] = [
    "github.ref",
    "github.head_ref",
    "github.event.ref",
    "github.event.pull_request",
];

/// `queue: max` with `cancel-in-progress: true` is no workflow at all.
pub(super) fn queue_and_cancel(workflow: &Workflow<'_>, out: &mut Vec<Finding>) {
    let own = workflow
        .jobs
        .iter()
        .filter_map(|it| it.concurrency.as_ref());
    for group in own.chain(&workflow.concurrency) {
        let Some(at) = cancels(group).filter(|_| waits_in_line(group)) else {
            continue;
        };
        let message = format!(
            "The group `{}` keeps a queue and cancels it: GitHub refuses the workflow.",
            group.group
        );
        let mend = "Set `cancel-in-progress: false`, or leave `queue` out.";
        let edit = replace(&workflow.file.text, at, "true", "false");
        let kind = (rule::QUEUE_AND_CANCEL, Level::Error);
        out.push(finding(kind, workflow, at, message, mend).with(edit));
    }
}

/// Without `queue: max`, the third deploy cancels the second one, which still waits.
pub(super) fn queue_single(deploy: &Deploy<'_>, out: &mut Vec<Finding>) {
    let Some(group) = deploy.workflow.group(deploy.job) else {
        return;
    };
    if waits_in_line(group) || cancels(group).is_some() {
        return;
    }
    let message = format!(
        "Only one deploy to `{}` waits in the group `{}`: the next one cancels it, unseen.",
        deploy.environment.name, group.group
    );
    let kind = (rule::QUEUE_SINGLE, deploy.level());
    let mend = "Add `queue: max` to the group.";
    let edit = queued(&deploy.workflow.file.text, group);
    out.push(finding(kind, deploy.workflow, group.at, message, mend).with(edit));
}

/// How a group gets its `queue: max`.
fn queued(text: &str, group: &Concurrency) -> Option<Edit> {
    match (&group.queue, group.group_at) {
        (Some((old, at)), _) => replace(text, *at, old, "max"),
        (None, Some(at)) => beside(text, at, "queue: max"),
        (None, None) => expanded(text, group),
    }
}

/// A deploy that is cancelled leaves production half-way.
pub(super) fn cancels_deploy(deploy: &Deploy<'_>, out: &mut Vec<Finding>) {
    let Some(group) = deploy.workflow.group(deploy.job) else {
        return;
    };
    let Some(at) = cancels(group).filter(|_| !waits_in_line(group)) else {
        return;
    };
    let message = format!(
        "A new run cancels a deploy to `{}` that is under way, and leaves it half-way.",
        deploy.environment.name
    );
    let mend = "Set `cancel-in-progress: false`, and let the others wait with `queue: max`.";
    let text = &deploy.workflow.file.text;
    let kind = (rule::CANCELS_DEPLOY, Level::Error);
    let found = finding(kind, deploy.workflow, at, message, mend);
    let edits = (replace(text, at, "true", "false"), queued(text, group));
    out.push(match edits {
        (Some(_), Some(_)) => found.with(edits.0).with(edits.1),
        _ => found,
    });
}

/// A name that differs from run to run excludes nobody.
pub(super) fn no_exclusion(deploy: &Deploy<'_>, out: &mut Vec<Finding>) {
    let Some(group) = deploy.workflow.group(deploy.job) else {
        return;
    };
    let has = |part: &&&str| names(&group.group, part);
    let branches = OF_A_BRANCH.iter().find(has);
    let part = match OF_A_RUN.iter().find(has) {
        Some(part) => part,
        None => match branches.filter(|_| !starts_from_one_branch(deploy.workflow)) {
            Some(part) => part,
            None => return,
        },
    };
    let name = &deploy.environment.name;
    let message =
        format!("The group's name holds `{part}`: two runs can deploy to `{name}` at once.");
    let mend = format!("Name the group after the environment alone, as in `afterclick-{name}`.");
    let kind = (rule::NO_EXCLUSION, Level::Error);
    out.push(finding(kind, deploy.workflow, group.at, message, mend));
}

/// With `fail-fast`, one failed deploy cancels the others of its matrix half-way.
pub(super) fn matrix_fail_fast(deploy: &Deploy<'_>, out: &mut Vec<Finding>) {
    let Deploy { workflow, job, .. } = deploy;
    let (Some(at), Some(group)) = (job.matrix, workflow.group(job)) else {
        return;
    };
    let is_off = job.fail_fast.as_ref().is_some_and(|(it, _)| it == "false");
    if is_off || group.group.contains("matrix.") {
        return;
    }
    let message = format!(
        "The jobs of this matrix take turns in one group, and the first that fails cancels the \
         deploys to `{}` that are left.",
        deploy.environment.name
    );
    let text = &workflow.file.text;
    let edit = match &job.fail_fast {
        Some((old, at)) => replace(text, *at, old, "false"),
        None => beside(text, at, "fail-fast: false"),
    };
    let kind = (rule::MATRIX_FAIL_FAST, Level::Warning);
    let mend = "Set `strategy.fail-fast: false`.";
    out.push(finding(kind, workflow, at, message, mend).with(edit));
}

/// Every job that deploys to an environment is in its one group.
pub(super) fn one_group(workflows: &[Workflow<'_>], guarded: &Guarded, out: &mut Vec<Finding>) {
    let guarded_list = std::slice::from_ref(guarded);
    let jobs: Vec<(&Workflow<'_>, &Job)> = workflows
        .iter()
        .flat_map(|workflow| workflow.jobs.iter().map(move |job| (workflow, job)))
        .filter(|(_, job)| environment_of(job, guarded_list).is_some())
        .collect();
    let literal = |group: &&Concurrency| !group.group.contains("${{");
    let main = jobs
        .iter()
        .find(|(_, job)| job.steps.iter().any(|it| it.mode() == Some("ship")));
    let main = main.or(jobs.first());
    let main = main
        .and_then(|(workflow, job)| workflow.group(job))
        .filter(literal);
    let groups = jobs
        .iter()
        .filter_map(|(workflow, job)| workflow.group(job));
    let first = main.or_else(|| groups.clone().find(literal));
    for (workflow, job) in &jobs {
        let name = &guarded.name;
        match (workflow.group(job), first) {
            (Some(group), Some(first))
                if literal(&group) && !is_same(&group.group, &first.group) =>
            {
                let message = format!(
                    "Deploys to `{name}` wait in the group `{}` here, and in `{}` elsewhere: two \
                     can run at once.",
                    group.group, first.group
                );
                let mend = format!("Use `{}` for both.", first.group);
                out.push(finding(
                    (rule::TWO_GROUPS, Level::Error),
                    workflow,
                    group.at,
                    message,
                    mend,
                ));
            }
            (None, _) if !workflow.is_called() => {
                let level = match guarded.ships || first.is_some() {
                    true => Level::Error,
                    false => Level::Warning,
                };
                let message = format!(
                    "The job `{}` deploys to `{name}` outside of any group: two can run at once.",
                    job.key
                );
                let group =
                    first.map_or_else(|| format!("afterclick-{name}"), |it| it.group.clone());
                let mend = format!(
                    "Give the job `concurrency` with `group: {group}`, `queue: max` and \
                     `cancel-in-progress: false`."
                );
                out.push(finding(
                    (rule::NO_GROUP, level),
                    workflow,
                    job.at,
                    message,
                    mend,
                ));
            }
            _ => {}
        }
    }
}

/// Whether GitHub takes two names for one.
fn is_same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

fn waits_in_line(group: &Concurrency) -> bool {
    group
        .queue
        .as_ref()
        .is_some_and(|(queue, _)| queue == "max")
}

/// Where it says that it cancels, whatever happens.
fn cancels(group: &Concurrency) -> Option<crate::policy::Position> {
    let cancel = group.cancel.as_ref().filter(|(cancel, _)| cancel == "true");
    cancel.map(|(_, at)| *at)
}

/// Whether an expression in a name asks for this value, and not for one whose name is longer.
fn names(group: &str, part: &str) -> bool {
    let mut expressions = group.split("${{").skip(1);
    expressions.any(|it| {
        let expression = it.split("}}").next().unwrap_or_default();
        expression.match_indices(part).any(|(at, _)| {
            let next = expression[at + part.len()..].chars().next();
            let longer = ["github.ref_protected", "github.ref_type"];
            let is_word = next.is_some_and(|it| it.is_alphanumeric() || it == '-' || it == '_');
            !is_word
                || (part == "github.ref"
                    && !longer.iter().any(|it| expression[at..].starts_with(it)))
        })
    })
}

/// Whether the branch is the same in every run: then it tells no runs apart.
fn starts_from_one_branch(workflow: &Workflow<'_>) -> bool {
    let others = ["schedule", "workflow_run"];
    let is_fixed = |it: &String| it == "push" || others.contains(&it.as_str());
    let one = |branches: &Vec<String>| {
        branches.len() == 1 && !branches[0].contains(['*', '?', '+', '[', '!'])
    };
    workflow.triggers.iter().all(is_fixed) && workflow.pushed.as_ref().is_some_and(one)
}

/// `concurrency: name` with room for more keys.
fn expanded(text: &str, group: &Concurrency) -> Option<Edit> {
    let line = text.lines().nth(group.at.line as usize - 1)?;
    let indent = line.get(..group.at.column as usize - 1)?;
    let value = line.get(indent.len()..)?.strip_prefix("concurrency:")?;
    let is_plain = indent.trim().is_empty() && value.trim_start().starts_with(&group.group);
    is_plain.then(|| Edit::Replace {
        at: group.at,
        old: line[indent.len()..].to_owned(),
        new: format!("concurrency:\n{indent}  group:{value}\n{indent}  queue: max"),
    })
}
