//! The world that clients ship in: a ledger that is swapped only where nobody was faster, replies
//! that get lost, reads that are old, runs that die anywhere.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use afterclick::ledger::{Actor, ActorKind, Timestamp};
use afterclick::ship::{
    Ahead, Event, Evidence, GateReply, Learnt, Outcome, Presence, Priority, Probed, Runner,
    Stamped, State, Step, Stop, TicketState, Way, Wish, apply, claim, step,
};

use super::mutants::Mutant;

/// How far back a read may be, in versions.
pub const OLDEST_READ: usize = 2;

/// What is explored.
#[derive(Debug, Clone)]
pub struct Setting {
    pub name: &'static str,
    /// How many runs there are; at most three.
    pub runs: usize,
    /// How many attempts each of them has.
    pub attempts: u32,
    pub has_probe: bool,
    /// The second run needs an approval.
    pub approval: bool,
    /// The third run is a hotfix.
    pub hotfix: bool,
    /// The runs hold GitHub's group, in any order.
    pub in_group: bool,
    /// The third run goes back to what was live before the first.
    pub rollback: bool,
    /// The machines are not GitHub's own.
    pub own_machines: bool,
    pub budget: Budget,
    pub mutant: Option<Mutant>,
    /// How many states are looked at.
    pub most: usize,
}

/// How often each fault may happen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Budget {
    pub crashes: u8,
    pub lost_requests: u8,
    pub lost_replies: u8,
    pub old_reads: u8,
    pub unreadable: u8,
    pub failures: u8,
    pub words: u8,
    pub stops: u8,
    pub freezes: u8,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct World {
    /// The newest versions of the state, the newest last: as many as a read can still give.
    pub versions: Vec<Version>,
    pub clients: Vec<Client>,
    /// What really is live; none while nobody could say.
    pub live: Option<u8>,
    pub budget: Budget,
    /// Somebody took a lock away from a run that was there: what it goes on doing is on them.
    pub meddled: bool,
    /// The second of two steps in which a lock is made, where a mutant does it so.
    pub half_made: Option<(usize, Arc<State>)>,
    /// The first law that was broken.
    pub broken: Option<&'static str>,
}

/// A state, with its hash taken once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    hash: u64,
    state: Arc<State>,
}

impl Version {
    fn new(state: State) -> Self {
        let mut hasher = DefaultHasher::new();
        state.hash(&mut hasher);
        Self {
            hash: hasher.finish(),
            state: Arc::new(state),
        }
    }
}

impl Hash for Version {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        hasher.write_u64(self.hash);
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Client {
    pub attempt: u32,
    pub phase: Phase,
    pub claim: String,
    pub learnt: Learnt,
    /// The lock that it deploys under, or did.
    pub epoch: Option<u64>,
    /// Somebody took its lock away on their word: what it goes on doing is on them.
    pub evicted: bool,
    /// What it judged before it had the lock, where a mutant does it so.
    pub judged_early: Option<GateReply>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Not begun.
    Idle,
    Running,
    /// Its command runs.
    Deploying,
    Dead,
    Done,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    Begin(usize),
    /// Read the ledger, this many versions old, and do what the protocol says.
    Go(usize, usize, Fault),
    /// The deploy command ends.
    End(usize, bool),
    /// The process dies; where it deploys, the deploy is done or not.
    Crash(usize, bool),
    Stop(usize, Stop),
    Approve,
    Freeze,
    Unfreeze,
    /// Somebody takes the lock away, on their word.
    Word,
    /// Somebody says what is live.
    Confirm,
    /// The second step of a lock that a mutant makes in two.
    Finish,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    None,
    LostRequest,
    LostReply,
    /// The ledger reads as missing.
    Unreadable,
}

/// Commit 1 and 2 grow from 0, 3 from 1; 4 is 2 once more, on top of 3.
pub fn contains(candidate: u8, live: u8) -> bool {
    let ancestors: &[u8] = match candidate {
        0 => &[0],
        1 => &[0, 1],
        2 => &[0, 2],
        3 => &[0, 1, 3],
        _ => &[0, 1, 2, 3, 4],
    };
    ancestors.contains(&live)
}

pub fn number_of(sha: &str) -> u8 {
    sha.trim_start_matches('c').parse().unwrap()
}

fn sha(number: u8) -> String {
    format!("c{number}")
}

fn actor(name: &str, kind: ActorKind) -> Actor {
    Actor {
        name: name.to_owned(),
        kind,
        permission: None,
    }
}

impl Setting {
    /// An environment in which commit 0 is live.
    pub fn world(&self) -> World {
        let state = State::new("production".parse().unwrap());
        let baseline = Event::Rebaseline {
            sha: sha(0),
            tree: sha(0),
            reason: "it is".to_owned(),
            probed: false,
        };
        let state = apply(
            &state,
            &stamped(&state, &baseline, "olga", ActorKind::Person),
        )
        .unwrap();
        let client = Client {
            attempt: 1,
            phase: Phase::Idle,
            claim: String::new(),
            learnt: Learnt::default(),
            epoch: None,
            evicted: false,
            judged_early: None,
        };
        World {
            versions: vec![Version::new(state)],
            clients: vec![client; self.runs],
            live: Some(0),
            budget: self.budget.clone(),
            meddled: false,
            half_made: None,
            broken: None,
        }
    }

    pub fn runner(&self, run: usize, attempt: u32) -> Runner {
        if self.mutant == Some(Mutant::OwnerIsALogin) {
            return Runner::Local {
                machine: "ada".to_owned(),
                boot: String::new(),
                process: 0,
                started: 0,
            };
        }
        // The second is a process on somebody's machine, unless all are in GitHub's group.
        match run == 1 && !self.in_group {
            false => Runner::Github {
                repository: "shop/shop".to_owned(),
                run: run as u64,
                attempt,
                hosted: !self.own_machines,
                job: None,
            },
            true => Runner::Local {
                machine: "laptop".to_owned(),
                boot: "1".to_owned(),
                process: attempt,
                started: 0,
            },
        }
    }

    pub fn wish(&self, run: usize, client: &Client) -> Wish {
        let commit = match (run, client.attempt) {
            (1, 2) => 4,
            _ => run as u8 + 1,
        };
        let is_rollback = self.rollback && run == 2;
        let commit = if is_rollback { 0 } else { commit };
        let is_hotfix = self.hotfix && run == 2;
        Wish {
            claim: client.claim.clone(),
            sha: sha(commit),
            tree: sha(commit),
            pr: None,
            title: String::new(),
            way: match is_rollback {
                true => Way::Rollback {
                    undoes: vec![sha(1)],
                    reason: "it fails".to_owned(),
                },
                false => Way::Deploy {
                    priority: if is_hotfix {
                        Priority::Hotfix
                    } else {
                        Priority::Normal
                    },
                    reason: is_hotfix.then(|| "the shop is down".to_owned()),
                    approval: self.approval && run == 1,
                },
            },
            runner: self.runner(run, client.attempt),
            has_probe: self.has_probe,
            in_group: self.in_group,
        }
    }

    /// Whether what runs a ticket is there: the truth, as GitHub or the machine tell it.
    fn presence(&self, world: &World, runner: &Runner) -> Presence {
        let there = world.clients.iter().enumerate().any(|(run, client)| {
            let is_up = matches!(client.phase, Phase::Running | Phase::Deploying);
            is_up && self.runner(run, client.attempt) == *runner
        });
        match runner {
            _ if there && self.mutant == Some(Mutant::StealByClock) => gone(runner),
            _ if there => Presence::There,
            _ => gone(runner),
        }
    }

    /// Every question that is answered without the ledger, until something has to be done.
    pub fn decide(&self, world: &World, run: usize, state: &State, client: &mut Client) -> Step {
        let wish = self.wish(run, client);
        for _ in 0..20 {
            let step = step(&wish, &mut client.learnt, state);
            match &step {
                Step::AskHolder { epoch, runner, .. } => {
                    let presence = self.presence(world, runner);
                    client.learnt.heard_of_holder(*epoch, presence);
                }
                Step::AskAhead {
                    ticket,
                    sha,
                    runner,
                } => client.learnt.heard_of(Ahead {
                    ticket: *ticket,
                    runner: runner.clone(),
                    presence: runner
                        .as_ref()
                        .map_or(Presence::Unknown, |it| self.presence(world, it)),
                    is_contained: contains(number_of(&wish.sha), number_of(sha)),
                }),
                Step::Probe => client.learnt.probed(match world.live {
                    Some(live) => Probed::Live {
                        sha: sha_of(live),
                        tree: sha_of(live),
                    },
                    None => Probed::Failed,
                }),
                Step::Gate { epoch, base_live } => {
                    let early = client.judged_early.clone();
                    let reply = early.unwrap_or_else(|| judge(&wish, base_live.as_deref()));
                    client.learnt.judged(*epoch, reply);
                }
                _ => return step,
            }
        }
        panic!("{run} asks without end: {client:?}");
    }
}

fn sha_of(number: u8) -> String {
    sha(number)
}

fn gone(runner: &Runner) -> Presence {
    Presence::Gone(match runner {
        Runner::Github { run, attempt, .. } => Evidence::Run {
            run: *run,
            attempt: *attempt,
            status: "completed".to_owned(),
            conclusion: None,
        },
        Runner::Local {
            machine, process, ..
        } => Evidence::Process {
            machine: machine.clone(),
            process: *process,
            status: "ended".to_owned(),
        },
    })
}

/// The rebase gate, over the small history of this world.
pub fn judge(wish: &Wish, base_live: Option<&str>) -> GateReply {
    let candidate = number_of(&wish.sha);
    let live = base_live.map_or(0, number_of);
    let pass = GateReply::Pass {
        acknowledged: Vec::new(),
    };
    match &wish.way {
        Way::Rollback { .. } if candidate == live => GateReply::Superseded { by: None },
        Way::Rollback { .. } => pass,
        Way::Deploy { .. } if contains(live, candidate) => GateReply::Superseded { by: None },
        Way::Deploy { .. } if contains(candidate, live) => pass,
        Way::Deploy { .. } => GateReply::Held {
            reason: "stale".to_owned(),
        },
    }
}

pub fn stamped(state: &State, event: &Event, name: &str, kind: ActorKind) -> Stamped {
    Stamped {
        seq: state.seq + 1,
        hash: String::new(),
        at: Timestamp::default(),
        actor: actor(name, kind),
        event: event.clone(),
    }
}

impl World {
    pub fn newest(&self) -> &Arc<State> {
        &self.versions.last().unwrap().state
    }

    /// The version that a read gives.
    pub fn read(&self, age: usize) -> Option<&Arc<State>> {
        self.versions
            .len()
            .checked_sub(age + 1)
            .map(|at| &self.versions[at].state)
    }

    pub fn write(&mut self, state: State) {
        self.versions.push(Version::new(state));
        let readable = match self.budget.old_reads {
            0 => 1,
            _ => OLDEST_READ + 1,
        };
        let over = self.versions.len().saturating_sub(readable);
        self.versions.drain(..over);
    }

    pub fn breaks(&mut self, law: &'static str) {
        self.broken = self.broken.or(Some(law));
    }

    /// Begins a run, or its next attempt.
    pub fn begin(&mut self, setting: &Setting, run: usize) {
        let state = Arc::clone(self.newest());
        let client = &self.clients[run];
        let attempt = match client.phase {
            Phase::Idle => 1,
            _ => client.attempt + 1,
        };
        let runner = setting.runner(run, attempt);
        let remembered = Some(client.claim.as_str());
        let fresh = match setting.mutant {
            Some(Mutant::OwnerIsALogin) => "ada".to_owned(),
            _ => format!("{run}-{attempt}"),
        };
        let claim = claim(&state, &runner, remembered, fresh);
        self.clients[run] = Client {
            attempt,
            phase: Phase::Running,
            claim,
            learnt: Learnt::default(),
            epoch: None,
            evicted: false,
            judged_early: None,
        };
        if setting.mutant == Some(Mutant::GateBeforeLock) {
            let live = state.live.as_ref().map(|live| live.sha.as_str());
            let wish = setting.wish(run, &self.clients[run]);
            self.clients[run].judged_early = Some(judge(&wish, live));
        }
    }

    /// Reads the ledger and does what the protocol says.
    pub fn go(&mut self, setting: &Setting, run: usize, age: usize, fault: Fault) -> Option<()> {
        let state = Arc::clone(self.read(age)?);
        let seen = match fault {
            Fault::Unreadable if setting.mutant == Some(Mutant::MissingReadsAsFree) => {
                Arc::new(State::new(state.environment.clone()))
            }
            // An error is no answer: the client looks again.
            Fault::Unreadable => return None,
            _ => setting.misread(&state),
        };
        let is_newest = age == 0;
        let mut client = self.clients[run].clone();
        let decided = match setting.release_blindly(&client) {
            Some(event) => Step::Append(event),
            None => setting.decide(self, run, &seen, &mut client),
        };
        let was = std::mem::replace(&mut self.clients[run], client);
        match decided {
            Step::Append(event) => {
                self.append(setting, run, (&seen, is_newest), &event, fault);
            }
            _ if !matches!(fault, Fault::None | Fault::Unreadable) => return None,
            Step::Deploy(proof) => {
                let candidate = number_of(proof.sha());
                let is_back = setting.rollback && run == 2;
                let loses = self.live.is_some_and(|live| !contains(candidate, live));
                if loses && !is_back && !self.meddled {
                    self.breaks("nothing ships that loses what is live");
                }
                let client = &mut self.clients[run];
                client.phase = Phase::Deploying;
                client.epoch = Some(proof.epoch());
                client.learnt.deploying();
                self.look_at_deploys();
            }
            Step::Wait(_) | Step::Reread => self.clients[run].learnt.waited(),
            Step::Done(outcome) => {
                let client = &mut self.clients[run];
                let is_lost = outcome == Outcome::Unknown;
                client.phase = Phase::Done;
                if is_lost && age == 0 && !self.meddled && setting.mutant.is_none() {
                    self.breaks("no ticket is lost");
                }
            }
            _ => unreachable!("answered in decide"),
        }
        (self.clients[run] != was || !matches!(fault, Fault::None)).then_some(())
    }

    fn append(
        &mut self,
        setting: &Setting,
        run: usize,
        (seen, is_newest): (&State, bool),
        event: &Event,
        fault: Fault,
    ) {
        if fault == Fault::LostRequest {
            return;
        }
        let after = setting.write(self, run, seen, event, is_newest);
        let Some(after) = after else {
            let blind = setting.mutant.is_some() || self.meddled;
            if let Event::Rollback { .. } = event {
                // What it was to undo is not live: whoever asked is told so.
                self.clients[run].phase = Phase::Done;
            } else if is_newest && !blind {
                self.breaks("the client asks for nothing that is refused");
            }
            return;
        };
        if fault != Fault::LostReply {
            self.clients[run].learnt.accepted(event, &after);
        }
    }

    /// One lock, one deploy: whoever deploys has the lock, unless it was taken away by word.
    pub fn look_at_deploys(&mut self) {
        let newest = Arc::clone(self.newest());
        let holds = |client: &Client| {
            let lock = newest.lock.as_ref();
            lock.is_some_and(|lock| {
                Some(lock.epoch) == client.epoch && lock.ticket.claim == client.claim
            })
        };
        let clients = self.clients.iter();
        let mut deploying =
            clients.filter(|client| client.phase == Phase::Deploying && !client.evicted);
        if deploying.clone().count() > 1 || !deploying.all(holds) {
            self.breaks("one holder");
        }
    }

    /// The deploy command ended, or died.
    pub fn end_deploy(&mut self, setting: &Setting, run: usize, is_live: bool) {
        let wish = setting.wish(run, &self.clients[run]);
        if is_live {
            self.live = Some(number_of(&wish.sha));
        }
    }

    /// Whether somebody waits for what never comes: its ticket may ship, and nobody does anything.
    pub fn is_stuck(&self, setting: &Setting) -> bool {
        let busy = |client: &Client| client.phase == Phase::Deploying;
        if self.clients.iter().any(busy) || self.newest().freeze.is_some() {
            return false;
        }
        if self
            .half_made
            .as_ref()
            .is_some_and(|(run, _)| self.clients[*run].phase == Phase::Running)
        {
            return false;
        }
        let state = self.newest();
        let is_ready = |client: &Client| {
            let mut queue = state.queue.iter();
            let ticket = queue.find(|ticket| ticket.claim == client.claim);
            ticket.is_some_and(|ticket| ticket.state == TicketState::Approved)
        };
        let running = self.clients.iter().filter(|it| it.phase == Phase::Running);
        if !running.clone().any(is_ready) {
            return false;
        }
        let quarantine = |run: usize, client: &Client| {
            let mut client = client.clone();
            client.learnt.waited();
            let step = setting.decide(self, run, state, &mut client);
            match step {
                Step::Wait(waiting) => matches!(
                    waiting.for_what,
                    afterclick::ship::WaitsFor::Quarantine { .. }
                ),
                _ => true,
            }
        };
        let mut all = self.clients.iter().enumerate();
        !all.any(|(run, client)| client.phase == Phase::Running && quarantine(run, client))
    }
}
