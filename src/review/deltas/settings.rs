//! Settings before and after: what kind of file they stand in, and how the two sides differ.

use crate::change::Class;
use crate::facts::setting::Setting;
use crate::review::Context;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::literals::literals;
pub(crate) use crate::review::deltas::places::{configures, example, local};
use smol_str::SmolStr;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// What a configuration file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A workflow of a forge's CI.
    Workflow,
    /// An action that workflows use.
    Action,
    /// Another CI system, or what updates dependencies.
    Automation,
    /// A Compose file.
    Compose,
    /// A Kubernetes manifest, or a chart's template.
    Manifest,
    /// The values of a chart.
    ChartValues,
    /// Terraform.
    Terraform,
    /// CloudFormation, and what is written for it.
    CloudTemplate,
    /// A Dockerfile.
    Dockerfile,
    /// A web server or proxy.
    WebServer,
    /// Environment variables.
    Environment,
    /// Encrypted secrets.
    Secrets,
    /// How the application reaches its database, or another setting it starts with.
    Application,
    /// Feature flags.
    Flags,
    /// What the project is built from.
    Dependencies,
}

/// What a file of settings is for; none for one that does not decide how things run.
pub(crate) fn purpose(file: &FilePair<'_>) -> Option<Purpose> {
    *file.purpose.get_or_init(|| purpose_of(file))
}

fn purpose_of(file: &FilePair<'_>) -> Option<Purpose> {
    if file.class != Class::Source || example(&file.path) {
        return None;
    }
    let path = file.path.to_ascii_lowercase();
    let name = path.rsplit('/').next().unwrap_or(&path);
    let within = |folder: &str| path.starts_with(&folder[1..]) || path.contains(folder);
    let yaml = [".yml", ".yaml", ".yml.erb", ".yaml.erb", ".yaml.gotmpl"]
        .iter()
        .any(|it| name.ends_with(it));
    let stem = name.split('.').next().unwrap_or(name);
    if within("/.github/workflows/") || within("/.gitea/workflows/") || within("/.forgejo/") {
        return yaml.then_some(Purpose::Workflow);
    }
    if yaml && stem == "action" {
        return Some(Purpose::Action);
    }
    if within("/.circleci/")
        || within("/.buildkite/")
        || within("/.woodpecker/")
        || [
            ".gitlab-ci",
            ".travis.yml",
            "azure-pipelines",
            "bitbucket-pipelines",
            ".drone",
        ]
        .iter()
        .any(|it| name.starts_with(it))
        || matches!(
            name,
            "dependabot.yml" | "dependabot.yaml" | "renovate.json" | ".renovaterc"
        )
        || name.starts_with("renovate.json")
    {
        return Some(Purpose::Automation);
    }
    if yaml
        && (stem.starts_with("docker-compose") || stem == "compose" || stem.starts_with("compose-"))
    {
        return Some(Purpose::Compose);
    }
    if name.ends_with(".tf") || name.ends_with(".tfvars") || name.ends_with(".hcl") {
        return Some(Purpose::Terraform);
    }
    if crate::facts::format::Format::of(&path) == Some(crate::facts::format::Format::Dockerfile) {
        return Some(Purpose::Dockerfile);
    }
    if name.ends_with(".ejson")
        || name.contains(".enc.")
        || name.contains(".sops.")
        || within("/secrets/")
        || name.ends_with(".eyaml")
    {
        return Some(Purpose::Secrets);
    }
    if name.ends_with(".conf")
        || name.ends_with(".nginx")
        || crate::facts::format::Format::of(&path) == Some(crate::facts::format::Format::Lines)
    {
        return Some(Purpose::WebServer);
    }
    if name.starts_with(".env") || name.ends_with(".env") {
        return Some(Purpose::Environment);
    }
    if cloud_template(&file.after.settings) || cloud_template(&file.before.settings) {
        return Some(Purpose::CloudTemplate);
    }
    if manifest(&file.after.settings) || manifest(&file.before.settings) {
        return Some(Purpose::Manifest);
    }
    let chart = within("/charts/") || within("/helm/") || within("/chart/");
    if yaml && (stem.starts_with("values") || chart && !within("/templates/")) {
        return Some(Purpose::ChartValues);
    }
    if yaml && chart {
        return Some(Purpose::Manifest);
    }
    if stem.contains("flags") || stem.contains("features") {
        return Some(Purpose::Flags);
    }
    if matches!(
        name,
        "package.json" | "cargo.toml" | "pyproject.toml" | "composer.json" | ".npmrc" | "pipfile"
    ) {
        return Some(Purpose::Dependencies);
    }
    let deployed = [
        "/config/",
        "/deploy/",
        "/deployment/",
        "/k8s/",
        "/kubernetes/",
        "/infra/",
        "/ops/",
    ]
    .iter()
    .any(|it| within(it));
    let service = matches!(
        name,
        "fly.toml"
            | "app.json"
            | "render.yaml"
            | "netlify.toml"
            | "vercel.json"
            | "wrangler.toml"
            | "serverless.yml"
            | "app.yaml"
            | "procfile"
            | "database.yml"
            | "firebase.json"
    ) || stem.starts_with("application") && (name.ends_with(".properties") || yaml)
        || stem == "appsettings" && name.ends_with(".json");
    (deployed || service).then_some(Purpose::Application)
}

fn manifest(settings: &[Setting]) -> bool {
    settings
        .iter()
        .any(|it| it.key() == "apiVersion" && it.path.len() == 2)
}

fn cloud_template(settings: &[Setting]) -> bool {
    settings.iter().any(|it| {
        it.path.len() == 3
            && it.path[0] == "Resources"
            && it.path[2] == "Type"
            && it.value.starts_with("AWS::")
    })
}

/// How the settings of two sides differ, renamed jobs, steps and resources matched.
#[derive(Debug, Default)]
pub(crate) struct Deltas<'a> {
    /// Only there after.
    pub(crate) added: Vec<&'a Setting>,
    /// Only there before.
    pub(crate) removed: Vec<&'a Setting>,
    /// There on both sides, with another value.
    pub(crate) changed: Vec<(&'a Setting, &'a Setting)>,
}

impl Deltas<'_> {
    pub(crate) fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }
}

/// Whether one side could not be read in full: then nothing is said about it.
pub(crate) fn unreadable(file: &FilePair<'_>) -> bool {
    !file.before.tree.broken.is_empty() || !file.after.tree.broken.is_empty()
}

/// The differences of a file that is there on both sides and could be read.
pub(crate) fn deltas<'a>(file: &'a FilePair<'_>) -> Deltas<'a> {
    if unreadable(file) || !file.before.exists || !file.after.exists {
        return Deltas::default();
    }
    let (before, after) = (&file.before.settings, &file.after.settings);
    file.differences
        .get_or_init(|| Differences::between(before, after))
        .of(before, after)
}

/// Every file for a purpose that the caller wants, with its differences.
pub(crate) fn changed<'a>(
    context: &'a Context<'_>,
    wanted: impl Fn(Purpose) -> bool + 'a,
) -> impl Iterator<Item = (&'a FilePair<'a>, Purpose, Deltas<'a>)> + 'a {
    context.files.iter().filter_map(move |file| {
        let purpose = purpose(file).filter(|it| wanted(*it))?;
        let deltas = deltas(file);
        (!deltas.is_empty()).then_some((file, purpose, deltas))
    })
}

/// Compares the settings of the two sides of a file, or what its code sets, once for all checks.
pub(crate) fn compare_in<'a>(
    file: &'a FilePair<'_>,
    before: &'a [Setting],
    after: &'a [Setting],
) -> Deltas<'a> {
    let same = |one: &[Setting], other: &[Setting]| {
        std::ptr::eq(before, one) && std::ptr::eq(after, other)
    };
    let known = if same(&file.before.settings, &file.after.settings) {
        Some(&file.differences)
    } else if same(literals(&file.before), literals(&file.after)) {
        Some(&file.code_differences)
    } else {
        None
    };
    match known {
        Some(known) => known
            .get_or_init(|| Differences::between(before, after))
            .of(before, after),
        None => Differences::between(before, after).of(before, after),
    }
}

/// How two sides differ, by the positions of their settings.
#[derive(Debug, Default)]
pub(crate) struct Differences {
    added: Vec<usize>,
    removed: Vec<usize>,
    changed: Vec<(usize, usize)>,
}

impl Differences {
    /// Compares two sides.
    pub(crate) fn between(before: &[Setting], after: &[Setting]) -> Self {
        let (lost, gained) = unmatched(before, after);
        let renames = rename(before, after, &lost, &gained);
        let mut left: HashMap<Vec<&str>, Vec<usize>> = HashMap::new();
        for at in &lost {
            left.entry(renamed(&before[*at].path, &renames))
                .or_default()
                .push(*at);
        }
        let mut differences = Self::default();
        let mut unequal = Vec::new();
        for at in gained {
            let setting = &after[at];
            let path: Vec<&str> = setting.path.iter().map(SmolStr::as_str).collect();
            let Some(candidates) = left.get_mut(&path) else {
                differences.added.push(at);
                continue;
            };
            match candidates
                .iter()
                .position(|it| before[*it].value == setting.value)
            {
                Some(same) => {
                    candidates.remove(same);
                }
                None => unequal.push((path, at)),
            }
        }
        for (path, at) in unequal {
            match left.get_mut(&path).filter(|it| !it.is_empty()) {
                Some(candidates) => differences.changed.push((candidates.remove(0), at)),
                None => differences.added.push(at),
            }
        }
        differences.removed = left.into_values().flatten().collect();
        differences.removed.sort_unstable();
        differences
    }

    fn of<'a>(&self, before: &'a [Setting], after: &'a [Setting]) -> Deltas<'a> {
        Deltas {
            added: self.added.iter().map(|at| &after[*at]).collect(),
            removed: self.removed.iter().map(|at| &before[*at]).collect(),
            changed: self
                .changed
                .iter()
                .map(|(old, new)| (&before[*old], &after[*new]))
                .collect(),
        }
    }
}

/// The settings of either side that the other does not have just so.
fn unmatched(before: &[Setting], after: &[Setting]) -> (Vec<usize>, Vec<usize>) {
    let mut left: HashMap<(&[SmolStr], &str), Vec<usize>> = HashMap::new();
    for (at, setting) in before.iter().enumerate() {
        left.entry((&setting.path, &setting.value))
            .or_default()
            .push(at);
    }
    let mut gained = Vec::new();
    for (at, setting) in after.iter().enumerate() {
        let same = left
            .get_mut(&(&setting.path[..], setting.value.as_str()))
            .and_then(Vec::pop);
        if same.is_none() {
            gained.push(at);
        }
    }
    let mut lost: Vec<usize> = left.into_values().flatten().collect();
    lost.sort_unstable();
    (lost, gained)
}

/// The path that a setting before has after.
fn renamed<'s>(path: &'s [SmolStr], renames: &'s BTreeMap<Vec<SmolStr>, String>) -> Vec<&'s str> {
    (0..path.len())
        .map(|at| match renames.get(&path[..=at]) {
            Some(name) => name.as_str(),
            None => path[at].as_str(),
        })
        .collect()
}

/// Looked at for renames: keys of a parent that are gone, and those that are new.
const MAX_SIBLINGS: usize = 60;
/// Parents that are looked at for renames.
const MAX_PARENTS: usize = 300;

/// Keys that are gone, each with the new key beside it that holds the same.
pub(crate) fn renames(before: &[Setting], after: &[Setting]) -> BTreeMap<Vec<SmolStr>, String> {
    let (lost, gained) = unmatched(before, after);
    rename(before, after, &lost, &gained)
}

fn rename(
    before: &[Setting],
    after: &[Setting],
    lost: &[usize],
    gained: &[usize],
) -> BTreeMap<Vec<SmolStr>, String> {
    let mut found = BTreeMap::new();
    if lost.is_empty() || gained.is_empty() {
        return found;
    }
    let gone = only_in(before, lost, after);
    let new = only_in(after, gained, before);
    for (parent, old_keys) in gone.iter().take(MAX_PARENTS) {
        let Some(new_keys) = new.get(parent) else {
            continue;
        };
        if old_keys.len() > MAX_SIBLINGS || new_keys.len() > MAX_SIBLINGS {
            continue;
        }
        let mut pairs = Vec::new();
        for (old_name, old) in old_keys {
            for (new_name, new) in new_keys {
                let shared = old.intersection(new).count();
                let most = old.len().max(new.len());
                // More than half of what either holds, and more than one thing.
                if shared * 2 > most && most > 1 {
                    pairs.push((shared * 1000 / most, *old_name, *new_name));
                }
            }
        }
        pairs.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)).then(a.2.cmp(b.2)));
        let mut taken = HashSet::new();
        for (_, old_name, new_name) in pairs {
            if taken.contains(&(false, old_name)) || taken.contains(&(true, new_name)) {
                continue;
            }
            taken.insert((false, old_name));
            taken.insert((true, new_name));
            let mut path: Vec<SmolStr> = parent.to_vec();
            path.push(old_name.into());
            found.insert(path, new_name.to_owned());
        }
    }
    found
}

/// What stands below each of some keys: the rest of the path, and the value.
type Contents<'a> = BTreeMap<&'a str, HashSet<(&'a [SmolStr], &'a str)>>;

/// Keys that only one side has, by their parent, which both have.
fn only_in<'a>(
    side: &'a [Setting],
    unmatched: &[usize],
    other: &[Setting],
) -> BTreeMap<&'a [SmolStr], Contents<'a>> {
    let known: HashSet<u64> = other.iter().flat_map(|it| prefixes(&it.path)).collect();
    let mut found: BTreeMap<&'a [SmolStr], Contents<'a>> = BTreeMap::new();
    for at in unmatched {
        let setting = &side[*at];
        let fresh = prefixes(&setting.path).position(|prefix| !known.contains(&prefix));
        if let Some(depth) = fresh {
            found
                .entry(&setting.path[..depth])
                .or_default()
                .entry(setting.path[depth].as_str())
                .or_default()
                .insert((&setting.path[depth + 1..], setting.value.as_str()));
        }
    }
    found
}

/// A hash of every beginning of a path, shortest first.
fn prefixes(path: &[SmolStr]) -> impl Iterator<Item = u64> {
    let mut hasher = DefaultHasher::new();
    path.iter().map(move |key| {
        key.hash(&mut hasher);
        hasher.finish()
    })
}

/// Whether a value says yes.
pub(crate) fn on(value: &str) -> bool {
    matches!(
        value.to_ascii_lowercase().as_str(),
        "true" | "yes" | "on" | "1" | "enabled"
    )
}

/// Whether a value says no.
pub(crate) fn off(value: &str) -> bool {
    matches!(
        value.to_ascii_lowercase().as_str(),
        "false" | "no" | "off" | "0" | "disabled"
    )
}

/// The line after at which the reader finds what is left of a path that is gone.
pub(crate) fn nearest(after: &[Setting], path: &[impl AsRef<str>]) -> Option<u32> {
    let shared = |it: &Setting| {
        it.path
            .iter()
            .zip(path)
            .take_while(|(left, right)| left.as_str() == right.as_ref())
            .count()
    };
    let best = after.iter().map(shared).max().filter(|best| *best > 0)?;
    after.iter().find(|it| shared(it) == best).map(|it| it.line)
}

/// Whether anything at or below a path is there.
pub(crate) fn holds(settings: &[Setting], path: &[impl AsRef<str>]) -> bool {
    // Paths of one file differ at their ends, so that most are told apart at once.
    let same = |(left, right): (&SmolStr, &_)| left.as_str() == AsRef::<str>::as_ref(right);
    settings.iter().any(|it| {
        let above = it.path.get(..path.len());
        above.is_some_and(|it| it.iter().rev().zip(path.iter().rev()).all(same))
    })
}
