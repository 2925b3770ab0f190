//! Programs that know nothing of where we were started from.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use super::Ended;

/// What of our own environment they keep: where programs are, and where temporary files go.
const KEPT: [&str; 6] = ["PATH", "SystemRoot", "PATHEXT", "TMPDIR", "TEMP", "TMP"];

/// What they see besides. The null device has this name for git on every system.
const ENVIRONMENT: [(&str, &str); 6] = [
    ("LC_ALL", "C"),
    ("NO_COLOR", "1"),
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_CONFIG_SYSTEM", "/dev/null"),
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_TERMINAL_PROMPT", "0"),
];

/// A program in an environment of its own: no repository, token, identity or configuration of ours
/// reaches it. What it says is kept. It is killed when it is dropped.
pub struct Secluded {
    child: Child,
    lines: Receiver<String>,
    said: Vec<String>,
}

impl Secluded {
    /// Starts it in a folder, with another as its home.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(
        program: &OsStr,
        arguments: &[&str],
        dir: &Path,
        home: &Path,
        variables: &[(&str, &str)],
    ) -> io::Result<Self> {
        let (reader, writer) = io::pipe()?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(dir)
            .env_clear()
            .envs(
                KEPT.iter()
                    .filter_map(|name| Some((name, std::env::var_os(name)?))),
            )
            .envs(ENVIRONMENT)
            .env("HOME", home)
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(writer.try_clone()?)
            .stderr(writer);
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let child = command.spawn()?;
        // The child alone holds the pipe now: it ends with it.
        drop(command);
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(reader).lines().map_while(Result::ok) {
                // Of a line that is written over, its last state.
                let line = line.rsplit('\r').next().unwrap_or_default();
                if sender.send(line.to_owned()).is_err() {
                    break;
                }
            }
        });
        Ok(Self {
            child,
            lines,
            said: Vec::new(),
        })
    }

    /// Waits until it says a word; no longer than that, and not after its end.
    pub fn says(&mut self, word: &str, patience: Duration) -> bool {
        let until = Instant::now() + patience;
        while let Ok(line) = self
            .lines
            .recv_timeout(until.saturating_duration_since(Instant::now()))
        {
            let found = line.contains(word);
            self.said.push(line);
            if found {
                return true;
            }
        }
        false
    }

    /// Kills it at once, with what it started in its own group of processes.
    pub fn kill(&mut self) {
        #[cfg(unix)]
        {
            use rustix::process::{Pid, Signal, kill_process_group};
            let group = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
            // It may have ended in the meantime.
            let _ = group.map(|group| kill_process_group(group, Signal::KILL));
        }
        let _ = self.child.kill();
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits for its end: how it ended, and all that it said.
    ///
    /// # Errors
    /// It cannot be waited for.
    pub fn wait(&mut self) -> io::Result<(Ended, Vec<String>)> {
        let ended = Ended::of(self.child.wait()?);
        let mut said = std::mem::take(&mut self.said);
        said.extend(self.lines.iter());
        Ok((ended, said))
    }
}

/// Kills a process at once.
pub fn kill(id: u32) {
    #[cfg(unix)]
    {
        use rustix::process::{Pid, Signal, kill_process};
        let id = i32::try_from(id).ok().and_then(Pid::from_raw);
        // It may have ended in the meantime.
        let _ = id.map(|id| kill_process(id, Signal::KILL));
    }
    #[cfg(not(unix))]
    let _ = id;
}

impl Drop for Secluded {
    fn drop(&mut self) {
        if !self.has_ended() {
            self.kill();
            let _ = self.child.wait();
        }
    }
}
