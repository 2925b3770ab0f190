//! Plain string tests over a path and the head of a text; the tables are in `class/names.rs`.

mod names;

use names::{
    CODE_TEXT, CONFIGURATION, LANGUAGE_FOLDERS, LOCK_FILES, PAGE_FOLDERS, PROSE_EXTENSIONS,
    PROSE_NAMES, PUBLIC_FOLDERS, SCRIPT, SPECIFICATION_FOLDERS, TEST_FOLDERS, TRANSLATION_FOLDERS,
    VENDOR_FOLDERS, VENDORED_FOLDERS,
};

/// What kind of file a path names, as far as the path and a glance at the text say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Code and configuration: facts are read from it.
    Source,
    /// Tests, mocks, fixtures and examples.
    Test,
    /// Written by a tool, or minified.
    Generated,
    /// Somebody else's code, kept in the tree.
    Vendored,
    /// What a package manager wrote down: exact versions and checksums.
    Lock,
    /// Prose, locale files, style sheets and pictures.
    Prose,
}

/// Classes a file by its path and the head of its text.
///
/// Where a rule is in doubt the file is [`Class::Source`]: what is not classed away is reviewed.
pub fn classify(path: &str, text: &str) -> Class {
    let path = Parts::new(path);
    if path.is_vendored() || path.is_library(text) {
        Class::Vendored
    } else if path.is_prose() {
        Class::Prose
    } else if path.folders.first() == Some(&".github") {
        // Workflows are often named after the tests that they run.
        Class::Source
    } else if path.is_test() {
        Class::Test
    } else if LOCK_FILES.contains(&path.name) {
        Class::Lock
    } else if path.is_generated() || path.says_generated(text) || path.is_minified(text) {
        Class::Generated
    } else {
        Class::Source
    }
}

struct Parts<'a> {
    folders: Vec<&'a str>,
    name: &'a str,
    /// The name up to the last dot.
    stem: &'a str,
    /// What follows the last dot, as it is written.
    extension: &'a str,
}

impl<'a> Parts<'a> {
    fn new(path: &'a str) -> Self {
        let mut folders: Vec<&str> = path.split('/').collect();
        let name = folders.pop().unwrap_or_default();
        let (stem, extension) = match name.rsplit_once('.') {
            Some((stem, extension)) if !stem.is_empty() => (stem, extension),
            _ => (name, ""),
        };
        Self {
            folders,
            name,
            stem,
            extension,
        }
    }

    fn extension_is(&self, extensions: &[&str]) -> bool {
        is_one_of(self.extension, extensions)
    }

    /// The folder before the one at `place`.
    fn parent(&self, place: usize) -> Option<&'a str> {
        place.checked_sub(1).map(|before| self.folders[before])
    }

    /// Whether it is the code of a Maven or Gradle module that ships: what folders are named there
    /// says nothing, they are packages.
    fn in_main_sources(&self) -> bool {
        self.folders.windows(2).any(|pair| pair == ["src", "main"])
    }

    fn is_vendored(&self) -> bool {
        self.folders.iter().enumerate().any(|(place, folder)| {
            if VENDOR_FOLDERS.contains(folder) {
                return true;
            }
            // Elsewhere a vendor is somebody who sells.
            *folder == "vendor"
                && match self.parent(place) {
                    None => true,
                    Some(parent) => {
                        is_one_of(parent, &PUBLIC_FOLDERS)
                            || self.folders.get(place + 1).is_some_and(|next| {
                                next.contains('.') || is_one_of(next, &VENDORED_FOLDERS)
                            })
                    }
                }
        })
    }

    fn is_prose(&self) -> bool {
        if self.extension_is(&["txt"]) {
            let stem = self.stem.to_ascii_lowercase();
            return !CODE_TEXT.iter().any(|word| stem.contains(word));
        }
        self.extension_is(&PROSE_EXTENSIONS)
            || is_one_of(self.stem, &PROSE_NAMES) && self.extension.is_empty()
            || self.is_locale()
    }

    /// Words for people, by language.
    fn is_locale(&self) -> bool {
        let below = |names: &[&str]| self.folders.iter().any(|it| is_one_of(it, names));
        let words = [
            "json",
            "json5",
            "yml",
            "yaml",
            "properties",
            "xml",
            "toml",
            "ini",
            "ftl",
        ];
        let by_language = || {
            let last = self.stem.rsplit('.').next().unwrap_or_default();
            is_language(last) || self.folders.last().is_some_and(|it| is_language(it))
        };
        if below(&TRANSLATION_FOLDERS) {
            self.extension_is(&words) || by_language()
        } else {
            // These may be about programming languages as well.
            below(&LANGUAGE_FOLDERS) && by_language()
        }
    }

    fn is_test(&self) -> bool {
        if self.in_main_sources() {
            return false;
        }
        self.has_test_name() || (0..self.folders.len()).any(|place| self.is_test_folder(place))
    }

    fn is_test_folder(&self, place: usize) -> bool {
        let folder = self.folders[place];
        let parent = self.parent(place).unwrap_or_default();
        if is_one_of(folder, &TEST_FOLDERS) {
            return true;
        }
        match folder.to_ascii_lowercase().as_str() {
            "test" => !is_one_of(parent, &PAGE_FOLDERS),
            // `com.example` is where examples of Java packages live.
            "example" | "examples" | "sample" | "samples" => {
                !matches!(parent, "com" | "org" | "net" | "io") && !is_one_of(parent, &PAGE_FOLDERS)
            }
            "spec" | "specs" => {
                !self.extension_is(&CONFIGURATION) && !is_one_of(parent, &SPECIFICATION_FOLDERS)
                    || self.folders.get(place + 1) == Some(&"dummy")
            }
            _ => {
                folder.ends_with("Tests")
                    || folder.ends_with(".Test")
                    || folder.ends_with("test_utils")
                    || folder.ends_with("test-utils")
                    || parent == "src" && (folder.ends_with("Test") || folder == "testFixtures")
            }
        }
    }

    fn has_test_name(&self) -> bool {
        let stem = self.stem;
        let ends = |words: &[&str]| words.iter().any(|word| stem.ends_with(word));
        match self.extension.to_ascii_lowercase().as_str() {
            "ts" | "tsx" | "js" | "jsx" | "mjs" | "cjs" | "mts" | "cts" | "vue" | "svelte"
            | "mdx" => {
                ends(&[
                    ".test",
                    ".spec",
                    ".stories",
                    ".story",
                    ".cy",
                    ".e2e",
                    ".e2e-spec",
                    "-test",
                    "-spec",
                    "_test",
                    "_spec",
                    ".mock",
                    ".mocks",
                    ".fixture",
                    ".fixtures",
                    ".bench",
                    ".test-d",
                    "test-utils",
                    "test-helpers",
                    "testUtils",
                    "testHelpers",
                ]) || ["jest.", "vitest.", "playwright.", "cypress.", "karma."]
                    .iter()
                    .any(|tool| self.name.starts_with(tool))
                    || stem == "setupTests"
            }
            "go" => ends(&["_test", "_mock", "_mocks"]) || stem.starts_with("mock_"),
            "py" => {
                stem.starts_with("test_")
                    || ends(&["_test", "_tests"])
                    || matches!(stem, "conftest" | "tests")
            }
            "rb" => ends(&["_spec", "_test"]) || matches!(stem, "spec_helper" | "rails_helper"),
            "rs" => ends(&["_test", "_tests"]) || matches!(stem, "tests" | "test"),
            "java" | "kt" | "kts" | "scala" | "groovy" | "cs" | "swift" => {
                ends(&["Test", "Tests", "TestCase", "Spec", "IT"]) && stem != "IT"
            }
            "php" => ends(&["Test", "TestCase", "Cest"]) && self.folders.first() != Some(&"app"),
            "dart" | "ex" | "exs" | "c" | "cc" | "cpp" | "lua" => ends(&["_test"]),
            "snap" | "feature" | "ambr" => true,
            _ => false,
        }
    }

    fn is_generated(&self) -> bool {
        let name = self.name;
        let ends = |words: &[&str]| words.iter().any(|word| name.ends_with(word));
        let starts = |word: &str| name.starts_with(word);
        let built = ["js", "mjs", "cjs", "css", "map", "html", "ts"];
        ends(&names::GENERATED_NAMES)
            || self.stem.ends_with(".generated")
            || self.stem.ends_with(".gen")
            || starts("zz_generated")
            || self
                .folders
                .iter()
                .enumerate()
                .any(|(place, folder)| match *folder {
                    "__generated__" | ".next" | ".nuxt" | ".svelte-kit" => true,
                    "generated" => !self.extension_is(&CONFIGURATION),
                    "dist" => self.extension_is(&built) && !self.folders[..place].contains(&"src"),
                    "build" | "packs" => {
                        self.extension_is(&built) && self.parent(place) == Some("public")
                    }
                    _ => false,
                })
    }

    /// Whether a comment at the head says that a tool wrote it.
    ///
    /// Configuration, schemas and migrations are in force whoever wrote them.
    fn says_generated(&self, text: &str) -> bool {
        let kept = self.extension_is(&CONFIGURATION)
            || self.extension.is_empty()
            || self.name == "schema.rb"
            || self
                .folders
                .iter()
                .any(|it| is_one_of(it, &names::MIGRATION_FOLDERS));
        !kept
            && head(text)
                .lines()
                .map(str::trim_start)
                .filter(is_comment)
                .any(says_generated)
    }

    /// Whether the banner that bundles of libraries begin with is there: name, version, licence.
    fn is_library(&self, text: &str) -> bool {
        let Some(banner) = text.trim_start().strip_prefix("/*!") else {
            return false;
        };
        let banner = banner.split("*/").next().unwrap_or_default();
        let banner = head(banner).to_ascii_lowercase();
        let version = banner.split_whitespace().any(|word| {
            let digits = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit());
            let mut parts = word.trim_start_matches('v').split('.');
            parts.next().is_some_and(digits) && parts.next().is_some_and(digits)
        });
        self.extension_is(&SCRIPT) && version && banner.contains("licen")
    }

    /// Whether most of it is in lines that nobody writes by hand.
    fn is_minified(&self, text: &str) -> bool {
        const LONG: usize = 500;
        if !self.extension_is(&SCRIPT) || text.len() < 2 * LONG {
            return false;
        }
        let long: usize = text
            .lines()
            .map(str::len)
            .filter(|&length| length > LONG)
            .sum();
        long * 5 >= text.len() * 4
    }
}

/// The part of a text in which a tool would say that it wrote it.
fn head(text: &str) -> &str {
    const BYTES: usize = 2000;
    &text[..text.floor_char_boundary(BYTES)]
}

fn is_comment(line: &&str) -> bool {
    ["//", "#", "/*", "*", "<!--", "--", ";", "\"\"\"", "'''"]
        .iter()
        .any(|mark| line.starts_with(mark))
}

fn says_generated(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| line.contains(word));
    let marker = line.split_once("@generated").is_some_and(|(_, rest)| {
        !rest.starts_with(|next: char| next.is_alphanumeric() || matches!(next, '_' | '('))
    });
    let tool = [
        "code generated",
        "auto-generated",
        "auto generated",
        "autogenerated",
        "automatically generated",
        "generated by",
        "generated file",
        "file is generated",
    ];
    let hands_off = [
        "do not edit",
        "do not modify",
        "do not change",
        "don't edit",
        "not be edited",
        "not edit",
    ];
    marker || line.contains("<auto-generated") || says(&tool) && says(&hands_off)
}

/// Whether it names a language: `en`, `pt-BR`, `zh_Hant`.
fn is_language(name: &str) -> bool {
    let (language, region) = match name.split_once(['-', '_']) {
        Some((language, region)) => (language, Some(region)),
        None => (name, None),
    };
    names::LANGUAGES.contains(&language)
        && region.is_none_or(|region| {
            matches!(region.len(), 2..=4) && region.bytes().all(|it| it.is_ascii_alphabetic())
        })
}

fn is_one_of(word: &str, words: &[&str]) -> bool {
    words.iter().any(|it| it.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests;
