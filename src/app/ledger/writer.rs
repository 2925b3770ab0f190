//! Who writes, and when: the envelope of every new event.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

use crate::ledger::{Actor, ActorKind, Draft, RepositoryState, Stamp, Timestamp};

/// What the surroundings of this process say about who it works for. The command line reads it from
/// the environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// The login that started a GitHub workflow.
    pub github_actor: Option<String>,
    /// The agent whose variable is set, such as `CLAUDECODE`.
    pub agent: Option<String>,
    /// The agent's session.
    pub session: Option<String>,
}

impl Surroundings {
    /// Variables that coding agents set for the programs that they run; the first is that of
    /// afterclick's own hooks.
    const AGENTS: [&str; 9] = [
        "AFTERCLICK_AGENT",
        "CLAUDECODE",
        "CODEX_SANDBOX",
        "CURSOR_AGENT",
        "GEMINI_CLI",
        "OPENCODE",
        "CLINE_ACTIVE",
        "AUGMENT_AGENT",
        "AIDER_MODEL",
    ];

    /// Reads them with a function that gives the value of a variable.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty() && value != "0");
        let agent = Self::AGENTS.iter().find(|name| set(name).is_some());
        Self {
            github_actor: set("GITHUB_ACTOR"),
            agent: agent.map(|name| (*name).to_owned()),
            session: set("AFTERCLICK_SESSION"),
        }
    }

    /// Who it is. `git_user` is the name that git is configured with.
    pub fn actor(&self, git_user: Option<&str>) -> Actor {
        let login = self.github_actor.as_deref();
        let kind = match (&self.agent, login) {
            (Some(_), _) => ActorKind::Agent,
            (None, Some(login)) if login.ends_with("[bot]") => ActorKind::Bot,
            (None, _) => ActorKind::Person,
        };
        let name = login
            .or(git_user)
            .map(str::trim)
            .filter(|it| !it.is_empty());
        Actor {
            name: name.unwrap_or("somebody").to_owned(),
            kind,
            permission: None,
        }
    }
}

/// Gives new events their envelope.
#[derive(Debug, Clone)]
pub struct Writer {
    /// Who writes.
    pub actor: Actor,
    /// The agent's session, where there is one.
    pub session: Option<String>,
    /// What is checked out.
    pub repo: Option<RepositoryState>,
}

impl Writer {
    /// An event of a stream, now, from a value that serialises to an object whose `t` is its kind.
    ///
    /// # Errors
    /// The value is no such object, which is a bug.
    pub fn draft(&self, stream: &str, own: &impl Serialize) -> Result<Draft, serde_json::Error> {
        let stamp = Stamp {
            id: ulid::Ulid::new().to_string(),
            at: now(),
            actor: self.actor.clone(),
            session: self.session.clone(),
            repo: self.repo.clone(),
        };
        stamp.draft(stream, own)
    }
}

/// The time, by the clock of this machine.
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    });
    Timestamp::from_millis(millis)
}
