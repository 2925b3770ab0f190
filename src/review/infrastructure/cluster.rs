//! What the roles of a cluster may do, and who has them: Kubernetes' `Role` and `ClusterRole`,
//! `RoleBinding` and `ClusterRoleBinding`.

use crate::facts::setting::Setting;
use crate::review::Context;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::settings::{self, Purpose, holds};
use std::collections::{BTreeMap, BTreeSet};

/// What one rule lets a role do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Right {
    /// The role, as `Role/name`.
    pub(crate) role: String,
    /// The kind of thing, such as `secrets` or `pods/exec`.
    pub(crate) resource: String,
    /// What may be done.
    pub(crate) verb: String,
    /// Whether it is limited to things of certain names.
    pub(crate) limited: bool,
}

/// The rights that the settings of one side give, and the lines of their verbs.
pub(crate) fn rights(settings: &[Setting]) -> BTreeMap<Right, u32> {
    let mut rules: BTreeMap<(&str, &str), Vec<&Setting>> = BTreeMap::new();
    for it in settings {
        if let [role, rules_key, rule, _, _] = it.path.as_slice()
            && rules_key == "rules"
            && (role.starts_with("Role/") || role.starts_with("ClusterRole/"))
        {
            rules.entry((role, rule)).or_default().push(it);
        }
    }
    let mut out = BTreeMap::new();
    for ((role, _), parts) in rules {
        let of = |key: &str| {
            let found = parts.iter().filter(|it| it.path[3] == key);
            found
                .map(|it| (it.value.clone(), it.line))
                .collect::<Vec<_>>()
        };
        let limited = !of("resourceNames").is_empty();
        for (resource, _) in of("resources") {
            for (verb, line) in of("verbs") {
                let right = Right {
                    role: role.to_owned(),
                    resource: resource.clone(),
                    verb,
                    limited,
                };
                out.entry(right).or_insert(line);
            }
        }
    }
    out
}

/// The name of a role or a binding, without its kind.
pub(crate) fn plain(role: &str) -> &str {
    role.split_once('/').map_or(role, |(_, name)| name)
}

/// Who has a role, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Binding {
    /// The binding, as `RoleBinding/name`.
    pub(crate) name: String,
    /// The name of the role.
    pub(crate) role: String,
    /// The line that names the role.
    pub(crate) line: u32,
    /// Those who have it, as kind and name.
    pub(crate) subjects: BTreeSet<(String, String)>,
    /// Whether they have it in the whole cluster, and not in one namespace only.
    pub(crate) everywhere: bool,
}

/// The bindings of one side.
pub(crate) fn bindings(settings: &[Setting]) -> Vec<Binding> {
    let mut out: Vec<Binding> = Vec::new();
    let mut kinds: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for it in settings {
        if let [name, subjects, subject, key] = it.path.as_slice()
            && subjects == "subjects"
            && key == "kind"
        {
            kinds.insert((name, subject), &it.value);
        }
    }
    for it in settings {
        let (Some(name), Some(part)) = (it.path.first(), it.path.get(1)) else {
            continue;
        };
        let everywhere = name.starts_with("ClusterRoleBinding/");
        if !everywhere && !name.starts_with("RoleBinding/") {
            continue;
        }
        let index = out
            .iter()
            .position(|it| it.name == *name)
            .unwrap_or(out.len());
        if index == out.len() {
            out.push(Binding {
                name: name.to_string(),
                role: String::new(),
                line: it.line,
                subjects: BTreeSet::new(),
                everywhere,
            });
        }
        match (part.as_str(), it.path.len(), it.key()) {
            ("roleRef", 3, "name") => {
                out[index].role.clone_from(&it.value);
                out[index].line = it.line;
            }
            ("subjects", 4, "name") => {
                let kind = kinds.get(&(name.as_str(), it.path[2].as_str()));
                let kind = kind.copied().unwrap_or_default().to_owned();
                out[index].subjects.insert((kind, it.value.clone()));
            }
            _ => {}
        }
    }
    out
}

/// How much the roles that every cluster comes with allow; nothing for a role of one's own.
pub(crate) fn rank(role: &str) -> Option<u8> {
    Some(match role {
        "view" => 1,
        "edit" => 2,
        "admin" => 3,
        "cluster-admin" => 4,
        _ => return None,
    })
}

/// Whether somebody who is given a role is anybody at all, or everything that runs.
pub(crate) fn anybody(subject: &str) -> bool {
    matches!(
        subject,
        "system:anonymous"
            | "system:unauthenticated"
            | "system:authenticated"
            | "system:serviceaccounts"
    )
}

impl Right {
    /// Whether whoever has this may do the other as well.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        let all = |mine: &str, theirs: &str| mine == "*" || mine == theirs;
        all(&self.resource, &other.resource)
            && all(&self.verb, &other.verb)
            && (!self.limited || other.limited)
    }

    /// Whether whoever has it can get at more than the thing itself: secrets, other people's
    /// processes, rights.
    pub(crate) fn reaches_far(&self) -> bool {
        let changes = matches!(
            self.verb.as_str(),
            "*" | "create" | "update" | "patch" | "delete" | "deletecollection"
        );
        let (kind, part) = self
            .resource
            .split_once('/')
            .unwrap_or((&self.resource, ""));
        match (kind, part) {
            _ if matches!(self.verb.as_str(), "escalate" | "bind" | "impersonate") => true,
            ("*", _) | ("secrets", _) => true,
            ("pods", "exec" | "attach" | "portforward") | ("serviceaccounts", "token") => changes,
            (
                "pods"
                | "namespaces"
                | "nodes"
                | "deployments"
                | "daemonsets"
                | "statefulsets"
                | "roles"
                | "rolebindings"
                | "clusterroles"
                | "clusterrolebindings"
                | "serviceaccounts"
                | "mutatingwebhookconfigurations"
                | "validatingwebhookconfigurations",
                "",
            ) => changes,
            _ => false,
        }
    }
}

/// The roles and bindings that were there before: those of the file itself, and those that another
/// file of the change no longer has.
pub(crate) struct Standing {
    /// What roles might do.
    pub(crate) rights: Vec<Right>,
    /// Who had them.
    pub(crate) bindings: Vec<Binding>,
}

impl Standing {
    /// What was there before, as far as it is about a file.
    pub(crate) fn before(file: &FilePair<'_>, files: &[&FilePair<'_>]) -> Self {
        let mut roles: Vec<Right> = rights(&file.before.settings).into_keys().collect();
        let mut given = bindings(&file.before.settings);
        for other in files.iter().filter(|it| !std::ptr::eq(**it, file)) {
            let gone = |role: &str| !holds(&other.after.settings, &[role]);
            let mut moved: Vec<Right> = rights(&other.before.settings).into_keys().collect();
            moved.retain(|it| gone(&it.role));
            roles.extend(moved);
            let moved = bindings(&other.before.settings);
            given.extend(moved.into_iter().filter(|it| gone(&it.name)));
        }
        Self {
            rights: roles,
            bindings: given,
        }
    }

    /// What a role might do: the same one, or one of the same name for a namespace only.
    pub(crate) fn of(&self, role: &str) -> Vec<&Right> {
        let of = |same: &dyn Fn(&str) -> bool| -> Vec<&Right> {
            self.rights.iter().filter(|it| same(&it.role)).collect()
        };
        let own = of(&|it| it == role);
        match own.is_empty() {
            true => of(&|it| plain(it) == plain(role)),
            false => own,
        }
    }
}

/// The service accounts of a binding.
pub(crate) fn services(binding: &Binding) -> impl Iterator<Item = &str> {
    let service = |it: &&(String, String)| it.0 == "ServiceAccount";
    binding
        .subjects
        .iter()
        .filter(service)
        .map(|it| it.1.as_str())
}

/// Whether a service account is new in the change.
pub(crate) fn born(files: &[&FilePair<'_>], account: &str) -> bool {
    let role = format!("ServiceAccount/{account}");
    let there = |settings: &[Setting]| holds(settings, &[role.as_str()]);
    files.iter().any(|it| there(&it.after.settings))
        && !files.iter().any(|it| there(&it.before.settings))
}

/// Whether a role of the change, or of every cluster, reaches more than the thing that it names.
pub(crate) fn reaches(file: &FilePair<'_>, files: &[&FilePair<'_>], role: &str) -> bool {
    let named = |it: &Right| plain(&it.role) == role;
    let own = rights(&file.after.settings)
        .into_keys()
        .any(|it| named(&it));
    let far = |it: &FilePair<'_>| {
        let mut rights = rights(&it.after.settings).into_keys();
        rights.any(|it| named(&it) && it.reaches_far() && !it.limited)
    };
    rank(role).is_some_and(|it| it > 1)
        || if own {
            far(file)
        } else {
            files.iter().any(|it| far(it))
        }
}

/// Kinds of objects that say who may talk to the servers of a cluster.
const POLICIES: &[&str] = &[
    "NetworkPolicy",
    "CiliumNetworkPolicy",
    "AuthorizationPolicy",
    "RequestAuthentication",
];

/// Kinds of objects that such a policy is about.
const SERVERS: &[&str] = &[
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "Service",
    "Pod",
    "Rollout",
];

/// Policies that are gone, in the files that had them, where nothing takes their place and what
/// they were about stays.
pub(crate) fn policies_gone<'a>(context: &'a Context<'_>) -> Vec<(&'a FilePair<'a>, &'a Setting)> {
    let files: Vec<&FilePair<'_>> = context
        .files
        .iter()
        .filter(|it| settings::purpose(it) == Some(Purpose::Manifest) && !settings::unreadable(it))
        .collect();
    let gained =
        |it: &FilePair<'_>| alone(&it.after.settings, &it.before.settings, POLICIES).is_some();
    let retired =
        |it: &FilePair<'_>| alone(&it.before.settings, &it.after.settings, SERVERS).is_some();
    if files.iter().any(|it| gained(it) || retired(it)) {
        return Vec::new();
    }
    let gone = |it: &&'a FilePair<'a>| {
        let setting = alone(&it.before.settings, &it.after.settings, POLICIES)?;
        Some((*it, setting))
    };
    files.iter().filter_map(gone).collect()
}

/// The first setting of an object of some kinds that the other side of a file does not have.
fn alone<'s>(here: &'s [Setting], there: &[Setting], kinds: &[&str]) -> Option<&'s Setting> {
    here.iter().find(|it| {
        let kind = it.path[0].split('/').next().unwrap_or_default();
        it.path.len() > 1 && kinds.contains(&kind) && !holds(there, &it.path[..1])
    })
}
