//! Template tags in configuration: Helm's and Jinja's `{{ }}` and `{% %}`, ERB's `<% %>`.
//!
//! Tags are blanked in place, so that the rest parses and every byte stays where it was. What
//! stands under a condition says so.

use super::setting::{Setting, ValueKind};
use super::tree::Span;
use std::borrow::Cow;

/// More tags than this in one file are left as they are.
const MAX_TAGS: usize = 20_000;
/// More conditions than this are not looked at.
const MAX_REGIONS: usize = 500;
/// Conditions that nest deeper than this are not kept apart.
const MAX_NESTING: usize = 20;

/// A text without its template tags, and what the tags said.
#[derive(Debug)]
pub(super) struct Blanked<'a> {
    /// The text, byte for byte as long as before.
    pub(super) text: Cow<'a, str>,
    /// The bytes that stand under a condition, and the condition.
    regions: Vec<(Span, String)>,
    /// Tags that stand on lines of their own and put something there.
    inserts: Vec<(Span, String)>,
}

/// Blanks the tags of a text.
pub(super) fn blank(text: &str) -> Blanked<'_> {
    let mut blanked = Blanked {
        text: Cow::Borrowed(text),
        regions: Vec::new(),
        inserts: Vec::new(),
    };
    if !["{{", "{%", "<%"].iter().any(|open| text.contains(open)) {
        return blanked;
    }
    let mut bytes = text.as_bytes().to_vec();
    let mut open: Vec<(usize, String)> = Vec::new();
    for tag in tags(text) {
        let alone = tag.kind != Kind::Workflow && alone(text, &tag);
        for byte in &mut bytes[tag.start..tag.end] {
            if !byte.is_ascii_whitespace() {
                *byte = if alone { b' ' } else { b'x' };
            }
        }
        if !alone {
            continue;
        }
        match tag.step() {
            Step::Opens => {
                if open.len() < MAX_NESTING {
                    open.push((tag.end, tag.words()));
                }
            }
            Step::Turns => {
                if let Some((start, condition)) = open.pop() {
                    let next = format!("not ({condition}); {}", tag.words());
                    blanked.regions.push((span(start, tag.start), condition));
                    open.push((tag.end, next.chars().take(200).collect()));
                }
            }
            Step::Closes => {
                if let Some((start, condition)) = open.pop() {
                    blanked.regions.push((span(start, tag.start), condition));
                }
            }
            Step::Comment => {}
            Step::Inserts => blanked
                .inserts
                .push((span(tag.start, tag.end), tag.words())),
        }
    }
    // Only ASCII took the place of whole characters, so this holds.
    if let Ok(text) = String::from_utf8(bytes) {
        blanked.text = Cow::Owned(text);
    }
    blanked
}

impl Blanked<'_> {
    /// Adds what the tags say to the settings.
    pub(super) fn annotate(&self, original: &str, settings: &mut Vec<Setting>) {
        let mut more = Vec::new();
        for setting in settings.iter() {
            for (region, condition) in self.regions.iter().take(MAX_REGIONS) {
                if region.contains(&setting.span.start) {
                    let mut path = setting.path.clone();
                    path.push("(when)".into());
                    more.push(Setting {
                        path,
                        value: condition.clone(),
                        kind: ValueKind::Expression,
                        line: setting.line,
                        span: setting.span.clone(),
                    });
                }
            }
            if more.len() > MAX_TAGS {
                break;
            }
        }
        settings.append(&mut more);
        let mut line = 1;
        let mut counted = 0;
        for (span, words) in &self.inserts {
            let start = span.start as usize;
            let between = original.as_bytes().get(counted..start).unwrap_or_default();
            line += u32::try_from(between.iter().filter(|byte| **byte == b'\n').count())
                .unwrap_or(u32::MAX);
            counted = start;
            settings.push(Setting {
                path: vec![format!("({words})").into()],
                value: String::new(),
                kind: ValueKind::Expression,
                line,
                span: span.clone(),
            });
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// `${{ }}` of a workflow: a value.
    Workflow,
    /// `{{ }}`.
    Braces,
    /// `{% %}`.
    Jinja,
    /// `<% %>`.
    Erb,
}

struct Tag<'a> {
    kind: Kind,
    start: usize,
    end: usize,
    content: &'a str,
}

enum Step {
    Opens,
    Turns,
    Closes,
    Comment,
    Inserts,
}

fn tags(text: &str) -> Vec<Tag<'_>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    // Where one tag has no end, no later one of its kind has: look no further for it.
    let mut closed = [true; 4];
    let mut at = 0;
    while at + 1 < bytes.len() && found.len() < MAX_TAGS {
        let (kind, close) = match &bytes[at..at + 2] {
            b"{{" => (Kind::Braces, "}}"),
            b"{%" => (Kind::Jinja, "%}"),
            b"<%" => (Kind::Erb, "%>"),
            _ => {
                at += 1;
                continue;
            }
        };
        if !closed[kind as usize] {
            at += 2;
            continue;
        }
        let Some(length) = text[at + 2..].find(close) else {
            closed[kind as usize] = false;
            at += 2;
            continue;
        };
        let end = at + 2 + length + 2;
        let workflow = kind == Kind::Braces && at > 0 && bytes[at - 1] == b'$';
        found.push(Tag {
            kind: if workflow { Kind::Workflow } else { kind },
            start: at,
            end,
            content: &text[at + 2..end - 2],
        });
        at = end;
    }
    found
}

/// Whether nothing else but tags stands on the lines of a tag.
fn alone(text: &str, tag: &Tag<'_>) -> bool {
    let before = text[..tag.start].rsplit('\n').next().unwrap_or_default();
    let after = text[tag.end..].split('\n').next().unwrap_or_default();
    before.trim().is_empty() && after.trim().is_empty()
}

impl Tag<'_> {
    fn words(&self) -> String {
        let content = self.content.trim_matches(['-', '=', '~']);
        let words: Vec<&str> = content.split_whitespace().collect();
        words.join(" ").chars().take(200).collect()
    }

    fn step(&self) -> Step {
        let words = self.words();
        let first = words.split(' ').next().unwrap_or_default();
        match first {
            "if" | "unless" | "range" | "with" | "define" | "block" | "for" | "case" => Step::Opens,
            "else" | "elsif" | "elif" | "when" => Step::Turns,
            "end" | "endif" | "endfor" => Step::Closes,
            _ if first.starts_with("/*") || first.starts_with('#') => Step::Comment,
            _ if self.kind == Kind::Erb && opens_block(&words) => Step::Opens,
            _ => Step::Inserts,
        }
    }
}

/// Whether Ruby code ends with `do` or `do |x|`.
fn opens_block(words: &str) -> bool {
    let code = match words.rsplit_once("do |") {
        Some((_, rest)) if rest.ends_with('|') => return true,
        _ => words,
    };
    code.ends_with(" do")
}

fn span(start: usize, end: usize) -> Span {
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    offset(start)..offset(end)
}
