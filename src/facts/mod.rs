//! What the code says, read from its syntax tree.

pub mod extract;
pub mod fact;
pub mod lower;
pub mod route;
pub mod setting;
pub mod sql;
pub mod tree;
pub mod words;

mod csharp;
mod go;
mod java;
mod migration;
mod php;
mod print;
mod python;
mod ruby;
mod rust;
mod typescript;

use lower::{Grammar, Roles};
use std::sync::LazyLock;

/// A language that facts are read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Language {
    /// C#.
    CSharp,
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
            "go" => Self::Go,
            "py" | "pyi" => Self::Python,
            "rb" | "rake" | "ru" | "gemspec" => Self::Ruby,
            "java" => Self::Java,
            "php" | "phtml" | "inc" if !name.ends_with(".blade.php") => Self::Php,
            "rs" => Self::Rust,
            "ts" | "mts" | "cts" => Self::TypeScript,
            "tsx" => Self::Tsx,
            "js" | "mjs" | "cjs" | "jsx" => Self::JavaScript,
            _ => match name {
                "Rakefile" | "Gemfile" => Self::Ruby,
                _ => return None,
            },
        })
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
            Self::Ruby => grammar!(ruby::GRAMMAR),
            Self::Rust => grammar!(rust::GRAMMAR),
            Self::TypeScript => grammar!(typescript::GRAMMAR),
            Self::Tsx => grammar!(typescript::TSX),
        }
    }
}

/// Reads one file. None where the parser gave up.
pub fn read(language: Language, source: &str) -> Option<tree::Tree> {
    let (grammar, roles) = language.grammar();
    lower::lower(grammar, roles, source)
}

/// Everything that one file says.
#[derive(Debug, Clone, Default)]
pub struct FileFacts {
    /// The language, where it is one that is read.
    pub language: Option<Language>,
    /// The code.
    pub tree: tree::Tree,
    /// The settings of a configuration file.
    pub settings: Vec<setting::Setting>,
    /// The SQL statements.
    pub statements: Vec<sql::Statement>,
}

/// Reads whatever a file says, by its path.
pub fn of_file(path: &str, text: &str) -> FileFacts {
    let mut facts = FileFacts {
        language: Language::of(path),
        ..FileFacts::default()
    };
    if let Some(language) = facts.language
        && let Some(tree) = read(language, text)
    {
        facts.statements = migration::read(language, &tree, text);
        facts.tree = tree;
    } else if has_extension(path, "sql") {
        let read = sql::read_file(path, text);
        facts.statements = read.found;
        facts.tree.broken = read.broken;
    } else if has_extension(path, "prisma") {
        facts.statements = sql::read_schema(text);
    } else if has_extension(path, "xml") {
        facts.statements = sql::read_changelog(text);
    }
    facts
}

fn has_extension(path: &str, extension: &str) -> bool {
    path.rsplit_once('.')
        .is_some_and(|(_, it)| it.eq_ignore_ascii_case(extension))
}
