//! Text in Markdown that stays text.

/// Running text on one line that starts a block or follows one of our own words: no markup, no
/// HTML, no link, no mention and no reference comes out of it.
pub(in crate::render) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() * 2);
    let mut before = None;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let after = characters.peek().copied();
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            // GitHub looks for mentions and references after it has read the Markdown, so that
            // only a character in between keeps them apart.
            '@' => safe.push_str("@&#8203;"),
            '#' if after.is_some_and(|next| next.is_ascii_digit()) => safe.push_str("\\#&#8203;"),
            ':' if after == Some('/') => safe.push_str("\\:&#8203;"),
            // The one form of a dollar sign that no reader takes for the start of a formula.
            '$' => safe.push_str("<span>\\$</span>"),
            _ if is_markup(before, character, after) => {
                safe.push('\\');
                safe.push(character);
            }
            _ => safe.push(character),
        }
        before = Some(character);
    }
    safe
}

/// Whether Markdown could read the character as more than itself.
fn is_markup(before: Option<char>, character: char, after: Option<char>) -> bool {
    let after_digit = before.is_some_and(|one| one.is_ascii_digit());
    match character {
        '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '!' | '#' => true,
        '.' => after_digit || after.is_some_and(|next| !next.is_whitespace()),
        ')' => after_digit,
        '-' | '+' | '=' | ':' => before.is_none(),
        _ => false,
    }
}

/// Code within a line. Empty code is an empty text.
pub(in crate::render) fn code(text: &str) -> String {
    let text = text.replace('\n', " ");
    if text.trim().is_empty() {
        return String::new();
    }
    let ticks = "`".repeat(longest_run(&text) + 1);
    let edge = |character: char| character == '`' || character == ' ';
    let pad = if text.starts_with(edge) || text.ends_with(edge) {
        " "
    } else {
        ""
    };
    format!("{ticks}{pad}{text}{pad}{ticks}")
}

/// A block of code in a language.
pub(in crate::render) fn fence(language: &str, text: &str) -> String {
    let ticks = "`".repeat((longest_run(text) + 1).max(3));
    format!("{ticks}{language}\n{text}\n{ticks}\n")
}

fn longest_run(text: &str) -> usize {
    let runs = text.split(|character| character != '`');
    runs.map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{code, escape, fence};

    #[test]
    fn sentences_stay_readable() {
        let text = "One customer can open another's order (number 7). Look it up; it is safe.";
        assert_eq!(escape(text), text.replace("7)", "7\\)"));
    }

    #[test]
    fn markup_is_text() {
        assert_eq!(
            escape("[a](b) *c* `d` <e>"),
            r"\[a\](b) \*c\* \`d\` &lt;e&gt;"
        );
        assert_eq!(escape("1. a"), r"1\. a");
        assert_eq!(escape("- a"), r"\- a");
        assert_eq!(escape("a.b_c"), r"a\.b\_c");
    }

    #[test]
    fn nobody_is_called() {
        assert_eq!(
            escape("@a #1 http://b"),
            r"@&#8203;a \#&#8203;1 http\:&#8203;//b"
        );
    }

    #[test]
    fn code_with_backticks_ends_where_it_should() {
        assert_eq!(code("a``b"), "```a``b```");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(fence("diff", "- ```"), "````diff\n- ```\n````\n");
    }
}
