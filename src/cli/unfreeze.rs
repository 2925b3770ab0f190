use std::path::Path;

use clap::Args;

use crate::app::ship::{Decision, decide};
use crate::render::ship::decided;

use super::ship::Target;
use super::{Exit, output};

/// End a freeze
#[derive(Debug, Args)]
pub(super) struct Arguments {
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
            &Decision::Unfreeze {
                reason: self.reason,
            },
        )?;
        output::print(&decided(&state, "Unfroze"))?;
        Ok(Exit::Done)
    }
}
