//! Tests that said what must not happen and are gone, together with the code that they were about.
//!
//! Whoever takes a protection out of code that is tested has to take out its test as well. The name
//! of a test says in words what the code was meant to refuse.

use crate::change::Class;
use crate::facts::Language;
use crate::facts::cases::cases;
use crate::facts::tree::{Scope, ScopeKind};
use crate::facts::words::words;
use crate::review::code::{draws, is_tool};
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::record::finding::Finding;
use crate::review::{Alone, Context};
use std::collections::{BTreeSet, HashSet};

/// The tests that are gone, and the places that changed with them.
#[derive(Default)]
pub struct TestsGone<'a> {
    /// The names of the tests.
    names: Vec<&'a str>,
    /// The places, the likeliest first; one a file.
    places: Vec<Place<'a>>,
}

/// Code that changed together with the tests.
pub struct Place<'a> {
    file: &'a FilePair<'a>,
    scope: &'a Scope,
    delta: Option<&'a ScopeDelta<'a>>,
    /// The words of the path, of the symbol, and of the names of the tests.
    pub words: BTreeSet<String>,
    likeness: usize,
}

/// A change of more functions than this is none that its tests could explain.
const MANY: usize = 40;

/// So many new lines are what it takes to skip a test.
const FEW: usize = 3;

/// In so many files the likeliest place is pointed at.
const PLACES: usize = 2;

/// So many tests are named.
const NAMED: usize = 3;

impl<'a> TestsGone<'a> {
    /// Looks for them.
    pub(in crate::review) fn of(context: &Context<'a>) -> Self {
        let changed = changed(context);
        if changed.is_empty() || changed.len() > MANY {
            return Self::default();
        }
        let (mut before, mut after) = (Vec::new(), Vec::new());
        let (mut lines_gone, mut lines_new) = (0, 0);
        let mut tested = HashSet::new();
        for file in context.files {
            let Some(language) = tests_in(file) else {
                continue;
            };
            if went_together(context, file) {
                continue;
            }
            let was = cases(language, file.before.text);
            let is: HashSet<&str> = cases(language, file.after.text).into_iter().collect();
            if was.iter().any(|it| !is.contains(it) && refuses(it)) {
                tested.extend(plain_words(&file.base_path));
                lines_gone += lines_alone(file.before.text, file.after.text);
                lines_new += lines_alone(file.after.text, file.before.text);
            }
            before.extend(was);
            after.extend(is);
        }
        let only = |one: &[&'a str], other: &[&'a str]| -> Vec<&'a str> {
            let other: HashSet<&str> = other.iter().copied().collect();
            let mut seen = HashSet::new();
            let alone = one.iter().filter(|it| !other.contains(**it));
            alone.filter(|it| seen.insert(**it)).copied().collect()
        };
        // Where other cases are new, or much else, the old ones may have got another form.
        if !only(&after, &before).is_empty() || lines_new > FEW.max(lines_gone / 4) {
            return Self::default();
        }
        let mut names = only(&before, &after);
        names.retain(|it| refuses(it));
        let said: BTreeSet<String> = names.iter().flat_map(|it| words(it)).collect();
        let near: HashSet<String> = said.iter().cloned().chain(tested).collect();
        let mut places: Vec<Place<'a>> = changed
            .into_iter()
            .map(|it| it.about(&said, &near))
            .collect();
        places.sort_by_key(|it| std::cmp::Reverse(it.likeness));
        let mut files = HashSet::new();
        places.retain(|it| files.insert(it.file.path.as_str()));
        places.truncate(PLACES);
        if names.is_empty() {
            places.clear();
        }
        Self { names, places }
    }
}

/// What to say about the places that are `about` something, and who could be hurt.
pub fn findings(
    context: &Context<'_>,
    about: &dyn Fn(&Place<'_>) -> bool,
    harm: &str,
) -> Vec<Finding> {
    let gone = context.tests_gone();
    let named: Vec<String> = gone
        .names
        .iter()
        .map(|it| format!("“{}”", plain(it)))
        .collect();
    let list = match named.len() {
        0..=NAMED => named.join(", "),
        count => format!("{} and {} more", named[..NAMED].join(", "), count - NAMED),
    };
    let (test, was) = match named.len() {
        1 => ("A test that said what must not happen is gone", "it was"),
        _ => ("Tests that said what must not happen are gone", "they were"),
    };
    let places = gone.places.iter().filter(|it| about(it));
    let finding = |place: &Place<'_>| {
        let changed = match place.delta {
            Some(_) => "has changed",
            None => "is gone",
        };
        Finding::new(place.file, &place.scope.path, gone.names.join("\n"))
            .near(place.line())
            .says(
                format!(
                    "{test}: {list}. `{}` {changed} in the same step, and no other test takes the place of what {was} there for. {harm}",
                    place.scope.path
                ),
                "Put the tests back and see whether they pass; where they must not pass any more, say why.",
            )
            .hunch()
    };
    places.map(finding).collect()
}

impl<'a> Place<'a> {
    fn new(file: &'a FilePair<'a>, scope: &'a Scope, delta: Option<&'a ScopeDelta<'a>>) -> Self {
        Self {
            file,
            scope,
            delta,
            words: BTreeSet::new(),
            likeness: 0,
        }
    }

    /// The same, held against the words of the tests.
    fn about(mut self, said: &BTreeSet<String>, near: &HashSet<String>) -> Self {
        let symbol: HashSet<String> = plain_words(&self.scope.path).into_iter().collect();
        let path: HashSet<String> = plain_words(&self.file.path).into_iter().collect();
        let shared = |found: &HashSet<String>| found.intersection(near).count();
        let is_function = self.scope.kind == ScopeKind::Function;
        let lost = self
            .delta
            .is_none_or(|it| !it.lost.is_empty() || !it.calls_lost.is_empty());
        self.likeness =
            2 * shared(&symbol) + shared(&path) + 2 * usize::from(is_function) + usize::from(lost);
        self.words = symbol.into_iter().chain(path).collect();
        self.words.extend(said.iter().cloned());
        self
    }

    fn line(&self) -> u32 {
        self.delta.map_or(1, |it| it.after.line)
    }

    /// What differs, where the place stands on both sides.
    pub fn delta(&self) -> Option<&'a ScopeDelta<'a>> {
        self.delta
    }
}

/// What changed outside of tests. A function that is gone counts where its file stays.
fn changed<'a>(context: &Context<'a>) -> Vec<Place<'a>> {
    let is_code =
        |file: &FilePair<'_>| file.class == Class::Source && !draws(file) && !is_tool(file);
    let mut out: Vec<Place<'a>> = Vec::new();
    for delta in &context.deltas.scopes {
        if is_code(delta.file) && is_code(delta.base_file) && delta.differs() {
            out.push(Place::new(delta.file, delta.after, Some(delta)));
        }
    }
    if out.is_empty() {
        // Only things that go as a whole: a feature ends, with its tests.
        return out;
    }
    for (file, scope, side) in context.unmatched() {
        if side == Alone::Gone && is_code(file) && file.after.exists {
            out.push(Place::new(file, scope, None));
        }
    }
    out
}

/// The language of the tests in a file, where it has some. Rust's may stand beside the code.
fn tests_in(file: &FilePair<'_>) -> Option<Language> {
    let language = Language::of(&file.path)?;
    let beside = file.class == Class::Source && language == Language::Rust;
    (file.class == Class::Test || beside).then_some(language)
}

/// A feature that ends takes more files with it than this; one that goes alone may be what protected
/// the rest.
const FEATURE: usize = 2;

/// Whether a whole file of tests is gone together with the whole file that it was about, and with
/// others.
fn went_together(context: &Context<'_>, tests: &FilePair<'_>) -> bool {
    let about = |path: &str| -> BTreeSet<String> {
        let name = path.rsplit('/').next().unwrap_or(path);
        plain_words(name).into_iter().collect()
    };
    let subject = about(&tests.base_path);
    let gone = |it: &&FilePair<'_>| it.class == Class::Source && !it.after.exists;
    let ended = context.files.iter().filter(gone);
    !tests.after.exists
        && ended.clone().count() > FEATURE
        && ended.into_iter().any(|it| about(&it.base_path) == subject)
}

/// How many lines a text has that another has not.
fn lines_alone(text: &str, other: &str) -> usize {
    let there: HashSet<&str> = other.lines().map(str::trim).collect();
    let lines = text.lines().map(str::trim);
    lines
        .filter(|it| !it.is_empty() && !there.contains(it))
        .count()
}

/// The words of a name, without those that every test and every folder has.
fn plain_words(name: &str) -> Vec<String> {
    const EVERYWHERE: &[&str] = &[
        "test",
        "tests",
        "spec",
        "specs",
        "src",
        "main",
        "app",
        "lib",
        "internal",
        "pkg",
        "server",
        "unit",
        "integration",
        "feature",
        "features",
        "java",
        "org",
        "com",
        "ts",
        "tsx",
        "js",
        "rb",
        "py",
        "go",
        "rs",
        "php",
        "cs",
        "the",
        "a",
        "to",
        "of",
        "for",
        "in",
        "is",
        "it",
        "get",
        "set",
    ];
    let mut found = words(name);
    found.retain(|it| !EVERYWHERE.contains(&it.as_str()));
    found
}

/// The name of a test as a sentence.
fn plain(name: &str) -> String {
    match name.contains(' ') {
        true => name.to_owned(),
        false => words(name).join(" "),
    }
}

/// Whether the name of a test says that something must not happen, or who and what is turned away.
fn refuses(name: &str) -> bool {
    const REFUSES: &[&str] = &[
        // Must not.
        "not",
        "no",
        "non",
        "never",
        "cannot",
        "cant",
        "doesnt",
        "dont",
        "isnt",
        "arent",
        "wont",
        "shouldnt",
        "without",
        "only",
        "unless",
        "must",
        "nothing",
        "none",
        // Turns away.
        "reject",
        "rejects",
        "rejected",
        "deny",
        "denies",
        "denied",
        "refuse",
        "refuses",
        "refused",
        "forbid",
        "forbids",
        "forbidden",
        "prevent",
        "prevents",
        "prevented",
        "blocks",
        "blocked",
        "disallow",
        "disallows",
        "disallowed",
        "require",
        "requires",
        "required",
        "restrict",
        "restricts",
        "restricted",
        "protect",
        "protects",
        "protected",
        "enforce",
        "enforces",
        "ignore",
        "ignores",
        "ignored",
        "limit",
        "limits",
        "limited",
        "exclude",
        "excludes",
        "excluded",
        "filter",
        "filters",
        "hide",
        "hides",
        "hidden",
        "ban",
        "bans",
        "escape",
        "escapes",
        "escaped",
        "sanitize",
        "sanitizes",
        "sanitized",
        "strip",
        "strips",
        "redact",
        "redacts",
        "redacted",
        "fail",
        "fails",
        "raise",
        "raises",
        "throw",
        "throws",
        "error",
        "errors",
        "exception",
        "401",
        "403",
        "404",
        "422",
        "429",
        // Who and what is turned away.
        "unauthorized",
        "unauthorised",
        "unauthenticated",
        "unverified",
        "unsafe",
        "untrusted",
        "unknown",
        "unsigned",
        "invalid",
        "expired",
        "revoked",
        "disabled",
        "deleted",
        "locked",
        "wrong",
        "bad",
        "malicious",
        "malformed",
        "tampered",
        "forged",
        "spoofed",
        "mismatch",
        "missing",
        "anonymous",
        "guest",
        "other",
        "others",
        "another",
        "different",
        "private",
        "owner",
        "ownership",
        "permission",
        "permissions",
        "attack",
        "attacker",
        "injection",
        "traversal",
        "bypass",
        "csrf",
        "xss",
        "ssrf",
        "duplicate",
        "duplicates",
        "twice",
        "double",
        "again",
        "once",
        "idempotent",
        "concurrent",
        "race",
        "exceed",
        "exceeds",
        "exceeding",
        "negative",
        "rollback",
        "readonly",
    ];
    words(&name.replace(['\'', '’'], ""))
        .iter()
        .any(|it| REFUSES.contains(&it.as_str()))
}
