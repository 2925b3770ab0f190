//! Entrances of a network that the whole internet may use.

use super::resources::default_of;
use super::{name, owner, place, plain, shown};
use crate::facts::setting::Setting;
use crate::review::Context;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::settings::{Deltas, Purpose, holds, on};
use crate::review::record::finding::Finding;
use smol_str::SmolStr;

/// Ports that are there to be reached.
const WEB: std::ops::RangeInclusive<i64> = 80..=80;
const SECURE: std::ops::RangeInclusive<i64> = 443..=443;

fn world(setting: &Setting) -> bool {
    let key = plain(setting.key());
    let around = setting
        .around()
        .last()
        .map_or_else(String::new, |it| plain(it));
    matches!(setting.value.as_str(), "0.0.0.0/0" | "::/0")
        || (key.starts_with("sourceaddressprefix") || around.starts_with("sourceaddressprefix"))
            && matches!(setting.value.as_str(), "*" | "Internet" | "Any" | "any")
}

/// The rule that a setting is a part of, from the inside out.
fn beside<'a>(settings: &'a [Setting], within: &[SmolStr], wanted: &str) -> Option<&'a Setting> {
    settings.iter().find(|it| {
        it.path.len() == within.len() + 1
            && it.path.starts_with(within)
            && plain(it.key()) == wanted
    })
}

/// The ports that a rule opens; all of them where it names none.
fn ports(settings: &[Setting], rule: &[SmolStr]) -> Option<(i64, i64)> {
    let number = |key: &str| beside(settings, rule, key).map(|it| it.value.as_str());
    let all = ["protocol", "ipprotocol"]
        .iter()
        .any(|key| matches!(number(key), Some("-1" | "all" | "*")));
    if let Some(range) = number("destinationportrange") {
        let (from, to) = range.split_once('-').unwrap_or((range, range));
        return match range {
            "*" => Some((0, 65535)),
            _ => Some((from.trim().parse().ok()?, to.trim().parse().ok()?)),
        };
    }
    match (number("fromport"), number("toport")) {
        _ if all => Some((0, 65535)),
        (Some(from), Some(to)) => {
            let (from, to) = (from.parse().ok()?, to.parse().ok()?);
            Some(if from == -1 { (0, 65535) } else { (from, to) })
        }
        _ => None,
    }
}

fn for_everyone((from, to): (i64, i64)) -> bool {
    from == to && (WEB.contains(&from) || SECURE.contains(&from))
}

/// Whether a rule lets in, by its kind and its own words.
fn lets_in(settings: &[Setting], rule: &[SmolStr], setting: &Setting) -> bool {
    let way = format!(
        "{}{}",
        rule.iter().map(|it| plain(it)).collect::<String>(),
        place(settings, setting)
    );
    let says = |key: &str, value: &str| {
        beside(settings, rule, key).is_some_and(|it| it.value.eq_ignore_ascii_case(value))
    };
    !way.contains("egress")
        && !says("type", "egress")
        && !says("direction", "outbound")
        && !says("access", "deny")
        && (way.contains("ingress") || way.contains("securityrule") || says("type", "ingress"))
}

/// Looks for entrances that become wider.
pub(crate) fn run(
    context: &Context<'_>,
    (file, purpose): (&FilePair<'_>, Purpose),
    deltas: &Deltas<'_>,
    out: &mut Vec<Finding>,
) {
    let after = &file.after.settings;
    let mut told: Vec<&[SmolStr]> = Vec::new();
    let changed = deltas.changed.iter().map(|(was, is)| (Some(*was), *is));
    let added = deltas.added.iter().map(|it| (None, *it));
    for (was, is) in changed.chain(added) {
        replica(context, file, is, out);
        // The block of the rule, out of which a list of addresses may lead.
        let rule = match is.around().last() {
            Some(last) if plain(last).starts_with("cidr") || plain(last).contains("prefix") => {
                &is.around()[..is.around().len() - 1]
            }
            _ => is.around(),
        };
        let by_default = is.value.strip_prefix("var.").is_some_and(|it| {
            plain(is.key()).contains("cidr") && default_of(context, it).iter().any(|it| world(it))
        });
        let open = |side: &[Setting]| side.iter().any(|it| it.path.starts_with(rule) && world(it));
        let public = open(after);
        // Most changes open nothing: more is asked only of those that may.
        if rule.len() < 2
            || !(by_default || public || world(is))
            || told.contains(&rule)
            || !holds(&file.before.settings, owner(purpose, is))
            || !lets_in(after, rule, is)
        {
            continue;
        }
        let now = ports(after, rule);
        let star = purpose == Purpose::CloudTemplate
            || plain(is.key()).starts_with("sourceaddressprefix")
            || rule.len() < is.around().len()
                && is
                    .around()
                    .last()
                    .is_some_and(|it| plain(it).contains("prefix"));
        let what = match now {
            Some(now) if for_everyone(now) => continue,
            Some((from, to)) if from == to => format!("port {from}"),
            Some((0..=1, 65535)) => "every port".to_owned(),
            Some((from, to)) => format!("the ports {from} to {to}"),
            None => "every port".to_owned(),
        };
        let wider = match (ports(&file.before.settings, rule), now, public) {
            (Some(old), Some(now), true) if open(&file.before.settings) => {
                was.is_some() && (now.0 < old.0 || now.1 > old.1)
            }
            _ => by_default || star && world(is) && !open(&file.before.settings),
        };
        if wider {
            told.push(rule);
            let symbol = name(purpose, is);
            let closed = if by_default {
                " where nobody names the networks"
            } else {
                ""
            };
            out.push(shown(file, &symbol, "open to everybody", was, Some(is)).says(
                format!("{symbol} now lets the whole internet in at {what}{closed}. It used to be closed to it."),
                "Name the networks and the ports that are needed.",
            ));
        }
    }
}

/// A copy of a database that is there already, with an address on the internet.
fn replica(context: &Context<'_>, file: &FilePair<'_>, is: &Setting, out: &mut Vec<Finding>) {
    if is.key() != "publicly_accessible" || !on(&is.value) || is.path.len() != 4 {
        return;
    }
    let resource = &is.path[..3];
    let source = file.after.settings.iter().find(|it| {
        it.path.starts_with(resource)
            && matches!(it.key(), "replicate_source_db" | "snapshot_identifier")
    });
    if let Some(source) = source
        && !context
            .files
            .iter()
            .any(|it| holds(&it.before.settings, resource))
    {
        let symbol = name(Purpose::Terraform, is);
        out.push(shown(file, &symbol, "copy is public", None, Some(is)).says(
            format!(
                "{symbol} is a copy of a database that is there already (`{}`), and has an address on the internet. Anyone can try to reach everything in it.",
                source.value
            ),
            "Keep it closed, and let people in through your own network.",
        ));
    }
}
