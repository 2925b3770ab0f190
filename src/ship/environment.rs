use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The longest name of an environment, in bytes; GitHub's own limit.
const MAX_BYTES: usize = 255;

/// What is deployed to, such as `production`.
///
/// GitHub does not tell `Prod` from `prod`, and neither do we: a name is lower-cased, so that two
/// spellings can never be two locks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Environment(String);

/// Why a name is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidEnvironment {
    /// It is empty, or only white space.
    Empty,
    /// It is longer than 255 bytes.
    TooLong,
    /// It begins or ends with white space, or holds a control character or one that is not shown.
    Unprintable,
}

impl Environment {
    /// The name.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// The name as a file of the ledger has it: whatever is not a letter, digit, `-`, `_` or `.`
    /// is written as `%` and two hexadecimal digits, so that `a/b` is no folder and `..` no way up.
    pub fn file_name(&self) -> String {
        let mut name = String::with_capacity(self.0.len());
        for (at, byte) in self.0.bytes().enumerate() {
            match byte {
                b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => name.push(char::from(byte)),
                b'.' if at > 0 => name.push('.'),
                _ => name.push_str(&format!("%{byte:02x}")),
            }
        }
        name
    }

    /// The stream of its events in the ledger.
    pub fn stream(&self) -> String {
        format!("ship-{}", self.file_name())
    }
}

impl FromStr for Environment {
    type Err = InvalidEnvironment;

    fn from_str(text: &str) -> Result<Self, InvalidEnvironment> {
        let hidden = |sign: char| {
            sign.is_control()
                || matches!(sign, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        };
        if text.trim().is_empty() {
            Err(InvalidEnvironment::Empty)
        } else if text.len() > MAX_BYTES {
            Err(InvalidEnvironment::TooLong)
        } else if text.trim() != text || text.contains(hidden) {
            Err(InvalidEnvironment::Unprintable)
        } else {
            Ok(Self(text.to_lowercase()))
        }
    }
}

impl TryFrom<String> for Environment {
    type Error = InvalidEnvironment;

    fn try_from(text: String) -> Result<Self, InvalidEnvironment> {
        text.parse()
    }
}

impl From<Environment> for String {
    fn from(environment: Environment) -> Self {
        environment.0
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Display for InvalidEnvironment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Empty => "The name of an environment is empty.",
            Self::TooLong => "The name of an environment has more than 255 bytes.",
            Self::Unprintable => {
                "The name of an environment begins or ends with a space, or has a character that \
                 cannot be seen."
            }
        })
    }
}

impl std::error::Error for InvalidEnvironment {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_spellings_are_one_environment() {
        let [one, other]: [Environment; 2] = ["Prod", "prod"].map(|it| it.parse().unwrap());
        assert_eq!(one, other);
        assert_eq!(one.stream(), "ship-prod");
    }

    #[test]
    fn no_name_leaves_its_folder() {
        for (name, file) in [
            ("a/b", "a%2fb"),
            ("..", "%2e."),
            ("eu west", "eu%20west"),
            ("a%2fb", "a%252fb"),
        ] {
            assert_eq!(name.parse::<Environment>().unwrap().file_name(), file);
        }
        for bad in ["", " ", " prod", "pr\u{202e}od", "a\nb"] {
            assert!(bad.parse::<Environment>().is_err(), "{bad:?}");
        }
    }
}
