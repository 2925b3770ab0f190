//! The rules that need nothing but the workflows.

mod group;
mod token;

use super::edit::{Edit, beside};
use super::environments::deployed;
use super::rule::{self, Level, Rule};
use super::workflow::{Job, Workflow};
use super::{Finding, Guarded, WorkflowFile};
use crate::policy::{Diagnostic, Position};

/// Minutes that a deploy may take, where `--fix` has to say a number.
const TIMEOUT: u32 = 30;

/// Asks every rule.
pub(super) fn all(workflows: &[Workflow<'_>], guarded: &[Guarded], out: &mut Vec<Finding>) {
    for workflow in workflows {
        group::queue_and_cancel(workflow, out);
        for job in &workflow.jobs {
            token::missing_permission(workflow, job, out);
            token::untrusted_checkout(workflow, job, out);
            token::shallow_gate(workflow, job, out);
            let Some(environment) = environment_of(job, guarded) else {
                continue;
            };
            let deploy = Deploy {
                workflow,
                job,
                environment,
            };
            group::queue_single(&deploy, out);
            group::cancels_deploy(&deploy, out);
            group::no_exclusion(&deploy, out);
            group::matrix_fail_fast(&deploy, out);
            no_timeout(&deploy, out);
        }
    }
    for environment in guarded {
        group::one_group(workflows, environment, out);
    }
}

/// A job that deploys to an environment that has to be guarded.
struct Deploy<'a> {
    workflow: &'a Workflow<'a>,
    job: &'a Job,
    environment: &'a Guarded,
}

impl Deploy<'_> {
    /// An error where afterclick's own promise depends on it; else it may be meant.
    fn level(&self) -> Level {
        match self.environment.ships {
            true => Level::Error,
            false => Level::Warning,
        }
    }
}

/// The guarded environment that a job deploys to.
fn environment_of<'a>(job: &Job, guarded: &'a [Guarded]) -> Option<&'a Guarded> {
    let name = deployed(job)?;
    guarded.iter().find(|it| it.name == name)
}

/// A workflow that nobody can read.
pub(super) fn unreadable(file: &WorkflowFile, problem: &Diagnostic) -> Finding {
    Finding {
        rule: rule::UNREADABLE,
        level: Level::Error,
        path: Some(file.path.clone()),
        line: problem.line,
        message: format!("This workflow was not examined: {}.", problem.message),
        mend: problem
            .hint
            .clone()
            .unwrap_or_else(|| "Mend the file; GitHub does not run it as it is.".to_owned()),
        edits: Vec::new(),
    }
}

/// A finding at a place of a workflow.
fn finding(
    (rule, level): (&'static Rule, Level),
    workflow: &Workflow<'_>,
    at: Position,
    message: String,
    mend: impl Into<String>,
) -> Finding {
    Finding {
        rule,
        level,
        path: Some(workflow.file.path.clone()),
        line: at.line,
        message,
        mend: mend.into(),
        edits: Vec::new(),
    }
}

impl Finding {
    fn with(mut self, edit: Option<Edit>) -> Self {
        self.edits.extend(edit);
        self
    }
}

fn no_timeout(deploy: &Deploy<'_>, out: &mut Vec<Finding>) {
    let Deploy {
        workflow,
        job,
        environment,
    } = deploy;
    let Some(group) = workflow.group(job).filter(|_| !job.has_timeout) else {
        return;
    };
    let message = format!(
        "The job `{}` has no time limit: when it hangs, `{}` waits behind the group `{}` for six \
         hours.",
        job.key, environment.name, group.group
    );
    let mend = "Add `timeout-minutes` with what a deploy may take.";
    let key = format!("timeout-minutes: {TIMEOUT}");
    let edit = job
        .sibling
        .and_then(|at| beside(&workflow.file.text, at, &key));
    let kind = (rule::NO_TIMEOUT, deploy.level());
    out.push(finding(kind, workflow, job.at, message, mend).with(edit));
}
