//! Every size that an output has to keep to, in one place.

/// Concerns in sight; the others fold.
pub const CONCERNS_IN_SIGHT: usize = 3;

/// Lines of a list before it ends in a count.
pub const LIST: usize = 10;

/// Characters of a fingerprint that are shown.
pub const FINGERPRINT: usize = 8;

/// Characters of a line of code that are shown outside of a terminal.
pub const SNIPPET: usize = 300;

/// Characters of a symbol that are shown.
pub const SYMBOL: usize = 120;

/// Characters of a path that are shown outside of a terminal.
pub const PATH: usize = 500;

/// Characters of one running text (a concern, an advice, a lesson, a reason).
pub const PROSE: usize = 1_000;

/// Incidents that one concern shows.
pub const INCIDENTS: usize = 3;

/// Columns of running text on a wide terminal; longer lines are hard to read.
pub const PROSE_COLUMNS: usize = 92;

/// Columns below which a terminal is treated as this wide.
pub const MIN_COLUMNS: usize = 40;

/// Bytes of a comment on GitHub, with room below its own limit of 65,536 characters.
pub const COMMENT: usize = 65_000;

/// Characters of a text that answers a comment.
pub const ANSWER: usize = 8_000;

/// Characters of a check run's title: GitHub's limit.
pub const CHECK_TITLE: usize = 255;

/// Bytes of a check run's summary, within GitHub's 65,535 characters.
pub const CHECK_SUMMARY: usize = 65_000;

/// Bytes of a job summary, within GitHub's 1 MiB a step.
pub const JOB_SUMMARY: usize = 1_000_000;

/// Bytes of an annotation's message: GitHub's 64 KB.
pub const ANNOTATION_MESSAGE: usize = 64_000;

/// Characters of an annotation's title: GitHub's limit.
pub const ANNOTATION_TITLE: usize = 255;

/// Annotations in one call to the check runs API: GitHub's limit.
pub const ANNOTATIONS_PER_CALL: usize = 50;

/// Characters of what a deployment or its status says: GitHub's limit.
pub const DEPLOYMENT_DESCRIPTION: usize = 140;

/// Annotations of one level that GitHub takes from the workflow commands of one step.
pub const COMMANDS_PER_LEVEL: usize = 10;

/// The text, cut after so many characters with `…` as the last of them.
pub fn clip(text: &str, characters: usize) -> String {
    if text.chars().count() <= characters {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(characters.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// The text, cut at a character so that it keeps to so many bytes, `…` included.
pub fn clip_bytes(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(bytes.saturating_sub('…'.len_utf8()));
    format!("{}…", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::{clip, clip_bytes};

    #[test]
    fn a_cut_text_says_so_and_keeps_to_its_limit() {
        assert_eq!(clip("abcdef", 6), "abcdef");
        assert_eq!(clip("abcdefg", 6), "abcde…");
        assert_eq!(clip_bytes("ééééé", 10), "ééééé");
        assert_eq!(clip_bytes("éééééé", 10), "ééé…");
    }
}
