//! A workflow, read from its settings: triggers, jobs, steps, and what their token may do.

use crate::facts::setting::{Setting, ValueKind};
use crate::review::deltas::settings::renames;
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) mod runs;

/// One side of a workflow, or of an action's steps.
#[derive(Debug, Default)]
pub(crate) struct Workflow<'a> {
    /// What its jobs' token may do where they don't say.
    pub(crate) permissions: Option<Permissions<'a>>,
    /// The events that start it.
    pub(crate) triggers: BTreeSet<&'a str>,
    /// Its jobs by key.
    pub(crate) jobs: BTreeMap<&'a str, Job<'a>>,
}

/// One job.
#[derive(Debug, Default)]
pub(crate) struct Job<'a> {
    /// Everything that it says.
    pub(crate) settings: Vec<&'a Setting>,
    /// What its own token may do, where it says.
    pub(crate) permissions: Option<Permissions<'a>>,
    /// The environment it deploys to.
    pub(crate) environment: Option<&'a Setting>,
    /// Under which condition it runs.
    pub(crate) condition: Option<&'a Setting>,
    /// The jobs it waits for.
    pub(crate) needs: Vec<&'a Setting>,
    /// The steps in order.
    pub(crate) steps: Vec<Step<'a>>,
}

/// One step of a job.
#[derive(Debug, Default)]
pub(crate) struct Step<'a> {
    /// What names it.
    pub(crate) name: &'a str,
    /// Everything that it says.
    pub(crate) settings: Vec<&'a Setting>,
    /// The action that it uses.
    pub(crate) uses: Option<&'a Setting>,
    /// The script that it runs.
    pub(crate) run: Option<&'a Setting>,
    /// Under which condition it runs.
    pub(crate) condition: Option<&'a Setting>,
}

/// What a job's token may do: 0 nothing, 1 read, 2 write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Permissions<'a> {
    /// For everything that is not named.
    all: u8,
    scopes: BTreeMap<&'a str, u8>,
    /// Where it says so.
    pub(crate) line: u32,
}

impl<'a> Permissions<'a> {
    fn read(settings: &[&'a Setting], depth: usize) -> Option<Self> {
        let first = settings.first()?;
        let mut found = Self {
            all: 0,
            scopes: BTreeMap::new(),
            line: first.line,
        };
        for setting in settings {
            match setting.path.get(depth) {
                Some(scope) => {
                    found.scopes.insert(scope, level(&setting.value));
                }
                None => {
                    found.all = match setting.value.as_str() {
                        "read-all" => 1,
                        "write-all" => 2,
                        _ if setting.kind == ValueKind::EmptyMap => 0,
                        // An empty entry says nothing, and an expression nobody knows.
                        _ => return None,
                    }
                }
            }
        }
        Some(found)
    }

    /// What it may do with one scope.
    pub(crate) fn of(&self, scope: &str) -> u8 {
        self.scopes.get(scope).copied().unwrap_or(self.all)
    }

    /// Whether it may write everything.
    pub(crate) fn everything(&self) -> bool {
        self.all == 2
    }

    /// The scopes in which it may do more than another.
    pub(crate) fn beyond(&self, other: &Self) -> Vec<(&'a str, u8)> {
        let scopes: BTreeSet<&'a str> = self
            .scopes
            .keys()
            .chain(other.scopes.keys())
            .copied()
            .collect();
        scopes
            .into_iter()
            .map(|scope| (scope, self.of(scope)))
            .filter(|(scope, level)| *level > other.of(scope))
            .collect()
    }
}

fn level(value: &str) -> u8 {
    match value {
        "write" => 2,
        "read" => 1,
        _ => 0,
    }
}

impl<'a> Workflow<'a> {
    /// Reads one side.
    pub(crate) fn read(settings: &'a [Setting]) -> Self {
        let mut workflow = Self::default();
        let mut top = Vec::new();
        let mut by_job: BTreeMap<&'a str, Vec<&'a Setting>> = BTreeMap::new();
        for setting in settings {
            match setting.path.first().map(SmolStr::as_str) {
                Some("permissions") => top.push(setting),
                Some("on") => {
                    let trigger = setting
                        .path
                        .get(1)
                        .map_or(setting.value.as_str(), SmolStr::as_str);
                    workflow.triggers.insert(trigger);
                }
                Some("jobs") => {
                    if let Some(job) = setting.path.get(1) {
                        by_job.entry(job).or_default().push(setting);
                    }
                }
                // An action's steps read like one job's.
                Some("runs") => by_job.entry("").or_default().push(setting),
                _ => {}
            }
        }
        workflow.permissions = Permissions::read(&top, 1);
        workflow.jobs = by_job
            .into_iter()
            .map(|(name, settings)| (name, Job::read(settings, name.is_empty())))
            .collect();
        workflow
    }

    /// What the token of a job may do; none where that is left to the repository's settings.
    pub(crate) fn rights<'s>(&'s self, job: &'s Job<'a>) -> Option<&'s Permissions<'a>> {
        job.permissions.as_ref().or(self.permissions.as_ref())
    }
}

impl<'a> Job<'a> {
    fn read(settings: Vec<&'a Setting>, action: bool) -> Self {
        let depth = if action { 1 } else { 2 };
        let at = |setting: &'a Setting| setting.path.get(depth).map(SmolStr::as_str);
        let mut job = Self::default();
        let mut permissions = Vec::new();
        for setting in &settings {
            match at(setting) {
                Some("permissions") => permissions.push(*setting),
                Some("environment") => {
                    if matches!(
                        setting.path.get(depth + 1).map(SmolStr::as_str),
                        None | Some("name")
                    ) {
                        job.environment = Some(setting);
                    }
                }
                Some("if") if setting.path.len() == depth + 1 => job.condition = Some(setting),
                Some("needs") => job.needs.push(setting),
                Some("steps") => job.step(setting, depth),
                _ => {}
            }
        }
        job.permissions = Permissions::read(&permissions, depth + 1);
        job.settings = settings;
        job
    }

    fn step(&mut self, setting: &'a Setting, depth: usize) {
        let Some(name) = setting.path.get(depth + 1) else {
            return;
        };
        if self.steps.last().is_none_or(|step| step.name != name) {
            self.steps.push(Step {
                name,
                ..Step::default()
            });
        }
        if let Some(step) = self.steps.last_mut() {
            step.settings.push(setting);
            if setting.path.len() == depth + 3 {
                match setting.key() {
                    "uses" => step.uses = Some(setting),
                    "run" => step.run = Some(setting),
                    "if" => step.condition = Some(setting),
                    _ => {}
                }
            }
        }
    }

    /// The names of the secrets that it reads.
    pub(crate) fn secrets(&self) -> BTreeSet<&'a str> {
        self.settings
            .iter()
            .flat_map(|setting| secrets(&setting.value))
            .collect()
    }

    /// Whether it puts something out into the world: an image, a package, a release, a server.
    pub(crate) fn deploys(&self) -> bool {
        self.environment.is_some() || self.steps.iter().any(Step::deploys)
    }
}

impl<'a> Step<'a> {
    /// The value of one of its inputs.
    pub(crate) fn input(&self, name: &str) -> Option<&'a Setting> {
        self.settings
            .iter()
            .find(|it| {
                it.key() == name && it.path.iter().rev().nth(1).is_some_and(|it| it == "with")
            })
            .copied()
    }

    /// The action without its version.
    pub(crate) fn action(&self) -> &'a str {
        self.uses
            .map_or("", |it| it.value.split('@').next().unwrap_or_default())
    }

    /// Whether it puts something out into the world.
    pub(crate) fn deploys(&self) -> bool {
        let action = self.action().to_ascii_lowercase();
        if action.contains("build-push-action") {
            return self.input("push").is_some_and(|it| it.value != "false");
        }
        if [
            "deploy",
            "publish",
            "gh-release",
            "action-gh-release",
            "goreleaser",
            "repository-dispatch",
        ]
        .iter()
        .any(|it| action.contains(it))
        {
            return true;
        }
        self.run.is_some_and(|it| {
            let script = it.value.to_ascii_lowercase();
            DEPLOYING.iter().any(|command| script.contains(command))
        })
    }

    /// Whether it is trusted with something: a secret, or the keys of a cloud.
    pub(crate) fn trusted(&self) -> bool {
        let action = self.action();
        self.settings
            .iter()
            .any(|it| secrets(&it.value).next().is_some())
            || ["credentials", "login", "auth", "deploy", "publish"]
                .iter()
                .any(|it| action.contains(it))
    }
}

/// Commands that put something out into the world.
const DEPLOYING: &[&str] = &[
    "kubectl apply",
    "kubectl set image",
    "helm upgrade",
    "helmfile apply",
    "helmfile sync",
    "terraform apply",
    "tofu apply",
    "fly deploy",
    "flyctl deploy",
    "npm publish",
    "pnpm publish",
    "yarn publish",
    "docker push",
    "cargo publish",
    "gem push",
    "twine upload",
    "uv publish",
    "poetry publish",
    "serverless deploy",
    "vercel --prod",
    "vercel deploy",
    "wrangler deploy",
    "gcloud run deploy",
    "gcloud app deploy",
    "aws s3 sync",
    "aws ecs update-service",
    "eb deploy",
    "mvn deploy",
    "gradle publish",
    "cap production deploy",
    "kamal deploy",
    "gh release create",
];

/// The names of the secrets that a text mentions, `secrets.NAME`.
pub(crate) fn secrets(text: &str) -> impl Iterator<Item = &str> {
    text.split("secrets.").skip(1).filter_map(|rest| {
        let end = rest
            .find(|it: char| !it.is_ascii_alphanumeric() && it != '_')
            .unwrap_or(rest.len());
        (end > 0).then(|| &rest[..end])
    })
}

/// The jobs of both sides that are the same job, renamed or not: before, after.
pub(crate) fn jobs<'s>(
    before: &'s [Setting],
    after: &'s [Setting],
    old: &Workflow<'s>,
    new: &Workflow<'s>,
) -> Vec<(&'s str, &'s str)> {
    let renames = renames(before, after);
    let mut pairs = Vec::new();
    for job in old.jobs.keys() {
        if new.jobs.contains_key(job) {
            pairs.push((*job, *job));
        } else if let Some(name) = renames.get(&["jobs".into(), SmolStr::from(*job)][..])
            && let Some((name, _)) = new.jobs.get_key_value(name.as_str())
        {
            pairs.push((*job, *name));
        }
    }
    pairs
}
