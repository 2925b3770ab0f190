//! What a change weakens in the policy itself. The base's policy is the one in force, so none of
//! it counts for the change that brings it; but once merged it would, and somebody should know.

use super::{ByAuthor, Diagnostic, POLICY_PATH, Policy, Suppression};
use crate::review::record::Surface;

/// One way in which a change makes the review see, say or hold less than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weakening {
    /// What it is about, stable across pushes, such as `modes.auth` or
    /// `suppress auth/guard-removed`: the symbol of its concern.
    pub key: String,
    /// What will no longer be seen, said or held, in plain words.
    pub what: String,
    /// What to do.
    pub advice: String,
    /// The line in the head's file, from 1; none where the thing is gone.
    pub line: Option<u32>,
    /// The value before; none where the thing is new.
    pub before: Option<String>,
    /// The value after; none where the thing is gone.
    pub after: Option<String>,
}

/// What to do about any weakening.
pub(crate) const AGREE: &str = "Have somebody other than the author agree to this, in a change of its own. \
                     It does not count for this change.";

/// What the head's policy weakens against the base's. A deleted file is the default policy.
pub fn compare(base: &Policy, head: &Policy) -> Vec<Weakening> {
    let found = changes(base, head);
    if !base.is_from_file() || head.is_from_file() {
        return found;
    }
    let lost: Vec<String> = found.into_iter().filter_map(|one| one.before).collect();
    vec![Weakening {
        key: POLICY_PATH.to_owned(),
        what: format!(
            "This change deletes {POLICY_PATH}. After it, reviews follow the defaults and hold \
             nothing."
        ),
        advice: AGREE.to_owned(),
        line: None,
        before: (!lost.is_empty()).then(|| lost.join(", ")),
        after: None,
    }]
}

/// What a head whose policy is invalid weakens: every review after it would stop.
pub fn invalid_head(diagnostics: &[Diagnostic]) -> Weakening {
    let first = diagnostics.first();
    Weakening {
        key: POLICY_PATH.to_owned(),
        what: format!(
            "This change makes {POLICY_PATH} invalid. Once it is merged, no change can be \
             reviewed until the file is mended."
        ),
        advice: match first {
            Some(diagnostic) => format!("Mend {POLICY_PATH}:{diagnostic}."),
            None => format!("Mend {POLICY_PATH}."),
        },
        line: first.map(|diagnostic| diagnostic.line),
        before: None,
        after: first.map(|diagnostic| diagnostic.message.clone()),
    }
}

fn changes(base: &Policy, head: &Policy) -> Vec<Weakening> {
    let mut found = Vec::new();
    if head.care < base.care {
        found.push(lower(
            head,
            "care",
            "After this change, reviews would say less.",
            base.care.name(),
            head.care.name(),
        ));
    }
    for surface in Surface::ALL {
        let (before, after) = (base.mode(surface), head.mode(surface));
        if after < before {
            let key = format!("modes.{}", surface.name());
            let what = format!(
                "After this change, concerns about {} would be {} instead of {}.",
                surface.name(),
                consequence(after),
                consequence(before),
            );
            found.push(lower(head, &key, &what, before.name(), after.name()));
        }
    }
    if base.by_author == ByAuthor::Refuse && head.by_author == ByAuthor::Allow {
        found.push(lower(
            head,
            "override.by_author",
            "After this change, the author of a change could override its concerns.",
            "refuse",
            "allow",
        ));
    }
    ledger(base, head, &mut found);
    environments(base, head, &mut found);
    paths(base, head, &mut found);
    words(base, head, &mut found);
    for (index, suppression) in head.suppressions.iter().enumerate() {
        if !base.suppressions.iter().any(|old| old.covers(suppression)) {
            let line = head.line(&format!("suppress[{index}]"));
            found.push(suppression.weakening(line));
        }
    }
    found
}

/// Another ledger remembers other incidents, and has other locks.
fn ledger(base: &Policy, head: &Policy, found: &mut Vec<Weakening>) {
    let what = "After this change, ships, incidents and overrides would be in another ledger.";
    for (key, before, after) in [
        ("ledger.branch", &base.ledger.branch, &head.ledger.branch),
        ("ledger.remote", &base.ledger.remote, &head.ledger.remote),
    ] {
        if before != after {
            let shown =
                |it: &Option<String>| it.clone().unwrap_or_else(|| "the default".to_owned());
            found.push(lower(head, key, what, &shown(before), &shown(after)));
        }
    }
}

fn environments(base: &Policy, head: &Policy, found: &mut Vec<Weakening>) {
    for (name, before) in &base.environments {
        let after = head.environment(name);
        if before.approval && !after.approval {
            let key = format!("ship.environments.{name}.approval");
            let what = format!("Once this is live, nobody has to approve a ship to {name}.");
            found.push(lower(head, &key, &what, "true", "false"));
        }
        if let (Some(probe), None) = (&before.probe, &after.probe) {
            let key = format!("ship.environments.{name}.probe");
            let what = format!("Once this is live, nothing asks what is live on {name}.");
            found.push(lower(head, &key, &what, probe, "none"));
        }
    }
}

fn consequence(mode: super::Mode) -> &'static str {
    match mode {
        super::Mode::Off => "hidden",
        super::Mode::Advise => "shown as advice",
        super::Mode::Enforce => "held",
    }
}

fn lower(head: &Policy, key: &str, what: &str, before: &str, after: &str) -> Weakening {
    let line = head.line(key);
    Weakening {
        key: key.to_owned(),
        what: what.to_owned(),
        advice: AGREE.to_owned(),
        line,
        before: Some(format!("{key}: {before}")),
        after: Some(format!("{key}: {after}")),
    }
}

fn paths(base: &Policy, head: &Policy, found: &mut Vec<Weakening>) {
    for (index, pattern) in added(&base.exclude, &head.exclude) {
        let what = format!("After this change, `{pattern}` would no longer be reviewed.");
        let line = head.line(&format!("paths.exclude[{index}]"));
        found.push(brought("paths.exclude", pattern, what, line));
    }
    if base.include.is_empty() && !head.include.is_empty() {
        let patterns = head.include.join(", ");
        let what = format!("After this change, nothing but `{patterns}` would be reviewed.");
        let line = head.line("paths.include");
        found.push(brought("paths.include", &patterns, what, line));
    }
    if !head.include.is_empty() {
        for (_, pattern) in added(&head.include, &base.include) {
            let what = format!("After this change, `{pattern}` would no longer be reviewed.");
            found.push(gone("paths.include", pattern, what));
        }
    }
    for surface in Surface::ALL {
        let key = format!("paths.surfaces.{}", surface.name());
        let (before, after) = (&base.surfaces, &head.surfaces);
        for (_, pattern) in added(&after[surface as usize], &before[surface as usize]) {
            let what = format!(
                "After this change, `{pattern}` would no longer count as {}.",
                surface.name()
            );
            found.push(gone(&key, pattern, what));
        }
    }
}

fn words(base: &Policy, head: &Policy, found: &mut Vec<Weakening>) {
    for ((name, before), (_, after)) in base.words.lists().into_iter().zip(head.words.lists()) {
        let key = format!("words.{name}");
        // A new public address is a hole; every other word is something that reviews look for.
        if name == "public" {
            for (_, word) in added(before, after) {
                let what = format!(
                    "After this change, reviews would expect that anyone may call `{word}`."
                );
                found.push(brought(&key, word, what, head.line(&key)));
            }
        } else {
            for (_, word) in added(after, before) {
                let what = format!("After this change, reviews would no longer look for `{word}`.");
                found.push(gone(&key, word, what));
            }
        }
    }
}

/// What stands in `new` and not in `old`, with its index.
fn added<'a>(old: &'a [String], new: &'a [String]) -> impl Iterator<Item = (usize, &'a String)> {
    let new = new.iter().enumerate();
    new.filter(|(_, one)| !old.contains(one))
}

fn brought(key: &str, value: &str, what: String, line: Option<u32>) -> Weakening {
    Weakening {
        key: format!("{key} {value}"),
        what,
        advice: AGREE.to_owned(),
        line,
        before: None,
        after: Some(format!("{key}: {value}")),
    }
}

fn gone(key: &str, value: &str, what: String) -> Weakening {
    Weakening {
        key: format!("{key} {value}"),
        what,
        advice: AGREE.to_owned(),
        line: None,
        before: Some(format!("{key}: {value}")),
        after: None,
    }
}

impl Suppression {
    /// Whether everything that `other` silences is silenced by this one.
    fn covers(&self, other: &Self) -> bool {
        let lasts = match (self.until, other.until) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(own), Some(others)) => others <= own,
        };
        let everywhere = self.paths.is_empty();
        let paths =
            !other.paths.is_empty() && other.paths.iter().all(|path| self.paths.contains(path));
        let symbol = self.symbol.is_none() || self.symbol == other.symbol;
        self.check == other.check && lasts && (everywhere || paths) && symbol
    }

    fn weakening(&self, line: Option<u32>) -> Weakening {
        let mut place = String::new();
        if let Some(symbol) = &self.symbol {
            place.push_str(&format!(" in `{symbol}`"));
        }
        if !self.paths.is_empty() {
            place.push_str(&format!(" in `{}`", self.paths.join(", ")));
        }
        let until = match self.until {
            Some(until) => format!(" until {until}"),
            None => String::new(),
        };
        Weakening {
            key: format!("suppress {}{place}", self.check),
            what: format!(
                "After this change, reviews would no longer show `{}`{place}{until}. The reason \
                 given: {}",
                self.check, self.reason
            ),
            advice: AGREE.to_owned(),
            line,
            before: None,
            after: Some(format!("suppress: {}{place}{until}", self.check)),
        }
    }
}
