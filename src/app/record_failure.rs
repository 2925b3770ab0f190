use std::fmt;

/// Why something is not recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordFailure {
    /// Nobody says what happened, or why.
    NoReason,
    /// The change is not a commit, so nothing can be bound to its tree.
    NotCommitted,
    /// An agent or a bot wants to decide what only a person may.
    NotAPerson(String),
    /// The author of the change wants to override it, and the policy refuses that.
    ByAuthor(String),
    /// No concern of the change begins like this, or several do.
    UnknownConcern(String),
    /// Nothing says where the incident happened, so no review could ever be reminded of it.
    IncidentNowhere,
    /// Something about the incident cannot be read: every mistake.
    InvalidIncident(Vec<String>),
    /// No incident has this id.
    UnknownIncident(String),
}

impl RecordFailure {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoReason => "Say it in a sentence, for whoever asks later.",
            Self::NotCommitted => "Commit the change first.",
            Self::NotAPerson(_) => "Ask a person to decide it at their own terminal.",
            Self::ByAuthor(_) => {
                "Ask somebody else to decide it; `override.by_author` in the policy says so."
            }
            Self::UnknownConcern(_) => {
                "`afterclick review` shows the fingerprint under each concern; \
                 name the same commits here as there."
            }
            Self::IncidentNowhere => "Name at least one `--path`, `--symbol` or `--check`.",
            Self::InvalidIncident(_) => "Mend it and try again; nothing was recorded.",
            Self::UnknownIncident(_) => "`afterclick incident list` shows them all.",
        }
    }

    /// Whether a person or a policy stands against it, and not how it was asked.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::NotAPerson(_) | Self::ByAuthor(_))
    }
}

impl fmt::Display for RecordFailure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoReason => write!(out, "There is nothing to record: the text is empty."),
            Self::NotCommitted => write!(
                out,
                "Only commits can be overridden, and the change is not committed yet."
            ),
            Self::NotAPerson(name) => write!(
                out,
                "{name} works here as an agent or a bot, and only a person may override a concern."
            ),
            Self::ByAuthor(name) => write!(
                out,
                "{name} is an author of the change, and the policy lets somebody else decide."
            ),
            Self::UnknownConcern(fingerprint) => {
                write!(out, "The change has no single concern {fingerprint:?}.")
            }
            Self::IncidentNowhere => write!(out, "Nothing says where the incident happened."),
            Self::InvalidIncident(mistakes) => {
                write!(
                    out,
                    "The incident cannot be recorded: {}.",
                    mistakes.join("; ")
                )
            }
            Self::UnknownIncident(id) => write!(out, "The ledger has no incident {id:?}."),
        }
    }
}
