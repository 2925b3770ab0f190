use std::io::{self, IsTerminal, Write};

use clap::Args;

use crate::app::Failure;

/// Whether files may be written.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Consent {
    /// Do it without asking
    #[arg(long, short)]
    yes: bool,

    /// Show what would be done, and do nothing
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
}

impl Consent {
    /// Asks, where there is somebody to ask. What would be done was shown before.
    ///
    /// # Errors
    /// [`Failure::NotAgreed`] where nobody can be asked, or the answer is no.
    pub(super) fn given(self, question: &str) -> Result<bool, Failure> {
        if self.yes || self.dry_run {
            return Ok(self.yes);
        }
        if !io::stdin().is_terminal() {
            return Err(Failure::NotAgreed);
        }
        // Where nobody listens, nobody agrees either.
        let _ = write!(anstream::stderr().lock(), "{question} [y/N] ");
        let mut answer = String::new();
        let heard = io::stdin().read_line(&mut answer).is_ok();
        match heard && matches!(answer.trim(), "y" | "Y" | "yes") {
            true => Ok(true),
            false => Err(Failure::NotAgreed),
        }
    }
}
