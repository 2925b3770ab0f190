//! Small changes to a text that keep everything else as it is, comments too.

use std::cmp::Reverse;

use crate::policy::Position;

/// One change; lines and columns count from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Edit {
    /// New lines behind this one.
    After(u32, Vec<String>),
    /// New lines before this one.
    Before(u32, Vec<String>),
    /// These characters are replaced by others.
    Replace {
        at: Position,
        old: String,
        new: String,
    },
}

impl Edit {
    /// The line and the column at which it changes the text.
    pub(super) fn place(&self) -> (u32, u32) {
        match self {
            Self::After(line, _) | Self::Before(line, _) => (*line, 0),
            Self::Replace { at, .. } => (at.line, at.column),
        }
    }
}

/// Adds a key beside one that stands at `at`.
pub(super) fn beside(text: &str, at: Position, key: &str) -> Option<Edit> {
    let line = text.lines().nth(index(at.line))?;
    let in_front: String = line.chars().take(index(at.column)).collect();
    if !in_front.trim().is_empty() {
        // `{group: x}` on one line, or the first key of a list's item.
        return in_front.contains('{').then(|| Edit::Replace {
            at,
            old: String::new(),
            new: format!("{key}, "),
        });
    }
    let next = text.lines().nth(index(at.line) + 1).unwrap_or_default();
    let deeper = next.len() - next.trim_start().len() > in_front.len();
    match deeper && !next.trim().is_empty() {
        true => Some(Edit::Before(at.line, vec![format!("{in_front}{key}")])),
        false => Some(Edit::After(at.line, vec![format!("{in_front}{key}")])),
    }
}

/// Replaces what stands at `at`, if it is this.
pub(super) fn replace(text: &str, at: Position, old: &str, new: &str) -> Option<Edit> {
    let line = text.lines().nth(index(at.line))?;
    let rest: String = line.chars().skip(index(at.column)).collect();
    rest.starts_with(old).then(|| Edit::Replace {
        at,
        old: old.to_owned(),
        new: new.to_owned(),
    })
}

/// The text after all changes; none where one does not fit.
pub(super) fn apply(text: &str, edits: &[Edit]) -> Option<String> {
    let ending = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let mut edits: Vec<&Edit> = edits.iter().collect();
    // From the end, so that the places before it stay right.
    edits.sort_by_key(|it| Reverse(it.place()));
    edits.dedup();
    for edit in edits {
        let at = index(edit.place().0);
        match edit {
            Edit::After(_, new) | Edit::Before(_, new) => {
                let at = if matches!(edit, Edit::After(..)) {
                    at + 1
                } else {
                    at
                };
                let carriage = &ending[..ending.len() - 1];
                let new = new.iter().map(|it| format!("{it}{carriage}"));
                if at > lines.len() {
                    return None;
                }
                lines.splice(at..at, new);
            }
            Edit::Replace {
                at: place,
                old,
                new,
            } => {
                let line = lines.get_mut(at)?;
                let (start, _) = line.char_indices().nth(index(place.column))?;
                let rest = line[start..].strip_prefix(old.as_str())?;
                let new = new.replace('\n', ending);
                *line = format!("{}{new}{rest}", &line[..start]);
            }
        }
    }
    Some(lines.join("\n"))
}

fn index(from_one: u32) -> usize {
    (from_one as usize).saturating_sub(1)
}
