//! Whether what holds a lock or waits with a ticket is there.

use crate::process;
use crate::ship::{Evidence, Presence, Runner};

/// What can be told from here. `own` is what asks.
pub(super) fn presence(of: &Runner, own: &Runner, claim: &str) -> Presence {
    match of {
        Runner::Local { .. } => process::presence(of, claim),
        Runner::Github { run, attempt, .. } if of != own && own.succeeds(of) => {
            // Our own run goes on in a later attempt, so this one is over.
            Presence::Gone(Evidence::Run {
                run: *run,
                attempt: *attempt,
                status: "superseded".to_owned(),
                conclusion: None,
            })
        }
        Runner::Github { .. } if of == own => Presence::There,
        Runner::Github { .. } => Presence::Unknown,
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
    })
}
