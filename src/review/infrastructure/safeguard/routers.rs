//! Who may say where a request comes from, and what stands in front of the routers of a proxy.

use super::proxies::block;
use super::{plain, shown};
use crate::facts::setting::Setting;
use crate::review::Context;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::settings::{self, Deltas, Purpose, local};
use crate::review::infrastructure::entrance::keeps_out;
use crate::review::record::finding::Finding;
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};

/// Looks at proxies, whatever their settings are written in.
pub(crate) fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    let wanted = |it| {
        matches!(
            it,
            Purpose::WebServer
                | Purpose::Application
                | Purpose::Manifest
                | Purpose::ChartValues
                | Purpose::Compose
        )
    };
    for (file, _, deltas) in settings::changed(context, wanted) {
        if !local(&file.path) {
            trusted(file, &deltas, out);
            chains(file, out);
            steering(file, &deltas, out);
            unasked(file, &deltas, out);
        }
    }
}

/// Lists of those who may name the address of a visitor, and hold everybody now.
fn trusted(file: &FilePair<'_>, deltas: &Deltas<'_>, out: &mut Vec<Finding>) {
    let lists = |it: &Setting| {
        it.path.iter().rev().take(2).any(|key| {
            matches!(
                plain(key).as_str(),
                "setrealipfrom" | "trustedips" | "trustedproxies" | "proxyrealipcidr"
            )
        })
    };
    let world = |it: &Setting| it.value.contains("0.0.0.0/0") || it.value.contains("::/0");
    let known = file.before.settings.iter().any(|it| lists(it) && world(it));
    let fresh = deltas
        .added
        .iter()
        .map(|it| (None, *it))
        .chain(deltas.changed.iter().map(|(was, is)| (Some(*was), *is)));
    for (was, is) in fresh {
        if known || !lists(is) || !world(is) {
            continue;
        }
        let symbol = block(is.around());
        out.push(shown(file, symbol, "trusts everybody's address", was, Some(is)).says(
            format!(
                "`{}` lets everybody say which address a request comes from, where only named proxies could. Whoever writes an inside address into a header passes lists of addresses and limits.",
                is.key()
            ),
            "Name the proxies that stand in front.",
        ));
        return;
    }
}

/// The steps in front of each router of a proxy, chains taken apart; nothing for a router with a
/// step that is not known.
fn steps(
    settings: &[Setting],
    known: &BTreeSet<&str>,
) -> BTreeMap<SmolStr, Option<BTreeSet<String>>> {
    let mut out: BTreeMap<SmolStr, Option<BTreeSet<String>>> = BTreeMap::new();
    for it in settings {
        if let [http, routers, router, ..] = it.path.as_slice()
            && http == "http"
            && routers == "routers"
        {
            let all = out
                .entry(router.clone())
                .or_insert_with(|| Some(BTreeSet::new()));
            if it.path.len() == 5 && it.path[3] == "middlewares" {
                let mut found = BTreeSet::new();
                let sure = step(settings, &it.value, known, &mut found, 0);
                match all {
                    Some(all) if sure => all.append(&mut found),
                    _ => *all = None,
                }
            }
        }
    }
    out
}

/// Takes a step apart; says whether all of it is known.
fn step(
    settings: &[Setting],
    name: &str,
    known: &BTreeSet<&str>,
    out: &mut BTreeSet<String>,
    depth: usize,
) -> bool {
    let name = name.split('@').next().unwrap_or(name);
    let own = |it: &&Setting| {
        it.path.len() > 3
            && it.path[0] == "http"
            && it.path[1] == "middlewares"
            && it.path[2] == name
    };
    let mut parts = settings.iter().filter(own).peekable();
    if parts.peek().is_none() || depth > 8 {
        out.insert(name.to_owned());
        return known.contains(name);
    }
    let mut sure = true;
    for part in parts {
        if part.path[3] == "chain" {
            sure &= step(settings, &part.value, known, out, depth + 1);
        } else {
            out.insert(name.to_owned());
            out.insert(part.path[3].to_string());
        }
    }
    sure
}

/// Routers that no step keeps people out of any more.
fn chains(file: &FilePair<'_>, out: &mut Vec<Finding>) {
    let is_router =
        |it: &Setting| it.path.len() == 5 && it.path[1] == "routers" && it.path[3] == "middlewares";
    let known: BTreeSet<&str> = file
        .before
        .settings
        .iter()
        .filter(|it| is_router(it))
        .map(|it| it.value.split('@').next().unwrap_or_default())
        .collect();
    if known.is_empty() {
        return;
    }
    let after = steps(&file.after.settings, &known);
    for (router, before) in steps(&file.before.settings, &known) {
        let (Some(before), Some(Some(now))) = (before, after.get(&router)) else {
            continue;
        };
        let keeps = |all: &BTreeSet<String>| all.iter().find(|it| keeps_out(it)).cloned();
        let (Some(step), None) = (keeps(&before), keeps(now)) else {
            continue;
        };
        let at =
            |it: &&Setting| it.path.len() > 3 && it.path[1] == "routers" && it.path[2] == router;
        let was = file
            .before
            .settings
            .iter()
            .filter(at)
            .find(|it| is_router(it));
        let is = file
            .after
            .settings
            .iter()
            .filter(at)
            .find(|it| is_router(it));
        out.push(shown(file, &router, format!("{step} gone"), was, is).says(
            format!(
                "Requests to {router} went through `{step}`, which keeps people out, and now through nothing of the kind. Everyone who reaches it gets in."
            ),
            "Put it into the chain as well, or say what keeps people out instead.",
        ));
    }
}

/// The address at which a proxy is steered, open to others than its own machine.
fn steering(file: &FilePair<'_>, deltas: &Deltas<'_>, out: &mut Vec<Finding>) {
    let everywhere = |it: &str| {
        let it = it.trim_start_matches("tcp/");
        it.starts_with("0.0.0.0") || it.starts_with(':') || it.starts_with("[::]")
    };
    let changed = deltas.changed.iter().map(|(was, is)| (Some(*was), *is));
    let added = deltas.added.iter().map(|it| (None, *it));
    for (was, is) in changed.chain(added) {
        let steers = is.key() == "admin" && is.path.len() == 2 && is.path[0].is_empty();
        if steers && everywhere(&is.value) && was.is_none_or(|it| !everywhere(&it.value)) {
            out.push(shown(file, "admin", "steered from everywhere", was, Some(is)).says(
                format!(
                    "The proxy could be steered from its own machine only, and now from every address that reaches it (`{}`). Whoever does can give it other settings and read what goes through it.",
                    is.value
                ),
                "Keep it on localhost, and give what measures it an address of its own.",
            ));
        }
    }
}

/// Sites of a Caddyfile that asked visitors to sign in.
fn unasked(file: &FilePair<'_>, deltas: &Deltas<'_>, out: &mut Vec<Finding>) {
    let at = |it: &Setting| {
        it.path.iter().position(|key| {
            let word = key.split(' ').next().unwrap_or_default();
            matches!(word, "basic_auth" | "basicauth" | "forward_auth")
        })
    };
    for was in &deltas.removed {
        let Some(depth) = at(was) else { continue };
        let around = &was.path[..depth];
        let still =
            file.after.settings.iter().any(|it| {
                it.path.starts_with(around) && (at(it).is_some() || it.key() == "import")
            });
        let stays = file.after.settings.iter().any(|it| {
            it.path.starts_with(around)
                && it
                    .path
                    .iter()
                    .any(|key| key.starts_with("reverse_proxy") || key.starts_with("file_server"))
        });
        if depth > 0 && stays && !still {
            let symbol = block(around);
            out.push(shown(file, symbol, "asks nobody", Some(was), None).says(
                format!("{symbol} asked visitors to sign in (`{}`), and no longer does. Everyone who reaches it gets in.", was.path[depth]),
                "Put it back, or show in this change what keeps people out instead.",
            ));
            return;
        }
    }
}
