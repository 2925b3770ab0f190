//! A pull request whose branch lacks what is live: where the workflow asks for it, the branch is
//! brought up to date and its checks are started. Nothing ships by that; the ticket stands aside
//! until the new commit wants to ship.

use std::thread::sleep;
use std::time::Duration;

use serde_json::json;

use crate::app::ship::Ship;
use crate::github::{Error, GitHub, Pull};
use crate::ship::gate::Verdict;

use super::context::Context;
use super::notes::Notes;

/// How often it is looked whether GitHub has updated the branch, which it does a little later.
const LOOKS: u32 = 6;

/// The first pause between two looks; it doubles.
const PAUSE: Duration = Duration::from_millis(250);

/// Updates the branch of a pull request that the gate found stale; a sentence for its comment.
pub(super) fn run(
    context: &Context,
    github: &GitHub,
    number: u64,
    ship: &Ship,
    notes: &mut Notes,
) -> Option<String> {
    if context.update_branch.is_empty() {
        return None;
    }
    let gate = ship.gate.as_ref()?;
    match gate.verdict {
        Verdict::Stale { .. } | Verdict::StaleBase => {}
        _ => return None,
    }
    let said = update(context, github, number, &gate.sha).unwrap_or_else(|error| {
        notes.say(&format!("{error} {}", error.hint()));
        match error {
            Error::Conflict { detail, .. } => {
                format!("The branch could not be updated: {detail}.")
            }
            error => format!("The branch was not updated. {error}"),
        }
    });
    notes.say(&said);
    Some(said)
}

fn update(context: &Context, github: &GitHub, number: u64, sha: &str) -> Result<String, Error> {
    let name = &context.repository;
    let pull = github.pull(name, number)?;
    let left_alone = |why: &str| Ok(format!("The branch was left alone: {why}."));
    if pull.state != "open" {
        return left_alone("the pull request is closed");
    }
    if pull.is_from_fork() {
        return left_alone("it is in a fork, where this token may not write");
    }
    if pull.head.sha != sha {
        return left_alone("it has another commit by now");
    }
    github.update_branch(name, number, sha)?;
    let branch = &pull.head.branch;
    // What the token of a workflow pushes starts no workflow; what another token pushes does.
    if !github.viewer().is_ok_and(|login| login.starts_with(OWN)) {
        return Ok("The branch was updated with what it goes to.".to_owned());
    }
    if !has_moved(github, context, &pull)? {
        return Ok(
            "GitHub is updating the branch. Start its checks by hand when it has: they were \
                   not started."
                .to_owned(),
        );
    }
    let mut said = "The branch was updated with what it goes to.".to_owned();
    for workflow in &context.update_branch {
        said += &match github.dispatch(name, workflow, branch, &json!({})) {
            Ok(_) => format!(" {workflow} was started on it."),
            Err(error) => format!(
                " {workflow} was not started on it. {error} {}",
                error.hint()
            ),
        };
    }
    Ok(said)
}

/// The login of the token that a workflow gets, with or without `[bot]`.
const OWN: &str = "github-actions";

fn has_moved(github: &GitHub, context: &Context, before: &Pull) -> Result<bool, Error> {
    for look in 0..LOOKS {
        let now = github.pull(&context.repository, before.number)?;
        if now.head.sha != before.head.sha {
            return Ok(true);
        }
        sleep(PAUSE * 2_u32.pow(look));
    }
    Ok(false)
}
