//! Replays a story in throwaway repositories: a change to payments on a Friday evening, and two
//! that want to ship at the same time.

mod ships;

use std::io;
use std::path::PathBuf;

use crate::git::{Draft, make_repository};
use crate::review::record::Review;

use super::Failure;
use super::folder::Folder;
use super::review::{self, Reviewed};
use super::source::Source;

pub use ships::Act;

macro_rules! fixture {
    ($path:literal) => {
        include_str!(concat!("../../../fixtures/demo/", $path))
    };
}

const INCIDENT: &str = ".afterclick/incidents/double-charge.md";
const CHARGE: &str = "src/charge.ts";
const PRICES: &str = "src/prices.ts";

/// The shop.
const OPENED: Draft<'static> = Draft {
    branch: "main",
    message: "Open the shop",
    author: "Mira",
    at: 1_767_600_000, // Monday, 5 January 2026, 09:00
    zone: ZONE,
    files: &[
        (CHARGE, fixture!("before/src/charge.ts")),
        ("src/shop.ts", fixture!("before/src/shop.ts")),
        ("deploy.sh", fixture!("shop/deploy.sh")),
        (".afterclick.yml", fixture!("shop/afterclick.yml")),
    ],
};

/// The evening that it remembers.
const REMEMBERED: Draft<'static> = Draft {
    branch: "main",
    message: "Write down what happened on the 14th",
    author: "Mira",
    at: 1_773_738_000, // Tuesday, 17 March 2026, 10:00
    zone: ZONE,
    files: &[(
        INCIDENT,
        fixture!("before/.afterclick/incidents/double-charge.md"),
    )],
};

/// The clock is an hour ahead of UTC.
const ZONE: &str = "+0100";

/// The repository of an agent: the change that drops the key, and the one that puts it back.
const AGENT: [Draft<'static>; 4] = [
    OPENED,
    REMEMBERED,
    Draft {
        branch: "faster-checkout",
        message: "Give up on slow charges after two seconds",
        author: "Agent",
        at: 1_795_193_700, // Friday, 20 November 2026, 17:55
        zone: ZONE,
        files: &[(CHARGE, fixture!("after/src/charge.ts"))],
    },
    Draft {
        branch: "faster-checkout-again",
        message: "Give up on slow charges, and keep their key",
        author: "Agent",
        at: 1_795_194_300, // ten minutes later
        zone: ZONE,
        files: &[(CHARGE, fixture!("mended/src/charge.ts"))],
    },
];

/// The repository of Ada: what she has landed meanwhile, and what comes next.
const ADA: [Draft<'static>; 4] = [
    OPENED,
    REMEMBERED,
    Draft {
        branch: "main",
        message: "Show prices with taxes",
        author: "Ada",
        at: 1_795_193_400, // Friday, 20 November 2026, 17:50
        zone: ZONE,
        files: &[(PRICES, fixture!("shop/taxes.ts"))],
    },
    Draft {
        branch: "round-prices",
        message: "Round prices to whole cents",
        author: "Ada",
        at: 1_795_194_600, // quarter of an hour later
        zone: ZONE,
        files: &[(PRICES, fixture!("shop/rounded.ts"))],
    },
];

/// What is told, while it happens.
pub enum Scene {
    /// The change is reviewed.
    Reviewed(Box<Review>),
    /// Somebody does something.
    Acts(Act),
}

/// Is told the scenes.
pub type Hear<'a> = &'a mut dyn FnMut(&Scene) -> io::Result<()>;

/// Plays the story, and tells it scene by scene. Gives the folder of the agent's repository, where
/// all of it is to be kept.
///
/// # Errors
/// A [`Failure`], with a hint, or one of the operating system.
pub fn run(keep: bool, hear: Hear<'_>) -> anyhow::Result<Option<PathBuf>> {
    let folder = Folder::new(&std::env::temp_dir(), "demo")?;
    let [agent, ada] = ["agent", "ada"].map(|name| folder.path().join(name));
    for (place, drafts) in [(&agent, &AGENT), (&ada, &ADA)] {
        std::fs::create_dir(place)?;
        make_repository(place, drafts).map_err(Failure::from)?;
    }
    let source = Source::Scratch("main...faster-checkout".to_owned());
    let Reviewed { record, .. } = review::run(&source, &agent, &|_, _| {})?;
    hear(&Scene::Reviewed(Box::new(record)))?;
    // The deploys of the story are scripts for a shell.
    if cfg!(unix) {
        ships::play(folder.path(), hear)?;
    }
    Ok(keep.then(|| folder.keep().join("agent")))
}
