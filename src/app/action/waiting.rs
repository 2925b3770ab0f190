//! A ticket's place in the queue, in the pull request's comment and in the summary of the job.

use crate::app::ledger::now;
use crate::github::{Error, GitHub};
use crate::render::comment::{self, Waits};
use crate::ship::{State, TicketState};

use super::comment::settle_ship;
use super::context::Context;
use super::notes::Notes;

/// Says where a ticket stands. A ticket that is next and waits for nobody gets no comment: what went
/// live follows.
pub(super) fn tell(
    context: &Context,
    github: Option<&GitHub>,
    state: &State,
    number: u64,
    notes: &mut Notes,
) {
    let mut queue = state.queue.iter();
    let Some(ticket) = queue.find(|it| it.number == number) else {
        return;
    };
    let for_what = match (ticket.state, &state.freeze, &state.uncertain) {
        (TicketState::Waiting, _, _) => Some("Somebody else has to approve it.".to_owned()),
        (_, Some(freeze), _) if !state.passes_freeze(ticket) => {
            Some(format!("Nobody ships now: {}", freeze.reason))
        }
        (_, _, Some(why)) => Some(format!("Nobody knows what is live: {why}.")),
        _ => None,
    };
    let mut ahead = state.ahead_of(number);
    // Until somebody decides, a place in GitHub's own queue says nothing.
    if let (Some(github), None) = (github, &for_what) {
        let group = format!("afterclick-{}", state.environment.name());
        match github.waiting_before(&context.repository, context.run, &group) {
            Ok(before) => ahead = ahead.max(before.unwrap_or_default()),
            Err(error) => notes.say(&format!("{error} {}", error.hint())),
        }
    }
    let waits = Waits {
        environment: &state.environment,
        sha: &ticket.sha,
        ticket: number,
        ahead,
        for_what: for_what.as_deref(),
        at: now(),
    };
    let words = waits.words();
    notes.summarize(&format!("### afterclick\n\n{words}"));
    if ahead == 0 && for_what.is_none() {
        return;
    }
    if let (Some(github), Some(pull)) = (github, ticket.pr) {
        let said: Result<_, Error> = settle_ship(github, &context.repository, pull, |ship| {
            Some(comment::with_later(ship, &state.environment, &words))
        });
        if let Err(error) = said {
            notes.say(&format!("{error} {}", error.hint()));
        }
    }
}
