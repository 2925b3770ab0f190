//! YAML: workflows, manifests, Compose files and everybody's configuration.

use super::parse::{broken, parse};
use super::setting::{Reading, ValueKind};
use super::syntax::{Lexicon, Node as Syntax};
use super::template;
use super::value::{Entry, MAX_DEPTH, Node, Value, flatten_below};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::LazyLock;

static LEXICON: LazyLock<Lexicon> =
    LazyLock::new(|| Lexicon::new(tree_sitter_yaml::LANGUAGE.into()));

/// Reads every document of a file. A manifest's settings begin with its kind and name.
pub(super) fn read(source: &str) -> Option<Reading> {
    let blanked = template::blank(source);
    let syntax = parse(&LEXICON, &blanked.text)?;
    let root = syntax.root();
    let mut reader = Reader {
        source,
        anchors: HashMap::new(),
    };
    let mut settings = Vec::new();
    let documents: Vec<Rc<Node>> = root
        .named_children()
        .filter(|node| node.kind() == "document")
        .filter_map(|document| {
            reader.anchors.clear();
            let content = document
                .named_children()
                .find(|node| matches!(node.kind(), "block_node" | "flow_node"))?;
            Some(reader.node(content, 0))
        })
        .collect();
    let many = documents.len() > 1;
    let mut seen: HashMap<String, usize> = HashMap::new();
    for document in documents {
        let name = manifest(&document).or_else(|| many.then(|| "document".to_owned()));
        let name = name.map(|name| {
            let count = seen.entry(name.clone()).or_default();
            *count += 1;
            match *count {
                1 => name,
                _ => format!("{name}#{count}"),
            }
        });
        settings.append(&mut flatten_below(name, &document));
    }
    blanked.annotate(source, &mut settings);
    Some(Reading {
        settings,
        broken: broken(root),
    })
}

/// `Deployment/web` for a Kubernetes manifest.
fn manifest(document: &Node) -> Option<String> {
    let Value::Map(entries) = &document.value else {
        return None;
    };
    let text = |entries: &[Entry], key: &str| {
        let entry = entries.iter().find(|entry| entry.key == key)?;
        match &entry.node.value {
            Value::Scalar(text, _) => Some(text.clone()),
            _ => None,
        }
    };
    text(entries, "apiVersion")?;
    let kind = text(entries, "kind")?;
    let metadata = entries.iter().find(|entry| entry.key == "metadata");
    let name = match metadata.map(|entry| &entry.node.value) {
        Some(Value::Map(inner)) => text(inner, "name"),
        _ => None,
    };
    Some(match name {
        Some(name) => format!("{kind}/{name}"),
        None => kind,
    })
}

struct Reader<'a> {
    source: &'a str,
    anchors: HashMap<String, Rc<Node>>,
}

impl Reader<'_> {
    fn text(&self, node: Syntax<'_>) -> &str {
        self.source.get(node.byte_range()).unwrap_or_default()
    }

    fn node(&mut self, wrapper: Syntax<'_>, depth: usize) -> Rc<Node> {
        let at = wrapper.line();
        let scalar = |text: &str, kind| {
            Rc::new(Node::new(
                Value::Scalar(text.to_owned(), kind),
                at,
                wrapper.span(),
            ))
        };
        if depth > MAX_DEPTH {
            return scalar(self.text(wrapper), ValueKind::Text);
        }
        let mut anchor = None;
        let mut content = None;
        for child in wrapper.named_children() {
            match child.kind() {
                "anchor" => anchor = Some(self.text(child).trim_start_matches('&').to_owned()),
                "tag" | "comment" => {}
                _ => content = Some(child),
            }
        }
        let Some(content) = content else {
            return scalar("", ValueKind::Null);
        };
        let value = match content.kind() {
            "alias" => {
                let name = self.text(content).trim_start_matches('*').to_owned();
                return match self.anchors.get(&name) {
                    Some(node) if node.height <= MAX_DEPTH => Rc::clone(node),
                    _ => scalar(&format!("*{name}"), ValueKind::Text),
                };
            }
            "block_mapping" | "flow_mapping" => Value::Map(self.entries(content, depth)),
            "block_sequence" | "flow_sequence" => Value::List(self.items(content, depth)),
            kind => {
                let (text, kind) = self.scalar(content, kind);
                Value::Scalar(text, kind)
            }
        };
        let node = Rc::new(Node::new(value, at, wrapper.span()));
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        node
    }

    fn entries(&mut self, mapping: Syntax<'_>, depth: usize) -> Vec<Entry> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut merged: Vec<Entry> = Vec::new();
        for pair in mapping.named_children() {
            if pair.kind() == "flow_node" {
                // `{a, b}`: keys without values.
                entries.push(self.entry(pair, Some(pair), None, depth));
                continue;
            }
            if !matches!(pair.kind(), "block_mapping_pair" | "flow_pair") {
                continue;
            }
            let key = pair.field("key");
            let value = pair.field("value");
            let entry = self.entry(pair, key, value, depth);
            if entry.key != "<<" {
                entries.push(entry);
                continue;
            }
            match &entry.node.value {
                Value::Map(inner) => merged.extend(inner.iter().cloned()),
                Value::List(nodes) => {
                    for node in nodes {
                        if let Value::Map(inner) = &node.value {
                            merged.extend(inner.iter().cloned());
                        }
                    }
                }
                _ => entries.push(entry),
            }
        }
        for entry in merged {
            if entries.len() < MAX_ENTRIES && !entries.iter().any(|own| own.key == entry.key) {
                entries.push(entry);
            }
        }
        entries
    }

    fn entry(
        &mut self,
        pair: Syntax<'_>,
        key: Option<Syntax<'_>>,
        value: Option<Syntax<'_>>,
        depth: usize,
    ) -> Entry {
        let key = key.map_or_else(String::new, |key| {
            let node = self.node(key, depth + 1);
            match &node.value {
                Value::Scalar(text, _) => text.clone(),
                _ => self.text(key).to_owned(),
            }
        });
        let node = match value {
            Some(value) => self.node(value, depth + 1),
            None => Rc::new(Node::new(
                Value::Scalar(String::new(), ValueKind::Null),
                pair.line(),
                pair.span(),
            )),
        };
        Entry {
            key,
            line: pair.line(),
            span: pair.span(),
            node,
        }
    }

    fn items(&mut self, sequence: Syntax<'_>, depth: usize) -> Vec<Rc<Node>> {
        let mut items = Vec::new();
        for child in sequence.named_children() {
            match child.kind() {
                "block_sequence_item" => {
                    let content = child
                        .named_children()
                        .find(|node| matches!(node.kind(), "block_node" | "flow_node"));
                    if let Some(content) = content {
                        items.push(self.node(content, depth + 1));
                    }
                }
                "flow_node" => items.push(self.node(child, depth + 1)),
                "flow_pair" => {
                    let key = child.field("key");
                    let value = child.field("value");
                    let entry = self.entry(child, key, value, depth + 1);
                    items.push(Rc::new(Node::new(
                        Value::Map(vec![entry]),
                        child.line(),
                        child.span(),
                    )));
                }
                _ => {}
            }
        }
        items
    }

    fn scalar(&self, node: Syntax<'_>, kind: &str) -> (String, ValueKind) {
        let text = self.text(node);
        match kind {
            "double_quote_scalar" => {
                let inner = text.trim_start_matches('"').trim_end_matches('"');
                (squeeze(&inner.replace("\\\"", "\"")), ValueKind::Text)
            }
            "single_quote_scalar" => {
                let inner = text.strip_prefix('\'').unwrap_or(text);
                let inner = inner.strip_suffix('\'').unwrap_or(inner);
                (squeeze(&inner.replace("''", "'")), ValueKind::Text)
            }
            "block_scalar" => (block(text), ValueKind::Text),
            _ => {
                let kind = match node.named_child(0).map(Syntax::kind) {
                    Some("boolean_scalar") => ValueKind::Bool,
                    Some("integer_scalar" | "float_scalar") => ValueKind::Number,
                    Some("null_scalar") => ValueKind::Null,
                    _ => ValueKind::Text,
                };
                match kind {
                    ValueKind::Bool => (text.to_ascii_lowercase(), kind),
                    ValueKind::Null => (String::new(), kind),
                    _ => (squeeze(text), kind),
                }
            }
        }
    }
}

/// Merged maps are not read further than this.
const MAX_ENTRIES: usize = 500;

/// Scalars over several lines are folded to one.
fn squeeze(text: &str) -> String {
    if text.contains('\n') {
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    } else {
        text.to_owned()
    }
}

/// A block scalar without its header and indentation.
fn block(text: &str) -> String {
    let mut lines = text.lines();
    lines.next();
    let lines: Vec<&str> = lines.map(str::trim_end).collect();
    let indent = lines
        .iter()
        .filter(|line| !line.is_empty())
        .map(|line| line.len() - line.trim_start_matches(' ').len())
        .min()
        .unwrap_or(0);
    let lines: Vec<&str> = lines
        .iter()
        .map(|line| line.get(indent..).unwrap_or_default())
        .collect();
    lines.join("\n").trim_end().to_owned()
}
