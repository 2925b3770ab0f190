//! What the code says, read from its syntax tree.

mod branch;
mod canonical;
pub mod cases;
mod exit;
pub mod extract;
pub mod fact;
pub mod format;
pub mod lower;
pub mod route;
pub mod setting;
pub mod sql;
pub mod syntax;
pub mod tree;
pub mod words;

mod chain;
mod csharp;
mod dockerfile;
mod embedded;
mod go;
mod hcl;
mod java;
mod json;
mod lines;
mod migration;
mod parse;
mod php;
mod print;
mod python;
mod ruby;
mod rust;
mod shell;
mod template;
mod toml;
mod typescript;
mod value;
mod yaml;

#[cfg(test)]
mod robust;

use format::Format;
use lower::{Grammar, Roles};
pub use migration::undoes;
use sql::Known;
use std::sync::LazyLock;

/// A language that facts are read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Language {
    /// C#.
    CSharp,
    /// A component with its scripts in it: Vue, Svelte, Astro.
    Component,
    /// Ruby in a template.
    Erb,
    /// Go.
    Go,
    /// Java.
    Java,
    /// JavaScript.
    JavaScript,
    /// PHP.
    Php,
    /// Python.
    Python,
    /// Ruby.
    Ruby,
    /// Rust.
    Rust,
    /// Shell.
    Shell,
    /// TypeScript.
    TypeScript,
    /// TypeScript or JavaScript with markup.
    Tsx,
}

impl Language {
    /// The language of a path, by its name alone.
    pub fn of(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let extension = name.rsplit_once('.').map_or("", |(_, it)| it);
        Some(match extension {
            "cs" => Self::CSharp,
            "vue" | "svelte" | "astro" => Self::Component,
            // A template of a configuration file is read as what it becomes.
            "erb" if !name.ends_with(".yml.erb") && !name.ends_with(".yaml.erb") => Self::Erb,
            "go" => Self::Go,
            "py" | "pyi" => Self::Python,
            "rb" | "rake" | "ru" | "gemspec" => Self::Ruby,
            "java" => Self::Java,
            "php" | "phtml" | "inc" if !name.ends_with(".blade.php") => Self::Php,
            "rs" => Self::Rust,
            "sh" | "bash" => Self::Shell,
            "ts" | "mts" | "cts" => Self::TypeScript,
            "tsx" => Self::Tsx,
            "js" | "mjs" | "cjs" | "jsx" => Self::JavaScript,
            _ => match name {
                "Rakefile" | "Gemfile" => Self::Ruby,
                _ => return None,
            },
        })
    }

    /// The language of a file, by its name, else by the program that its first line names.
    pub fn of_text(path: &str, text: &str) -> Option<Self> {
        Self::of(path).or_else(|| {
            let name = path.rsplit('/').next().unwrap_or(path);
            let first = text.lines().next()?.strip_prefix("#!")?;
            let mut words = first.split(['/', ' ', '\t']).filter(|it| !it.is_empty());
            let program = words.rfind(|it| !it.starts_with('-'))?;
            Some(
                match program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.') {
                    _ if name.contains('.') => return None,
                    "sh" | "bash" | "dash" | "ash" | "zsh" => Self::Shell,
                    "python" => Self::Python,
                    "ruby" => Self::Ruby,
                    "php" => Self::Php,
                    "node" | "nodejs" => Self::JavaScript,
                    "ts-node" | "tsx" | "bun" | "deno" => Self::TypeScript,
                    _ => return None,
                },
            )
        })
    }

    /// Whether a file is code from its first byte to its last.
    fn is_plain(self) -> bool {
        !matches!(self, Self::Component | Self::Erb)
    }

    fn grammar(self) -> &'static (Grammar, Roles) {
        macro_rules! grammar {
            ($grammar:expr) => {{
                static GRAMMAR: LazyLock<(Grammar, Roles)> =
                    LazyLock::new(|| ($grammar, Roles::new(&$grammar)));
                &GRAMMAR
            }};
        }
        match self {
            Self::CSharp => grammar!(csharp::GRAMMAR),
            Self::Go => grammar!(go::GRAMMAR),
            Self::Java => grammar!(java::GRAMMAR),
            Self::JavaScript => grammar!(typescript::JAVASCRIPT),
            Self::Php => grammar!(php::GRAMMAR),
            Self::Python => grammar!(python::GRAMMAR),
            Self::Ruby | Self::Erb => grammar!(ruby::GRAMMAR),
            Self::Rust => grammar!(rust::GRAMMAR),
            Self::Shell => grammar!(shell::GRAMMAR),
            Self::TypeScript | Self::Component => grammar!(typescript::GRAMMAR),
            Self::Tsx => grammar!(typescript::TSX),
        }
    }
}

/// Reads one file. None where the parser gave up.
pub fn read(language: Language, source: &str) -> Option<tree::Tree> {
    match language {
        Language::Erb => read_plain(language, &embedded::erb(source)?),
        Language::Component => {
            let (language, script) = embedded::component(source);
            read_plain(language, &script)
        }
        language => read_plain(language, source),
    }
}

fn read_plain(language: Language, source: &str) -> Option<tree::Tree> {
    let (grammar, roles) = language.grammar();
    lower::lower(grammar, roles, source)
}

/// Everything that one file says.
#[derive(Debug, Clone, Default)]
pub struct FileFacts {
    /// The language, where it is one that is read.
    pub language: Option<Language>,
    /// Whether the parser gave up: nothing is known of the code.
    pub gave_up: bool,
    /// The code.
    pub tree: tree::Tree,
    /// The settings of a configuration file.
    pub settings: Vec<setting::Setting>,
    /// The SQL statements.
    pub statements: Vec<sql::Statement>,
}

/// Reads whatever a file says, by its path.
pub fn of_file(path: &str, text: &str) -> FileFacts {
    let language = Language::of_text(path, text);
    let code = language.map(|it| read(it, text));
    assemble(path, text, language, code.flatten(), &mut Known::new())
}

/// The same for both sides of a file.
pub fn of_both(before: (&str, &str), after: (&str, &str)) -> [FileFacts; 2] {
    let language = Language::of_text(before.0, before.1);
    let mut known = Known::new();
    let Some(plain) = language.filter(|it| it.is_plain()) else {
        return [before, after].map(|(path, text)| {
            let language = Language::of_text(path, text);
            let code = language.and_then(|it| read(it, text));
            assemble(path, text, language, code, &mut known)
        });
    };
    if language != Language::of_text(after.0, after.1) {
        return [before, after].map(|(path, text)| of_file(path, text));
    }
    let (grammar, roles) = plain.grammar();
    let [old, new] = lower::lower_both(grammar, roles, [before.1, after.1]);
    [(before, old), (after, new)]
        .map(|((path, text), code)| assemble(path, text, language, code, &mut known))
}

/// What a file says, with the tree of its code where it was read.
fn assemble<'t>(
    path: &str,
    text: &'t str,
    language: Option<Language>,
    code: Option<tree::Tree>,
    known: &mut Known<'t>,
) -> FileFacts {
    let mut facts = FileFacts {
        language,
        ..FileFacts::default()
    };
    if language.is_some() {
        match code {
            Some(tree) => {
                facts.statements = migration::read(&tree, text);
                facts.tree = tree;
            }
            None => facts.gave_up = true,
        }
    } else if has_extension(path, "sql") {
        let read = sql::read_file(path, text, known);
        facts.statements = read.found;
        facts.tree.broken = read.broken;
    } else if has_extension(path, "prisma") {
        facts.statements = sql::read_schema(text);
    } else if has_extension(path, "xml") {
        facts.statements = sql::read_changelog(text);
    }
    if let Some(reading) = Format::of(path).and_then(|format| format.read(text)) {
        if facts.statements.is_empty() {
            facts.statements = sql::read_change_sets(&reading.settings, text);
        }
        facts.settings = reading.settings;
        facts.tree.broken = reading.broken;
    }
    facts
}

fn has_extension(path: &str, extension: &str) -> bool {
    path.rsplit_once('.')
        .is_some_and(|(_, it)| it.eq_ignore_ascii_case(extension))
}
