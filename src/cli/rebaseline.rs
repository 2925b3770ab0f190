use std::path::Path;

use clap::Args;

use crate::app::ship::Decision;

use super::Exit;
use super::ship::Target;

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
        let decision = Decision::Rebaseline {
            sha: self.sha,
            reason: self.reason,
        };
        self.target.decide(dir, &decision, "Rebaselined")
    }
}
