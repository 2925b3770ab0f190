use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::app::policy::{self, Found, Place};
use crate::policy::schema;
use crate::render::policy::{json, text};

use super::Exit;

/// Print the policy in force and where each of its values comes from
///
/// A review follows `.afterclick.yml` as it stands on the base side, so that is what is shown.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Show the policy of a commit instead
    #[arg(long, value_name = "COMMIT", conflicts_with_all = ["file", "schema"])]
    at: Option<String>,

    /// Check a file instead, such as one that is not committed yet
    #[arg(long, value_name = "FILE", conflicts_with = "schema")]
    file: Option<PathBuf>,

    /// Print the JSON Schema of the file, for editors
    #[arg(long, conflicts_with = "format")]
    schema: bool,

    /// How to write the policy
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// How a policy is written.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Format {
    /// A line a key
    #[default]
    Text,
    /// JSON
    Json,
}

impl Arguments {
    /// Runs the command.
    pub(super) fn run(self, dir: &Path) -> anyhow::Result<Exit> {
        let out = match self.schema {
            true => schema(),
            false => self.in_force(dir)?,
        };
        let mut stdout = std::io::stdout().lock();
        stdout.write_all(out.as_bytes())?;
        stdout.flush()?;
        Ok(Exit::Done)
    }

    fn in_force(&self, dir: &Path) -> anyhow::Result<String> {
        let place = match (&self.at, &self.file) {
            (Some(commit), _) => Place::Commit(commit),
            (None, Some(file)) => Place::File(file),
            (None, None) => Place::Base,
        };
        let Found {
            policy,
            origin,
            today,
        } = policy::run(place, dir)?;
        match self.format {
            Format::Text => Ok(text(&policy, &origin, today)),
            Format::Json => Ok(json(&policy, &origin, today)?),
        }
    }
}
