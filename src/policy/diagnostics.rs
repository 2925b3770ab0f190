//! What is wrong with a file that people write, and where.

use std::fmt;

use serde::Serialize;

/// Above this many, the rest of a broken file is not worth a list.
const MAX_DIAGNOSTICS: usize = 50;

/// The longest piece of a file that a message repeats, in characters.
const MAX_SHOWN: usize = 120;

/// A longer word is no typing mistake, in characters; the comparison is quadratic.
const MAX_NAME: usize = 60;

/// One mistake in a policy or an incident, for the person who wrote it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Diagnostic {
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What to write instead, where that is known.
    pub hint: Option<String>,
}

/// `LINE:COLUMN: message (hint)`, as it stands behind the name of the file.
impl fmt::Display for Diagnostic {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}: {}", self.line, self.column, self.message)?;
        match &self.hint {
            Some(hint) => write!(out, " ({hint})"),
            None => Ok(()),
        }
    }
}

/// A place in a file, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

impl Position {
    pub(crate) const START: Self = Self { line: 1, column: 1 };
}

/// The mistakes found so far, up to a bound.
#[derive(Debug, Default)]
pub(crate) struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    pub(crate) fn push(&mut self, at: Position, message: impl Into<String>) {
        self.add(at, message.into(), None);
    }

    pub(crate) fn push_with_hint(
        &mut self,
        at: Position,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.add(at, message.into(), Some(hint.into()));
    }

    pub(crate) fn add(&mut self, at: Position, message: String, hint: Option<String>) {
        if !self.is_full() {
            self.0.push(Diagnostic {
                line: at.line,
                column: at.column,
                message,
                hint,
            });
        }
    }

    /// Whether more would not be listed, so that looking for them is in vain.
    pub(crate) fn is_full(&self) -> bool {
        self.0.len() >= MAX_DIAGNOSTICS
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value when nothing was wrong; else all that was, from the top of the file.
    pub(crate) fn finish<T>(mut self, value: T) -> Result<T, Vec<Diagnostic>> {
        if self.0.is_empty() {
            return Ok(value);
        }
        self.0.sort();
        self.0.dedup();
        Err(self.0)
    }
}

/// The name among `known` that was most likely meant.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.chars().count() > MAX_NAME {
        return None;
    }
    known
        .into_iter()
        .map(|name| (strsim::jaro_winkler(word, name), name))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

/// "did you mean" where a name is near; else the whole list when it is short enough to read.
pub(crate) fn name_hint(word: &str, known: &[&str]) -> Option<String> {
    match nearest(word, known.iter().copied()) {
        Some(name) => Some(format!("did you mean `{name}`?")),
        None if known.is_empty() || known.len() > 8 => None,
        None => Some(format!("known here: {}", known.join(", "))),
    }
}

/// A piece of the file, safe to show: one short line without control characters.
pub(crate) fn shown(text: &str) -> String {
    let mut short: String = text
        .chars()
        .take(MAX_SHOWN)
        .flat_map(|character| {
            let escaped = character.is_control().then(|| character.escape_default());
            let plain = (!character.is_control()).then_some(character);
            escaped.into_iter().flatten().chain(plain)
        })
        .collect();
    if text.chars().nth(MAX_SHOWN).is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_offered_and_a_far_one_is_not() {
        assert_eq!(nearest("supress", ["suppress", "paths"]), Some("suppress"));
        assert_eq!(nearest("zzz", ["suppress", "paths"]), None);
    }

    #[test]
    fn a_shown_piece_is_short_and_cannot_steer_a_terminal() {
        assert_eq!(shown("a\u{1b}[31mb\n"), "a\\u{1b}[31mb\\n");
        assert_eq!(shown(&"x".repeat(1000)).chars().count(), 121);
    }

    #[test]
    fn a_flood_of_mistakes_is_cut() {
        let mut found = Diagnostics::default();
        for _ in 0..1000 {
            found.push(Position::START, format!("wrong {}", found.0.len()));
        }
        assert_eq!(found.finish(()).unwrap_err().len(), MAX_DIAGNOSTICS);
    }
}
