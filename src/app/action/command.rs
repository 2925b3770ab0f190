//! The mode `command`.

use std::path::Path;

use crate::action::Event;

use super::Outcome;
use super::context::Context;
use super::notes::Notes;

/// Answers a command in a comment.
///
/// # Errors
/// A [`Failure`], where nothing could be done at all.
pub(super) fn run(
    _context: &Context,
    _event: &Event,
    _dir: &Path,
    mut notes: Notes,
) -> anyhow::Result<Outcome> {
    notes.say("later");
    Ok(notes.end(None, None))
}
