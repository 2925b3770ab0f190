//! The source code as the laws read it: tokens and full paths, without comments, texts and tests.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// One file of `src/`.
pub(crate) struct SourceFile {
    /// Its path from the root of the project, with `/`.
    pub(crate) path: String,
    /// Its whole text.
    pub(crate) text: String,
    /// Its code as words and signs, without what is only there for tests.
    pub(crate) tokens: Vec<String>,
    /// Whether it holds nothing but tests.
    pub(crate) is_tests: bool,
    /// Where it stands, such as `["crate", "review", "checks"]`.
    module: Vec<String>,
}

/// Every file of `src/`, sorted by path.
pub(crate) fn source_files() -> &'static [SourceFile] {
    static FILES: LazyLock<Vec<SourceFile>> = LazyLock::new(read);
    &FILES
}

fn read() -> Vec<SourceFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    let mut open = vec![root.join("src")];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => open.push(path),
                false => paths.push(path),
            }
        }
    }
    paths.sort();
    let rust = paths
        .iter()
        .filter(|path| path.extension().is_some_and(|it| it == "rs"));
    let mut files: Vec<SourceFile> = rust.map(|path| SourceFile::new(root, path)).collect();
    let runs: BTreeSet<PathBuf> = files
        .iter()
        .flat_map(|file| file.declared_in(&file.tokens))
        .collect();
    let tests: BTreeSet<PathBuf> = files
        .iter()
        .flat_map(SourceFile::declares)
        .filter(|module| !runs.contains(module))
        .collect();
    for file in &mut files {
        file.is_tests = Path::new(&file.path)
            .ancestors()
            .any(|place| tests.contains(&place.with_extension("")));
    }
    files
}

impl SourceFile {
    fn new(root: &Path, path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let parts: Vec<String> = path
            .strip_prefix(root)
            .unwrap()
            .iter()
            .map(|part| part.to_str().unwrap().to_owned())
            .collect();
        Self {
            path: parts.join("/"),
            tokens: without_tests(tokens(&text)),
            is_tests: false,
            module: module(&parts),
            text,
        }
    }

    /// The room it is in, such as `review`; `lib` and `main` are their own.
    pub(crate) fn room(&self) -> &str {
        let rest = self.path.strip_prefix("src/").unwrap();
        rest.split(['/', '.']).next().unwrap()
    }

    /// Its lines before the tests at its end.
    pub(crate) fn lines(&self) -> usize {
        let mut lines = self.text.lines();
        lines
            .by_ref()
            .take_while(|it| *it != "#[cfg(test)]")
            .count()
    }

    /// The modules that it declares, those for tests too.
    pub(crate) fn declares(&self) -> Vec<PathBuf> {
        self.declared_in(&tokens(&self.text))
    }

    fn declared_in(&self, tokens: &[String]) -> Vec<PathBuf> {
        let declared = tokens
            .windows(3)
            .filter(|it| it[0] == "mod" && it[2] == ";");
        let stem = self.path.strip_suffix(".rs").unwrap();
        let folder = match stem.strip_suffix("/mod") {
            Some(folder) => folder,
            None if self.module.len() == 1 => "src",
            None => stem,
        };
        declared.map(|it| Path::new(folder).join(&it[1])).collect()
    }

    /// Every path that the code names, in full: imports taken apart, `self` and `super` resolved.
    pub(crate) fn paths(&self) -> Vec<Vec<String>> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < self.tokens.len() {
            let token = self.tokens[at].as_str();
            if token == "use" && self.tokens.get(at + 1).is_some_and(|it| it != "<") {
                at = import(&self.tokens, at + 1, &[], &mut found);
                continue;
            }
            if !is_word(token) {
                at += 1;
                continue;
            }
            let mut path = vec![token.to_owned()];
            while self.tokens.get(at + 1).is_some_and(|it| it == "::")
                && self.tokens.get(at + 2).is_some_and(|it| is_word(it))
            {
                path.push(self.tokens[at + 2].clone());
                at += 2;
            }
            found.push(path);
            at += 1;
        }
        found.into_iter().map(|path| self.resolved(path)).collect()
    }

    fn resolved(&self, path: Vec<String>) -> Vec<String> {
        let supers = path.iter().take_while(|it| *it == "super").count();
        let rest = match path[0].as_str() {
            "super" => &path[supers..],
            "self" => &path[1..],
            _ => return path,
        };
        let up = self.module.len().saturating_sub(supers).max(1);
        [&self.module[..up], rest].concat()
    }
}

fn module(parts: &[String]) -> Vec<String> {
    let mut module = vec!["crate".to_owned()];
    for part in &parts[1..] {
        match part.as_str() {
            "lib.rs" | "main.rs" | "mod.rs" => {}
            name => module.push(name.trim_end_matches(".rs").to_owned()),
        }
    }
    module
}

fn is_word(token: &str) -> bool {
    token.starts_with(|it: char| it.is_alphabetic() || it == '_')
}

/// Takes an import apart from `at` on; returns where it ends.
fn import(
    tokens: &[String],
    mut at: usize,
    before: &[String],
    out: &mut Vec<Vec<String>>,
) -> usize {
    let mut path = before.to_vec();
    while at < tokens.len() {
        match tokens[at].as_str() {
            "::" => {}
            "{" => {
                at += 1;
                while at < tokens.len() && tokens[at] != "}" {
                    at = import(tokens, at, &path, out);
                    if tokens.get(at).is_some_and(|it| it == ",") {
                        at += 1;
                    }
                }
                return at + 1;
            }
            "as" => at += 1,
            "," | "}" | ";" => break,
            "self" if !path.is_empty() => {}
            name => path.push(name.to_owned()),
        }
        at += 1;
    }
    out.push(path);
    at
}

/// Words and signs; comments and texts are gone.
pub(crate) fn tokens(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let mut out: Vec<String> = Vec::new();
    let mut at = 0;
    let starts = |at: usize, what: &str| {
        chars[at..]
            .iter()
            .copied()
            .take(what.len())
            .eq(what.chars())
    };
    while at < chars.len() {
        let it = chars[at];
        if starts(at, "//") {
            at += chars[at..].iter().take_while(|it| **it != '\n').count();
        } else if starts(at, "/*") {
            at = block_comment(&chars, at);
        } else if let Some(end) = raw_text(&chars, at) {
            at = end;
        } else if it == '"' {
            at = quoted(&chars, at + 1, '"');
        } else if it == '\'' && is_character(&chars, at) {
            at = quoted(&chars, at + 1, '\'');
        } else if it.is_alphanumeric() || it == '_' {
            let word: String = chars[at..]
                .iter()
                .take_while(|it| it.is_alphanumeric() || **it == '_')
                .collect();
            at += word.chars().count();
            out.push(word);
        } else if starts(at, "::") {
            out.push("::".to_owned());
            at += 2;
        } else {
            if !it.is_whitespace() {
                out.push(it.to_string());
            }
            at += 1;
        }
    }
    out
}

fn block_comment(chars: &[char], mut at: usize) -> usize {
    let mut depth = 0;
    while at + 1 < chars.len() {
        match (chars[at], chars[at + 1]) {
            ('/', '*') => (depth, at) = (depth + 1, at + 2),
            ('*', '/') if depth == 1 => return at + 2,
            ('*', '/') => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    chars.len()
}

/// The end of a raw text that begins here.
fn raw_text(chars: &[char], at: usize) -> Option<usize> {
    let after_word = at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_');
    let at = match chars[at] {
        'r' if !after_word => at + 1,
        'b' if !after_word && chars.get(at + 1) == Some(&'r') => at + 2,
        _ => return None,
    };
    let signs = chars[at..].iter().take_while(|it| **it == '#').count();
    if chars.get(at + signs) != Some(&'"') {
        return None;
    }
    let end: Vec<char> = std::iter::once('"')
        .chain(std::iter::repeat_n('#', signs))
        .collect();
    let mut at = at + signs + 1;
    while at < chars.len() && !chars[at..].starts_with(&end) {
        at += 1;
    }
    Some(at + end.len())
}

fn quoted(chars: &[char], mut at: usize, end: char) -> usize {
    while at < chars.len() && chars[at] != end {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// A character, not a lifetime.
fn is_character(chars: &[char], at: usize) -> bool {
    chars.get(at + 1) == Some(&'\\') || chars.get(at + 2) == Some(&'\'')
}

/// Leaves out every item that `#[cfg(test)]` stands before.
fn without_tests(tokens: Vec<String>) -> Vec<String> {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut out = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let marked =
            tokens.len() >= at + MARK.len() && tokens[at..at + MARK.len()].iter().eq(MARK.iter());
        if !marked {
            out.push(tokens[at].clone());
            at += 1;
            continue;
        }
        let mut depth = 0;
        while at < tokens.len() {
            let token = tokens[at].as_str();
            at += 1;
            match token {
                "{" => depth += 1,
                "}" if depth == 1 => break,
                "}" => depth -= 1,
                ";" if depth == 0 => break,
                _ => {}
            }
        }
    }
    out
}
