use std::path::{Path, PathBuf};

use clap::Args;

use crate::app::review::{self, Reviewed};
use crate::app::source::Source;

use super::output::Output;
use super::progress::Bar;
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

    #[command(flatten)]
    output: Output,
}

impl Arguments {
    /// Runs the command.
    pub(super) fn run(self, dir: &Path) -> anyhow::Result<Exit> {
        let output = self.output.clone();
        let bar = Bar::new();
        let Reviewed { record, note } =
            review::run(&self.source(), dir, &|done, files| bar.hear(done, files))?;
        drop(bar);
        if let Some(note) = note {
            report::note(&note);
        }
        output.write(&record, dir)?;
        Ok(record.verdict.into())
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
