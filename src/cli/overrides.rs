use std::path::Path;

use clap::Args;

use crate::app::decide::{self, Decided, Request};
use crate::app::source::Source;
use crate::render::record;

use super::ledger::{Where, surroundings};
use super::{Exit, output};

/// Decide to ship a concern anyway, with a reason that stays in the ledger
///
/// The decision holds for this concern and for the tree of the head commit: with the next change of
/// a file it is open again. Agents cannot decide, and where the policy says so, neither can the
/// author of the change.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The concern's fingerprint, or its beginning, as a review shows it
    fingerprint: String,

    /// The commits that were reviewed, as for `review`. Default: the current branch
    #[arg(value_name = "RANGE")]
    range: Option<String>,

    /// Why it ships
    #[arg(long, value_name = "TEXT")]
    reason: String,

    #[command(flatten)]
    place: Where,
}

impl Arguments {
    /// Runs the command.
    pub(super) fn run(self, dir: &Path) -> anyhow::Result<Exit> {
        let place = self.place.place(dir)?;
        let request = Request {
            fingerprint: &self.fingerprint,
            reason: &self.reason,
            source: self.range.map_or(Source::Branch, Source::Range),
            surroundings: surroundings(),
        };
        let Decided { decision, by } = decide::run(dir, &place, &request)?;
        output::print(&record::decided(&decision, &by))?;
        Ok(Exit::Done)
    }
}
