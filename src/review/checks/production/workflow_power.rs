use crate::review::Context;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::settings::{self, Purpose, nearest};
use crate::review::infrastructure::workflow::runs::signs_in;
use crate::review::infrastructure::workflow::{Job, Permissions, Workflow, jobs, secrets};
use crate::review::record::Tier;
use crate::review::record::finding::Finding;
use std::collections::BTreeSet;

check! {
    /// A workflow may do more than it could, or strangers may reach what it may do.
    ///
    /// ## What it does
    /// Reads what the token of every job may do on both sides, whether the job says it or the
    /// workflow. Speaks when a job gets the right to write code, packages, deployments or to sign in
    /// elsewhere, or when it no longer limits its token; when a workflow starts for pull requests of
    /// strangers with its own secrets; when a job leaves its protected environment, hands on all
    /// secrets, keeps the token on disk, or puts text that strangers write into a script.
    ///
    /// ## Why it matters
    /// A workflow holds the keys of the project. Whoever gets into one step of it, by a bad
    /// dependency or a crafted pull request, may do whatever the token may do.
    ///
    /// ## Example
    /// ```yaml
    /// permissions:
    ///   contents: write   # was: read
    /// ```
    ///
    /// ## Instead
    /// Give each job the least it needs, in the job itself, and keep deploy secrets in an
    /// environment that asks for approval.
    "production/workflow-power", Production, SPEAKS, run
}

/// What a stranger could do with a right to write.
const POWERS: &[(&str, &str)] = &[
    ("contents", "change the code and its releases"),
    ("id-token", "sign in to other services as this project"),
    ("packages", "publish packages"),
    ("actions", "start and stop workflows"),
    ("deployments", "start deployments"),
];

fn run(context: &Context<'_>, found: &mut Vec<Finding>) {
    for file in context.files {
        let purpose = settings::purpose(file);
        if !matches!(purpose, Some(Purpose::Workflow | Purpose::Action))
            || settings::unreadable(file)
            || !file.after.exists
        {
            continue;
        }
        let old = Workflow::read(&file.before.settings);
        let new = Workflow::read(&file.after.settings);
        strangers(file, &old, &new, found);
        if !file.before.exists {
            continue;
        }
        rights(file, &old, &new, found);
        let pairs = jobs(&file.before.settings, &file.after.settings, &old, &new);
        for (before, after) in pairs {
            let (old, new) = (&old.jobs[before], &new.jobs[after]);
            environment(file, after, old, new, found);
            inherited(file, after, old, new, found);
            checkout(file, after, old, new, found);
        }
    }
}

fn rights(file: &FilePair<'_>, old: &Workflow<'_>, new: &Workflow<'_>, found: &mut Vec<Finding>) {
    let open: Vec<&str> = new
        .jobs
        .iter()
        .filter(|(_, job)| job.permissions.is_none())
        .map(|(name, _)| *name)
        .collect();
    // The limit for the whole workflow is gone, and some job relied on it.
    if let Some(before) = &old.permissions
        && new.permissions.is_none()
        && !open.is_empty()
        && before.of("contents") < 2
    {
        let note = match open[..] {
            [only] => format!("The job {only}"),
            _ => format!("{} jobs", open.len()),
        };
        found.push(
            Finding::new(file, "permissions", "permissions removed")
                .before(before.line, &code_at(file, "permissions"))
                .near(1)
                .says(
                    format!(
                        "This workflow used to limit what its token may do, and now does not. {note} \
                         may do whatever the repository allows by default, often changing code. \
                         A bad dependency or a crafted pull request could use that."
                    ),
                    "Put `permissions:` back and give each job only what it needs.",
                ),
        );
        return;
    }
    let by_ourselves = !new.triggers.is_empty()
        && new
            .triggers
            .iter()
            .all(|it| matches!(*it, "schedule" | "workflow_dispatch"));
    let mut told = BTreeSet::new();
    for (before, after) in jobs(&file.before.settings, &file.after.settings, old, new) {
        let (was, is) = (&old.jobs[before], &new.jobs[after]);
        let own = is.permissions.is_some();
        let calls = is
            .settings
            .iter()
            .any(|it| it.path.len() == 3 && it.key() == "uses");
        let named = calls && was.permissions.is_none() && own;
        let shorter = signs_in(was, true).is_some() && signs_in(is, true).is_none();
        match (old.rights(was), new.rights(is)) {
            (Some(was), Some(is)) => {
                let symbol = if own {
                    format!("{after}.permissions")
                } else {
                    "permissions".to_owned()
                };
                if told.insert(symbol.clone()) {
                    let from = found.len();
                    widened(file, &symbol, after, was, is, found);
                    for finding in &mut found[from..] {
                        // A job that hands its work to another workflow, and now says what that may
                        // do; or one that signs in by itself where it had a lasting secret, and that
                        // nobody outside can start.
                        if named || (by_ourselves || shorter) && finding.fact == "id-token: write" {
                            finding.tier = Tier::Recorded;
                        }
                    }
                }
            }
            (Some(was), None) if was.of("contents") < 2 && told.insert(after.to_owned()) => {
                found.push(
                    Finding::new(file, &format!("{after}.permissions"), "permissions removed")
                        .before(was.line, "permissions")
                        .near(nearest_job(file, after))
                        .says(
                            format!(
                                "The job {after} used to limit what its token may do, and now does \
                                 not. It may do whatever the repository allows by default, often \
                                 changing code."
                            ),
                            format!("Put `permissions:` back on {after}, with only what it needs."),
                        ),
                );
            }
            _ => {}
        }
    }
}

fn widened(
    file: &FilePair<'_>,
    symbol: &str,
    job: &str,
    was: &Permissions<'_>,
    is: &Permissions<'_>,
    found: &mut Vec<Finding>,
) {
    if is.everything() && !was.everything() {
        found.push(
            Finding::new(file, symbol, "write-all")
                .before(was.line, "permissions")
                .after(is.line, "permissions: write-all")
                .says(
                    format!(
                        "The job {job} may now change everything in this repository: code, releases, \
                         packages, settings of pull requests. Whoever gets into one step of it can too."
                    ),
                    "Name the rights it needs instead of `write-all`.",
                ),
        );
        return;
    }
    for (scope, level) in is.beyond(was) {
        let power = POWERS.iter().find(|(name, _)| *name == scope);
        let speaks = level == 2 && power.is_some();
        let could = power.map_or("do more", |(_, could)| could);
        let right = if level == 2 { "write" } else { "read" };
        let before = match was.of(scope) {
            1 => "could only read",
            _ => "had no right to",
        };
        let line = file
            .after
            .settings
            .iter()
            .find(|it| it.key() == scope && it.path.iter().any(|key| key == "permissions"))
            .map_or(is.line, |it| it.line);
        found.push(
            Finding::new(file, symbol, format!("{scope}: {right}"))
                .speaks_if(speaks)
                .before(was.line, "permissions")
                .after(line, &format!("{scope}: {right}"))
                .says(
                    format!(
                        "The token of the job {job} {before} {scope} and now has `{scope}: {right}`. \
                         Whoever gets into one step of this job can {could}."
                    ),
                    format!(
                        "Give `{scope}: {right}` only to the one job that needs it, or say in the \
                         pull request which step does."
                    ),
                ),
        );
    }
}

/// Events that run with the project's secrets although a stranger started them.
const OPEN_EVENTS: &[&str] = &["pull_request_target", "workflow_run", "issue_comment"];

/// What a stranger writes, and may reach a script.
const FOREIGN: &[&str] = &[
    "github.event.issue.title",
    "github.event.issue.body",
    "github.event.pull_request.title",
    "github.event.pull_request.body",
    "github.event.pull_request.head.ref",
    "github.event.pull_request.head.label",
    "github.event.comment.body",
    "github.event.review.body",
    "github.event.head_commit.message",
    "github.event.discussion.title",
    "github.event.discussion.body",
    "github.head_ref",
];

fn strangers(
    file: &FilePair<'_>,
    old: &Workflow<'_>,
    new: &Workflow<'_>,
    found: &mut Vec<Finding>,
) {
    let head = |workflow: &Workflow<'_>| {
        workflow.jobs.values().any(|job| {
            job.steps.iter().any(|step| {
                step.input("ref").is_some_and(|it| {
                    it.value.contains("head.sha")
                        || it.value.contains("head.ref")
                        || it.value.contains("head_ref")
                        || it.value.contains("refs/pull/")
                })
            })
        })
    };
    let risky = |workflow: &Workflow<'_>| {
        workflow.triggers.contains("pull_request_target") && head(workflow)
    };
    if risky(new) && !risky(old) {
        let line = file.after.settings.iter().find(|it| {
            it.key() == "pull_request_target"
                || it.path.iter().any(|key| key == "pull_request_target")
        });
        found.push(
            Finding::new(file, "on.pull_request_target", "pull_request_target with checkout of the head")
                .after(line.map_or(1, |it| it.line), "pull_request_target")
                .says(
                    "This workflow now runs code from a stranger's pull request while it holds the \
                     project's own token and secrets. Anyone who opens a pull request could take them.",
                    "Run such code on `pull_request`, which has no secrets, and do the privileged \
                     part in a second workflow that does not run it.",
                ),
        );
    } else if file.before.exists {
        for event in OPEN_EVENTS {
            if new.triggers.contains(event) && !old.triggers.contains(event) {
                let line = file
                    .after
                    .settings
                    .iter()
                    .find(|it| it.path.iter().any(|key| key == event));
                found.push(
                    Finding::new(file, &format!("on.{event}"), format!("{event} added"))
                        .speaks_if(false)
                        .after(line.map_or(1, |it| it.line), event)
                        .says(
                            format!("This workflow now also starts on `{event}`, which strangers can cause and which runs with the project's secrets."),
                            "Make sure that no step runs or trusts what the stranger sent.",
                        ),
                );
            }
        }
    }
    let scripts = |workflow: &Workflow<'_>| -> BTreeSet<&'static str> {
        let runs: Vec<String> = workflow
            .jobs
            .values()
            .flat_map(|job| &job.steps)
            .filter_map(|step| step.run)
            .map(|it| it.value.clone())
            .collect();
        FOREIGN
            .iter()
            .copied()
            .filter(|it| runs.iter().any(|script| inserts(script, it)))
            .collect()
    };
    let known = scripts(old);
    for expression in scripts(new).difference(&known) {
        let step = new
            .jobs
            .values()
            .flat_map(|job| &job.steps)
            .find(|step| step.run.is_some_and(|it| inserts(&it.value, expression)));
        let Some(step) = step else { continue };
        let line = step.run.map_or(1, |it| it.line);
        found.push(
            Finding::new(file, step.name, format!("script inserts {expression}"))
                .after(line, expression)
                .says(
                    format!(
                        "The script of the step {} now holds `{expression}`, text that a stranger \
                         chooses. Written the right way, it runs as a command with the rights of \
                         this workflow.",
                        step.name
                    ),
                    "Pass it through `env:` and use the variable in the script, in quotes.",
                ),
        );
    }
}

/// Whether a script has an expression inserted before it runs.
fn inserts(script: &str, expression: &str) -> bool {
    script.split("${{").skip(1).any(|rest| {
        let inside = rest.split("}}").next().unwrap_or_default();
        inside.trim() == expression
    })
}

fn environment(
    file: &FilePair<'_>,
    name: &str,
    old: &Job<'_>,
    new: &Job<'_>,
    found: &mut Vec<Finding>,
) {
    let Some(before) = old.environment else {
        return;
    };
    let Some(after) = new.environment else {
        let calls = new
            .settings
            .iter()
            .any(|it| it.path.len() == 3 && it.key() == "uses");
        found.push(
            Finding::new(file, &format!("{name}.environment"), "environment removed")
                .speaks_if(!calls && guarded(new, &before.value))
                .before(before.line, &format!("environment: {}", before.value))
                .near(nearest_job(file, name))
                .says(
                    format!(
                        "The job {name} used to run in the environment {}, with its approvals and \
                         its own secrets, and now runs in none. It can go out without anyone's approval.",
                        before.value
                    ),
                    format!("Put `environment: {}` back on {name}.", before.value),
                ),
        );
        return;
    };
    // Secrets that only the environment holds, replaced by others.
    let (was, is) = (old.secrets(), new.secrets());
    let gone: Vec<&str> = was.difference(&is).copied().collect();
    let fresh: Vec<&str> = is.difference(&was).copied().collect();
    if let ([first, ..], [other, ..]) = (&gone[..], &fresh[..]) {
        let line = new
            .settings
            .iter()
            .find(|it| secrets(&it.value).any(|secret| secret == *other))
            .map_or(after.line, |it| it.line);
        found.push(
            Finding::new(
                file,
                name,
                format!("secrets {} -> {}", gone.join(","), fresh.join(",")),
            )
            .before(before.line, &format!("secrets.{first}"))
            .after(line, &format!("secrets.{other}"))
            .says(
                format!(
                    "The job {name} runs behind the environment {} and now reads {} where it read \
                         {}. If the new ones belong to the whole repository or organisation, any \
                         workflow can read them without that environment's approval; if they don't \
                         exist, the job fails halfway.",
                    after.value,
                    fresh.join(", "),
                    gone.join(", ")
                ),
                format!(
                    "Keep these secrets on the environment {}, and check that they are there \
                         before this ships.",
                    after.value
                ),
            ),
        );
    }
}

/// Whether an environment stood between a job and something that matters.
fn guarded(job: &Job<'_>, environment: &str) -> bool {
    let name = environment.to_ascii_lowercase();
    let named = [
        "prod", "release", "deploy", "publish", "live", "staging", "pypi", "npm",
    ]
    .iter()
    .any(|word| name.contains(word));
    named || job.deploys() || job.secrets().iter().any(|secret| *secret != "GITHUB_TOKEN")
}

fn inherited(
    file: &FilePair<'_>,
    name: &str,
    old: &Job<'_>,
    new: &Job<'_>,
    found: &mut Vec<Finding>,
) {
    let inherits = |job: &Job<'_>| {
        job.settings
            .iter()
            .find(|it| it.path.len() == 3 && it.key() == "secrets" && it.value == "inherit")
            .map(|it| it.line)
    };
    if let (None, Some(line)) = (inherits(old), inherits(new)) {
        let named = !old.secrets().is_empty();
        found.push(
            Finding::new(file, &format!("{name}.secrets"), "secrets: inherit")
                .speaks_if(named)
                .after(line, "secrets: inherit")
                .says(
                    format!(
                        "The job {name} used to hand on the secrets that it names, and now hands on \
                         all of them. The workflow it calls can read every secret of the project."
                    ),
                    "Name the secrets that the called workflow needs.",
                ),
        );
    }
}

fn checkout(
    file: &FilePair<'_>,
    name: &str,
    old: &Job<'_>,
    new: &Job<'_>,
    found: &mut Vec<Finding>,
) {
    let pushes = |job: &Job<'_>| {
        job.steps.iter().any(|step| {
            step.run.is_some_and(|it| it.value.contains("git push"))
                || step.action().contains("commit")
                || step.action().contains("pull-request")
        })
    };
    for step in &new.steps {
        let kept =
            |it: Option<&crate::facts::setting::Setting>| it.is_none_or(|it| it.value != "false");
        let earlier = old.steps.iter().find(|it| it.name == step.name);
        if let Some(earlier) = earlier
            && let Some(before) = earlier.input("persist-credentials")
            && !kept(Some(before))
            && kept(step.input("persist-credentials"))
            && step.uses.is_some()
        {
            found.push(
                Finding::new(file, &format!("{name}.{}", step.name), "persist-credentials")
                    .speaks_if(!pushes(new))
                    .before(before.line, "persist-credentials: false")
                    .near(step.uses.map_or(1, |it| it.line))
                    .says(
                        format!(
                            "The job {name} used to forget its token after fetching the code, and now \
                             leaves it on disk. Every later step and dependency can read and use it."
                        ),
                        "Put `persist-credentials: false` back on the checkout step.",
                    ),
            );
        }
    }
}

fn nearest_job(file: &FilePair<'_>, job: &str) -> u32 {
    nearest(&file.after.settings, &["jobs", job]).unwrap_or(1)
}

fn code_at(file: &FilePair<'_>, key: &str) -> String {
    file.before
        .settings
        .iter()
        .find(|it| it.path.first().is_some_and(|first| first == key))
        .map_or_else(String::new, |it| file.before.code(&it.span).to_owned())
}
