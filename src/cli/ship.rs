use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use crate::app::access;
use crate::app::ship::{Context, Decision, Request, decide, run, workflow_run};
use crate::render::ship::decided;
use crate::ship::{Environment, Priority};

use super::ledger::{Where, surroundings};
use super::steps;
use super::voice::Voice;
use super::{Exit, output};

/// Ship one commit to an environment: ticket, lock, gate, your deploy command, live or not
///
/// It waits for its turn, takes the deploy lock, and runs the command only where the commit contains
/// what is live. The command finds AFTERCLICK_EPOCH, AFTERCLICK_TICKET, AFTERCLICK_SHA,
/// AFTERCLICK_BASE_LIVE and AFTERCLICK_ENVIRONMENT in its environment.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    step: Option<Step>,

    #[command(flatten)]
    whole: Whole,
}

#[derive(Debug, Subcommand)]
enum Step {
    Admit(steps::Admit),
    Begin(steps::Begin),
    Fence(steps::Fence),
    Finish(steps::Finish),
    Abort(steps::Abort),
}

#[derive(Debug, Args)]
struct Whole {
    /// The environment
    #[arg(long, short, value_name = "NAME", required = true)]
    environment: Option<Environment>,

    #[command(flatten)]
    ledger: Where,

    #[command(flatten)]
    wish: WishArguments,

    #[command(flatten)]
    wait: Wait,

    /// Print what would happen now, and do none of it
    #[arg(long)]
    dry_run: bool,

    /// The deploy command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// Where to ship.
#[derive(Debug, Clone, Args)]
pub(super) struct Target {
    /// The environment
    #[arg(long, short, value_name = "NAME")]
    environment: Environment,

    #[command(flatten)]
    ledger: Where,
}

/// What to ship.
#[derive(Debug, Clone, Args)]
pub(super) struct WishArguments {
    /// The commit
    #[arg(long, value_name = "COMMIT", default_value = "HEAD")]
    sha: String,

    /// The pull request that it came from
    #[arg(long, value_name = "NUMBER")]
    pr: Option<u64>,

    /// Who goes first
    #[arg(long, value_enum, default_value_t, requires_if("hotfix", "reason"))]
    priority: First,

    /// Why it goes first, or why it is right in spite of what the gate found
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,

    /// What the gate's answer calls the two commits that are right all the same
    #[arg(long, value_name = "KEY", requires = "reason")]
    acknowledge: Option<String>,
}

/// How long to wait.
#[derive(Debug, Clone, Args)]
pub(super) struct Wait {
    /// Wait at most so long for the turn; 0 does not wait. Default: without end
    #[arg(long, value_name = "SECONDS")]
    wait: Option<u64>,

    /// The job holds GitHub's concurrency group of the environment: wait for none that stands behind
    /// it there
    #[arg(long)]
    in_group: bool,
}

/// Who goes first.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum First {
    /// In the order of tickets
    #[default]
    Normal,
    /// Before all that wait, with a reason
    Hotfix,
}

impl Arguments {
    /// Runs the command.
    pub(super) fn run(self, dir: &Path) -> anyhow::Result<Exit> {
        match self.step {
            Some(Step::Admit(step)) => step.run(dir),
            Some(Step::Begin(step)) => step.run(dir),
            Some(Step::Fence(step)) => step.run(dir),
            Some(Step::Finish(step)) => step.run(dir),
            Some(Step::Abort(step)) => step.run(dir),
            None => self.whole.run(dir),
        }
    }
}

impl Whole {
    fn run(self, dir: &Path) -> anyhow::Result<Exit> {
        // Without a step it is required.
        let Some(environment) = self.environment else {
            return Ok(Exit::Usage);
        };
        let ledger = self.ledger;
        let context = Target {
            environment,
            ledger,
        }
        .context(dir)?;
        let mut request = self.wish.request();
        self.wait.into_request(&mut request);
        request.command = self.command;
        let mut voice = Voice::new(&context.environment, self.dry_run);
        let ship = run(&context, &request, self.dry_run, &mut |told| {
            voice.hear(told)
        })?;
        Ok(voice.end(&ship))
    }
}

impl Target {
    /// Records a decision about the environment, and prints what it did and how that now stands.
    pub(super) fn decide(
        &self,
        dir: &Path,
        decision: &Decision,
        did: &str,
    ) -> anyhow::Result<Exit> {
        let state = decide(&self.context(dir)?, decision)?;
        output::print(&decided(&state, did))?;
        Ok(Exit::Done)
    }

    /// Where the command works, and who for.
    pub(super) fn context(&self, dir: &Path) -> anyhow::Result<Context> {
        Ok(Context {
            dir: dir.to_owned(),
            place: self.ledger.place(dir)?,
            surroundings: surroundings(),
            workflow: workflow_run(|name| std::env::var(name).ok()),
            github: access(&|name| std::env::var(name).ok()),
            environment: self.environment.clone(),
            behalf: None,
            origin: None,
        })
    }
}

impl WishArguments {
    pub(super) fn request(&self) -> Request {
        Request {
            commit: self.sha.clone(),
            pr: self.pr,
            priority: match self.priority {
                First::Normal => Priority::Normal,
                First::Hotfix => Priority::Hotfix,
            },
            reason: self.reason.clone(),
            acknowledge: self.acknowledge.clone(),
            undoes: None,
            wait: None,
            in_group: false,
            command: Vec::new(),
        }
    }
}

impl Wait {
    pub(super) fn into_request(self, request: &mut Request) {
        request.wait = self.wait.map(Duration::from_secs);
        request.in_group = self.in_group;
    }
}
