//! The two sides of a change, read and matched: what every check works on.

use super::settings::Differences;
use crate::change::{Change, ChangedFile, Class};
use crate::facts::fact::Facts;
use crate::facts::route::{Route, routes};
use crate::facts::setting::Setting;
use crate::facts::sql::Statement;
use crate::facts::tree::Tree;
use crate::facts::{self, Language};
use std::sync::OnceLock;

/// A change with the facts of both its sides.
pub struct Comparison<'a> {
    /// The files that facts were read from, on either side.
    pub files: Vec<FilePair<'a>>,
}

/// One file before and after.
pub struct FilePair<'a> {
    /// The path on the head side; on the base side where the file is gone.
    pub path: String,
    /// The path on the base side.
    pub base_path: String,
    /// The class of the file.
    pub class: Class,
    /// The side before.
    pub before: SideFacts<'a>,
    /// The side after.
    pub after: SideFacts<'a>,
    /// How the settings of the two sides differ, once somebody asks.
    pub(crate) differences: OnceLock<Differences>,
}

/// The facts of one side of a file.
#[derive(Default)]
pub struct SideFacts<'a> {
    /// Whether the file is there.
    pub exists: bool,
    /// The text; empty where there is none.
    pub text: &'a str,
    /// The language.
    pub language: Option<Language>,
    /// Whether the parser gave up: nothing is known of the code.
    pub gave_up: bool,
    /// The code.
    pub tree: Tree,
    /// The facts of the code.
    pub facts: Facts,
    /// The addresses that the code answers.
    pub routes: Vec<Route>,
    /// The settings of a configuration file.
    pub settings: Vec<Setting>,
    /// The SQL statements of a SQL file, and those that its code or migrations carry.
    pub statements: Vec<Statement>,
}

impl<'a> Comparison<'a> {
    /// Reads both sides of every file that facts are read from and that is not excluded; says how
    /// many are done.
    pub fn new(
        change: &'a Change,
        excluded: &dyn Fn(&str) -> bool,
        progress: &dyn Fn(usize),
    ) -> Self {
        let mut files = Vec::with_capacity(change.files.len());
        for (done, file) in change.files.iter().enumerate() {
            if !excluded(&file.path.to_string()) {
                files.push(FilePair::new(file));
            }
            progress(done + 1);
        }
        Self { files }
    }

    /// The change the other way round: what it weakens is what this one strengthens.
    pub fn reversed(mut self) -> Self {
        for file in &mut self.files {
            std::mem::swap(&mut file.before, &mut file.after);
            std::mem::swap(&mut file.path, &mut file.base_path);
            file.differences = OnceLock::new();
        }
        self
    }
}

impl<'a> FilePair<'a> {
    fn new(file: &'a ChangedFile) -> Self {
        let path = file.path.to_string();
        let base_path = file
            .base_path
            .as_ref()
            .map_or_else(|| path.clone(), ToString::to_string);
        let class = file.class();
        let read = |path: &str, text: Option<&'a str>| match text {
            Some(text) => SideFacts::new(path, text, class),
            None => SideFacts::default(),
        };
        Self {
            before: read(&base_path, file.before_text()),
            after: read(&path, file.after_text()),
            path,
            base_path,
            class,
            differences: OnceLock::new(),
        }
    }
}

impl<'a> SideFacts<'a> {
    fn new(path: &str, text: &'a str, class: Class) -> Self {
        let mut side = Self {
            exists: true,
            text,
            ..Self::default()
        };
        if class != Class::Source {
            return side;
        }
        let facts = facts::of_file(path, text);
        side.language = facts.language;
        side.gave_up = facts.gave_up;
        side.facts = facts::extract::facts(&facts.tree);
        side.routes = routes(&facts.tree);
        side.tree = facts.tree;
        side.settings = facts.settings;
        side.statements = facts.statements;
        side
    }

    /// The source of a span.
    pub fn code(&self, span: &facts::tree::Span) -> &'a str {
        self.text
            .get(span.start as usize..span.end as usize)
            .unwrap_or_default()
    }
}
