//! One ship, from its ticket to its end.

use std::ffi::OsStr;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::app::Failure;
use crate::app::gate::{self, Question};
use crate::app::ledger::now;
use crate::git::{Reads, Repository};
use crate::policy::EnvironmentPolicy;
use crate::process::{self, Ended, Signals};
use crate::ship::gate::{Acknowledgement, Gate};
use crate::ship::rollback::Plan;
use crate::ship::{
    Ahead, Event, GateReply, Learnt, LockProof, Outcome, Stamped, State, Step, Stop, Waiting, Wish,
    apply, step,
};

use super::evidence::Witness;
use super::ledger::ShipLedger;
use super::pace::{expected, pause};
use super::{Context, Request, ShipFailure};

/// How often the same refusal may come back before it counts as the answer.
const REFUSALS: u32 = 3;

/// What happens on the way.
pub enum Told<'a> {
    /// Something is written to the ledger, and this came of it.
    Written {
        /// The event.
        event: &'a Event,
        /// The environment after it.
        state: &'a State,
    },
    /// It waits.
    Waits {
        /// What for.
        waiting: &'a Waiting,
        /// The environment.
        state: &'a State,
        /// How long it has waited.
        elapsed: Duration,
        /// How long it will wait, from what ships took before; none where none did.
        expected: Option<Duration>,
    },
    /// It goes back, and this is what that means.
    GoesBack(&'a Plan),
    /// The gate answered.
    Gate(&'a Gate),
    /// The probe is asked.
    Probing,
    /// The deploy command begins.
    Deploys(&'a LockProof),
    /// The deploy command ended.
    Ended(Ended),
}

/// How a ship ended.
pub struct Ship {
    /// Its end.
    pub outcome: Outcome,
    /// The environment at its end.
    pub state: State,
    /// What the gate found, where it was asked.
    pub gate: Option<Gate>,
    /// How the deploy command ended, where it was run.
    pub ended: Option<Ended>,
}

/// What carries out the steps of a ship.
pub(super) struct Carrier<'a> {
    pub(super) context: &'a Context,
    pub(super) request: &'a Request,
    pub(super) policy: EnvironmentPolicy,
    pub(super) signals: &'a Signals,
    pub(super) wish: Wish,
    pub(super) learnt: Learnt,
    pub(super) ledger: ShipLedger,
    /// Nothing is written and nothing is run: a state of our own stands for the ledger.
    pub(super) dry: Option<State>,
    /// The deploy is a later step of a job: it ends here where the deploy would begin.
    pub(super) stops_at_deploy: bool,
    witness: Witness,
    gate: Option<Gate>,
    ended: Option<Ended>,
}

/// Where carrying out came to.
pub(super) enum End {
    /// The ship is over.
    Over(Box<Ship>),
    /// The deploy may begin.
    Deploy(LockProof),
}

/// Ships. `hear` is told what happens.
///
/// # Errors
/// A [`Failure`], with a hint. Nothing was deployed after it.
pub fn run(
    context: &Context,
    request: &Request,
    dry: bool,
    hear: &mut dyn FnMut(&Told<'_>),
) -> anyhow::Result<Ship> {
    let signals = &signals()?;
    if let Some(program) = request.command.first() {
        can_be_started(program, &context.dir)?;
    }
    let runner = context.own_process();
    let mut carrier = Carrier::new(context, request, signals, runner)?;
    if dry {
        carrier.dry = Some(carrier.ledger.state().clone());
    } else if request.undoes.is_none() {
        carrier.ledger.remember_claim(&carrier.wish.claim);
    }
    match carrier.carry_out(hear)? {
        End::Over(ship) => Ok(*ship),
        // It runs the command itself.
        End::Deploy(_) => Err(Failure::from(ShipFailure::NothingToShip).into()),
    }
}

/// From now on, what would end this process is kept.
pub(super) fn signals() -> Result<Signals, Failure> {
    Signals::new().map_err(|error| ShipFailure::NoSignals(error.to_string()).into())
}

/// A mistake in the command is found before anything is written.
fn can_be_started(program: &OsStr, dir: &Path) -> Result<(), Failure> {
    let is_path = Path::new(program).components().count() > 1;
    let is_there = |folder: &Path| folder.join(program).is_file();
    let found = match is_path {
        true => is_there(dir),
        false => std::env::var_os("PATH")
            .is_some_and(|path| std::env::split_paths(&path).any(|folder| is_there(&folder))),
    };
    match found || cfg!(windows) {
        true => Ok(()),
        false => Err(ShipFailure::NotStarted {
            command: program.to_string_lossy().into_owned(),
            detail: "there is no such program".to_owned(),
        }
        .into()),
    }
}

impl<'a> Carrier<'a> {
    pub(super) fn new(
        context: &'a Context,
        request: &'a Request,
        signals: &'a Signals,
        runner: crate::ship::Runner,
    ) -> anyhow::Result<Self> {
        let mut ledger = context.ledger()?;
        let state = ledger.read()?.clone();
        let policy = context.policy(ledger.repository(), &state)?;
        let wish = context.wish(request, &mut ledger, runner, &policy)?;
        Ok(Self {
            context,
            request,
            policy,
            signals,
            wish,
            learnt: Learnt::default(),
            ledger,
            dry: None,
            stops_at_deploy: false,
            witness: Witness::new(context.github.clone()),
            gate: None,
            ended: None,
        })
    }

    /// Does what the protocol says, until there is nothing left to do.
    pub(super) fn carry_out(&mut self, hear: &mut dyn FnMut(&Told<'_>)) -> anyhow::Result<End> {
        let began = Instant::now();
        let mut refusals = 0;
        // Where nothing was learnt from the ledger since, no new look is needed: whatever is appended
        // is held against what stands there then.
        let mut is_fresh = true;
        loop {
            if !is_fresh && self.dry.is_none() {
                self.ledger.read()?;
            }
            let state = self.state().clone();
            is_fresh = false;
            if let Some(wait) = self.request.wait
                && began.elapsed() >= wait
            {
                self.learnt.stop(Stop::WaitedEnough);
            }
            if self.signals.wait(Duration::ZERO).is_some() {
                self.learnt.stop(Stop::Interrupted);
            }
            match step(&self.wish, &mut self.learnt, &state) {
                Step::Append(event) => match self.append(event, &state) {
                    Ok(written) => {
                        refusals = 0;
                        is_fresh = true;
                        for (event, after) in &written {
                            self.learnt.accepted(event, after);
                            if matches!(event, Event::Commit { .. }) && self.dry.is_none() {
                                // It is live, whether or not the way back can be judged now.
                                let _ = self.ledger.record_plans(&self.context.dir);
                            }
                            hear(&Told::Written {
                                event,
                                state: after,
                            });
                        }
                    }
                    // Something happened in between: look again, unless it stays like this.
                    Err(failure @ Failure::Ship(ShipFailure::Refused(_))) => {
                        refusals += 1;
                        if refusals >= REFUSALS {
                            return Err(failure.into());
                        }
                    }
                    Err(failure) => return Err(failure.into()),
                },
                Step::AskHolder {
                    epoch,
                    runner,
                    claim,
                } => {
                    is_fresh = true;
                    let presence = self.witness.presence(&runner, &self.wish.runner, &claim);
                    self.learnt.heard_of_holder(epoch, presence);
                }
                Step::AskAhead {
                    ticket,
                    sha,
                    runner,
                } => {
                    is_fresh = true;
                    let ahead = self.ahead(&state, ticket, &sha, runner);
                    self.learnt.heard_of(ahead);
                }
                Step::Probe => {
                    is_fresh = true;
                    hear(&Told::Probing);
                    let answer = match &self.dry {
                        Some(_) if self.learnt.has_deployed() => crate::ship::Probed::Live {
                            sha: self.wish.sha.clone(),
                            tree: self.wish.tree.clone(),
                        },
                        _ => {
                            let repository = self.ledger.repository();
                            let (policy, signals) = (&self.policy, self.signals);
                            self.context.probe(repository, policy, &state, signals)
                        }
                    };
                    self.learnt.probed(answer);
                }
                Step::Gate { epoch, base_live } => {
                    is_fresh = true;
                    let reply = self.judge(&state, base_live, hear)?;
                    self.learnt.judged(epoch, reply);
                }
                Step::Wait(_) if self.dry.is_some() => {
                    self.learnt.stop(Stop::WaitedEnough);
                    is_fresh = true;
                }
                Step::Wait(waiting) => {
                    let elapsed = began.elapsed();
                    let expected = expected(&state, waiting.ahead);
                    hear(&Told::Waits {
                        waiting: &waiting,
                        state: &state,
                        elapsed,
                        expected,
                    });
                    self.learnt.waited();
                    let left = self.request.wait.map(|wait| wait.saturating_sub(elapsed));
                    let pause = pause(expected, elapsed, waiting.ahead);
                    let pause = left.map_or(pause, |left| pause.min(left));
                    if self.signals.wait(pause).is_some() {
                        self.learnt.stop(Stop::Interrupted);
                    }
                }
                Step::Reread => {}
                Step::Deploy(proof) if self.stops_at_deploy => return Ok(End::Deploy(proof)),
                Step::Deploy(proof) => {
                    is_fresh = true;
                    hear(&Told::Deploys(&proof));
                    self.learnt.deploying();
                    let ended = match self.dry {
                        Some(_) => Ok(Ended::Code(0)),
                        None => self.deploy(proof),
                    };
                    let success = ended.as_ref().is_ok_and(|ended| ended.is_success());
                    self.learnt.deployed(success);
                    match ended {
                        Ok(ended) => {
                            hear(&Told::Ended(ended));
                            self.ended = Some(ended);
                        }
                        Err(failure) => {
                            // Nothing was run, so nothing is uncertain.
                            self.let_go(&state)?;
                            return Err(failure.into());
                        }
                    }
                }
                Step::Done(outcome) => {
                    return Ok(End::Over(Box::new(Ship {
                        outcome,
                        state,
                        gate: self.gate.take(),
                        ended: self.ended,
                    })));
                }
            }
        }
    }

    fn state(&self) -> &State {
        self.dry.as_ref().unwrap_or_else(|| self.ledger.state())
    }

    /// Appends an event, and in the same go whatever the protocol would append right after it; gives
    /// what was written, with the environment after each.
    fn append(&mut self, event: Event, state: &State) -> Result<Vec<(Event, State)>, Failure> {
        let mut events = vec![event];
        let mut states = Vec::new();
        let mut learnt = self.learnt.clone();
        let mut now = state.clone();
        while let Some(event) = events.last() {
            match apply(&now, &self.stamped(event, &now)) {
                Ok(after) => now = after,
                Err(refusal) if self.dry.is_some() && states.is_empty() => {
                    return Err(ShipFailure::Refused(refusal).into());
                }
                // The ledger has the last word.
                Err(_) => break,
            }
            learnt.accepted(event, &now);
            states.push(now.clone());
            match step(&self.wish, &mut learnt, &now) {
                Step::Append(next) => events.push(next),
                _ => break,
            }
        }
        match &mut self.dry {
            Some(dry) => *dry = now,
            None => states = self.ledger.append_all(&events)?,
        }
        Ok(events.into_iter().zip(states).collect())
    }

    fn stamped(&self, event: &Event, before: &State) -> Stamped {
        Stamped {
            seq: before.seq + 1,
            hash: String::new(),
            at: now(),
            actor: self.ledger.actor().clone(),
            event: event.clone(),
        }
    }

    /// A ticket that comes first, and whether our commit contains its own.
    fn ahead(
        &mut self,
        state: &State,
        ticket: u64,
        sha: &str,
        runner: Option<crate::ship::Runner>,
    ) -> Ahead {
        let mut queue = state.queue.iter();
        let claim = queue.find(|it| it.number == ticket);
        let claim = claim.map_or("", |it| it.claim.as_str());
        let presence = match &runner {
            Some(runner) => self.witness.presence(runner, &self.wish.runner, claim),
            None => crate::ship::Presence::Unknown,
        };
        let is_contained = self.wish.in_group && self.contains(sha).unwrap_or_default();
        Ahead {
            ticket,
            runner,
            presence,
            is_contained,
        }
    }

    /// Whether our commit contains another. What this clone does not have is not contained.
    fn contains(&mut self, sha: &str) -> Result<bool, Failure> {
        let repository = self.ledger.repository();
        let own = repository.commit(&self.wish.sha)?;
        let other = repository.commit(sha)?;
        Ok(own.id == other.id || repository.is_ancestor(&other.id, &own.id)?)
    }

    /// Asks the gate, with what is on the remote by now.
    fn judge(
        &mut self,
        state: &State,
        live: Option<String>,
        hear: &mut dyn FnMut(&Told<'_>),
    ) -> Result<GateReply, Failure> {
        if let Some(remote) = self.ledger.remote() {
            // Where this fails, the gate finds out what is missing.
            let _ = Repository::new(&self.context.dir, Reads::Remote).fetch(remote);
        }
        let environment = self.context.environment.clone();
        let mut question = Question::new(environment, live, self.wish.sha.clone());
        let live = state.live.as_ref();
        let shipped = live.and_then(|live| live.ship);
        question.pull_request = shipped.and_then(|ship| state.pull_request_of(ship));
        question.bad.clone_from(&state.bad);
        question.good = state.good.iter().map(|good| good.sha.clone()).collect();
        question.kind = match self.wish.way {
            crate::ship::Way::Deploy { .. } => crate::ship::Kind::Deploy,
            crate::ship::Way::Rollback { .. } => crate::ship::Kind::Rollback,
        };
        question.acknowledgement = self
            .request
            .acknowledge
            .as_ref()
            .map(|key| Acknowledgement {
                key: key.clone(),
                reason: self.request.reason.clone().unwrap_or_default(),
            });
        if !self.request.command.is_empty() {
            question.ship = super::command_line(&self.context.environment, &self.request.command);
        }
        let found = gate::run(&self.context.dir, &question)?;
        hear(&Told::Gate(&found));
        let reply = match gate::reply(&found) {
            GateReply::Superseded { by: None } => GateReply::Superseded { by: shipped },
            reply => reply,
        };
        self.gate = Some(found);
        Ok(reply)
    }

    /// Runs the deploy command. Only a lock with a gate that passed gives the proof that it takes.
    fn deploy(&self, proof: LockProof) -> Result<Ended, Failure> {
        let base = proof.base_live().unwrap_or_default().to_owned();
        let variables = [
            ("AFTERCLICK_EPOCH", proof.epoch().to_string()),
            ("AFTERCLICK_TICKET", proof.ticket().to_string()),
            ("AFTERCLICK_SHA", proof.sha().to_owned()),
            ("AFTERCLICK_BASE_LIVE", base),
            (
                "AFTERCLICK_ENVIRONMENT",
                self.context.environment.name().to_owned(),
            ),
            (process::CLAIM, self.wish.claim.clone()),
        ];
        let command = &self.request.command;
        process::run(command, &self.context.dir, &variables, self.signals).map_err(|error| {
            let failure = ShipFailure::NotStarted {
                command: command
                    .first()
                    .map_or_else(String::new, |word| word.to_string_lossy().into_owned()),
                detail: error.to_string(),
            };
            failure.into()
        })
    }

    /// Lets go of the lock, where the deploy command never ran.
    fn let_go(&mut self, state: &State) -> Result<(), Failure> {
        let live = state.lock.as_ref().and_then(|lock| lock.base_live.clone());
        let abort = Event::Abort {
            epoch: state.epoch,
            reason: "the deploy command could not be started".to_owned(),
            held: false,
            probed: live,
        };
        self.append(abort, state).map(drop)
    }
}
