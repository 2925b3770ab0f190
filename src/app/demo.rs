//! Replays a story in a throwaway repository: a change to payments on a Friday evening.

use std::path::PathBuf;

use crate::git::{Draft, make_repository};
use crate::review::record::Review;

use super::Failure;
use super::folder::Folder;
use super::review::{self, Reviewed};
use super::source::Source;

macro_rules! fixture {
    ($path:literal) => {
        include_str!(concat!("../../fixtures/demo/", $path))
    };
}

const INCIDENT: &str = ".afterclick/incidents/double-charge.md";
const CHARGE: &str = "src/charge.ts";

/// The shop, the evening that it remembers, and the change. The clock is an hour ahead of UTC.
const STORY: [Draft<'static>; 3] = [
    Draft {
        branch: "main",
        message: "Open the shop",
        author: "Mira",
        at: 1_767_600_000, // Monday, 5 January 2026, 09:00
        zone: "+0100",
        files: &[
            (CHARGE, fixture!("before/src/charge.ts")),
            ("src/shop.ts", fixture!("before/src/shop.ts")),
        ],
    },
    Draft {
        branch: "main",
        message: "Write down what happened on the 14th",
        author: "Mira",
        at: 1_773_738_000, // Tuesday, 17 March 2026, 10:00
        zone: "+0100",
        files: &[(
            INCIDENT,
            fixture!("before/.afterclick/incidents/double-charge.md"),
        )],
    },
    Draft {
        branch: "faster-checkout",
        message: "Give up on slow charges after two seconds",
        author: "Agent",
        at: 1_795_193_700, // Friday, 20 November 2026, 17:55
        zone: "+0100",
        files: &[(CHARGE, fixture!("after/src/charge.ts"))],
    },
];

/// The story, played.
pub struct Played {
    /// What the review of the last commit says.
    pub record: Review,
    /// Where the repository is, if it was kept.
    pub kept: Option<PathBuf>,
}

/// Makes the repository, reviews its last commit, and removes it unless it is to be kept.
///
/// # Errors
/// A [`Failure`], with a hint, or one of the operating system.
pub fn run(keep: bool) -> anyhow::Result<Played> {
    let folder = Folder::new(&std::env::temp_dir(), "demo")?;
    make_repository(folder.path(), &STORY).map_err(Failure::from)?;
    let source = Source::Scratch("main...faster-checkout".to_owned());
    let Reviewed { record, .. } = review::run(&source, folder.path(), &|_, _| {})?;
    let kept = keep.then(|| folder.keep());
    Ok(Played { record, kept })
}
