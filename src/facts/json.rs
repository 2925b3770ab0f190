//! JSON, with the comments and trailing commas that configuration files have.

use super::lower::{broken, parse, span};
use super::setting::{Reading, ValueKind};
use super::value::{Entry, MAX_DEPTH, Node, Value, flatten};
use std::rc::Rc;
use tree_sitter::Node as Syntax;

/// Reads a file.
pub(super) fn read(source: &str) -> Option<Reading> {
    let tolerant = without_trailing_commas(source);
    let syntax = parse(&tree_sitter_json::LANGUAGE.into(), &tolerant)?;
    let root = syntax.root_node();
    let mut cursor = root.walk();
    let mut settings = Vec::new();
    for child in root.named_children(&mut cursor) {
        if !child.is_extra() && !child.is_error() {
            settings.append(&mut flatten(&node(source, child, 0)));
        }
    }
    Some(Reading {
        settings,
        broken: broken(root),
    })
}

fn node(source: &str, syntax: Syntax<'_>, depth: usize) -> Node {
    let text = |node: Syntax<'_>| source.get(node.byte_range()).unwrap_or_default();
    let plain = |kind| Value::Scalar(text(syntax).to_owned(), kind);
    let mut cursor = syntax.walk();
    let value = match syntax.kind() {
        _ if depth > MAX_DEPTH => plain(ValueKind::Text),
        "object" => Value::Map(
            syntax
                .named_children(&mut cursor)
                .filter_map(|pair| {
                    let key = pair.child_by_field_name("key")?;
                    let value = pair.child_by_field_name("value")?;
                    Some(Entry {
                        key: unquote(text(key)),
                        line: line(pair),
                        span: span(pair),
                        node: Rc::new(node(source, value, depth + 1)),
                    })
                })
                .collect(),
        ),
        "array" => Value::List(
            syntax
                .named_children(&mut cursor)
                .filter(|child| !child.is_extra() && !child.is_error())
                .map(|child| Rc::new(node(source, child, depth + 1)))
                .collect(),
        ),
        "string" => Value::Scalar(unquote(text(syntax)), ValueKind::Text),
        "number" => plain(ValueKind::Number),
        "true" | "false" => plain(ValueKind::Bool),
        "null" => Value::Scalar(String::new(), ValueKind::Null),
        _ => plain(ValueKind::Text),
    };
    Node::new(value, line(syntax), span(syntax))
}

fn unquote(text: &str) -> String {
    let inner = text.strip_prefix('"').unwrap_or(text);
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    inner.replace("\\\"", "\"").replace("\\/", "/")
}

fn line(node: Syntax<'_>) -> u32 {
    u32::try_from(node.start_position().row).map_or(u32::MAX, |row| row.saturating_add(1))
}

/// Replaces every comma that only a closing bracket follows by a space.
fn without_trailing_commas(source: &str) -> String {
    let mut bytes = source.as_bytes().to_vec();
    let mut comma = None;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                comma = None;
                at += 1;
                while at < bytes.len() && bytes[at] != b'"' && bytes[at] != b'\n' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
            }
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                while at < bytes.len() && bytes[at] != b'\n' {
                    at += 1;
                }
            }
            b'/' if bytes.get(at + 1) == Some(&b'*') => {
                at += 2;
                while at < bytes.len() && !bytes[at..].starts_with(b"*/") {
                    at += 1;
                }
                at += 1;
            }
            b',' => comma = Some(at),
            b'}' | b']' => {
                if let Some(found) = comma.take() {
                    bytes[found] = b' ';
                }
            }
            byte if byte.is_ascii_whitespace() => {}
            _ => comma = None,
        }
        at += 1;
    }
    String::from_utf8(bytes).unwrap_or_else(|_| source.to_owned())
}
