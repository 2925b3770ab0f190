use std::path::Path;

use clap::{Args, ValueEnum};

use crate::app::board;
use crate::render::board::{json, markdown, text};

use super::Exit;
use super::ledger::Which;
use super::output::{print, style_of_stdout};

/// Show every change and where it stands: local, staging, gated or live
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// How to write the board
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    #[command(flatten)]
    which: Which,
}

/// How the board is written.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Format {
    /// Words for a person
    #[default]
    Text,
    /// JSON
    Json,
    /// Markdown
    Markdown,
}

impl Arguments {
    /// Runs the command.
    pub(super) fn run(self, dir: &Path) -> anyhow::Result<Exit> {
        let board = board::run(dir, &self.which.place(dir)?, self.which.ask())?;
        let words = match self.format {
            Format::Text => text(&board, style_of_stdout()),
            Format::Json => json(&board)?,
            Format::Markdown => markdown(&board),
        };
        print(&words)?;
        Ok(Exit::Done)
    }
}
