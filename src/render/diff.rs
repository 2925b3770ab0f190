//! What would change in a file, as a unified diff.

use owo_colors::OwoColorize;
use similar::{ChangeTag, TextDiff};

use super::safe::visible;

/// Lines around a change.
const CONTEXT: usize = 3;

/// The diff of one file; none as `before` where it is new, none as `after` where it goes.
pub fn unified(path: &str, before: Option<&str>, after: Option<&str>, color: bool) -> String {
    let path = visible(path);
    let name = |side: &str, text: Option<&str>| match text {
        Some(_) => format!("{side}/{path}"),
        None => "/dev/null".to_owned(),
    };
    let mut out = format!("--- {}\n+++ {}\n", name("a", before), name("b", after));
    let diff = TextDiff::from_lines(before.unwrap_or_default(), after.unwrap_or_default());
    for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
        out.push_str(&format!("{}\n", hunk.header()));
        for change in hunk.iter_changes() {
            let line = visible(change.value().trim_end_matches(['\n', '\r']));
            let line = format!("{}{line}", change.tag());
            out.push_str(&match change.tag() {
                ChangeTag::Insert if color => line.green().to_string(),
                ChangeTag::Delete if color => line.red().to_string(),
                _ => line,
            });
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::unified;

    #[test]
    fn a_diff_shows_what_changes_and_nothing_that_a_terminal_obeys() {
        let found = unified(
            "a\u{1b}.yml",
            Some("a\nb\n"),
            Some("a\nc\u{1b}[2J\n"),
            false,
        );
        let expected =
            "--- a/a\\u{1b}.yml\n+++ b/a\\u{1b}.yml\n@@ -1,2 +1,2 @@\n a\n-b\n+c\\u{1b}[2J\n";
        assert_eq!(found, expected);
        assert!(unified("a", None, Some("x\n"), true).contains("/dev/null"));
    }
}
