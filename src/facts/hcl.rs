//! HCL: Terraform and its kin.

use super::parse::{broken, parse};
use super::setting::{Reading, ValueKind};
use super::syntax::{Lexicon, Node as Syntax};
use super::value::{Entry, MAX_DEPTH, Node, Value, flatten};
use std::rc::Rc;
use std::sync::LazyLock;

static LEXICON: LazyLock<Lexicon> =
    LazyLock::new(|| Lexicon::new(tree_sitter_hcl::LANGUAGE.into()));

/// Reads a file.
pub(super) fn read(source: &str) -> Option<Reading> {
    let syntax = parse(&LEXICON, source)?;
    let root = syntax.root();
    let reader = Reader { source };
    let body = root.named_children().find(|it| it.kind() == "body");
    let entries = body.map_or_else(Vec::new, |body| reader.body(body, 0));
    let settings = if entries.is_empty() {
        Vec::new()
    } else {
        flatten(&Node::new(Value::Map(entries), 1, root.span()))
    };
    Some(Reading {
        settings,
        broken: broken(root),
    })
}

struct Reader<'a> {
    source: &'a str,
}

impl Reader<'_> {
    fn text(&self, node: Syntax<'_>) -> &str {
        self.source.get(node.byte_range()).unwrap_or_default()
    }

    fn body(&self, body: Syntax<'_>, depth: usize) -> Vec<Entry> {
        let mut entries: Vec<Entry> = Vec::new();
        type Block<'t> = (String, Vec<(Syntax<'t>, Rc<Node>)>);
        let mut blocks: Vec<Block<'_>> = Vec::new();
        for child in body.named_children() {
            let parts = children(child);
            match child.kind() {
                "attribute" => {
                    if let [key, value, ..] = parts[..] {
                        entries.push(Entry {
                            key: self.text(key).to_owned(),
                            line: child.line(),
                            span: child.span(),
                            node: Rc::new(self.expression(value, depth + 1)),
                        });
                    }
                }
                "block" if depth < MAX_DEPTH => {
                    let labels: Vec<String> = parts
                        .iter()
                        .filter(|it| matches!(it.kind(), "identifier" | "string_lit"))
                        .map(|it| self.text(*it).trim_matches('"').to_owned())
                        .collect();
                    let inner = parts.iter().find(|it| it.kind() == "body");
                    let inner = inner.map_or_else(Vec::new, |it| self.body(*it, depth + 1));
                    let node = Rc::new(Node::new(Value::Map(inner), child.line(), child.span()));
                    if labels.len() > 1 {
                        entries.extend(labelled(&labels, node, child));
                        continue;
                    }
                    let name = labels.into_iter().next().unwrap_or_default();
                    match blocks.iter_mut().find(|(known, _)| *known == name) {
                        Some((_, nodes)) => nodes.push((child, node)),
                        None => blocks.push((name, vec![(child, node)])),
                    }
                }
                _ => {}
            }
        }
        for (key, nodes) in blocks {
            if key == "locals" {
                // Several of these are one.
                let inner = nodes.iter().flat_map(|(_, node)| match &node.value {
                    Value::Map(entries) => entries.clone(),
                    _ => Vec::new(),
                });
                let all = Node::new(Value::Map(inner.collect()), body.line(), body.span());
                entries.extend(labelled(&[key], Rc::new(all), body));
            } else {
                entries.push(repeated(key, &nodes));
            }
        }
        entries
    }

    /// An expression: a literal, a list, a map, or text with the lists and maps inside it.
    fn expression(&self, syntax: Syntax<'_>, depth: usize) -> Node {
        let at = (syntax.line(), syntax.span());
        let mut inner = syntax;
        while let [only] = children(inner)[..] {
            if !matches!(
                inner.kind(),
                "expression" | "collection_value" | "literal_value"
            ) {
                break;
            }
            inner = only;
        }
        let text = self.text(inner);
        let value = match inner.kind() {
            _ if depth > MAX_DEPTH => Value::Scalar(squeeze(text), ValueKind::Expression),
            "object" => Value::Map(self.object(inner, depth)),
            "tuple" => Value::List(
                inner
                    .named_children()
                    .filter(|it| it.kind() == "expression")
                    .map(|it| Rc::new(self.expression(it, depth + 1)))
                    .collect(),
            ),
            "string_lit" => Value::Scalar(text.trim_matches('"').to_owned(), ValueKind::Text),
            "numeric_lit" => Value::Scalar(text.to_owned(), ValueKind::Number),
            "bool_lit" => Value::Scalar(text.to_owned(), ValueKind::Bool),
            "null_lit" => Value::Scalar(String::new(), ValueKind::Null),
            "template_expr" => {
                Value::Scalar(squeeze(text.trim_matches('"')), ValueKind::Expression)
            }
            _ => {
                let mut inside = Vec::new();
                let mut words = Words::default();
                self.apart(inner, depth, &mut words, &mut inside);
                Value::Expression(words.text, inside)
            }
        };
        Node::new(value, at.0, at.1)
    }

    /// Takes the lists and maps out of an expression; the words that stay hold `[]` and `{}`.
    fn apart(
        &self,
        syntax: Syntax<'_>,
        depth: usize,
        words: &mut Words,
        inside: &mut Vec<Rc<Node>>,
    ) {
        match syntax.kind() {
            "object" => {
                words.push("{}", syntax);
                inside.push(Rc::new(self.expression(syntax, depth + 1)));
                return;
            }
            "tuple" => {
                words.push("[]", syntax);
                inside.push(Rc::new(self.expression(syntax, depth + 1)));
                return;
            }
            "comment" => return,
            _ => {}
        }
        let parts: Vec<Syntax<'_>> = syntax.children().collect();
        if parts.is_empty() || depth > MAX_DEPTH || syntax.kind() == "template_expr" {
            words.push(&squeeze(self.text(syntax)), syntax);
            return;
        }
        for part in parts {
            self.apart(part, depth + 1, words, inside);
        }
    }

    fn object(&self, object: Syntax<'_>, depth: usize) -> Vec<Entry> {
        object
            .named_children()
            .filter(|it| it.kind() == "object_elem")
            .filter_map(|pair| {
                let key = pair.field("key")?;
                let value = pair.field("val")?;
                Some(Entry {
                    key: squeeze(self.text(key).trim_matches(['"', '(', ')'])),
                    line: pair.line(),
                    span: pair.span(),
                    node: Rc::new(self.expression(value, depth + 1)),
                })
            })
            .collect()
    }
}

/// The words of an expression, spaced as they were, however wide.
#[derive(Default)]
struct Words {
    text: String,
    end: usize,
}

impl Words {
    fn push(&mut self, word: &str, at: Syntax<'_>) {
        if !self.text.is_empty() && at.start_byte() > self.end {
            self.text.push(' ');
        }
        self.text.push_str(word);
        self.end = at.end_byte();
    }
}

/// `resource "a" "b" {…}`: the labels are keys.
fn labelled(labels: &[String], node: Rc<Node>, at: Syntax<'_>) -> Option<Entry> {
    let mut node = node;
    let mut entry: Option<Entry> = None;
    for label in labels.iter().rev() {
        if let Some(inner) = entry.take() {
            node = Rc::new(Node::new(Value::Map(vec![inner]), at.line(), at.span()));
        }
        entry = Some(Entry {
            key: label.clone(),
            line: at.line(),
            span: at.span(),
            node: Rc::clone(&node),
        });
    }
    entry
}

/// Blocks of one name: a map where there is one, a list where there are several or they have names.
fn repeated(key: String, nodes: &[(Syntax<'_>, Rc<Node>)]) -> Entry {
    let named = |node: &Node| match &node.value {
        Value::Map(entries) => entries.iter().any(|it| it.key == "sid" || it.key == "name"),
        _ => false,
    };
    let (first, node) = &nodes[0];
    let node = if nodes.len() == 1 && !named(node) {
        Rc::clone(node)
    } else {
        let nodes = nodes.iter().map(|(_, node)| Rc::clone(node)).collect();
        Rc::new(Node::new(Value::List(nodes), first.line(), first.span()))
    };
    Entry {
        key,
        line: first.line(),
        span: first.span(),
        node,
    }
}

fn children(node: Syntax<'_>) -> Vec<Syntax<'_>> {
    node.named_children()
        .filter(|child| child.kind() != "comment")
        .collect()
}

fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
