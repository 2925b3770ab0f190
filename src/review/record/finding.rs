//! What a check finds, before policy, incidents and overrides have had their say.

use crate::review::deltas::compare::FilePair;
use crate::review::record::Tier;

/// One place that a check has something to say about.
#[derive(Debug, Clone)]
pub struct Finding {
    /// Whether it speaks or is only recorded.
    pub tier: Tier,
    /// Whether it speaks on less than certain ground: a relaxed policy does not show it.
    pub hunch: bool,
    /// The path that is shown.
    pub path: String,
    /// The line on the head side, from 1.
    pub line: Option<u32>,
    /// The line on the base side, from 1.
    pub base_line: Option<u32>,
    /// The enclosing symbol.
    pub symbol: String,
    /// The code as it was.
    pub before: Option<String>,
    /// The code as it is.
    pub after: Option<String>,
    /// The fact in canonical form: it identifies the finding across pushes.
    pub fact: String,
    /// What was true before and is not now, and who could be hurt.
    pub concern: String,
    /// What to do.
    pub advice: String,
}

/// The longest snippet that a finding carries, in characters.
const SNIPPET: usize = 160;

impl Finding {
    /// A finding that speaks, about a symbol of a file.
    pub fn new(file: &FilePair<'_>, symbol: &str, fact: impl Into<String>) -> Self {
        Self {
            tier: Tier::Speaks,
            hunch: false,
            path: file.path.clone(),
            line: None,
            base_line: None,
            symbol: symbol.to_owned(),
            before: None,
            after: None,
            fact: fact.into(),
            concern: String::new(),
            advice: String::new(),
        }
    }

    /// Kept in the record only, unless `speaks`.
    pub fn speaks_if(mut self, speaks: bool) -> Self {
        if !speaks {
            self.tier = Tier::Recorded;
        }
        self
    }

    /// Speaks on less than certain ground.
    pub fn hunch(mut self) -> Self {
        self.hunch = true;
        self
    }

    /// Where and what it was.
    pub fn before(mut self, line: u32, code: &str) -> Self {
        self.base_line = Some(line);
        self.before = Some(snippet(code));
        self
    }

    /// Where and what it is.
    pub fn after(mut self, line: u32, code: &str) -> Self {
        self.line = Some(line);
        self.after = Some(snippet(code));
        self
    }

    /// The line on the head side to point at when the thing itself is gone.
    pub fn near(mut self, line: u32) -> Self {
        self.line = Some(line);
        self
    }

    /// The words. Code outside of everything that has a name is the file itself.
    pub fn says(mut self, concern: impl Into<String>, advice: impl Into<String>) -> Self {
        let concern = concern.into();
        let concern = match concern.strip_prefix("``") {
            Some(rest) => format!("This file{rest}"),
            None => concern,
        };
        self.concern = concern.replace("``", "this file");
        self.advice = advice.into();
        self
    }
}

/// Code on one line, shortened.
pub fn snippet(code: &str) -> String {
    let mut out = String::new();
    for word in code.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
        if out.chars().count() > SNIPPET {
            let short: String = out.chars().take(SNIPPET).collect();
            return format!("{short}…");
        }
    }
    out
}

/// A symbol as it is written in a sentence.
pub fn name_of(symbol: &str) -> String {
    format!("`{symbol}`")
}
