//! Every order of events that three runs can bring about: the real protocol and the real state
//! machine, over a ledger with lost requests, lost replies and old reads, and runs that die
//! anywhere.
//!
//! `AFTERCLICK_MODEL=long cargo test --test model -- --nocapture` explores more of each kind at
//! once.
#![allow(unreachable_pub, clippy::print_stdout)] // the counts of states are for people

mod mutants;
mod world;

use afterclick::ledger::ActorKind;
use afterclick::ship::{Event, Evidence, Stop, TicketState, apply};
use mutants::{MUTANTS, Mutant};
use stateright::{Checker, HasDiscoveries, Model, Property};
use world::{Action, Budget, Fault, OLDEST_READ, Phase, Setting, World, stamped};

const LAWS: [&str; 10] = [
    "one holder",
    "epoch and seq only grow",
    "live changes only by the holder",
    "nothing ships that loses what is live",
    "the lock is taken in the order of tickets",
    "nobody waits for a person inside the lock",
    "a freeze holds",
    "replay is harmless",
    "no ticket is lost",
    "the client asks for nothing that is refused",
];

impl Model for Setting {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        vec![self.world()]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        if world.broken.is_some() {
            return;
        }
        let budget = &world.budget;
        for (run, client) in world.clients.iter().enumerate() {
            match client.phase {
                Phase::Idle => actions.push(Action::Begin(run)),
                Phase::Dead | Phase::Done if client.attempt < self.attempts => {
                    actions.push(Action::Begin(run));
                }
                Phase::Dead | Phase::Done => {}
                Phase::Running => {
                    actions.push(Action::Go(run, 0, Fault::None));
                    if budget.lost_requests > 0 {
                        actions.push(Action::Go(run, 0, Fault::LostRequest));
                    }
                    if budget.lost_replies > 0 {
                        actions.push(Action::Go(run, 0, Fault::LostReply));
                    }
                    if budget.unreadable > 0 {
                        actions.push(Action::Go(run, 0, Fault::Unreadable));
                    }
                    if budget.old_reads > 0 {
                        let ages = 1..=OLDEST_READ;
                        actions.extend(ages.map(|age| Action::Go(run, age, Fault::None)));
                    }
                    if budget.stops > 0 {
                        actions.push(Action::Stop(run, Stop::Interrupted));
                        actions.push(Action::Stop(run, Stop::WaitedEnough));
                    }
                    if budget.crashes > 0 {
                        actions.push(Action::Crash(run, false));
                    }
                }
                Phase::Deploying => {
                    actions.push(Action::End(run, true));
                    if budget.failures > 0 {
                        actions.push(Action::End(run, false));
                    }
                    if budget.crashes > 0 {
                        actions.push(Action::Crash(run, false));
                        actions.push(Action::Crash(run, true));
                    }
                }
            }
        }
        let state = world.newest();
        if state
            .queue
            .iter()
            .any(|it| it.state == TicketState::Waiting)
        {
            actions.push(Action::Approve);
        }
        if budget.freezes > 0 && state.freeze.is_none() {
            actions.push(Action::Freeze);
        }
        if state.freeze.is_some() {
            actions.push(Action::Unfreeze);
        }
        if budget.words > 0 && state.lock.is_some() {
            actions.push(Action::Word);
        }
        if !self.has_probe && state.uncertain.is_some() && state.lock.is_none() {
            actions.push(Action::Confirm);
        }
        if world.half_made.is_some() {
            actions.push(Action::Finish);
        }
    }

    fn next_state(&self, before: &World, action: Action) -> Option<World> {
        let mut world = before.clone();
        match action {
            Action::Begin(run) => world.begin(self, run),
            Action::Go(run, age, fault) => {
                match fault {
                    Fault::LostRequest => world.budget.lost_requests -= 1,
                    Fault::LostReply => world.budget.lost_replies -= 1,
                    Fault::Unreadable => world.budget.unreadable -= 1,
                    Fault::None if age > 0 => world.budget.old_reads -= 1,
                    Fault::None => {}
                }
                world.go(self, run, age, fault)?;
            }
            Action::End(run, success) => {
                world.budget.failures -= u8::from(!success);
                world.end_deploy(self, run, success);
                world.clients[run].phase = Phase::Running;
                world.clients[run].learnt.deployed(success);
            }
            Action::Crash(run, is_live) => {
                world.budget.crashes -= 1;
                if world.clients[run].phase == Phase::Deploying {
                    world.end_deploy(self, run, is_live);
                }
                world.clients[run].phase = Phase::Dead;
            }
            Action::Stop(run, why) => {
                world.budget.stops -= 1;
                world.clients[run].learnt.stop(why);
            }
            Action::Approve => {
                let mut queue = world.newest().queue.iter();
                let ticket = queue.find(|it| it.state == TicketState::Waiting)?;
                let event = Event::Approve {
                    ticket: ticket.number,
                    sha: ticket.sha.clone(),
                };
                person(&mut world, &event)?;
            }
            Action::Freeze => {
                world.budget.freezes -= 1;
                let event = Event::Freeze {
                    reason: "sale".to_owned(),
                    until: None,
                    allow: Vec::new(),
                };
                person(&mut world, &event)?;
            }
            Action::Unfreeze => {
                let event = Event::Unfreeze {
                    reason: "over".to_owned(),
                };
                person(&mut world, &event)?;
            }
            Action::Word => {
                world.budget.words -= 1;
                let event = Event::Evict {
                    epoch: world.newest().epoch,
                    evidence: Evidence::Word {
                        reason: "I saw it die".to_owned(),
                    },
                };
                let claim = world.newest().lock.as_ref()?.ticket.claim.clone();
                person(&mut world, &event)?;
                world.meddled = true;
                let mut clients = world.clients.iter_mut();
                if let Some(client) = clients.find(|it| it.claim == claim) {
                    client.evicted = true;
                }
            }
            Action::Confirm => {
                let sha = format!("c{}", world.live?);
                let event = Event::Rebaseline {
                    sha: sha.clone(),
                    tree: sha,
                    reason: "I looked".to_owned(),
                    probed: false,
                };
                person(&mut world, &event)?;
            }
            Action::Finish => {
                let (run, whole) = world.half_made.take()?;
                if world.clients[run].phase == Phase::Running {
                    world.write((*whole).clone());
                }
            }
        }
        (world != *before).then_some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        macro_rules! law {
            ($at:literal) => {
                Property::always(LAWS[$at], |_, world: &World| {
                    world.broken != Some(LAWS[$at])
                })
            };
        }
        vec![
            law!(0),
            law!(1),
            law!(2),
            law!(3),
            law!(4),
            law!(5),
            law!(6),
            law!(7),
            law!(8),
            law!(9),
            Property::always(
                "nobody waits for the dead",
                |setting: &Self, world: &World| !world.is_stuck(setting),
            ),
            Property::sometimes("all go live", |setting: &Self, world: &World| {
                let live = world.newest().past.iter();
                live.filter(|it| it.end == afterclick::ship::End::Live)
                    .count()
                    >= setting.runs.min(2)
            }),
        ]
    }
}

/// What a person appends; it is taken at once.
fn person(world: &mut World, event: &Event) -> Option<()> {
    let now = world.newest();
    let after = apply(now, &stamped(now, event, "olga", ActorKind::Person)).ok()?;
    world.write(after);
    Some(())
}

fn setting(name: &'static str, budget: Budget) -> Setting {
    Setting {
        name,
        runs: 3,
        attempts: 2,
        has_probe: true,
        approval: false,
        hotfix: false,
        in_group: false,
        rollback: false,
        own_machines: false,
        budget,
        mutant: None,
        most: usize::MAX,
    }
}

/// Explores all of it; gives the laws that were broken, and how many states there are.
fn explore(setting: Setting) -> (Vec<&'static str>, usize) {
    let (name, most) = (setting.name, setting.most);
    let checker = setting
        .checker()
        .threads(2)
        .target_state_count(most)
        .finish_when(HasDiscoveries::AnyFailures)
        .spawn_bfs()
        .join();
    let mut broken: Vec<&str> = Vec::new();
    for (law, path) in checker.discoveries() {
        if law != "all go live" {
            if std::env::var_os("AFTERCLICK_MODEL_PATH").is_some() {
                println!("{name}: {law}\n{path}");
            }
            broken.push(law);
        }
    }
    broken.sort_unstable();
    (broken, checker.unique_state_count())
}

fn holds(settings: Vec<Setting>) {
    let mut all = 0;
    for setting in settings {
        let name = setting.name;
        let (broken, states) = explore(setting);
        println!("{name}: {states} states");
        assert_eq!(broken, Vec::<&str>::new(), "{name}");
        all += states;
    }
    println!("{all} states, and every law holds in all of them");
}

/// One kind of fault at a time, each explored to its end.
#[test]
fn the_laws_hold_whatever_goes_wrong() {
    let kind = |name, change: &dyn Fn(&mut Budget)| {
        let mut budget = Budget::default();
        change(&mut budget);
        Setting {
            attempts: 1,
            ..setting(name, budget)
        }
    };
    let none = |_: &mut Budget| {};
    let crash = |it: &mut Budget| it.crashes = 1;
    holds(vec![
        kind("a crash", &crash),
        kind("old reads", &|it| it.old_reads = 1),
        kind("a lost reply", &|it| it.lost_replies = 1),
        kind("a lost request", &|it| it.lost_requests = 1),
        kind("a ledger that cannot be read", &|it| it.unreadable = 1),
        kind("a deploy that fails", &|it| it.failures = 1),
        Setting {
            runs: 2,
            attempts: 2,
            ..kind("a client that stops", &|it| it.stops = 1)
        },
        Setting {
            runs: 2,
            attempts: 2,
            ..kind("a freeze", &|it| it.freezes = 1)
        },
        Setting {
            runs: 2,
            attempts: 2,
            ..kind("a lock taken away by word", &|it| it.words = 1)
        },
        Setting {
            approval: true,
            ..kind("an approval", &none)
        },
        Setting {
            hotfix: true,
            ..kind("a hotfix", &none)
        },
        Setting {
            rollback: true,
            ..kind("a rollback", &none)
        },
        Setting {
            in_group: true,
            ..kind("GitHub's group", &none)
        },
        Setting {
            own_machines: true,
            ..kind("machines of one's own", &crash)
        },
        Setting {
            has_probe: false,
            ..kind("no probe, and a crash", &crash)
        },
        Setting {
            runs: 2,
            attempts: 2,
            ..kind("two attempts, and two crashes", &|it| it.crashes = 2)
        },
    ]);
}

/// Everything at once: as far as the time allows, or much farther with `AFTERCLICK_MODEL=long`.
#[test]
fn the_laws_hold_when_everything_goes_wrong() {
    let most = match std::env::var("AFTERCLICK_MODEL").as_deref() {
        Ok("long") => 20_000_000,
        _ => 60_000,
    };
    let all = Setting {
        approval: true,
        hotfix: true,
        most,
        ..setting(
            "three runs, two attempts each, every fault",
            Budget {
                crashes: 2,
                lost_requests: 1,
                lost_replies: 1,
                old_reads: 2,
                unreadable: 1,
                failures: 1,
                words: 0,
                stops: 1,
                freezes: 1,
            },
        )
    };
    let group = Setting {
        name: "the same in GitHub's group, without a probe",
        in_group: true,
        has_probe: false,
        hotfix: false,
        ..all.clone()
    };
    let word = Setting {
        name: "the same with a rollback and a lock taken away by word",
        rollback: true,
        hotfix: false,
        budget: Budget {
            words: 1,
            ..all.budget.clone()
        },
        ..all.clone()
    };
    holds(vec![all, group, word]);
}

#[test]
fn every_mutant_is_caught() {
    let mut missed = Vec::new();
    for mutant in MUTANTS {
        let budget = Budget {
            crashes: u8::from(mutant == Mutant::TwoStepCreate),
            unreadable: u8::from(mutant == Mutant::MissingReadsAsFree),
            words: u8::from(matches!(
                mutant,
                Mutant::BlindDeleteOnRelease | Mutant::CommitWithoutEpochCheck
            )),
            old_reads: u8::from(mutant == Mutant::ListThenDecide),
            ..Budget::default()
        };
        let world = Setting {
            runs: 2,
            attempts: 1,
            approval: mutant == Mutant::ApprovalInsideTheLock,
            mutant: Some(mutant),
            ..setting("mutant", budget.clone())
        };
        let (broken, states) = explore(world.clone());
        println!("{mutant:?}: {broken:?} in {states} states");
        if broken.is_empty() {
            missed.push(mutant);
        }
        let sound = Setting {
            mutant: None,
            ..world
        };
        let (broken, _) = explore(sound);
        assert_eq!(broken, Vec::<&str>::new(), "without {mutant:?}");
    }
    assert!(missed.is_empty(), "not caught: {missed:?}");
}
