//! One `git cat-file --batch` process, which is asked for revisions and contents alike.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout};
use std::thread::JoinHandle;

use crate::change::{ObjectId, Unread};

use super::command::{Git, Running};
use super::{Blob, Budget, Error};

/// How many questions are asked before the answers are read. Together they fit into the smallest
/// pipe of any system (4 KB), so that neither side ever waits for the other.
const BATCH: usize = 32;

/// The largest object that is read outside a change: a commit, a folder, a policy.
const MAX_OBJECT_BYTES: u64 = 8 * 1024 * 1024;

/// The object database of a repository.
pub(super) struct Objects {
    git: Git,
    process: Option<Process>,
}

/// An object that was asked for by a name.
pub(super) enum Reply {
    /// There it is.
    Found {
        /// Its full name.
        id: ObjectId,
        /// All of it.
        bytes: Vec<u8>,
    },
    /// It is there, but too large.
    TooLarge,
    /// Nothing has this name.
    Missing,
    /// Several objects begin like this.
    Ambiguous,
}

struct Process {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    stderr: JoinHandle<String>,
}

/// The line before an object.
enum Header {
    Found { id: ObjectId, size: u64 },
    Missing,
    Ambiguous,
}

impl Objects {
    /// Starts with the first question.
    pub(super) fn new(git: Git) -> Self {
        Self { git, process: None }
    }

    /// Asks for one object by any name that git knows, such as `HEAD^{commit}`.
    pub(super) fn find(&mut self, name: &str) -> Result<Reply, Error> {
        // A line break would end the question, and no name has one.
        if name.is_empty() || name.contains(['\n', '\r', '\0']) {
            return Ok(Reply::Missing);
        }
        self.ask(&[name])?;
        match self.header()? {
            Header::Missing => Ok(Reply::Missing),
            Header::Ambiguous => Ok(Reply::Ambiguous),
            Header::Found { size, .. } if size > MAX_OBJECT_BYTES => {
                self.skip(size)?;
                Ok(Reply::TooLarge)
            }
            Header::Found { id, size } => {
                let bytes = self.body(size)?;
                Ok(Reply::Found { id, bytes })
            }
        }
    }

    /// Reads files by their full names, in order, as far as the budget goes.
    pub(super) fn contents(
        &mut self,
        ids: &[&ObjectId],
        budget: &mut Budget,
    ) -> Result<Vec<Blob>, Error> {
        let mut blobs = Vec::with_capacity(ids.len());
        let mut missing = false;
        for batch in ids.chunks(BATCH) {
            let names: Vec<&str> = batch.iter().map(|id| id.as_str()).collect();
            self.ask(&names)?;
            for _ in batch {
                let size = match self.header()? {
                    Header::Found { size, .. } => size,
                    Header::Missing | Header::Ambiguous => {
                        missing = true;
                        blobs.push(Blob::Unread(Unread::Missing));
                        continue;
                    }
                };
                blobs.push(match budget.take(size) {
                    Ok(()) => Blob::Bytes(self.body(size)?),
                    Err(reason) => {
                        self.skip(size)?;
                        Blob::Unread(reason)
                    }
                });
            }
        }
        if missing {
            self.tell_damage_from_absence()?;
        }
        Ok(blobs)
    }

    /// Git answers *missing* for an object that is damaged too, and complains on standard error,
    /// which is whole only once the process ended.
    fn tell_damage_from_absence(&mut self) -> Result<(), Error> {
        let stderr = self.end();
        Error::damage(&stderr).map_or(Ok(()), Err)
    }

    /// Ends the process, if there is one, and gives what it said on standard error.
    fn end(&mut self) -> String {
        let Some(process) = self.process.take() else {
            return String::new();
        };
        let Process {
            mut child,
            stdin,
            stdout,
            stderr,
        } = process;
        drop(stdin);
        drop(stdout);
        // Without its pipes it ends by itself.
        let _ = child.wait();
        stderr.join().unwrap_or_default()
    }

    fn process(&mut self) -> Result<&mut Process, Error> {
        if self.process.is_none() {
            let Running { mut child, stderr } = self.git.start(&["cat-file", "--batch"])?;
            let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
                return Err(Error::NotInstalled);
            };
            let stdout = BufReader::with_capacity(64 * 1024, stdout);
            self.process = Some(Process {
                child,
                stdin,
                stdout,
                stderr,
            });
        }
        self.process.as_mut().ok_or(Error::NotInstalled)
    }

    fn ask(&mut self, names: &[&str]) -> Result<(), Error> {
        let mut lines = names.join("\n");
        lines.push('\n');
        let written = self.process()?.stdin.write_all(lines.as_bytes());
        written.map_err(|_| self.failure())
    }

    fn header(&mut self) -> Result<Header, Error> {
        let mut line = Vec::new();
        let read = self.process()?.stdout.read_until(b'\n', &mut line);
        if !matches!(read, Ok(1..)) {
            return Err(self.failure());
        }
        parse_header(&line).ok_or_else(|| self.failure())
    }

    fn body(&mut self, size: u64) -> Result<Vec<u8>, Error> {
        let stdout = &mut self.process()?.stdout;
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
        let read = stdout.by_ref().take(size).read_to_end(&mut bytes);
        if read.is_err() || bytes.len() as u64 != size {
            return Err(self.failure());
        }
        self.skip(0)?;
        Ok(bytes)
    }

    /// Passes over an object's bytes and the line break after them.
    fn skip(&mut self, size: u64) -> Result<(), Error> {
        let stdout = &mut self.process()?.stdout;
        let passed = io::copy(&mut stdout.by_ref().take(size + 1), &mut io::sink());
        match passed {
            Ok(passed) if passed == size + 1 => Ok(()),
            _ => Err(self.failure()),
        }
    }

    fn failure(&mut self) -> Error {
        let stderr = self.end();
        Error::from_stderr("cat-file", self.git.dir(), &stderr)
    }
}

impl Drop for Objects {
    fn drop(&mut self) {
        self.end();
    }
}

fn parse_header(line: &[u8]) -> Option<Header> {
    let line = line.strip_suffix(b"\n")?;
    if line.ends_with(b" missing") || line.ends_with(b" submodule") {
        return Some(Header::Missing);
    }
    if line.ends_with(b" ambiguous") {
        return Some(Header::Ambiguous);
    }
    let mut fields = line.split(|&byte| byte == b' ');
    let id = ObjectId::parse(fields.next()?)?;
    let _kind = fields.next()?;
    let size = std::str::from_utf8(fields.next()?).ok()?.parse().ok()?;
    Some(Header::Found { id, size })
}
