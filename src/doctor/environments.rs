//! Which environments have to be guarded: those that afterclick ships to, and production.

use super::Guarded;
use super::workflow::{Job, Workflow};
use crate::ship::Environment;

/// Parts of a name that say production.
const PRODUCTION: [&str; 4] = ["production", "prod", "prd", "live"];

/// Parts of a name that say the opposite, whatever stands beside them.
const ELSEWHERE: [&str; 10] = [
    "pre", "non", "not", "preview", "staging", "stage", "test", "dev", "approval", "review",
];

/// The environments of these workflows that have to be guarded.
pub(super) fn guarded(workflows: &[Workflow<'_>]) -> Vec<Guarded> {
    let mut guarded: Vec<Guarded> = Vec::new();
    for job in workflows.iter().flat_map(|it| &it.jobs) {
        let shipped = shipped(job);
        let named = job.environment.iter().filter_map(|it| literal(&it.name));
        for name in named.chain(shipped.clone()) {
            let ships = shipped.as_ref() == Some(&name);
            match guarded.iter_mut().find(|it| it.name == name) {
                Some(known) => known.ships |= ships,
                None if ships || is_production(name.name()) => {
                    guarded.push(Guarded { name, ships })
                }
                None => {}
            }
        }
    }
    guarded
}

/// The environment that a job deploys to: none where it only borrows its reviewers.
pub(super) fn deployed(job: &Job) -> Option<Environment> {
    let used = job.environment.as_ref().filter(|it| !it.without_deployment);
    used.and_then(|it| literal(&it.name))
        .or_else(|| shipped(job))
}

/// The environment that a job ships to with our action.
fn shipped(job: &Job) -> Option<Environment> {
    let mut steps = job.steps.iter().filter(|it| it.mode() == Some("ship"));
    steps.find_map(|it| literal(it.input("environment")?))
}

/// The environment of a name; none where only a run knows it.
fn literal(name: &str) -> Option<Environment> {
    match name.contains("${{") {
        true => None,
        false => name.parse().ok(),
    }
}

fn is_production(name: &str) -> bool {
    let mut parts = name.split(|it: char| !it.is_alphanumeric());
    let elsewhere = parts.clone().any(|it| ELSEWHERE.contains(&it));
    !elsewhere && parts.any(|it| PRODUCTION.contains(&it))
}

#[cfg(test)]
mod tests {
    use super::is_production;

    #[test]
    fn only_production_is_production() {
        for name in ["production", "prod", "eu-prod", "production / eu", "live"] {
            assert!(is_production(name), "{name}");
        }
        for name in [
            "staging",
            "pre-prod",
            "non_production",
            "github-pages",
            "product",
            "delivery",
        ] {
            assert!(!is_production(name), "{name}");
        }
    }
}
