//! What a commit says about itself: whether it declares that it takes something back.

/// Fewer digits name no commit for sure.
const MIN_DIGITS: usize = 7;

/// What a commit's message declares.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Declaration {
    /// Whether it says that it takes something back, or brings back what was taken.
    pub reverts: bool,
    /// The commits that it names, as full names or their beginnings.
    pub commits: Vec<String>,
    /// The subjects that it names.
    pub subjects: Vec<String>,
}

impl Declaration {
    /// Reads a message: `Revert "…"`, `Reapply "…"` or `This reverts commit …`, as git and
    /// GitHub write them.
    pub fn read(message: &str) -> Self {
        let mut found = Self::default();
        for (number, line) in message.lines().map(str::trim).enumerate() {
            // The second paragraph of GitHub's merge commits is the title of the pull request.
            if number < 3
                && let Some(subject) = quoted(line)
            {
                found.reverts = true;
                found.subjects.push(subject.to_owned());
            }
            let words = line.split("This reverts commit ").nth(1);
            if let Some(commit) = words.map(digits)
                && commit.len() >= MIN_DIGITS
            {
                found.reverts = true;
                found.commits.push(commit.to_lowercase());
            }
        }
        found
    }

    /// Whether it names this commit as taken back.
    pub fn names(&self, sha: &str, subject: Option<&str>) -> bool {
        self.commits.iter().any(|commit| sha.starts_with(commit))
            || subject.is_some_and(|subject| self.subjects.iter().any(|it| it == subject))
    }
}

/// The first line of a message.
pub fn subject(message: &str) -> &str {
    message.lines().next().unwrap_or_default().trim()
}

/// What a commit is about: its subject, or for GitHub's merge commits the title of the pull request.
pub fn title(message: &str) -> &str {
    let first = subject(message);
    let merges = first.starts_with("Merge pull request #");
    let title = message
        .lines()
        .skip(1)
        .map(str::trim)
        .find(|line| !line.is_empty());
    title.filter(|_| merges).unwrap_or(first)
}

/// The pull request that a message says it landed: `Merge pull request #12 from …`, or `… (#12)`
/// at the end of the subject.
pub fn pull_request(message: &str) -> Option<u64> {
    let subject = subject(message);
    let number = match subject.strip_prefix("Merge pull request #") {
        Some(rest) => rest.split(' ').next()?,
        None => subject.strip_suffix(')')?.rsplit_once("(#")?.1,
    };
    number.parse().ok()
}

fn quoted(line: &str) -> Option<&str> {
    let rest = ["Revert ", "Reapply "]
        .iter()
        .find_map(|word| line.strip_prefix(word))?;
    let (subject, _) = rest.strip_prefix('"')?.rsplit_once('"')?;
    Some(subject)
}

fn digits(text: &str) -> &str {
    let end = text.find(|sign: char| !sign.is_ascii_hexdigit());
    &text[..end.unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reverts_are_declared_as_git_and_github_write_them() {
        let sha = "0123456789abcdef0123456789abcdef01234567";
        let git = Declaration::read(&format!("Revert \"Add a\"\n\nThis reverts commit {sha}.\n"));
        assert!(git.reverts && git.names(sha, None) && git.names("x", Some("Add a")));
        let squash = Declaration::read("Revert \"Add a (#3)\" (#4)\n\nReverts o/r#3");
        assert!(squash.reverts && squash.names("x", Some("Add a (#3)")));
        let merge = "Merge pull request #4 from o/revert-3-a\n\nRevert \"Add a\"";
        assert!(Declaration::read(merge).reverts);
        assert!(Declaration::read("Reapply \"Add a\"").reverts);
        let again = Declaration::read("Revert \"Revert \"Add a\"\"");
        assert!(again.names("x", Some("Revert \"Add a\"")));
    }

    #[test]
    fn other_words_declare_nothing() {
        for message in [
            "",
            "Revert to the old way",
            "Reverts things",
            "This reverts commit abc.",
            "Add a\n\nsee\n\nRevert \"b\"",
        ] {
            assert!(!Declaration::read(message).reverts, "{message:?}");
        }
    }

    #[test]
    fn a_pull_request_is_read_from_the_subject_alone() {
        assert_eq!(pull_request("Add a (#12)\n\n(#13)"), Some(12));
        assert_eq!(pull_request("Merge pull request #7 from o/b\n\nT"), Some(7));
        assert_eq!(pull_request("Revert \"Add (#12)\" (#14)"), Some(14));
        assert_eq!(pull_request("Add #12"), None);
        assert_eq!(title("Merge pull request #7 from o/b\n\nAdd a"), "Add a");
        assert_eq!(title("Add a\n\nb"), "Add a");
    }
}
