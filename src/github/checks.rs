use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::client::{Call, PER_PAGE};
use super::{Error, GitHub, RepositoryName};
use crate::render::limits::ANNOTATIONS_PER_CALL;

const READ: &str = "checks: read";
const WRITE: &str = "checks: write";

/// How a check ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conclusion {
    /// Nothing to say.
    Success,
    /// Advice, or not reviewed where nothing is enforced.
    Neutral,
    /// Held.
    Failure,
    /// Any other, which is not ours.
    #[serde(other)]
    Other,
}

/// How loud an annotation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// To know.
    Notice,
    /// Advice.
    Warning,
    /// It holds the change.
    Failure,
}

/// Words at a line of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Annotation {
    /// The path on the head side.
    pub path: String,
    /// The line, from 1.
    pub start_line: u32,
    /// The line, from 1.
    pub end_line: u32,
    /// How loud.
    #[serde(rename = "annotation_level")]
    pub level: Level,
    /// At most 255 characters.
    pub title: String,
    /// At most 64 KB.
    pub message: String,
}

/// A check run to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCheckRun<'a> {
    /// Its name, by which a ruleset can require it.
    pub name: &'a str,
    /// The commit that it is about.
    pub head: &'a str,
    /// What tells our check runs on one commit apart.
    pub external_id: &'a str,
    /// How it ends.
    pub conclusion: Conclusion,
    /// At most 255 characters.
    pub title: &'a str,
    /// Markdown, at most 65,535 characters.
    pub summary: &'a str,
    /// As many as there are.
    pub annotations: &'a [Annotation],
}

/// A check run that is there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CheckRun {
    /// Its id, of 64 bits.
    pub id: u64,
    /// What tells our check runs on one commit apart.
    #[serde(default)]
    pub external_id: Option<String>,
    /// How it ended; none while it runs.
    #[serde(default)]
    pub conclusion: Option<Conclusion>,
    /// Where people read it.
    #[serde(default)]
    pub html_url: Option<String>,
}

#[derive(Deserialize)]
struct Page {
    check_runs: Vec<CheckRun>,
}

impl GitHub {
    /// Makes a check run that has ended, with its annotations in as many calls as they need.
    ///
    /// # Errors
    /// See [`Error`]. A lost reply is settled by looking for the external id.
    pub fn create_check_run(
        &self,
        name: &RepositoryName,
        new: &NewCheckRun<'_>,
    ) -> Result<CheckRun, Error> {
        let path = format!("/repos/{name}/check-runs");
        let (first, rest) = new
            .annotations
            .split_at(new.annotations.len().min(ANNOTATIONS_PER_CALL));
        let body = json!({
            "name": new.name,
            "head_sha": new.head,
            "external_id": new.external_id,
            "status": "completed",
            "conclusion": new.conclusion,
            "output": output(new, first),
        });
        let call = Call::post(&path, "write a check run", WRITE, body);
        let made = match self.call(&call) {
            Ok(reply) => reply.read()?,
            Err(error) if error.is_ambiguous() => {
                let there = self.check_runs(name, new.head, new.name)?.into_iter();
                let ours = |run: &CheckRun| run.external_id.as_deref() == Some(new.external_id);
                match there.filter(ours).max_by_key(|run| run.id) {
                    Some(run) => run,
                    None => self.call(&call)?.read()?,
                }
            }
            Err(error) => return Err(error),
        };
        for batch in rest.chunks(ANNOTATIONS_PER_CALL) {
            let path = format!("/repos/{name}/check-runs/{}", made.id);
            let body = json!({ "output": output(new, batch) });
            self.call(&Call::patch(&path, "add annotations", WRITE, body))?;
        }
        Ok(made)
    }

    /// The check runs of a name on a commit, every one of them.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn check_runs(
        &self,
        name: &RepositoryName,
        head: &str,
        check: &str,
    ) -> Result<Vec<CheckRun>, Error> {
        let path = format!(
            "/repos/{name}/commits/{head}/check-runs?check_name={check}&filter=all&per_page={PER_PAGE}"
        );
        let call = Call::get(&path, "list the check runs", READ);
        self.list(
            &call,
            |reply| Ok(reply.read::<Page>()?.check_runs),
            |_| false,
        )
    }
}

fn output(new: &NewCheckRun<'_>, annotations: &[Annotation]) -> Value {
    json!({ "title": new.title, "summary": new.summary, "annotations": annotations })
}
