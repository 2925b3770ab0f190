//! YAML with a place for every key and value, within memory linear in the text.
//!
//! `serde_yaml` decides what the text says, but tells places only in its errors. The syntax tree
//! tells them for everything else, and is asked only about text that `serde_yaml` has accepted.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_yaml::{Mapping, Value};

use super::diagnostics::{Diagnostics, Position, shown};
use super::place::{Place, line_in_file, number, places};

/// The longest file that is read, in bytes.
pub(crate) const MAX_BYTES: usize = 256 * 1024;

/// The most lines that are read; the grammar's scanner counts them in 16 bits with a sign.
const MAX_LINES: usize = 30_000;

/// The most brackets that may be open at once.
pub(super) const MAX_DEPTH: usize = 64;

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
    // For YAML it ends a line, for editors it does not: no place could be told.
    if text.replace("\r\n", "").contains('\r') {
        return Err("a line ends with a carriage return alone; end it with a line feed".to_owned());
    }
    if text.lines().nth(MAX_LINES).is_some() {
        return Err(format!("the file has more than {MAX_LINES} lines"));
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
    fn places_are_right_in_the_longest_files() {
        let text: String = (0..MAX_LINES).map(|key| format!("{key}:\n")).collect();
        let (_, places) = read_ok(&text);
        assert_eq!(at(places.entry("29999").key), (30_000, 1));
        assert!(problems(&format!("{text}x:\n"))[0].contains("more than 30000 lines"));
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
                "-\r!",
                "1:1: a line ends with a carriage return alone; end it with a line feed",
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
