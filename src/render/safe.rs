//! Makes text from a change safe to show: everything in it may be hostile.

/// The text with every character escaped that a reader could not see, or that a terminal would
/// obey: control characters, escape sequences, direction marks, zero-width characters.
pub fn visible(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if is_hidden(character) {
            safe.extend(character.escape_default());
        } else {
            safe.push(character);
        }
    }
    safe
}

/// Running text on one line: white space becomes single spaces, the rest is [`visible`].
pub fn prose(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    visible(&words.join(" "))
}

/// JSON with every hidden character in its `\u` form, which means the same to a parser and
/// does no harm on a terminal.
pub(super) fn json(document: &str) -> String {
    let mut safe = String::with_capacity(document.len());
    for character in document.chars() {
        if character == '\n' || !is_hidden(character) {
            safe.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                safe.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    safe
}

/// Whether a character shows nothing of itself, or changes how others show.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' // soft hyphen
                | '\u{34f}' // grapheme joiner
                | '\u{61c}' // Arabic letter mark
                | '\u{115f}'..='\u{1160}' // Hangul fillers
                | '\u{17b4}'..='\u{17b5}' // Khmer inherent vowels
                | '\u{180b}'..='\u{180f}' // Mongolian selectors and separator
                | '\u{200b}'..='\u{200f}' // zero width, direction marks
                | '\u{2028}'..='\u{202e}' // line separators, direction overrides
                | '\u{2060}'..='\u{206f}' // joiners, direction isolates
                | '\u{3164}' // Hangul filler
                | '\u{fe00}'..='\u{fe0f}' // variation selectors
                | '\u{feff}' // byte order mark
                | '\u{ffa0}' // Hangul filler
                | '\u{fff0}'..='\u{fffb}' // annotations
                | '\u{1bca0}'..='\u{1bca3}' // shorthand controls
                | '\u{1d173}'..='\u{1d17a}' // musical controls
                | '\u{e0000}'..='\u{e0fff}' // tags, more variation selectors
        )
}

#[cfg(test)]
mod tests {
    use super::{json, prose, visible};

    #[test]
    fn what_a_terminal_obeys_is_spelled_out() {
        assert_eq!(
            visible("a\u{1b}[31mb\rc\u{9b}d\u{7f}"),
            r"a\u{1b}[31mb\rc\u{9b}d\u{7f}"
        );
    }

    #[test]
    fn what_a_reader_cannot_see_is_spelled_out() {
        assert_eq!(
            visible("a\u{202e}b\u{200b}c\u{e0041}"),
            r"a\u{202e}b\u{200b}c\u{e0041}"
        );
    }

    #[test]
    fn letters_of_every_script_stay() {
        let text = "Überweisung 支払い платёж é";
        assert_eq!(visible(text), text);
    }

    #[test]
    fn prose_is_one_line() {
        assert_eq!(
            prose(" Two\n lines,\tone\u{2028}text. "),
            "Two lines, one text."
        );
    }

    #[test]
    fn json_keeps_its_meaning() {
        let value = serde_json::json!({ "path": "a\u{202e}\u{9b}\u{e0041}\u{7f}b" });
        let safe = json(&serde_json::to_string_pretty(&value).unwrap());
        assert!(safe.is_ascii());
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&safe).unwrap(),
            value
        );
    }
}
