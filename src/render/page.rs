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
