//! Holds a value against the JSON Schema of its type, and names every misfit with its place.
//!
//! The schema is the one that editors get, made from the types that read the file; so the binary
//! and an editor cannot disagree.

use serde_json::Value as Schema;
use serde_yaml::{Mapping, Value};

use super::diagnostics::{Diagnostics, name_hint, nearest, shown};
use super::place::Place;

/// Reports what does not fit, and takes it out, so that the rest can still be read and judged.
/// Returns whether the value itself fits.
pub(crate) fn fit(
    value: &mut Value,
    place: &mut Place,
    schema: &Schema,
    found: &mut Diagnostics,
) -> bool {
    let mut fitting = Fitting {
        root: schema,
        path: Vec::new(),
        found,
    };
    fitting.fit(value, place, schema)
}

struct Fitting<'a> {
    root: &'a Schema,
    /// The keys that lead here; none for an entry of a list.
    path: Vec<Option<String>>,
    found: &'a mut Diagnostics,
}

impl<'a> Fitting<'a> {
    fn fit(&mut self, value: &mut Value, place: &mut Place, schema: &'a Schema) -> bool {
        let (schema, or_null) = self.resolve(schema);
        if value.is_null() && (or_null || names_type(schema, "null")) {
            return true;
        }
        let words = words_of(schema);
        if !words.is_empty() {
            return self.fit_word(value, place, &words);
        }
        match value {
            Value::Mapping(_) if names_type(schema, "object") => {
                self.fit_mapping(value, place, schema)
            }
            Value::Sequence(items) if names_type(schema, "array") => {
                let mut kept = Vec::with_capacity(items.len());
                self.path.push(None);
                items.retain_mut(|item| {
                    let fits =
                        place.visit_item(kept.len(), |at| self.fit(item, at, &schema["items"]));
                    kept.push(fits);
                    fits
                });
                place.keep_items(&kept);
                self.path.pop();
                true
            }
            Value::String(_) if names_type(schema, "string") => true,
            Value::Bool(_) if names_type(schema, "boolean") => true,
            Value::Number(number) if names_type(schema, "integer") && number.is_u64() => true,
            _ => {
                self.report_type(value, place, schema);
                false
            }
        }
    }

    /// Follows references, and says whether nothing at all may stand here too.
    fn resolve(&self, schema: &'a Schema) -> (&'a Schema, bool) {
        if let Some(name) = schema["$ref"].as_str() {
            let pointer = name.trim_start_matches('#');
            return self
                .root
                .pointer(pointer)
                .map_or((schema, false), |target| self.resolve(target));
        }
        let Some(options) = schema["anyOf"].as_array() else {
            return (schema, false);
        };
        options
            .iter()
            .find(|option| !names_type(option, "null"))
            .map_or((schema, false), |option| (self.resolve(option).0, true))
    }

    fn fit_word(&mut self, value: &Value, place: &Place, words: &[&str]) -> bool {
        if value.as_str().is_some_and(|word| words.contains(&word)) {
            return true;
        }
        let (written, hint) = match value.as_str() {
            Some(word) => {
                let hint = nearest(word, words.iter().copied());
                let hint = hint.map(|name| format!("did you mean `{name}`?"));
                (format!("`{}`", shown(word)), hint)
            }
            None => (describe(value).to_owned(), None),
        };
        let message = format!("{} is {written}; it can be {}", self.label(), either(words));
        self.found.add(place.value, message, hint);
        false
    }

    /// A mapping whose keys are names that the project chose.
    fn fit_names(&mut self, mapping: &mut Mapping, place: &mut Place, schema: &'a Schema) -> bool {
        if !schema.is_object() {
            return true;
        }
        mapping.retain(|key, inner| {
            let Some(name) = key.as_str() else {
                self.report_key(key, place, &[]);
                return false;
            };
            self.path.push(Some(name.to_owned()));
            let fits = place.visit_entry(name, |at| self.fit(inner, at, schema));
            self.path.pop();
            fits
        });
        true
    }

    fn fit_mapping(&mut self, value: &mut Value, place: &mut Place, schema: &'a Schema) -> bool {
        let Value::Mapping(mapping) = value else {
            return false;
        };
        let Some(properties) = schema["properties"].as_object() else {
            return self.fit_names(mapping, place, &schema["additionalProperties"]);
        };
        let known: Vec<&str> = properties.keys().map(String::as_str).collect();
        let required = schema["required"].as_array().into_iter().flatten();
        let mut fits = true;
        for name in required.filter_map(Schema::as_str) {
            if !mapping.contains_key(name) {
                let message = format!("{} has no `{name}`", self.label());
                self.found.push(place.value, message);
                fits = false;
            }
        }
        mapping.retain(|key, inner| {
            let Some((name, schema)) = key
                .as_str()
                .and_then(|name| Some((name, properties.get(name)?)))
            else {
                self.report_key(key, place, &known);
                return false;
            };
            self.path.push(Some(name.to_owned()));
            let inner_fits = place.visit_entry(name, |at| self.fit(inner, at, schema));
            self.path.pop();
            inner_fits
        });
        // What a required key held was reported where it stands, and is gone.
        let required = schema["required"].as_array().into_iter().flatten();
        fits && required
            .filter_map(Schema::as_str)
            .all(|name| mapping.contains_key(name))
    }

    fn report_key(&mut self, key: &Value, place: &Place, known: &[&str]) {
        if self.found.is_full() {
            return;
        }
        let Some(name) = key.as_str() else {
            let message = format!("a key is {}; keys are words", describe(key));
            self.found.push(place.value, message);
            return;
        };
        let message = match self.path.is_empty() {
            true => format!("unknown key `{}`", shown(name)),
            false => format!("unknown key `{}` in {}", shown(name), self.label()),
        };
        let at = place.entry(name).key;
        self.found.add(at, message, name_hint(name, known));
    }

    fn report_type(&mut self, value: &Value, place: &Place, schema: &Schema) {
        let expected = ["object", "array", "string", "integer"]
            .into_iter()
            .find(|name| names_type(schema, name));
        let (wanted, hint) = match (expected, value) {
            (Some("object"), _) => ("keys with values", None),
            (Some("array"), Value::String(text)) if !text.contains(['"', '\\']) => (
                "a list",
                Some(format!("write it as a list: [\"{}\"]", shown(text))),
            ),
            (Some("array"), _) => ("a list", None),
            (Some("integer"), _) => ("a whole number", None),
            (_, Value::Number(_) | Value::Bool(_)) => {
                ("a text", Some("put quotes around it".to_owned()))
            }
            _ => ("a text", None),
        };
        let message = format!("{} is {}, not {wanted}", self.label(), describe(value));
        self.found.add(place.value, message, hint);
    }

    /// How a message names the value at hand.
    fn label(&self) -> String {
        let keys: Vec<&str> = self.path.iter().flatten().map(String::as_str).collect();
        match (self.path.last(), keys.is_empty()) {
            (_, true) => "the file".to_owned(),
            (Some(None), false) => format!("an entry of `{}`", keys.join(".")),
            _ => format!("`{}`", keys.join(".")),
        }
    }
}

fn names_type(schema: &Schema, name: &str) -> bool {
    match &schema["type"] {
        Schema::String(only) => only == name,
        Schema::Array(types) => types.iter().any(|one| one == name),
        _ => false,
    }
}

/// The words that may stand here, where the schema lists them.
fn words_of(schema: &Schema) -> Vec<&str> {
    let plain = schema["enum"].as_array().into_iter().flatten();
    let described = schema["oneOf"].as_array().into_iter().flatten();
    plain
        .filter_map(Schema::as_str)
        .chain(described.filter_map(|option| option["const"].as_str()))
        .collect()
}

fn describe(value: &Value) -> &'static str {
    match value {
        Value::Null => "empty",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Sequence(_) => "a list",
        Value::Mapping(_) | Value::Tagged(_) => "keys with values",
    }
}

/// `a, b or c`.
fn either(words: &[&str]) -> String {
    match words {
        [rest @ .., last] if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => words.concat(),
    }
}
