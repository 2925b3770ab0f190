//! From what is written to a valid policy.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::Value as Schema;

use super::diagnostics::{Diagnostic, Diagnostics, Position, name_hint, shown};
use super::patterns::PatternsBuilder;
use super::place::Place;
use super::raw::{RawLedger, RawPaths, RawPolicy, RawShip, RawSuppression, RawSurfaces, RawWords};
use super::{
    Date, EnvironmentPolicy, LedgerPlace, Meaning, Policy, Suppression, Words, shape, yaml,
};
use crate::ledger::layout;
use crate::review::record::Surface;

/// The longest word or reason, in bytes.
const MAX_TEXT_BYTES: usize = 1000;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| schemars::schema_for!(RawPolicy).to_value());

/// Reads a policy file.
pub(super) fn parse(text: &str, known_checks: &[&str]) -> Result<Policy, Vec<Diagnostic>> {
    let mut found = Diagnostics::default();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let Some((mut value, mut places)) = yaml::read(text, 1, &mut found) else {
        return found.finish(Policy::default());
    };
    let fits = value.is_null() || shape::fit(&mut value, &mut places, &SCHEMA, &mut found);
    let raw = if fits && !value.is_null() {
        serde_yaml::from_value(value).unwrap_or_else(|error| {
            found.push(Position::START, shown(&error.to_string()));
            RawPolicy::default()
        })
    } else {
        RawPolicy::default()
    };
    let policy = raw.validate(&places, known_checks, &mut found);
    found.finish(policy)
}

impl RawPolicy {
    /// Checks what the shape does not say, and compiles what logic needs. Mistakes go to `found`;
    /// the policy counts only when there are none.
    fn validate(self, places: &Place, known_checks: &[&str], found: &mut Diagnostics) -> Policy {
        let mut reading = Reading {
            found,
            patterns: PatternsBuilder::new(),
            lines: BTreeMap::new(),
        };
        if let Some(version) = self.version
            && version != 1
        {
            reading.found.push_with_hint(
                places.entry("version").value,
                format!("version {version} is not known to this afterclick"),
                "write `version: 1`, or update afterclick",
            );
        }
        let care = self.care.unwrap_or_default();
        reading.note("care", self.care.is_some(), places.entry("care"));

        let modes_place = places.entry("modes");
        let modes = self.modes.unwrap_or_default();
        let modes = Surface::ALL.map(|surface| {
            let mode = match surface {
                Surface::Auth => modes.auth,
                Surface::Money => modes.money,
                Surface::Data => modes.data,
                Surface::Production => modes.production,
            };
            let key = format!("modes.{}", surface.name());
            reading.note(&key, mode.is_some(), modes_place.entry(surface.name()));
            mode.unwrap_or_default()
        });

        let paths_place = places.entry("paths");
        let RawPaths {
            include,
            exclude,
            surfaces,
        } = self.paths.unwrap_or_default();
        let include = reading.globs(
            include,
            "paths.include",
            paths_place.entry("include"),
            Meaning::Include,
        );
        let exclude = reading.globs(
            exclude,
            "paths.exclude",
            paths_place.entry("exclude"),
            Meaning::Exclude,
        );
        let RawSurfaces {
            mut auth,
            mut money,
            mut data,
            mut production,
        } = surfaces.unwrap_or_default();
        let surfaces = Surface::ALL.map(|surface| {
            let raw = match surface {
                Surface::Auth => auth.take(),
                Surface::Money => money.take(),
                Surface::Data => data.take(),
                Surface::Production => production.take(),
            };
            let place = paths_place.entry("surfaces").entry(surface.name());
            let key = format!("paths.surfaces.{}", surface.name());
            reading.globs(raw, &key, place, Meaning::Surface(surface))
        });

        let words = reading.words(self.words.unwrap_or_default(), places.entry("words"));
        let suppress_place = places.entry("suppress");
        let suppressions = self
            .suppress
            .unwrap_or_default()
            .into_iter()
            .enumerate()
            .map(|(index, raw)| {
                reading.suppression(raw, index, suppress_place.item(index), known_checks)
            })
            .collect();

        let by_author = self.overrides.and_then(|overrides| overrides.by_author);
        reading.note(
            "override.by_author",
            by_author.is_some(),
            places.entry("override").entry("by_author"),
        );
        let ledger = reading.ledger(self.ledger.unwrap_or_default(), places.entry("ledger"));
        let ship_place = places.entry("ship").entry("environments");
        let environments = reading.environments(self.ship.unwrap_or_default(), ship_place);
        Policy {
            care,
            modes,
            include,
            exclude,
            surfaces,
            words,
            suppressions,
            by_author: by_author.unwrap_or_default(),
            ledger,
            environments,
            patterns: reading.patterns.build(Position::START, reading.found),
            lines: Some(reading.lines),
        }
    }
}

/// What is gathered while a policy is validated.
struct Reading<'a> {
    found: &'a mut Diagnostics,
    patterns: PatternsBuilder<Meaning>,
    lines: BTreeMap<String, u32>,
}

impl Reading<'_> {
    fn note(&mut self, key: &str, is_set: bool, place: &Place) {
        if is_set {
            self.lines.insert(key.to_owned(), place.key.line);
        }
    }

    fn globs(
        &mut self,
        patterns: Option<Vec<String>>,
        key: &str,
        place: &Place,
        meaning: Meaning,
    ) -> Vec<String> {
        self.note(key, patterns.is_some(), place);
        let patterns = patterns.unwrap_or_default();
        for (index, pattern) in patterns.iter().enumerate() {
            let at = place.item(index).value;
            self.lines.insert(format!("{key}[{index}]"), at.line);
            self.patterns.add(pattern, meaning, at, self.found);
        }
        patterns
    }

    fn words(&mut self, raw: RawWords, place: &Place) -> Words {
        let mut list = |words: Option<Vec<String>>, name: &str| {
            let place = place.entry(name);
            self.note(&format!("words.{name}"), words.is_some(), place);
            let words = words.unwrap_or_default();
            for (index, word) in words.iter().enumerate() {
                let label = format!("an entry of `words.{name}`");
                self.text(word, &label, place.item(index).value);
            }
            words
        };
        Words {
            guards: list(raw.guards, "guards"),
            principals: list(raw.principals, "principals"),
            tenants: list(raw.tenants, "tenants"),
            money: list(raw.money, "money"),
            public: list(raw.public, "public"),
        }
    }

    fn environments(
        &mut self,
        raw: RawShip,
        places: &Place,
    ) -> BTreeMap<String, EnvironmentPolicy> {
        let mut environments = BTreeMap::new();
        for (name, raw) in raw.environments.unwrap_or_default() {
            let place = places.entry(&name);
            let label = "the name of an environment";
            self.text(&name, label, place.key);
            let lower = name.to_lowercase();
            for (key, is_set) in [
                ("probe", raw.probe.is_some()),
                ("approval", raw.approval.is_some()),
            ] {
                let full = format!("ship.environments.{lower}.{key}");
                self.note(&full, is_set, place.entry(key));
            }
            if let Some(probe) = &raw.probe {
                self.text(
                    probe,
                    "`probe` of an environment",
                    place.entry("probe").value,
                );
            }
            let environment = EnvironmentPolicy {
                probe: raw.probe,
                approval: raw.approval.unwrap_or_default(),
            };
            if environments.insert(lower, environment).is_some() {
                let message = format!("`{}` is the same environment as another", shown(&name));
                let hint = "letters of either case are the same";
                self.found.push_with_hint(place.key, message, hint);
            }
        }
        environments
    }

    fn ledger(&mut self, raw: RawLedger, place: &Place) -> LedgerPlace {
        let RawLedger { branch, remote } = raw;
        self.note("ledger.branch", branch.is_some(), place.entry("branch"));
        self.note("ledger.remote", remote.is_some(), place.entry("remote"));
        if branch.as_deref().is_some_and(|it| !layout::is_branch(it)) {
            let at = place.entry("branch").value;
            let message = "`ledger.branch` cannot be the name of a branch";
            self.found
                .push_with_hint(at, message, "write a name such as `afterclick/ledger`");
        }
        if let Some(remote) = &remote {
            self.text(remote, "`ledger.remote`", place.entry("remote").value);
        }
        LedgerPlace { branch, remote }
    }

    fn suppression(
        &mut self,
        raw: RawSuppression,
        index: usize,
        place: &Place,
        known_checks: &[&str],
    ) -> Suppression {
        let key = format!("suppress[{index}]");
        self.lines.insert(key.clone(), place.value.line);
        if !known_checks.contains(&raw.check.as_str()) {
            let message = format!("there is no check `{}`", shown(&raw.check));
            let hint = name_hint(&raw.check, known_checks)
                .unwrap_or_else(|| "`afterclick checks` lists them".to_owned());
            let at = place.entry("check").value;
            self.found.push_with_hint(at, message, hint);
        }
        let paths = raw.paths.unwrap_or_default();
        let paths_place = place.entry("paths");
        for (number, pattern) in paths.iter().enumerate() {
            let at = paths_place.item(number).value;
            let meaning = Meaning::Suppression(index);
            self.patterns.add(pattern, meaning, at, self.found);
        }
        if let Some(symbol) = &raw.symbol {
            let label = "`symbol` of a suppression";
            self.text(symbol, label, place.entry("symbol").value);
        }
        let label = "`reason` of a suppression";
        self.text(&one_line(&raw.reason), label, place.entry("reason").value);
        let until = raw.until.and_then(|text| {
            let date = text.parse::<Date>();
            if date.is_err() {
                let message = format!("`until` is `{}`, which is no day", shown(&text));
                let at = place.entry("until").value;
                self.found
                    .push_with_hint(at, message, "write a day as YYYY-MM-DD");
            }
            date.ok()
        });
        Suppression {
            check: raw.check,
            paths,
            symbol: raw.symbol,
            reason: one_line(&raw.reason),
            until,
        }
    }

    /// A text that a person wrote for a person: there, and no novel.
    fn text(&mut self, text: &str, label: &str, at: Position) {
        if text.trim().is_empty() {
            self.found.push(at, format!("{label} is empty"));
        } else if text.len() > MAX_TEXT_BYTES {
            let message = format!("{label} is longer than {MAX_TEXT_BYTES} bytes");
            self.found.push(at, message);
        } else if text.contains(char::is_control) {
            self.found
                .push(at, format!("{label} has a control character in it"));
        }
    }
}

/// A text that may be folded over several lines of the file.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
