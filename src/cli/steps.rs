//! A ship in steps, for workflows that deploy with other tools.

use std::path::Path;

use clap::{Args, ValueEnum};

use crate::app::ship::{self, Begun};
use crate::render::ship as words;

use super::ship::{Target, Wait, WishArguments};
use super::voice::Voice;
use super::{Exit, output};

/// Take a ticket, and do not wait
#[derive(Debug, Args)]
pub(super) struct Admit {
    #[command(flatten)]
    target: Target,

    #[command(flatten)]
    wish: WishArguments,
}

/// Wait for the turn, take the lock and ask the gate: the deploy may begin after it
///
/// What the deploy needs is printed as NAME=VALUE, a line each.
#[derive(Debug, Args)]
pub(super) struct Begin {
    #[command(flatten)]
    target: Target,

    #[command(flatten)]
    wish: WishArguments,

    #[command(flatten)]
    wait: Wait,
}

/// Stop before a step that cannot be undone, unless the lock is still ours
#[derive(Debug, Args)]
pub(super) struct Fence {
    #[command(flatten)]
    target: Target,

    /// The fencing token. Default: that of AFTERCLICK_EPOCH
    #[arg(long, value_name = "N")]
    epoch: Option<u64>,
}

/// Say how the deploy ended: it is live, or not
#[derive(Debug, Args)]
pub(super) struct Finish {
    #[command(flatten)]
    target: Target,

    #[command(flatten)]
    wish: WishArguments,

    /// How it ended
    #[arg(long, value_enum, default_value_t)]
    status: Status,
}

/// Let go, wherever the ship stands: for a step that always runs
#[derive(Debug, Args)]
pub(super) struct Abort {
    #[command(flatten)]
    target: Target,

    #[command(flatten)]
    wish: WishArguments,
}

/// How a deploy ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Status {
    /// It did what it was to do
    #[default]
    Success,
    /// It did not
    Failure,
}

impl Admit {
    pub(super) fn run(self, dir: &Path) -> anyhow::Result<Exit> {
        let context = self.target.context(dir)?;
        let (ticket, state) = ship::admit(&context, &self.wish.request())?;
        let ahead = state.ahead_of(ticket);
        output::print(&format!(
            "Ticket {ticket} for {}, {ahead} ahead.\n",
            words::named(&context.environment)
        ))?;
        Ok(Exit::Done)
    }
}

impl Begin {
    pub(super) fn run(self, dir: &Path) -> anyhow::Result<Exit> {
        let context = self.target.context(dir)?;
        let mut request = self.wish.request();
        self.wait.into_request(&mut request);
        let mut voice = Voice::new(&context.environment, false);
        match ship::begin(&context, &request, &mut |told| voice.hear(told))? {
            Begun::Over(ship) => Ok(voice.end(&ship)),
            Begun::Deploy(variables) => {
                let lines = variables
                    .into_iter()
                    .map(|(name, value)| format!("{name}={value}\n"));
                output::print(&lines.collect::<String>())?;
                Ok(Exit::Done)
            }
        }
    }
}

impl Fence {
    pub(super) fn run(self, dir: &Path) -> anyhow::Result<Exit> {
        let context = self.target.context(dir)?;
        let given = || std::env::var("AFTERCLICK_EPOCH").ok()?.parse().ok();
        // Without a token there is no lock: the first has the number 1.
        ship::fence(&context, self.epoch.or_else(given).unwrap_or_default())?;
        Ok(Exit::Done)
    }
}

impl Finish {
    pub(super) fn run(self, dir: &Path) -> anyhow::Result<Exit> {
        let context = self.target.context(dir)?;
        let mut voice = Voice::new(&context.environment, false);
        let success = self.status == Status::Success;
        let mut hear = |told: &ship::Told<'_>| voice.hear(told);
        let ship = ship::finish(&context, &self.wish.request(), success, &mut hear)?;
        Ok(voice.end(&ship))
    }
}

impl Abort {
    pub(super) fn run(self, dir: &Path) -> anyhow::Result<Exit> {
        let context = self.target.context(dir)?;
        let request = self.wish.request();
        let reason = request.reason.as_deref().unwrap_or("the job ended");
        let (what, _) = ship::let_go(&context, reason)?;
        output::print(&format!("{what}\n"))?;
        Ok(Exit::Done)
    }
}
