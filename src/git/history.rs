//! Commits, where they lead and what each of them changed: names of objects only, so that a clone
//! without contents has all that is needed.

use std::io::{BufRead, BufReader, Write};

use crate::change::raw::{self, RawEntry};
use crate::change::{ObjectId, RepoPath};

use super::command::{Git, Running};
use super::objects::Reply;
use super::{Error, Repository};

/// Up to so many paths git is asked for alone. It compares every entry of every folder with every
/// path, so that with more of them it is quicker to take everything and to choose.
const FEW_PATHS: usize = 8;

/// The longest message that is read, in bytes; what comes after it declares nothing.
const MAX_MESSAGE_BYTES: usize = 64 * 1024;

/// At most so many tips are asked about at once.
const MAX_TIPS: usize = 200;

/// A commit of a history, with what it changed against its first parent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// Its full name.
    pub id: ObjectId,
    /// Its tree.
    pub tree: ObjectId,
    /// Its parents, the first one first.
    pub parents: Vec<ObjectId>,
    /// When it was committed, in seconds since 1970, by the clock of whoever did.
    pub at: u64,
    /// Who wrote it.
    pub author: String,
    /// Its message.
    pub message: String,
    /// What it changed; renames are a file that is gone and a new one.
    pub entries: Vec<RawEntry>,
}

/// Which commits to go through, the newest first.
#[derive(Debug, Clone, Copy)]
pub struct Walk<'a> {
    /// Where to begin.
    pub from: &'a ObjectId,
    /// Leaves out this one and what it contains.
    pub without: Option<&'a ObjectId>,
    /// Only the first parent of a merge is followed: what the branch itself was.
    pub first_parent: bool,
    /// Only commits that changed one of these, where git can tell quickly; others may come along.
    pub paths: Option<&'a [RepoPath]>,
    /// Whether to say what each commit changed.
    pub entries: bool,
    /// At most so many commits.
    pub most: Option<usize>,
}

impl<'a> Walk<'a> {
    /// All commits up to `from`.
    pub fn up_to(from: &'a ObjectId) -> Self {
        Self {
            from,
            without: None,
            first_parent: false,
            paths: None,
            entries: false,
            most: None,
        }
    }
}

impl Repository {
    /// Whether `descendant` contains `ancestor`, or is it.
    ///
    /// # Errors
    /// Git fails.
    pub fn is_ancestor(&self, ancestor: &ObjectId, descendant: &ObjectId) -> Result<bool, Error> {
        is_ancestor(&self.git, ancestor, descendant)
    }

    /// The paths that differ between two commits, with the names of their contents; renames are a
    /// file that is gone and a new one.
    ///
    /// # Errors
    /// Git fails, or the list is longer than what is read into memory.
    pub fn changes(&self, base: &ObjectId, head: &ObjectId) -> Result<Vec<RawEntry>, Error> {
        let options = [
            "-r",
            "--raw",
            "-z",
            "--full-index",
            "--no-abbrev",
            "--no-renames",
            base.as_str(),
            head.as_str(),
        ];
        let list = self.git.read("diff-tree", &options)?;
        raw::parse(&list).map_err(|error| unexpected("diff-tree", &error.to_string()))
    }

    /// Goes through commits, the newest first, until `each` says that it has seen enough.
    ///
    /// # Errors
    /// Git fails; what was seen until then is no answer.
    pub fn walk(&self, walk: Walk<'_>, each: &mut dyn FnMut(Logged) -> bool) -> Result<(), Error> {
        let mut arguments = vec![
            "--literal-pathspecs",
            // The first commit changed something too.
            "-c",
            "log.showRoot=true",
            "log",
            "--stdin",
            "-z",
            "--encoding=UTF-8",
            "--no-color",
            "--no-decorate",
            "--no-notes",
            "--no-show-signature",
            "--no-mailmap",
            "--no-follow",
            "--no-relative",
            "--format=%H %T %ct %P%n%an%n%B",
        ];
        if walk.first_parent {
            arguments.push("--first-parent");
        }
        if walk.entries {
            arguments.extend([
                "--raw",
                // All that a commit changed, also where only some paths are looked for.
                "--full-diff",
                "--no-abbrev",
                "--no-renames",
                "--no-ext-diff",
                "--no-textconv",
                "--diff-merges=first-parent",
            ]);
        }
        let most = walk.most.map(|most| format!("--max-count={most}"));
        arguments.extend(most.as_deref());

        let Running { mut child, stderr } = self.git.start(&arguments)?;
        // Where git ends early, its exit code and its words say so.
        let _ = child
            .stdin
            .take()
            .map(|mut pipe| pipe.write_all(&question(walk)));
        let mut enough = false;
        let mut outcome = Ok(());
        if let Some(stdout) = child.stdout.take() {
            let mut reader = Reader::new(BufReader::with_capacity(256 * 1024, stdout));
            loop {
                match reader.next() {
                    Ok(Some(logged)) => {
                        if !each(logged) {
                            enough = true;
                            break;
                        }
                    }
                    Ok(None) => break,
                    Err(what) => {
                        outcome = Err(unexpected("log", &what));
                        break;
                    }
                }
            }
        }
        if enough || outcome.is_err() {
            // It may have ended by itself in the meantime.
            let _ = child.kill();
        }
        let ended = child.wait();
        let stderr = stderr.join().unwrap_or_default();
        match ended {
            Ok(status) if status.success() || enough => outcome,
            _ if outcome.is_err() && stderr.is_empty() => outcome,
            _ => Err(Error::from_stderr("log", self.git.dir(), &stderr)),
        }
    }

    /// One commit, without what it changed; none where this clone does not have it.
    ///
    /// # Errors
    /// Git fails.
    pub fn logged(&mut self, id: &ObjectId) -> Result<Option<Logged>, Error> {
        match self.objects.find(&format!("{id}^{{commit}}"))? {
            Reply::Found { id, bytes } => Ok(parse_commit(id, &bytes)),
            Reply::Missing | Reply::Ambiguous | Reply::TooLarge => Ok(None),
        }
    }

    /// Whether one of `tips` contains `ancestor`.
    ///
    /// # Errors
    /// Git fails.
    pub fn is_in_any(&self, ancestor: &ObjectId, tips: &[ObjectId]) -> Result<bool, Error> {
        let without = tips.iter().take(MAX_TIPS).map(|tip| format!("^{tip}"));
        let without: Vec<String> = without.collect();
        let mut arguments = vec!["--max-count=1", ancestor.as_str()];
        arguments.extend(without.iter().map(String::as_str));
        Ok(self.git.read("rev-list", &arguments)?.is_empty())
    }

    /// The branch that a reference such as `refs/remotes/origin/HEAD` stands for; itself where it
    /// stands for none.
    ///
    /// # Errors
    /// Git fails.
    pub fn stands_for(&self, reference: &str) -> Result<String, Error> {
        let name = self
            .git
            .read("rev-parse", &["--symbolic-full-name", reference])?;
        Ok(String::from_utf8_lossy(name.trim_ascii()).into_owned())
    }

    /// The commits that a reference of this clone pointed to, as far as this clone remembers; the
    /// newest first.
    ///
    /// # Errors
    /// Git fails. That there is no such reference is no error.
    pub fn was_at(&self, reference: &str) -> Result<Vec<ObjectId>, Error> {
        let options = [
            "--walk-reflogs",
            "--no-show-signature",
            "--format=%H",
            reference,
            "--",
        ];
        let output = self.git.run("log", &options)?;
        let lines = output.stdout.split(|&byte| byte == b'\n');
        Ok(lines.filter_map(ObjectId::parse).collect())
    }
}

/// What git reads: where to begin, what to leave out, which paths.
fn question(walk: Walk<'_>) -> Vec<u8> {
    let mut question = format!("{}\n", walk.from).into_bytes();
    if let Some(without) = walk.without {
        question.extend(format!("^{without}\n").into_bytes());
    }
    let few = walk.paths.filter(|paths| {
        let one_line = |path: &RepoPath| !path.as_bytes().contains(&b'\n');
        (1..=FEW_PATHS).contains(&paths.len()) && paths.iter().all(one_line)
    });
    if let Some(paths) = few {
        question.extend(b"--\n");
        for path in paths {
            question.extend(path.as_bytes());
            question.push(b'\n');
        }
    }
    question
}

/// Reads what `git log -z --raw` prints: a header, then entries, each part ended by NUL.
struct Reader<R> {
    from: R,
    /// The header of the next commit, where it was read already.
    header: Option<Vec<u8>>,
}

impl<R: BufRead> Reader<R> {
    fn new(from: R) -> Self {
        Self { from, header: None }
    }

    fn part(&mut self) -> Result<Option<Vec<u8>>, String> {
        let mut part = Vec::new();
        let read = self.from.read_until(0, &mut part);
        match read.map_err(|error| error.to_string())? {
            0 => Ok(None),
            _ => {
                if part.last() == Some(&0) {
                    part.pop();
                }
                Ok(Some(part))
            }
        }
    }

    fn next(&mut self) -> Result<Option<Logged>, String> {
        let header = match self.header.take() {
            Some(header) => header,
            None => match self.part()? {
                Some(header) => header,
                None => return Ok(None),
            },
        };
        let mut logged = parse_header(&header).ok_or("it printed no commit")?;
        let mut diff = Vec::new();
        while let Some(part) = self.part()? {
            let entry = part.strip_prefix(b"\n").unwrap_or(&part);
            if !entry.starts_with(b":") {
                self.header = Some(part);
                break;
            }
            let path = self.part()?.ok_or("it printed no path")?;
            diff.extend_from_slice(entry);
            diff.push(0);
            diff.extend(path);
            diff.push(0);
        }
        logged.entries = raw::parse(&diff).map_err(|error| error.to_string())?;
        Ok(Some(logged))
    }
}

fn parse_header(header: &[u8]) -> Option<Logged> {
    let header = &header[..header.len().min(MAX_MESSAGE_BYTES)];
    let header = header.strip_prefix(b"\n").unwrap_or(header);
    let mut lines = header.splitn(3, |&byte| byte == b'\n');
    let mut names = lines.next()?.split(|&byte| byte == b' ');
    let id = ObjectId::parse(names.next()?)?;
    let tree = ObjectId::parse(names.next()?)?;
    let at = std::str::from_utf8(names.next()?).ok()?.parse().ok()?;
    let parents = names.filter_map(ObjectId::parse).collect();
    let text = |bytes: Option<&[u8]>| {
        let text = String::from_utf8_lossy(bytes.unwrap_or_default());
        text.trim_end().to_owned()
    };
    Some(Logged {
        id,
        tree,
        parents,
        at,
        author: text(lines.next()),
        message: text(lines.next()),
        entries: Vec::new(),
    })
}

/// Reads a commit as git keeps it.
fn parse_commit(id: ObjectId, bytes: &[u8]) -> Option<Logged> {
    let text = String::from_utf8_lossy(bytes);
    let (head, message) = text.split_once("\n\n").unwrap_or((&text, ""));
    let named = |key: &'static str| {
        let lines = head.lines();
        lines.filter_map(move |line| line.strip_prefix(key)?.strip_prefix(' '))
    };
    let author = named("author").next()?;
    let committer = named("committer").next()?;
    let at = committer.rsplit(' ').nth(1)?;
    Some(Logged {
        tree: ObjectId::parse(named("tree").next()?.as_bytes())?,
        parents: named("parent")
            .filter_map(|it| ObjectId::parse(it.as_bytes()))
            .collect(),
        at: at.parse().unwrap_or_default(),
        author: author.split(" <").next().unwrap_or_default().to_owned(),
        message: message.trim_end().to_owned(),
        entries: Vec::new(),
        id,
    })
}

fn unexpected(command: &'static str, detail: &str) -> Error {
    Error::Failed {
        command,
        detail: detail.to_owned(),
    }
}

/// Whether one commit is an ancestor of another, or the same.
pub(super) fn is_ancestor(
    git: &Git,
    ancestor: &ObjectId,
    descendant: &ObjectId,
) -> Result<bool, Error> {
    if ancestor == descendant {
        return Ok(true);
    }
    let sides = ["--is-ancestor", ancestor.as_str(), descendant.as_str()];
    let output = git.run("merge-base", &sides)?;
    match output.code {
        Some(0) => Ok(true),
        Some(1) => Ok(false),
        _ => Err(Error::from_stderr("merge-base", git.dir(), &output.stderr)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "1111111111111111111111111111111111111111";
    const TWO: &str = "2222222222222222222222222222222222222222";

    fn all(text: &str) -> Result<Vec<Logged>, String> {
        let mut reader = Reader::new(text.as_bytes());
        let mut all = Vec::new();
        while let Some(logged) = reader.next()? {
            all.push(logged);
        }
        Ok(all)
    }

    #[test]
    fn a_message_cannot_pass_for_a_change() {
        let entry = format!(":100644 100644 {ONE} {TWO} M\0a\0");
        let text = format!(
            "{ONE} {TWO} 9 {TWO}\nAda\nSubject\n\n:100644 forged\n\0\n{entry}{TWO} {ONE} 8 \nBob\n\0"
        );
        let all = all(&text).unwrap();
        assert_eq!(all.len(), 2);
        assert_eq!(all[0].message, "Subject\n\n:100644 forged");
        assert_eq!(all[0].entries.len(), 1);
        assert_eq!((all[0].parents.len(), all[1].parents.len()), (1, 0));
        assert_eq!((all[1].author.as_str(), all[1].at), ("Bob", 8));
        assert!(all[1].message.is_empty());
    }

    #[test]
    fn a_commit_is_read_as_git_keeps_it() {
        let text = format!(
            "tree {TWO}\nparent {ONE}\nauthor Ada L. <a@x> 5 +0100\ncommitter Bob <b@x> 9 +0000\n\n\
             Subject\n\nparent {TWO}\n"
        );
        let id = ObjectId::parse(ONE.as_bytes()).unwrap();
        let commit = parse_commit(id, text.as_bytes()).unwrap();
        assert_eq!((commit.author.as_str(), commit.at), ("Ada L.", 9));
        assert_eq!(commit.parents.len(), 1);
        assert_eq!(commit.message, format!("Subject\n\nparent {TWO}"));
    }

    #[test]
    fn what_is_no_log_is_an_error() {
        for text in ["x", "\0", &format!("{ONE} {TWO} 1 \nA\n\0\n:100644\0")] {
            assert!(all(text).is_err(), "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let mut reader = Reader::new(bytes.as_slice());
            while let Ok(Some(_)) = reader.next() {}
        }
    }
}
