//! Cuts a text into statements and measures each, so that no parser is handed more than it can bear.

mod block;

use super::{Operation, Parsed, plain};
use std::ops::Range;

/// The longest statement that a parser is given, in bytes.
const BYTES: usize = 64 * 1024;
/// The most tokens.
const TOKENS: usize = 4_000;
/// The deepest nesting of parentheses and brackets.
const DEPTH: usize = 40;
/// The most words and signs that a parser may take as one more level without a parenthesis.
const LEVELS: usize = 300;
/// The most statements of one text.
const CHUNKS: usize = 20_000;

/// One statement of a text.
#[derive(Debug, Clone)]
pub(super) struct Chunk {
    pub(super) span: Range<usize>,
    pub(super) line: u32,
    pub(super) end_line: u32,
    pub(super) down: bool,
    words: Vec<String>,
    bounded: bool,
}

/// What the first words of a statement say.
pub(super) enum Head {
    /// Nothing that a fact is made of.
    Nothing,
    /// All there is to know.
    Known(Parsed),
    /// It must be parsed.
    Parse,
    /// It should be parsed and is beyond the bounds.
    Unbounded,
}

impl Chunk {
    /// What the first words say.
    pub(super) fn head(&self, code: &str) -> Head {
        let word = |index: usize| self.words.get(index).map_or("", String::as_str);
        if let "grant" | "revoke" | "create" | "alter" | "drop" | "disable" | "enable" = word(0)
            && let Some(parsed) = plain::read(code)
        {
            return Head::Known(parsed);
        }
        let parse = match word(0) {
            "insert" | "replace" => {
                let at = self.words.iter().position(|it| it == "into");
                let table = at.map_or("", |at| word(at + 1));
                return Head::Known(Parsed::new(Operation::Insert, table, ""));
            }
            "create" => {
                let kind = self.words.iter().take(5).find(|it| {
                    matches!(
                        it.as_str(),
                        "table"
                            | "index"
                            | "policy"
                            | "view"
                            | "function"
                            | "trigger"
                            | "procedure"
                    )
                });
                matches!(kind.map(String::as_str), Some("table" | "index" | "policy"))
            }
            "alter" => matches!(word(1), "table" | "policy" | "foreign"),
            "drop" => matches!(
                word(1),
                "table" | "index" | "policy" | "schema" | "database"
            ),
            "rename" => word(1) == "table",
            "truncate" | "delete" | "update" | "with" | "select" => true,
            _ => false,
        };
        match (parse, self.bounded) {
            (false, _) => Head::Nothing,
            (true, true) => Head::Parse,
            (true, false) if word(0) == "create" && word(1) == "table" => {
                let name = code
                    .split('(')
                    .next()
                    .and_then(|head| head.split_whitespace().last())
                    .unwrap_or_default();
                Head::Known(Parsed::new(Operation::CreateTable, name, ""))
            }
            (true, false) => Head::Unbounded,
        }
    }
}

/// The statements of a text.
pub(super) fn chunks(text: &str) -> Vec<Chunk> {
    let mut cutter = Cutter::new(text);
    cutter.cut();
    cutter.chunks
}

struct Cutter<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    line: u32,
    down: bool,
    delimiter: Option<&'a str>,
    backslash: bool,
    chunks: Vec<Chunk>,
    start: Option<(usize, u32)>,
    end: (usize, u32),
    words: Vec<String>,
    tokens: usize,
    depth: usize,
    deepest: usize,
    levels: usize,
    block: usize,
    /// Whether `DO` blocks are opened; a block in a block is not.
    opens: bool,
}

impl<'a> Cutter<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            at: 0,
            line: 1,
            down: false,
            delimiter: None,
            // Only MySQL quotes names with backticks, and only it escapes with backslashes.
            backslash: text.contains('`'),
            chunks: Vec::new(),
            start: None,
            end: (0, 1),
            words: Vec::new(),
            tokens: 0,
            depth: 0,
            deepest: 0,
            levels: 0,
            block: 0,
            opens: true,
        }
    }

    fn cut(&mut self) {
        while self.at < self.bytes.len() && self.chunks.len() < CHUNKS {
            if self.start.is_none() && self.at_line_start() && self.take_line_command() {
                continue;
            }
            if let Some(delimiter) = self.delimiter
                && self.text[self.at..].starts_with(delimiter)
            {
                self.at += delimiter.len();
                self.finish();
                continue;
            }
            let byte = self.bytes[self.at];
            match byte {
                b'\n' => {
                    self.line += 1;
                    self.at += 1;
                    if self.rest_of_line().trim().eq_ignore_ascii_case("go") {
                        self.at += self.rest_of_line().len();
                        self.finish();
                    }
                }
                byte if byte.is_ascii_whitespace() => self.at += 1,
                b'-' if self.peek(1) == b'-' => self.take_comment(),
                b'#' if self.backslash || self.start.is_none() => self.take_comment(),
                b'/' if self.peek(1) == b'*' => self.take_block_comment(),
                b';' if self.delimiter.is_none() && self.block == 0 => {
                    self.at += 1;
                    let copies = self.words.first().is_some_and(|it| it == "copy")
                        && self.words.last().is_some_and(|it| it == "stdin");
                    self.finish();
                    if copies {
                        self.skip_copied_rows();
                    }
                }
                b'\'' | b'"' | b'`' => self.take_quoted(byte),
                b'$' => self.take_dollar(),
                byte if byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80 => {
                    self.take_word();
                }
                byte if byte.is_ascii_digit() => {
                    let from = self.at;
                    while self.peek(0).is_ascii_alphanumeric() {
                        self.at += 1;
                    }
                    self.token(from);
                }
                _ => self.take_sign(byte),
            }
        }
        self.finish();
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn at_line_start(&self) -> bool {
        self.at == 0 || self.bytes[self.at - 1] == b'\n'
    }

    fn rest_of_line(&self) -> &'a str {
        let rest = &self.text[self.at..];
        rest.split('\n').next().unwrap_or(rest)
    }

    /// Commands of a client that stand on a line of their own.
    fn take_line_command(&mut self) -> bool {
        let line = self.rest_of_line();
        let trimmed = line.trim();
        let first = trimmed.split_whitespace().next().unwrap_or_default();
        if first.eq_ignore_ascii_case("delimiter") {
            let delimiter = trimmed[first.len()..].trim();
            self.delimiter = (!delimiter.is_empty() && delimiter != ";").then_some(delimiter);
        } else if !first.starts_with('\\') {
            return false;
        }
        self.at += line.len();
        true
    }

    fn token(&mut self, from: usize) {
        if self.start.is_none() {
            let line = self.line - self.text[from..self.at].matches('\n').count() as u32;
            self.start = Some((from, line));
        }
        self.end = (self.at, self.line);
        self.tokens += 1;
    }

    fn take_comment(&mut self) {
        let line = self.rest_of_line();
        let mark = line
            .trim_start_matches(['-', '#', ' '])
            .trim()
            .to_ascii_lowercase();
        match mark.trim_end_matches([':', '.', ' ']) {
            "+goose down" | "+migrate down" | "migrate:down" | "@undo" | "down" | "rollback" => {
                self.finish();
                self.down = true;
            }
            "+goose up" | "+migrate up" | "migrate:up" | "up" => {
                self.finish();
                self.down = false;
            }
            // Drizzle's own separator.
            "> statement-breakpoint" => self.finish(),
            _ => {}
        }
        self.at += line.len();
    }

    fn take_block_comment(&mut self) {
        let end = self.text[self.at + 2..]
            .find("*/")
            .map_or(self.bytes.len(), |found| self.at + 2 + found + 2);
        self.skip_to(end);
    }

    fn skip_to(&mut self, end: usize) {
        self.line += self.text[self.at..end].matches('\n').count() as u32;
        self.at = end;
    }

    fn take_quoted(&mut self, quote: u8) {
        let from = self.at;
        let mut end = self.at + 1;
        while end < self.bytes.len() {
            match self.bytes[end] {
                b'\\' if self.backslash && quote != b'`' => end += 1,
                byte if byte == quote => {
                    if self.bytes.get(end + 1) == Some(&quote) {
                        end += 1;
                    } else {
                        break;
                    }
                }
                _ => {}
            }
            end += 1;
        }
        let mut end = (end + 1).min(self.bytes.len());
        while !self.text.is_char_boundary(end) {
            end += 1;
        }
        self.skip_to(end);
        self.token(from);
        if quote != b'\'' {
            self.push_word(self.text[from..end].to_owned());
        }
    }

    /// `$tag$ … $tag$`; a `DO` block is opened up, other bodies are skipped.
    fn take_dollar(&mut self) {
        let from = self.at;
        let tag_length = self.bytes[self.at + 1..]
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
            .count();
        let close = self.at + 1 + tag_length;
        if self.bytes.get(close) != Some(&b'$') {
            self.at += 1;
            self.token(from);
            return;
        }
        let tag = &self.text[self.at..=close];
        let body = close + 1;
        let Some(length) = self.text[body..].find(tag) else {
            self.skip_to(self.bytes.len());
            self.token(from);
            return;
        };
        let does = self.opens && self.words.first().is_some_and(|it| it == "do");
        let opened = self.line;
        self.skip_to(body + length + tag.len());
        self.token(from);
        if does {
            let inside = &self.text[body..body + length];
            let first_line = opened + self.text[from..body].matches('\n').count() as u32;
            self.chunks
                .extend(block::statements(inside, body, first_line, self.down));
        }
    }

    fn take_word(&mut self) {
        let from = self.at;
        while let byte = self.peek(0)
            && (byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80)
        {
            self.at += 1;
        }
        self.token(from);
        let word = self.text[from..self.at].to_ascii_lowercase();
        match word.as_str() {
            "not" | "select" | "array" | "union" | "except" | "intersect" | "exists" | "any"
            | "all" | "interval" | "join" | "with" => self.levels += 1,
            "case" => {
                self.levels += 1;
                if self.block > 0 {
                    self.block += 1;
                }
            }
            "begin" if self.holds_body() => self.block += 1,
            "end" if self.block > 0 => {
                // `END IF`, `END LOOP` and their like close what never was counted.
                let next = self.text[self.at..]
                    .split_whitespace()
                    .next()
                    .unwrap_or_default();
                let next = next.trim_end_matches(';').to_ascii_lowercase();
                if !matches!(next.as_str(), "if" | "loop" | "while" | "repeat") {
                    self.block -= 1;
                }
            }
            _ => {}
        }
        self.push_word(word);
    }

    fn push_word(&mut self, word: String) {
        if self.words.len() < 12 {
            self.words.push(word);
        } else if let Some(last) = self.words.last_mut() {
            *last = word;
        }
    }

    /// Whether the statement is one that holds statements.
    fn holds_body(&self) -> bool {
        self.words.first().is_some_and(|it| it == "create")
            && self
                .words
                .iter()
                .any(|it| matches!(it.as_str(), "trigger" | "procedure" | "function" | "event"))
    }

    fn take_sign(&mut self, byte: u8) {
        let from = self.at;
        self.at += 1;
        match byte {
            b'(' | b'[' | b'{' => {
                self.depth += 1;
                self.deepest = self.deepest.max(self.depth);
            }
            b')' | b']' | b'}' => self.depth = self.depth.saturating_sub(1),
            b'-' | b'+' | b'~' | b'!' | b'@' | b'^' | b'|' | b'&' | b'<' => self.levels += 1,
            b';' if self.start.is_none() => return,
            _ => {}
        }
        self.token(from);
    }

    fn skip_copied_rows(&mut self) {
        let end = self.text[self.at..]
            .find("\n\\.")
            .map_or(self.bytes.len(), |found| self.at + found + 3);
        self.skip_to(end);
    }

    fn finish(&mut self) {
        if let Some((start, line)) = self.start.take() {
            self.chunks.push(Chunk {
                span: start..self.end.0,
                line,
                end_line: self.end.1,
                down: self.down,
                words: std::mem::take(&mut self.words),
                bounded: self.end.0 - start <= BYTES
                    && self.tokens <= TOKENS
                    && self.deepest <= DEPTH
                    && self.levels <= LEVELS,
            });
        }
        self.words.clear();
        self.tokens = 0;
        self.depth = 0;
        self.deepest = 0;
        self.levels = 0;
        self.block = 0;
    }
}
