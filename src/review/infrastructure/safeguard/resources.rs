//! Resources of a cloud that guard others: gone, made for fewer, or made only where asked for.

use super::{name, plain, shown};
use crate::facts::setting::{Setting, ValueKind};
use crate::review::Context;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::settings::{self, Purpose, holds, local, off, unreadable};
use crate::review::record::finding::Finding;
use smol_str::SmolStr;
use std::collections::BTreeSet;

/// Kinds of resources that guard others, and what they do.
const GUARDS: &[(&str, &str)] = &[
    (
        "aws_s3_bucket_public_access_block",
        "keeps files from being made public",
    ),
    (
        "aws_s3_account_public_access_block",
        "keeps files from being made public",
    ),
    ("aws_cloudtrail", "writes down who does what in the account"),
    (
        "AWS::CloudTrail::Trail",
        "writes down who does what in the account",
    ),
    ("aws_flow_log", "writes down who talks to whom"),
    ("AWS::EC2::FlowLog", "writes down who talks to whom"),
    (
        "aws_guardduty_detector",
        "watches the account for break-ins",
    ),
    (
        "AWS::GuardDuty::Detector",
        "watches the account for break-ins",
    ),
    (
        "aws_securityhub_account",
        "watches the account for weaknesses",
    ),
    (
        "aws_config_configuration_recorder",
        "writes down what changes in the account",
    ),
    (
        "aws_wafv2_web_acl_association",
        "has a firewall look at every request",
    ),
    (
        "AWS::WAFv2::WebACLAssociation",
        "has a firewall look at every request",
    ),
    (
        "aws_wafregional_web_acl_association",
        "has a firewall look at every request",
    ),
    (
        "aws_secretsmanager_secret_rotation",
        "changes a secret regularly",
    ),
    (
        "AWS::SecretsManager::RotationSchedule",
        "changes a secret regularly",
    ),
    (
        "aws_iam_account_password_policy",
        "asks for passwords that are hard to guess",
    ),
    ("aws_backup_plan", "makes backups"),
    ("aws_backup_selection", "makes backups"),
    ("AWS::Backup::BackupSelection", "makes backups"),
    (
        "azurerm_monitor_diagnostic_setting",
        "writes down who does what",
    ),
    (
        "azurerm_subnet_network_security_group_association",
        "lets only what its rules allow reach a network",
    ),
    (
        "azurerm_storage_account_network_rules",
        "lets only named networks reach files",
    ),
    ("azurerm_management_lock", "keeps things from being deleted"),
    (
        "google_project_iam_audit_config",
        "writes down who does what",
    ),
    (
        "github_branch_protection",
        "keeps changes from going in without review",
    ),
    (
        "github_repository_ruleset",
        "keeps changes from going in without review",
    ),
];

/// Blocks of resources that guard them, and what without them is true.
const BLOCKS: &[(&str, &str)] = &[
    (
        "networkacls",
        "Without it, it can be reached from every network.",
    ),
    (
        "networkrules",
        "Without it, it can be reached from every network.",
    ),
    (
        "iprestriction",
        "Without it, it can be reached from every network.",
    ),
    (
        "masterauthorizednetworksconfig",
        "Without it, it can be steered from every network.",
    ),
    (
        "accesslogs",
        "Without it, nobody can find out who asked for what.",
    ),
    (
        "loggingconfig",
        "Without it, nobody can find out who asked for what.",
    ),
    (
        "metadataoptions",
        "Without it, a page that fetches addresses can be made to give away its credentials.",
    ),
];

/// Looks for all of it.
pub(crate) fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for file in context.files {
        let purpose = settings::purpose(file);
        let Some(purpose @ (Purpose::Terraform | Purpose::CloudTemplate)) = purpose else {
            continue;
        };
        if local(&file.path) || local(&file.base_path) || unreadable(file) {
            continue;
        }
        gone(context, file, purpose, out);
        if file.before.exists && file.after.exists && purpose == Purpose::Terraform {
            fewer(context, file, out);
            asked_for(context, file, out);
        }
    }
}

/// What a resource is and where: its kind and the path of its address.
fn resources(settings: &[Setting]) -> BTreeSet<(&str, &[SmolStr])> {
    let mut out = BTreeSet::new();
    for it in settings {
        match it.path.as_slice() {
            [first, kind, _, ..] if first == "resource" => {
                out.insert((kind.as_str(), &it.path[..3]));
            }
            [first, _, key] if first == "Resources" && key == "Type" => {
                out.insert((it.value.as_str(), &it.path[..2]));
            }
            _ => {}
        }
    }
    out
}

/// Whether any file of one side has something at a path.
fn anywhere(context: &Context<'_>, after: bool, path: &[SmolStr]) -> bool {
    context.files.iter().any(|it| match after {
        true => holds(&it.after.settings, path),
        false => holds(&it.before.settings, path),
    })
}

/// Guards that are no longer made, while what they guarded stays.
fn gone(context: &Context<'_>, file: &FilePair<'_>, purpose: Purpose, out: &mut Vec<Finding>) {
    let modules = |after: bool| -> BTreeSet<&str> {
        let sides = context.files.iter().map(|it| match after {
            true => &it.after.settings,
            false => &it.before.settings,
        });
        sides
            .flatten()
            .filter(|it| it.path[0] == "module")
            .filter_map(|it| it.path.get(1).map(SmolStr::as_str))
            .collect()
    };
    for (kind, address) in resources(&file.before.settings) {
        let Some((_, does)) = GUARDS.iter().find(|it| it.0 == kind) else {
            continue;
        };
        let same = |other: &str| GUARDS.iter().any(|it| it.0 == other && it.1 == *does);
        let again = |it: &FilePair<'_>| {
            resources(&it.after.settings)
                .iter()
                .any(|(other, path)| same(other) && !anywhere(context, false, path))
        };
        let called = address[1..].join(".");
        let explained = context.files.iter().any(|it| {
            it.after.settings.iter().any(|it| {
                matches!(it.path[0].as_str(), "moved" | "removed" | "import")
                    && it.value.contains(&called)
            })
        });
        if anywhere(context, true, address)
            || explained
            || context.files.iter().any(again)
            || !modules(true).is_subset(&modules(false))
        {
            continue;
        }
        let Some(was) = file
            .before
            .settings
            .iter()
            .find(|it| it.path.starts_with(address))
        else {
            continue;
        };
        // What it was for: gone as well, still there, or in a file that nobody touched.
        let subjects: Vec<Vec<SmolStr>> = file
            .before
            .settings
            .iter()
            .filter(|it| it.path.starts_with(address))
            .flat_map(|it| subjects(&it.value))
            .collect();
        let retired =
            |it: &Vec<SmolStr>| anywhere(context, false, it) && !anywhere(context, true, it);
        let stays = match subjects.is_empty() {
            true => file.after.exists && !resources(&file.after.settings).is_empty(),
            false => !subjects.iter().any(retired),
        };
        let symbol = name(purpose, was);
        out.push(
            shown(file, &symbol, "guard removed", Some(was), None)
                .says(
                    format!(
                        "{symbol} {does}, and is no longer in the code; nothing in this change takes its place."
                    ),
                    "Keep it, or say in this change what does its work now.",
                )
                .speaks_if(stays && file.after.exists),
        );
    }
}

/// The resources that an expression names: `aws_s3_bucket.files.id`.
fn subjects(value: &str) -> Vec<Vec<SmolStr>> {
    let word = |it: char| !(it.is_ascii_alphanumeric() || "_.-".contains(it));
    value
        .split(word)
        .filter_map(|it| {
            let mut parts = it.split('.');
            let (kind, name) = (parts.next()?, parts.next()?);
            let provider = ["aws_", "azurerm_", "google_", "github_"]
                .iter()
                .any(|it| kind.starts_with(it));
            provider.then(|| vec!["resource".into(), kind.into(), name.into()])
        })
        .collect()
}

/// Guards that are now made for some only: `for_each = { for … if it.private }`.
fn fewer(context: &Context<'_>, file: &FilePair<'_>, out: &mut Vec<Finding>) {
    let deltas = settings::deltas(file);
    for (was, is) in &deltas.changed {
        let guard = is.path.len() == 4
            && is.key() == "for_each"
            && GUARDS.iter().any(|it| it.0 == is.path[1]);
        let source = was.value.as_str();
        if !guard || source.contains(" if ") || !is.value.contains(source) {
            continue;
        }
        let (Some((_, condition)), Some(list)) =
            (is.value.split_once(" if "), source.strip_prefix("local."))
        else {
            continue;
        };
        let attribute = condition
            .split(|it: char| !(it.is_ascii_alphanumeric() || "_.".contains(it)))
            .find_map(|it| it.split_once('.').map(|(_, attribute)| attribute));
        let Some(attribute) = attribute else { continue };
        let entries = |settings: &[Setting]| -> BTreeSet<SmolStr> {
            let list = ["locals", list];
            let within = |it: &&Setting| {
                it.path.len() > 3 && it.path[..2].iter().zip(list).all(|(a, b)| a == b)
            };
            settings
                .iter()
                .filter(within)
                .map(|it| it.path[2].clone())
                .collect()
        };
        let holds_it = |entry: &SmolStr| {
            file.after.settings.iter().any(|it| {
                it.path.len() == 4
                    && it.path[1] == list
                    && it.path[2] == *entry
                    && it.path[3] == attribute
                    && !off(&it.value)
            })
        };
        let still = entries(&file.after.settings);
        let left: Vec<SmolStr> = entries(&file.before.settings)
            .into_iter()
            .filter(|it| still.contains(it) && !holds_it(it))
            .collect();
        let Some((_, does)) = GUARDS.iter().find(|it| it.0 == is.path[1]) else {
            continue;
        };
        if left.is_empty() || context.files.is_empty() {
            continue;
        }
        let symbol = name(Purpose::Terraform, is);
        out.push(shown(file, &symbol, "made for fewer", Some(was), Some(is)).says(
            format!(
                "{symbol} {does}. It was made for every one of `{source}`, and now only for those with `{attribute}`; {} no longer have it.",
                left.join(", ")
            ),
            "Make it for all of them, and take out by name those that do without.",
        ));
    }
}

/// What a variable is where nobody sets it, if nobody in the change does.
fn unset<'a>(context: &'a Context<'_>, name: &str) -> Option<&'a Setting> {
    let of = default_of(context, name);
    of.into_iter().find(|it| it.path.len() == 3)
}

/// What a list or a value of a variable holds where nobody sets it, if nobody in the change does.
pub(crate) fn default_of<'a>(context: &'a Context<'_>, name: &str) -> Vec<&'a Setting> {
    let after = || context.files.iter().flat_map(|it| &it.after.settings);
    let default = |it: &&Setting| {
        matches!(it.path.as_slice(), [first, variable, key, ..]
            if first == "variable" && variable == name && key == "default")
    };
    match set(context, name) {
        true => Vec::new(),
        false => after().filter(default).collect(),
    }
}

/// Whether anybody in the change sets a variable of a module.
fn set(context: &Context<'_>, name: &str) -> bool {
    let mut after = context.files.iter().flat_map(|it| &it.after.settings);
    after.any(|it| match it.path.as_slice() {
        [first, _, key, ..] if first == "module" => key == name,
        [first, ..] => first == name,
        [] => false,
    })
}

/// The variables that an expression asks.
fn variables(value: &str) -> impl Iterator<Item = &str> {
    value.split("var.").skip(1).map(|it| {
        it.split(|it: char| !(it.is_ascii_alphanumeric() || it == '_'))
            .next()
            .unwrap_or_default()
    })
}

/// Guards that are now made only where somebody asks for them, and nobody does by default.
fn asked_for(context: &Context<'_>, file: &FilePair<'_>, out: &mut Vec<Finding>) {
    let deltas = settings::deltas(file);
    for is in &deltas.added {
        let (block, says) = match is.path.as_slice() {
            [first, _, _, dynamic, block, key]
                if first == "resource" && dynamic == "dynamic" && key == "for_each" =>
            {
                let Some((_, says)) = BLOCKS.iter().find(|it| it.0 == plain(block)) else {
                    continue;
                };
                (Some(block), *says)
            }
            [first, kind, _, key]
                if first == "resource" && (key == "count" || key == "for_each") =>
            {
                if !GUARDS.iter().any(|it| it.0 == kind)
                    || !holds(&file.before.settings, &is.path[..3])
                {
                    continue;
                }
                (None, "")
            }
            _ => continue,
        };
        let was = file.before.settings.iter().find(|it| {
            it.path.starts_with(&is.path[..3])
                && block.is_none_or(|block| it.path.get(3) == Some(block))
        });
        let empty = |it: &Setting| {
            matches!(
                it.kind,
                ValueKind::EmptyList | ValueKind::EmptyMap | ValueKind::Null
            ) || off(&it.value)
                || it.value.is_empty()
        };
        let variable = variables(&is.value).find(|it| unset(context, it).is_some_and(empty));
        let (Some(was), Some(variable)) = (was, variable) else {
            continue;
        };
        let symbol = name(Purpose::Terraform, is);
        let what = block.map_or_else(|| symbol.clone(), |it| format!("`{it}` of {symbol}"));
        out.push(shown(file, &symbol, "made only where asked for", Some(was), Some(is)).says(
            format!(
                "{what} was always there, and is now made only where `{variable}` is set, which nobody does by default. {says}"
            )
            .trim_end()
            .to_owned(),
            "Leave it on for everybody, and let those switch it off who have a reason.",
        ));
    }
}
