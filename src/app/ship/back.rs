//! The way back, as a ship.

use crate::app::rollback;
use crate::ship::rollback::Plan;

use super::{Context, Request, Ship, Told, run};

/// Goes back to something that was live and well, as [`run`] goes forward. `to` is the number of a
/// ticket or a commit; without it, what was live before.
///
/// # Errors
/// There is nowhere to go back to; or as [`run`].
pub fn back(
    context: &Context,
    request: Request,
    to: Option<&str>,
    dry: bool,
    hear: &mut dyn FnMut(&Told<'_>),
) -> anyhow::Result<Ship> {
    let (request, plan) = way_back(context, request, to)?;
    hear(&Told::GoesBack(&plan));
    run(context, &request, dry, hear)
}

/// What to ask for to go back, and what that means.
///
/// # Errors
/// There is nowhere to go back to, or git fails.
pub fn way_back(
    context: &Context,
    request: Request,
    to: Option<&str>,
) -> anyhow::Result<(Request, Plan)> {
    let mut ledger = context.ledger()?;
    let state = ledger.read()?;
    let to = rollback::to(&context.dir, to)?;
    let plan = rollback::plan(&context.dir, state, &to)?;
    let undoes = rollback::undoes(&context.dir, &plan.live, &plan.target)?;
    let request = Request {
        undoes: Some(undoes),
        commit: plan.target.clone(),
        ..request
    };
    Ok((request, plan))
}
