//! Whose a file is: a line at its top holds the hash of everything under it.

/// The line before the hash, for whoever opens the file.
const WORDS: &str = "# Written by `afterclick init`; `afterclick uninstall` takes it back as long as it is unchanged.\n";

/// What stands before the hash.
const KEY: &str = "# afterclick-owned: blake3:";

/// Whose a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// It is as we wrote it.
    Ours,
    /// We wrote it, and somebody changed it since.
    Edited,
    /// It was never ours.
    Foreign,
}

/// The text with its mark on top.
pub(super) fn marked(body: &str) -> String {
    format!("{WORDS}{KEY}{}\n{body}", hash(body))
}

/// Whose this text is. A checkout may have changed the line endings, and nothing else.
pub(super) fn owner(text: &str) -> Owner {
    let text = text.replace("\r\n", "\n");
    let Some(rest) = text.strip_prefix(WORDS) else {
        return match text.contains(KEY) {
            true => Owner::Edited,
            false => Owner::Foreign,
        };
    };
    let Some((named, body)) = rest.strip_prefix(KEY).and_then(|it| it.split_once('\n')) else {
        return Owner::Edited;
    };
    match named == hash(body) {
        true => Owner::Ours,
        false => Owner::Edited,
    }
}

fn hash(body: &str) -> String {
    blake3::hash(body.as_bytes()).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_unchanged_file_is_ours() {
        let text = marked("a: 1\n");
        assert_eq!(owner(&text), Owner::Ours);
        assert_eq!(owner(&text.replace('\n', "\r\n")), Owner::Ours);
        assert_eq!(owner(&text.replace("a: 1", "a: 2")), Owner::Edited);
        assert_eq!(owner(&format!("# mine\n{text}")), Owner::Edited);
        assert_eq!(owner(&format!("{text}\n")), Owner::Edited);
        assert_eq!(owner("a: 1\n"), Owner::Foreign);
        assert_eq!(owner(""), Owner::Foreign);
    }
}
