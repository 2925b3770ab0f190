use crate::change::{ObjectId, RepoPath};

use super::{Error, Repository};

/// What git makes of taking something back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Merged {
    /// It goes by itself, and gives this tree.
    Clean(ObjectId),
    /// These paths were changed on both sides.
    Conflicts(Vec<RepoPath>),
    /// This git, or this clone, cannot tell.
    Unknown(String),
}

impl Repository {
    /// Takes what lies between `target` and `live` back on top of `onto`, without a working tree:
    /// nothing but objects is written.
    ///
    /// # Errors
    /// Git cannot be started.
    pub fn taken_back(
        &self,
        live: &ObjectId,
        target: &ObjectId,
        onto: &ObjectId,
    ) -> Result<Merged, Error> {
        let base = format!("--merge-base={live}");
        let options = [
            "--write-tree",
            "--name-only",
            "--no-messages",
            "-z",
            &base,
            onto.as_str(),
            target.as_str(),
        ];
        let output = self.git.run("merge-tree", &options)?;
        let mut parts = output.stdout.split(|&byte| byte == 0);
        let tree = parts.next().and_then(ObjectId::parse);
        Ok(match (output.code, tree) {
            (Some(0), Some(tree)) => Merged::Clean(tree),
            (Some(1), Some(_)) => {
                let mut paths: Vec<RepoPath> = parts
                    .filter(|path| !path.is_empty())
                    .map(RepoPath::from_bytes)
                    .collect();
                paths.dedup();
                Merged::Conflicts(paths)
            }
            _ => {
                let error = Error::from_stderr("merge-tree", self.git.dir(), &output.stderr);
                let sentence = error.to_string();
                Merged::Unknown(sentence.trim_end_matches('.').to_owned())
            }
        })
    }
}
