//! The mode `approve`: somebody approved the job on GitHub, and the ledger learns who.

use std::path::Path;

use crate::app::Failure;
use crate::app::ship::{self, Behalf, Decision, ShipFailure, decide};
use crate::github::Approval;
use crate::ledger::{Actor, ActorKind};
use crate::ship::{Environment, Kind, Refusal, Runner, Ticket};

use super::command::role;
use super::context::Context;
use super::notes::Notes;
use super::ship::place;
use super::{ActionFailure, Outcome};

/// Records who approved the job of this run, for the ticket that the run took.
///
/// # Errors
/// Nobody did who may, there is no such ticket, or it is for another commit: nothing is recorded.
pub(super) fn run(context: &Context, dir: &Path, mut notes: Notes) -> anyhow::Result<Outcome> {
    let mut place = place(context, dir)?;
    let github = context
        .github()?
        .ok_or(Failure::Action(ActionFailure::NoToken))?;
    let state = ship::state(&place)?;
    let is_own = |ticket: &&Ticket| matches!(ticket.runner, Some(Runner::Github { run, .. }) if run == context.run);
    let Some(ticket) = state.queue.iter().find(is_own) else {
        return Err(Failure::from(ShipFailure::NoTicket(place.environment)).into());
    };
    let number = ticket.number;
    notes.output("ticket", &number.to_string());
    if ticket.kind == Kind::Rollback {
        // Its commit is not the one that this run is for, so that is not what was approved here.
        notes.say(&format!(
            "Ticket {number} goes back, for which the ledger asks nobody."
        ));
        return Ok(notes.end(None, None));
    }
    if let Some(by) = &ticket.approved_by {
        notes.say(&format!("{by} approved ticket {number} already."));
        return Ok(notes.end(None, None));
    }
    let refused = |refusal| Failure::from(ShipFailure::Refused(refusal));
    let sha = context.sha.as_ref();
    if sha.is_some_and(|sha| sha.as_str() != ticket.sha) {
        return Err(refused(Refusal::CommitChanged(number)).into());
    }
    let approvals = github.approvals(&context.repository, context.run);
    let approvals = approvals.map_err(Failure::from)?;
    let mut names = approvals.iter().filter_map(|it| {
        let who = approver(it, &place.environment)?;
        (!who.eq_ignore_ascii_case(&ticket.actor.name)).then_some(who)
    });
    let Some(login) = names.next() else {
        if !ticket.approval {
            notes.say(&format!(
                "GitHub names nobody who approved; ticket {number} needs nobody."
            ));
            return Ok(notes.end(None, None));
        }
        return Err(refused(Refusal::NotApproved(number)).into());
    };
    let permission = github.permission(&context.repository, login);
    let permission = permission.map_err(Failure::from)?;
    place.behalf = Some(Behalf {
        actor: Actor {
            name: login.to_owned(),
            kind: ActorKind::Person,
            permission: Some(role(&permission).to_owned()),
        },
        key: format!("run-{}-ticket-{number}", context.run),
    });
    decide(&place, &Decision::Approve { ticket: number })?;
    notes.say(&format!(
        "{login} approved ticket {number}; it is recorded."
    ));
    Ok(notes.end(None, None))
}

/// The person who approved, where it was for this environment: for one of its name, or whose name
/// begins with it, such as `production-approval`. What was approved for another counts for nothing.
fn approver<'a>(approval: &'a Approval, environment: &Environment) -> Option<&'a str> {
    let user = approval.user.as_ref()?;
    let is_program = user.kind == "Bot" || user.login.ends_with("[bot]");
    let is_meant = approval.environments.iter().any(|it| {
        let name = it.name.to_lowercase();
        let rest = name.strip_prefix(environment.name());
        rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    });
    (approval.state == "approved" && !is_program && is_meant).then_some(user.login.as_str())
}
