//! Pipelines of GitLab: jobs in stages, what starts them, and what they wait for.

use crate::facts::setting::{Setting, ValueKind};
use crate::facts::words::words;
use crate::review::deltas::settings::on;
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};

/// One side of a pipeline.
#[derive(Debug, Default)]
pub(crate) struct Pipeline<'a> {
    /// Its jobs by name, without the templates that begin with a dot.
    pub(crate) jobs: BTreeMap<&'a str, PipelineJob<'a>>,
    /// The stages in order.
    stages: Vec<&'a str>,
    /// Whether it takes templates from elsewhere.
    pub(crate) includes: bool,
    /// Whether it starts on branches or tags that are named, and on nothing else.
    held: bool,
}

/// One job, with what it takes from its templates.
#[derive(Debug, Default)]
pub(crate) struct PipelineJob<'a> {
    settings: Vec<&'a Setting>,
    /// The line that it begins on, from 1.
    pub(crate) line: u32,
    /// Whether a template that it takes from is not here.
    pub(crate) unknown: bool,
}

/// What starts a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ways {
    /// It waits until somebody starts it.
    pub(crate) by_hand: bool,
    /// It starts on branches or tags that are named, and on nothing else.
    pub(crate) held: bool,
}

/// Keys at the top that are no jobs.
const GLOBAL: &[&str] = &[
    "stages",
    "variables",
    "workflow",
    "include",
    "default",
    "image",
    "services",
    "cache",
    "before_script",
    "after_script",
    "spec",
    "pages_settings",
];

impl<'a> Pipeline<'a> {
    /// Reads one side.
    pub(crate) fn read(settings: &'a [Setting]) -> Self {
        let mut own: BTreeMap<&'a str, Vec<&'a Setting>> = BTreeMap::new();
        let mut pipeline = Self::default();
        let mut start = Vec::new();
        for setting in settings {
            let first = setting.path.first().map_or("", SmolStr::as_str);
            match first {
                "stages" => pipeline.stages.push(&setting.value),
                "include" => pipeline.includes = true,
                "workflow" => start.push(setting),
                _ if GLOBAL.contains(&first) || setting.path.len() < 2 => {}
                _ => own.entry(first).or_default().push(setting),
            }
        }
        if pipeline.stages.is_empty() {
            pipeline.stages = vec!["build", "test", "deploy"];
        }
        let whole = PipelineJob {
            settings: start,
            ..PipelineJob::default()
        };
        pipeline.held = whole.has("rules") && whole.ways(false).held;
        for name in own.keys().filter(|it| !it.starts_with('.')) {
            let mut job = PipelineJob::default();
            job.take(&own, name, 0);
            job.line = job.settings.first().map_or(1, |it| it.line);
            pipeline.jobs.insert(name, job);
        }
        pipeline
    }

    /// What starts a job.
    pub(crate) fn ways(&self, job: &PipelineJob<'a>) -> Ways {
        job.ways(self.held)
    }

    /// The jobs that have to be through before a job starts.
    pub(crate) fn awaited(&self, name: &'a str) -> BTreeSet<&'a str> {
        let mut found = BTreeSet::new();
        let mut open = vec![name];
        while let Some(next) = open.pop() {
            let Some(job) = self.jobs.get(next) else {
                continue;
            };
            let needed: Vec<&'a str> = match job.needs() {
                Some(needs) => needs,
                None => {
                    let stage = self.stage(job);
                    let earlier = self.jobs.iter().filter(|it| self.stage(it.1) < stage);
                    earlier.map(|it| *it.0).collect()
                }
            };
            open.extend(needed.into_iter().filter(|it| found.insert(*it)));
        }
        found
    }

    fn stage(&self, job: &PipelineJob<'a>) -> usize {
        let named = job.value("stage").unwrap_or("test");
        let at = self.stages.iter().position(|it| *it == named);
        at.unwrap_or(match named {
            ".pre" => 0,
            _ => self.stages.len(),
        })
    }
}

impl<'a> PipelineJob<'a> {
    /// Takes what a job says, then what its templates say about anything else.
    fn take(&mut self, own: &BTreeMap<&'a str, Vec<&'a Setting>>, name: &str, depth: usize) {
        let Some(settings) = own.get(name).filter(|_| depth < 6) else {
            self.unknown = true;
            return;
        };
        let key = |it: &Setting| it.path.get(1).cloned().unwrap_or_default();
        let known: BTreeSet<SmolStr> = self.settings.iter().map(|it| key(it)).collect();
        let fresh = settings.iter().filter(|it| !known.contains(&key(it)));
        self.settings.extend(fresh);
        let templates = settings.iter().filter(|it| key(it) == "extends");
        // The last template says more than the first.
        for template in templates.rev() {
            self.take(own, &template.value, depth + 1);
        }
    }

    fn has(&self, key: &str) -> bool {
        self.settings
            .iter()
            .any(|it| it.path.get(1).is_some_and(|it| it == key))
    }

    /// What it says at one key.
    pub(crate) fn setting(&self, key: &str) -> Option<&'a Setting> {
        let found = self.settings.iter().find(|it| {
            it.path.get(1).is_some_and(|it| it == key)
                && matches!(it.path.get(2).map(SmolStr::as_str), None | Some("name"))
        });
        found.copied()
    }

    fn value(&self, key: &str) -> Option<&'a str> {
        self.setting(key).map(|it| it.value.as_str())
    }

    fn needs(&self) -> Option<Vec<&'a str>> {
        let all = self
            .settings
            .iter()
            .filter(|it| it.path.get(1).is_some_and(|it| it == "needs"));
        let all: Vec<&&Setting> = all.collect();
        let named = |it: &&&'a Setting| match it.key() {
            "artifacts" | "optional" | "pipeline" => None,
            _ if it.kind == ValueKind::EmptyList => None,
            _ => Some(it.value.as_str()),
        };
        (!all.is_empty()).then(|| all.iter().filter_map(named).collect())
    }

    /// Whether it may fail.
    pub(crate) fn may_fail(&self) -> Option<&'a Setting> {
        self.setting("allow_failure").filter(|it| on(&it.value))
    }

    /// Its commands as they are written.
    pub(crate) fn script(&self) -> impl Iterator<Item = &'a str> {
        let script = |it: &&&'a Setting| it.path.get(1).is_some_and(|it| it == "script");
        self.settings
            .iter()
            .filter(script)
            .map(|it| it.value.as_str())
    }

    /// Where it deploys to, where it says so and does not take it down.
    pub(crate) fn environment(&self) -> Option<&'a Setting> {
        let stops = self.settings.iter().any(|it| {
            it.path.get(1).is_some_and(|it| it == "environment")
                && it.key() == "action"
                && it.value == "stop"
        });
        self.setting("environment").filter(|_| !stops)
    }

    /// Whether it puts something out for customers.
    pub(crate) fn deploys(&self, name: &str) -> bool {
        let place = match self.environment() {
            Some(environment) => &environment.value,
            None => name,
        };
        let found = words(place);
        let any = |list: &[&str]| found.iter().any(|it| list.contains(&it.as_str()));
        let short_lived = any(&[
            "review",
            "preview",
            "dev",
            "development",
            "test",
            "staging",
            "stage",
            "qa",
            "stop",
        ]);
        let named = any(&[
            "deploy",
            "deployment",
            "release",
            "publish",
            "production",
            "prod",
            "live",
        ]);
        !short_lived && (self.environment().is_some() || named)
    }

    fn ways(&self, held: bool) -> Ways {
        let by_hand = self.value("when") == Some("manual");
        let rules = self
            .settings
            .iter()
            .filter(|it| it.path.get(1).is_some_and(|it| it == "rules"));
        let mut entries: BTreeMap<&[SmolStr], Vec<&Setting>> = BTreeMap::new();
        for setting in rules {
            let entry = setting.path.get(..3).unwrap_or(&setting.path);
            entries.entry(entry).or_default().push(setting);
        }
        let said = |entry: &[&Setting], key: &str| -> Option<String> {
            entry
                .iter()
                .find(|it| it.key() == key)
                .map(|it| it.value.clone())
        };
        entries.retain(|_, it| said(it, "when").as_deref() != Some("never"));
        if !entries.is_empty() {
            let manual = |it: &Vec<&Setting>| said(it, "when").map_or(by_hand, |it| it == "manual");
            let named = |it: &Vec<&Setting>| said(it, "if").is_some_and(|it| names_place(&it));
            return Ways {
                by_hand: entries.values().all(manual),
                held: held || entries.values().all(named),
            };
        }
        let only = self
            .settings
            .iter()
            .filter(|it| it.path.get(1).is_some_and(|it| it == "only"));
        let only: Vec<&&Setting> = only
            .filter(|it| !it.path.iter().any(|it| it == "changes"))
            .collect();
        let named =
            |it: &&&Setting| !matches!(it.value.as_str(), "branches" | "merge_requests" | "pushes");
        Ways {
            by_hand,
            held: held || !only.is_empty() && only.iter().all(named),
        }
    }
}

/// Whether a condition names a branch or a tag.
fn names_place(condition: &str) -> bool {
    let asks = [
        "CI_COMMIT_BRANCH",
        "CI_COMMIT_TAG",
        "CI_COMMIT_REF_NAME",
        "CI_COMMIT_REF_PROTECTED",
        "CI_COMMIT_REF_SLUG",
        "CI_DEFAULT_BRANCH",
    ]
    .iter()
    .any(|it| condition.contains(it));
    // That there is a branch says nothing about which.
    let any_branch = condition.trim() == "$CI_COMMIT_BRANCH";
    let by_somebody = ["\"schedule\"", "\"web\"", "\"trigger\"", "\"api\""]
        .iter()
        .any(|it| condition.contains(it));
    asks && !any_branch && !condition.contains("!=") || by_somebody
}
