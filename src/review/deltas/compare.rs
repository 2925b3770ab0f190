//! The two sides of a change, read and matched: what every check works on.

use crate::change::{Change, ChangedFile, Class};
use crate::facts::fact::Facts;
use crate::facts::route::{Route, routes};
use crate::facts::setting::Setting;
use crate::facts::sql::Statement;
use crate::facts::tree::{Scope, Tree};
use crate::facts::{self, FileFacts, Language};
use crate::review::deltas::matching;
use crate::review::deltas::settings::{Differences, Purpose};
use crate::review::frameworks::cookies;
use crate::review::infrastructure::environment::{self, Read};
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

/// How much of what is read stays in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// All of it.
    All,
    /// Only what the change is about: the bodies and the facts of scopes that stand on both sides
    /// to the letter are let go, their names and attributes stay.
    Touched,
}

/// Above so many bytes of text, both sides, only what the change is about stays in memory: facts
/// are many times larger than the text.
const MUCH: u64 = 4 * 1024 * 1024;

impl Keep {
    /// What is kept of a change of this size.
    pub fn of(change: &Change) -> Self {
        match change.text_bytes() > MUCH {
            true => Self::Touched,
            false => Self::All,
        }
    }
}

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
    pub before: Arc<SideFacts<'a>>,
    /// The side after.
    pub after: Arc<SideFacts<'a>>,
    /// The calls that were let go because they stand on both sides: how many of each name.
    pub(crate) standing_calls: Arc<HashMap<String, usize>>,
    /// What the file is for where it is one of settings, once somebody asks.
    pub(crate) purpose: OnceLock<Option<Purpose>>,
    /// How the settings of the two sides differ, once somebody asks.
    pub(crate) differences: OnceLock<Differences>,
    /// How what the code of the two sides sets differs, once somebody asks.
    pub(crate) code_differences: OnceLock<Differences>,
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
    /// Whether each scope stands on the other side as well, to the letter.
    standing: Vec<bool>,
    /// What the code sets, once somebody asks.
    pub(crate) literals: OnceLock<Vec<Setting>>,
    /// The environment variables that the code reads, once somebody asks.
    pub(crate) reads: OnceLock<Vec<Read>>,
}

impl<'a> Comparison<'a> {
    /// Reads both sides of every file that facts are read from and that is not excluded.
    pub fn new(change: &'a Change, excluded: &dyn Fn(&str) -> bool) -> Self {
        let keep = Keep::of(change);
        let read = change.files.iter().filter_map(|file| {
            let wanted = !excluded(&file.path.to_string());
            wanted.then(|| FilePair::read(file, keep))
        });
        Self {
            files: read.collect(),
        }
    }

    /// The change the other way round: what it weakens is what this one strengthens.
    pub fn reversed(&self) -> Self {
        Self {
            files: self.files.iter().map(FilePair::reversed).collect(),
        }
    }
}

impl<'a> FilePair<'a> {
    /// Reads both sides of a file.
    pub fn read(file: &'a ChangedFile, keep: Keep) -> Self {
        let path = file.path.to_string();
        let base_path = file
            .base_path
            .as_ref()
            .map_or_else(|| path.clone(), ToString::to_string);
        let class = file.class();
        let sides = [
            (base_path.as_str(), file.before_text()),
            (path.as_str(), file.after_text()),
        ];
        let [mut before, mut after] = match sides {
            _ if class != Class::Source => sides.map(|(_, text)| SideFacts::unread(text)),
            [(old_path, Some(old)), (new_path, Some(new))] => {
                let [one, other] = facts::of_both((old_path, old), (new_path, new));
                [SideFacts::new(old, one), SideFacts::new(new, other)]
            }
            _ => sides.map(|(path, text)| match text {
                Some(text) => SideFacts::new(text, facts::of_file(path, text)),
                None => SideFacts::default(),
            }),
        };
        (before.standing, after.standing) = standing(&before, &after);
        let standing_calls = match keep {
            Keep::All => HashMap::new(),
            Keep::Touched => {
                before.let_go();
                after.let_go()
            }
        };
        Self {
            standing_calls: Arc::new(standing_calls),
            before: Arc::new(before),
            after: Arc::new(after),
            path,
            base_path,
            class,
            purpose: OnceLock::new(),
            differences: OnceLock::new(),
            code_differences: OnceLock::new(),
        }
    }

    fn reversed(&self) -> Self {
        Self {
            path: self.base_path.clone(),
            base_path: self.path.clone(),
            class: self.class,
            before: self.after.clone(),
            after: self.before.clone(),
            standing_calls: self.standing_calls.clone(),
            purpose: OnceLock::new(),
            differences: OnceLock::new(),
            code_differences: OnceLock::new(),
        }
    }
}

impl<'a> SideFacts<'a> {
    fn new(text: &'a str, facts: FileFacts) -> Self {
        Self {
            language: facts.language,
            gave_up: facts.gave_up,
            facts: facts::extract::facts(&facts.tree),
            routes: routes(&facts.tree),
            tree: facts.tree,
            settings: facts.settings,
            statements: facts.statements,
            ..Self::unread(Some(text))
        }
    }

    /// A side that no facts are taken from.
    fn unread(text: Option<&'a str>) -> Self {
        Self {
            exists: text.is_some(),
            text: text.unwrap_or_default(),
            ..Self::default()
        }
    }

    /// The scopes that the change is about: those that do not stand on the other side to the
    /// letter. What is said of the others holds on both sides.
    pub fn touched(&self) -> impl Iterator<Item = (usize, &Scope)> {
        let scopes = self.tree.scopes.iter().enumerate();
        scopes.filter(|(index, _)| self.touches(*index))
    }

    /// Whether the change is about a scope.
    pub fn touches(&self, scope: usize) -> bool {
        !self.standing.get(scope).copied().unwrap_or_default()
    }

    /// Lets go of what stands on the other side as well, and counts the calls in it by name.
    fn let_go(&mut self) -> HashMap<String, usize> {
        // What is asked of all scopes is read while they are there.
        environment::reads(self);
        let mut calls = HashMap::new();
        let standing = std::mem::take(&mut self.standing);
        let stands = |scope: usize| standing[scope];
        self.facts.calls.retain(|it| {
            let kept = !stands(it.place.scope) || cookies::sets(it);
            if !kept {
                *calls.entry(it.name.clone()).or_default() += 1;
            }
            kept
        });
        self.facts.retain(&|place| !stands(place.scope));
        for (index, scope) in self.tree.scopes.iter_mut().enumerate() {
            if stands(index) && !facts::undoes(&scope.name) {
                scope.body = Vec::new();
                scope.parameters = Vec::new();
            }
            scope.body.shrink_to_fit();
            scope.attributes.shrink_to_fit();
        }
        self.tree.scopes.shrink_to_fit();
        self.settings.shrink_to_fit();
        self.statements.shrink_to_fit();
        self.standing = standing;
        calls
    }

    /// The source of a span.
    pub fn code(&self, span: &facts::tree::Span) -> &'a str {
        self.text
            .get(span.start as usize..span.end as usize)
            .unwrap_or_default()
    }

    /// The line of this number, from 1, without the white space around it; empty where there is
    /// none.
    pub fn line(&self, number: u32) -> &'a str {
        let line = self.text.lines().nth(number.saturating_sub(1) as usize);
        line.unwrap_or_default().trim()
    }
}

/// Which scopes stand on both sides to the letter, those of the same path matched in order.
fn standing(before: &SideFacts<'_>, after: &SideFacts<'_>) -> (Vec<bool>, Vec<bool>) {
    let mut stand = (
        vec![false; before.tree.scopes.len()],
        vec![false; after.tree.scopes.len()],
    );
    for (old, new) in matching::same_paths(&before.tree, &after.tree) {
        let (one, other) = (&before.tree.scopes[old].span, &after.tree.scopes[new].span);
        if before.code(one) == after.code(other) {
            stand.0[old] = true;
            stand.1[new] = true;
        }
    }
    stand
}
