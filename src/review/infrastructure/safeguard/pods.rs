//! What the containers of a cluster or a cloud are started with.

use super::{name, shown};
use crate::facts::setting::Setting;
use crate::review::Context;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::settings::{self, Deltas, Purpose, local};
use crate::review::record::finding::Finding;
use smol_str::SmolStr;
use std::collections::BTreeSet;

/// Looks at secrets, probes and commands of containers.
pub(crate) fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    let wanted = |it| {
        matches!(
            it,
            Purpose::Terraform | Purpose::CloudTemplate | Purpose::Manifest | Purpose::ChartValues
        )
    };
    for (file, purpose, deltas) in settings::changed(context, wanted) {
        if local(&file.path) {
            continue;
        }
        secrets(file, purpose, &deltas, out);
        if purpose == Purpose::Manifest {
            probes(file, &deltas, out);
            pipes(file, &deltas, out);
        }
    }
}

/// The variable that a setting hands over by naming a secret.
fn reference(setting: &Setting) -> Option<&SmolStr> {
    let lower = |it: &SmolStr| it.to_ascii_lowercase();
    let names = ["secretkeyref", "secret_key_ref"];
    let at = setting.path.iter().position(|it| {
        let it = lower(it);
        matches!(it.as_str(), "valuefrom" | "value_from" | "value_source")
    })?;
    let secret = setting
        .path
        .iter()
        .any(|it| names.contains(&lower(it).as_str()))
        || setting.path[..at].iter().any(|it| lower(it) == "secrets");
    setting.path.get(at.checked_sub(1)?).filter(|_| secret)
}

/// Variables that named a secret, and hold its value now.
fn secrets(file: &FilePair<'_>, purpose: Purpose, deltas: &Deltas<'_>, out: &mut Vec<Finding>) {
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for was in &deltas.removed {
        let Some(variable) = reference(was) else {
            continue;
        };
        let holds_it = |it: &&&Setting| {
            let named = it.key() == variable.as_str()
                || it.key().eq_ignore_ascii_case("value") && it.around().last() == Some(variable);
            let elsewhere = ["$(", "${", "{{"]
                .iter()
                .any(|mark| it.value.starts_with(mark));
            named && !it.value.is_empty() && !elsewhere
        };
        let again = file
            .after
            .settings
            .iter()
            .any(|it| reference(it) == Some(variable));
        let Some(is) = deltas.added.iter().find(holds_it).filter(|_| !again) else {
            continue;
        };
        if told.insert(variable) {
            let symbol = name(purpose, was);
            out.push(
                shown(file, &symbol, format!("{variable} in the clear"), Some(was), Some(is)).says(
                    format!(
                        "{symbol} was told where the secret `{variable}` is kept, and now holds its value. Whoever may look at what runs, or at this code and its state, can read it."
                    ),
                    "Name the secret, and let the platform hand it over.",
                ),
            );
        }
    }
}

/// The container that a setting belongs to.
fn container(setting: &Setting) -> Option<&[SmolStr]> {
    let at = setting.path.iter().position(|it| it == "containers")?;
    setting.path.get(..at + 2)
}

/// A question whether a container is ready that is asked of the one beside it now.
fn probes(file: &FilePair<'_>, deltas: &Deltas<'_>, out: &mut Vec<Finding>) {
    let asks = |it: &Setting| it.path.iter().any(|key| key == "readinessProbe");
    let asked = |side: &[Setting], of: &[SmolStr]| {
        side.iter().any(|it| asks(it) && container(it) == Some(of))
    };
    let (before, after) = (&file.before.settings, &file.after.settings);
    for was in deltas.removed.iter().filter(|it| asks(it)) {
        let Some(own) = container(was) else { continue };
        let stays = after.iter().any(|it| container(it) == Some(own));
        let other = after.iter().find(|it| {
            let of = container(it);
            asks(it)
                && it.path[0] == was.path[0]
                && of.is_some_and(|of| of != own && !asked(before, of))
        });
        let (true, false, Some(is)) = (stays, asked(after, own), other) else {
            continue;
        };
        let which = own.last().map_or("", SmolStr::as_str);
        out.push(shown(file, which, "readiness asked of another", Some(was), Some(is)).says(
            format!(
                "{which} got requests only once it said that it is ready; the question is now asked of the container beside it. Requests go to copies that cannot answer them yet."
            ),
            "Put `readinessProbe` back where the requests go.",
        ));
        return;
    }
}

/// A command that stopped where a part of it failed, and no longer does.
fn pipes(file: &FilePair<'_>, deltas: &Deltas<'_>, out: &mut Vec<Finding>) {
    let said = |side: &[Setting], of: &[SmolStr]| -> String {
        let words = side.iter().filter(|it| {
            let key = it.path.get(of.len()).map_or("", SmolStr::as_str);
            container(it) == Some(of) && matches!(key, "command" | "args")
        });
        words
            .map(|it| it.value.as_str())
            .collect::<Vec<_>>()
            .join("\n")
    };
    for was in deltas
        .removed
        .iter()
        .filter(|it| it.value.contains("pipefail"))
    {
        let Some(own) = container(was) else { continue };
        let is = said(&file.after.settings, own);
        let piped = is.replace("||", "").contains(" | ");
        if !piped || is.contains("pipefail") || is.contains("PIPESTATUS") {
            continue;
        }
        let which = own.last().map_or("", SmolStr::as_str);
        out.push(shown(file, which, "failure in a pipe unseen", Some(was), None).says(
            format!(
                "{which} stopped when any part of its commands failed (`pipefail`), and now goes on when the first part of a pipe does. It ends well with an empty or broken result."
            ),
            "Run it with `bash -euo pipefail`, or look at the result before it is kept.",
        ));
        return;
    }
}
