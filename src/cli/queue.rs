use std::path::Path;

use clap::Args;

use crate::app::ledger::now;
use crate::app::ship::look;
use crate::render::ship::{json, queue};
use crate::ship::Environment;

use super::format::Format;
use super::ledger::{Where, surroundings};
use super::{Exit, output};

/// Show what is live, who holds the deploy lock and who waits
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Only this environment
    #[arg(long, short, value_name = "NAME")]
    environment: Option<Environment>,

    /// How to write it
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    #[command(flatten)]
    ledger: Where,
}

impl Arguments {
    /// Runs the command.
    pub(super) fn run(self, dir: &Path) -> anyhow::Result<Exit> {
        let place = self.ledger.place(dir)?;
        let states = look(dir, &place, &surroundings(), self.environment.as_ref())?;
        let style = output::style_of_stdout();
        let texts = states.iter().map(|state| queue(state, now(), style));
        output::print(&match self.format {
            Format::Text => texts.collect::<Vec<_>>().join("\n"),
            Format::Json => json(&states),
        })?;
        Ok(Exit::Done)
    }
}
