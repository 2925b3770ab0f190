//! TOML.

use super::parse::{broken, parse};
use super::setting::{Reading, ValueKind};
use super::syntax::{Lexicon, Node as Syntax};
use super::value::{Entry, MAX_DEPTH, Node, Value, flatten};
use std::rc::Rc;
use std::sync::LazyLock;

static LEXICON: LazyLock<Lexicon> =
    LazyLock::new(|| Lexicon::new(tree_sitter_toml_ng::LANGUAGE.into()));

/// Reads a file.
pub(super) fn read(source: &str) -> Option<Reading> {
    let syntax = parse(&LEXICON, source)?;
    let root = syntax.root();
    let mut entries: Vec<Entry> = Vec::new();
    let mut lists: Vec<(Vec<String>, Vec<Rc<Node>>)> = Vec::new();
    for child in root.named_children() {
        match child.kind() {
            "pair" => entries.extend(pair(source, child, 0)),
            "table" | "table_array_element" => {
                let Some(header) = child.named_children().find(|it| it.kind() != "comment") else {
                    continue;
                };
                let keys = keys(source, header, 0);
                let body: Vec<Entry> = child
                    .named_children()
                    .filter(|it| it.kind() == "pair")
                    .filter_map(|it| pair(source, it, 0))
                    .collect();
                let node = Rc::new(Node::new(Value::Map(body), child.line(), child.span()));
                if child.kind() == "table" {
                    entries.extend(nested(&keys, node, child));
                    continue;
                }
                match lists.iter_mut().find(|(name, _)| *name == keys) {
                    Some((_, nodes)) => nodes.push(node),
                    None => lists.push((keys, vec![node])),
                }
            }
            _ => {}
        }
    }
    for (keys, nodes) in lists {
        let node = Rc::new(Node::new(Value::List(nodes), root.line(), root.span()));
        entries.extend(nested(&keys, node, root));
    }
    let all = Node::new(Value::Map(entries), 1, root.span());
    Some(Reading {
        settings: flatten(&all),
        broken: broken(root),
    })
}

fn nested(keys: &[String], node: Rc<Node>, at: Syntax<'_>) -> Option<Entry> {
    let mut node = node;
    let mut entry = None;
    for key in keys.iter().rev() {
        if let Some(inner) = entry.take() {
            node = Rc::new(Node::new(Value::Map(vec![inner]), at.line(), at.span()));
        }
        entry = Some(Entry {
            key: key.clone(),
            line: at.line(),
            span: at.span(),
            node: Rc::clone(&node),
        });
    }
    entry
}

fn pair(source: &str, pair: Syntax<'_>, depth: usize) -> Option<Entry> {
    let parts: Vec<Syntax<'_>> = pair
        .named_children()
        .filter(|it| it.kind() != "comment")
        .collect();
    let (key, value) = (parts.first()?, parts.last()?);
    let node = Rc::new(node(source, *value, depth + 1));
    nested(&keys(source, *key, 0), node, pair)
}

fn keys(source: &str, key: Syntax<'_>, depth: usize) -> Vec<String> {
    if key.kind() == "dotted_key" && depth < MAX_DEPTH {
        return key
            .named_children()
            .flat_map(|part| keys(source, part, depth + 1))
            .collect();
    }
    let text = source.get(key.byte_range()).unwrap_or_default();
    vec![text.trim_matches(['"', '\'']).to_owned()]
}

fn node(source: &str, syntax: Syntax<'_>, depth: usize) -> Node {
    let text = source.get(syntax.byte_range()).unwrap_or_default();
    let plain = |kind| Value::Scalar(text.to_owned(), kind);
    let value = match syntax.kind() {
        _ if depth > MAX_DEPTH => plain(ValueKind::Text),
        "inline_table" => Value::Map(
            syntax
                .named_children()
                .filter(|it| it.kind() == "pair")
                .filter_map(|it| pair(source, it, depth))
                .collect(),
        ),
        "array" => Value::List(
            syntax
                .named_children()
                .filter(|it| it.kind() != "comment" && !it.is_error())
                .map(|it| Rc::new(node(source, it, depth + 1)))
                .collect(),
        ),
        "string" => Value::Scalar(text.trim_matches(['"', '\'']).to_owned(), ValueKind::Text),
        "integer" | "float" => plain(ValueKind::Number),
        "boolean" => plain(ValueKind::Bool),
        _ => plain(ValueKind::Text),
    };
    Node::new(value, syntax.line(), syntax.span())
}
