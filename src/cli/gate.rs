use std::path::Path;

use clap::Args;

use crate::app::gate::{self, Question};
use crate::render;
use crate::ship::Environment;
use crate::ship::gate::{Acknowledgement, Outcome};

use super::Exit;
use super::ledger::Which;
use super::output::{print, style_of_stdout};

/// Ask the rebase gate whether a commit could ship, without shipping it
///
/// Nothing is locked, written or deployed. It needs the history of this clone and nothing else;
/// run `git fetch` first where others work on the same branches.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The environment
    #[arg(long, short, value_name = "NAME")]
    environment: Environment,

    /// The commit that would ship
    #[arg(long, value_name = "COMMIT", default_value = "HEAD")]
    sha: String,

    /// The commit that is live, where the ledger is not to be asked
    #[arg(long, value_name = "COMMIT")]
    live: Option<String>,

    /// What the gate's answer calls these two commits, to see what a decision would change
    #[arg(long, value_name = "KEY")]
    acknowledge: Option<String>,

    #[command(flatten)]
    which: Which,

    /// Print the verdict as JSON
    #[arg(long)]
    json: bool,
}

impl Arguments {
    /// Runs the command.
    pub(super) fn run(self, dir: &Path) -> anyhow::Result<Exit> {
        let mut question = match self.live {
            Some(live) => Question::new(self.environment, Some(live), self.sha),
            None => {
                let place = self.which.place(dir)?;
                let ledger = (&place, self.which.ask());
                gate::from_ledger(dir, ledger, self.environment, self.sha)?
            }
        };
        question.acknowledgement = self.acknowledge.map(|key| Acknowledgement {
            key,
            reason: "as asked".to_owned(),
        });
        let gate = gate::run(dir, &question)?;
        let text = match self.json {
            true => render::gate::json(&gate)?,
            false => render::gate::text(&gate, &question.environment, style_of_stdout()),
        };
        print(&text)?;
        Ok(match gate.outcome {
            Outcome::Passes | Outcome::Neutral => Exit::Done,
            Outcome::Held => Exit::Held,
            Outcome::Freezes => Exit::Waiting,
        })
    }
}
