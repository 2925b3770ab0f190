//! What puts a verdict right: a sentence, and the exact commands.

use serde::Serialize;

use super::{Base, Case, How, SilentRevert, Unknown, Verdict, key, short};
use crate::ship::{Environment, Kind};

/// More files than this are not spelled out in a command.
const MAX_FILES: usize = 20;

/// One way to put it right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mend {
    /// What it does, in a sentence.
    pub words: String,
    /// The commands, in order.
    pub commands: Vec<String>,
}

/// Where the commands are to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The environment that it is about.
    pub environment: Environment,
    /// The remote that everybody shares, such as `origin`; none where there is none.
    pub remote: Option<String>,
    /// What comes back to the queue; the command that whoever ships has typed.
    pub ship: String,
}

/// What puts a verdict right, the surest way first; empty where nothing has to be.
pub(super) fn mends(case: Case<'_>, verdict: &Verdict, place: &Place) -> Vec<Mend> {
    let live = case.live.unwrap_or_default();
    let environment = word(place.environment.name());
    let acknowledge = || {
        let key = key(case.live, case.sha);
        Mend::new(
            "If it is meant, let exactly these two commits pass, with a reason that is recorded:",
            [format!(
                "{} --acknowledge {key} --reason \"why it is right\"",
                place.ship
            )],
        )
    };
    let rebaseline = |words: &str| {
        Mend::new(
            words,
            [format!(
                "afterclick rebaseline --environment {environment} --sha COMMIT --reason \"how you know\""
            )],
        )
    };
    match verdict {
        Verdict::First | Verdict::Noop { .. } | Verdict::Fresh { .. } | Verdict::Back => Vec::new(),
        Verdict::Superseded => vec![Mend::new(
            "Nothing has to be done. To go back to it on purpose:",
            [format!(
                "afterclick rollback --environment {environment} --to {} --reason \"why\"",
                short(case.sha)
            )],
        )],
        Verdict::Stale { live_off_base, .. } => match (case.base, live_off_base) {
            (Some(base), false) => vec![rebase(base, place)],
            (base, _) => vec![merge(base, live, place)],
        },
        Verdict::StaleBase => case.base.iter().map(|base| rebase(base, place)).collect(),
        Verdict::Rewritten => vec![rebaseline(
            "Find out who rewrote it and what is live, then say so; the environment stays frozen \
             until then:",
        )],
        Verdict::Bad { commits } => {
            let shas: Vec<&str> = commits.iter().map(|bad| short(&bad.sha)).collect();
            let revert = Mend::new(
                "Take it back in the code, with a revert that names it, or one of a fix that says so:",
                [
                    format!("git revert --no-edit {}", shas.join(" ")),
                    place.ship.clone(),
                ],
            );
            vec![revert, acknowledge()]
        }
        Verdict::SilentRevert { files } => vec![restore(files, live, place), acknowledge()],
        Verdict::NotBehind => vec![Mend::new(
            "Choose something that was live; this lists what was:",
            [format!(
                "afterclick rollback --environment {environment} --plan"
            )],
        )],
        Verdict::Unknown { reason } => match reason {
            Unknown::Shallow => vec![Mend::new(
                "Fetch the whole history; in GitHub Actions, set `fetch-depth: 0` and \
                 `filter: 'blob:none'` for actions/checkout:",
                [place.fetch("--unshallow ", ""), again(case, place)],
            )],
            Unknown::Missing { sha, live } => {
                let fetch = Mend::new(
                    "Fetch the commit:",
                    [place.fetch("", &format!(" {sha}")), again(case, place)],
                );
                let lost = rebaseline("If no clone has it any more, say what is live:");
                match live {
                    true => vec![fetch, lost],
                    false => vec![fetch],
                }
            }
        },
    }
}

/// The commit has to contain the base branch.
fn rebase(base: &Base, place: &Place) -> Mend {
    Mend::new(
        "Put it on top of what is live, and ship again:",
        [
            place.after_fetch("", &format!("git rebase {}", word(&base.name))),
            place.ship.clone(),
        ],
    )
}

/// Live is on no branch that the candidate could be put on.
fn merge(base: Option<&Base>, live: &str, place: &Place) -> Mend {
    let words = match base {
        Some(base) => format!(
            "What is live is not on {} either. Bring it there, and ship the result:",
            base.name
        ),
        None => "Bring in what is live, and ship the result:".to_owned(),
    };
    Mend::new(
        &words,
        [
            place.after_fetch(&format!(" {live}"), &format!("git merge {}", short(live))),
            place.ship.clone(),
        ],
    )
}

fn restore(files: &[SilentRevert], live: &str, place: &Place) -> Mend {
    let paths = |removed: bool| {
        let files = files
            .iter()
            .filter(move |it| (it.how == How::Returned) == removed);
        files.map(|it| word(&it.path)).collect::<Vec<_>>().join(" ")
    };
    let words = "Give the files back the state that is live, and do the change again on top of it:";
    if files.len() > MAX_FILES {
        let command = format!("git diff {} HEAD", short(live));
        return Mend::new(words, [command, place.ship.clone()]);
    }
    let mut commands = Vec::new();
    let (restored, returned) = (paths(false), paths(true));
    if !restored.is_empty() {
        commands.push(format!("git checkout {} -- {restored}", short(live)));
    }
    if !returned.is_empty() {
        commands.push(format!("git rm -- {returned}"));
    }
    commands.push("git commit -m \"Keep what is live\"".to_owned());
    commands.push(place.ship.clone());
    Mend {
        words: words.to_owned(),
        commands,
    }
}

fn again(case: Case<'_>, place: &Place) -> String {
    match case.kind {
        Kind::Deploy => place.ship.clone(),
        Kind::Rollback => format!(
            "afterclick rollback --environment {} --to {}",
            word(place.environment.name()),
            short(case.sha)
        ),
    }
}

impl Place {
    fn fetch(&self, option: &str, what: &str) -> String {
        let remote = self.remote.as_deref().unwrap_or("origin");
        format!("git fetch {option}{}{what}", word(remote))
    }

    /// A command that needs what the remote has; without a remote, it alone.
    fn after_fetch(&self, what: &str, command: &str) -> String {
        match self.remote {
            Some(_) => format!("{} && {command}", self.fetch("", what)),
            None => command.to_owned(),
        }
    }
}

impl Mend {
    fn new<const N: usize>(words: &str, commands: [String; N]) -> Self {
        Self {
            words: words.to_owned(),
            commands: commands.into(),
        }
    }
}

/// A text as one word of a shell.
pub fn word(text: &str) -> String {
    let plain = |sign: char| sign.is_ascii_alphanumeric() || "-_./@:+".contains(sign);
    match !text.is_empty() && !text.starts_with('-') && text.chars().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn no_path_is_more_than_a_word() {
        assert_eq!(word("src/a-b.rs"), "src/a-b.rs");
        assert_eq!(word("a b"), "'a b'");
        assert_eq!(word("$(rm -rf ~)'"), r"'$(rm -rf ~)'\'''");
        assert_eq!(word("-f"), "'-f'");
        assert_eq!(word(""), "''");
    }
}
