use std::path::Path;

use clap::Args;

use crate::app::ship::{Decision, decide};
use crate::render::ship::decided;

use super::ship::Target;
use super::{Exit, output};

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
        let context = self.target.context(dir)?;
        let state = decide(
            &context,
            &Decision::Cancel {
                ticket: self.ticket,
                reason: self.reason,
            },
        )?;
        output::print(&decided(&state, "Cancelled on"))?;
        Ok(Exit::Done)
    }
}
