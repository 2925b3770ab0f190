//! Where what stands on the branch of the ledger.
//!
//! A folder a stream: an append changes one segment, one folder and the root. The state that the
//! events of an environment fold to is kept once a segment and not once an event: both are what
//! keeps a long ledger small.

use super::RECORD;

/// The board, for people.
pub const BOARD: &str = "BOARD.md";

/// What this branch is, for people.
pub const README: &str = "README.md";

/// The text of [`README`].
pub const README_TEXT: &str = include_str!("README.md");

/// The longest name of a stream: the longest name of an environment, every byte of it escaped.
const MAX_STREAM_BYTES: usize = 3 * 255 + 5;

/// The longest name of a branch that we write to.
const MAX_BRANCH_BYTES: usize = 200;

/// Where the segment of a stream stands; the first is number 1, and stands in `0-0-0-1.jsonl`.
///
/// When git packs a repository, it looks for what a file has in common with others among those whose
/// paths end alike, by a number that it makes of the last letters. With a letter between two digits,
/// no two segments of a stream have the same number, and git finds the earlier versions of each.
pub fn segment(stream: &str, number: u32) -> String {
    format!("{stream}/{}.jsonl", spread(number))
}

fn spread(number: u32) -> String {
    let digits: Vec<String> = format!("{number:04}").chars().map(String::from).collect();
    digits.join("-")
}

/// Where the state of a stream before its last segment stands; there is none before the first.
pub fn state(stream: &str) -> String {
    format!("{stream}/state.json")
}

/// The number of a segment, from its name in the folder of its stream.
pub fn number(name: &str) -> Option<u32> {
    let digits = name.strip_suffix(".jsonl")?;
    let number = digits.replace('-', "").parse().ok();
    let number = number.filter(|&number| number > 0)?;
    (spread(number) == digits).then_some(number)
}

/// Whether the events of a stream fold to a state that is kept.
pub fn has_state(stream: &str) -> bool {
    stream != RECORD
}

/// Whether a name can be that of a stream, and so of a folder.
pub fn is_stream(name: &str) -> bool {
    let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'%');
    let environment = name.strip_prefix("ship-").is_some_and(|it| !it.is_empty());
    (name == RECORD || environment) && name.len() <= MAX_STREAM_BYTES && name.bytes().all(plain)
}

/// Whether a name can be that of the branch: what git takes, and a little less.
pub fn is_branch(name: &str) -> bool {
    let plain =
        |byte: u8| matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.');
    let part = |part: &str| {
        let ends = part.starts_with(['.', '-']) || part.ends_with(['.', '-']);
        !part.is_empty() && !ends && !part.ends_with(".lock") && !part.contains("..")
    };
    name.len() <= MAX_BRANCH_BYTES
        && name.bytes().all(|byte| plain(byte) || byte == b'/')
        && name.split('/').all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_has_one_name_and_a_name_one_number() {
        assert_eq!(segment("ship-a%2fb", 42), "ship-a%2fb/0-0-4-2.jsonl");
        for number in [1, 9_999, 10_000, u32::MAX] {
            let path = segment(RECORD, number);
            let (_, name) = path.split_once('/').unwrap();
            assert_eq!(super::number(name), Some(number));
        }
        for other in [
            "state.json",
            "1.jsonl",
            "0001.jsonl",
            "0-0-0-0.jsonl",
            "0-0-0-0-1.jsonl",
            "+-0-0-1.jsonl",
            "0-0-0--1.jsonl",
            "9-9-9-9-9-9-9-9-9-9-9.jsonl",
            ".jsonl",
        ] {
            assert_eq!(number(other), None, "{other}");
        }
    }

    #[test]
    fn no_name_leads_out_of_the_branch() {
        for stream in ["record", "ship-production", "ship-%2e."] {
            assert!(is_stream(stream), "{stream}");
        }
        for stream in [
            "",
            "..",
            "ship-",
            "ship-a/b",
            "Record",
            "ship-a\nb",
            "plans",
        ] {
            assert!(!is_stream(stream), "{stream}");
        }
        for branch in ["afterclick/ledger", "ledger", "a/b-c_d.e"] {
            assert!(is_branch(branch), "{branch}");
        }
        for branch in [
            "", "/a", "a/", "a..b", "-a", "a.lock", "a b", "a:b", "@{-1}", "a//b", "+a",
        ] {
            assert!(!is_branch(branch), "{branch}");
        }
    }
}
