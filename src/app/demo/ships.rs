//! The second half: two ship at once, one of them dies, and one goes back.
//!
//! All of it happens in processes that know nothing of where the demo was started from.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Hear, Scene};
use crate::app::Failure;
use crate::process::{self, Ended, Secluded};

/// How long anything may take before the demo gives up.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often the folder is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// As long as this file is there, a deploy of the demo does not end.
const HOLD: &str = "hold";
/// A deploy of the demo writes this file when it begins: the id of its process.
const DEPLOYING: &str = "deploying";

/// The commands, as they are typed.
const SHIP: &str = "afterclick ship --environment production -- ./deploy.sh";
const BACK: &str =
    "afterclick rollback --environment production --reason \"The prices are wrong\" -- ./deploy.sh";
const BOARD: &str = "afterclick board";
const MEND: &str = "git fetch origin && git rebase origin/main";

/// Somebody types a command, and this is what it says.
pub struct Act {
    /// What a reader has to know before.
    pub told: &'static str,
    /// The command.
    pub command: &'static str,
    /// What it says, line by line.
    pub said: Vec<String>,
}

/// The place where it plays.
struct Stage<'a> {
    folder: &'a Path,
    afterclick: PathBuf,
}

/// Plays it in the folder of the two repositories.
pub(super) fn play(folder: &Path, hear: Hear<'_>) -> anyhow::Result<()> {
    let stage = Stage {
        folder,
        afterclick: std::env::current_exe()?,
    };
    stage.set_up()?;
    let mut tell = |told, command, said| {
        hear(&Scene::Acts(Act {
            told,
            command,
            said,
        }))
    };

    stage.hold()?;
    let mut ada = stage.types("ada", SHIP)?;
    stage.until_it_deploys(SHIP, &mut ada)?;
    let mut agent = stage.types("agent", SHIP)?;
    if !agent.says("waits", PATIENCE) {
        return Err(failure(SHIP, agent.wait()?));
    }
    stage.let_go()?;
    tell(
        "The agent puts the key back. Now it wants to ship, and so does Ada, each from a clone \
         of their own. Ada is faster, and takes the lock:",
        SHIP,
        ends(SHIP, 0, &mut ada)?,
    )?;
    tell(
        "The agent ships while Ada's deploy still runs. It waits for its turn, and then it would \
         take back what Ada has just made live:",
        SHIP,
        ends(SHIP, 1, &mut agent)?,
    )?;

    tell(
        "It has kept its place, and does what it was told:",
        MEND,
        ends(MEND, 0, &mut stage.types("agent", MEND)?)?,
    )?;
    stage.hold()?;
    let mut agent = stage.types("agent", SHIP)?;
    stage.until_it_deploys(SHIP, &mut agent)?;
    agent.kill();
    // The deploy command would live on, as it does where only afterclick is killed.
    let deploy = std::fs::read_to_string(folder.join(DEPLOYING))?;
    if let Ok(id) = deploy.trim().parse() {
        process::kill(id);
    }
    tell(
        "It ships again, and is killed in the middle of the deploy:",
        SHIP,
        agent.wait()?.1,
    )?;
    stage.let_go()?;

    let switch = "git switch --quiet round-prices";
    let _ = ends(switch, 0, &mut stage.types("ada", switch)?)?;
    tell(
        "Nobody knows what is live now. Ada's next change takes the lock from the dead, and the \
         project's own probe is asked before anything else happens:",
        SHIP,
        ends(SHIP, 0, &mut stage.types("ada", SHIP)?)?,
    )?;
    tell(
        "The prices are wrong. Back to what was good:",
        BACK,
        ends(BACK, 0, &mut stage.types("ada", BACK)?)?,
    )?;
    tell(
        "Production stays frozen until somebody says that it may go on. Where everything stands:",
        BOARD,
        ends(BOARD, 0, &mut stage.types("ada", BOARD)?)?,
    )?;
    Ok(())
}

/// What a command says until its end, which has to be this one.
fn ends(command: &str, code: i32, running: &mut Secluded) -> anyhow::Result<Vec<String>> {
    match running.wait()? {
        (Ended::Code(ended), said) if ended == code => Ok(said),
        other => Err(failure(command, other)),
    }
}

fn failure(command: &str, (ended, said): (Ended, Vec<String>)) -> anyhow::Error {
    Failure::Demo {
        command: command.to_owned(),
        ended: ended.to_string(),
        said,
    }
    .into()
}

impl Stage<'_> {
    /// A remote without a host, and two clones of it.
    fn set_up(&self) -> anyhow::Result<()> {
        let script = "
            git init --quiet --bare --template= --initial-branch=main shop.git &&
            git -C ada switch --quiet main &&
            for name in Ada Agent; do
                clone=$(echo \"$name\" | tr A-Z a-z) &&
                git -C \"$clone\" config user.name \"$name\" &&
                git -C \"$clone\" config user.email \"$clone@example.com\" &&
                git -C \"$clone\" remote add origin ../shop.git || exit 1
            done
            git -C ada push --quiet --set-upstream origin main &&
            git -C agent fetch --quiet origin &&
            git -C agent remote set-head origin main >/dev/null
        ";
        ends("git init", 0, &mut self.types("", script)?).map(drop)
    }

    /// Starts a command as somebody would in their clone: our own program, or a line for the shell.
    fn types(&self, clone: &str, line: &str) -> anyhow::Result<Secluded> {
        let dir = self.folder.join(clone);
        // The agent's time is that of the story, so that its commits are the same in every demo.
        let mut variables = vec![("GIT_COMMITTER_DATE", "@1795195200 +0100")];
        if clone == "agent" {
            variables.push(("AFTERCLICK_AGENT", "1"));
        }
        let line = match line.strip_prefix("afterclick ") {
            Some(words) => format!("exec \"$0\" {words}"),
            None => line.to_owned(),
        };
        let arguments = ["-c", &line, &self.afterclick.to_string_lossy()];
        let started = Secluded::start(OsStr::new("sh"), &arguments, &dir, self.folder, &variables);
        Ok(started?)
    }

    /// From now on, a deploy does not end.
    fn hold(&self) -> std::io::Result<()> {
        let deploying = self.folder.join(DEPLOYING);
        if deploying.exists() {
            std::fs::remove_file(deploying)?;
        }
        std::fs::write(self.folder.join(HOLD), "")
    }

    /// A deploy may end.
    fn let_go(&self) -> std::io::Result<()> {
        std::fs::remove_file(self.folder.join(HOLD))
    }

    /// Waits until a ship runs its deploy command.
    fn until_it_deploys(&self, command: &str, ship: &mut Secluded) -> anyhow::Result<()> {
        let mut looks = PATIENCE.as_millis() / LOOK.as_millis();
        while !self.folder.join(DEPLOYING).exists() {
            if looks == 0 || ship.has_ended() {
                ship.kill();
                return Err(failure(command, ship.wait()?));
            }
            looks -= 1;
            std::thread::sleep(LOOK);
        }
        Ok(())
    }
}
