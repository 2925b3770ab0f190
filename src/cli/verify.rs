use std::path::Path;

use clap::Args;

use crate::app::Failure;
use crate::app::ledger::LedgerFailure;
use crate::app::log::verify;
use crate::render::log::{report, report_json};

use super::format::Format;
use super::ledger::Which;
use super::{Exit, output, report as failure};

/// Check the whole ledger: that nothing in it was changed or taken away
///
/// Checks the chain of every stream, the state of every environment against its events, and that
/// nothing which a commit of the ledger ever recorded was changed by a later one. Ends with 1 where
/// something is wrong, and says since when, by whose commit, what still holds, and what puts it
/// right.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// How to write what was found
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    #[command(flatten)]
    which: Which,
}

impl Arguments {
    /// Runs the command.
    pub(super) fn run(self, dir: &Path) -> anyhow::Result<Exit> {
        let place = self.which.place(dir)?;
        let found = match verify(dir, &place, self.which.ask()) {
            Ok(found) => found,
            // That is what it was asked for, and no failure to answer.
            Err(Failure::Ledger(
                gone @ (LedgerFailure::Vanished { .. } | LedgerFailure::Rewritten { .. }),
            )) => {
                failure::failure(&Failure::from(gone).into());
                return Ok(Exit::Held);
            }
            Err(other) => return Err(other.into()),
        };
        output::print(&match self.format {
            Format::Text => report(&found, output::style_of_stdout()),
            Format::Json => report_json(&found)?,
        })?;
        Ok(match found.holds() {
            true => Exit::Done,
            false => Exit::Held,
        })
    }
}
