//! Comments that ask the review to be silent: `afterclick: ignore[check] reason`.
//!
//! Only a comment that already stood on the base side counts, and only for what stood under it
//! there. One that the change brings, or moves, or slips something new under, silences nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::policy::{AGREE, Diagnostic, Diagnostics, Position, Weakening, name_hint, shown};

pub(crate) const MARK: &str = "afterclick:";

/// What a mark may stand behind: the ends of what opens a comment in the languages we read.
const OPENERS: [&str; 8] = ["//", "#", "--", "*", "!", ";", "%", "'"];

/// What may close a comment behind the reason.
const CLOSERS: [&str; 8] = ["*/}", "*/", "-->", "--%>", "--}}", "%>", "#}", "}}"];

/// A comment that asks to be silent about one or more checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignore {
    /// The ids of the checks.
    pub checks: Vec<String>,
    /// Why.
    pub reason: String,
    /// Its line, from 1.
    pub line: u32,
    /// The line that it is about, from 1: its own, or the next one when it stands alone.
    pub covers: u32,
}

impl Ignore {
    /// What a change that brings this comment weakens; its path is the caller's to add.
    pub fn weakening(&self) -> Weakening {
        let checks = self.checks.join(", ");
        Weakening {
            key: format!("ignore {checks} {}", self.reason),
            what: format!(
                "After this change, reviews would no longer show `{checks}` here. The reason \
                 given: {}",
                self.reason
            ),
            advice: AGREE.to_owned(),
            line: Some(self.line),
            before: None,
            after: Some(format!("afterclick: ignore[{checks}] {}", self.reason)),
        }
    }
}

/// The comments of one file, and which of them count.
#[derive(Debug, Default)]
pub struct Ignores {
    /// On the base side and on the head side; only those that count.
    standing: Vec<(Ignore, HeadCover)>,
    /// On the head side, brought by the change.
    brought: Vec<Ignore>,
    /// On the head side, not readable.
    broken: Vec<Diagnostic>,
}

/// What a standing comment covers on the head side: a line, unless something new was slipped in
/// between the comment and what it was about.
type HeadCover = Option<u32>;

impl Ignores {
    /// Reads the comments of a file, given its text on both sides; an absent side is empty text.
    /// `known_checks` are the ids that a comment may name.
    pub fn read(base: &str, head: &str, known_checks: &[&str]) -> Self {
        if !head.contains(MARK) {
            return Self::default();
        }
        let (base_ignores, _) = scan(base, known_checks);
        let (head_ignores, broken) = scan(head, known_checks);
        let aligned = align(&keys(base, &base_ignores), &keys(head, &head_ignores));
        let head_by_line: BTreeMap<u32, &Ignore> =
            head_ignores.iter().map(|one| (one.line, one)).collect();

        let mut standing = Vec::new();
        let mut kept = BTreeSet::new();
        for ignore in base_ignores {
            let Some(now) = aligned
                .get(&ignore.line)
                .and_then(|line| head_by_line.get(line))
            else {
                continue;
            };
            kept.insert(now.line);
            let was_there = aligned.get(&ignore.covers);
            let head_cover = was_there.is_none_or(|line| *line == now.covers);
            let head_cover = head_cover.then_some(now.covers);
            standing.push((ignore, head_cover));
        }
        let brought = head_ignores
            .into_iter()
            .filter(|ignore| !kept.contains(&ignore.line))
            .collect();
        Self {
            standing,
            brought,
            broken,
        }
    }

    /// The reason why a concern of `check` is not shown, if a comment that already stood covers
    /// its line on the base side, or on the head side what replaced that line.
    pub fn reason(&self, check: &str, line: Option<u32>, base_line: Option<u32>) -> Option<&str> {
        self.standing
            .iter()
            .filter(|(ignore, _)| ignore.checks.iter().any(|id| id == check))
            .find(|(ignore, head_cover)| match base_line {
                Some(base_line) => ignore.covers == base_line || ignore.line == base_line,
                None => line.is_some() && line == *head_cover,
            })
            .map(|(ignore, _)| ignore.reason.as_str())
    }

    /// The comments that the change brings. They silence nothing; each is a concern of its own.
    pub fn brought(&self) -> &[Ignore] {
        &self.brought
    }

    /// The comments on the head side that cannot count: without a reason, or naming no check.
    pub fn broken(&self) -> &[Diagnostic] {
        &self.broken
    }
}

/// The comments of a text, and those that are meant to be one and are not.
fn scan(text: &str, known_checks: &[&str]) -> (Vec<Ignore>, Vec<Diagnostic>) {
    let mut ignores = Vec::new();
    let mut broken = Diagnostics::default();
    for (line, content) in numbered(text) {
        let Some((code, asked)) = comment(content) else {
            continue;
        };
        let column = u32::try_from(content[..content.len() - asked.len()].chars().count());
        let at = Position {
            line,
            column: column.unwrap_or(0) + 1,
        };
        match parse(asked, known_checks) {
            Ok((checks, reason)) => ignores.push(Ignore {
                checks,
                reason,
                line,
                covers: if code.is_empty() { line + 1 } else { line },
            }),
            Err((message, hint)) => broken.add(at, message, hint),
        }
    }
    // Of several comments above one line, each is about that line.
    let alone: BTreeSet<u32> = ignores
        .iter()
        .filter(|ignore| ignore.covers != ignore.line)
        .map(|ignore| ignore.line)
        .collect();
    for ignore in ignores.iter_mut().rev() {
        while alone.contains(&ignore.covers) {
            ignore.covers += 1;
        }
    }
    (ignores, broken.finish(()).err().unwrap_or_default())
}

/// The code in front of a comment that starts with the mark, and the comment from `ignore` on.
fn comment(line: &str) -> Option<(&str, &str)> {
    let at = line.find(MARK)?;
    let before = line[..at].trim_end();
    let asked = line[at + MARK.len()..].trim_start();
    if !asked.starts_with("ignore") {
        return None;
    }
    let opened = OPENERS.iter().any(|opener| before.ends_with(opener));
    let code = before.trim_end_matches(|sign: char| sign.is_ascii_punctuation());
    opened.then_some((code.trim(), asked))
}

type Problem = (String, Option<String>);

fn parse(asked: &str, known_checks: &[&str]) -> Result<(Vec<String>, String), Problem> {
    let shape = || Some("write `afterclick: ignore[check] reason`".to_owned());
    let rest = asked.trim_start_matches("ignore").trim_start();
    let Some((ids, reason)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) else {
        return Err(("this comment names no check".to_owned(), shape()));
    };
    let checks: Vec<String> = ids.split(',').map(|id| id.trim().to_owned()).collect();
    for id in &checks {
        if !known_checks.contains(&id.as_str()) {
            let message = format!("there is no check `{}`", shown(id));
            return Err((message, name_hint(id, known_checks)));
        }
    }
    let mut reason = reason.trim();
    for closer in CLOSERS {
        reason = reason.strip_suffix(closer).unwrap_or(reason).trim_end();
    }
    let reason = reason.trim_start_matches([':', '-', ' ']);
    if !reason.contains(char::is_alphanumeric) {
        return Err(("this comment gives no reason".to_owned(), shape()));
    }
    Ok((checks, shown(reason)))
}

fn numbered(text: &str) -> impl Iterator<Item = (u32, &str)> {
    (1..).zip(text.lines())
}

/// What each line is recognised by on the other side: a line with a comment of ours by that
/// comment, since the code in front of it may change; any other line by its trimmed text.
fn keys(text: &str, ignores: &[Ignore]) -> Vec<String> {
    let mut keys: Vec<String> = text.lines().map(|line| line.trim().to_owned()).collect();
    for ignore in ignores {
        if let Some(key) = keys.get_mut(ignore.line as usize - 1) {
            *key = format!("{MARK}{:?}{}", ignore.checks, ignore.reason);
        }
    }
    keys
}

/// Which line of the base is which line of the head, both from 1. Lines that stand once on either
/// side are matched in the longest order that both sides share; between them, equal lines from
/// both ends. What was moved is not matched.
fn align(base: &[String], head: &[String]) -> BTreeMap<u32, u32> {
    let mut pairs = Vec::new();
    let mut from = (0, 0);
    let anchors = anchors(base, head);
    for anchor in anchors.into_iter().chain([(base.len(), head.len())]) {
        let (mut left, mut right) = from;
        while left < anchor.0 && right < anchor.1 && base[left] == head[right] {
            pairs.push((left, right));
            (left, right) = (left + 1, right + 1);
        }
        let (mut base_end, mut head_end) = anchor;
        while base_end > left && head_end > right && base[base_end - 1] == head[head_end - 1] {
            (base_end, head_end) = (base_end - 1, head_end - 1);
            pairs.push((base_end, head_end));
        }
        if anchor != (base.len(), head.len()) {
            pairs.push(anchor);
            from = (anchor.0 + 1, anchor.1 + 1);
        }
    }
    let line = |index: usize| u32::try_from(index + 1).unwrap_or(u32::MAX);
    pairs
        .into_iter()
        .map(|(left, right)| (line(left), line(right)))
        .collect()
}

/// The longest increasing run of lines that stand exactly once on both sides, by index.
fn anchors(base: &[String], head: &[String]) -> Vec<(usize, usize)> {
    let base_unique = unique(base);
    let mut pairs: Vec<(usize, usize)> = unique(head)
        .into_iter()
        .filter_map(|(line, right)| Some((*base_unique.get(line)?, right)))
        .collect();
    pairs.sort_unstable();

    // Patience sorting: the ends of the best runs by length, and for each pair the one before it.
    let mut ends: Vec<usize> = Vec::new();
    let mut previous = vec![None; pairs.len()];
    for (index, (_, right)) in pairs.iter().enumerate() {
        let length = ends.partition_point(|end| pairs[*end].1 < *right);
        previous[index] = length.checked_sub(1).map(|shorter| ends[shorter]);
        match ends.get_mut(length) {
            Some(end) => *end = index,
            None => ends.push(index),
        }
    }
    let mut run = Vec::with_capacity(ends.len());
    let mut next = ends.last().copied();
    while let Some(index) = next {
        run.push(pairs[index]);
        next = previous[index];
    }
    run.reverse();
    run
}

fn unique(lines: &[String]) -> BTreeMap<&str, usize> {
    let mut seen: BTreeMap<&str, Option<usize>> = BTreeMap::new();
    for (index, line) in lines.iter().enumerate() {
        let first = seen.contains_key(line.as_str());
        seen.insert(line, (!first).then_some(index));
    }
    seen.into_iter()
        .filter_map(|(line, index)| Some((line, index?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop, proptest};

    use super::*;

    const CHECKS: &[&str] = &["auth/guard-removed", "money/rounding-changed"];

    fn ignores(base: &str, head: &str) -> Ignores {
        Ignores::read(base, head, CHECKS)
    }

    #[test]
    fn the_comments_of_every_language_are_read() {
        for line in [
            "// afterclick: ignore[auth/guard-removed] the proxy checks it",
            "# afterclick: ignore[auth/guard-removed] the proxy checks it",
            "-- afterclick: ignore[auth/guard-removed]: the proxy checks it",
            "/* afterclick: ignore[auth/guard-removed] the proxy checks it */",
            "{/* afterclick: ignore[auth/guard-removed] the proxy checks it */}",
            "<!-- afterclick: ignore[auth/guard-removed] the proxy checks it -->",
            "<%# afterclick: ignore[auth/guard-removed] the proxy checks it %>",
            " * afterclick:ignore [ auth/guard-removed ] the proxy checks it",
        ] {
            let (found, broken) = scan(line, CHECKS);
            assert_eq!(broken, [], "{line}");
            assert_eq!(found[0].reason, "the proxy checks it", "{line}");
            assert_eq!(found[0].covers, 2, "{line}");
        }
    }

    #[test]
    fn a_comment_behind_code_is_about_its_own_line() {
        let (found, _) = scan(
            "x = 1 # afterclick: ignore[auth/guard-removed] fine\n",
            CHECKS,
        );
        assert_eq!((found[0].line, found[0].covers), (1, 1));
    }

    #[test]
    fn comments_on_top_of_each_other_are_about_the_same_line() {
        let text = "# afterclick: ignore[auth/guard-removed] one\n# afterclick: ignore[money/rounding-changed] two\nx\n";
        let (found, _) = scan(text, CHECKS);
        assert_eq!((found[0].covers, found[1].covers), (3, 3));
    }

    #[test]
    fn a_comment_without_a_reason_or_a_check_is_told() {
        let text = "\
# afterclick: ignore[auth/guard-removed]
// afterclick: ignore[auth/guard-remvoed] fine
/* afterclick: ignore all of it */
print(\"afterclick: ignore[auth/guard-removed] only a text\")
";
        let ignores = ignores("", text);
        assert_eq!(ignores.brought(), []);
        let told: Vec<String> = ignores.broken().iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "1:15: this comment gives no reason (write `afterclick: ignore[check] reason`)",
                "2:16: there is no check `auth/guard-remvoed` (did you mean `auth/guard-removed`?)",
                "3:16: this comment names no check (write `afterclick: ignore[check] reason`)",
            ]
        );
    }

    const BASE: &str = "\
def show
  # afterclick: ignore[auth/guard-removed] the proxy checks it
  return 403 unless owner?
  render
end
def edit
  return 403 unless admin?
  edit_form
end
";

    #[test]
    fn a_comment_that_stood_silences_what_stood_under_it() {
        let head = BASE.replace("  return 403 unless owner?\n", "");
        let ignores = ignores(BASE, &head);
        assert_eq!(
            ignores.reason("auth/guard-removed", None, Some(3)),
            Some("the proxy checks it")
        );
        assert_eq!(
            ignores.reason("money/rounding-changed", None, Some(3)),
            None
        );
        assert_eq!(ignores.reason("auth/guard-removed", None, Some(7)), None);
        assert_eq!(ignores.brought(), []);
    }

    #[test]
    fn it_also_silences_what_replaced_that_line() {
        let head = BASE.replace("return 403 unless owner?", "return 403 unless reader?");
        assert!(
            ignores(BASE, &head)
                .reason("auth/guard-removed", Some(3), None)
                .is_some()
        );
    }

    #[test]
    fn a_comment_that_the_change_brings_silences_nothing() {
        let base = BASE.replace(
            "  # afterclick: ignore[auth/guard-removed] the proxy checks it\n",
            "",
        );
        let ignores = ignores(&base, BASE);
        assert_eq!(ignores.reason("auth/guard-removed", Some(3), Some(2)), None);
        assert_eq!(ignores.brought().len(), 1);
        assert_eq!(ignores.brought()[0].line, 2);
        assert_eq!(
            ignores.brought()[0].weakening().what,
            "After this change, reviews would no longer show `auth/guard-removed` here. The \
             reason given: the proxy checks it"
        );
    }

    #[test]
    fn a_comment_that_the_change_moves_silences_nothing() {
        let comment = "  # afterclick: ignore[auth/guard-removed] the proxy checks it\n";
        let head = BASE
            .replace(comment, "")
            .replace("  return 403 unless admin?\n", comment);
        let ignores = ignores(BASE, &head);
        assert_eq!(ignores.reason("auth/guard-removed", None, Some(7)), None);
        assert_eq!(ignores.reason("auth/guard-removed", Some(6), None), None);
        assert_eq!(ignores.brought().len(), 1);
    }

    #[test]
    fn a_copy_of_a_comment_is_brought_by_the_change() {
        let comment = "  # afterclick: ignore[auth/guard-removed] the proxy checks it\n";
        let guard = "  return 403 unless admin?\n";
        let head = BASE.replace(guard, &format!("{comment}{guard}"));
        let ignores = ignores(BASE, &head);
        assert_eq!(ignores.brought().len(), 1);
        assert_eq!(ignores.brought()[0].line, 7);
        assert!(
            ignores
                .reason("auth/guard-removed", None, Some(3))
                .is_some()
        );
    }

    #[test]
    fn nothing_new_can_be_slipped_under_a_comment_that_stood() {
        let head = BASE.replace(
            "  return 403 unless owner?\n",
            "  return render if params[:all]\n  return 403 unless owner?\n",
        );
        let ignores = ignores(BASE, &head);
        assert_eq!(ignores.reason("auth/guard-removed", Some(3), None), None);
    }

    #[test]
    fn a_comment_that_the_change_takes_away_silences_nothing() {
        let head = "def show\n  render\nend\n";
        assert_eq!(
            ignores(BASE, head).reason("auth/guard-removed", None, Some(3)),
            None
        );
    }

    #[test]
    fn the_code_in_front_of_a_comment_may_change() {
        let line = "x = owner? # afterclick: ignore[auth/guard-removed] fine\n";
        let head = line.replace("owner?", "true");
        let ignores = ignores(line, &head);
        assert!(
            ignores
                .reason("auth/guard-removed", Some(1), Some(1))
                .is_some()
        );
        assert_eq!(ignores.brought(), []);
    }

    proptest! {
        #[test]
        fn alignment_pairs_equal_lines_in_order(
            base in prop::collection::vec("[a-e]", 0..30),
            head in prop::collection::vec("[a-e]", 0..30),
        ) {
            let aligned = align(&base, &head);
            let heads: Vec<u32> = aligned.values().copied().collect();
            assert!(heads.is_sorted_by(|a, b| a < b));
            for (left, right) in aligned {
                assert_eq!(base[left as usize - 1], head[right as usize - 1]);
            }
        }

        #[test]
        fn any_two_texts_are_read(base in "(?s).{0,200}", head in "(?s).{0,200}") {
            let _ = ignores(&base, &format!("{head}\n# afterclick: ignore[{base}"));
        }
    }
}
