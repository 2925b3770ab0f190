use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::app::review::{Reviewed, review};
use crate::app::source::Source;
use crate::review::record::Review;

use super::{Exit, report};

/// Review a change: say what it weakens, or ship it in silence
///
/// Without an argument: what the current branch adds to the default branch of its remote.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// What to review
    ///
    /// BASE..HEAD compares two commits as they are. BASE...HEAD is what HEAD gained since it left
    /// BASE; BASE alone is the same up to the current commit. COMMIT^! is one commit against its
    /// first parent.
    #[arg(value_name = "RANGE", conflicts_with_all = ["staged", "worktree", "no_index"])]
    range: Option<String>,

    /// Review what is staged for the next commit
    #[arg(long, conflicts_with_all = ["worktree", "no_index"])]
    staged: bool,

    /// Review the files as they lie in the working tree, new ones too
    #[arg(long, conflicts_with = "no_index")]
    worktree: bool,

    /// Review one folder against another, without git
    #[arg(long, num_args = 2, value_names = ["BEFORE", "AFTER"])]
    no_index: Option<Vec<PathBuf>>,

    /// How to write the result
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// How a result is written.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Format {
    /// The record as JSON
    #[default]
    Json,
}

impl Arguments {
    /// Runs the command.
    pub(super) fn run(self, dir: &Path) -> anyhow::Result<Exit> {
        let format = self.format;
        let Reviewed { record, note } = review(&self.source(), dir)?;
        if let Some(note) = note {
            report::note(&note);
        }
        let exit = record.verdict.into();
        match print(&record, format) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(exit),
            Err(error) => Err(error.into()),
            Ok(()) => Ok(exit),
        }
    }

    fn source(self) -> Source {
        if let Some([before, after]) = self.no_index.as_deref() {
            return Source::Folders {
                before: before.clone(),
                after: after.clone(),
            };
        }
        match self.range {
            Some(range) => Source::Range(range),
            None if self.staged => Source::Staged,
            None if self.worktree => Source::WorkingTree,
            None => Source::Branch,
        }
    }
}

fn print(record: &Review, format: Format) -> std::io::Result<()> {
    let text = match format {
        Format::Json => serde_json::to_string_pretty(record)?,
    };
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{text}")?;
    stdout.flush()
}
