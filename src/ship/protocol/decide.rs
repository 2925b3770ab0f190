use super::learnt::Deploy;
use super::{
    Ahead, GateReply, Learnt, LockProof, Outcome, Presence, Probed, Step, Stop, Waiting, WaitsFor,
    Way, Wish,
};
use crate::ship::machine::MAX_REQUEUES;
use crate::ship::{End, Event, GateVerdict, Kind, Lock, Past, Runner, State, Ticket, TicketState};

/// The claim that a ship begins with: that of the lock that this runner holds; that of a ticket which
/// waits for it, such as one that an earlier job or attempt of its run took, or that stands aside
/// since an earlier try; else `fresh`. `remembered` is the claim of the last try here.
pub fn claim(state: &State, runner: &Runner, remembered: Option<&str>, fresh: String) -> String {
    let holder = state.lock.as_ref().map(|lock| &lock.ticket);
    if let Some(ticket) = holder.filter(|ticket| ticket.runner.as_ref() == Some(runner)) {
        return ticket.claim.clone();
    }
    let mut queue = state.queue.iter();
    let waiting = queue.find(|ticket| {
        let is_left =
            ticket.state == TicketState::Held && remembered == Some(ticket.claim.as_str());
        let is_ours = ticket.runner.as_ref().is_some_and(|it| runner.succeeds(it));
        is_left || is_ours
    });
    waiting.map_or(fresh, |ticket| ticket.claim.clone())
}

/// What to do next.
pub fn step(wish: &Wish, learnt: &mut Learnt, state: &State) -> Step {
    if state.seq < learnt.seq {
        return Step::Reread;
    }
    learnt.saw(state);
    if let Some(lock) = state
        .lock
        .as_ref()
        .filter(|it| it.ticket.claim == wish.claim)
    {
        let runner = lock.ticket.runner.as_ref();
        if runner == Some(&wish.runner) {
            return holding(wish, learnt, state, lock);
        }
        let ticket = lock.ticket.number;
        return Step::Done(Outcome::Elsewhere { ticket });
    }
    let mut queue = state.queue.iter();
    if let Some(ticket) = queue.find(|it| it.claim == wish.claim) {
        return queued(wish, learnt, state, ticket);
    }
    let mut past = state.past.iter().rev();
    match past.find(|it| it.claim == wish.claim) {
        Some(past) => Step::Done(over(past)),
        None if learnt.queued || learnt.epoch.is_some() => Step::Done(Outcome::Unknown),
        None if learnt.stop == Some(Stop::Interrupted) => Step::Done(Outcome::NoTicket),
        None => Step::Append(enqueue(wish)),
    }
}

fn enqueue(wish: &Wish) -> Event {
    match &wish.way {
        Way::Deploy {
            priority,
            reason,
            approval,
        } => Event::Enqueue {
            claim: wish.claim.clone(),
            sha: wish.sha.clone(),
            tree: wish.tree.clone(),
            pr: wish.pr,
            title: wish.title.clone(),
            priority: *priority,
            reason: reason.clone(),
            approval: *approval,
            runner: Some(wish.runner.clone()),
        },
        Way::Rollback { undoes, reason } => Event::Rollback {
            claim: wish.claim.clone(),
            sha: wish.sha.clone(),
            tree: wish.tree.clone(),
            undoes: undoes.clone(),
            reason: reason.clone(),
            title: wish.title.clone(),
            runner: Some(wish.runner.clone()),
        },
    }
}

fn over(past: &Past) -> Outcome {
    let past = past.clone();
    match past.end {
        End::Live => Outcome::Live(past),
        End::Aborted => Outcome::Failed(past),
        End::Evicted => Outcome::Evicted(past),
        End::Superseded => Outcome::Superseded(past),
        End::Cancelled => Outcome::Cancelled(past),
    }
}

/// Our ticket holds the lock.
fn holding(wish: &Wish, learnt: &mut Learnt, state: &State, lock: &Lock) -> Step {
    let epoch = lock.epoch;
    learnt.epoch = Some(epoch);
    if lock.started.is_some() {
        return match learnt.deploy {
            None => Step::Deploy(LockProof::of(lock)),
            // The command is running: whoever runs it comes back when it ended.
            Some(Deploy::Running) => Step::Reread,
            Some(Deploy::Ended { success }) => ended(wish, learnt, lock, success),
        };
    }
    let abort = |reason: &str, held| {
        Step::Append(Event::Abort {
            epoch,
            reason: reason.to_owned(),
            held,
            probed: None,
        })
    };
    if learnt.stop == Some(Stop::Interrupted) {
        return abort("interrupted", false);
    }
    if !state.passes_freeze(&lock.ticket)
        && !matches!(learnt.gate, Some((_, GateReply::Freeze { .. })))
    {
        return abort("the environment was frozen", true);
    }
    match learnt.gate.as_ref().filter(|(of, _)| *of == epoch) {
        None => Step::Gate {
            epoch,
            base_live: lock.base_live.clone(),
        },
        Some((_, GateReply::Pass { acknowledged })) => Step::Append(Event::Start {
            epoch,
            gate: GateVerdict {
                base_live: lock.base_live.clone(),
                sha: lock.ticket.sha.clone(),
                kind: lock.ticket.kind,
                acknowledged: acknowledged.clone(),
            },
        }),
        Some((_, GateReply::Superseded { by })) => Step::Append(Event::Supersede {
            ticket: lock.ticket.number,
            epoch: Some(epoch),
            by: *by,
        }),
        Some((_, GateReply::Held { reason })) => abort(reason, true),
        Some((_, GateReply::Freeze { reason })) => match state.freeze {
            Some(_) => abort(reason, true),
            None => Step::Append(Event::Freeze {
                reason: reason.clone(),
                until: None,
                allow: Vec::new(),
            }),
        },
    }
}

/// Our deploy command ended.
fn ended(wish: &Wish, learnt: &Learnt, lock: &Lock, success: bool) -> Step {
    if wish.has_probe && learnt.after.is_none() {
        return Step::Probe;
    }
    let probed = match &learnt.after {
        Some(Probed::Live { sha, .. }) => Some(sha.clone()),
        _ => None,
    };
    let is_there = match wish.has_probe {
        true => probed.as_deref() == Some(&lock.ticket.sha),
        false => true,
    };
    let epoch = lock.epoch;
    Step::Append(match success && is_there {
        true => Event::Commit { epoch, probed },
        false => Event::Abort {
            epoch,
            reason: match success {
                true => "the deploy command succeeded, and the probe does not find its commit",
                false => "the deploy command failed",
            }
            .to_owned(),
            held: false,
            probed,
        },
    })
}

/// Our ticket is in the queue.
fn queued(wish: &Wish, learnt: &mut Learnt, state: &State, ticket: &Ticket) -> Step {
    let number = ticket.number;
    if ticket.state == TicketState::Held && learnt.queued {
        return Step::Done(aside(learnt, state, ticket));
    }
    if learnt.stop == Some(Stop::Interrupted) {
        return Step::Append(Event::Cancel {
            ticket: number,
            reason: "interrupted".to_owned(),
            evidence: None,
        });
    }
    // Jobs of one attempt share its ticket; whichever takes the lock with it ships.
    let is_ours = ticket
        .runner
        .as_ref()
        .is_some_and(|it| *it == wish.runner || wish.runner.attempts_since(it) == Some(0));
    let is_earlier = ticket
        .runner
        .as_ref()
        .is_some_and(|it| wish.runner.succeeds(it));
    if ticket.state == TicketState::Held || !is_ours && is_earlier {
        if ticket.sha != wish.sha && ticket.requeues >= MAX_REQUEUES {
            return Step::Append(Event::Cancel {
                ticket: number,
                reason: "it came back with another commit too often".to_owned(),
                evidence: None,
            });
        }
        return Step::Append(Event::Requeue {
            ticket: number,
            sha: wish.sha.clone(),
            tree: wish.tree.clone(),
            runner: Some(wish.runner.clone()),
        });
    }
    if !is_ours && ticket.runner.is_some() {
        return Step::Done(Outcome::Elsewhere { ticket: number });
    }
    learnt.queued = true;
    // A freeze lasts until a person ends it. Whoever waits for that in GitHub's group keeps out the
    // way back, which a freeze lets through.
    if wish.in_group && !state.passes_freeze(ticket) {
        return Step::Append(Event::Hold {
            ticket: number,
            reason: "the environment is frozen".to_owned(),
        });
    }
    if let Some(lock) = &state.lock {
        return held_by(learnt, state, ticket, lock);
    }
    if ticket.state == TicketState::Waiting {
        return rest(learnt, state, ticket, WaitsFor::Approval);
    }
    if !state.passes_freeze(ticket) {
        return rest(learnt, state, ticket, WaitsFor::Thaw);
    }
    let mut contained = Vec::new();
    for other in state.order() {
        if other.number == number {
            break;
        }
        if other.state != TicketState::Approved || !state.passes_freeze(other) {
            continue;
        }
        let known = |it: &&Ahead| it.ticket == other.number && it.runner == other.runner;
        let Some(ahead) = learnt.ahead.iter().find(known) else {
            return Step::AskAhead {
                ticket: other.number,
                sha: other.sha.clone(),
                runner: other.runner.clone(),
            };
        };
        if let Presence::Gone(evidence) = &ahead.presence {
            return Step::Append(Event::Cancel {
                ticket: other.number,
                reason: evidence.to_string(),
                evidence: Some(evidence.clone()),
            });
        }
        // Its job may stand behind ours in GitHub's group: it cannot come before we end.
        let is_behind = wish.in_group && matches!(other.runner, Some(Runner::Github { .. }));
        if is_behind && ahead.is_contained && ticket.kind == Kind::Deploy {
            contained.push(other.number);
        } else if is_behind {
            return Step::Append(Event::Hold {
                ticket: number,
                reason: format!(
                    "ticket {} comes first, and waits behind this job",
                    other.number
                ),
            });
        } else {
            let before = WaitsFor::Turn {
                ticket: other.number,
            };
            return rest(learnt, state, ticket, before);
        }
    }
    if ticket.kind == Kind::Rollback && !state.would_undo(ticket) {
        return Step::Append(Event::Cancel {
            ticket: number,
            reason: "something else is live since it was asked for".to_owned(),
            evidence: None,
        });
    }
    if let Some(reason) = state
        .uncertain
        .as_ref()
        .filter(|_| ticket.kind == Kind::Deploy)
    {
        return match (&learnt.before, wish.has_probe) {
            (None, true) => Step::Probe,
            (Some(Probed::Live { sha, tree }), _) => Step::Append(Event::Rebaseline {
                sha: sha.clone(),
                tree: tree.clone(),
                reason: "the probe says so".to_owned(),
                probed: true,
            }),
            _ => Step::Append(Event::Hold {
                ticket: number,
                reason: format!("nobody knows what is live: {reason}"),
            }),
        };
    }
    Step::Append(Event::Acquire {
        ticket: number,
        runner: wish.runner.clone(),
        overtakes: state.overtaken_by(ticket, &contained),
    })
}

/// Somebody else holds the lock.
fn held_by(learnt: &Learnt, state: &State, ticket: &Ticket, lock: &Lock) -> Step {
    let holder = lock.ticket.number;
    let presence = learnt.holder.as_ref().filter(|(of, _)| *of == lock.epoch);
    match (presence, &lock.ticket.runner) {
        (None, Some(runner)) => Step::AskHolder {
            epoch: lock.epoch,
            runner: runner.clone(),
            claim: lock.ticket.claim.clone(),
        },
        (Some((_, Presence::Gone(_))), _) if is_quarantined(lock) => {
            rest(learnt, state, ticket, quarantine(lock))
        }
        (Some((epoch, Presence::Gone(evidence))), _) => Step::Append(Event::Evict {
            epoch: *epoch,
            evidence: evidence.clone(),
        }),
        (presence, _) => {
            let is_known = matches!(presence, Some((_, Presence::There)));
            let holder = WaitsFor::Holder {
                ticket: holder,
                is_known,
            };
            rest(learnt, state, ticket, holder)
        }
    }
}

/// Waits, or stands aside where it is not to wait.
fn rest(learnt: &Learnt, state: &State, ticket: &Ticket, for_what: WaitsFor) -> Step {
    if learnt.stop != Some(Stop::WaitedEnough) {
        return wait(state, ticket, for_what);
    }
    let reason = match for_what {
        WaitsFor::Holder { ticket, .. } | WaitsFor::Quarantine { ticket } => {
            format!("ticket {ticket} holds the deploy lock")
        }
        WaitsFor::Turn { ticket } => format!("ticket {ticket} comes first"),
        WaitsFor::Approval => "nobody approved it yet".to_owned(),
        WaitsFor::Thaw => "the environment is frozen".to_owned(),
    };
    Step::Append(Event::Hold {
        ticket: ticket.number,
        reason,
    })
}

fn wait(state: &State, ticket: &Ticket, for_what: WaitsFor) -> Step {
    Step::Wait(Waiting {
        ticket: ticket.number,
        ahead: state.ahead_of(ticket.number),
        for_what,
    })
}

/// A machine of somebody's own may go on deploying after GitHub lost sight of it.
fn is_quarantined(lock: &Lock) -> bool {
    let is_own = matches!(
        lock.ticket.runner,
        Some(Runner::Github { hosted: false, .. })
    );
    is_own && lock.started.is_some()
}

fn quarantine(lock: &Lock) -> WaitsFor {
    WaitsFor::Quarantine {
        ticket: lock.ticket.number,
    }
}

/// Why our ticket stands aside.
fn aside(learnt: &Learnt, state: &State, ticket: &Ticket) -> Outcome {
    let reason = ticket.aside.clone().unwrap_or_default();
    let ticket = ticket.number;
    if matches!(
        learnt.gate,
        Some((_, GateReply::Held { .. } | GateReply::Freeze { .. }))
    ) {
        return Outcome::Held { ticket, reason };
    }
    match (&state.uncertain, learnt.stop) {
        (Some(why), None) => Outcome::Uncertain {
            ticket,
            reason: why.clone(),
        },
        _ => Outcome::Aside { ticket, reason },
    }
}
