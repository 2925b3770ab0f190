//! Lines on a terminal: wrapped, indented and coloured as it takes them.

use owo_colors::{OwoColorize, Style as Ink};

use super::limits;
use super::text::Style;
use super::wrap;

/// The text so far, and how to go on.
pub(super) struct Page {
    pub(super) style: Style,
    pub(super) text: String,
}

impl Page {
    pub(super) fn new(style: Style) -> Self {
        let width = style.width.max(limits::MIN_COLUMNS);
        Self {
            style: Style { width, ..style },
            text: String::new(),
        }
    }

    /// The columns of running text: a width that is good to read.
    pub(super) fn columns(&self, indent: usize) -> usize {
        self.style.width.min(limits::PROSE_COLUMNS) - indent
    }

    /// Running text, wrapped to a width that is good to read.
    pub(super) fn prose(&mut self, indent: usize, text: &str, ink: Ink) {
        for line in wrap::wrap(text, self.columns(indent)) {
            self.line(indent, &line, ink);
        }
    }

    /// One line as it is.
    pub(super) fn line(&mut self, indent: usize, text: &str, ink: Ink) {
        self.text.extend(std::iter::repeat_n(' ', indent));
        self.paint(text, ink);
        self.blank();
    }

    /// The end of a line.
    pub(super) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// A piece of a line.
    pub(super) fn paint(&mut self, text: &str, ink: Ink) {
        match self.style.color && !ink.is_plain() {
            true => self.text.push_str(&text.style(ink).to_string()),
            false => self.text.push_str(text),
        }
    }
}

/// Markdown of our own pages: headings, paragraphs, lists and code.
impl Page {
    /// The Markdown as a terminal shows it.
    pub(super) fn markdown(&mut self, source: &str) {
        let mut paragraph = String::new();
        let mut in_code = false;
        for line in source.lines() {
            let fence = line.starts_with("```");
            let item = line.starts_with("- ");
            if in_code && !fence {
                self.line(4, line, Ink::new().dimmed());
                continue;
            }
            if fence || item || line.is_empty() || line.starts_with('#') {
                self.paragraph(&mut paragraph);
            }
            if fence {
                in_code = !in_code;
                if in_code {
                    self.gap();
                }
            } else if line.starts_with('#') {
                self.gap();
                self.line(2, line.trim_start_matches('#').trim(), Ink::new().bold());
            } else if line.is_empty() {
                self.gap();
            } else {
                paragraph.push_str(line.trim());
                paragraph.push(' ');
            }
        }
        self.paragraph(&mut paragraph);
    }

    fn paragraph(&mut self, text: &mut String) {
        let (sign, rest) = match text.strip_prefix("- ") {
            Some(item) => ("  - ", item),
            None => ("  ", text.as_str()),
        };
        for (number, line) in wrap::wrap(rest, self.columns(sign.len()))
            .iter()
            .enumerate()
        {
            let indent = if number == 0 {
                sign
            } else {
                &"    "[..sign.len()]
            };
            self.line(0, &format!("{indent}{line}"), Ink::new());
        }
        text.clear();
    }

    /// One empty line, however often it is asked for.
    fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.blank();
        }
    }

    /// A name in a column as wide as `columns.1`, and its text beside it or, where that leaves
    /// less than `least` columns, under it.
    pub(super) fn row(&mut self, indent: usize, name: (&str, usize), text: &str, least: usize) {
        let (name, names) = name;
        let beside = indent + names + 2;
        if beside + least > self.style.width {
            self.line(indent, name, Ink::new());
            self.prose(indent + 2, text, Ink::new().dimmed());
            return;
        }
        for (number, line) in wrap::wrap(text, self.style.width - beside)
            .iter()
            .enumerate()
        {
            let name = if number == 0 { name } else { "" };
            self.text.extend(std::iter::repeat_n(' ', indent));
            self.text.push_str(&format!("{name:names$}  "));
            self.line(0, line, Ink::new().dimmed());
        }
    }
}
