use std::path::Path;

use clap::{Args, ValueEnum};

use crate::app::doctor::{self, Examined};
use crate::doctor::{Protected, ruleset};
use crate::ledger;
use crate::render::diff::unified;
use crate::render::doctor::{json, sarif, text};

use super::consent::Consent;
use super::{Exit, output};

/// Say what is wrong with the workflows here, and how to mend it
///
/// It looks for what makes deploys overtake, cancel or lose each other, and for what keeps
/// afterclick from doing its work. What it could not read it lists, and claims nothing about.
/// It ends with 1 where something has to be mended.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Mend the workflows where a small change does it, and show the changes first
    #[arg(long)]
    fix: bool,

    #[command(flatten)]
    consent: Consent,

    /// The repository on GitHub, which is asked about its rules where GITHUB_TOKEN is set. Default:
    /// that of GITHUB_REPOSITORY
    #[arg(long, value_name = "OWNER/NAME")]
    repository: Option<String>,

    /// How to write the findings
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    /// Print a ruleset for GitHub to import, and nothing else
    #[arg(long, value_enum, value_name = "BRANCH", conflicts_with_all = ["fix", "format"])]
    ruleset: Option<Branch>,
}

/// How findings are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Words for a person
    #[default]
    Text,
    /// JSON
    Json,
    /// SARIF 2.1.0, for code scanning and editors
    Sarif,
}

/// Which branch a ruleset is for.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Branch {
    /// The branch that ships
    Main,
    /// The ledger's
    Ledger,
}

impl Arguments {
    /// Runs the command.
    pub(super) fn run(self, dir: &Path) -> anyhow::Result<Exit> {
        if let Some(branch) = self.ruleset {
            let which = match branch {
                Branch::Main => Protected::Main,
                Branch::Ledger => Protected::Ledger,
            };
            output::print(&ruleset(which, ledger::BRANCH)?)?;
            return Ok(Exit::Done);
        }
        let examined = doctor::examine(dir, self.repository.clone())?;
        let report = &examined.report;
        output::print(&match self.format {
            Format::Text => text(report, output::style_of_stdout()),
            Format::Json => json(report)?,
            Format::Sarif => sarif(report)?,
        })?;
        let still_broken = match self.fix {
            true => self.mend(&examined)?,
            false => report.has_errors(),
        };
        Ok(match still_broken {
            true => Exit::Held,
            false => Exit::Done,
        })
    }

    /// Shows the changes, asks, and makes them; whether something is left to mend.
    fn mend(&self, examined: &Examined) -> anyhow::Result<bool> {
        let fixes = examined.fixes();
        if fixes.is_empty() {
            output::print("There is nothing that a small change mends.\n")?;
            return Ok(examined.report.has_errors());
        }
        let color = output::style_of_stdout().color;
        for fixed in &fixes {
            let (before, after) = (Some(fixed.file.text.as_str()), Some(fixed.text.as_str()));
            output::print(&unified(&fixed.file.path, before, after, color))?;
        }
        if !self.consent.given("Make these changes?")? {
            return Ok(examined.report.has_errors());
        }
        examined.carry_out(&fixes)?;
        let left = examined.left(&fixes);
        let mended: usize = fixes.iter().map(|it| it.mended).sum();
        output::print(&format!("Mended {mended}, left {}.\n", left.len()))?;
        let is_error = |it: &&crate::doctor::Finding| it.level == crate::doctor::Level::Error;
        Ok(left.iter().any(is_error))
    }
}
