use super::Unread;

/// The content of a file, or why there is none to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Text. Bytes that are not UTF-8 are replaced by U+FFFD; CRLF stays as it is.
    Text(String),
    /// Not read, for a reason that is shown to the user.
    Unread(Unread),
}

/// How far git looks for a NUL byte before it calls a file text.
const BINARY_PROBE: usize = 8000;

/// What the first line of a Git LFS pointer begins with.
const LFS_POINTER: &[u8] = b"version https://git-lfs.github.com/spec/";

/// No pointer is larger, by the format's own rule.
const LFS_POINTER_BYTES: usize = 1024;

impl Content {
    /// Reads the bytes of a file.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        if bytes.len() < LFS_POINTER_BYTES && bytes.starts_with(LFS_POINTER) {
            return Self::Unread(Unread::LfsPointer);
        }
        if bytes.iter().take(BINARY_PROBE).any(|&byte| byte == 0) {
            return Self::Unread(Unread::Binary);
        }
        Self::Text(match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        })
    }

    /// The text, where it was read.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Unread(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_keeps_its_line_endings() {
        let content = Content::from_bytes(b"a\r\nb\n".to_vec());
        assert_eq!(content.text(), Some("a\r\nb\n"));
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_replaced() {
        let content = Content::from_bytes(b"caf\xe9 = 1".to_vec());
        assert_eq!(content.text(), Some("caf\u{fffd} = 1"));
    }

    #[test]
    fn a_nul_byte_near_the_start_is_binary() {
        let binary = Content::Unread(Unread::Binary);
        assert_eq!(Content::from_bytes(b"PK\0".to_vec()), binary);
        let mut late = vec![b'a'; BINARY_PROBE];
        late.push(0);
        assert!(Content::from_bytes(late).text().is_some());
    }

    #[test]
    fn a_pointer_is_not_the_file() {
        let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 2\n";
        let content = Content::from_bytes(pointer.to_vec());
        assert_eq!(content, Content::Unread(Unread::LfsPointer));
    }
}
