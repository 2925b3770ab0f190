use std::fmt;

/// Why GitHub did not do what it was asked, by what it means for the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// There is no such thing, or this token may not know of it.
    NotFound {
        /// What was tried, such as `read the pull request`.
        tried: &'static str,
    },
    /// The state is not what the call supposed: it exists already, it moved, it is in use.
    Conflict {
        /// What was tried.
        tried: &'static str,
        /// GitHub's words.
        detail: String,
    },
    /// The token is not one, or not any more.
    Unauthorized {
        /// What was tried.
        tried: &'static str,
    },
    /// The token may not do this.
    Forbidden {
        /// What was tried.
        tried: &'static str,
        /// The permission that it needs, as a workflow writes it, such as `checks: write`.
        needs: &'static str,
    },
    /// GitHub wants us to wait for longer than we do.
    RateLimited {
        /// What was tried.
        tried: &'static str,
        /// Seconds until it may be tried again.
        wait: u64,
    },
    /// The network or GitHub failed. A write may have been done all the same.
    Transient {
        /// What was tried.
        tried: &'static str,
        /// What went wrong, in a few words.
        detail: String,
    },
    /// An answer that GitHub does not document.
    Unexpected {
        /// What was tried.
        tried: &'static str,
        /// What was wrong with it.
        detail: String,
    },
}

impl Error {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => {
                "Check the repository's name, and that the token may read this repository."
            }
            Self::Conflict { .. } => "Run it again; it starts from what is there now.",
            Self::Unauthorized { .. } => {
                "Hand over a valid token as GITHUB_TOKEN; `${{ github.token }}` in a workflow."
            }
            Self::Forbidden { .. } => "Add it to the `permissions` of the job.",
            Self::RateLimited { .. } => "Run it again later.",
            Self::Transient { .. } => {
                "Run it again; nothing is done twice. See https://www.githubstatus.com."
            }
            Self::Unexpected { .. } => "Check GITHUB_API_URL; if it is right, please report this.",
        }
    }

    /// Whether the token lacks the right, so that the rest can still be done without it.
    pub fn is_forbidden(&self) -> bool {
        matches!(self, Self::Forbidden { .. })
    }

    /// Whether a write may have been done although no answer says so.
    pub fn is_ambiguous(&self) -> bool {
        matches!(self, Self::Transient { .. })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound { tried } => {
                write!(
                    out,
                    "GitHub knows of nothing where it was asked to {tried}."
                )
            }
            Self::Conflict { tried, detail } => {
                write!(out, "GitHub refused to {tried}: {detail}.")
            }
            Self::Unauthorized { tried } => {
                write!(out, "GitHub did not accept the token to {tried}.")
            }
            Self::Forbidden { tried, needs } => write!(
                out,
                "GitHub does not let this token {tried}: it needs `{needs}`."
            ),
            Self::RateLimited { tried, wait } => write!(
                out,
                "GitHub's rate limit is used up; it lets us {tried} again in {wait} seconds."
            ),
            Self::Transient { tried, detail } => {
                write!(out, "GitHub could not be asked to {tried}: {detail}.")
            }
            Self::Unexpected { tried, detail } => write!(
                out,
                "GitHub gave an answer that cannot be read when asked to {tried}: {detail}."
            ),
        }
    }
}

impl std::error::Error for Error {}
