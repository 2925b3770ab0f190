//! JSON, with the comments and trailing commas that configuration files have.

use super::parse::{broken, parse};
use super::setting::{Reading, ValueKind};
use super::syntax::{Lexicon, Node as Syntax};
use super::value::{Entry, MAX_DEPTH, Node, Value, flatten};
use std::rc::Rc;
use std::sync::LazyLock;

static LEXICON: LazyLock<Lexicon> =
    LazyLock::new(|| Lexicon::new(tree_sitter_json::LANGUAGE.into()));

/// Reads a file.
pub(super) fn read(source: &str) -> Option<Reading> {
    let tolerant = without_trailing_commas(source);
    let syntax = parse(&LEXICON, &tolerant)?;
    let root = syntax.root();
    let mut settings = Vec::new();
    for child in root.named_children() {
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
    let value = match syntax.kind() {
        _ if depth > MAX_DEPTH => plain(ValueKind::Text),
        "object" => Value::Map(
            syntax
                .named_children()
                .filter_map(|pair| {
                    let key = pair.field("key")?;
                    let value = pair.field("value")?;
                    Some(Entry {
                        key: unquote(text(key)),
                        line: pair.line(),
                        span: pair.span(),
                        node: Rc::new(node(source, value, depth + 1)),
                    })
                })
                .collect(),
        ),
        "array" => Value::List(
            syntax
                .named_children()
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
    Node::new(value, syntax.line(), syntax.span())
}

fn unquote(text: &str) -> String {
    let inner = text.strip_prefix('"').unwrap_or(text);
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    inner.replace("\\\"", "\"").replace("\\/", "/")
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
