//! Settings whose values stand in an order, from the strictest to the laxest.

use super::cloud::{CLOUD, CONNECTIONS};
use super::cluster::{APPLICATION, CLUSTER, COMPOSE, SERVER};
use super::table::Switch;
use super::{defaults_known, name, owner, place, plain, shown, value};
use crate::facts::setting::Setting;
use crate::review::Context;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::settings::{self, Deltas, Purpose, holds, local};
use crate::review::record::finding::Finding;

/// How the values of a setting are compared.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scale {
    /// Values, in small letters and without joints, from the strictest group to the laxest.
    Groups(&'static [&'static [&'static str]]),
    /// The oldest version of TLS that a value allows.
    Tls,
    /// A number, of which nothing is the laxest.
    AboveZero,
}

impl Scale {
    /// How lax a value is; none where that is not known.
    pub(crate) fn rank(self, value: &str) -> Option<usize> {
        match self {
            Self::Groups(groups) => {
                let value = plain(value);
                groups
                    .iter()
                    .position(|group| group.contains(&value.as_str()))
            }
            Self::Tls => oldest(value).map(|it| 4 - it),
            Self::AboveZero => value
                .trim()
                .parse::<u32>()
                .ok()
                .map(|it| usize::from(it == 0)),
        }
    }
}

/// The oldest version that a value names: 0 for SSL, and 1 to 4 for TLS 1.0 to 1.3.
pub(crate) fn oldest(value: &str) -> Option<usize> {
    let text = value.to_ascii_lowercase();
    let mut found: Vec<usize> = Vec::new();
    for word in text.split([' ', ',', ':']) {
        if word.starts_with(['-', '!']) {
            continue;
        }
        let word = word.trim_start_matches('+');
        if word.starts_with("sslv") {
            found.push(0);
            continue;
        }
        let named = word.contains("tls") || word.contains("elbsecuritypolicy");
        let bytes = word.as_bytes();
        let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
        let mut versions = Vec::new();
        for at in 0..bytes.len() {
            let joint = |at: usize| bytes.get(at).is_some_and(|it| b"._-".contains(it));
            let begins = bytes[at] == b'1' && (at == 0 || !digit(at - 1));
            let (minor, end) = if begins && joint(at + 1) {
                (at + 2, at + 3)
            } else if begins && digit(at + 1) && word[..at].ends_with("tls") {
                (at + 1, at + 2)
            } else {
                continue;
            };
            let Some(version) = bytes.get(minor).filter(|it| (b'0'..=b'3').contains(it)) else {
                continue;
            };
            if !digit(end) && (named || word.len() == 3) {
                versions.push(usize::from(version - b'0') + 1);
            }
        }
        // `TLSv1` alone, and policies that are named after a year.
        if versions.is_empty()
            && (word.contains("tlsv1")
                || word.starts_with("elbsecuritypolicy-20")
                || word.starts_with("elbsecuritypolicy-fs-20"))
        {
            versions.push(1);
        }
        found.extend(versions);
    }
    found.into_iter().min()
}

/// Looks through the settings of a change.
pub(crate) fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for (file, purpose, deltas) in settings::changed(context, |_| true) {
        let (table, more): (_, &[Switch]) = match purpose {
            Purpose::Terraform | Purpose::CloudTemplate => (CLOUD, CONNECTIONS),
            Purpose::Manifest | Purpose::ChartValues => (CLUSTER, &[]),
            Purpose::Compose => (COMPOSE, &[]),
            Purpose::WebServer => (SERVER, &[]),
            Purpose::Application => (APPLICATION, &[]),
            _ => continue,
        };
        if !local(&file.path) {
            for switch in table.iter().chain(more) {
                compare(context, (file, purpose), &deltas, switch, out);
            }
        }
    }
}

/// The name of a setting; for a variable that is handed over, that of the variable.
fn key(setting: &Setting) -> String {
    match (setting.key(), setting.around().last()) {
        ("value", Some(around)) if around.chars().any(|it| it.is_ascii_uppercase()) => {
            plain(around)
        }
        (key, _) => plain(key),
    }
}

fn compare(
    context: &Context<'_>,
    (file, purpose): (&FilePair<'_>, Purpose),
    deltas: &Deltas<'_>,
    switch: &Switch,
    out: &mut Vec<Finding>,
) {
    let meant = |side: &[Setting], it: &Setting| {
        let named = key(it);
        let own = match switch.key.strip_prefix('/') {
            Some(annotation) => it
                .key()
                .rsplit_once('/')
                .is_some_and(|(_, name)| plain(name) == annotation),
            None => named == switch.key,
        };
        own && (switch.within.is_empty()
            || switch
                .within
                .split(' ')
                .any(|within| within.split('&').all(|word| place(side, it).contains(word))))
    };
    let (before, after) = (&file.before.settings, &file.after.settings);
    for (was, is) in &deltas.changed {
        if meant(after, is) {
            let ranks = (
                switch.scale.rank(&value(context, false, was)),
                switch.scale.rank(&value(context, true, is)),
            );
            tell((file, purpose), switch, (Some(was), Some(is)), ranks, out);
        }
    }
    let beside = |side: &[Setting], it: &Setting| {
        let around = owner(purpose, it);
        holds(side, around)
            && !side
                .iter()
                .any(|other| other.path.starts_with(around) && meant(side, other))
    };
    for was in deltas.removed.iter().filter(|it| meant(before, it)) {
        let moved = || {
            let again = |it: &Setting| {
                key(it) == key(was) && switch.scale.rank(&it.value) <= switch.scale.rank(&was.value)
            };
            context.files.iter().any(|file| {
                settings::deltas(file).added.iter().any(|it| again(it))
                    || !file.before.exists && file.after.settings.iter().any(again)
            })
        };
        if defaults_known(purpose, was) && beside(after, was) && !moved() {
            let ranks = (
                switch.scale.rank(&value(context, false, was)),
                switch.absent,
            );
            tell((file, purpose), switch, (Some(was), None), ranks, out);
        }
    }
    for is in deltas.added.iter().filter(|it| meant(after, it)) {
        if defaults_known(purpose, is) && beside(before, is) {
            let ranks = (switch.absent, switch.scale.rank(&value(context, true, is)));
            tell((file, purpose), switch, (None, Some(is)), ranks, out);
        }
    }
}

fn tell(
    (file, purpose): (&FilePair<'_>, Purpose),
    switch: &Switch,
    (was, is): (Option<&Setting>, Option<&Setting>),
    ranks: (Option<usize>, Option<usize>),
    out: &mut Vec<Finding>,
) {
    let ((Some(old), Some(new)), Some(setting)) = (ranks, was.or(is)) else {
        return;
    };
    if new <= old || switch.unless.iter().any(|it| file.after.text.contains(it)) {
        return;
    }
    let weak = !matches!(switch.scale, Scale::Tls) || new > 1;
    let symbol = name(purpose, setting);
    out.push(
        shown(file, &symbol, format!("{} weaker", setting.key()), was, is)
            .says(
                format!(
                    "{symbol} {} (`{}`). {}",
                    switch.lost,
                    setting.key(),
                    switch.harm
                ),
                "Keep it as it was, or say in this change what takes its place.",
            )
            .speaks_if(switch.speaks && weak),
    );
}

#[cfg(test)]
mod tests {
    use super::oldest;

    #[test]
    fn versions_are_read_in_every_spelling() {
        for (text, version) in [
            ("TLSv1.2_2021", Some(3)),
            ("TLSv1_2016", Some(1)),
            ("TLSv1", Some(1)),
            ("ELBSecurityPolicy-TLS13-1-2-2021-06", Some(3)),
            ("ELBSecurityPolicy-TLS13-1-3-2021-06", Some(4)),
            ("ELBSecurityPolicy-2016-08", Some(1)),
            ("ELBSecurityPolicy-FS-1-2-Res-2019-08", Some(3)),
            ("Policy-Min-TLS-1-0-2019-07", Some(1)),
            ("TLS1_2", Some(3)),
            ("1.2", Some(3)),
            ("VersionTLS12", Some(3)),
            ("TLSv1.2 TLSv1.3", Some(3)),
            ("TLSv1 TLSv1.1 TLSv1.2", Some(1)),
            ("-all +TLSv1.2 +TLSv1.3", Some(3)),
            ("2024.1.2", None),
            ("var.policy", None),
        ] {
            assert_eq!(oldest(text), version, "{text}");
        }
    }
}
