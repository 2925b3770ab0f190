use std::path::Path;

use clap::Args;

use crate::app::demo::{self, Scene};
use crate::render;

use super::{Exit, output};

/// See it work: a change to payments on a Friday evening, and who ships first
///
/// It plays in throwaway repositories in the folder for temporary files.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Keep the repositories, and say where they are
    #[arg(long)]
    keep: bool,
}

impl Arguments {
    /// Runs the command.
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let style = output::style_of_stdout();
        let kept = demo::run(self.keep, &mut |scene| {
            output::print(&match scene {
                Scene::Reviewed(review) => render::demo::review(review, style),
                Scene::Acts(act) => render::demo::act(act.told, act.command, &act.said, style),
            })
        })?;
        let kept = kept.map(|folder| folder.display().to_string());
        output::print(&render::demo::end(style, &program(), kept.as_deref()))?;
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
