use std::fmt;

/// A path inside the repository: the bytes that git gave, with `/` between folders.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepoPath(Vec<u8>);

impl RepoPath {
    /// Takes the bytes as they are.
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// The bytes as git gave them.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<&str> for RepoPath {
    fn from(path: &str) -> Self {
        Self(path.as_bytes().to_vec())
    }
}

/// For people: bytes that are not UTF-8 are replaced; characters that a terminal acts on or that
/// would hide or reorder the others are escaped.
impl fmt::Display for RepoPath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in String::from_utf8_lossy(&self.0).chars() {
            if deceives(character) {
                write!(out, "{}", character.escape_default())?;
            } else {
                write!(out, "{character}")?;
            }
        }
        Ok(())
    }
}

/// Control characters, and the invisible ones that reorder or hide their neighbours.
fn deceives(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
        )
}

impl fmt::Debug for RepoPath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?}", self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_cannot_act_on_a_terminal_or_look_like_another() {
        let path = RepoPath::from("a\u{1b}[31m\n\u{202e}gpj.exe");
        assert_eq!(path.to_string(), "a\\u{1b}[31m\\n\\u{202e}gpj.exe");
    }

    #[test]
    fn a_path_that_is_not_utf_8_keeps_its_bytes() {
        let path = RepoPath::from_bytes(b"caf\xe9".as_slice());
        assert_eq!(path.as_bytes(), b"caf\xe9");
        assert_eq!(path.to_string(), "caf\u{fffd}");
    }
}
