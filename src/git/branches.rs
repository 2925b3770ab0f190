use std::collections::BTreeSet;

use crate::change::ObjectId;

use super::{Error, Repository};

/// A branch of this clone, or of a remote as this clone last saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BranchTip {
    /// Its full name, such as `refs/remotes/origin/main`.
    pub reference: String,
    /// Its commit.
    pub id: ObjectId,
    /// How many commits it has that the other does not; none where this git does not count.
    pub ahead: Option<u64>,
    /// When its commit was made, in seconds since 1970.
    pub at: u64,
    /// Who wrote its commit.
    pub author: String,
    /// The first line of its message.
    pub subject: String,
}

/// The fields of a branch, ended by NUL; the first two are there in every git that we run on.
const FIELDS: &str = "%(refname)%00%(objectname)%00%(symref)%00%(committerdate:unix)%00\
                      %(authorname)%00%(contents:subject)%00";

impl BranchTip {
    /// Its name without `refs/heads/` or `refs/remotes/`.
    pub fn name(&self) -> &str {
        let name = &self.reference;
        name.strip_prefix("refs/heads/")
            .or_else(|| name.strip_prefix("refs/remotes/"))
            .unwrap_or(name)
    }

    /// Whether it is a branch of this clone.
    pub fn is_local(&self) -> bool {
        self.reference.starts_with("refs/heads/")
    }
}

/// Where branches are.
const PLACES: [&str; 2] = ["refs/heads", "refs/remotes"];

impl Repository {
    /// The branch that work starts from: the default branch of the remote that the current branch
    /// follows, or of `origin`; else `main` or `master` there; else the local `main` or `master`.
    ///
    /// # Errors
    /// Git fails.
    pub fn default_branch(&self) -> Result<Option<String>, Error> {
        let format = "--format=%(refname) %(if)%(HEAD)%(then)%(upstream:remotename)%(end)";
        let patterns = ["refs/heads", "refs/remotes"];
        let list = self
            .git
            .read("for-each-ref", &[format, patterns[0], patterns[1]])?;
        Ok(default_branch(&String::from_utf8_lossy(&list)))
    }

    /// The branch that work starts from, as the remote calls it; the current one where nothing
    /// says so. None before there is any.
    ///
    /// # Errors
    /// Git fails.
    pub fn trunk(&self) -> Result<Option<String>, Error> {
        let known = self.default_branch()?;
        let name = match known.filter(|name| !name.ends_with("/HEAD")) {
            Some(name) => name,
            None => {
                let remote = ["--quiet", "refs/remotes/origin/HEAD"];
                let output = match self.git.run("symbolic-ref", &remote)? {
                    output if output.code == Some(0) => output,
                    _ => self.git.run("symbolic-ref", &["--quiet", "HEAD"])?,
                };
                String::from_utf8_lossy(&output.stdout).trim().to_owned()
            }
        };
        let branch = match name.strip_prefix("refs/remotes/") {
            Some(rest) => rest.split_once('/').map(|(_, branch)| branch),
            None => name.strip_prefix("refs/heads/"),
        };
        Ok(branch.map(str::to_owned))
    }

    /// The branches, of this clone and of remotes, but for the ones with a name; those that have
    /// something that `base` has not, where one is given. The newest first.
    ///
    /// # Errors
    /// Git fails.
    pub fn branches(&self, base: Option<&ObjectId>, but: &str) -> Result<Vec<BranchTip>, Error> {
        let mut arguments = vec!["--sort=-committerdate".to_owned()];
        arguments.extend(base.map(|base| format!("--no-merged={base}")));
        let counted = base.map(|base| format!("%(ahead-behind:{base})"));
        let counted = counted.unwrap_or_default();
        let list = self.references(&arguments, but, [&format!("{FIELDS}{counted}"), FIELDS])?;
        let mut tips = parse(&list);
        tips.retain(|tip| tip.name() != but && !tip.name().ends_with(&format!("/{but}")));
        Ok(tips)
    }

    /// The full names of the branches that contain a commit, but for the ones with a name.
    ///
    /// # Errors
    /// The commit is not here, or git fails.
    pub fn branches_with(&self, id: &ObjectId, but: &str) -> Result<BTreeSet<String>, Error> {
        let arguments = [format!("--contains={id}")];
        let list = self.references(&arguments, but, ["%(refname)", "%(refname)"])?;
        let list = String::from_utf8_lossy(&list).into_owned();
        Ok(list.lines().map(str::to_owned).collect())
    }

    /// The commits on branches of this clone that no branch of a remote has, but for the branches
    /// with a name.
    ///
    /// # Errors
    /// Git fails.
    pub fn unpushed(&self, but: &str) -> Result<BTreeSet<ObjectId>, Error> {
        let [here, there] = [but, &format!("*/{but}")].map(|it| format!("--exclude={it}"));
        let arguments = [&here, "--branches", "--not", &there, "--remotes"];
        let list = self.git.read("rev-list", &arguments)?;
        let lines = list.split(|&byte| byte == b'\n');
        Ok(lines.filter_map(ObjectId::parse).collect())
    }

    /// Lists branches in a format. A branch that is left out is not walked either, which counts
    /// where it is as long as a ledger; an older git, which cannot leave one out or count, lists
    /// all of them in the second format.
    fn references(
        &self,
        arguments: &[String],
        but: &str,
        formats: [&str; 2],
    ) -> Result<Vec<u8>, Error> {
        let [format, plain] = formats.map(|it| format!("--format={it}"));
        let out = ["refs/heads", "refs/remotes/*"].map(|it| format!("--exclude={it}/{but}"));
        let arguments = arguments.iter().map(String::as_str).chain(PLACES);
        let arguments: Vec<&str> = arguments.collect();
        let better = [&[format.as_str(), &out[0], &out[1]], &arguments[..]].concat();
        self.git.read("for-each-ref", &better).or_else(|_| {
            let older = [&[plain.as_str()], &arguments[..]].concat();
            self.git.read("for-each-ref", &older)
        })
    }
}

/// Reads lines of the fields above; a reference that stands for another is passed over.
fn parse(list: &[u8]) -> Vec<BranchTip> {
    let lines = list.split(|&byte| byte == b'\n');
    let tips = lines.filter_map(|line| {
        let mut fields = line.split(|&byte| byte == 0);
        let mut text = || Some(String::from_utf8_lossy(fields.next()?).into_owned());
        let (reference, id, symref) = (text()?, text()?, text()?);
        let (at, author, subject) = (text()?, text()?, text()?);
        let ahead = text().and_then(|it| it.split(' ').next()?.parse().ok());
        Some(BranchTip {
            id: ObjectId::parse(id.as_bytes()).filter(|_| symref.is_empty())?,
            reference,
            ahead,
            at: at.parse().unwrap_or_default(),
            author,
            subject,
        })
    });
    tips.collect()
}

/// Chooses from lines of `refname remote`, where only the current branch has a remote.
fn default_branch(list: &str) -> Option<String> {
    let lines = || list.lines().filter_map(|line| line.split_once(' '));
    let followed = lines().map(|(_, remote)| remote).find(|it| !it.is_empty());
    let remotes = followed.into_iter().chain(["origin"]);
    let candidates = remotes
        .flat_map(|remote| {
            ["HEAD", "main", "master"].map(|it| format!("refs/remotes/{remote}/{it}"))
        })
        .chain(["main", "master"].map(|branch| format!("refs/heads/{branch}")));
    candidates
        .into_iter()
        .find(|candidate| lines().any(|(name, _)| name == candidate))
}

#[cfg(test)]
mod tests {
    use super::{default_branch, parse};

    #[test]
    fn a_list_of_branches_is_read() {
        let id = "1".repeat(40);
        let list = format!(
            "refs/heads/a\0{id}\0\05\0Ada\0Subject\x003 1\n\
             refs/remotes/o/HEAD\0{id}\0refs/remotes/o/main\05\0Ada\0x\0\n\
             refs/heads/b\0{id}\0\06\0Bob\0y\0\nnonsense\n"
        );
        let tips = parse(list.as_bytes());
        assert_eq!(tips.len(), 2);
        assert_eq!(
            (tips[0].name(), tips[0].ahead, tips[0].at),
            ("a", Some(3), 5)
        );
        assert_eq!((tips[1].author.as_str(), tips[1].ahead), ("Bob", None));
    }

    #[test]
    fn the_remote_that_the_branch_follows_comes_first() {
        let list = "refs/heads/main \nrefs/heads/work fork\nrefs/remotes/fork/master \n\
                    refs/remotes/origin/HEAD \nrefs/remotes/origin/main ";
        let chosen = default_branch(list);
        assert_eq!(chosen.as_deref(), Some("refs/remotes/fork/master"));
    }

    #[test]
    fn a_local_branch_is_the_last_resort() {
        let chosen = default_branch("refs/heads/master \nrefs/heads/work ");
        assert_eq!(chosen.as_deref(), Some("refs/heads/master"));
        assert_eq!(default_branch("refs/heads/trunk "), None);
    }
}
