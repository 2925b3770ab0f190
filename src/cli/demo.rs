use std::path::Path;

use clap::Args;

use crate::app::demo::{self, Played};
use crate::render;

use super::{Exit, output};

/// See it work: a change to payments on a Friday evening
///
/// It plays in a throwaway repository in the folder for temporary files.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Keep the repository, and say where it is
    #[arg(long)]
    keep: bool,
}

impl Arguments {
    /// Runs the command.
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let Played { record, kept } = demo::run(self.keep)?;
        let kept = kept.map(|folder| folder.display().to_string());
        let story = render::demo::render(
            &record,
            output::style_of_stdout(),
            &program(),
            kept.as_deref(),
        );
        output::print(&story)?;
        Ok(Exit::Done)
    }
}

/// What to type to start this program again, from any folder.
fn program() -> String {
    let typed = std::env::args_os().next().unwrap_or_default();
    let is_on_path = Path::new(&typed).components().count() <= 1;
    match std::env::current_exe() {
        Ok(place) if !is_on_path => place.display().to_string(),
        _ => "afterclick".to_owned(),
    }
}
