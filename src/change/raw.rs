//! Reads what `git diff-tree --raw -z` and its sisters print. Any bytes give a value or an error.

use std::fmt;

use super::{ObjectId, RepoPath};

/// One line of a raw diff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawEntry {
    /// What happened to the path.
    pub status: RawStatus,
    /// The side before, if there was one.
    pub before: Option<RawSide>,
    /// The side after, if there is one.
    pub after: Option<RawSide>,
    /// The path on the head side; on the base side where the file is gone.
    pub path: RepoPath,
    /// The path on the base side where it differs (a rename or a copy).
    pub base_path: Option<RepoPath>,
}

/// A file on one side of a raw diff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawSide {
    /// The git file mode, such as `0o100644`.
    pub mode: u32,
    /// The object; none where git names none, because the file lies in the working tree.
    pub object: Option<ObjectId>,
}

/// What happened to a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RawStatus {
    /// New.
    Added,
    /// A copy of another file.
    Copied,
    /// Gone.
    Deleted,
    /// Content or mode differ.
    Modified,
    /// Under another path, perhaps with other content.
    Renamed,
    /// Another type: a file became a link or a submodule, or the reverse.
    TypeChanged,
    /// In the middle of a merge.
    Unmerged,
}

/// Why bytes are not a raw diff.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawError {
    /// Where it went wrong, in bytes from the start.
    pub offset: usize,
    /// What should have stood there.
    pub expected: &'static str,
}

impl fmt::Display for RawError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "expected {} at byte {}", self.expected, self.offset)
    }
}

impl std::error::Error for RawError {}

/// Reads a raw diff, in the order in which it stands.
///
/// # Errors
/// Where the bytes are not what `--raw -z` prints between two trees.
pub fn parse(bytes: &[u8]) -> Result<Vec<RawEntry>, RawError> {
    let mut reader = Reader { bytes, offset: 0 };
    let mut entries = Vec::new();
    while reader.offset < bytes.len() {
        entries.push(reader.entry()?);
    }
    Ok(entries)
}

struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    fn entry(&mut self) -> Result<RawEntry, RawError> {
        let start = self.offset;
        let fail = |expected| RawError {
            offset: start,
            expected,
        };
        let header = self.until_nul("a line that ends in NUL")?;
        let header = header.strip_prefix(b":").ok_or(fail("a colon"))?;
        let mut fields = header.split(|&byte| byte == b' ');
        let mut field = |expected| fields.next().ok_or(fail(expected));
        let old_mode = mode(field("a mode")?).ok_or(fail("an octal mode"))?;
        let new_mode = mode(field("a mode")?).ok_or(fail("an octal mode"))?;
        let old = object(field("an object id")?).ok_or(fail("an object id"))?;
        let new = object(field("an object id")?).ok_or(fail("an object id"))?;
        let status = status(field("a status")?).ok_or(fail("a status"))?;
        if fields.next().is_some() {
            return Err(fail("five fields"));
        }

        let first = self.path()?;
        let (base_path, path) = match status {
            RawStatus::Renamed | RawStatus::Copied => (Some(first), self.path()?),
            _ => (None, first),
        };
        let side = |mode, object| (mode != 0).then_some(RawSide { mode, object });
        Ok(RawEntry {
            status,
            before: side(old_mode, old),
            after: side(new_mode, new),
            path,
            base_path,
        })
    }

    fn path(&mut self) -> Result<RepoPath, RawError> {
        let offset = self.offset;
        let path = self.until_nul("a path that ends in NUL")?;
        if path.is_empty() {
            let expected = "a path";
            return Err(RawError { offset, expected });
        }
        Ok(RepoPath::from_bytes(path))
    }

    fn until_nul(&mut self, expected: &'static str) -> Result<&'a [u8], RawError> {
        let offset = self.offset;
        let rest = self.bytes.get(offset..).unwrap_or_default();
        let length = rest
            .iter()
            .position(|&byte| byte == 0)
            .ok_or(RawError { offset, expected })?;
        self.offset += length + 1;
        Ok(&rest[..length])
    }
}

fn mode(field: &[u8]) -> Option<u32> {
    if field.len() != 6 {
        return None;
    }
    field.iter().try_fold(0, |mode, &byte| match byte {
        b'0'..=b'7' => Some(mode << 3 | u32::from(byte - b'0')),
        _ => None,
    })
}

/// The outer option is the validity of the field, the inner one whether it names an object.
fn object(field: &[u8]) -> Option<Option<ObjectId>> {
    let id = ObjectId::parse(field)?;
    Some((!id.is_zero()).then_some(id))
}

fn status(field: &[u8]) -> Option<RawStatus> {
    let (&letter, score) = field.split_first()?;
    if score.len() > 3 || !score.iter().all(u8::is_ascii_digit) {
        return None;
    }
    match letter {
        b'A' => Some(RawStatus::Added),
        b'C' => Some(RawStatus::Copied),
        b'D' => Some(RawStatus::Deleted),
        b'M' => Some(RawStatus::Modified),
        b'R' => Some(RawStatus::Renamed),
        b'T' => Some(RawStatus::TypeChanged),
        b'U' => Some(RawStatus::Unmerged),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "1111111111111111111111111111111111111111";
    const NEW: &str = "2222222222222222222222222222222222222222";
    const NONE: &str = "0000000000000000000000000000000000000000";

    fn one(text: &str) -> RawEntry {
        let mut entries = parse(text.as_bytes()).unwrap();
        assert_eq!(entries.len(), 1);
        entries.remove(0)
    }

    #[test]
    fn a_modified_file_has_two_sides() {
        let entry = one(&format!(":100644 100755 {OLD} {NEW} M\0a b\n.py\0"));
        assert_eq!(entry.status, RawStatus::Modified);
        assert_eq!(entry.path, RepoPath::from("a b\n.py"));
        assert_eq!(entry.before.unwrap().mode, 0o100_644);
        let after = entry.after.unwrap();
        assert_eq!(after.mode, 0o100_755);
        assert_eq!(after.object.unwrap().as_str(), NEW);
    }

    #[test]
    fn a_rename_has_two_paths() {
        let entry = one(&format!(
            ":100644 100644 {OLD} {NEW} R086\0old.py\0new.py\0"
        ));
        assert_eq!(entry.status, RawStatus::Renamed);
        assert_eq!(entry.base_path, Some(RepoPath::from("old.py")));
        assert_eq!(entry.path, RepoPath::from("new.py"));
    }

    #[test]
    fn an_added_file_has_no_side_before() {
        let entry = one(&format!(":000000 100644 {NONE} {NEW} A\0-x\0"));
        assert_eq!(entry.before, None);
    }

    #[test]
    fn a_file_in_the_working_tree_has_no_object() {
        let entry = one(&format!(":100644 100644 {OLD} {NONE} M\0a\0"));
        assert_eq!(entry.after.unwrap().object, None);
    }

    #[test]
    fn several_entries_follow_each_other() {
        let text = format!(":100644 000000 {OLD} {NONE} D\0a\0:000000 000000 {NONE} {NONE} U\0b\0");
        let entries = parse(text.as_bytes()).unwrap();
        assert_eq!(entries[0].status, RawStatus::Deleted);
        assert_eq!(entries[1].status, RawStatus::Unmerged);
    }

    #[test]
    fn what_is_not_a_raw_diff_is_an_error_with_its_place() {
        for (text, expected) in [
            ("x".to_owned(), "a line that ends in NUL"),
            ("x\0".to_owned(), "a colon"),
            (format!(":100644 10064 {OLD} {NEW} M\0a\0"), "an octal mode"),
            (
                format!(":100644 100649 {OLD} {NEW} M\0a\0"),
                "an octal mode",
            ),
            (":100644 100644 11 22 M\0a\0".to_owned(), "an object id"),
            (format!(":100644 100644 {OLD} {NEW} Q\0a\0"), "a status"),
            (
                format!(":100644 100644 {OLD} {NEW} M 1\0a\0"),
                "five fields",
            ),
            (
                format!("::100644 100644 {OLD} {NEW} M\0a\0"),
                "an octal mode",
            ),
        ] {
            let error = parse(text.as_bytes()).unwrap_err();
            assert_eq!((error.offset, error.expected), (0, expected), "{text:?}");
        }
        let text = format!(":100644 100644 {OLD} {NEW} M\0");
        assert_eq!(parse(text.as_bytes()).unwrap_err().offset, text.len());
        let text = format!(":100644 100644 {OLD} {NEW} R100\0a\0");
        assert!(parse(text.as_bytes()).is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let _ = parse(&bytes);
        }

        #[test]
        fn no_tail_of_a_diff_makes_it_panic(tail: Vec<u8>, cut in 0_usize..100) {
            let mut bytes = format!(":100644 100644 {OLD} {NEW} R100\0a\0b\0").into_bytes();
            bytes.truncate(cut);
            bytes.extend(tail);
            let _ = parse(&bytes);
        }
    }
}
