use std::path::Path;

use clap::Args;

use crate::app::ship::{Decision, decide};
use crate::render::ship::decided;

use super::ship::Target;
use super::{Exit, output};

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
        let context = self.target.context(dir)?;
        let state = decide(
            &context,
            &Decision::Approve {
                ticket: self.ticket,
            },
        )?;
        output::print(&decided(&state, "Approved on"))?;
        Ok(Exit::Done)
    }
}
