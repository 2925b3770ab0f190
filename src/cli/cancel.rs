use std::path::Path;

use clap::Args;

use crate::app::ship::Decision;

use super::Exit;
use super::ship::Target;

/// Take a ticket out of the queue; from a holder that is gone, take the deploy lock
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The ticket
    ticket: u64,

    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,

    #[command(flatten)]
    target: Target,
}

impl Arguments {
    /// Runs the command.
    pub(super) fn run(self, dir: &Path) -> anyhow::Result<Exit> {
        let decision = Decision::Cancel {
            ticket: self.ticket,
            reason: self.reason,
        };
        self.target.decide(dir, &decision, "Cancelled on")
    }
}
