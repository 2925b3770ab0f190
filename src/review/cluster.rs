//! What the roles of a cluster may do: Kubernetes' `Role` and `ClusterRole`.

use crate::facts::setting::Setting;
use std::collections::BTreeMap;

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

impl Right {
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
