use std::path::Path;

use clap::Args;

use crate::app::ship::Decision;

use super::Exit;
use super::ship::Target;

/// Approve a ticket of somebody else, for the commit that it is for now
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The ticket
    ticket: u64,

    #[command(flatten)]
    target: Target,
}

impl Arguments {
    /// Runs the command.
    pub(super) fn run(self, dir: &Path) -> anyhow::Result<Exit> {
        let decision = Decision::Approve {
            ticket: self.ticket,
        };
        self.target.decide(dir, &decision, "Approved on")
    }
}
