use std::path::Path;

use clap::Args;

use crate::app::{environment, rollback};
use crate::render;
use crate::ship::Environment;

use super::Exit;
use super::ledger::Which;
use super::output::{print, style_of_stdout};

/// Go back to something that was live and well, or say what that would mean
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The environment
    #[arg(long, short, value_name = "NAME")]
    environment: Environment,

    /// Where to: the number of a ticket, or a commit; without it, what was live before
    #[arg(long, value_name = "TICKET|COMMIT")]
    to: Option<String>,

    /// Say what going back means, and do nothing
    #[arg(long)]
    plan: bool,

    #[command(flatten)]
    which: Which,

    /// Print the plan as JSON
    #[arg(long, requires = "plan")]
    json: bool,
}

impl Arguments {
    /// Runs the command.
    pub(super) fn run(self, dir: &Path) -> anyhow::Result<Exit> {
        let place = self.which.place(dir)?;
        let (mut ledger, view) = environment::open(dir, &place, self.which.ask())?;
        let state = environment::state(&mut ledger, view.as_ref(), &self.environment)?;
        let to = rollback::to(dir, self.to.as_deref())?;
        let plan = rollback::plan(dir, &state, &to)?;
        let text = match self.json {
            true => render::rollback::json(&plan)?,
            false => render::rollback::text(&plan, style_of_stdout()),
        };
        print(&text)?;
        Ok(Exit::Done)
    }
}
