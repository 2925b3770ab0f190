//! The way back: what going back means, and its record.

use std::path::Path;

use crate::change::ObjectId;
use crate::git::{Merged, Reads, Repository, Walk};
use crate::review::leftover;
use crate::ship::gate::{Named, message};
use crate::ship::rollback::{self, Leaving, Plan, Plans, Revert, To};
use crate::ship::{Good, State};

use super::Failure;
use super::ledger::{Ledger, Writer};
use super::source::{self, Source};

/// At most so many commits are named as undone: more than any event of the ledger could hold.
const MAX_UNDONE: usize = 500;

/// Where a person wants to go back to: the number of a ticket, or any name of a commit.
///
/// # Errors
/// No commit has this name, or git fails.
pub fn to(dir: &Path, typed: Option<&str>) -> Result<To, Failure> {
    let Some(typed) = typed else {
        return Ok(To::Previous);
    };
    // A commit is never named by so few digits.
    if let Some(number) = Some(typed)
        .filter(|it| it.len() < 7)
        .and_then(|it| it.parse().ok())
    {
        return Ok(To::Ticket(number));
    }
    let commit = Repository::new(dir, Reads::Objects).commit(typed)?;
    Ok(To::Commit(commit.id.to_string()))
}

/// What going back means.
///
/// # Errors
/// There is nowhere to go back to, this clone lacks one of the two commits, or git fails.
pub fn plan(dir: &Path, state: &State, to: &To) -> anyhow::Result<Plan> {
    let target = rollback::target(state, to).map_err(Failure::NoWayBack)?;
    let mut repository = Repository::new(dir, Reads::Objects);
    let trunk = trunk(&mut repository)?;
    judge(&mut repository, dir, trunk.as_ref(), state, &target)
}

/// The commit that the branch is at which work lands on.
fn trunk(repository: &mut Repository) -> Result<Option<ObjectId>, Failure> {
    match repository.default_branch()? {
        Some(branch) => Ok(Some(repository.commit(&branch)?.id)),
        None => Ok(None),
    }
}

fn judge(
    repository: &mut Repository,
    dir: &Path,
    trunk: Option<&ObjectId>,
    state: &State,
    target: &Good,
) -> anyhow::Result<Plan> {
    let live = state
        .live
        .as_ref()
        .map(|live| live.sha.clone())
        .unwrap_or_default();
    let [live_id, target_id] = [&live, &target.sha].map(|sha| repository.commit(sha));
    let (live_id, target_id) = (
        live_id.map_err(Failure::from)?.id,
        target_id.map_err(Failure::from)?.id,
    );
    let leaves = leaves(repository, &live_id, &target_id)?;
    let revert = revert(repository, &live_id, &target_id, trunk.unwrap_or(&live_id))?;
    let range = Source::Range(format!("{target_id}..{live_id}"));
    let stays = leftover::leftovers(&source::load(&range, dir)?.change);
    Ok(Plan {
        environment: state.environment.clone(),
        live,
        target: target.sha.clone(),
        ticket: target.ship,
        leaves,
        revert,
        worst: Plan::worst(&stays),
        stays,
    })
}

/// The commits that going back undoes, the newest first: what is live comes first.
///
/// # Errors
/// This clone lacks one of the two commits, or git fails.
pub fn undoes(dir: &Path, live: &str, target: &str) -> Result<Vec<String>, Failure> {
    let mut repository = Repository::new(dir, Reads::Objects);
    let live = repository.commit(live)?.id;
    let target = repository.commit(target)?.id;
    let mut undone = vec![live.to_string()];
    let walk = Walk {
        without: Some(&target),
        most: Some(MAX_UNDONE),
        ..Walk::up_to(&live)
    };
    repository.walk(walk, &mut |logged| {
        if logged.id != live {
            undone.push(logged.id.to_string());
        }
        true
    })?;
    Ok(undone)
}

/// Records the plans back from what has just gone live, to each of the last things that were live
/// and well: those of earlier ships are judged anew on the way.
///
/// # Errors
/// The ledger cannot be read or written. A plan that cannot be made is left out.
pub fn record(
    dir: &Path,
    ledger: &mut Ledger,
    state: &State,
    writer: &Writer,
) -> anyhow::Result<()> {
    let Some(live) = &state.live else {
        return Ok(());
    };
    let mut repository = Repository::new(dir, Reads::Objects);
    let trunk = trunk(&mut repository)?;
    let targets = rollback::targets(state);
    let plans: Vec<_> = targets
        .iter()
        .filter_map(|target| judge(&mut repository, dir, trunk.as_ref(), state, target).ok())
        .map(|plan| plan.recorded())
        .collect();
    if plans.is_empty() {
        return Ok(());
    }
    let plans = Plans {
        environment: state.environment.clone(),
        live: live.sha.clone(),
        ticket: live.ship,
        plans,
    };
    ledger.record(vec![writer.draft(crate::ledger::RECORD, &plans)?])?;
    Ok(())
}

fn leaves(
    repository: &Repository,
    live: &ObjectId,
    target: &ObjectId,
) -> Result<Vec<Leaving>, Failure> {
    let mut leaves = Vec::new();
    let walk = Walk {
        without: Some(target),
        first_parent: true,
        ..Walk::up_to(live)
    };
    repository.walk(walk, &mut |logged| {
        leaves.push(Leaving {
            commit: Named {
                sha: logged.id.to_string(),
                subject: message::title(&logged.message).to_owned(),
            },
            pr: message::pull_request(&logged.message),
            author: logged.author,
        });
        true
    })?;
    Ok(leaves)
}

fn revert(
    repository: &mut Repository,
    live: &ObjectId,
    target: &ObjectId,
    onto: &ObjectId,
) -> Result<Revert, Failure> {
    Ok(match repository.taken_back(live, target, onto)? {
        Merged::Clean(_) => Revert::Clean,
        Merged::Conflicts(paths) => Revert::Conflicts {
            paths: paths.iter().map(ToString::to_string).collect(),
        },
        Merged::Unknown(reason) => Revert::Unknown { reason },
    })
}
