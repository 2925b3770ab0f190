//! Firewalls that look at requests: their rules, and what becomes of a request that no rule is about.

use super::{name, plain, shown};
use crate::facts::setting::Setting;
use crate::review::Context;
use crate::review::deltas::settings::{self, Purpose, holds, local};
use crate::review::record::finding::Finding;
use smol_str::SmolStr;

/// What a rule does with a request: the two last keys of `action { block {} }`.
fn does(setting: &Setting) -> Option<(String, String, &[SmolStr])> {
    let at = setting.path.iter().position(|it| {
        matches!(
            plain(it).as_str(),
            "action" | "overrideaction" | "defaultaction"
        )
    })?;
    let done = setting.path.get(at + 1)?;
    Some((
        plain(setting.path.get(at)?),
        plain(done),
        setting.path.get(..at)?,
    ))
}

/// Whether this stops a request.
fn stops(kind: &str, done: &str) -> bool {
    matches!(
        (kind, done),
        ("action" | "defaultaction", "block") | ("overrideaction", "none")
    )
}

/// Looks for rules that only count now, or are gone.
pub(crate) fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    let wanted = |it| matches!(it, Purpose::Terraform | Purpose::CloudTemplate);
    for (file, purpose, deltas) in settings::changed(context, wanted) {
        if local(&file.path) {
            continue;
        }
        let walls = |it: &Setting| {
            super::place(&file.before.settings, it).contains("webacl")
                || super::place(&file.before.settings, it).contains("rulegroup")
        };
        let fresh = || deltas.added.iter().filter_map(|it| does(it));
        for was in deltas.removed.iter().filter(|it| walls(it)) {
            let Some((kind, done, rule)) = does(was) else {
                continue;
            };
            if !stops(&kind, &done) {
                continue;
            }
            let around = rule.split_last().map_or(rule, |it| it.1);
            let other = deltas.added.iter().find(|it| {
                does(it).is_some_and(|(other, now, of)| {
                    other == kind && of == rule && matches!(now.as_str(), "count" | "allow")
                })
            });
            // Another rule may stop the same requests.
            let replaced = fresh().any(|(kind, done, of)| {
                stops(&kind, &done) && of.starts_with(around) && of != rule
            });
            let gone = kind != "defaultaction"
                && !holds(&file.after.settings, rule)
                && holds(&file.after.settings, around)
                && !replaced;
            let which = rule.last().map_or("", SmolStr::as_str);
            let what = match (other, kind.as_str()) {
                (Some(_), "defaultaction") => {
                    "stopped every request that no rule lets in, and now lets them through"
                        .to_owned()
                }
                (Some(_), _) => {
                    format!(
                        "stopped the requests of its rule `{which}`, and now only counts them or lets them in"
                    )
                }
                (None, _) if gone => format!("lost its rule `{which}`, which stopped requests"),
                _ => continue,
            };
            let symbol = name(purpose, was);
            out.push(
                shown(file, &symbol, format!("{which} stops nothing"), Some(was), other.copied())
                    .says(
                        format!("The firewall {symbol} {what}. Attacks reach the application."),
                        "Let it stop them again, and make an exception for the one address that needs it.",
                    ),
            );
        }
    }
}
