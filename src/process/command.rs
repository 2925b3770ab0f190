use std::ffi::OsString;
use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use super::Signals;

/// The most that is read of what a probe prints.
const MAX_SAID_BYTES: u64 = 4 * 1024;

/// How long until a child is looked at again, where no signal said that it ended.
const LOOK: Duration = Duration::from_secs(1);

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// With an exit code.
    Code(i32),
    /// By a signal.
    Signal(i32),
}

impl std::fmt::Display for Ended {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Code(code) => write!(out, "exit code {code}"),
            Self::Signal(signal) => write!(out, "signal {signal}"),
        }
    }
}

impl Ended {
    /// Whether it did what it was to do.
    pub fn is_success(self) -> bool {
        self == Self::Code(0)
    }

    pub(super) fn of(status: ExitStatus) -> Self {
        #[cfg(unix)]
        if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
            return Self::Signal(signal);
        }
        Self::Code(status.code().unwrap_or(-1))
    }
}

/// Runs a command to its end, with our own input and output. Signals that reach us reach it, and
/// where there is no terminal also what it started: a shell tells nobody that it was interrupted.
///
/// # Errors
/// It cannot be started.
pub fn run(
    words: &[OsString],
    dir: &Path,
    variables: &[(&str, String)],
    signals: &Signals,
) -> io::Result<Ended> {
    let mut command = Command::new(&words[0]);
    command
        .args(&words[1..])
        .current_dir(dir)
        .envs(variables.iter().map(|(name, value)| (name, value)));
    let is_group = apart(&mut command);
    wait(command.spawn()?, is_group, signals)
}

/// Starts a command as a group of its own, which signals can be sent to as a whole. Under a terminal
/// it stays in ours: the terminal talks to one group alone.
#[cfg(unix)]
fn apart(command: &mut Command) -> bool {
    use std::os::unix::process::CommandExt;
    let is_group = std::fs::File::open("/dev/tty").is_err();
    if is_group {
        command.process_group(0);
    }
    is_group
}

#[cfg(not(unix))]
fn apart(_: &mut Command) -> bool {
    false
}

/// Runs a probe through the shell, and gives what it printed; none where it failed.
///
/// # Errors
/// The shell cannot be started.
pub fn say(
    script: &str,
    dir: &Path,
    variables: &[(&str, String)],
    signals: &Signals,
) -> io::Result<Option<String>> {
    let mut command = shell(script);
    command
        .current_dir(dir)
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let mut child = command.spawn()?;
    let stdout = child.stdout.take();
    let reader = std::thread::spawn(move || {
        let mut said = Vec::new();
        if let Some(mut stdout) = stdout {
            // What cannot be read was not said.
            let _ = (&mut stdout).take(MAX_SAID_BYTES).read_to_end(&mut said);
            let _ = io::copy(&mut stdout, &mut io::sink());
        }
        String::from_utf8_lossy(&said).trim().to_owned()
    });
    let ended = wait(child, false, signals)?;
    let said = reader.join().unwrap_or_default();
    Ok(ended.is_success().then_some(said))
}

#[cfg(unix)]
fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

#[cfg(not(unix))]
fn shell(script: &str) -> Command {
    let mut command = Command::new("cmd");
    command.args(["/C", script]);
    command
}

/// Only this loop takes note of the child's end, so that a signal never goes to another process
/// that has its id by then.
fn wait(mut child: Child, is_group: bool, signals: &Signals) -> io::Result<Ended> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Ended::of(status));
        }
        if let Some(signal) = signals.next(LOOK) {
            forward(&child, is_group, signal);
        }
    }
}

/// A terminal sends its signals to the child as well; whatever else reaches us is passed on.
#[cfg(unix)]
fn forward(child: &Child, is_group: bool, signal: i32) {
    use rustix::process::{Pid, Signal, kill_process, kill_process_group};
    use std::io::IsTerminal;
    let is_typed = signal == signal_hook::consts::SIGINT && io::stdin().is_terminal();
    if is_typed || !super::signals::is_end(signal) {
        return;
    }
    let id = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    if let (Some(id), Some(signal)) = (id, Signal::from_named_raw(signal)) {
        // It may have ended in the meantime.
        let _ = match is_group {
            true => kill_process_group(id, signal),
            false => kill_process(id, signal),
        };
    }
}

#[cfg(not(unix))]
fn forward(_: &Child, _: bool, _: i32) {}
