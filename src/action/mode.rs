use std::str::FromStr;

use super::Event;

/// What the Action does in a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Reviews what the event brings.
    Review,
    /// Takes a place in the ship queue.
    Admit,
    /// Records that people let a ticket ship.
    Approve,
    /// Takes the lock, deploys and lets go.
    Ship,
    /// Gives back what a ship that did not end well still holds.
    Release,
    /// Answers a command in a comment.
    Command,
    /// Puts right what killed jobs left behind.
    Sweep,
    /// Writes the board anew.
    SyncBoard,
}

impl Mode {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Review,
        Self::Admit,
        Self::Approve,
        Self::Ship,
        Self::Release,
        Self::Command,
        Self::Sweep,
        Self::SyncBoard,
    ];

    /// The name, as an input has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Review => "review",
            Self::Admit => "admit",
            Self::Approve => "approve",
            Self::Ship => "ship",
            Self::Release => "release",
            Self::Command => "command",
            Self::Sweep => "sweep",
            Self::SyncBoard => "sync-board",
        }
    }

    /// What an event asks for where nobody says so; none where it could be more than one thing.
    pub fn of(event: &Event) -> Option<Self> {
        match event {
            Event::Pull(_) | Event::Push(_) | Event::MergeGroup(_) => Some(Self::Review),
            Event::Comment(_) => Some(Self::Command),
            Event::Schedule | Event::WorkflowRun | Event::DeploymentStatus => Some(Self::Sweep),
            Event::Dispatch { .. } => None,
        }
    }
}

impl FromStr for Mode {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|it| it.name() == text).ok_or(())
    }
}
