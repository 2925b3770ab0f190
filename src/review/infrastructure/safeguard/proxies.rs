//! What web servers keep from those behind them, and from visitors: limits, headers, places.

use super::shown;
use crate::facts::setting::Setting;
use crate::review::Context;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::settings::{self, Deltas, Purpose, holds, local};
use crate::review::record::finding::Finding;
use smol_str::SmolStr;
use std::collections::BTreeSet;

/// Looks at web servers.
pub(crate) fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for (file, _, deltas) in settings::changed(context, |it| it == Purpose::WebServer) {
        if local(&file.path) {
            continue;
        }
        zones(file, &deltas, out);
        unlimited(file, &deltas, out);
        headers(context, file, out);
        forgotten(file, &deltas, out);
        repeated(file, &deltas, out);
        cleared(file, &deltas, out);
        folders(file, &deltas, out);
        sideways(file, &deltas, out);
        opened(file, &deltas, out);
    }
}

/// The block that a setting stands in, as people call it.
pub(super) fn block(path: &[SmolStr]) -> &str {
    path.last().map_or("server", SmolStr::as_str)
}

/// What a rate limit counts by, and how often it lets through in a minute, by its zone.
fn zone(setting: &Setting) -> Option<(&str, &str, Option<f64>)> {
    if !matches!(setting.key(), "limit_req_zone" | "limit_conn_zone") {
        return None;
    }
    let key = setting.value.split(' ').next()?;
    let part = |name: &str| {
        setting
            .value
            .split(' ')
            .find_map(|it| it.strip_prefix(name))
    };
    let zone = part("zone=")?.split(':').next()?;
    let rate = part("rate=").and_then(|it| {
        let (number, unit) = it.split_once("r/")?;
        let number: f64 = number.parse().ok()?;
        Some(if unit == "s" { number * 60.0 } else { number })
    });
    Some((zone, key, rate))
}

/// This many times as many requests are another limit.
const TIMES: f64 = 5.0;

/// Limits that count by what the visitor says, or let far more through.
fn zones(file: &FilePair<'_>, deltas: &Deltas<'_>, out: &mut Vec<Finding>) {
    let chosen = |key: &str| {
        ["$http_", "$arg_", "$cookie_"]
            .iter()
            .any(|it| key.starts_with(it))
    };
    let changed = deltas.changed.iter().map(|it| it.1);
    for is in deltas.added.iter().copied().chain(changed) {
        let Some((name, key, rate)) = zone(is) else {
            continue;
        };
        let same = |it: &&Setting| zone(it).is_some_and(|(other, _, _)| other == name);
        let Some(was) = file.before.settings.iter().find(same) else {
            continue;
        };
        let Some((_, old_key, old_rate)) = zone(was) else {
            continue;
        };
        let says = if chosen(key) && old_key.contains("remote_addr") {
            format!(
                "The limit `{name}` counted requests by the address that they come from, and now by `{key}`, which the visitor chooses. Whoever leaves it out or makes up a new one each time is not limited at all."
            )
        } else if matches!((old_rate, rate), (Some(old), Some(new)) if new >= old * TIMES) {
            format!(
                "The limit `{name}` lets far more requests through in the same time (`{}` was `{}`). Guessing passwords, codes and cards becomes that much faster.",
                is.value, was.value
            )
        } else {
            continue;
        };
        out.push(shown(file, name, "limit weaker", Some(was), Some(is)).says(
            says,
            "Count by the address, and raise the limit for those who need it.",
        ));
    }
}

/// Places that were limited and are not any more.
fn unlimited(file: &FilePair<'_>, deltas: &Deltas<'_>, out: &mut Vec<Finding>) {
    for was in &deltas.removed {
        let around = was.around();
        let limits = |it: &Setting| matches!(it.key(), "limit_req" | "limit_conn");
        if !limits(was) || around.is_empty() || !holds(&file.after.settings, around) {
            continue;
        }
        let applies = |it: &Setting| limits(it) && around.starts_with(it.around());
        let included = deltas
            .added
            .iter()
            .any(|it| it.key() == "include" && around.starts_with(it.around()));
        if included || file.after.settings.iter().any(applies) {
            continue;
        }
        let symbol = block(around);
        out.push(shown(file, symbol, "limit gone", Some(was), None).says(
            format!(
                "`{symbol}` let only so many requests through in a time (`{}`), and no longer does. Guessing passwords, codes and cards there is as fast as the server.",
                was.key()
            ),
            "Put the limit back, or say what limits it now.",
        ));
    }
}

/// Headers that tell browsers to protect the visitor.
const PROTECT: &[&str] = &[
    "strict-transport-security",
    "content-security-policy",
    "x-frame-options",
    "x-content-type-options",
];

/// The headers that stand in a block itself.
fn own<'a>(settings: &'a [Setting], block: &[SmolStr]) -> Vec<&'a Setting> {
    settings
        .iter()
        .filter(|it| {
            it.path.len() == block.len() + 2
                && it.path.starts_with(block)
                && it.path[block.len()] == "add_header"
        })
        .collect()
}

/// The headers that are sent for a block: its own, or those of the blocks around it if it has none.
fn sent<'a>(settings: &'a [Setting], block: &[SmolStr]) -> Vec<&'a Setting> {
    for end in (0..=block.len()).rev() {
        let found = own(settings, &block[..end]);
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

/// Blocks that no longer send them.
fn headers(context: &Context<'_>, file: &FilePair<'_>, out: &mut Vec<Finding>) {
    let (before, after) = (&file.before.settings, &file.after.settings);
    let blocks: BTreeSet<&[SmolStr]> = before
        .iter()
        .chain(after)
        .filter(|it| it.path.len() > 1 && it.path[it.path.len() - 2] == "add_header")
        .map(|it| &it.path[..it.path.len() - 2])
        .collect();
    let repeated: Vec<&str> = PROTECT
        .iter()
        .copied()
        .filter(|name| {
            let says = |text: &str| text.to_ascii_lowercase().matches(name).count();
            context
                .files
                .iter()
                .any(|it| says(it.after.text) > says(it.before.text))
        })
        .collect();
    let mut told: BTreeSet<String> = BTreeSet::new();
    for around in blocks {
        if !holds(before, around)
            || !holds(after, around)
            || own(before, around) == own(after, around)
        {
            continue;
        }
        let include = |side: &[Setting]| {
            side.iter()
                .filter(|it| it.key() == "include" && around.starts_with(it.around()))
                .count()
        };
        let now = sent(after, around);
        let framed = now.iter().any(|it| it.value.contains("frame-ancestors"));
        let lost: Vec<&Setting> = sent(before, around)
            .into_iter()
            .filter(|it| {
                let name = it.key().to_ascii_lowercase();
                // Another header says who may frame the page.
                let said = name == "x-frame-options" && framed
                    || now.iter().any(|it| it.key().eq_ignore_ascii_case(&name));
                PROTECT.contains(&name.as_str())
                    && !said
                    && !repeated.contains(&name.as_str())
                    && told.insert(format!("{name} {}", block(around)))
            })
            .collect();
        let (Some(was), true) = (lost.first(), include(after) <= include(before)) else {
            continue;
        };
        let names: Vec<&str> = lost.iter().map(|it| it.key()).collect();
        let is = own(after, around).first().copied();
        let symbol = block(around);
        let files_only = [
            "asset", "static", "font", "image", "css", "favicon", "media",
        ]
        .iter()
        .any(|it| symbol.contains(it));
        let why = match is {
            Some(is) if own(before, around).is_empty() => format!(
                ", because a block that adds a header of its own (`{}`) loses those of the block around it",
                is.key()
            ),
            _ => String::new(),
        };
        out.push(
            shown(file, symbol, format!("no {}", names.join(", ")), Some(was), is)
                .says(
                    format!(
                        "Answers of `{symbol}` no longer carry {}{why}. Browsers stop protecting the visitor: pages can be framed, scripts run, or the connection be led to where others read along.",
                        names.join(", ")
                    ),
                    "Repeat the headers there, or add the new one where they stand.",
                )
                .speaks_if(!files_only),
        );
    }
}

/// A header by which browsers remembered to come over an encrypted connection only.
fn forgotten(file: &FilePair<'_>, deltas: &Deltas<'_>, out: &mut Vec<Finding>) {
    let age = |it: &Setting| -> Option<u64> {
        let (_, rest) = it.value.split_once("max-age=")?;
        let end = rest
            .find(|it: char| !it.is_ascii_digit())
            .unwrap_or(rest.len());
        rest.get(..end)?.parse().ok()
    };
    for (was, is) in &deltas.changed {
        let named = is.key().eq_ignore_ascii_case("strict-transport-security");
        let (Some(old), Some(new)) = (age(was), age(is)) else {
            continue;
        };
        // A month is what people begin with.
        if named && new < old && new < 2_592_000 {
            let symbol = block(is.around());
            out.push(shown(file, symbol, "max-age shorter", Some(was), Some(is)).says(
                format!(
                    "Browsers remembered for {old} seconds to come over an encrypted connection only, and now for {new}. After that they may be led to the address without encryption, where others can read along."
                ),
                "Keep it at half a year or more.",
            ));
        }
    }
}

/// Requests that are sent a second time although they may have been done.
fn repeated(file: &FilePair<'_>, deltas: &Deltas<'_>, out: &mut Vec<Finding>) {
    let twice = |it: &Setting| {
        it.key().ends_with("_next_upstream") && it.value.split(' ').any(|it| it == "non_idempotent")
    };
    let changed = deltas.changed.iter().map(|(was, is)| (Some(*was), *is));
    let added = deltas.added.iter().map(|it| (None, *it));
    for (was, is) in changed.chain(added) {
        if !twice(is) || was.is_some_and(twice) || !holds(&file.before.settings, is.around()) {
            continue;
        }
        let symbol = block(is.around());
        out.push(shown(file, symbol, "sends twice", was, Some(is)).says(
            format!(
                "`{symbol}` now gives a request that changes something to a second server when the first is slow or fails (`non_idempotent`). What the first one did all the same is done twice, such as a payment."
            ),
            "Repeat only requests that read, and let the caller repeat the others with a key.",
        ));
    }
}

/// Headers that were emptied on the way in, and that visitors can write now.
fn cleared(file: &FilePair<'_>, deltas: &Deltas<'_>, out: &mut Vec<Finding>) {
    for was in &deltas.removed {
        let header = was.key().to_ascii_lowercase();
        let emptied = was
            .around()
            .last()
            .is_some_and(|it| it == "proxy_set_header")
            && was.value.is_empty()
            && (header.starts_with("x-") || header.contains("user") || header.contains("auth"));
        let around = was.around();
        let around = &around[..around.len().saturating_sub(1)];
        if !emptied
            || !holds(&file.after.settings, around)
            || file.after.text.to_ascii_lowercase().contains(&header)
            || deltas.added.iter().any(|it| it.key() == "include")
        {
            continue;
        }
        let symbol = block(around);
        out.push(shown(file, symbol, format!("{} passed on", was.key()), Some(was), None).says(
            format!(
                "`{symbol}` emptied the header `{}` of every request, and now passes on what a visitor writes into it. Whatever behind it believes that header can be told anything.",
                was.key()
            ),
            "Empty it again, or set it to what the proxy itself knows.",
        ));
    }
}

/// The path of a location that is matched by its beginning.
fn beginning(block: &str) -> Option<&str> {
    let rest = block.strip_prefix("location ")?;
    let rest = rest.strip_prefix("^~ ").unwrap_or(rest);
    (rest.starts_with('/')).then_some(rest)
}

/// Folders out of which `..` leads: a location without the slash that its alias ends with.
fn folders(file: &FilePair<'_>, deltas: &Deltas<'_>, out: &mut Vec<Finding>) {
    let open = |it: &Setting| {
        it.key() == "alias"
            && it.value.ends_with('/')
            && it
                .around()
                .last()
                .and_then(|it| beginning(it))
                .is_some_and(|it| !it.ends_with('/'))
    };
    let changed = deltas.changed.iter().map(|(was, is)| (Some(*was), *is));
    let added = deltas.added.iter().map(|it| (None, *it));
    for (was, is) in changed.chain(added) {
        if !open(is) || was.is_some_and(open) {
            continue;
        }
        let symbol = block(is.around());
        out.push(shown(file, symbol, "leads out of its folder", was, Some(is)).says(
            format!(
                "`{symbol}` has no slash at its end, and its folder `{}` has one. Everyone can ask for `{}../` and download what lies beside that folder.",
                is.value,
                symbol.trim_start_matches("location ")
            ),
            "End both with a slash, or neither.",
        ));
    }
}

/// Locations that answer, by the ending of an address, what another one kept people out of.
fn sideways(file: &FilePair<'_>, deltas: &Deltas<'_>, out: &mut Vec<Finding>) {
    let settings = &file.after.settings;
    let guards = |around: &[SmolStr]| {
        settings.iter().any(|it| {
            it.around() == around
                && matches!(it.key(), "auth_request" | "auth_basic" | "deny" | "include")
        })
    };
    for is in &deltas.added {
        let around = is.around();
        let Some((location, server)) = around.split_last() else {
            continue;
        };
        let anywhere = ["location ~ ", "location ~* "]
            .iter()
            .find_map(|it| location.strip_prefix(it))
            .is_some_and(|it| !it.starts_with('^'));
        if !anywhere
            || !is.key().ends_with("_pass")
            || holds(&file.before.settings, around)
            || guards(around)
            || guards(server)
        {
            continue;
        }
        let guarded = settings.iter().find(|it| {
            let own = it.around();
            it.key() == is.key()
                && it.value.split('/').nth(2) == is.value.split('/').nth(2)
                && own.len() == around.len()
                && own.starts_with(server)
                && own
                    .last()
                    .is_some_and(|it| beginning(it).is_some() && !it.starts_with("location ^~"))
                && settings.iter().any(|other| {
                    other.around() == own
                        && matches!(other.key(), "auth_request" | "auth_basic" | "deny")
                })
        });
        let Some(guarded) = guarded else { continue };
        let place = block(guarded.around());
        out.push(shown(file, location, "answers in the place of another", None, Some(is)).says(
            format!(
                "`{location}` now answers every address that ends so, those below `{place}` included, and asks nobody who they are. What `{place}` kept people out of can be fetched by everybody."
            ),
            "Ask in it as well, or put `^~` before the path of the other.",
        ));
    }
}

/// Places whose password or list of addresses is there for show.
fn opened(file: &FilePair<'_>, deltas: &Deltas<'_>, out: &mut Vec<Finding>) {
    let changed = deltas.changed.iter().map(|(was, is)| (Some(*was), *is));
    let added = deltas.added.iter().map(|it| (None, *it));
    for (was, is) in changed.chain(added) {
        let around = is.around();
        let before = |key: &str| {
            let mut all = file.before.settings.iter();
            all.any(|it| it.key() == key && around.starts_with(it.around()))
        };
        let open = match is.key() {
            "auth_basic" | "auth_request" => {
                is.value == "off" && was.map_or_else(|| before(is.key()), |it| it.value != "off")
            }
            "allow" => {
                matches!(is.value.as_str(), "all" | "0.0.0.0/0")
                    && file
                        .before
                        .settings
                        .iter()
                        .any(|it| it.around() == around && it.key() == "deny" && it.value == "all")
                    && !file.before.settings.iter().any(|it| {
                        it.around() == around && it.key() == "allow" && it.value == is.value
                    })
            }
            _ => false,
        };
        if !open || !holds(&file.before.settings, around) {
            continue;
        }
        let symbol = block(around);
        out.push(shown(file, symbol, format!("{} {}", is.key(), is.value), was, Some(is)).says(
            format!(
                "The web server used to keep people out of `{symbol}`, and no longer does (`{} {}`). Everyone can ask for it now.",
                is.key(),
                is.value
            ),
            "Put the rule back, or say what keeps people out instead.",
        ));
    }
}
