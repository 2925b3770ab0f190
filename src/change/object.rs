use std::fmt;

/// The full name of a git object: 40 hexadecimal digits (SHA-1), or 64 (SHA-256).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(String);

impl ObjectId {
    /// Reads a full name; none where it is not one.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let full = matches!(bytes.len(), 40 | 64);
        let hexadecimal = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if !full || !bytes.iter().all(hexadecimal) {
            return None;
        }
        String::from_utf8(bytes.to_vec()).ok().map(Self)
    }

    /// The name with this digest: 20 bytes (SHA-1), or 32 (SHA-256).
    pub(crate) fn of_digest(digest: &[u8]) -> Self {
        let digit = |half: u8| char::from_digit(u32::from(half), 16);
        let halves = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        Self(halves.filter_map(digit).collect())
    }

    /// The name of the tree without entries, in the hash that `self` is in.
    pub fn empty_tree(&self) -> Self {
        Self(
            match self.0.len() {
                64 => "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
                _ => "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
            }
            .to_owned(),
        )
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is git's word for *no object*.
    pub fn is_zero(&self) -> bool {
        self.0.bytes().all(|byte| byte == b'0')
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}
