//! Earlier incidents, as the repository keeps them: `.afterclick/incidents/*.md` on the base side,
//! and those of the ledger.
//!
//! An incident resembles a concern when it names the concern's check, its file or its symbol. A
//! surface alone is not enough, or one incident would hang on everything; it only narrows what
//! paths and symbols match. The nearest three are attached: the same symbol before the same file
//! before the same check, and the newest first.

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Schema;

use crate::ledger::record::Incident as Record;
use crate::policy::{
    Date, Diagnostic, Diagnostics, MAX_BYTES, Patterns, PatternsBuilder, Place, Position, fit,
    name_hint, read, shown,
};
use crate::review::record::{Concern, IncidentNote, Surface};

/// The folder of incidents in a repository.
pub const INCIDENTS_FOLDER: &str = ".afterclick/incidents";

/// How many incidents a concern carries at most.
const MAX_ATTACHED: usize = 3;

/// The longest id, title or symbol, in bytes.
const MAX_NAME_BYTES: usize = 200;

/// The longest lesson, in bytes.
const MAX_LESSON_BYTES: usize = 1000;

/// The front matter of an incident, as it is written.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RawIncident {
    /// A name that stays.
    id: String,
    /// What happened, in a few words.
    title: Option<String>,
    /// The day, `YYYY-MM-DD`.
    date: String,
    /// What it hurt; narrows the paths and symbols to concerns about these.
    surfaces: Option<Vec<Surface>>,
    /// Patterns of the files where it happened.
    paths: Option<Vec<String>>,
    /// The symbols where it happened, as a review names them.
    symbols: Option<Vec<String>>,
    /// The checks that would have seen it.
    checks: Option<Vec<String>>,
    /// What was learned, in one sentence.
    lesson: String,
}

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| schemars::schema_for!(RawIncident).to_value());

/// An earlier incident.
#[derive(Debug, Clone)]
pub struct Incident {
    id: String,
    date: Date,
    lesson: String,
    /// All of them when empty.
    surfaces: Vec<Surface>,
    paths: Patterns<()>,
    symbols: Vec<String>,
    checks: Vec<String>,
}

impl Incident {
    /// Reads an incident: front matter between two lines `---`, then prose for people.
    /// `known_checks` are the ids that it may name.
    ///
    /// # Errors
    /// Every mistake that was found, from the top of the file; never an empty list. A broken
    /// incident does not stop a review; it is listed as not reviewed.
    pub fn parse(text: &str, known_checks: &[&str]) -> Result<Self, Vec<Diagnostic>> {
        let mut found = Diagnostics::default();
        let incident = parse(text, known_checks, &mut found);
        match incident {
            Some(incident) => found.finish(incident),
            None => {
                if found.is_empty() {
                    found.push(
                        Position::START,
                        "the file has no front matter that can be read",
                    );
                }
                Err(found.finish(()).err().unwrap_or_default())
            }
        }
    }

    /// An incident that the ledger keeps. A check or a surface that this binary does not know finds
    /// nothing.
    ///
    /// # Errors
    /// Everything that is wrong with it; never an empty list.
    pub fn recorded(record: &Record) -> Result<Self, Vec<Diagnostic>> {
        let mut found = Diagnostics::default();
        let at = Position::START;
        let date = record.date.parse().map_err(|()| {
            let date = shown(&record.date);
            found.push(at, format!("`{date}` is no day"));
        });
        let mut patterns = PatternsBuilder::new();
        for pattern in &record.paths {
            patterns.add(pattern, (), at, &mut found);
        }
        let surfaces = Surface::ALL.into_iter();
        let paths = patterns.build(at, &mut found);
        found.finish(Self {
            id: record.incident.clone(),
            date: date.unwrap_or_else(|()| Date::from_days_since_1970(0)),
            lesson: record.lesson.clone(),
            surfaces: surfaces
                .filter(|it| record.surfaces.iter().any(|name| name == it.name()))
                .collect(),
            paths,
            symbols: record.symbols.clone(),
            checks: record.checks.clone(),
        })
    }

    /// How near the incident is to a concern; none when it does not resemble it.
    fn resemblance(&self, concern: &Concern) -> Option<u8> {
        let same_check = self.checks.iter().any(|check| check == concern.check);
        let same_surface = self.surfaces.is_empty() || self.surfaces.contains(&concern.surface);
        let same_symbol = same_surface && self.symbols.contains(&concern.symbol);
        let same_path = same_surface && self.paths.matches(&concern.path).next().is_some();
        let near = 4 * u8::from(same_symbol) + 2 * u8::from(same_path) + u8::from(same_check);
        (near > 0).then_some(near)
    }

    /// Whether the incident resembles a concern.
    pub fn matches(&self, concern: &Concern) -> bool {
        self.resemblance(concern).is_some()
    }

    fn note(&self) -> IncidentNote {
        IncidentNote {
            id: self.id.clone(),
            date: self.date.to_string(),
            lesson: self.lesson.clone(),
        }
    }
}

/// The incidents that a concern carries: the nearest three, the newest first among equals.
pub fn attached(incidents: &[Incident], concern: &Concern) -> Vec<IncidentNote> {
    let mut near: Vec<(u8, &Incident)> = incidents
        .iter()
        .filter_map(|incident| Some((incident.resemblance(concern)?, incident)))
        .collect();
    near.sort_by(|(a_near, a), (b_near, b)| (b_near, b.date, &a.id).cmp(&(a_near, a.date, &b.id)));
    near.truncate(MAX_ATTACHED);
    near.into_iter()
        .map(|(_, incident)| incident.note())
        .collect()
}

fn parse(text: &str, known_checks: &[&str], found: &mut Diagnostics) -> Option<Incident> {
    let front = front_matter(text, found)?;
    let (mut value, mut places) = read(front, 2, found)?;
    if !fit(&mut value, &mut places, &SCHEMA, found) {
        return None;
    }
    let raw: RawIncident = serde_yaml::from_value(value)
        .map_err(|error| found.push(Position::START, shown(&error.to_string())))
        .ok()?;
    raw.validate(&places, known_checks, found)
}

/// The text between the first line `---` and the next.
fn front_matter<'a>(text: &'a str, found: &mut Diagnostics) -> Option<&'a str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = match text.split_once('\n') {
        Some((first, rest)) if first.trim_end() == "---" => rest,
        _ => {
            found.push_with_hint(
                Position::START,
                "the file does not start with front matter",
                "begin with a line `---`, then `id`, `date`, `lesson` and the rest, then `---`",
            );
            return None;
        }
    };
    let mut length = 0;
    for line in text.split_inclusive('\n') {
        if line.trim_end() == "---" {
            return Some(&text[..length]);
        }
        length += line.len();
        if length > MAX_BYTES {
            break;
        }
    }
    found.push_with_hint(
        Position::START,
        "the front matter has no end",
        "end it with a line `---`",
    );
    None
}

impl RawIncident {
    fn validate(
        self,
        places: &Place,
        known_checks: &[&str],
        found: &mut Diagnostics,
    ) -> Option<Incident> {
        let mut text = |text: &str, label: &str, longest: usize, place: &Place| {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let problem = if text.is_empty() {
                "is empty".to_owned()
            } else if text.len() > longest {
                format!("is longer than {longest} bytes")
            } else if text.contains(char::is_control) {
                "has a control character in it".to_owned()
            } else {
                return text;
            };
            found.push(place.value, format!("{label} {problem}"));
            text
        };
        let id = text(&self.id, "`id`", MAX_NAME_BYTES, places.entry("id"));
        let lesson = text(
            &self.lesson,
            "`lesson`",
            MAX_LESSON_BYTES,
            places.entry("lesson"),
        );
        if let Some(title) = &self.title {
            text(title, "`title`", MAX_NAME_BYTES, places.entry("title"));
        }
        let symbols = self.symbols.unwrap_or_default();
        for (index, symbol) in symbols.iter().enumerate() {
            let place = places.entry("symbols").item(index);
            text(symbol, "an entry of `symbols`", MAX_NAME_BYTES, place);
        }
        let date: Option<Date> = self.date.parse().ok();
        if date.is_none() {
            found.push_with_hint(
                places.entry("date").value,
                format!("`date` is `{}`, which is no day", shown(&self.date)),
                "write a day as YYYY-MM-DD",
            );
        }
        let checks = self.checks.unwrap_or_default();
        for (index, check) in checks.iter().enumerate() {
            if !known_checks.contains(&check.as_str()) {
                let at = places.entry("checks").item(index).value;
                let message = format!("there is no check `{}`", shown(check));
                found.add(at, message, name_hint(check, known_checks));
            }
        }
        let paths = self.paths.unwrap_or_default();
        let mut patterns = PatternsBuilder::new();
        for (index, pattern) in paths.iter().enumerate() {
            let at = places.entry("paths").item(index).value;
            patterns.add(pattern, (), at, found);
        }
        if paths.is_empty() && symbols.is_empty() && checks.is_empty() {
            found.push_with_hint(
                places.key,
                "an incident needs `paths`, `symbols` or `checks`",
                "a surface alone would attach it to everything",
            );
        }
        Some(Incident {
            id,
            date: date?,
            lesson,
            surfaces: self.surfaces.unwrap_or_default(),
            paths: patterns.build(places.key, found),
            symbols,
            checks,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::proptest;

    use super::*;
    use crate::review::record::Tier;

    const CHECKS: &[&str] = &["money/idempotency-dropped", "auth/guard-removed"];

    fn incident(front: &str) -> Incident {
        Incident::parse(&format!("---\n{front}---\n\n# What happened\n"), CHECKS).unwrap()
    }

    fn mistakes(text: &str) -> String {
        let diagnostics = Incident::parse(text, CHECKS).unwrap_err();
        let lines: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
        lines.join("\n")
    }

    fn concern(check: &'static str, surface: Surface, path: &str, symbol: &str) -> Concern {
        Concern {
            fingerprint: "0".to_owned(),
            check,
            surface,
            tier: Tier::Speaks,
            path: path.to_owned(),
            line: None,
            base_line: Some(3),
            symbol: symbol.to_owned(),
            before: None,
            after: None,
            concern: String::new(),
            advice: String::new(),
            incidents: Vec::new(),
            suppressed: None,
        }
    }

    fn charge() -> Concern {
        concern(
            "money/idempotency-dropped",
            Surface::Money,
            "billing/charge.rb",
            "Charge.call",
        )
    }

    #[test]
    fn an_incident_is_read_and_becomes_a_note() {
        let incident = incident(
            "id: INC-7\ntitle: Charged twice\ndate: 2026-03-02\nsurfaces: [money]\npaths: [billing]\nchecks: [money/idempotency-dropped]\nlesson: >\n  A retry\n  charged 312 customers twice.\n",
        );
        assert_eq!(
            attached(&[incident], &charge()),
            [IncidentNote {
                id: "INC-7".to_owned(),
                date: "2026-03-02".to_owned(),
                lesson: "A retry charged 312 customers twice.".to_owned(),
            }]
        );
    }

    #[test]
    fn a_check_a_path_or_a_symbol_is_enough_and_a_surface_only_narrows() {
        let with = |keys: &str| incident(&format!("id: a\ndate: 2026-01-01\nlesson: b\n{keys}\n"));
        for keys in [
            "checks: [money/idempotency-dropped]",
            "paths: ['billing/*.rb']",
            "symbols: [Charge.call]",
            "surfaces: [auth, money]\npaths: [billing]",
            "surfaces: [auth]\nchecks: [money/idempotency-dropped]",
        ] {
            assert!(with(keys).matches(&charge()), "{keys}");
        }
        for keys in [
            "checks: [auth/guard-removed]",
            "paths: [app]",
            "symbols: [Refund.call]",
            "surfaces: [auth]\npaths: [billing]",
            "surfaces: [auth]\nsymbols: [Charge.call]",
        ] {
            assert!(!with(keys).matches(&charge()), "{keys}");
        }
    }

    #[test]
    fn the_nearest_three_are_attached_and_the_newest_first() {
        let with = |id: &str, date: &str, keys: &str| {
            incident(&format!("id: {id}\ndate: {date}\nlesson: b\n{keys}\n"))
        };
        let check = "checks: [money/idempotency-dropped]";
        let incidents = [
            with("old-check", "2025-01-01", check),
            with("new-check", "2026-01-01", check),
            with("path", "2024-01-01", "paths: [billing]"),
            with("symbol", "2023-01-01", "symbols: [Charge.call]"),
            with("other", "2026-06-01", "paths: [app]"),
        ];
        let ids: Vec<String> = attached(&incidents, &charge())
            .into_iter()
            .map(|note| note.id)
            .collect();
        assert_eq!(ids, ["symbol", "path", "new-check"]);
    }

    #[test]
    fn mistakes_are_located_in_the_file() {
        insta::assert_snapshot!(mistakes("# No front matter\n"), @r#"1:1: the file does not start with front matter (begin with a line `---`, then `id`, `date`, `lesson` and the rest, then `---`)"#);
        insta::assert_snapshot!(mistakes("---\nid: a\n"), @r#"1:1: the front matter has no end (end it with a line `---`)"#);
        insta::assert_snapshot!(mistakes("---\nid: a\ndate: 2026-01-01\nlesson: b\nsurfaces: [money]\n---\n"), @r#"2:1: an incident needs `paths`, `symbols` or `checks` (a surface alone would attach it to everything)"#);
        insta::assert_snapshot!(mistakes("---\nid: ''\ndate: yesterday\nlesson: b\nsurfaces: [mony]\npath: [a]\npaths: [/a]\nchecks: [auth/guard-remove]\n---\n"), @r#"
        2:5: `id` is empty
        3:7: `date` is `yesterday`, which is no day (write a day as YYYY-MM-DD)
        5:12: an entry of `surfaces` is `mony`; it can be auth, money, data or production (did you mean `money`?)
        6:1: unknown key `path` (did you mean `paths`?)
        7:9: `/a` would match nothing; patterns start at the root of the repository (write `a`)
        8:10: there is no check `auth/guard-remove` (did you mean `auth/guard-removed`?)
        "#);
        insta::assert_snapshot!(mistakes("---\nid: a\nid: b\n---\n"), @r#"
        2:1: the file has no `date`
        2:1: the file has no `lesson`
        3:1: `id` is written twice (keep one of them)
        "#);
    }

    proptest! {
        #[test]
        fn any_text_is_an_incident_or_mistakes(text in "(?s).{0,200}") {
            for text in [text.clone(), format!("---\n{text}\n---\n")] {
                if let Err(diagnostics) = Incident::parse(&text, CHECKS) {
                    assert!(!diagnostics.is_empty());
                }
            }
        }
    }
}
