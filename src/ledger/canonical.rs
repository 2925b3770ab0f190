use serde_json::Value;

/// JSON in the one form that is hashed: keys in the order of their bytes, no white space.
pub fn canonical(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Object(entries) => {
            let mut keys: Vec<&String> = entries.keys().collect();
            keys.sort_unstable();
            out.push('{');
            for (at, key) in keys.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                write(&entries[key], out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        plain => out.push_str(&plain.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_keys_and_white_space_do_not_count() {
        let [one, other]: [Value; 2] = [
            r#"{ "b": [1, {"d": null, "c": "\u00e9\n"}], "a": true }"#,
            r#"{"a":true,"b":[1,{"c":"é\n","d":null}]}"#,
        ]
        .map(|text| serde_json::from_str(text).unwrap());
        assert_eq!(canonical(&one), canonical(&other));
        assert_eq!(
            canonical(&one),
            r#"{"a":true,"b":[1,{"c":"é\n","d":null}]}"#
        );
    }
}
