use super::{Ahead, GateReply, Presence, Probed, Stop};
use crate::ship::{Event, State};

/// What a client found out, and did, since it began.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Learnt {
    /// The place of the newest event that it has seen.
    pub(super) seq: u64,
    /// Its ticket was taken, or came back, in this process.
    pub(super) queued: bool,
    /// The fencing token of its lock.
    pub(super) epoch: Option<u64>,
    /// What is known of the holder of the lock with this token.
    pub(super) holder: Option<(u64, Presence)>,
    /// What is known of tickets that stand before it.
    pub(super) ahead: Vec<Ahead>,
    /// What the gate said, for the lock with this token.
    pub(super) gate: Option<(u64, GateReply)>,
    /// What the probe said before the deploy.
    pub(super) before: Option<Probed>,
    /// Whether the deploy command was started, and how it ended.
    pub(super) deploy: Option<Deploy>,
    /// What the probe said after the deploy.
    pub(super) after: Option<Probed>,
    /// Why it is to stop as soon as it may.
    pub(super) stop: Option<Stop>,
}

/// Where the deploy command is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Deploy {
    Running,
    Ended { success: bool },
}

impl Learnt {
    /// The ledger took an event of ours, and this came of it.
    pub fn accepted(&mut self, event: &Event, state: &State) {
        self.saw(state);
        match event {
            Event::Enqueue { .. } | Event::Rollback { .. } | Event::Requeue { .. } => {
                self.queued = true;
            }
            Event::Rebaseline { .. } => self.before = None,
            _ => {}
        }
    }

    /// The state of the environment was read.
    pub fn saw(&mut self, state: &State) {
        self.seq = self.seq.max(state.seq);
    }

    /// Whether the holder of the lock with this token is there.
    pub fn heard_of_holder(&mut self, epoch: u64, presence: Presence) {
        self.holder = Some((epoch, presence));
    }

    /// What there is to know of a ticket that stands before ours.
    pub fn heard_of(&mut self, ahead: Ahead) {
        self.ahead.retain(|it| it.ticket != ahead.ticket);
        self.ahead.push(ahead);
    }

    /// The gate's answer, for the lock with this token.
    pub fn judged(&mut self, epoch: u64, reply: GateReply) {
        self.gate = Some((epoch, reply));
    }

    /// The probe's answer.
    pub fn probed(&mut self, answer: Probed) {
        match self.deploy {
            None => self.before = Some(answer),
            Some(_) => self.after = Some(answer),
        }
    }

    /// The deploy command was started.
    pub fn deploying(&mut self) {
        self.deploy = Some(Deploy::Running);
    }

    /// The deploy command ended.
    pub fn deployed(&mut self, success: bool) {
        self.deploy = Some(Deploy::Ended { success });
    }

    /// Some time passed: who was there may be gone.
    pub fn waited(&mut self) {
        self.holder = None;
        self.ahead.clear();
    }

    /// It is to stop as soon as it may.
    pub fn stop(&mut self, why: Stop) {
        self.stop = Some(why);
    }

    /// Whether the deploy command was ever started.
    pub fn has_deployed(&self) -> bool {
        self.deploy.is_some()
    }
}
