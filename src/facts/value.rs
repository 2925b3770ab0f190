//! What every configuration format is read to, before it becomes settings: scalars, maps, lists.

use super::setting::{Setting, ValueKind};
use super::tree::Span;
use smol_str::SmolStr;
use std::collections::HashMap;
use std::rc::Rc;

/// Nested deeper than this, a value is kept as text: no input may exhaust the stack.
pub(super) const MAX_DEPTH: usize = 64;
/// More settings than this are not read from one file: aliases must not multiply without end.
const MAX_SETTINGS: usize = 20_000;
/// The longest key that is made from a value, in characters.
const MAX_NAME: usize = 120;

/// A value and where it stands.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) line: u32,
    pub(super) span: Span,
    /// How deep it nests; bounds what aliases may build.
    pub(super) height: usize,
}

/// What a value is made of.
#[derive(Debug)]
pub(super) enum Value {
    /// Text, a number, a truth value, nothing, or an expression.
    Scalar(String, ValueKind),
    /// Keys and values.
    Map(Vec<Entry>),
    /// Values in order.
    List(Vec<Rc<Node>>),
    /// An expression, and the lists and maps that are written inside it.
    Expression(String, Vec<Rc<Node>>),
}

/// A key and its value.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) line: u32,
    pub(super) span: Span,
    pub(super) node: Rc<Node>,
}

impl Node {
    pub(super) fn new(value: Value, line: u32, span: Span) -> Self {
        let below = match &value {
            Value::Scalar(..) => 0,
            Value::Map(entries) => entries.iter().map(|it| it.node.height).max().unwrap_or(0),
            Value::List(nodes) | Value::Expression(_, nodes) => {
                nodes.iter().map(|it| it.height).max().unwrap_or(0)
            }
        };
        Self {
            value,
            line,
            span,
            height: below + 1,
        }
    }

    fn scalar(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(text, _) | Value::Expression(text, _) => Some(text),
            _ => None,
        }
    }
}

/// The settings of a value, each with its path.
pub(super) fn flatten(root: &Node) -> Vec<Setting> {
    flatten_below(None, root)
}

/// The settings of a value under a key that is not written in it.
pub(super) fn flatten_below(name: Option<String>, root: &Node) -> Vec<Setting> {
    let mut writer = Writer::default();
    writer.path.extend(name.map(SmolStr::from));
    writer.node(root, root.line, &root.span);
    writer.out
}

#[derive(Default)]
struct Writer {
    path: Vec<SmolStr>,
    out: Vec<Setting>,
    visited: usize,
}

impl Writer {
    fn node(&mut self, node: &Node, line: u32, span: &Span) {
        self.visited += 1;
        if self.visited > 2 * MAX_SETTINGS || self.out.len() >= MAX_SETTINGS {
            return;
        }
        match &node.value {
            Value::Scalar(text, kind) => self.setting(text.clone(), *kind, line, span),
            Value::Map(entries) if entries.is_empty() => {
                self.setting(String::new(), ValueKind::EmptyMap, line, span);
            }
            Value::List(nodes) if nodes.is_empty() => {
                self.setting(String::new(), ValueKind::EmptyList, line, span);
            }
            Value::Map(entries) => {
                if self.path.len() < MAX_DEPTH {
                    for entry in entries {
                        self.path.push(entry.key.as_str().into());
                        self.node(&entry.node, entry.line, &entry.span);
                        self.path.pop();
                    }
                }
            }
            Value::List(nodes) => self.list(nodes),
            Value::Expression(text, inside) => {
                self.setting(text.clone(), ValueKind::Expression, line, span);
                for node in inside {
                    match &node.value {
                        Value::Map(entries) if entries.is_empty() => {}
                        Value::List(nodes) if nodes.is_empty() => {}
                        _ => self.node(node, node.line, &node.span),
                    }
                }
            }
        }
    }

    fn list(&mut self, nodes: &[Rc<Node>]) {
        if self.path.len() >= MAX_DEPTH {
            return;
        }
        let mut seen: HashMap<String, usize> = HashMap::new();
        for node in nodes {
            let (mut name, value) = entry_name(node);
            let count = seen.entry(name.clone()).or_default();
            *count += 1;
            if *count > 1 {
                name = format!("{name}#{count}");
            }
            self.path.push(name.into());
            match (value, &node.value) {
                (Some(value), Value::Scalar(_, kind)) => {
                    self.setting(value, *kind, node.line, &node.span);
                }
                _ => self.node(node, node.line, &node.span),
            }
            self.path.pop();
        }
    }

    fn setting(&mut self, value: String, kind: ValueKind, line: u32, span: &Span) {
        // A document that is one value sets nothing: every setting has a name.
        if self.path.is_empty() {
            return;
        }
        self.out.push(Setting {
            path: self.path.clone(),
            value,
            kind,
            line,
            span: span.clone(),
        });
    }
}

/// The keys that name an entry of a list, first come first served.
const NAMES: &[&str] = &[
    "name",
    "id",
    "key",
    "sid",
    "Sid",
    "uses",
    "package-ecosystem",
    "host",
    "path",
    "mountPath",
    "alert",
    "record",
];

/// What names an entry of a list, and its value where the name is only a part of it (`A=1`).
fn entry_name(node: &Node) -> (String, Option<String>) {
    match &node.value {
        Value::Scalar(text, _) | Value::Expression(text, _) => match assignment(text) {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (shorten(text), None),
        },
        Value::List(_) => ("[]".to_owned(), None),
        Value::Map(entries) => (map_name(entries), None),
    }
}

fn map_name(entries: &[Entry]) -> String {
    for name in NAMES {
        let named = entries.iter().find(|entry| entry.key == *name);
        if let Some(text) = named.and_then(|entry| entry.node.scalar())
            && !text.is_empty()
        {
            // A step keeps its name when the version of its action moves on.
            let text = match *name {
                "uses" => text.split('@').next().unwrap_or(text),
                _ => text,
            };
            return shorten(text);
        }
    }
    if let [only] = entries
        && only.node.scalar().is_none()
    {
        let inner = match &only.node.value {
            Value::Map(inner) => map_name(inner),
            _ => String::new(),
        };
        return match inner.as_str() {
            "" => only.key.clone(),
            _ => shorten(&format!("{}:{inner}", only.key)),
        };
    }
    // By the first key in alphabetical order: the order of keys means nothing.
    entries
        .iter()
        .filter_map(|entry| Some((&entry.key, entry.node.scalar()?)))
        .min()
        .map_or_else(String::new, |(_, text)| shorten(text))
}

/// `NAME=value`, as lists of environment variables write it.
fn assignment(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.split_once('=')?;
    let named = name
        .bytes()
        .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    let begins = name.starts_with(|first: char| first.is_ascii_uppercase() || first == '_');
    (named && begins).then_some((name, value))
}

fn shorten(text: &str) -> String {
    let line = text.lines().find(|line| !line.trim().is_empty());
    line.unwrap_or_default()
        .trim()
        .chars()
        .take(MAX_NAME)
        .collect()
}
