//! Ships one commit to one environment: ticket, lock, gate, deploy, live or not.
//!
//! [`crate::ship::step`] decides; this carries it out.

mod back;
mod decide;
mod evidence;
mod failure;
mod ledger;
mod pace;
mod run;
mod steps;
mod sweep;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::change::ObjectId;
use crate::git::{Origin, Reads, Repository};
use crate::github::Access;
use crate::ledger::Actor;
use crate::ledger::redact::{REASON_BYTES, TITLE_BYTES, redact};
use crate::policy::{EnvironmentPolicy, POLICY_PATH, Policy};
use crate::process;
use crate::ship::{Environment, Priority, Probed, Runner, State, Way, Wish, gate};

use super::ledger::{Ledger, Place, Surroundings, Writer};
use super::{Failure, policy};
use ledger::ShipLedger;

pub use crate::process::Ended;
pub use back::{back, way_back};
pub use decide::{Decision, decide, look, state};
pub use evidence::workflow_run;
pub use failure::ShipFailure;
pub use run::{Ship, Told, run};
pub use steps::{Begun, LetGo, admit, begin, fence, finish, let_go};
pub use sweep::sweep;

/// Where a command works, and who for.
#[derive(Debug, Clone)]
pub struct Context {
    /// The folder that the repository is looked for in.
    pub dir: PathBuf,
    /// Where the ledger is.
    pub place: Place,
    /// Who the process works for.
    pub surroundings: Surroundings,
    /// The run of a workflow that it is part of.
    pub workflow: Option<Runner>,
    /// GitHub, to be asked whether other runs are still there; none without a token.
    pub github: Option<Access>,
    /// The environment.
    pub environment: Environment,
    /// Who asks, where it is not whom the process works for.
    pub behalf: Option<Behalf>,
    /// The server that the ledger is on, and what lets us in; none where the configuration of git
    /// does.
    pub origin: Option<Origin>,
}

/// Somebody whose wish is carried out by a job of nobody's, such as the answer to a comment.
#[derive(Debug, Clone)]
pub struct Behalf {
    /// Who, with the permission that was confirmed.
    pub actor: Actor,
    /// Names the wish: told twice, it is written down once.
    pub key: String,
}

/// What is to be shipped, and how.
#[derive(Debug, Clone)]
pub struct Request {
    /// The commit: any name that git knows.
    pub commit: String,
    /// The pull request that it came from.
    pub pr: Option<u64>,
    /// Who goes first.
    pub priority: Priority,
    /// Why it goes first, or why it may pass in spite of what the gate found.
    pub reason: Option<String>,
    /// The key of two commits that may pass in spite of what the gate found.
    pub acknowledge: Option<String>,
    /// What going back to the commit undoes, the newest first; none where it is no rollback.
    pub undoes: Option<Vec<String>>,
    /// How long to wait; without end where there is none.
    pub wait: Option<Duration>,
    /// Whether the job holds GitHub's concurrency group.
    pub in_group: bool,
    /// The deploy command; none where the deploy is somebody else's step.
    pub command: Vec<OsString>,
}

/// A commit to ship, with its names.
struct Candidate {
    sha: String,
    tree: String,
    title: String,
}

impl Context {
    /// The ledger of the environment.
    fn ledger(&self) -> Result<ShipLedger, Failure> {
        let repository = Repository::new(&self.dir, Reads::Objects);
        let actor = match &self.behalf {
            Some(behalf) => behalf.actor.clone(),
            None => {
                let git_user = repository.identity()?;
                let git_user = git_user.map(|(name, _)| name);
                self.surroundings.actor(git_user.as_deref())
            }
        };
        let writer = Writer {
            actor,
            session: self.surroundings.session.clone(),
            repo: None,
        };
        let ledger = Ledger::let_in(&self.dir, &self.place, self.origin.clone())?;
        let key = self.behalf.as_ref().map(|it| it.key.clone());
        ShipLedger::open(repository, ledger, &self.environment, writer, key)
    }

    /// What runs this ship, where it is one process from the beginning to the end.
    fn own_process(&self) -> Runner {
        self.workflow.clone().unwrap_or_else(process::this)
    }

    /// What runs this ship, where it is steps: those of a workflow may be in several jobs.
    fn own_steps(&self) -> Runner {
        let mut runner = self.workflow.clone().unwrap_or_else(process::parent);
        if let Runner::Github { job, .. } = &mut runner {
            *job = None;
        }
        runner
    }

    /// What a deploy takes: as the commit that is live has it, so that no change decides that for
    /// itself; before the first deploy, as the branch has it that work starts from.
    fn policy(
        &self,
        repository: &mut Repository,
        state: &State,
    ) -> anyhow::Result<EnvironmentPolicy> {
        let live = state.live.as_ref();
        let live = live.and_then(|live| ObjectId::parse(live.sha.as_bytes()));
        let live = live.and_then(|live| repository.commit(live.as_str()).ok());
        let policy = match live {
            Some(live) => match repository.file(&live.tree, POLICY_PATH) {
                Ok(Some(bytes)) => policy::parse(&String::from_utf8_lossy(&bytes), POLICY_PATH)?,
                Ok(None) => Policy::default(),
                Err(error) => return Err(Failure::from(error).into()),
            },
            None => policy::of_default_branch(&self.dir)?,
        };
        Ok(policy.environment(self.environment.name()))
    }

    fn candidate(repository: &mut Repository, name: &str) -> Result<Candidate, Failure> {
        if name == "HEAD" && repository.head()?.is_none() {
            return Err(ShipFailure::NothingToShip.into());
        }
        let commit = repository.commit(name)?;
        let title = redact(&repository.subject(&commit.id)?, TITLE_BYTES);
        Ok(Candidate {
            sha: commit.id.to_string(),
            tree: commit.tree.to_string(),
            title,
        })
    }

    /// The wish, under a claim of its own or under that of the ticket that waits for it: in this
    /// working tree, or for the same pull request.
    fn wish(
        &self,
        request: &Request,
        ledger: &mut ShipLedger,
        runner: Runner,
        policy: &EnvironmentPolicy,
    ) -> Result<Wish, Failure> {
        let Candidate { sha, tree, title } = Self::candidate(ledger.repository(), &request.commit)?;
        let state = ledger.state();
        if request.priority == Priority::Hotfix && request.reason.is_none() {
            return Err(ShipFailure::NoReason.into());
        }
        // A way back is a wish of its own: no ticket that stands aside is taken up for it.
        let aside = state.aside_of(request.pr, &ledger.actor().name);
        let remembered = match (&request.undoes, aside) {
            (None, Some(ticket)) => Some(ticket.claim.clone()),
            (None, None) => ledger.remembered_claim(),
            (Some(_), _) => None,
        };
        let fresh = match &runner {
            Runner::Github {
                repository,
                run,
                attempt,
                ..
            } => format!("{repository}/{run}/{attempt}"),
            Runner::Local { .. } => ulid::Ulid::new().to_string(),
        };
        let claim = crate::ship::claim(state, &runner, remembered.as_deref(), fresh);
        let reason = request.reason.as_deref();
        let reason = reason.map(|reason| redact(reason, REASON_BYTES));
        let way = match &request.undoes {
            Some(undoes) => Way::Rollback {
                undoes: undoes.clone(),
                reason: reason.ok_or(ShipFailure::NoReason)?,
            },
            None => Way::Deploy {
                priority: request.priority,
                reason,
                approval: policy.approval,
            },
        };
        Ok(Wish {
            claim,
            sha,
            tree,
            pr: request.pr,
            title,
            way,
            runner,
            has_probe: policy.probe.is_some(),
            in_group: request.in_group,
        })
    }

    /// Asks the probe what is live.
    fn probe(
        &self,
        repository: &mut Repository,
        policy: &EnvironmentPolicy,
        state: &State,
        signals: &process::Signals,
    ) -> Probed {
        let Some(script) = &policy.probe else {
            return Probed::Failed;
        };
        let variables = [
            ("AFTERCLICK_ENVIRONMENT", self.environment.name().to_owned()),
            ("AFTERCLICK_EPOCH", state.epoch.to_string()),
        ];
        let Ok(Some(said)) = process::say(script, &self.dir, &variables, signals) else {
            return Probed::Failed;
        };
        let sha = said.lines().next().unwrap_or_default().trim();
        let is_name = sha.len() >= 7 && sha.bytes().all(|byte| byte.is_ascii_hexdigit());
        match repository.commit(&sha.to_lowercase()) {
            Ok(commit) if is_name => Probed::Live {
                sha: commit.id.to_string(),
                tree: commit.tree.to_string(),
            },
            _ => Probed::Failed,
        }
    }
}

/// What to type to ship the same way again.
fn command_line(environment: &Environment, command: &[OsString]) -> String {
    let words = command.iter().map(|word| {
        let text = word.to_string_lossy();
        gate::word(&text)
    });
    let words: Vec<String> = words.collect();
    let environment = gate::word(environment.name());
    let all = format!(
        "afterclick ship --environment {environment} -- {}",
        words.join(" ")
    );
    redact(&all, REASON_BYTES)
}

/// Replaces a file of our own in the folder of the repository, as a whole.
fn keep(file: &Path, text: &str) -> std::io::Result<()> {
    let folder = file.parent().unwrap_or(file);
    std::fs::create_dir_all(folder)?;
    let draft = file.with_extension(format!("{}.draft", std::process::id()));
    std::fs::write(&draft, text)?;
    std::fs::rename(&draft, file)
}
