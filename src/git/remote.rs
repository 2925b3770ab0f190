//! Which remote of a repository is spoken to.

use super::Error;
use super::command::Git;

/// The remote with this name; without one, the remote that the current branch follows, or
/// `origin`, or the only one. None where the repository has no remote.
///
/// # Errors
/// There is none of this name, there are several and none of them stands out, or git fails.
pub(super) fn choose(git: &Git, name: Option<&str>) -> Result<Option<String>, Error> {
    let pattern = r"^(remote\..+\.url|branch\..+\.remote)$";
    let output = git.run("config", &["--null", "--get-regexp", pattern])?;
    let list = match output.code {
        Some(0) => String::from_utf8_lossy(&output.stdout).into_owned(),
        // No key is like this.
        Some(1) => String::new(),
        _ => return Err(Error::from_stderr("config", git.dir(), &output.stderr)),
    };
    let configured = Configured::read(&list);
    if configured.remotes.len() < 2 || name.is_some() {
        return configured.choose(name, None);
    }
    let head = git.run("symbolic-ref", &["--quiet", "HEAD"])?.stdout;
    let head = String::from_utf8_lossy(&head).trim_end().to_owned();
    configured.choose(name, head.strip_prefix("refs/heads/"))
}

/// The names of all remotes, and which of them each branch follows.
struct Configured<'a> {
    remotes: Vec<&'a str>,
    branches: Vec<(&'a str, &'a str)>,
}

impl<'a> Configured<'a> {
    /// Reads `key LF value NUL` as often as it stands there.
    fn read(list: &'a str) -> Self {
        let (mut remotes, mut branches) = (Vec::new(), Vec::new());
        for entry in list.split('\0') {
            let (key, value) = entry.split_once('\n').unwrap_or((entry, ""));
            let named = |section: &str, last: &str| {
                let rest = key.strip_prefix(section)?;
                rest.strip_suffix(last)
            };
            if let Some(remote) = named("remote.", ".url") {
                remotes.push(remote);
            } else if let Some(branch) = named("branch.", ".remote") {
                branches.push((branch, value));
            }
        }
        remotes.sort_unstable();
        remotes.dedup();
        Self { remotes, branches }
    }

    fn choose(&self, name: Option<&str>, branch: Option<&str>) -> Result<Option<String>, Error> {
        if let Some(name) = name {
            return match self.remotes.contains(&name) {
                true => Ok(Some(name.to_owned())),
                false => Err(Error::UnknownRemote(name.to_owned())),
            };
        }
        let mut followed = self.branches.iter().rev();
        let followed = followed.find(|(it, _)| Some(*it) == branch);
        let followed = followed.map(|(_, remote)| *remote);
        let known = |remote: &&str| self.remotes.contains(remote);
        if let Some(remote) = followed.filter(known).or(Some("origin").filter(known)) {
            return Ok(Some(remote.to_owned()));
        }
        match self.remotes[..] {
            [] => Ok(None),
            [only] => Ok(Some(only.to_owned())),
            _ => Err(Error::SeveralRemotes(self.remotes.join(", "))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "remote.fork.url\nhttps://a\0remote.origin.url\nhttps://b\0\
                        branch.work.remote\nfork\0branch.odd.remote\n.\0";

    #[test]
    fn the_remote_that_the_branch_follows_comes_first_and_then_origin() {
        let configured = Configured::read(LIST);
        for (name, branch, remote) in [
            (None, Some("work"), "fork"),
            (None, Some("main"), "origin"),
            (None, Some("odd"), "origin"),
            (None, None, "origin"),
            (Some("fork"), Some("main"), "fork"),
        ] {
            let chosen = configured.choose(name, branch).unwrap();
            assert_eq!(chosen.as_deref(), Some(remote));
        }
        let unknown = configured.choose(Some("nowhere"), None);
        assert_eq!(unknown, Err(Error::UnknownRemote("nowhere".to_owned())));
    }

    #[test]
    fn without_an_origin_there_has_to_be_one_alone() {
        let choose = |list: &str| Configured::read(list).choose(None, None);
        assert_eq!(choose(""), Ok(None));
        assert_eq!(choose("remote.a.url\nx\0"), Ok(Some("a".to_owned())));
        let several = choose("remote.a.url\nx\0remote.b.url\ny\0");
        assert_eq!(several, Err(Error::SeveralRemotes("a, b".to_owned())));
    }
}
