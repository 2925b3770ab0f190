//! Lists of a chart that the values of one environment replace.

use super::shown;
use crate::facts::setting::Setting;
use crate::facts::words::words;
use crate::review::Context;
use crate::review::deltas::settings::{self, Purpose, holds, local};
use crate::review::record::finding::Finding;
use smol_str::SmolStr;
use std::collections::BTreeSet;

/// The entries of the lists in the values of a chart, by the path of the list: those that are named
/// by what they say, as only lists have them.
fn entries<'a>(settings: &'a [Setting], list: &[SmolStr]) -> BTreeSet<&'a str> {
    let within = |it: &&Setting| {
        it.path.len() == list.len() + 2
            && it.path.starts_with(list)
            && it.key() == "name"
            && it.path[list.len()] == it.value
    };
    settings
        .iter()
        .filter(within)
        .map(|it| it.value.as_str())
        .collect()
}

/// Whether what goes by this name guards something.
fn guards(name: &str) -> bool {
    words(name).iter().any(|it| {
        matches!(
            it.as_str(),
            "auth"
                | "authentication"
                | "csrf"
                | "encryption"
                | "idempotency"
                | "limit"
                | "lock"
                | "mfa"
                | "password"
                | "secret"
                | "secure"
                | "security"
                | "signature"
                | "ssl"
                | "tls"
                | "verify"
                | "verification"
                | "webhook"
        )
    })
}

/// Looks for lists that one environment now sets, and that lose what the chart had in them: the
/// tool puts lists in the place of others and does not join them.
pub(crate) fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for (file, _, deltas) in settings::changed(context, |it| it == Purpose::ChartValues) {
        let Some((folder, own)) = file.path.rsplit_once('/') else {
            continue;
        };
        if local(&file.path) || matches!(own, "values.yaml" | "values.yml") {
            continue;
        }
        let base = context.files.iter().find(|it| {
            it.path
                .strip_prefix(folder)
                .is_some_and(|name| matches!(name, "/values.yaml" | "/values.yml"))
        });
        let Some(base) = base else { continue };
        for is in deltas
            .added
            .iter()
            .filter(|it| it.path.len() > 2 && it.key() == "name")
        {
            let list = &is.path[..is.path.len() - 2];
            if holds(&file.before.settings, list) {
                continue;
            }
            let mine = entries(&file.after.settings, list);
            let chart = entries(&base.before.settings, list);
            let there = entries(&base.after.settings, list);
            let lost: Vec<&str> = chart
                .into_iter()
                .filter(|it| there.contains(it) && !mine.contains(it))
                .collect();
            if lost.is_empty() {
                continue;
            }
            let symbol = list.join(".");
            out.push(
                shown(file, &symbol, "list replaced", None, Some(is))
                    .says(
                        format!(
                            "`{symbol}` of this environment now stands in the place of the chart's, because lists are not joined: {} no longer reach what runs here.",
                            lost.join(", ")
                        ),
                        "Repeat in it what the chart has, or make it a map.",
                    )
                    .speaks_if(lost.iter().any(|it| guards(it))),
            );
            break;
        }
    }
}
