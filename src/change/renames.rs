//! Renames among files that git did not compare: a working tree, or two folders.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use super::ChangedFile;

/// How many pairs of files are compared at most; beyond it files that moved are gone and new.
const MAX_PAIRS: usize = 100_000;

/// The part of the larger file's text that both have to share, in percent: git's own measure.
const SIMILAR: u64 = 50;

/// Puts a file that is gone and a new one together where most of their text is the same, and sorts
/// by path. The most similar go first; each file has one partner at most.
pub fn pair_renames(files: Vec<ChangedFile>) -> Vec<ChangedFile> {
    let gone: Vec<Lines> = lines(&files, |file| match file.after {
        None => file.before_text(),
        Some(_) => None,
    });
    let new: Vec<Lines> = lines(&files, |file| match file.before {
        None => file.after_text(),
        Some(_) => None,
    });
    let mut pairs = Vec::new();
    if gone.len().saturating_mul(new.len()) <= MAX_PAIRS {
        for old in &gone {
            for new in &new {
                let similarity = old.similarity(new);
                if similarity >= SIMILAR {
                    pairs.push((similarity, old.file, new.file));
                }
            }
        }
    }
    pairs.sort_by(|one, other| other.0.cmp(&one.0).then(one.cmp(other)));

    let mut files: Vec<Option<ChangedFile>> = files.into_iter().map(Some).collect();
    let mut joined = Vec::new();
    for (_, old, new) in pairs {
        if files[old].is_none() || files[new].is_none() {
            continue;
        }
        if let (Some(old), Some(new)) = (files[old].take(), files[new].take()) {
            joined.push(ChangedFile {
                base_path: Some(old.path),
                before: old.before,
                ..new
            });
        }
    }
    joined.extend(files.into_iter().flatten());
    joined.sort_by(|one, other| one.path.cmp(&other.path));
    joined
}

/// The lines of a file as hashes with their lengths, sorted.
struct Lines {
    file: usize,
    bytes: u64,
    lines: Vec<(u64, u64)>,
}

fn lines(files: &[ChangedFile], side: impl Fn(&ChangedFile) -> Option<&str>) -> Vec<Lines> {
    let texts = files.iter().enumerate();
    let texts = texts.filter_map(|(file, it)| Some((file, side(it)?)));
    texts
        .filter(|(_, text)| !text.trim().is_empty())
        .map(|(file, text)| {
            let mut lines: Vec<(u64, u64)> = text
                .split_inclusive('\n')
                .map(|line| (hash(line.trim_end()), line.len() as u64))
                .collect();
            lines.sort_unstable();
            let bytes = text.len() as u64;
            Lines { file, bytes, lines }
        })
        .collect()
}

fn hash(line: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    line.hash(&mut hasher);
    hasher.finish()
}

impl Lines {
    /// The shared part of the larger one, in percent.
    fn similarity(&self, other: &Self) -> u64 {
        let larger = self.bytes.max(other.bytes);
        if self.bytes.min(other.bytes) * 100 < larger * SIMILAR {
            return 0;
        }
        let (mut one, mut two) = (self.lines.iter().peekable(), other.lines.iter().peekable());
        let mut shared = 0;
        while let (Some(first), Some(second)) = (one.peek(), two.peek()) {
            match first.0.cmp(&second.0) {
                std::cmp::Ordering::Less => {
                    one.next();
                }
                std::cmp::Ordering::Greater => {
                    two.next();
                }
                std::cmp::Ordering::Equal => {
                    shared += first.1.max(second.1);
                    one.next();
                    two.next();
                }
            }
        }
        shared * 100 / larger
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{Content, RepoPath, Side};

    fn side(text: Option<&str>) -> Option<Side> {
        text.map(|text| Side {
            mode: 0o100_644,
            content: Content::Text(text.to_owned()),
        })
    }

    fn file(path: &str, before: Option<&str>, after: Option<&str>) -> ChangedFile {
        ChangedFile {
            path: RepoPath::from(path),
            base_path: None,
            before: side(before),
            after: side(after),
        }
    }

    fn paths(files: Vec<ChangedFile>) -> Vec<(String, Option<String>)> {
        pair_renames(files)
            .into_iter()
            .map(|it| {
                (
                    it.path.to_string(),
                    it.base_path.map(|path| path.to_string()),
                )
            })
            .collect()
    }

    #[test]
    fn the_most_similar_files_belong_together() {
        let old = "def a():\n    return 1\n\ndef b():\n    return 2\n";
        let files = vec![
            file("exact.py", None, Some(old)),
            file("near.py", None, Some(&old.replace("2", "3"))),
            file("old.py", Some(old), None),
        ];
        let near = ("near.py".to_owned(), None);
        let exact = ("exact.py".to_owned(), Some("old.py".to_owned()));
        assert_eq!(paths(files), [exact, near]);
    }

    #[test]
    fn files_that_share_little_stay_apart() {
        let files = vec![
            file("new.py", None, Some("import os\nprint(os.getcwd())\n")),
            file(
                "old.py",
                Some("import os\nimport sys\nsys.exit(os.getpid())\n"),
                None,
            ),
            file("same.py", Some("import os\n"), Some("import os\n\n")),
        ];
        assert_eq!(paths(files).iter().filter(|it| it.1.is_some()).count(), 0);
    }

    #[test]
    fn empty_files_are_no_renames() {
        let files = vec![file("a", Some(""), None), file("b", None, Some(""))];
        assert_eq!(paths(files).len(), 2);
    }
}
