//! The branch of the ledger: read, built and moved with git's plumbing.
//!
//! Neither the index nor a working tree nor `HEAD` is touched, so it works in a clone of any kind.
//! A commit is built with one `git fast-import`; the branch is moved by one push that the remote
//! takes only where the branch still is where it was read. Where there is no remote, the branch of
//! this clone is the ledger, and is moved by compare-and-swap.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::change::ObjectId;

use super::Error;
use super::command::{Git, Output, Reads, Running};
use super::history::is_ancestor;
use super::objects::{Objects, Reply};
use super::origin::Origin;
use super::push::{Pushed, read_push};
use super::remote;
use super::repository::tree_entries;

/// Where a clone remembers the last state of the ledger that it saw on the remote.
pub const SEEN: &str = "refs/afterclick/ledger";

/// Who makes the commits. The events say who did what.
const COMMITTER: &str = "afterclick <afterclick>";

/// What git says of a branch that is not there.
const ABSENT: &str = "couldn't find remote ref";

/// How often a reference that another process holds, or has just made, is tried again, and how
/// long is waited for one that is held.
const LOCK_TRIES: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(25);

/// Where the branch of the ledger stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tip {
    /// There is no such branch.
    Missing,
    /// At this commit.
    At(ObjectId),
}

/// What asking the remote gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// The branch stands here; it is what was seen before, or goes on from it.
    Tip(Tip),
    /// There was a branch, and it is gone.
    Vanished,
    /// The branch does not go on from what was seen before.
    Rewritten,
    /// The remote cannot be asked, in git's own words.
    Unreachable(String),
}

/// A commit of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The commit.
    pub id: ObjectId,
    /// How many parents it has.
    pub parents: usize,
    /// The first line of its message.
    pub subject: String,
}

/// The commits of the ledger, while they are listed.
pub struct History(JoinHandle<Result<Vec<Entry>, Error>>);

impl History {
    /// All of them, the newest first.
    ///
    /// # Errors
    /// Git fails.
    pub fn wait(self) -> Result<Vec<Entry>, Error> {
        self.0.join().unwrap_or(Err(Error::NotInstalled))
    }
}

impl Entry {
    fn read(line: &[u8]) -> Option<Self> {
        let line = String::from_utf8_lossy(line);
        let (ids, subject) = line.split_once('\t')?;
        let mut ids = ids.split_whitespace();
        Some(Self {
            id: ObjectId::parse(ids.next()?.as_bytes())?,
            parents: ids.count(),
            subject: subject.to_owned(),
        })
    }
}

/// The ledger of a repository.
pub struct LedgerStore {
    git: Git,
    objects: Objects,
    remote: Option<String>,
    branch: String,
    folder: PathBuf,
    own_folder: PathBuf,
    zero: String,
}

impl LedgerStore {
    /// The ledger on a branch, of the remote with a name or of the one that stands out.
    /// `reads` is [`Reads::Remote`], or [`Reads::Objects`] where nothing is to be asked or written.
    ///
    /// # Errors
    /// The folder is in no repository, there is no such remote, or git fails.
    pub fn open(
        dir: &Path,
        reads: Reads,
        remote: Option<&str>,
        branch: &str,
    ) -> Result<Self, Error> {
        let git = Git::new(dir, reads);
        let answers = git.read(
            "rev-parse",
            &[
                "--path-format=absolute",
                "--git-common-dir",
                "--git-dir",
                "--show-object-format",
            ],
        )?;
        let answers = String::from_utf8_lossy(&answers);
        let mut answers = answers.lines();
        let folder = PathBuf::from(answers.next().unwrap_or_default());
        let own_folder = PathBuf::from(answers.next().unwrap_or_default());
        let digits = match answers.next() {
            Some("sha256") => 64,
            _ => 40,
        };
        let remote = remote::choose(&git, remote)?;
        let objects = Objects::new(git.clone());
        Ok(Self {
            git,
            objects,
            remote,
            branch: branch.to_owned(),
            folder,
            own_folder,
            zero: "0".repeat(digits),
        })
    }

    /// The same, reached at a server with what lets us in, whatever the configuration says.
    pub fn reached(mut self, origin: Origin) -> Self {
        self.git = self.git.with_origin(origin);
        self.objects = Objects::new(self.git.clone());
        self
    }

    /// Whether the remote is on this server.
    pub fn is_at(&self, origin: &Origin) -> bool {
        let url = |remote: &str| self.git.read("remote", &["get-url", remote]).ok();
        let url = self.remote.as_deref().and_then(url).unwrap_or_default();
        let url = String::from_utf8_lossy(&url).trim().to_owned();
        url.strip_suffix(".git").unwrap_or(&url) == origin.url
    }

    /// The remote; none where the branch of this clone is the ledger.
    pub fn remote(&self) -> Option<&str> {
        self.remote.as_deref()
    }

    /// The branch, without `refs/heads/`.
    pub fn branch(&self) -> &str {
        &self.branch
    }

    /// The folder of the repository that all its working trees share.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder of the repository that belongs to this working tree alone.
    pub fn own_folder(&self) -> &Path {
        &self.own_folder
    }

    /// The ledger as this clone last saw it; nobody is asked.
    ///
    /// # Errors
    /// Git fails.
    pub fn known(&mut self) -> Result<Tip, Error> {
        let Some(remote) = self.remote.clone() else {
            return self.tip(&self.head());
        };
        let fetched = self.tip(&format!("refs/remotes/{remote}/{}", self.branch))?;
        match (self.tip(SEEN)?, fetched) {
            (Tip::At(seen), Tip::At(fetched)) if seen != fetched => {
                match self.is_ancestor(&seen, &fetched)? {
                    true => Ok(Tip::At(fetched)),
                    false => Ok(Tip::At(seen)),
                }
            }
            (Tip::Missing, fetched) => Ok(fetched),
            (seen, _) => Ok(seen),
        }
    }

    /// Asks the remote where the branch stands, and fetches all of it. The first time, and the
    /// first time after it was made, all of the history comes; then only what is new.
    ///
    /// # Errors
    /// Git fails here; what the remote does is in the result.
    pub fn fetch(&mut self) -> Result<Fetched, Error> {
        let Some(remote) = self.remote.clone() else {
            return Ok(Fetched::Tip(self.tip(&self.head())?));
        };
        // Without a plus sign: git takes only what goes on from the last one.
        let refspec = format!("{}:{SEEN}", self.head());
        // Not `--quiet`: git would refuse what was rewritten without a word.
        let arguments = [
            "--no-progress",
            "--no-tags",
            "--no-write-fetch-head",
            "--no-recurse-submodules",
            "--no-filter",
            "--refmap=",
            "--end-of-options",
            &remote,
            &refspec,
        ];
        let fetch = || self.patiently(|git| git.run("fetch", &arguments));
        let mut output = fetch()?;
        for _ in 0..LOCK_TRIES {
            if !output.stderr.contains(ABSENT) {
                break;
            }
            match self.remote_has_branch(&remote)? {
                // Somebody made the branch in this very moment.
                Some(true) => output = fetch()?,
                Some(false) => {
                    return Ok(match self.tip(SEEN)? {
                        Tip::At(_) => Fetched::Vanished,
                        Tip::Missing => Fetched::Tip(Tip::Missing),
                    });
                }
                None => break,
            }
        }
        if output.code == Some(0) {
            return Ok(Fetched::Tip(self.tip(SEEN)?));
        }
        if output.stderr.contains("non-fast-forward") {
            return Ok(Fetched::Rewritten);
        }
        match Error::from_stderr("fetch", self.git.dir(), &output.stderr) {
            Error::Failed { detail, .. } | Error::Incomplete(detail) => {
                Ok(Fetched::Unreachable(detail))
            }
            error => Err(error),
        }
    }

    /// All of a file, at a state of the ledger; none where there is none.
    ///
    /// # Errors
    /// Git fails, or the file is too large.
    pub fn file(&mut self, tip: &ObjectId, path: &str) -> Result<Option<Vec<u8>>, Error> {
        match self.objects.find(&format!("{tip}:{path}"))? {
            Reply::Found { bytes, .. } => Ok(Some(bytes)),
            Reply::Missing | Reply::Ambiguous => Ok(None),
            Reply::TooLarge => Err(Error::Failed {
                command: "cat-file",
                detail: format!("{path} is too large"),
            }),
        }
    }

    /// The names in a folder, or at the root, at a state of the ledger; none where it is not there.
    ///
    /// # Errors
    /// Git fails.
    pub fn names(&mut self, tip: &ObjectId, folder: &str) -> Result<Vec<String>, Error> {
        match self.objects.find(&format!("{tip}:{folder}"))? {
            Reply::Found { id, bytes } => {
                let entries = tree_entries(&bytes, id.as_str().len() / 2);
                Ok(entries
                    .into_iter()
                    .map(|(_, name)| name.to_owned())
                    .collect())
            }
            Reply::Missing | Reply::Ambiguous => Ok(Vec::new()),
            Reply::TooLarge => Err(Error::Failed {
                command: "cat-file",
                detail: format!("the folder {folder} is too large"),
            }),
        }
    }

    /// Builds the next commit: everything of the one before, and these files in place of theirs.
    /// The same files on the same commit at the same second give the same commit. No branch moves.
    ///
    /// # Errors
    /// Git fails, for example because the disk is full.
    pub fn build(
        &self,
        on: &Tip,
        files: &[(String, String)],
        message: &str,
        seconds: u64,
    ) -> Result<ObjectId, Error> {
        // The reference is put back to nothing in the same breath: only objects are made.
        let draft = "refs/afterclick/draft";
        let mut stream =
            format!("commit {draft}\nmark :1\ncommitter {COMMITTER} {seconds} +0000\n");
        data(&mut stream, message);
        if let Tip::At(before) = on {
            stream.push_str(&format!("from {before}\n"));
        }
        for (path, text) in files {
            stream.push_str(&format!("M 100644 inline {path}\n"));
            data(&mut stream, text);
        }
        let zero = &self.zero;
        stream.push_str(&format!(
            "\nget-mark :1\nreset {draft}\nfrom {zero}\n\ndone\n"
        ));
        let printed = self
            .git
            .feed(&["fast-import", "--quiet", "--done"], stream.as_bytes())?;
        ObjectId::parse(printed.trim_ascii()).ok_or_else(|| Error::Failed {
            command: "fast-import",
            detail: "it named no commit".to_owned(),
        })
    }

    /// Moves the branch from where it was read to the next commit, if it is still there.
    ///
    /// # Errors
    /// Git fails here; what the remote does is in the result.
    pub fn push(&mut self, from: &Tip, to: &ObjectId) -> Result<Pushed, Error> {
        match self.remote.clone() {
            Some(remote) => self.push_to(&remote, from, to),
            None => self.swap(&self.head(), from, to),
        }
    }

    fn push_to(&mut self, remote: &str, from: &Tip, to: &ObjectId) -> Result<Pushed, Error> {
        let head = self.head();
        let expected = match from {
            Tip::At(id) => id.as_str(),
            Tip::Missing => "",
        };
        // The lease is what makes it a compare-and-swap. Nothing is ever rewritten by it: the new
        // commit was built on the one that is expected.
        let lease = format!("--force-with-lease={head}:{expected}");
        let refspec = format!("{to}:{head}");
        let arguments = [
            "--porcelain",
            "--no-verify",
            "--no-follow-tags",
            "--no-signed",
            "--recurse-submodules=no",
            &lease,
            "--end-of-options",
            remote,
            &refspec,
        ];
        let output = self.git.run("push", &arguments)?;
        let pushed = read_push(&output, &head);
        if pushed == Pushed::Confirmed {
            // Where it cannot be remembered, the next fetch does.
            let _ = self.swap(SEEN, from, to);
        }
        Ok(pushed)
    }

    /// Moves a reference of this clone, if it is still where it was.
    fn swap(&self, name: &str, from: &Tip, to: &ObjectId) -> Result<Pushed, Error> {
        let from = match from {
            Tip::At(id) => id.as_str(),
            Tip::Missing => &self.zero,
        };
        let arguments = ["--no-deref", name, to.as_str(), from];
        let output = self.git.run("update-ref", &arguments)?;
        match output.code {
            Some(0) => Ok(Pushed::Confirmed),
            _ if output.stderr.contains("cannot lock ref") && !is_disk(&output.stderr) => {
                Ok(Pushed::Lost)
            }
            _ => Err(Error::from_stderr(
                "update-ref",
                self.git.dir(),
                &output.stderr,
            )),
        }
    }

    /// Whether one commit is an ancestor of another, or the same.
    ///
    /// # Errors
    /// Git fails.
    pub fn is_ancestor(&self, one: &ObjectId, other: &ObjectId) -> Result<bool, Error> {
        is_ancestor(&self.git, one, other)
    }

    /// Begins to list the commits of the ledger: it goes on while the caller does other things.
    ///
    /// # Errors
    /// Git cannot be started.
    pub fn history(&self, tip: &ObjectId) -> Result<History, Error> {
        let arguments = [
            "log",
            "--format=%H %P%x09%s",
            "--end-of-options",
            tip.as_str(),
        ];
        let Running { mut child, stderr } = self.git.start(&arguments)?;
        drop(child.stdin.take());
        let stdout = child.stdout.take();
        let dir = self.git.dir().to_owned();
        let commits = std::thread::spawn(move || {
            let lines = stdout
                .into_iter()
                .flat_map(|pipe| BufReader::new(pipe).split(b'\n'));
            let lines = lines.map_while(Result::ok);
            let commits: Vec<Entry> = lines.filter_map(|line| Entry::read(&line)).collect();
            let ended = child.wait();
            let stderr = stderr.join().unwrap_or_default();
            match ended {
                Ok(status) if status.success() => Ok(commits),
                _ => Err(Error::from_stderr("log", &dir, &stderr)),
            }
        });
        Ok(History(commits))
    }

    /// The author of a commit, and when it was made, by its own word.
    ///
    /// # Errors
    /// Git fails.
    pub fn author(&self, commit: &ObjectId) -> Result<(String, String), Error> {
        let format = "--format=%an%n%cI";
        let arguments = ["-1", format, "--end-of-options", commit.as_str()];
        let printed = self.git.read("log", &arguments)?;
        let printed = String::from_utf8_lossy(&printed);
        let (author, at) = printed.trim_end().split_once('\n').unwrap_or_default();
        Ok((author.to_owned(), at.to_owned()))
    }

    /// The full name of the branch, here and on the remote.
    fn head(&self) -> String {
        format!("refs/heads/{}", self.branch)
    }

    fn tip(&mut self, name: &str) -> Result<Tip, Error> {
        match self.objects.find(&format!("{name}^{{commit}}"))? {
            Reply::Found { id, .. } => Ok(Tip::At(id)),
            Reply::Missing | Reply::Ambiguous | Reply::TooLarge => Ok(Tip::Missing),
        }
    }

    /// Whether the remote has the branch, by its own word: an error is no answer.
    fn remote_has_branch(&self, remote: &str) -> Result<Option<bool>, Error> {
        let head = self.head();
        let arguments = ["--exit-code", "--end-of-options", remote, &head];
        Ok(match self.git.run("ls-remote", &arguments)?.code {
            Some(0) => Some(true),
            Some(2) => Some(false),
            _ => None,
        })
    }

    /// Tries again while another process of this clone holds the reference.
    fn patiently(&self, run: impl Fn(&Git) -> Result<Output, Error>) -> Result<Output, Error> {
        let mut output = run(&self.git)?;
        for _ in 1..LOCK_TRIES {
            let locked = output.code != Some(0) && output.stderr.contains("cannot lock ref");
            if !locked || is_disk(&output.stderr) {
                break;
            }
            std::thread::sleep(LOCK_PAUSE);
            output = run(&self.git)?;
        }
        Ok(output)
    }
}

/// Whether it is the disk or its rights that stand in the way, and not another process.
fn is_disk(stderr: &str) -> bool {
    [
        "No space left",
        "Read-only file system",
        "Permission denied",
    ]
    .iter()
    .any(|words| stderr.contains(words))
}

fn data(stream: &mut String, text: &str) {
    stream.push_str(&format!("data {}\n{text}\n", text.len()));
}
