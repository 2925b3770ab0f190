/// Which commits a range names, before anyone looked whether they exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Range {
    /// `BASE..HEAD`: one tree against the other.
    Between {
        /// The base.
        base: String,
        /// The head.
        head: String,
    },
    /// `BASE...HEAD`, or `REV` for `REV...HEAD`: what the head gained since it left the base.
    SinceFork {
        /// The base.
        base: String,
        /// The head.
        head: String,
    },
    /// `COMMIT^!`: one commit against its first parent.
    Alone(String),
}

impl Range {
    /// Reads a range as git writes them; a side that is left out is `HEAD`.
    ///
    /// None where there is nothing in it.
    pub fn parse(text: &str) -> Option<Self> {
        let side = |revision: &str| match revision {
            "" => "HEAD".to_owned(),
            other => other.to_owned(),
        };
        if matches!(text, "" | ".." | "..." | "^!") {
            None
        } else if let Some((base, head)) = text.split_once("...") {
            let (base, head) = (side(base), side(head));
            Some(Self::SinceFork { base, head })
        } else if let Some((base, head)) = text.split_once("..") {
            let (base, head) = (side(base), side(head));
            Some(Self::Between { base, head })
        } else if let Some(commit) = text.strip_suffix("^!") {
            Some(Self::Alone(commit.to_owned()))
        } else {
            let (base, head) = (text.to_owned(), side(""));
            Some(Self::SinceFork { base, head })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(base: &str, head: &str) -> Option<Range> {
        let (base, head) = (base.to_owned(), head.to_owned());
        Some(Range::Between { base, head })
    }

    fn since_fork(base: &str, head: &str) -> Option<Range> {
        let (base, head) = (base.to_owned(), head.to_owned());
        Some(Range::SinceFork { base, head })
    }

    #[test]
    fn ranges_read_as_git_reads_them() {
        assert_eq!(Range::parse("a..b"), between("a", "b"));
        assert_eq!(Range::parse("a.."), between("a", "HEAD"));
        assert_eq!(Range::parse("..b"), between("HEAD", "b"));
        assert_eq!(Range::parse("a...b"), since_fork("a", "b"));
        assert_eq!(Range::parse("a..."), since_fork("a", "HEAD"));
        assert_eq!(Range::parse("v1.2"), since_fork("v1.2", "HEAD"));
        assert_eq!(Range::parse("a^!"), Some(Range::Alone("a".to_owned())));
    }

    #[test]
    fn nothing_is_no_range() {
        for text in ["", "..", "...", "^!"] {
            assert_eq!(Range::parse(text), None, "{text:?}");
        }
    }
}
