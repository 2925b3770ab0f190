use std::path::Path;

use clap::Args;

use crate::app::setup::{self, Asked};
use crate::render;
use crate::setup::{ActionReference, Shipping};
use crate::ship::Environment;

use super::consent::Consent;
use super::{Exit, output};

/// Write the workflows and a commented policy into this repository
///
/// What would be written is shown first. A file that is there already stays, unless `init` wrote
/// it and nobody changed it since. `afterclick uninstall` takes everything back.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Also write a workflow that ships to this environment
    #[arg(long, value_name = "ENVIRONMENT")]
    ship: Option<Environment>,

    /// The deploy command of that workflow
    #[arg(
        long,
        value_name = "COMMAND",
        default_value = "./deploy.sh",
        requires = "ship"
    )]
    deploy: String,

    /// Wait for the reviewers of this environment before every ship
    #[arg(long, value_name = "ENVIRONMENT", requires = "ship")]
    approval: Option<Environment>,

    /// The branch that work starts from [default: what the remote says]
    #[arg(long, value_name = "BRANCH")]
    branch: Option<String>,

    /// How the workflows name the action, such as `afterclick/afterclick@COMMIT`
    #[arg(
        long,
        value_name = "ACTION",
        default_value = "afterclick/afterclick@v1"
    )]
    action: ActionReference,

    #[command(flatten)]
    consent: Consent,
}

impl Arguments {
    /// Runs the command.
    pub(super) fn run(self, dir: &Path) -> anyhow::Result<Exit> {
        let shipping = self.ship.map(|environment| Shipping {
            environment,
            approval: self.approval,
            command: self.deploy,
        });
        let asked = Asked {
            action: self.action,
            branch: self.branch,
            shipping,
        };
        let installing = setup::install(asked, dir)?;
        let color = output::style_of_stdout().color;
        output::print(&render::setup::install(&installing.files, color))?;
        if !installing.is_needed() {
            output::print("There is nothing to write.\n")?;
        } else if self.consent.given("Write these files?")? {
            installing.carry_out()?;
            output::print(&render::setup::installed(&installing.files))?;
        }
        Ok(Exit::Done)
    }
}
