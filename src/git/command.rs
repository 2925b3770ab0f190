//! How git is run: one place that fixes its configuration and its environment.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::thread::JoinHandle;

use super::Error;
use super::origin::Origin;

/// What a call reads, which decides how far the repository's own configuration is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// Objects and the index only. Under our fixed configuration nothing that the repository's
    /// configuration names is ever run, so a repository of another user is fine as well: this is
    /// what a container sees, where the checkout belongs to the host's user.
    Objects,
    /// Files of the working tree too. Git may then run a filter that the configuration names, so
    /// git's own test of ownership stands.
    WorkingTree,
    /// A repository that we made ourselves. Nothing in the environment says where it is, and the
    /// configuration of the user and of the system does not count.
    Scratch,
    /// A remote too, and what is missing here because the clone is a partial one. The user's own
    /// configuration says how it is reached and with which credentials, so git's own test of
    /// ownership stands; nobody is asked for anything, and no hook runs.
    Remote,
}

/// Settings that no repository and no user configuration can change for our calls.
const CONFIGURATION: [&str; 8] = [
    "core.quotePath=false",
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.pager=cat",
    // Larger files are listed, not read: git need not hold them in memory either.
    "core.bigFileThreshold=2m",
    "diff.external=",
    "diff.ignoreSubmodules=dirty",
    "protocol.ext.allow=never",
];

/// Besides, where no remote is spoken to: no transport is allowed.
const LOCAL: [&str; 2] = ["-c", "protocol.allow=never"];

/// Besides, where one is: no housekeeping on the way, no submodules, and nobody waits for a remote
/// that has fallen silent.
pub(super) const REMOTE: [&str; 10] = [
    "-c",
    "gc.auto=0",
    "-c",
    "maintenance.auto=false",
    "-c",
    "http.lowSpeedLimit=1",
    "-c",
    "http.lowSpeedTime=60",
    "-c",
    "submodule.recurse=false",
];

/// What an inherited environment could redirect or disturb. The variables that say where the
/// repository is (`GIT_DIR`, `GIT_WORK_TREE`, `GIT_INDEX_FILE`, the object directories of a hook's
/// quarantine) are honoured, as git's users expect.
const CLEARED: [&str; 13] = [
    "GIT_EXTERNAL_DIFF",
    "GIT_DIFF_OPTS",
    "GIT_PAGER",
    "GIT_EDITOR",
    "GIT_SHALLOW_FILE",
    "GIT_GRAFT_FILE",
    "GIT_REPLACE_REF_BASE",
    "GIT_ATTR_SOURCE",
    "GIT_LITERAL_PATHSPECS",
    "GIT_GLOB_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
    "LANGUAGE",
];

/// What says how a remote is reached. It counts only where one is.
const WAYS: [&str; 5] = [
    "GIT_ASKPASS",
    "SSH_ASKPASS",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_PROXY_COMMAND",
];

/// What git sees in its environment instead.
const ENVIRONMENT: [(&str, &str); 6] = [
    ("LC_ALL", "C"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    // Lists are written in blocks, also into a pipe.
    ("GIT_FLUSH", "0"),
    ("GIT_NO_REPLACE_OBJECTS", "1"),
    ("SSH_ASKPASS_REQUIRE", "never"),
];

/// Besides, where no remote is spoken to.
const WITHOUT_REMOTE: [(&str, &str); 2] = [
    // A partial clone must not fetch behind the user's back: what is missing is listed.
    ("GIT_NO_LAZY_FETCH", "1"),
    // The same for versions of git that do not know the line above: no transport is allowed.
    ("GIT_ALLOW_PROTOCOL", "none"),
];

/// What git sees besides in a repository that we made ourselves. The null device has this name for
/// git on every system.
const ALONE: [(&str, &str); 3] = [
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_CONFIG_SYSTEM", "/dev/null"),
    ("GIT_CONFIG_NOSYSTEM", "1"),
];

/// The most that is read of a list, such as the changed files.
const MAX_LIST_BYTES: u64 = 64 * 1024 * 1024;

/// The most that is kept of what git says on standard error.
const MAX_STDERR_BYTES: u64 = 64 * 1024;

/// A folder to run git in.
#[derive(Debug, Clone)]
pub(super) struct Git {
    dir: PathBuf,
    reads: Reads,
    origin: Option<Origin>,
}

/// What a call gave.
pub(super) struct Output {
    /// The exit code; none where a signal ended it.
    pub(super) code: Option<i32>,
    /// Standard output.
    pub(super) stdout: Vec<u8>,
    /// The beginning of standard error.
    pub(super) stderr: String,
}

/// A process that is being talked to.
pub(super) struct Running {
    /// The process, with pipes at its input and output.
    pub(super) child: Child,
    /// The beginning of its standard error, once it ended.
    pub(super) stderr: JoinHandle<String>,
}

impl Git {
    /// Nothing runs yet.
    pub(super) fn new(dir: &Path, reads: Reads) -> Self {
        let dir = match dir.as_os_str().is_empty() {
            true => PathBuf::from("."),
            false => dir.to_owned(),
        };
        Self {
            dir,
            reads,
            origin: None,
        }
    }

    /// The same, with a remote that may be spoken to.
    pub(super) fn with_origin(self, origin: Origin) -> Self {
        let origin = Some(origin);
        Self { origin, ..self }
    }

    /// The folder it runs in.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Starts a command. The arguments are ours: fixed words and full object ids.
    pub(super) fn start(&self, arguments: &[&str]) -> Result<Running, Error> {
        let mut command = Command::new("git");
        for setting in CONFIGURATION {
            command.args(["-c", setting]);
        }
        if self.reads == Reads::Objects {
            command.args(["-c", "safe.directory=*"]);
        }
        for name in CLEARED {
            command.env_remove(name);
        }
        if self.reads == Reads::Remote {
            command.args(REMOTE);
        } else {
            command.args(LOCAL).envs(WITHOUT_REMOTE);
            for name in WAYS {
                command.env_remove(name);
            }
        }
        if self.reads == Reads::Scratch {
            for (name, _) in std::env::vars_os() {
                if name.as_encoded_bytes().starts_with(b"GIT_") {
                    command.env_remove(name);
                }
            }
            command.envs(ALONE);
        }
        command.envs(ENVIRONMENT);
        if let Some(origin) = &self.origin {
            origin.open(&mut command);
        }
        // A key that stops us must not stop a git that we still need to put things in order; a git
        // that may ask the user's ssh for a key keeps its terminal.
        #[cfg(unix)]
        if self.reads != Reads::Remote || arguments.first() == Some(&"cat-file") {
            std::os::unix::process::CommandExt::process_group(&mut command, 0);
        }
        let mut child = command
            .args(arguments)
            .current_dir(&self.dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|_| match self.dir.is_dir() {
                true => Error::NotInstalled,
                false => Error::NoFolder(self.dir.clone()),
            })?;
        let stderr = child.stderr.take();
        let stderr = std::thread::spawn(move || stderr.map(drain).unwrap_or_default());
        Ok(Running { child, stderr })
    }

    /// Runs a command to its end, whatever its exit code.
    pub(super) fn run(&self, command: &'static str, rest: &[&str]) -> Result<Output, Error> {
        let arguments = [&[command], rest].concat();
        let Running { mut child, stderr } = self.start(&arguments)?;
        drop(child.stdin.take());
        let mut stdout = Vec::new();
        let read = match child.stdout.take() {
            Some(pipe) => pipe.take(MAX_LIST_BYTES + 1).read_to_end(&mut stdout),
            None => Ok(0),
        };
        let too_long = stdout.len() as u64 > MAX_LIST_BYTES;
        if too_long {
            // It may have ended by itself in the meantime.
            let _ = child.kill();
        }
        let ended = child.wait();
        let stderr = stderr.join().unwrap_or_default();
        if too_long {
            return Err(Error::TooManyFiles);
        }
        let (Ok(_), Ok(status)) = (read, ended) else {
            return Err(Error::from_stderr(command, &self.dir, &stderr));
        };
        Ok(Output {
            code: status.code(),
            stdout,
            stderr,
        })
    }

    /// Runs a command that has to succeed on an input, and gives what it printed, which must not be
    /// more than a pipe holds.
    pub(super) fn feed(&self, arguments: &[&'static str], input: &[u8]) -> Result<Vec<u8>, Error> {
        let name = arguments.first().copied().unwrap_or("git");
        let Running { mut child, stderr } = self.start(arguments)?;
        // Where git ends early, its exit code and its words say so.
        let _ = child.stdin.take().map(|mut pipe| pipe.write_all(input));
        let mut stdout = Vec::new();
        let read = child.stdout.take().map(|pipe| pipe.take(MAX_LIST_BYTES));
        let read = read.map_or(Ok(0), |mut pipe| pipe.read_to_end(&mut stdout));
        let ended = child.wait();
        let stderr = stderr.join().unwrap_or_default();
        match (read, ended) {
            (Ok(_), Ok(status)) if status.success() => Ok(stdout),
            _ => Err(Error::from_stderr(name, &self.dir, &stderr)),
        }
    }

    /// Runs a command that has to succeed, and gives what it printed.
    pub(super) fn read(&self, command: &'static str, rest: &[&str]) -> Result<Vec<u8>, Error> {
        let output = self.run(command, rest)?;
        match output.code {
            Some(0) => Ok(output.stdout),
            _ => Err(Error::from_stderr(command, &self.dir, &output.stderr)),
        }
    }
}

/// Reads standard error to its end, so that git never waits for us, and keeps the beginning.
fn drain(mut stderr: ChildStderr) -> String {
    let mut kept = Vec::new();
    // What cannot be read is not kept.
    let _ = stderr
        .by_ref()
        .take(MAX_STDERR_BYTES)
        .read_to_end(&mut kept);
    let _ = std::io::copy(&mut stderr, &mut std::io::sink());
    String::from_utf8_lossy(&kept).into_owned()
}
