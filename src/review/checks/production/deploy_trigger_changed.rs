use crate::facts::setting::Setting;
use crate::review::Context;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::settings::{self, Purpose, nearest};
use crate::review::infrastructure::workflow::{Job, Workflow, jobs};
use crate::review::record::finding::Finding;
use std::collections::BTreeSet;

check! {
    /// A deployment starts on other events, or under fewer conditions, than before.
    ///
    /// ## What it does
    /// Looks at workflows that publish or deploy. Speaks when one that people started by hand now
    /// starts by itself; when a deploying job no longer waits for a job that is still there; when a
    /// condition on who or what may start a job that holds secrets is dropped; when a job that
    /// published something is gone.
    ///
    /// ## Why it matters
    /// Code reaches customers at a moment when nobody expects it, or without the tests having
    /// passed, or no longer reaches them at all.
    ///
    /// ## Example
    /// ```yaml
    /// deploy:
    ///   needs: test   # removed
    /// ```
    ///
    /// ## Instead
    /// Say in the pull request what ships when from now on, and who watches it.
    "production/deploy-trigger-changed", Production, SPEAKS, run
}

fn run(context: &Context<'_>, found: &mut Vec<Finding>) {
    let elsewhere: Vec<&str> = context
        .files
        .iter()
        .filter(|file| file.after.exists && file.path.contains(".github/"))
        .map(|file| file.after.text)
        .collect();
    for file in context.files {
        let purpose = settings::purpose(file);
        if !matches!(purpose, Some(Purpose::Workflow | Purpose::Action))
            || settings::unreadable(file)
            || !file.before.exists
            || !file.after.exists
        {
            continue;
        }
        let old = Workflow::read(&file.before.settings);
        let new = Workflow::read(&file.after.settings);
        started(file, &old, &new, found);
        gone(file, &old, &new, &elsewhere, found);
        for (before, after) in jobs(&file.before.settings, &file.after.settings, &old, &new) {
            waiting(
                file,
                after,
                &old,
                &new,
                &old.jobs[before],
                &new.jobs[after],
                found,
            );
            conditions(file, after, &old.jobs[before], &new.jobs[after], found);
        }
    }
}

/// Events that people cause on purpose.
const BY_HAND: &[&str] = &[
    "workflow_dispatch",
    "release",
    "workflow_call",
    "repository_dispatch",
];

fn started(file: &FilePair<'_>, old: &Workflow<'_>, new: &Workflow<'_>, found: &mut Vec<Finding>) {
    let deploys = |workflow: &Workflow<'_>| workflow.jobs.values().any(Job::deploys);
    if !deploys(old) || !deploys(new) {
        return;
    }
    let by_hand = !old.triggers.is_empty() && old.triggers.iter().all(|it| BY_HAND.contains(it));
    for event in ["push", "schedule", "pull_request", "workflow_run"] {
        if !new.triggers.contains(event) || old.triggers.contains(event) {
            continue;
        }
        let at = file.after.settings.iter().find(|it| {
            it.path.first().is_some_and(|key| key == "on")
                && (it.value == event || it.path.get(1).is_some_and(|key| key == event))
        });
        let when = match event {
            "push" => "every push that matches",
            "schedule" => "a timer",
            "pull_request" => "every pull request",
            _ => "the end of another workflow",
        };
        found.push(
            Finding::new(file, &format!("on.{event}"), format!("starts on {event}"))
                .speaks_if(by_hand)
                .after(at.map_or(1, |it| it.line), event)
                .says(
                    format!(
                        "This workflow publishes or deploys. Only people used to start it; now {when} \
                         does too, so something can go out when nobody is looking."
                    ),
                    "Say who watches such a deployment, or keep it a decision.",
                ),
        );
    }
    // Other filters of the events: branches, tags, times.
    let filters = |settings: &[Setting]| -> BTreeSet<String> {
        settings
            .iter()
            .filter(|it| {
                it.path.len() > 2
                    && it.path[0] == "on"
                    && old.triggers.contains(it.path[1].as_str())
            })
            .map(|it| format!("{} = {}", it.path[1..].join("."), it.value))
            .collect()
    };
    let (was, is) = (
        filters(&file.before.settings),
        filters(&file.after.settings),
    );
    if let Some(filter) = is
        .difference(&was)
        .next()
        .or_else(|| was.difference(&is).next())
    {
        found.push(
            Finding::new(file, "on", format!("filter {filter}"))
                .speaks_if(false)
                .near(1)
                .says(
                    "This workflow publishes or deploys, and now starts for other branches, tags or times.",
                    "Check that what should ship still does, and nothing else.",
                ),
        );
    }
}

/// Jobs that put something out, and are no more.
fn gone(
    file: &FilePair<'_>,
    old: &Workflow<'_>,
    new: &Workflow<'_>,
    elsewhere: &[&str],
    found: &mut Vec<Finding>,
) {
    let kept: BTreeSet<&str> = jobs(&file.before.settings, &file.after.settings, old, new)
        .into_iter()
        .map(|(before, _)| before)
        .collect();
    for (name, job) in &old.jobs {
        if kept.contains(name) || !job.steps.iter().any(|it| it.deploys()) {
            continue;
        }
        let what = published(job);
        // Something new that puts out the same: the job was rewritten.
        let rewritten = new.jobs.iter().any(|(name, job)| {
            !old.jobs.contains_key(name) && job.steps.iter().any(|it| it.deploys())
        });
        let moved = what.as_deref().is_some_and(|what| {
            elsewhere.iter().filter(|text| text.contains(what)).count() > 0
                && !file.after.text.contains(what)
        });
        let line = job.settings.first().map_or(1, |it| it.line);
        let out = what.clone().unwrap_or_else(|| "something".to_owned());
        let mut finding = Finding::new(file, name, "publishing job removed")
            .speaks_if(!rewritten && !moved && what.is_some())
            .before(line, name)
            .says(
                format!(
                    "The job {name}, which published {out}, is gone. Whoever installs it from there \
                     gets no new version from this workflow, and nobody is told."
                ),
                "Say where it is published from now on, and tell those who use it.",
            );
        finding.line = nearest(&file.after.settings, &["jobs"]);
        found.push(finding);
    }
}

/// The first name of what a job publishes, where it is written out.
fn published(job: &Job<'_>) -> Option<String> {
    job.steps
        .iter()
        .filter(|step| step.deploys())
        .find_map(|step| {
            let tags = step.input("tags").or_else(|| step.input("repository"))?;
            let first = tags.value.split([',', '\n']).next()?.trim();
            (!first.contains("${{") && !first.is_empty()).then(|| first.to_owned())
        })
}

fn waiting(
    file: &FilePair<'_>,
    name: &str,
    before: &Workflow<'_>,
    after: &Workflow<'_>,
    old: &Job<'_>,
    new: &Job<'_>,
    found: &mut Vec<Finding>,
) {
    if !new.deploys() {
        return;
    }
    let reached = upstream(after, new);
    for need in &old.needs {
        let awaited = need.value.as_str();
        // Only what checks something is worth waiting for, and only what is still there.
        let checks = before
            .jobs
            .get(awaited)
            .is_some_and(|job| !job.deploys() && after.jobs.contains_key(awaited));
        if !checks || reached.contains(awaited) {
            continue;
        }
        let mut finding = Finding::new(
            file,
            &format!("{name}.needs"),
            format!("needs {awaited} removed"),
        )
        .before(need.line, &format!("needs: {awaited}"))
        .says(
            format!(
                "The job {name}, which publishes or deploys, used to wait until {awaited} had \
                     passed, and no longer does. It goes out even when {awaited} fails."
            ),
            format!("Put {awaited} back under `needs:` of {name}."),
        );
        finding.line = new.settings.first().map(|it| it.line);
        found.push(finding);
    }
}

/// All that a job waits for, directly or not.
fn upstream<'a>(workflow: &Workflow<'a>, job: &Job<'a>) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&str> = job.needs.iter().map(|it| it.value.as_str()).collect();
    while let Some(next) = open.pop() {
        if let Some((key, job)) = workflow.jobs.get_key_value(next)
            && reached.insert(*key)
        {
            open.extend(job.needs.iter().map(|it| it.value.as_str()));
        }
    }
    reached
}

/// What a condition says about who or what may start a job.
const GATES: &[&str] = &[
    "secret",
    "fork",
    "github.actor",
    "triggering_actor",
    "author_association",
    "head.repo",
    "github.repository",
    "github.event_name",
    "github.ref",
    "refs/heads",
    "refs/tags",
    "environment",
];

fn conditions(
    file: &FilePair<'_>,
    name: &str,
    old: &Job<'_>,
    new: &Job<'_>,
    found: &mut Vec<Finding>,
) {
    let around = |job: &Job<'_>| job.condition.map_or(String::new(), |it| squeeze(&it.value));
    if new.deploys() || !new.secrets().is_empty() {
        let symbol = if name.is_empty() {
            "if".to_owned()
        } else {
            format!("{name}.if")
        };
        let held = around(new);
        condition(
            file,
            &symbol,
            name,
            old.condition,
            new.condition,
            &held,
            new,
            found,
        );
    }
    for step in &new.steps {
        let Some(earlier) = old.steps.iter().find(|it| it.name == step.name) else {
            continue;
        };
        let gates = earlier
            .condition
            .is_some_and(|it| it.value.contains("secret") || it.value.contains("fork"));
        if !step.trusted() && !step.deploys() && !gates {
            continue;
        }
        let symbol = if name.is_empty() {
            step.name.to_owned()
        } else {
            format!("{name}.{}", step.name)
        };
        let held = format!(
            "{} {}",
            around(new),
            step.condition
                .map_or(String::new(), |it| squeeze(&it.value))
        );
        condition(
            file,
            &symbol,
            step.name,
            earlier.condition,
            step.condition,
            &held,
            new,
            found,
        );
    }
}

#[allow(clippy::too_many_arguments)]
fn condition(
    file: &FilePair<'_>,
    symbol: &str,
    name: &str,
    old: Option<&Setting>,
    new: Option<&Setting>,
    held: &str,
    job: &Job<'_>,
    found: &mut Vec<Finding>,
) {
    let Some(before) = old else { return };
    let text = squeeze(&before.value);
    // `a || b` needs a reading of its own: only what all of it demands counts.
    if text.contains("||") {
        return;
    }
    let lost: Vec<&str> = text
        .split("&&")
        .map(str::trim)
        .filter(|part| GATES.iter().any(|gate| part.contains(gate)))
        .filter(|part| !held.contains(part.trim_matches(['(', ')', ' '])))
        .collect();
    let Some(first) = lost.first() else { return };
    // The same said another way, such as `github.ref_name` for `github.ref`.
    let rephrased = GATES
        .iter()
        .any(|gate| *gate != "secret" && first.contains(gate) && held.contains(gate));
    let mut finding = Finding::new(file, symbol, format!("condition {first} dropped"))
        .speaks_if(!rephrased)
        .before(before.line, &format!("if: {}", before.value))
        .says(
            format!(
                "{name} used to run only if `{first}`, and no longer asks for that. It works with \
                 secrets or puts something out, so it may now run for people or branches that it \
                 was kept from, or fail where the secrets are missing."
            ),
            "Put the condition back, or say who can start this now.",
        );
    finding.line = new.map(|it| it.line).or_else(|| {
        nearest(&file.after.settings, &before.path)
            .or_else(|| job.settings.first().map(|it| it.line))
    });
    if let Some(after) = new {
        finding = finding.after(after.line, &format!("if: {}", after.value));
    }
    found.push(finding);
}

/// A condition without its wrapping and white space.
fn squeeze(text: &str) -> String {
    let text = text.trim();
    let text = text
        .strip_prefix("${{")
        .and_then(|it| it.strip_suffix("}}"))
        .unwrap_or(text);
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace('"', "'")
}
