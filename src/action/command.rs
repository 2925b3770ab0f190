//! The words after `/afterclick` in a comment.

/// What a comment asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Ship a concern anyway.
    Override {
        /// The beginning of its fingerprint.
        concern: String,
        /// Why.
        reason: String,
    },
    /// Let the pull request's ticket ship.
    Approve {
        /// The environment, where there is more than one.
        environment: Option<String>,
    },
    /// Nobody ships to an environment.
    Freeze {
        /// The environment, where there is more than one.
        environment: Option<String>,
        /// Why.
        reason: String,
    },
    /// Ships go on.
    Unfreeze {
        /// The environment, where there is more than one.
        environment: Option<String>,
        /// Why.
        reason: String,
    },
    /// What going back to what was live before means; or, where somebody confirms that, go back.
    Rollback {
        /// The environment, where there is more than one.
        environment: Option<String>,
        /// What is confirmed; none where it is only asked what it means.
        confirmed: Option<WayBack>,
        /// Why; it may be empty where nothing is confirmed.
        reason: String,
    },
    /// Who waits to ship.
    Queue {
        /// The environment, where there is more than one.
        environment: Option<String>,
    },
    /// What a check looks for.
    Explain {
        /// Its id, or the beginning of a concern's fingerprint.
        what: String,
    },
    /// What can be asked for.
    Help,
}

/// The way back that a plan showed: it counts as long as both commits are what they were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WayBack {
    /// The beginning of the commit that is live.
    pub live: String,
    /// The beginning of the commit to go back to.
    pub target: String,
}

/// Why a command is not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mistake {
    /// There is no such command.
    Unknown(String),
    /// The command says nothing about what it is to be done to.
    NoConcern,
    /// It needs a reason.
    NoReason(&'static str),
    /// A way back is confirmed by the two commits of its plan.
    NoPlan,
    /// It needs the id of a check or of a concern.
    NothingToExplain,
}

/// The shortest beginning of a fingerprint that is taken, in digits.
const SHORTEST: usize = 6;

/// The longest reason, in characters.
const LONGEST_REASON: usize = 500;

/// The command of a comment; none where it has none.
///
/// It stands at the beginning of the comment's first line that is not empty. Anywhere else, in a
/// quotation or in a block of code, it is talked about and not given.
pub fn parse(body: &str) -> Option<Result<Command, Mistake>> {
    let mut lines = body.lines().skip_while(|line| line.trim().is_empty());
    let line = lines.next()?;
    let rest = line.strip_prefix("/afterclick")?;
    if !rest.is_empty() && !rest.starts_with(char::is_whitespace) {
        return None;
    }
    // A reason may go on below.
    let rest = [rest]
        .into_iter()
        .chain(lines)
        .collect::<Vec<_>>()
        .join(" ");
    let mut words = rest.split_whitespace();
    let verb = words.next().unwrap_or("help").to_ascii_lowercase();
    let words: Vec<&str> = words.collect();
    Some(command(&verb, &words))
}

fn command(verb: &str, words: &[&str]) -> Result<Command, Mistake> {
    let (environment, reason) = split(words);
    match verb {
        "override" => {
            let (concern, rest) = words.split_first().ok_or(Mistake::NoConcern)?;
            let concern = concern.trim_matches('`').to_ascii_lowercase();
            let digits = concern.bytes().all(|byte| byte.is_ascii_hexdigit());
            if !digits || concern.len() < SHORTEST || concern.len() > 64 {
                return Err(Mistake::NoConcern);
            }
            let reason = needed(split(rest).1, "override")?;
            Ok(Command::Override { concern, reason })
        }
        "approve" => Ok(Command::Approve { environment }),
        "freeze" => Ok(Command::Freeze {
            environment,
            reason: needed(reason, "freeze")?,
        }),
        "unfreeze" => Ok(Command::Unfreeze {
            environment,
            reason: needed(reason, "unfreeze")?,
        }),
        "rollback" => rollback(words, reason),
        "queue" => Ok(Command::Queue { environment }),
        "explain" => match words.first() {
            Some(what) => Ok(Command::Explain {
                what: what.trim_matches('`').to_owned(),
            }),
            None => Err(Mistake::NothingToExplain),
        },
        "help" => Ok(Command::Help),
        other => Err(Mistake::Unknown(other.to_owned())),
    }
}

/// The shortest beginning of a commit that is taken, in digits.
const SHORTEST_COMMIT: usize = 7;

fn rollback(words: &[&str], reason: String) -> Result<Command, Mistake> {
    let before = &words[..because(words).unwrap_or(words.len())];
    let at = before.iter().position(|it| *it == "confirm");
    let (environment, confirmed) = match at {
        None => (before, None),
        Some(at) => {
            let key = before.get(at + 1).and_then(|key| way_back(key));
            (&before[..at], Some(key.ok_or(Mistake::NoPlan)?))
        }
    };
    let reason = match confirmed {
        Some(_) => needed(reason, "rollback")?,
        None => reason,
    };
    Ok(Command::Rollback {
        environment: match environment {
            [one] => Some(one.trim_matches('`').to_owned()),
            _ => None,
        },
        confirmed,
        reason,
    })
}

fn way_back(key: &str) -> Option<WayBack> {
    let (live, target) = key.trim_matches('`').split_once("..")?;
    let is_commit = |text: &str| {
        (SHORTEST_COMMIT..=64).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    (is_commit(live) && is_commit(target)).then(|| WayBack {
        live: live.to_ascii_lowercase(),
        target: target.to_ascii_lowercase(),
    })
}

fn because(words: &[&str]) -> Option<usize> {
    words.iter().position(|word| {
        let word = word.trim_end_matches([',', ':']);
        word.eq_ignore_ascii_case("because")
    })
}

/// What stands before `because`, if it is one word, and what stands after it.
fn split(words: &[&str]) -> (Option<String>, String) {
    let (before, after) = match because(words) {
        Some(at) => (&words[..at], &words[at + 1..]),
        None => (words, &words[words.len()..]),
    };
    let environment = match before {
        [one] => Some(one.trim_matches('`').to_owned()),
        _ => None,
    };
    let reason = after.join(" ");
    (environment, reason.chars().take(LONGEST_REASON).collect())
}

fn needed(reason: String, command: &'static str) -> Result<String, Mistake> {
    match reason.chars().any(char::is_alphanumeric) {
        true => Ok(reason),
        false => Err(Mistake::NoReason(command)),
    }
}

impl Command {
    /// Its verb.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Override { .. } => "override",
            Self::Approve { .. } => "approve",
            Self::Freeze { .. } => "freeze",
            Self::Unfreeze { .. } => "unfreeze",
            Self::Rollback { .. } => "rollback",
            Self::Queue { .. } => "queue",
            Self::Explain { .. } => "explain",
            Self::Help => "help",
        }
    }

    /// Whether it only asks.
    pub fn is_question(&self) -> bool {
        match self {
            Self::Queue { .. } | Self::Explain { .. } | Self::Help => true,
            Self::Override { .. }
            | Self::Approve { .. }
            | Self::Freeze { .. }
            | Self::Unfreeze { .. }
            | Self::Rollback { .. } => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ok(body: &str) -> Command {
        parse(body).unwrap().unwrap()
    }

    #[test]
    fn a_command_stands_first() {
        for body in [
            "",
            "Thanks. /afterclick help",
            "> /afterclick help",
            "    /afterclick help",
            "`/afterclick help`",
            "/afterclicks help",
            "A word first\n/afterclick help",
        ] {
            assert_eq!(parse(body), None, "{body:?}");
        }
        assert_eq!(ok("\n\n/afterclick"), Command::Help);
        assert_eq!(ok("/afterclick HELP"), Command::Help);
    }

    #[test]
    fn an_override_names_a_concern_and_a_reason() {
        let wanted = Command::Override {
            concern: "3f9a2c1b".to_owned(),
            reason: "the mesh checks it, see the runbook".to_owned(),
        };
        for body in [
            "/afterclick override 3f9a2c1b because the mesh checks it, see the runbook",
            "/afterclick override `3F9A2C1B` because: the mesh checks it,\nsee the runbook",
        ] {
            assert_eq!(ok(body), wanted, "{body:?}");
        }
        for (body, mistake) in [
            ("/afterclick override", Mistake::NoConcern),
            ("/afterclick override all because yes", Mistake::NoConcern),
            ("/afterclick override 3f because yes", Mistake::NoConcern),
            (
                "/afterclick override 3f9a2c1b",
                Mistake::NoReason("override"),
            ),
            (
                "/afterclick override 3f9a2c1b because",
                Mistake::NoReason("override"),
            ),
            (
                "/afterclick override 3f9a2c1b because …",
                Mistake::NoReason("override"),
            ),
            (
                "/afterclick override 3f9a2c1b fine by me",
                Mistake::NoReason("override"),
            ),
        ] {
            assert_eq!(parse(body), Some(Err(mistake)), "{body:?}");
        }
    }

    #[test]
    fn an_environment_may_be_named() {
        assert_eq!(
            ok("/afterclick freeze staging because the database moves"),
            Command::Freeze {
                environment: Some("staging".to_owned()),
                reason: "the database moves".to_owned(),
            }
        );
        assert_eq!(
            ok("/afterclick queue"),
            Command::Queue { environment: None }
        );
        let back = |confirmed: Option<WayBack>, reason: &str| Command::Rollback {
            environment: Some("production".to_owned()),
            confirmed,
            reason: reason.to_owned(),
        };
        let plain = "/afterclick rollback production";
        assert_eq!(ok(plain), back(None, ""));
        let key = WayBack {
            live: "0123abc".to_owned(),
            target: "4567def".to_owned(),
        };
        assert_eq!(
            ok(&format!(
                "{plain} confirm `0123abc..4567DEF` because it is down"
            )),
            back(Some(key), "it is down")
        );
        for (rest, mistake) in [
            ("confirm because it is down", Mistake::NoPlan),
            ("confirm 0123abc because it is down", Mistake::NoPlan),
            ("confirm 0123..4567 because it is down", Mistake::NoPlan),
            ("confirm 0123abc..4567def", Mistake::NoReason("rollback")),
        ] {
            assert_eq!(
                parse(&format!("{plain} {rest}")),
                Some(Err(mistake)),
                "{rest}"
            );
        }
        let unknown = Mistake::Unknown("ship-it".to_owned());
        assert_eq!(parse("/afterclick ship-it"), Some(Err(unknown)));
    }
}
