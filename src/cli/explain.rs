use clap::Args;

use crate::app::Failure;
use crate::render::checks::{explain, find, nearest};
use crate::review::checks;

use super::{Exit, output};

/// Explain a check: what it does, why it matters, what to do instead
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The check, such as auth/guard-removed
    check: String,
}

impl Arguments {
    /// Runs the command.
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let checks: Vec<_> = checks::all().collect();
        let Some(check) = find(&self.check, &checks) else {
            return Err(Failure::UnknownCheck {
                nearest: nearest(&self.check, &checks),
                check: self.check,
            }
            .into());
        };
        output::print(&explain(check, output::style_of_stdout()))?;
        Ok(Exit::Done)
    }
}
