use std::path::Path;

use clap::Args;

use crate::app::ship::Decision;
use crate::ledger::Timestamp;

use super::Exit;
use super::ledger::moment;
use super::ship::Target;

/// Let nobody ship to an environment, until somebody ends it
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,

    /// When it is meant to end: a day, or a time in UTC. It is shown, and ends nothing
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    until: Option<Timestamp>,

    /// A commit, or the name of somebody, that may ship all the same
    #[arg(long, value_name = "WHO")]
    allow: Vec<String>,

    #[command(flatten)]
    target: Target,
}

impl Arguments {
    /// Runs the command.
    pub(super) fn run(self, dir: &Path) -> anyhow::Result<Exit> {
        let decision = Decision::Freeze {
            reason: self.reason,
            until: self.until,
            allow: self.allow,
        };
        self.target.decide(dir, &decision, "Froze")
    }
}
