//! Where each key and value of a YAML text stands.

use std::collections::BTreeSet;

use tree_sitter::{Node, Parser};

use super::diagnostics::{Diagnostics, Position, shown};
use super::yaml::MAX_DEPTH;

/// The most blocks that may be open at once for a syntax tree.
const MAX_OPEN_BLOCKS: usize = 250;

/// Up to this many bytes into a line, a column counts characters; behind it, bytes.
const MAX_COUNTED: usize = 1000;

/// Where a value stands, and where the values inside it stand.
#[derive(Debug)]
pub(crate) struct Place {
    /// Where its key stands; where the value itself starts when it has none.
    pub(crate) key: Position,
    /// Where the value starts.
    pub(crate) value: Position,
    /// In the order of the file; with a name in a mapping, without one in a list.
    inside: Vec<(Option<String>, Self)>,
}

impl Place {
    pub(super) fn leaf(at: Position) -> Self {
        Self {
            key: at,
            value: at,
            inside: Vec::new(),
        }
    }

    /// The place of an entry; the mapping's own place where the entry has none.
    pub(crate) fn entry(&self, name: &str) -> &Self {
        self.inside
            .iter()
            .find(|(key, _)| key.as_deref() == Some(name))
            .map_or(self, |(_, place)| place)
    }

    /// The place of a list's item, from 0; the list's own place where the item has none.
    pub(crate) fn item(&self, index: usize) -> &Self {
        self.inside.get(index).map_or(self, |(_, place)| place)
    }

    /// Visits the place of an entry, or a place at the mapping itself where the entry has none.
    pub(crate) fn visit_entry<T>(&mut self, name: &str, visit: impl FnOnce(&mut Self) -> T) -> T {
        let mut entries = self.inside.iter_mut();
        match entries.find(|(key, _)| key.as_deref() == Some(name)) {
            Some((_, place)) => visit(place),
            None => visit(&mut Self::leaf(self.value)),
        }
    }

    /// Visits the place of a list's item, or a place at the list itself where the item has none.
    pub(crate) fn visit_item<T>(&mut self, index: usize, visit: impl FnOnce(&mut Self) -> T) -> T {
        match self.inside.get_mut(index) {
            Some((_, place)) => visit(place),
            None => visit(&mut Self::leaf(self.value)),
        }
    }

    /// Forgets the items that the list no longer has.
    pub(crate) fn keep_items(&mut self, kept: &[bool]) {
        let mut kept = kept.iter();
        self.inside.retain(|_| kept.next().copied().unwrap_or(true));
    }

    /// Reports each key that stands twice in its mapping.
    pub(super) fn report_duplicates(&self, found: &mut Diagnostics) {
        let mut names = BTreeSet::new();
        for (name, place) in &self.inside {
            if let Some(name) = name
                && !names.insert(name)
            {
                let message = format!("`{}` is written twice", shown(name));
                found.push_with_hint(place.key, message, "keep one of them");
            }
            place.report_duplicates(found);
        }
    }
}

/// The grammar's scanner keeps the open blocks in a buffer for 253 of them, and writes past its
/// end. A block opens at an indicator and to the right of those around it, so that no more are
/// open in a line than it has columns in front and indicators.
fn is_safe_to_parse(text: &str) -> bool {
    text.lines().all(|line| {
        let in_front = line.len() - line.trim_start().len();
        let indicators = line
            .as_bytes()
            .iter()
            .enumerate()
            .filter(|(at, byte)| {
                let next = line.as_bytes().get(at + 1);
                matches!(byte, b'-' | b'?' | b':') && next.is_none_or(u8::is_ascii_whitespace)
            })
            .count();
        in_front + indicators < MAX_OPEN_BLOCKS
    })
}

/// The places in a text whose first line is `first_line` of its file, as far as they can be had.
pub(super) fn places(text: &str, first_line: u32) -> Option<Place> {
    if !is_safe_to_parse(text) {
        return None;
    }
    let mut parser = Parser::new();
    parser
        .set_language(&tree_sitter_yaml::LANGUAGE.into())
        .ok()?;
    let tree = parser.parse(text, None)?;
    let reader = PlaceReader { text, first_line };
    let document = named(tree.root_node())
        .into_iter()
        .find(|node| node.kind() == "document")?;
    let content = named(document).into_iter().find(|node| is_node(*node))?;
    Some(reader.place(content, 0))
}

struct PlaceReader<'a> {
    text: &'a str,
    first_line: u32,
}

impl PlaceReader<'_> {
    fn place(&self, node: Node<'_>, depth: usize) -> Place {
        let mut place = Place::leaf(self.position(node));
        if depth > MAX_DEPTH {
            return place;
        }
        let Some(content) = content(node) else {
            return place;
        };
        for child in named(content) {
            match child.kind() {
                "block_mapping_pair" | "flow_pair" => {
                    if let Some(entry) = self.entry(child, depth) {
                        place.inside.push(entry);
                    }
                }
                "block_sequence_item" => {
                    let item = named(child).into_iter().find(|node| is_node(*node));
                    let inner = item.map_or_else(
                        || Place::leaf(self.position(child)),
                        |node| self.place(node, depth + 1),
                    );
                    place.inside.push((None, inner));
                }
                "flow_node" if content.kind() == "flow_sequence" => {
                    place.inside.push((None, self.place(child, depth + 1)));
                }
                // A key alone, as in `{a, b}`.
                "flow_node" if content.kind() == "flow_mapping" => {
                    let key = Place::leaf(self.position(child));
                    place.inside.push((Some(self.name(child)), key));
                }
                _ => {}
            }
        }
        place
    }

    fn entry(&self, pair: Node<'_>, depth: usize) -> Option<(Option<String>, Place)> {
        let key = pair.child_by_field_name("key")?;
        let at = self.position(key);
        let mut place = match pair.child_by_field_name("value") {
            Some(value) => self.place(value, depth + 1),
            None => Place::leaf(at),
        };
        place.key = at;
        Some((Some(self.name(key)), place))
    }

    /// The key as `serde_yaml` reads it, as far as keys of ours are written.
    fn name(&self, key: Node<'_>) -> String {
        let scalar = content(key).unwrap_or(key);
        let raw = self.text.get(scalar.byte_range()).unwrap_or_default();
        match scalar.kind() {
            "single_quote_scalar" => raw.trim_matches('\'').replace("''", "'"),
            "double_quote_scalar" => raw.trim_matches('"').to_owned(),
            _ => raw.to_owned(),
        }
    }

    fn position(&self, node: Node<'_>) -> Position {
        // A block's node may start before the line break in front of its first key.
        let node = content(node).unwrap_or(node);
        let start = node.start_position();
        let line_start = node.start_byte() - start.column;
        let before = self.text.get(line_start..node.start_byte());
        // Counting characters from the start of an endless line, node by node, would not end.
        let column = match before.filter(|text| text.len() <= MAX_COUNTED) {
            Some(text) => text.chars().count(),
            None => start.column,
        };
        Position {
            line: line_in_file(start.row, self.first_line),
            column: number(column + 1),
        }
    }
}

fn named(node: Node<'_>) -> Vec<Node<'_>> {
    node.named_children(&mut node.walk()).collect()
}

fn is_node(node: Node<'_>) -> bool {
    matches!(node.kind(), "block_node" | "flow_node")
}

/// What a node holds beside its tag and its anchor.
fn content(node: Node<'_>) -> Option<Node<'_>> {
    named(node)
        .into_iter()
        .find(|child| !matches!(child.kind(), "anchor" | "tag" | "comment"))
        .filter(|_| is_node(node))
}

pub(super) fn line_in_file(line_from_zero: usize, first_line: u32) -> u32 {
    number(line_from_zero).saturating_add(first_line)
}

pub(super) fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_that_the_grammar_cannot_hold_are_kept_from_it() {
        let stairs: String = (0..400)
            .map(|level| format!("{}k:\n", " ".repeat(level)))
            .collect();
        assert!(places(&stairs, 1).is_none());
        assert!(places(&"- ".repeat(400), 1).is_none());
        assert!(places(&"? ".repeat(400), 1).is_none());
        let deep: String = (0..240)
            .map(|level| format!("{}k:\n", " ".repeat(level)))
            .collect();
        assert!(places(&deep, 1).is_some());
        // Quoted text is no block, but what a broken tree makes of it must not be one either.
        let hidden = format!("a: \"{}\"", stairs.replace("k:", "k"));
        assert!(places(&hidden, 1).is_none());
    }
}
