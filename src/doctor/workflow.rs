//! A workflow, with a place for everything that a rule may point at.

use serde_yaml::Value;

use super::WorkflowFile;
use crate::policy::{self, Diagnostics, Place, Position};

/// A workflow.
#[derive(Debug)]
pub(super) struct Workflow<'a> {
    pub(super) file: &'a WorkflowFile,
    /// The events that start it.
    pub(super) triggers: Vec<String>,
    /// The branches whose pushes start it, where it names them.
    pub(super) pushed: Option<Vec<String>>,
    pub(super) concurrency: Option<Concurrency>,
    pub(super) permissions: Option<Permissions>,
    pub(super) jobs: Vec<Job>,
}

/// A concurrency group.
#[derive(Debug, Clone)]
pub(super) struct Concurrency {
    pub(super) at: Position,
    /// Its name as it is written.
    pub(super) group: String,
    /// Where the key `group` stands; none where the whole is a plain name.
    pub(super) group_at: Option<Position>,
    pub(super) queue: Option<(String, Position)>,
    pub(super) cancel: Option<(String, Position)>,
}

/// What a token may do, scope by scope; everything else it may not.
#[derive(Debug, Clone)]
pub(super) enum Permissions {
    Scopes(Vec<(String, String)>),
    ReadAll,
    WriteAll,
}

/// A job.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) key: String,
    pub(super) at: Position,
    pub(super) environment: Option<EnvironmentUse>,
    pub(super) concurrency: Option<Concurrency>,
    pub(super) permissions: Option<Permissions>,
    pub(super) has_timeout: bool,
    /// Where a one-line key stands that another key may follow.
    pub(super) sibling: Option<Position>,
    pub(super) matrix: Option<Position>,
    pub(super) fail_fast: Option<(String, Position)>,
    pub(super) steps: Vec<Step>,
}

/// An environment that a job names.
#[derive(Debug, Clone)]
pub(super) struct EnvironmentUse {
    pub(super) name: String,
    pub(super) at: Position,
    /// Whether it says that it makes no Deployment.
    pub(super) without_deployment: bool,
}

/// A step.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) at: Position,
    pub(super) uses: Option<(String, Position)>,
    pub(super) run: String,
    /// The inputs, with the places of their values.
    pub(super) with: Vec<(String, String, Position)>,
    pub(super) with_at: Option<Position>,
    pub(super) first_input_at: Option<Position>,
}

impl<'a> Workflow<'a> {
    /// Reads a workflow; else what is wrong with it, and where.
    pub(super) fn read(file: &'a WorkflowFile) -> Result<Self, policy::Diagnostic> {
        let mut found = Diagnostics::default();
        let read = policy::read(&file.text, 1, &mut found);
        if let Err(mistakes) = found.finish(()) {
            return Err(mistakes.into_iter().next().unwrap_or_else(no_mapping));
        }
        let (value, places) = read.ok_or_else(no_mapping)?;
        // A file of comments alone starts nothing.
        if !value.is_mapping() && !value.is_null() {
            return Err(no_mapping());
        }
        Ok(Self {
            file,
            triggers: names(&value["on"]),
            pushed: pushed(&value["on"]),
            concurrency: concurrency(&value, &places),
            permissions: permissions(&value["permissions"]),
            jobs: jobs(&value["jobs"], places.entry("jobs")),
        })
    }

    /// The group that a job runs in: its own, or else the workflow's.
    pub(super) fn group<'b>(&'b self, job: &'b Job) -> Option<&'b Concurrency> {
        job.concurrency.as_ref().or(self.concurrency.as_ref())
    }

    /// Whether only other workflows start it: what guards it may then stand there.
    pub(super) fn is_called(&self) -> bool {
        !self.triggers.is_empty() && self.triggers.iter().all(|it| it == "workflow_call")
    }
}

impl Step {
    /// The input of this name.
    pub(super) fn input(&self, name: &str) -> Option<&str> {
        let mut with = self.with.iter();
        with.find(|(key, _, _)| key == name)
            .map(|(_, value, _)| value.as_str())
    }

    /// The mode in which it runs our action; none where it is another step.
    pub(super) fn mode(&self) -> Option<&str> {
        let (uses, _) = self.uses.as_ref()?;
        let name = uses.split('@').next().unwrap_or_default();
        let is_ours = ["afterclick/afterclick", "afterclick/action"].contains(&name)
            || matches!(name, "./" | "$/") && self.with.iter().any(|(key, ..)| key == "mode");
        is_ours.then(|| self.input("mode").unwrap_or("review"))
    }

    /// Whether it checks out with GitHub's own action.
    pub(super) fn checks_out(&self) -> bool {
        let uses = self.uses.as_ref();
        uses.is_some_and(|(uses, _)| uses.starts_with("actions/checkout@"))
    }
}

impl Permissions {
    /// Whether it may read (1) or write (2) here.
    pub(super) fn of(&self, scope: &str) -> u8 {
        let level = |text: &str| match text {
            "write" => 2,
            "read" => 1,
            _ => 0,
        };
        match self {
            Self::WriteAll => 2,
            Self::ReadAll => 1,
            Self::Scopes(scopes) => {
                let found = scopes.iter().find(|(name, _)| name == scope);
                found.map_or(0, |(_, text)| level(text))
            }
        }
    }
}

fn no_mapping() -> policy::Diagnostic {
    policy::Diagnostic {
        line: 1,
        column: 1,
        message: "it is no mapping of keys to values".to_owned(),
        hint: None,
    }
}

/// A scalar as text; an empty text for everything else.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(it) => it.to_string(),
        Value::Number(it) => it.to_string(),
        _ => String::new(),
    }
}

/// Names that are written as one, as a list, or as the keys of a mapping.
fn names(value: &Value) -> Vec<String> {
    match value {
        Value::Sequence(list) => list.iter().map(text).collect(),
        Value::Mapping(entries) => entries.keys().map(text).collect(),
        Value::Null => Vec::new(),
        one => vec![text(one)],
    }
}

fn pushed(on: &Value) -> Option<Vec<String>> {
    let branches = on.get("push")?.get("branches")?;
    Some(names(branches))
}

fn permissions(value: &Value) -> Option<Permissions> {
    match value {
        Value::Mapping(scopes) => Some(Permissions::Scopes(
            scopes
                .iter()
                .map(|(key, value)| (text(key), text(value)))
                .collect(),
        )),
        Value::String(all) if all == "read-all" => Some(Permissions::ReadAll),
        Value::String(all) if all == "write-all" => Some(Permissions::WriteAll),
        _ => None,
    }
}

fn concurrency(around: &Value, places: &Place) -> Option<Concurrency> {
    let value = around.get("concurrency")?;
    let place = places.entry("concurrency");
    let mut found = Concurrency {
        at: place.key,
        group: text(value),
        group_at: None,
        queue: None,
        cancel: None,
    };
    if value.is_mapping() {
        let of = |key: &str| {
            let value = value.get(key)?;
            Some((text(value), place.entry(key).value))
        };
        found.group = text(value.get("group")?);
        found.group_at = Some(place.entry("group").key);
        found.queue = of("queue");
        found.cancel = of("cancel-in-progress");
    }
    (!found.group.is_empty()).then_some(found)
}

fn jobs(value: &Value, places: &Place) -> Vec<Job> {
    let Some(entries) = value.as_mapping() else {
        return Vec::new();
    };
    let jobs = entries.iter().filter(|(_, value)| value.is_mapping());
    jobs.map(|(key, value)| {
        let key = text(key);
        let place = places.entry(&key);
        job(key, value, place)
    })
    .collect()
}

fn job(key: String, value: &Value, place: &Place) -> Job {
    let strategy = &value["strategy"];
    let of_strategy = |key: &str| {
        let value = strategy.get(key)?;
        Some((text(value), place.entry("strategy").entry(key)))
    };
    let sibling = ["runs-on", "name"]
        .into_iter()
        .find(|key| matches!(value.get(key), Some(Value::String(_))))
        .map(|key| place.entry(key).key);
    Job {
        at: place.key,
        environment: environment(&value["environment"], place.entry("environment")),
        concurrency: concurrency(value, place),
        permissions: permissions(&value["permissions"]),
        has_timeout: value.get("timeout-minutes").is_some(),
        sibling,
        matrix: of_strategy("matrix").map(|(_, place)| place.key),
        fail_fast: of_strategy("fail-fast").map(|(text, place)| (text, place.value)),
        steps: steps(&value["steps"], place.entry("steps")),
        key,
    }
}

fn environment(value: &Value, place: &Place) -> Option<EnvironmentUse> {
    let name = match value {
        Value::Mapping(_) => text(value.get("name")?),
        other => text(other),
    };
    (!name.is_empty()).then(|| EnvironmentUse {
        name,
        at: place.key,
        without_deployment: value.get("deployment").and_then(Value::as_bool) == Some(false),
    })
}

fn steps(value: &Value, places: &Place) -> Vec<Step> {
    let steps = value.as_sequence().into_iter().flatten().enumerate();
    steps
        .filter(|(_, step)| step.is_mapping())
        .map(|(index, step)| {
            let place = places.item(index);
            let with = step.get("with").and_then(Value::as_mapping);
            let inputs: Vec<(String, String, Position)> = with
                .into_iter()
                .flatten()
                .map(|(key, value)| {
                    let key = text(key);
                    let at = place.entry("with").entry(&key).value;
                    (key, text(value), at)
                })
                .collect();
            Step {
                at: place.value,
                uses: step
                    .get("uses")
                    .map(|it| (text(it), place.entry("uses").key)),
                run: text(&step["run"]),
                with_at: with.map(|_| place.entry("with").key),
                first_input_at: inputs
                    .first()
                    .map(|(key, ..)| place.entry("with").entry(key).key),
                with: inputs,
            }
        })
        .collect()
}
