//! Whether what holds a lock or waits with a ticket is there.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::github::{Access, GitHub};
use crate::process;
use crate::ship::{Evidence, Presence, Runner};

/// How long an answer of GitHub's counts: a run does not end every second, and calls are few.
const FRESH: Duration = Duration::from_secs(120);

/// Tells whether runners are there.
pub(super) struct Witness {
    access: Option<Access>,
    asked: BTreeMap<(u64, u32), (Instant, Presence)>,
}

impl Witness {
    /// With GitHub to ask, or without.
    pub(super) fn new(access: Option<Access>) -> Self {
        Self {
            access,
            asked: BTreeMap::new(),
        }
    }

    /// What can be told from here. `own` is what asks.
    pub(super) fn presence(&mut self, of: &Runner, own: &Runner, claim: &str) -> Presence {
        let told = presence(of, own, claim);
        let (
            Runner::Github {
                repository,
                run,
                attempt,
                ..
            },
            Presence::Unknown,
            Some(access),
        ) = (of, &told, &self.access)
        else {
            return told;
        };
        let key = (*run, *attempt);
        if let Some((at, presence)) = self.asked.get(&key)
            && at.elapsed() < FRESH
        {
            return presence.clone();
        }
        let presence = ask(access, repository, *run, *attempt, own);
        self.asked.insert(key, (Instant::now(), presence.clone()));
        presence
    }
}

/// Asks GitHub for an attempt of a run. That it has ended is final; that it is gone counts only
/// where this token can see our own run, or else it may only be hidden from us.
fn ask(access: &Access, repository: &str, run: u64, attempt: u32, own: &Runner) -> Presence {
    let gone = |status: &str, conclusion: Option<String>| {
        Presence::Gone(Evidence::Run {
            run,
            attempt,
            status: status.to_owned(),
            conclusion,
        })
    };
    let (Ok(github), Ok(name)) = (GitHub::new(access.clone()), repository.parse()) else {
        return Presence::Unknown;
    };
    match github.attempt(&name, run, attempt) {
        Ok(Some(found)) if found.is_completed() => gone("completed", found.conclusion),
        Ok(Some(_)) => Presence::There,
        Ok(None) => match own {
            Runner::Github {
                repository: ours,
                run: own,
                ..
            } if ours == repository && matches!(github.run(&name, *own), Ok(Some(_))) => {
                match github.run(&name, run) {
                    Ok(None) => gone("deleted", None),
                    Ok(Some(newest)) if newest.run_attempt > attempt => gone("superseded", None),
                    _ => Presence::Unknown,
                }
            }
            _ => Presence::Unknown,
        },
        Err(_) => Presence::Unknown,
    }
}

fn presence(of: &Runner, own: &Runner, claim: &str) -> Presence {
    match of {
        Runner::Local { .. } => process::presence(of, claim),
        Runner::Github { run, attempt, .. } => match own.attempts_since(of) {
            // Our own run goes on in a later attempt, so this one is over.
            Some(1..) => Presence::Gone(Evidence::Run {
                run: *run,
                attempt: *attempt,
                status: "superseded".to_owned(),
                conclusion: None,
            }),
            // Another job of our own attempt may be deploying.
            Some(0) => Presence::There,
            _ => Presence::Unknown,
        },
    }
}

/// The run of a workflow that this process is part of, from a function that gives the value of a
/// variable.
pub fn workflow_run(variable: impl Fn(&str) -> Option<String>) -> Option<Runner> {
    let number = |name: &str| variable(name)?.parse().ok();
    Some(Runner::Github {
        repository: variable("GITHUB_REPOSITORY")?,
        run: number("GITHUB_RUN_ID")?,
        attempt: number("GITHUB_RUN_ATTEMPT").and_then(|it| u32::try_from(it).ok())?,
        hosted: variable("RUNNER_ENVIRONMENT").as_deref() == Some("github-hosted"),
        // Jobs of a matrix have one name, and a machine does one job at a time.
        job: variable("GITHUB_JOB").map(|job| match variable("RUNNER_NAME") {
            Some(machine) => format!("{job} on {machine}"),
            None => job,
        }),
    })
}
