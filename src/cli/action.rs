use std::path::Path;

use clap::Args;

use crate::app::action::{self, Outcome, Request};
use crate::ship::Outcome as End;

use super::voice::Voice;
use super::{Exit, output, report};

/// Do what a workflow on GitHub asks for: this is the Action's own command
///
/// It reads the event and everything else from the environment of a workflow. See docs/github.md.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// What to do: review, admit, approve, ship, release, command, sweep or sync-board
    ///
    /// Without it, AFTERCLICK_MODE counts, and then what the event asks for.
    #[arg(long)]
    mode: Option<String>,
}

impl Arguments {
    /// Runs the command.
    pub(super) fn run(self, dir: &Path) -> anyhow::Result<Exit> {
        let request = Request { mode: self.mode };
        let mut voice: Option<Voice> = None;
        let Outcome {
            log,
            verdict,
            ship,
            failure,
        } = action::run(&request, dir, &mut |environment, told| {
            voice
                .get_or_insert_with(|| Voice::new(environment, false))
                .hear(told);
        })?;
        output::print(&log)?;
        if let Some((environment, ship)) = ship {
            let voice = voice.unwrap_or_else(|| Voice::new(&environment, false));
            let exit = voice.end(&ship);
            // To stand aside for a freeze, or for a job that waits behind this one, is no failure: the
            // job would be red for nothing that anybody did. The steps after it ask for `outcome`.
            return Ok(match ship.outcome {
                End::Aside { .. } => Exit::Done,
                _ => exit,
            });
        }
        match (failure, verdict) {
            (Some(error), _) => Ok(report::failure(&error)),
            (None, Some(verdict)) => Ok(verdict.into()),
            (None, None) => Ok(Exit::Done),
        }
    }
}
