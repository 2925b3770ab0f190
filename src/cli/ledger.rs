//! What the commands that read or write the ledger have in common.

use std::path::Path;
use std::time::Duration;

use clap::Args;

use crate::app::ledger::{self, Place, Surroundings};
use crate::app::log::Ask;
use crate::ledger::Timestamp;

/// Which ledger.
#[derive(Debug, Clone, Args)]
pub(super) struct Where {
    /// The remote that the ledger is on
    ///
    /// Without it: the one that the policy names, or that the current branch follows, or origin.
    #[arg(long, value_name = "NAME")]
    remote: Option<String>,
}

/// Which ledger, and whether the remote is asked for it.
#[derive(Debug, Clone, Args)]
pub(super) struct Which {
    #[command(flatten)]
    place: Where,

    /// Read what this clone saw last, and ask nobody
    #[arg(long)]
    offline: bool,
}

impl Where {
    /// The place, where the policy of the base names what is not said here.
    pub(super) fn place(&self, dir: &Path) -> anyhow::Result<Place> {
        let place = ledger::place(dir)?;
        Ok(Place {
            remote: self.remote.clone().or(place.remote),
            ..place
        })
    }
}

impl Which {
    pub(super) fn place(&self, dir: &Path) -> anyhow::Result<Place> {
        self.place.place(dir)
    }

    pub(super) fn ask(&self) -> Ask {
        match self.offline {
            true => Ask::Nobody,
            false => Ask::Remote,
        }
    }
}

/// What the environment of this process says about who it works for.
pub(super) fn surroundings() -> Surroundings {
    Surroundings::read(|name| std::env::var(name).ok())
}

/// A moment as it is typed: a day, a time in UTC, or how long ago, such as `7d`, `24h` or `30m`.
pub(super) fn moment(text: &str) -> Result<Timestamp, String> {
    if let Ok(moment) = text.parse() {
        return Ok(moment);
    }
    let wrong = || "write a day, a time such as 2026-11-21T17:55:02Z, or 7d, 24h or 30m".to_owned();
    let unit = text.chars().next_back().ok_or_else(wrong)?;
    let seconds = match unit {
        'd' => 86_400,
        'h' => 3_600,
        'm' => 60,
        _ => return Err(wrong()),
    };
    let count: u64 = text[..text.len() - 1].parse().map_err(|_| wrong())?;
    let ago = Duration::from_secs(count.saturating_mul(seconds)).as_millis();
    let ago = u64::try_from(ago).unwrap_or(u64::MAX);
    Ok(Timestamp::from_millis(
        ledger::now().millis().saturating_sub(ago),
    ))
}
