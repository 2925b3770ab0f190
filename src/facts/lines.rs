//! Formats of one setting a line: `.env`, `.ini`, `.properties`, and the blocks of nginx's `.conf`.

use super::setting::{Reading, Setting, ValueKind};
use super::tree::Span;
use smol_str::SmolStr;

/// More settings than this are not read from one file.
const MAX_SETTINGS: usize = 20_000;
/// Blocks nested deeper than this are not told apart.
const MAX_DEPTH: usize = 20;

/// Reads `key = value` and `key: value` lines; `[section]` lines are the first key.
pub(super) fn read_pairs(source: &str) -> Reading {
    let mut reading = Reading::default();
    let mut section: Option<String> = None;
    for (number, start, text) in lines(source) {
        let content = text.trim();
        if content.is_empty() || content.starts_with(['#', ';', '!']) {
            continue;
        }
        if let Some(name) = content
            .strip_prefix('[')
            .and_then(|it| it.split(']').next())
        {
            section = Some(name.trim().to_owned());
            continue;
        }
        let content = content.strip_prefix("export ").unwrap_or(content);
        let Some(at) = content.find(['=', ':']) else {
            continue;
        };
        let (key, value) = (content[..at].trim(), content[at + 1..].trim());
        let mut path: Vec<SmolStr> = section.iter().map(SmolStr::from).collect();
        path.push(key.into());
        push(
            &mut reading,
            path,
            uncommented(value),
            number,
            span(start, text),
        );
    }
    reading
}

/// Reads directives that `;` ends, in blocks of braces.
pub(super) fn read_blocks(source: &str) -> Reading {
    let mut reading = Reading::default();
    let mut blocks: Vec<String> = Vec::new();
    let mut words = String::new();
    let mut begun = (1, 0..0);
    for (number, start, text) in lines(source) {
        let content = text.trim();
        if content.starts_with('#') {
            continue;
        }
        let mut quote = None;
        let mut last = ' ';
        for character in content.chars() {
            // What stands in quotes ends nothing; they are closed on their own line.
            let escaped = std::mem::replace(&mut last, character);
            match (quote, character) {
                (Some(open), it) if it == open && escaped != '\\' => quote = None,
                (None, '"' | '\'') if escaped.is_whitespace() => quote = Some(character),
                _ => {}
            }
            match character {
                _ if quote.is_some() => words.push(character),
                '{' => {
                    blocks.push(squeeze(&std::mem::take(&mut words)));
                }
                '}' => {
                    blocks.pop();
                    words.clear();
                }
                ';' => {
                    directive(&mut reading, &blocks, &std::mem::take(&mut words), &begun);
                }
                _ => {
                    if words.trim().is_empty() {
                        begun = (number, span(start, text));
                    }
                    words.push(character);
                }
            }
        }
        words.push(' ');
    }
    reading
}

/// Reads directives that a line ends, in blocks of braces.
pub(super) fn read_directives(source: &str) -> Reading {
    let mut reading = Reading::default();
    let mut blocks: Vec<String> = Vec::new();
    for (number, start, text) in lines(source) {
        let content = text.trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        if content == "}" {
            blocks.pop();
        } else if let Some(head) = content.strip_suffix('{') {
            blocks.push(squeeze(head));
        } else {
            let begun = (number, span(start, text));
            directive(&mut reading, &blocks, content, &begun);
        }
    }
    reading
}

fn directive(reading: &mut Reading, blocks: &[String], words: &str, begun: &(u32, Span)) {
    let words = squeeze(words);
    let (name, rest) = words.split_once(' ').unwrap_or((&words, ""));
    let mut path: Vec<SmolStr> = blocks.iter().take(MAX_DEPTH).map(SmolStr::from).collect();
    path.push(name.into());
    // These stand several times in a block, told apart by their first word.
    let keyed = [
        "proxy_set_header",
        "add_header",
        "set",
        "location",
        "allow",
        "deny",
    ];
    let value = match rest.split_once(' ') {
        Some((first, value)) if keyed.contains(&name) => {
            path.push(first.into());
            value
        }
        _ => rest,
    };
    push(reading, path, value, begun.0, begun.1.clone());
}

fn push(reading: &mut Reading, path: Vec<SmolStr>, value: &str, line: u32, span: Span) {
    if reading.settings.len() < MAX_SETTINGS {
        let kind = match value {
            "true" | "false" => ValueKind::Bool,
            "" => ValueKind::Null,
            _ if value.bytes().all(|byte| byte.is_ascii_digit()) => ValueKind::Number,
            _ => ValueKind::Text,
        };
        reading.settings.push(Setting {
            path,
            value: value.trim_matches(['"', '\'']).to_owned(),
            kind,
            line,
            span,
        });
    }
}

/// The value without a comment behind it.
fn uncommented(value: &str) -> &str {
    if value.starts_with(['"', '\'']) {
        return value;
    }
    value.split(" #").next().unwrap_or(value).trim_end()
}

fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn lines(source: &str) -> impl Iterator<Item = (u32, usize, &str)> {
    let mut offset = 0;
    source
        .split_inclusive('\n')
        .zip(1..)
        .map(move |(line, number)| {
            let start = offset;
            offset += line.len();
            (number, start, line.trim_end_matches(['\n', '\r']))
        })
}

fn span(start: usize, text: &str) -> Span {
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    offset(start)..offset(start + text.len())
}
