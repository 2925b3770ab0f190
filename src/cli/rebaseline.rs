use std::path::Path;

use clap::Args;

use crate::app::ship::{Decision, decide};
use crate::render::ship::decided;

use super::ship::Target;
use super::{Exit, output};

/// Say what is live, where nobody knows or the ledger is wrong
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The commit that is live. Without it the probe is asked
    #[arg(long, value_name = "COMMIT")]
    sha: Option<String>,

    /// How you know
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
            &Decision::Rebaseline {
                sha: self.sha,
                reason: self.reason,
            },
        )?;
        output::print(&decided(&state, "Rebaselined"))?;
        Ok(Exit::Done)
    }
}
