//! Parts of resources and objects that guard something by being there.

use super::{name, owner, place, plain, shown};
use crate::facts::setting::Setting;
use crate::review::Context;
use crate::review::deltas::settings::{self, Purpose, holds, local, on};
use crate::review::record::finding::Finding;
use smol_str::SmolStr;

/// A key that guards something wherever it stands.
struct Part {
    /// In small letters and without joints.
    key: &'static str,
    /// What stands around it.
    within: &'static str,
    /// What takes its place where it is new in the change.
    unless: &'static [&'static str],
    lost: &'static str,
    harm: &'static str,
}

const fn part(
    key: &'static str,
    within: &'static str,
    unless: &'static [&'static str],
    lost: &'static str,
    harm: &'static str,
) -> Part {
    Part {
        key,
        within,
        unless,
        lost,
        harm,
    }
}

const UNSEEN: &str = "After a break-in nobody could find out who did what.";
const STEERED: &str = "could be steered from named networks only, and now from the whole internet";

const PARTS: &[Part] = &[
    part(
        "authtoken",
        "elasticache",
        &["usergroupids", "usergroupid"],
        "asked for a password, and no longer does",
        "Whatever reaches it can read and change everything in it.",
    ),
    part(
        "attributecondition",
        "workloadidentity",
        &[],
        "took tokens of named projects only, and now of everybody for whom the issuer signs one",
        "A stranger's pipeline may take on its rights.",
    ),
    part(
        "masterauthorizednetworksconfig",
        "",
        &["enableprivateendpoint"],
        STEERED,
        "Anyone can try to reach it.",
    ),
    part(
        "authorizedipranges",
        "",
        &["privateclusterenabled"],
        STEERED,
        "Anyone can try to reach it.",
    ),
    part(
        "apiserverauthorizedipranges",
        "",
        &["privateclusterenabled", "authorizedipranges"],
        STEERED,
        "Anyone can try to reach it.",
    ),
    part(
        "webaclid",
        "distribution",
        &["webaclarn"],
        "stood behind a firewall that looks at every request, and no longer does",
        "Attacks that it stopped reach the application.",
    ),
    part(
        "permissionsboundary",
        "",
        &[],
        "could not be given more rights than its boundary allows, and now can",
        "Whoever may change its policies can give it everything.",
    ),
    part(
        "loggingconfig",
        "",
        &["realtimelogconfigarn", "awscloudwatchlogdelivery"],
        "wrote down who asked for what, and no longer does",
        UNSEEN,
    ),
    part(
        "accesslogsettings",
        "",
        &[],
        "wrote down who asked for what, and no longer does",
        UNSEEN,
    ),
    part(
        "audit",
        "enabledclusterlogtypes clusterlogging",
        &[],
        "wrote down who did what in the cluster, and no longer does",
        UNSEEN,
    ),
    part(
        "dynamodbtable",
        "backends3",
        &["uselockfile"],
        "let one apply wait for the other, and no longer does",
        "Two that run at the same time can break what is known about everything that runs.",
    ),
    part(
        "deny",
        "validationactions",
        &[],
        "refused what breaks its rules, and no longer does",
        "What the rule kept out of the cluster can run in it now.",
    ),
    part(
        "tls",
        "ingress",
        &[],
        "was served over an encrypted connection, and no longer is",
        "Whoever is on the way can read and change what is sent, passwords and sessions included.",
    ),
];

/// Looks for parts that are gone from what stays.
pub(crate) fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    let wanted = |it| {
        matches!(
            it,
            Purpose::Terraform | Purpose::CloudTemplate | Purpose::Manifest
        )
    };
    for (file, purpose, deltas) in settings::changed(context, wanted) {
        if local(&file.path) {
            continue;
        }
        let mut told: Vec<(&[SmolStr], &str)> = Vec::new();
        for was in &deltas.removed {
            let around = owner(purpose, was);
            let Some((part, word)) = found(&file.before.settings, was, around.len()) else {
                continue;
            };
            let left = |it: &Setting| it.path.starts_with(around) && named(it, part.key);
            if told.contains(&(around, part.key))
                || !holds(&file.after.settings, around)
                || file.after.settings.iter().any(left)
                || part.key == "tls" && certified(&file.after.settings, around)
                || elsewhere(context, part)
            {
                continue;
            }
            told.push((around, part.key));
            let symbol = name(purpose, was);
            out.push(
                shown(file, &symbol, format!("{word} gone"), Some(was), None).says(
                    format!("{symbol} {} (`{word}`). {}", part.lost, part.harm),
                    "Put it back, or say in this change what takes its place.",
                ),
            );
        }
    }
}

/// The part that a setting belongs to, and how it is written there.
fn found<'a>(
    settings: &[Setting],
    setting: &'a Setting,
    from: usize,
) -> Option<(&'static Part, &'a SmolStr)> {
    let inner = setting.path.get(from..)?;
    let (part, word) = inner.iter().find_map(|word| {
        let plain = plain(word);
        let part = PARTS.iter().find(|it| it.key == plain)?;
        Some((part, word))
    })?;
    let around = place(settings, setting);
    let within = |it: &str| it.is_empty() || around.contains(it);
    part.within
        .split(' ')
        .any(within)
        .then_some((part, word))
        .filter(|_| !setting.value.is_empty())
}

fn named(setting: &Setting, key: &str) -> bool {
    setting.path.iter().any(|it| plain(it) == key)
}

/// Whether the change says it, or what takes its place, anew.
fn elsewhere(context: &Context<'_>, part: &Part) -> bool {
    let says = |it: &Setting| {
        // In an ingress beside it, another host is served.
        part.key != "tls" && part.key != "deny" && named(it, part.key)
            || part.unless.iter().any(|key| named(it, key))
    };
    context.files.iter().any(|file| match file.before.exists {
        true => settings::deltas(file).added.iter().any(|it| says(it)),
        false => file.after.settings.iter().any(says),
    })
}

/// Whether something else than the object's own list names its certificate.
fn certified(settings: &[Setting], around: &[SmolStr]) -> bool {
    settings.iter().any(|it| {
        let key = plain(it.key());
        it.path.starts_with(around)
            && (key.contains("certificate") || key.ends_with("routertls") && on(&it.value))
    })
}
