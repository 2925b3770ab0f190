//! YAML with a place for every key and value, within memory linear in the text.
//!
//! `serde_yaml` decides what the text says, but tells places only in its errors. The syntax tree
//! tells them for everything else, and is asked only about text that `serde_yaml` has accepted.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_yaml::{Mapping, Value};
use tree_sitter::{Node, Parser};

use super::diagnostics::{Diagnostics, Position, shown};

/// The longest file that is read, in bytes.
pub(crate) const MAX_BYTES: usize = 256 * 1024;

/// The most brackets that may be open at once.
const MAX_DEPTH: usize = 64;

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
    fn leaf(at: Position) -> Self {
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

    fn report_duplicates(&self, found: &mut Diagnostics) {
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

/// Reads a text whose first line is `first_line` of its file. Of a key that is written twice the
/// first stays, and the second is reported. Nothing is returned where there is no value to go on
/// with; why is then in `found`.
pub(crate) fn read(text: &str, first_line: u32, found: &mut Diagnostics) -> Option<(Value, Place)> {
    let start = Position {
        line: first_line,
        column: 1,
    };
    if let Err(problem) = check_bounds(text) {
        found.push(start, problem);
        return None;
    }
    let bounds = Bounds {
        // Without aliases, no value is larger than the text that it is written in.
        budget: Cell::new(4 * text.len() + 1024),
        duplicates: Cell::new(false),
    };
    match Bounded(&bounds).deserialize(serde_yaml::Deserializer::from_str(text)) {
        Ok(value) => {
            let places = places(text, first_line).unwrap_or(Place::leaf(start));
            if bounds.duplicates.get() {
                places.report_duplicates(found);
                if found.is_empty() {
                    found.push(start, "a key is written twice");
                }
            }
            Some((value, places))
        }
        Err(error) => {
            let at = error.location().map_or(start, |location| Position {
                line: line_in_file(location.line().saturating_sub(1), first_line),
                column: number(location.column()),
            });
            let full = error.to_string();
            // What follows is the place again, and the place where its surroundings began.
            let said = full.split(" at line ").next().unwrap_or_default();
            let message = format!("this is not readable as YAML: {}", shown(said));
            found.add(at, message, hint_for(said, text));
            None
        }
    }
}

fn hint_for(said: &str, text: &str) -> Option<String> {
    let hint = if said.contains("alphabetic or numeric character") || said.contains("anchor") {
        "put quotes around a text that starts with `*` or `&`"
    } else if said.contains("character that cannot start any token") {
        "indent with spaces, and put quotes around a text that starts with `@`, `%` or a backtick"
    } else if said.contains("mapping values are not allowed") {
        "put quotes around a text that contains `: `"
    } else if said.contains("more than one document") && text.contains("---") {
        "remove the line `---` between the documents"
    } else {
        return None;
    };
    Some(hint.to_owned())
}

/// The parser's time grows with text times open brackets; both are bounded before it is asked.
fn check_bounds(text: &str) -> Result<(), String> {
    if text.len() > MAX_BYTES {
        return Err(format!("the file is larger than {} KB", MAX_BYTES / 1024));
    }
    let mut open: usize = 0;
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        if open > MAX_DEPTH {
            return Err(format!("more than {MAX_DEPTH} brackets are open at once"));
        }
    }
    Ok(())
}

/// What reading may still cost, and what it met.
struct Bounds {
    budget: Cell<usize>,
    duplicates: Cell<bool>,
}

impl Bounds {
    /// Counts a value of so many bytes; aliases cannot make a short text large in memory.
    fn charge<E: Error>(&self, bytes: usize) -> Result<(), E> {
        let left = self.budget.get().checked_sub(bytes + 1);
        self.budget.set(
            left.ok_or_else(|| E::custom("its aliases make it much larger than it is written"))?,
        );
        Ok(())
    }
}

/// Reads any value within its bounds.
#[derive(Clone, Copy)]
struct Bounded<'a>(&'a Bounds);

impl<'de> DeserializeSeed<'de> for Bounded<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Bounded<'_> {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a plain value without a tag")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        self.0.charge(1)?;
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        self.0.charge(1)?;
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        self.0.charge(1)?;
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        self.0.charge(1)?;
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        self.0.charge(value.len())?;
        Ok(value.into())
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        self.0.charge(1)?;
        Ok(Value::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Value, E> {
        self.visit_unit()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        self.0.charge(1)?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(Value::Sequence(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        self.0.charge(1)?;
        let mut mapping = Mapping::new();
        while let Some(key) = entries.next_key_seed(self)? {
            let value = entries.next_value_seed(self)?;
            if mapping.contains_key(&key) {
                self.0.duplicates.set(true);
            } else {
                mapping.insert(key, value);
            }
        }
        Ok(Value::Mapping(mapping))
    }
}

fn places(text: &str, first_line: u32) -> Option<Place> {
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

fn line_in_file(line_from_zero: usize, first_line: u32) -> u32 {
    number(line_from_zero).saturating_add(first_line)
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_ok(text: &str) -> (Value, Place) {
        let mut found = Diagnostics::default();
        let read = read(text, 1, &mut found);
        found.finish(()).unwrap();
        read.unwrap()
    }

    fn problems(text: &str) -> Vec<String> {
        let mut found = Diagnostics::default();
        let _ = read(text, 1, &mut found);
        let diagnostics = found.finish(()).unwrap_err();
        diagnostics.iter().map(ToString::to_string).collect()
    }

    fn at(position: Position) -> (u32, u32) {
        (position.line, position.column)
    }

    #[test]
    fn keys_and_values_have_places_in_block_and_flow_style() {
        let (_, places) = read_ok("é: {x: y, 'z z': [1, 2]}\nlist:\n  - one\n  - a: b\n    c:\n");
        assert_eq!(at(places.entry("é").entry("x").value), (1, 8));
        assert_eq!(at(places.entry("é").entry("z z").item(1).value), (1, 22));
        assert_eq!(at(places.entry("list").item(0).value), (3, 5));
        assert_eq!(at(places.entry("list").item(1).entry("c").key), (5, 5));
        assert_eq!(at(places.entry("list").entry("no such").key), (2, 1));
    }

    #[test]
    fn an_empty_file_is_no_mistake() {
        for text in ["", "# nothing yet\n", "---\n"] {
            assert_eq!(read_ok(text).0, Value::Null);
        }
    }

    #[test]
    fn every_duplicate_is_reported_and_the_first_is_kept() {
        assert_eq!(
            problems("a: 1\n\"a\": 2\nb:\n  - c: 1\n    c: 2\nd: {e, e}\n"),
            [
                "2:1: `a` is written twice (keep one of them)".to_owned(),
                "5:5: `c` is written twice (keep one of them)".to_owned(),
                "6:8: `e` is written twice (keep one of them)".to_owned(),
            ]
        );
    }

    #[test]
    fn broken_yaml_is_located_and_explained() {
        for (text, expected) in [
            (
                "a: [*.x]\n",
                "1:6: this is not readable as YAML: did not find expected alphabetic or numeric character (put quotes around a text that starts with `*` or `&`)",
            ),
            (
                "a:\n\t- b\n",
                "2:1: this is not readable as YAML: found character that cannot start any token (indent with spaces, and put quotes around a text that starts with `@`, `%` or a backtick)",
            ),
            (
                "---\na: 1\n---\nb: 2\n",
                "1:1: this is not readable as YAML: deserializing from YAML containing more than one document is not supported (remove the line `---` between the documents)",
            ),
            (
                "a: !x y\n",
                "1:4: this is not readable as YAML: a: invalid type: enum, expected a plain value without a tag",
            ),
        ] {
            assert_eq!(problems(text), [expected]);
        }
    }

    #[test]
    fn aliases_are_read_but_cannot_blow_up() {
        let (value, _) = read_ok("a: &x [1]\nb: *x\n");
        assert_eq!(value["b"], value["a"]);

        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let row = vec![format!("*a{}", level - 1); 8].join(", ");
            bomb.push_str(&format!("a{level}: &a{level} [{row}]\n"));
        }
        assert!(problems(&bomb)[0].contains("aliases"));
    }

    #[test]
    fn size_and_nesting_are_bounded() {
        assert!(problems(&"#".repeat(MAX_BYTES + 1))[0].contains("larger than 256 KB"));
        assert!(problems(&"[".repeat(100_000))[0].contains("brackets"));
        assert!(problems(&"- ".repeat(100_000))[0].contains("recursion limit"));
    }
}
