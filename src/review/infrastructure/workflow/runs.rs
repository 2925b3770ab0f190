//! How the runs of a workflow sign in, and what becomes of one when the next begins.

use super::{Job, Workflow, jobs};
use crate::facts::setting::Setting;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::settings::{off, on};
use crate::review::record::finding::Finding;

/// Deployments that may run at once, or be cut off.
pub(crate) fn together(
    file: &FilePair<'_>,
    old: &Workflow<'_>,
    new: &Workflow<'_>,
    found: &mut Vec<Finding>,
) {
    let live = |workflow: &Workflow<'_>| {
        let lasting = |it: &&Job<'_>| {
            it.environment.is_none_or(|it| {
                !["preview", "review", "dev", "test", "pages"]
                    .iter()
                    .any(|word| it.value.to_ascii_lowercase().contains(word))
            })
        };
        // The pages of a project are put out again with the next run.
        let pages = |it: &&Job<'_>| it.steps.iter().any(|it| it.action().contains("pages"));
        let mut jobs = workflow.jobs.values().filter(lasting);
        jobs.any(|it| it.deploys() && !pages(&it))
    };
    let by_strangers = new.triggers.iter().any(|it| it.starts_with("pull_request"));
    if !live(old) || !live(new) || by_strangers {
        return;
    }
    let grouped = |settings: &'_ [Setting]| -> Option<u32> {
        let first = settings
            .iter()
            .find(|it| it.path.iter().any(|it| it == "concurrency"));
        first.map(|it| it.line)
    };
    let cuts = |settings: &'_ [Setting], yes: bool| -> Option<(u32, String)> {
        let says = |it: &&Setting| {
            it.key() == "cancel-in-progress" && if yes { on(&it.value) } else { off(&it.value) }
        };
        settings
            .iter()
            .find(says)
            .map(|it| (it.line, it.value.clone()))
    };
    let calls = new.jobs.values().any(|it| {
        it.settings
            .iter()
            .any(|it| it.path.len() == 3 && it.key() == "uses")
    });
    match (grouped(&file.before.settings), grouped(&file.after.settings)) {
        (Some(line), None) if !calls => found.push(
            Finding::new(file, "concurrency", "may run at once")
                .before(line, file.before.line(line))
                .near(1)
                .says(
                    "One deployment waited for the other, and now two may run at once. The older one can end last, and then an old release is live.",
                    "Put `concurrency:` back.",
                ),
        ),
        (Some(_), Some(_)) => {
            let was = cuts(&file.before.settings, false);
            if let (Some(was), Some((line, _)), None) =
                (was, cuts(&file.after.settings, true), cuts(&file.before.settings, true))
            {
                found.push(
                    Finding::new(file, "concurrency", "cut off by the next")
                        .before(was.0, file.before.line(was.0))
                        .after(line, file.after.line(line))
                        .says(
                            "A deployment ran to its end before the next began, and now is cut off by it. What was half done, such as a migration, stays half done.",
                            "Let a deployment end: `cancel-in-progress: false`.",
                        ),
                );
            }
        }
        _ => {}
    }
}

/// Keys that last, where a workflow signed in with an identity of its own each time.
pub(crate) fn lasting_keys(
    file: &FilePair<'_>,
    old: &Workflow<'_>,
    new: &Workflow<'_>,
    found: &mut Vec<Finding>,
) {
    for (before, after) in jobs(&file.before.settings, &file.after.settings, old, new) {
        let (was, is) = (&old.jobs[before], &new.jobs[after]);
        if let (Some(was), Some(is)) = (signs_in(was, false), signs_in(is, true))
            && signs_in(&new.jobs[after], false).is_none()
            && signs_in(&old.jobs[before], true).is_none()
        {
            found.push(
                Finding::new(file, after, format!("lasting key {}", is.key()))
                    .before(was.line, file.before.line(was.line))
                    .after(is.line, file.after.line(is.line))
                    .says(
                        format!("The job {after} signed in with an identity that is good for one run, and now with a key that lasts (`{}`). Whoever gets hold of that key can use it from anywhere, until somebody changes it.", is.key()),
                        "Sign in with the identity of the run (OpenID Connect) again.",
                    ),
            );
        }
    }
}

/// Where a job signs in to a cloud: with a key that lasts, or with an identity of its own.
pub(crate) fn signs_in<'a>(job: &Job<'a>, lasting: bool) -> Option<&'a Setting> {
    let keys: &[&str] = if lasting {
        &["aws-access-key-id", "credentials_json", "creds"]
    } else {
        &["role-to-assume", "workload_identity_provider", "client-id"]
    };
    job.steps
        .iter()
        .filter(|it| it.uses.is_some())
        .find_map(|step| keys.iter().find_map(|key| step.input(key)))
}
