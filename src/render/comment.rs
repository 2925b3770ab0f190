//! The one comment on a pull request: what the review says, what went live, and the last answer.
//!
//! Each part begins with a line that nobody sees, so that one can be replaced and the others stay.
//! Whatever comes with a change stands behind a sign, within a line or in a fence of code, and can
//! be no such line.

use super::limits;
use super::markdown::{self, code};
use super::safe::visible;
use super::words;
use crate::ledger::Timestamp;
use crate::review::record::{Review, Verdict};
use crate::ship::Environment;

/// The first line of our comment. Anybody can write it, so the author counts as well.
pub const MARK: &str = "<!-- afterclick -->";

const SHIP: &str = "<!-- afterclick:ship -->";
const ANSWER: &str = "<!-- afterclick:answer -->";

/// The beginning of the line before what is said about an environment.
const ENVIRONMENT: &str = "<!-- afterclick:environment ";

/// How words about a ship that waits begin.
const WAITS: &str = "**Waits to ship to ";

/// How words about a ship that did not go live begin.
const NOT_SHIPPED: &str = "**Not shipped to ";

/// Characters of a commit that are shown.
const SHORT_COMMIT: usize = 7;

/// The parts of the comment, in order. An empty one is not there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts {
    /// What the review says.
    pub review: String,
    /// What went live.
    pub ship: String,
    /// The answer to the last command.
    pub answer: String,
}

impl Parts {
    /// Takes a comment of ours apart; none where the text is no such comment.
    pub fn read(body: &str) -> Option<Self> {
        let mut lines = body.lines();
        if lines.next()? != MARK {
            return None;
        }
        let mut parts = Self::default();
        let mut part = &mut parts.review;
        for line in lines {
            match line {
                SHIP => part = &mut parts.ship,
                ANSWER => part = &mut parts.answer,
                line => {
                    part.push_str(line);
                    part.push('\n');
                }
            }
        }
        for part in [&mut parts.review, &mut parts.ship, &mut parts.answer] {
            *part = part.trim().to_owned();
        }
        Some(parts)
    }

    /// The whole comment.
    pub fn write(&self) -> String {
        let mut body = format!("{MARK}\n{}\n", self.review.trim());
        for (mark, part) in [(SHIP, &self.ship), (ANSWER, &self.answer)] {
            if !part.trim().is_empty() {
                body.push_str(&format!("\n{mark}\n{}\n", part.trim()));
            }
        }
        body
    }

    /// Bytes that are left for the review beside the other parts.
    pub fn room(&self) -> usize {
        let taken = self.ship.len() + self.answer.len() + MARK.len() + SHIP.len() + ANSWER.len();
        limits::COMMENT.saturating_sub(taken + 16)
    }
}

/// What is said about ships, with what is said about one environment replaced.
pub fn with_environment(ship: &str, environment: &Environment, words: &str) -> String {
    let (others, _) = apart(ship, environment);
    let own = mark(environment);
    format!("{}\n\n{own}\n{}", others.trim(), words.trim())
        .trim()
        .to_owned()
}

/// The same where nothing went live by it: what did before stays on record.
pub fn with_later(ship: &str, environment: &Environment, words: &str) -> String {
    let (_, before) = apart(ship, environment);
    let is_record = |line: &&str| !line.starts_with(WAITS) && !line.starts_with(NOT_SHIPPED);
    let record: Vec<&str> = before.lines().take_while(is_record).collect();
    let words = format!("{}\n\n{}", record.join("\n").trim(), words.trim());
    with_environment(ship, environment, &words)
}

/// Whether a ship to an environment is said to wait.
pub fn waits(ship: &str, environment: &Environment) -> bool {
    let (_, own) = apart(ship, environment);
    own.lines().any(|line| line.starts_with(WAITS))
}

/// What is said about other environments, and about this one.
fn apart(ship: &str, environment: &Environment) -> (String, String) {
    let mark = mark(environment);
    let (mut others, mut own) = (String::new(), String::new());
    let mut is_own = false;
    for line in ship.lines() {
        if line.starts_with(ENVIRONMENT) {
            is_own = line == mark;
        }
        match is_own {
            true if line == mark => {}
            true => own += &format!("{line}\n"),
            false => others += &format!("{line}\n"),
        }
    }
    (others, own)
}

fn mark(environment: &Environment) -> String {
    format!("{ENVIRONMENT}{} -->", environment.file_name())
}

/// Whether a review has anything that belongs into a comment: a concern, or somebody's decision
/// about one.
pub fn speaks(review: &Review) -> bool {
    review.spoken().next().is_some() || overridden(review) > 0
}

/// How many concerns somebody decided to ship anyway.
pub fn overridden(review: &Review) -> usize {
    words::overridden(review).count()
}

/// What a review says, in at most `room` bytes. `details` is where everything stands.
pub fn review(review: &Review, details: Option<&str>, room: usize) -> String {
    let everything = match details.filter(|url| is_plain_url(url)) {
        Some(url) => format!(" · [everything]({url})"),
        None => String::new(),
    };
    let tail = format!(
        "<sub>Commit {}{everything} · `/afterclick override <id> because …` accepts a concern, \
         `/afterclick help` tells more</sub>\n",
        commit(&review.head)
    );
    let page = markdown::render(review, room.saturating_sub(tail.len() + 1), false);
    format!("{page}\n{tail}")
}

/// What stands there when everything that was said is mended.
pub fn mended(head: &str) -> String {
    format!(
        "### afterclick\n\n**Nothing to say any more.** What was said before is gone with {}.\n",
        commit(head)
    )
}

/// What stands there when a review failed: what was said before is about an older commit.
pub fn not_reviewed(head: &str, reason: &str) -> String {
    format!(
        "### afterclick\n\n**Not reviewed.** {} {} was not looked at, so this is no all-clear.\n",
        markdown::paragraph(reason),
        commit(head)
    )
}

/// What went live.
#[derive(Debug, Clone)]
pub struct Live<'a> {
    /// Where.
    pub environment: &'a Environment,
    /// The commit.
    pub sha: &'a str,
    /// The ticket.
    pub ticket: u64,
    /// Since when.
    pub at: Timestamp,
    /// What the rebase gate said; none where it was not asked.
    pub checked: Option<String>,
    /// Where people see it.
    pub url: Option<&'a str>,
}

impl Live<'_> {
    /// What went live and when, what was checked, and how to go back.
    pub fn words(&self) -> String {
        let environment = code(&visible(self.environment.name()));
        let seen = match self.url.filter(|url| is_plain_url(url)) {
            Some(url) => format!("- To be seen at <{url}>\n"),
            None => String::new(),
        };
        let checked = match &self.checked {
            Some(checked) => format!("- Checked: {}\n", markdown::paragraph(checked)),
            None => String::new(),
        };
        format!(
            "**Live on {environment}** since {} UTC: {}, ticket {}.\n\n{seen}{checked}\
             - To go back: {}\n",
            minute(self.at),
            commit(self.sha),
            self.ticket,
            code(&format!(
                "afterclick rollback --environment {}",
                visible(self.environment.name())
            )),
        )
    }
}

/// A ship that waits.
#[derive(Debug, Clone)]
pub struct Waits<'a> {
    /// Where to.
    pub environment: &'a Environment,
    /// The commit.
    pub sha: &'a str,
    /// The ticket.
    pub ticket: u64,
    /// How many ship before it.
    pub ahead: usize,
    /// What else it waits for; none where it is only others.
    pub for_what: Option<&'a str>,
    /// When that was so.
    pub at: Timestamp,
}

impl Waits<'_> {
    /// Its place in the queue, and what it waits for.
    pub fn words(&self) -> String {
        let environment = code(&visible(self.environment.name()));
        let before = match self.ahead {
            0 => "it is next".to_owned(),
            1 => "1 ship comes before it".to_owned(),
            number => format!("{number} ships come before it"),
        };
        let for_what = self.for_what.map(markdown::paragraph);
        let for_what = for_what.map_or_else(String::new, |it| format!(" {it}"));
        format!(
            "{WAITS}{environment}**: {}, ticket {}; {before}, as of {} UTC.{for_what}\n\n\
             `/afterclick queue` shows how it stands now.\n",
            commit(self.sha),
            self.ticket,
            minute(self.at),
        )
    }
}

/// A ship that did not go live.
pub fn not_live(environment: &Environment, sentence: &str, commands: &[String]) -> String {
    let commands = commands
        .iter()
        .map(|command| format!("- {}\n", code(command)));
    format!(
        "{NOT_SHIPPED}{}.** {}\n\n{}",
        code(&visible(environment.name())),
        markdown::paragraph(sentence),
        commands.collect::<String>()
    )
}

/// What stands in the pull request of a commit that left.
pub fn gone_back(environment: &Environment, sha: &str, at: Timestamp) -> String {
    format!(
        "**Not live on {} any more** since {} UTC: it was gone back to {}, and the environment is \
         frozen. Nothing that contains this ships again without a revert of it or an \
         acknowledgement.\n",
        code(&visible(environment.name())),
        minute(at),
        commit(sha),
    )
}

fn minute(at: Timestamp) -> String {
    let minute: String = at.to_string().chars().take(16).collect();
    minute.replace('T', " ")
}

/// A short name of a commit, as code.
pub fn commit(sha: &str) -> String {
    let short: String = sha
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(SHORT_COMMIT)
        .collect();
    format!("`{short}`")
}

/// The verdict in the words of a check run's title.
pub fn title(review: &Review) -> String {
    let title = match (review.verdict, overridden(review)) {
        (Verdict::Ships, number @ 1..) => {
            format!("{} overridden.", words::count(number, "concern"))
        }
        _ => words::verdict(review),
    };
    limits::clip(&title, limits::CHECK_TITLE)
}

/// An address that can do nothing in Markdown but be one.
pub fn is_plain_url(url: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b":/.-_~?=&%#".contains(&byte);
    (url.starts_with("https://") || url.starts_with("http://")) && url.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_taken_apart_as_it_was_put_together() {
        let parts = Parts {
            review: "### afterclick\n\n+ <!-- afterclick:ship -->".to_owned(),
            ship: "Live.".to_owned(),
            answer: "Done.".to_owned(),
        };
        assert_eq!(Parts::read(&parts.write()), Some(parts));
        assert_eq!(Parts::read("Look: <!-- afterclick -->"), None);
    }

    #[test]
    fn each_environment_has_its_own_words() {
        let [one, other] = ["staging", "eu/west -->"].map(|it| it.parse::<Environment>().unwrap());
        let ship = with_environment("", &one, "Live on staging.\n");
        let ship = with_later(&ship, &other, "**Waits to ship to `x`**: it is next.");
        assert!(!waits(&ship, &one) && waits(&ship, &other), "{ship}");
        let ship = with_environment(&ship, &other, "Live in the west.");
        assert!(!waits(&ship, &other), "{ship}");
        // What went live stays on record, whatever became of a later try.
        let ship = with_later(&ship, &other, "**Waits to ship to `x`**: it is next.");
        let ship = with_later(&ship, &other, "**Not shipped to `x`.** The gate held it.");
        assert!(!waits(&ship, &other), "{ship}");
        for words in ["Live on staging.", "Live in the west.", "The gate held it."] {
            assert_eq!(ship.matches(words).count(), 1, "{ship}");
        }
        assert_eq!(ship.matches("-->").count(), 2, "{ship}");
    }

    #[test]
    fn an_address_is_nothing_else() {
        assert!(is_plain_url(
            "https://github.com/octo/shop/runs/9007199254740993"
        ));
        for bad in ["javascript:a", "https://a) [b](c", "https://a\nb", ""] {
            assert!(!is_plain_url(bad), "{bad}");
        }
    }
}
