use std::fmt;
use std::str::FromStr;

/// The longest name of an owner and of a repository together: GitHub's 39 and 100, and the slash.
const MAX_BYTES: usize = 140;

/// `owner/name`, checked, so that it can stand in an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryName(String);

impl FromStr for RepositoryName {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let plain = |part: &str| {
            let sign = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
            !part.is_empty() && part != "." && part != ".." && part.bytes().all(sign)
        };
        match text.split_once('/') {
            Some((owner, name)) if plain(owner) && plain(name) && text.len() <= MAX_BYTES => {
                Ok(Self(text.to_owned()))
            }
            _ => Err(()),
        }
    }
}

impl fmt::Display for RepositoryName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A name as one part of an address, or as a value in its query.
pub(super) fn encode(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{RepositoryName, encode};

    #[test]
    fn a_name_stays_one_part_of_an_address() {
        assert_eq!(encode("eu/west?x"), "eu%2Fwest%3Fx");
    }

    #[test]
    fn a_name_stays_in_its_place_in_an_address() {
        assert!("octo/shop.js".parse::<RepositoryName>().is_ok());
        for bad in [
            "",
            "shop",
            "octo/",
            "octo/../x",
            "octo/..",
            "o/s?x",
            "o/s#x",
            "o /s",
            "o/s/x",
        ] {
            assert!(bad.parse::<RepositoryName>().is_err(), "{bad:?}");
        }
    }
}
