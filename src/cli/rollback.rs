use std::ffi::OsString;
use std::path::Path;

use clap::Args;

use crate::app::ledger::Place;
use crate::app::ship::{Context, Request, Told, back, workflow_run};
use crate::app::{access, environment, rollback};
use crate::render;
use crate::ship::{Environment, Priority};

use super::Exit;
use super::ledger::{Which, surroundings};
use super::output::{print, style_of_stdout};
use super::voice::Voice;

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

    /// Why; it is recorded, and stands in the freeze that follows
    #[arg(long, value_name = "TEXT", required_unless_present = "plan")]
    reason: Option<String>,

    /// Print what would happen now, and do none of it
    #[arg(long, conflicts_with = "plan")]
    dry_run: bool,

    /// Print the plan as JSON
    #[arg(long, requires = "plan")]
    json: bool,

    /// The deploy command and its arguments
    #[arg(last = true, required_unless_present = "plan", value_name = "COMMAND")]
    command: Vec<OsString>,
}

impl Arguments {
    /// Runs the command.
    pub(super) fn run(self, dir: &Path) -> anyhow::Result<Exit> {
        let place = self.which.place(dir)?;
        if !self.plan {
            return self.go_back(dir, place);
        }
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

    fn go_back(self, dir: &Path, place: Place) -> anyhow::Result<Exit> {
        let context = Context {
            dir: dir.to_owned(),
            place,
            surroundings: surroundings(),
            workflow: workflow_run(|name| std::env::var(name).ok()),
            github: access(&|name| std::env::var(name).ok()),
            environment: self.environment,
            behalf: None,
            origin: None,
        };
        let request = Request {
            commit: String::new(),
            pr: None,
            priority: Priority::Rollback,
            reason: self.reason,
            acknowledge: None,
            undoes: None,
            wait: None,
            in_group: false,
            command: self.command,
        };
        let mut voice = Voice::new(&context.environment, self.dry_run);
        let mut hear = |told: &Told<'_>| voice.hear(told);
        let to = self.to.as_deref();
        let ship = back(&context, request, to, self.dry_run, &mut hear)?;
        Ok(voice.end(&ship))
    }
}
