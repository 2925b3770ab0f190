//! Path patterns of a whole file, compiled once into one matcher.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::diagnostics::{Diagnostics, Position, shown};

/// The most patterns that one file may have: what they compile to is kept in memory.
const MAX_PATTERNS: usize = 1000;

/// The longest pattern, in bytes.
const MAX_PATTERN_BYTES: usize = 256;

/// The most wildcards in one pattern: each multiplies what it compiles to.
const MAX_WILDCARDS: usize = 20;

/// Patterns, each with what it stands for.
#[derive(Debug, Clone)]
pub(crate) struct Patterns<T> {
    set: GlobSet,
    /// One entry a compiled glob.
    owners: Vec<(T, String)>,
}

impl<T> Default for Patterns<T> {
    fn default() -> Self {
        Self {
            set: GlobSet::empty(),
            owners: Vec::new(),
        }
    }
}

impl<T: Copy> Patterns<T> {
    /// What matches a path, in the order in which the patterns were added.
    pub(crate) fn matches(&self, path: &str) -> impl Iterator<Item = (T, &str)> {
        let found = self.set.matches(path).into_iter();
        found
            .filter_map(|index| self.owners.get(index))
            .map(|(owner, pattern)| (*owner, pattern.as_str()))
    }
}

/// Collects patterns, and reports those that cannot be one.
pub(crate) struct PatternsBuilder<T> {
    globs: GlobSetBuilder,
    owners: Vec<(T, String)>,
    count: usize,
}

impl<T: Copy> PatternsBuilder<T> {
    pub(crate) fn new() -> Self {
        Self {
            globs: GlobSetBuilder::new(),
            owners: Vec::new(),
            count: 0,
        }
    }

    pub(crate) fn add(&mut self, pattern: &str, owner: T, at: Position, found: &mut Diagnostics) {
        self.count += 1;
        if self.count > MAX_PATTERNS {
            // Said once, at the first that is too many.
            if self.count == MAX_PATTERNS + 1 {
                found.push(
                    at,
                    format!("the file has more than {MAX_PATTERNS} patterns"),
                );
            }
            return;
        }
        if let Some((message, hint)) = problem(pattern) {
            found.add(at, message, hint);
            return;
        }
        let folder = pattern.trim_end_matches('/');
        let plain = !folder.contains(['*', '?', '[', '{', '\\']);
        // A plain name is that file, or all that is in that folder.
        let globs = match (plain, pattern.ends_with('/')) {
            (true, false) => vec![folder.to_owned(), format!("{folder}/**")],
            (_, true) => vec![format!("{folder}/**")],
            (false, false) => vec![pattern.to_owned()],
        };
        for glob in globs {
            let built = GlobBuilder::new(&glob)
                .literal_separator(true)
                .backslash_escape(true)
                .build();
            match built {
                Ok(built) => {
                    self.globs.add(built);
                    self.owners.push((owner, pattern.to_owned()));
                }
                Err(error) => {
                    let said = error.kind().to_string();
                    let message = format!("`{}` is not a pattern: {said}", shown(pattern));
                    found.push(at, message);
                    return;
                }
            }
        }
    }

    /// The matcher; `at` is where the patterns begin, should they be too much together.
    pub(crate) fn build(self, at: Position, found: &mut Diagnostics) -> Patterns<T> {
        match self.globs.build() {
            Ok(set) => Patterns {
                set,
                owners: self.owners,
            },
            Err(error) => {
                let message = format!("the patterns are too large: {}", shown(&error.to_string()));
                found.push(at, message);
                Patterns::default()
            }
        }
    }
}

fn problem(pattern: &str) -> Option<(String, Option<String>)> {
    let name = shown(pattern);
    if pattern.trim().is_empty() {
        return Some(("a pattern is empty".to_owned(), None));
    }
    if pattern.len() > MAX_PATTERN_BYTES {
        let message = format!("`{name}` is longer than {MAX_PATTERN_BYTES} bytes");
        return Some((message, None));
    }
    if pattern.matches(['*', '?', '[', '{', ',']).count() > MAX_WILDCARDS {
        let message = format!("`{name}` has more than {MAX_WILDCARDS} wildcards");
        return Some((message, Some("split it into several patterns".to_owned())));
    }
    if pattern.contains(char::is_control) {
        return Some((format!("`{name}` has a control character in it"), None));
    }
    if pattern.starts_with('!') {
        return Some((
            format!("`{name}` starts with `!`; patterns cannot be turned around"),
            Some("list what is meant, or use `include`".to_owned()),
        ));
    }
    let from_root = pattern.trim_start_matches("./").trim_start_matches('/');
    if from_root != pattern {
        return Some((
            format!("`{name}` would match nothing; patterns start at the root of the repository"),
            (!from_root.is_empty()).then(|| format!("write `{}`", shown(from_root))),
        ));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matching(pattern: &str, path: &str) -> bool {
        let mut found = Diagnostics::default();
        let mut builder = PatternsBuilder::new();
        builder.add(pattern, (), Position::START, &mut found);
        let patterns = builder.build(Position::START, &mut found);
        found.finish(()).unwrap();
        patterns.matches(path).next().is_some()
    }

    fn refused(pattern: &str) -> String {
        let mut found = Diagnostics::default();
        let mut builder = PatternsBuilder::new();
        builder.add(pattern, (), Position::START, &mut found);
        found.finish(()).unwrap_err()[0].to_string()
    }

    #[test]
    fn patterns_mean_what_people_expect() {
        for (pattern, path) in [
            ("billing/**", "billing/a/b.rb"),
            ("billing", "billing/a/b.rb"),
            ("billing/", "billing/a.rb"),
            ("Gemfile", "Gemfile"),
            ("**/*.generated.ts", "src/api.generated.ts"),
            ("**/*.generated.ts", "api.generated.ts"),
            ("app/{billing,payments}/*.rb", "app/payments/a.rb"),
        ] {
            assert!(matching(pattern, path), "{pattern} should match {path}");
        }
        for (pattern, path) in [
            ("billing/*", "billing/a/b.rb"),
            ("billing", "app/billing/a.rb"),
            ("billing", "billing2/a.rb"),
            ("*.rb", "app/a.rb"),
        ] {
            assert!(
                !matching(pattern, path),
                "{pattern} should not match {path}"
            );
        }
    }

    #[test]
    fn patterns_that_cannot_work_are_refused_with_what_to_write() {
        assert_eq!(
            refused("/vendor/**"),
            "1:1: `/vendor/**` would match nothing; patterns start at the root of the repository (write `vendor/**`)"
        );
        assert!(refused("!vendor").contains("turned around"));
        assert!(refused("a[").contains("is not a pattern"));
        assert!(refused("  ").contains("empty"));
        assert!(refused(&"*a".repeat(30)).contains("more than 20 wildcards"));
        assert!(refused(&"a".repeat(300)).contains("longer than 256 bytes"));
    }

    #[test]
    fn too_many_patterns_are_refused_once() {
        let mut found = Diagnostics::default();
        let mut builder = PatternsBuilder::new();
        for number in 0..MAX_PATTERNS + 5 {
            builder.add(&format!("d{number}"), (), Position::START, &mut found);
        }
        assert_eq!(found.finish(()).unwrap_err().len(), 1);
    }
}
