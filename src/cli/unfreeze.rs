use std::path::Path;

use clap::Args;

use crate::app::ship::Decision;

use super::Exit;
use super::ship::Target;

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
        let decision = Decision::Unfreeze {
            reason: self.reason,
        };
        self.target.decide(dir, &decision, "Unfroze")
    }
}
