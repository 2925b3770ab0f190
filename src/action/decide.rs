//! Whether somebody may have what a comment asks for.

use crate::policy::ByAuthor;
use crate::review::record::{Concern, Review};

use super::Command;

/// Who asks, as GitHub says and not as the payload does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asker {
    /// The login.
    pub login: String,
    /// Whether it is a program's account, or an app wrote the comment for somebody.
    pub by_program: bool,
    /// `admin`, `maintain`, `write`, `triage`, `read` or `none`; a role of the organization's own
    /// counts as what it is built on.
    pub permission: String,
    /// Whether they opened the pull request.
    pub is_author: bool,
    /// Whether the comment was changed after it was written.
    pub edited: bool,
}

/// Why it may not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// A program asks: it never may.
    Program,
    /// The comment says something else than when it was written.
    Edited,
    /// GitHub does not confirm the right.
    NoRight {
        /// What GitHub says.
        permission: String,
    },
    /// The policy does not let the author of a change decide about it.
    Author,
    /// No open concern begins like this.
    NoSuchConcern(String),
    /// Several do.
    SeveralConcerns(String),
}

/// Whether somebody may have what a command asks for.
///
/// # Errors
/// They may not, and why.
pub fn permit(command: &Command, asker: &Asker, by_author: ByAuthor) -> Result<(), Refusal> {
    if asker.by_program {
        return Err(Refusal::Program);
    }
    if asker.edited {
        return Err(Refusal::Edited);
    }
    if command.is_question() {
        return Ok(());
    }
    if !matches!(asker.permission.as_str(), "admin" | "maintain" | "write") {
        return Err(Refusal::NoRight {
            permission: asker.permission.clone(),
        });
    }
    let about_the_change = matches!(command, Command::Override { .. } | Command::Approve { .. });
    if about_the_change && asker.is_author && by_author == ByAuthor::Refuse {
        return Err(Refusal::Author);
    }
    Ok(())
}

/// The open concern whose fingerprint begins like this.
///
/// # Errors
/// There is none, or more than one.
pub fn concern<'a>(review: &'a Review, begins: &str) -> Result<&'a Concern, Refusal> {
    let mut found = review
        .spoken()
        .filter(|one| one.fingerprint.starts_with(begins));
    match (found.next(), found.next()) {
        (Some(concern), None) => Ok(concern),
        (None, _) => Err(Refusal::NoSuchConcern(begins.to_owned())),
        (Some(_), Some(_)) => Err(Refusal::SeveralConcerns(begins.to_owned())),
    }
}

/// The concern whose fingerprint begins like this, where somebody decided about it already.
pub fn decided<'a>(review: &'a Review, begins: &str) -> Option<&'a Concern> {
    review.concerns.iter().find(|one| {
        let decided = one
            .suppressed
            .as_ref()
            .is_some_and(|why| why.decision.is_some());
        decided && one.fingerprint.starts_with(begins)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asker(permission: &str) -> Asker {
        Asker {
            login: "mira".to_owned(),
            by_program: false,
            permission: permission.to_owned(),
            is_author: false,
            edited: false,
        }
    }

    fn freeze() -> Command {
        Command::Freeze {
            environment: None,
            reason: "it rains".to_owned(),
        }
    }

    #[test]
    fn a_command_needs_the_right_to_write_and_a_question_none() {
        for (permission, may) in [
            ("admin", true),
            ("maintain", true),
            ("write", true),
            ("triage", false),
            ("read", false),
            ("none", false),
            ("", false),
        ] {
            let allowed = permit(&freeze(), &asker(permission), ByAuthor::Allow);
            assert_eq!(allowed.is_ok(), may, "{permission}");
            assert_eq!(
                permit(&Command::Help, &asker(permission), ByAuthor::Refuse),
                Ok(())
            );
        }
    }

    #[test]
    fn programs_and_edited_comments_get_nothing() {
        let program = Asker {
            by_program: true,
            ..asker("admin")
        };
        let edited = Asker {
            edited: true,
            ..asker("admin")
        };
        for command in [freeze(), Command::Help] {
            assert_eq!(
                permit(&command, &program, ByAuthor::Allow),
                Err(Refusal::Program)
            );
            assert_eq!(
                permit(&command, &edited, ByAuthor::Allow),
                Err(Refusal::Edited)
            );
        }
    }

    #[test]
    fn an_author_decides_where_the_policy_lets_them() {
        let author = Asker {
            is_author: true,
            ..asker("admin")
        };
        let command = Command::Override {
            concern: "abcdef".to_owned(),
            reason: "it is fine".to_owned(),
        };
        assert_eq!(permit(&command, &author, ByAuthor::Allow), Ok(()));
        assert_eq!(
            permit(&command, &author, ByAuthor::Refuse),
            Err(Refusal::Author)
        );
        assert_eq!(permit(&freeze(), &author, ByAuthor::Refuse), Ok(()));
    }
}
