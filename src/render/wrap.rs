//! Lines of a width, counted in the columns that a terminal gives to each character.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Breaks running text into lines of at most `columns`, between words where there is a choice.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        if !line.is_empty() && line.width() + 1 + word.width() <= columns {
            line.push(' ');
            line.push_str(word);
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for character in word.chars() {
            if !line.is_empty() && line.width() + character.width().unwrap_or(0) > columns {
                lines.push(std::mem::take(&mut line));
            }
            line.push(character);
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// The text cut to so many columns, with `…` as the last where something was left out.
pub(super) fn clip(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut short = String::new();
    let mut used = 1;
    for character in text.chars() {
        used += character.width().unwrap_or(0);
        if used > columns {
            break;
        }
        short.push(character);
    }
    format!("{}…", short.trim_end())
}

#[cfg(test)]
mod tests {
    use super::{clip, wrap};

    #[test]
    fn words_stay_whole_where_they_fit() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
    }

    #[test]
    fn a_word_wider_than_the_line_is_broken() {
        assert_eq!(wrap("a bcdefgh i", 3), ["a", "bcd", "efg", "h i"]);
    }

    #[test]
    fn wide_characters_count_twice() {
        assert_eq!(wrap("支払い支払い", 6), ["支払い", "支払い"]);
        assert_eq!(clip("支払い支払い", 6), "支払…");
    }

    #[test]
    fn a_cut_never_ends_in_a_space() {
        assert_eq!(clip("one two", 5), "one…");
    }
}
