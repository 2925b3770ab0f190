//! TOML.

use super::lower::{broken, parse, span};
use super::setting::{Reading, ValueKind};
use super::value::{Entry, MAX_DEPTH, Node, Value, flatten};
use std::rc::Rc;
use tree_sitter::Node as Syntax;

/// Reads a file.
pub(super) fn read(source: &str) -> Option<Reading> {
    let syntax = parse(&tree_sitter_toml_ng::LANGUAGE.into(), source)?;
    let root = syntax.root_node();
    let mut entries: Vec<Entry> = Vec::new();
    let mut lists: Vec<(Vec<String>, Vec<Rc<Node>>)> = Vec::new();
    for child in children(root) {
        match child.kind() {
            "pair" => entries.extend(pair(source, child, 0)),
            "table" | "table_array_element" => {
                let Some(header) = children(child)
                    .into_iter()
                    .find(|it| it.kind() != "comment")
                else {
                    continue;
                };
                let keys = keys(source, header, 0);
                let body: Vec<Entry> = children(child)
                    .into_iter()
                    .filter(|it| it.kind() == "pair")
                    .filter_map(|it| pair(source, it, 0))
                    .collect();
                let node = Rc::new(Node::new(Value::Map(body), line(child), span(child)));
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
        let node = Rc::new(Node::new(Value::List(nodes), line(root), span(root)));
        entries.extend(nested(&keys, node, root));
    }
    let all = Node::new(Value::Map(entries), 1, span(root));
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
            node = Rc::new(Node::new(Value::Map(vec![inner]), line(at), span(at)));
        }
        entry = Some(Entry {
            key: key.clone(),
            line: line(at),
            span: span(at),
            node: Rc::clone(&node),
        });
    }
    entry
}

fn pair(source: &str, pair: Syntax<'_>, depth: usize) -> Option<Entry> {
    let parts: Vec<Syntax<'_>> = children(pair)
        .into_iter()
        .filter(|it| it.kind() != "comment")
        .collect();
    let (key, value) = (parts.first()?, parts.last()?);
    let node = Rc::new(node(source, *value, depth + 1));
    nested(&keys(source, *key, 0), node, pair)
}

fn keys(source: &str, key: Syntax<'_>, depth: usize) -> Vec<String> {
    if key.kind() == "dotted_key" && depth < MAX_DEPTH {
        return children(key)
            .into_iter()
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
            children(syntax)
                .into_iter()
                .filter(|it| it.kind() == "pair")
                .filter_map(|it| pair(source, it, depth))
                .collect(),
        ),
        "array" => Value::List(
            children(syntax)
                .into_iter()
                .filter(|it| it.kind() != "comment" && !it.is_error())
                .map(|it| Rc::new(node(source, it, depth + 1)))
                .collect(),
        ),
        "string" => Value::Scalar(text.trim_matches(['"', '\'']).to_owned(), ValueKind::Text),
        "integer" | "float" => plain(ValueKind::Number),
        "boolean" => plain(ValueKind::Bool),
        _ => plain(ValueKind::Text),
    };
    Node::new(value, line(syntax), span(syntax))
}

fn children(node: Syntax<'_>) -> Vec<Syntax<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).collect()
}

fn line(node: Syntax<'_>) -> u32 {
    u32::try_from(node.start_position().row).map_or(u32::MAX, |row| row.saturating_add(1))
}
