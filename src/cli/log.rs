use std::path::Path;

use clap::{Args, ValueEnum};

use crate::app::log::log;
use crate::ledger::{Filter, Timestamp};
use crate::render::log::{json, text};
use crate::ship::Environment;

use super::ledger::{Which, moment};
use super::{Exit, output};

/// Show what the ledger says happened, the newest first
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Only ships to this environment
    #[arg(long, value_name = "NAME")]
    environment: Option<Environment>,

    /// Only what this person, agent or bot did
    #[arg(long, value_name = "NAME")]
    actor: Option<String>,

    /// Only what is about this file or folder
    #[arg(long, value_name = "PATH")]
    path: Option<String>,

    /// Only this kind of event, such as ship.commit, or all of ship
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,

    /// Only since this day or time in UTC, or so long ago, such as 7d or 24h
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    since: Option<Timestamp>,

    /// Only before this day or time in UTC, or so long ago
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    until: Option<Timestamp>,

    /// At most so many events
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,

    /// How to write them
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    #[command(flatten)]
    which: Which,
}

/// How events are written.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Format {
    /// A line an event
    #[default]
    Text,
    /// The events as the ledger has them, a JSON object a line
    Json,
}

impl Arguments {
    /// Runs the command.
    pub(super) fn run(self, dir: &Path) -> anyhow::Result<Exit> {
        let filter = Filter {
            stream: self.environment.as_ref().map(Environment::stream),
            actor: self.actor,
            kind: self.kind,
            path: self.path,
            since: self.since,
            until: self.until,
        };
        let place = self.which.place(dir)?;
        let events = log(dir, &place, self.which.ask(), &filter, self.limit)?;
        output::print(&match self.format {
            Format::Text => text(&events, output::style_of_stdout()),
            Format::Json => json(&events),
        })?;
        Ok(Exit::Done)
    }
}
