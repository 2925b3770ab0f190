use std::path::Path;

use clap::Args;

use crate::app::setup;
use crate::render;

use super::consent::Consent;
use super::{Exit, output};

/// Take back what `init` wrote into this repository
///
/// A file that was edited since stays, and is named. The ledger's branch stays too: it is a record.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    consent: Consent,
}

impl Arguments {
    /// Runs the command.
    pub(super) fn run(self, dir: &Path) -> anyhow::Result<Exit> {
        let removing = setup::uninstall(dir)?;
        let color = output::style_of_stdout().color;
        output::print(&render::setup::uninstall(&removing.files, color))?;
        if !removing.is_needed() {
            output::print("There is nothing to take back.\n")?;
        } else if self.consent.given("Remove these files?")? {
            removing.carry_out()?;
            output::print(&render::setup::uninstalled(&removing.files))?;
        }
        Ok(Exit::Done)
    }
}
