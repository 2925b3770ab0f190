//! What becomes of data when something is deleted, replaced or old.

use super::{name, shown};
use crate::facts::setting::Setting;
use crate::review::Context;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::settings::{Deltas, Purpose, holds, off, on};
use crate::review::record::finding::Finding;
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};

/// Kinds of a template that keep data, and are deleted without a snapshot where nothing is said.
fn stateful(kind: &str) -> bool {
    [
        "DynamoDB::Table",
        "DynamoDB::GlobalTable",
        "S3::Bucket",
        "EFS::FileSystem",
        "KMS::Key",
        "Cognito::UserPool",
        "OpenSearchService::Domain",
        "Kinesis::Stream",
        "Logs::LogGroup",
        "SecretsManager::Secret",
        "ElastiCache::ReplicationGroup",
        "RDS::DBInstance",
        "RDS::DBCluster",
    ]
    .iter()
    .any(|it| kind.ends_with(it))
}

/// What was to stay when a template lets go of it, and is deleted now.
pub(crate) fn let_go(file: &FilePair<'_>, deltas: &Deltas<'_>, out: &mut Vec<Finding>) {
    let policy = |it: &Setting| {
        it.path.len() == 3 && matches!(it.key(), "DeletionPolicy" | "UpdateReplacePolicy")
    };
    let keeps = |it: &Setting| {
        matches!(
            it.value.as_str(),
            "Retain" | "Snapshot" | "RetainExceptOnCreate"
        )
    };
    let kind = |it: &Setting| {
        let own = |other: &&Setting| {
            other.path.len() == 3 && other.path[..2] == it.path[..2] && other.key() == "Type"
        };
        file.after
            .settings
            .iter()
            .find(own)
            .map_or("", |it| it.value.as_str())
    };
    let mut told: BTreeSet<&SmolStr> = BTreeSet::new();
    let changed = deltas.changed.iter().map(|(was, is)| (*was, Some(*is)));
    let removed = deltas.removed.iter().map(|it| (*it, None));
    for (was, is) in changed.chain(removed) {
        if !policy(was) || !keeps(was) || is.is_some_and(keeps) || !stateful(kind(was)) {
            continue;
        }
        // A database leaves a snapshot where nothing is said.
        if is.is_none() && kind(was).contains("RDS::") || !told.insert(&was.path[1]) {
            continue;
        }
        let symbol = name(Purpose::CloudTemplate, was);
        out.push(shown(file, &symbol, format!("{} off", was.key()), Some(was), is).says(
            format!(
                "{symbol} stayed when the template let go of it or built it anew (`{}`), and is now deleted, with everything in it.",
                was.key()
            ),
            "Keep the policy, and lift it only in the change that means to delete.",
        ));
    }
}

/// A volume of a cluster that is deleted with what used it, or is empty at every start.
pub(crate) fn volumes(file: &FilePair<'_>, deltas: &Deltas<'_>, out: &mut Vec<Finding>) {
    for (was, is) in &deltas.changed {
        if is.key() == "whenDeleted" && was.value == "Retain" && is.value == "Delete" {
            let symbol = name(Purpose::Manifest, is);
            out.push(
                shown(file, &symbol, "whenDeleted = Delete", Some(was), Some(is)).says(
                    format!("{symbol} kept its data when it was taken down, and no longer does."),
                    "Keep it, and delete data only on purpose.",
                ),
            );
        }
    }
    for was in &deltas.removed {
        if was.key() == "reclaimPolicy"
            && was.value == "Retain"
            && was.path[0].starts_with("StorageClass/")
            && holds(&file.after.settings, &was.path[..1])
        {
            let symbol = name(Purpose::Manifest, was);
            out.push(shown(file, &symbol, "reclaimPolicy gone", Some(was), None).says(
                format!("{symbol} kept what was stored on it when nobody claims it any more, and now deletes it."),
                "Keep `reclaimPolicy: Retain`, and delete data only on purpose.",
            ));
        }
        let at = was.path.iter().position(|it| it == "persistentVolumeClaim");
        let Some(at) = at.filter(|at| *at > 1 && was.path[at - 2] == "volumes") else {
            continue;
        };
        let volume = &was.path[..at];
        let is = deltas.added.iter().find(|it| {
            it.path.starts_with(volume) && it.path.get(at).is_some_and(|it| it == "emptyDir")
        });
        if let Some(is) = is {
            let symbol = name(Purpose::Manifest, was);
            out.push(shown(file, &symbol, "emptyDir", Some(was), Some(is)).says(
                format!(
                    "{symbol} kept `{}` on a volume of its own, and now in a folder that is empty at every start. What is in it is lost with the next restart.",
                    block(volume)
                ),
                "Put the volume back, or say where the data is kept now.",
            ));
        }
    }
}

fn block(path: &[SmolStr]) -> &str {
    path.last().map_or("", SmolStr::as_str)
}

/// Backups that are put to sleep.
pub(crate) fn asleep(file: &FilePair<'_>, deltas: &Deltas<'_>, out: &mut Vec<Finding>) {
    let changed = deltas.changed.iter().map(|(was, is)| (Some(*was), *is));
    let added = deltas.added.iter().map(|it| (None, *it));
    for (was, is) in changed.chain(added) {
        let job = is.path[0].to_ascii_lowercase();
        let backs_up = ["backup", "snapshot", "dump"]
            .iter()
            .any(|it| job.contains(it));
        if is.key() == "suspend"
            && on(&is.value)
            && was.is_none_or(|it| off(&it.value))
            && job.starts_with("cronjob/")
            && backs_up
            && holds(&file.before.settings, &is.path[..1])
        {
            let symbol = name(Purpose::Manifest, is);
            out.push(shown(file, &symbol, "suspended", was, Some(is)).says(
                format!("{symbol}, which makes backups, is put to sleep (`suspend`). If something is lost or broken from now on, there may be nothing to restore."),
                "Let it run, or say what makes the backups meanwhile and until when.",
            ));
        }
    }
}

/// Rules that delete what is old, and are about everything where they were about a part.
pub(crate) fn expiry(
    context: &Context<'_>,
    file: &FilePair<'_>,
    purpose: Purpose,
    out: &mut Vec<Finding>,
) {
    if !file.before.exists || !file.after.exists || context.files.is_empty() {
        return;
    }
    let before = rules(&file.before.settings, purpose);
    for (owner, rules) in rules(&file.after.settings, purpose) {
        let Some(old) = before.get(&owner) else {
            continue;
        };
        let open = |it: &&Rule<'_>| it.expires.is_some() && !it.filtered;
        let whole: Vec<&Rule<'_>> = rules.values().filter(open).collect();
        let partly = old.values().find(|it| it.expires.is_some() && it.filtered);
        let still = rules
            .values()
            .filter(|it| it.expires.is_some() && it.filtered)
            .count();
        let were = old
            .values()
            .filter(|it| it.expires.is_some() && it.filtered)
            .count();
        if old.values().any(|it| open(&it)) || still >= were {
            continue;
        }
        let (Some(is), Some(was)) = (
            whole.first().and_then(|it| it.expires),
            partly.and_then(|it| it.expires),
        ) else {
            continue;
        };
        let symbol = name(purpose, is);
        out.push(shown(file, &symbol, "deletes everything old", Some(was), Some(is)).says(
            format!("{symbol} deleted a part of what is kept there when it is old, and now all of it."),
            "Put the filter back, such as the prefix of what may go.",
        ));
    }
}

/// A rule that may delete what is old.
#[derive(Default)]
struct Rule<'a> {
    expires: Option<&'a Setting>,
    filtered: bool,
}

type Rules<'a> = BTreeMap<Vec<SmolStr>, BTreeMap<SmolStr, Rule<'a>>>;

fn rules(settings: &[Setting], purpose: Purpose) -> Rules<'_> {
    let mut out = Rules::new();
    for it in settings {
        let at = match purpose {
            Purpose::Terraform => {
                let kind = it.path.get(1).map_or("", SmolStr::as_str);
                if !kind.contains("lifecycle_configuration") {
                    continue;
                }
                it.path.iter().position(|it| it == "rule")
            }
            _ => {
                let of = it.path.iter().position(|it| it == "LifecycleConfiguration");
                of.filter(|of| it.path.get(of + 1).is_some_and(|it| it == "Rules"))
                    .map(|of| of + 1)
            }
        };
        let Some(at) = at else { continue };
        // A single rule has no name of its own.
        let direct = [
            "id",
            "status",
            "filter",
            "expiration",
            "prefix",
            "transition",
            "noncurrent_version_expiration",
            "abort_incomplete_multipart_upload",
        ];
        let Some(first) = it.path.get(at + 1) else {
            continue;
        };
        let (rule, inner) = match direct.contains(&first.as_str()) {
            true => ("", &it.path[at + 1..]),
            false => (first.as_str(), &it.path[at + 2..]),
        };
        let entry = out
            .entry(it.path[..at].to_vec())
            .or_default()
            .entry(rule.into())
            .or_default();
        let part = inner.first().map_or("", SmolStr::as_str);
        match part {
            "expiration" if it.key() == "days" => entry.expires = Some(it),
            "ExpirationInDays" => entry.expires = Some(it),
            "filter" | "prefix" | "Prefix" | "TagFilters" if !it.value.is_empty() => {
                entry.filtered = true
            }
            _ => {}
        }
    }
    out
}
