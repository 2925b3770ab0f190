use clap::Args;

use crate::render::checks::{list, list_json};
use crate::review::checks;

use super::format::Format;
use super::{Exit, output};

/// List the checks: what afterclick looks for
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// How to write the list
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Arguments {
    /// Runs the command.
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let checks: Vec<_> = checks::all().collect();
        output::print(&match self.format {
            Format::Text => list(&checks, output::style_of_stdout()),
            Format::Json => list_json(&checks)?,
        })?;
        Ok(Exit::Done)
    }
}
