//! The files themselves.

use std::fmt;
use std::str::FromStr;

use super::OwnedFile;
use super::mark::marked;
use crate::policy::POLICY_PATH;
use crate::ship::Environment;

/// The policy.
pub(super) const POLICY: &str = POLICY_PATH;
/// The workflow that reviews and answers.
pub(super) const REVIEW: &str = ".github/workflows/afterclick.yml";
/// The workflow that ships.
pub(super) const SHIP: &str = ".github/workflows/afterclick-ship.yml";

/// The name of the workflow that ships, as GitHub starts it by.
pub const SHIP_WORKFLOW: &str = "afterclick-ship.yml";

/// Checking out, by the commit of a release.
const CHECKOUT: &str = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1";

/// The action, by the tag that moves with its releases.
const ACTION: &str = "afterclick/afterclick@v1";

/// How the workflows name the action: `OWNER/NAME@REF`, or `./` for a copy in the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionReference(String);

/// The text names no action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidReference;

impl Default for ActionReference {
    fn default() -> Self {
        Self(ACTION.to_owned())
    }
}

impl FromStr for ActionReference {
    type Err = InvalidReference;

    fn from_str(text: &str) -> Result<Self, InvalidReference> {
        let plain = |text: &str| {
            !text.is_empty()
                && text
                    .chars()
                    .all(|it| it.is_ascii_alphanumeric() || "-_./".contains(it))
        };
        let is_reference = match text.split_once('@') {
            Some((name, reference)) => plain(name) && name.contains('/') && plain(reference),
            None => text == "./",
        };
        match is_reference {
            true => Ok(Self(text.to_owned())),
            false => Err(InvalidReference),
        }
    }
}

impl fmt::Display for InvalidReference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("An action is named as `OWNER/NAME@COMMIT`, or `./`.")
    }
}

impl std::error::Error for InvalidReference {}

/// What somebody wants to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The branch that work starts from.
    pub branch: String,
    /// How the workflows name the action.
    pub action: ActionReference,
    /// The workflow that ships, where one is asked for.
    pub shipping: Option<Shipping>,
}

/// How a repository ships.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shipping {
    /// What is deployed to.
    pub environment: Environment,
    /// The environment whose reviewers approve, where somebody has to.
    pub approval: Option<Environment>,
    /// The deploy command; it may have several lines.
    pub command: String,
}

/// The files that fulfil a wish.
pub fn files(wish: &Wish) -> Vec<OwnedFile> {
    let branch = scalar(&pattern(&wish.branch));
    let common = common(wish, &branch);
    let dispatch = match wish.shipping {
        Some(_) => "\n      actions: write # to start the way back that somebody confirmed",
        None => "",
    };
    let of_review = [("dispatch", dispatch)];
    let mut files = vec![
        OwnedFile {
            path: POLICY,
            text: marked(include_str!("files/policy.yml")),
        },
        OwnedFile {
            path: REVIEW,
            text: marked(&fill(
                include_str!("files/review.yml"),
                &[&common[..], &of_review].concat(),
            )),
        },
    ];
    files.extend(wish.shipping.as_ref().map(|shipping| OwnedFile {
        path: SHIP,
        text: marked(&ship(shipping, &common)),
    }));
    files
}

fn ship(shipping: &Shipping, common: &[(&str, &str)]) -> String {
    let environment = shipping.environment.name();
    let approval = shipping.approval.as_ref().map(|it| scalar(it.name()));
    let approval = approval.unwrap_or_default();
    let (gate, needs, approve) = match &shipping.approval {
        Some(_) => (
            "`approve` waits for a person, outside of every lock.",
            "[admit, approve]",
            include_str!("files/approve.yml"),
        ),
        None => ("Nobody is asked.", "admit", ""),
    };
    let command: Vec<String> = shipping
        .command
        .lines()
        .map(|line| match line.trim_end() {
            "" => String::new(),
            line => format!("            {line}"),
        })
        .collect();
    let group = scalar(&format!("afterclick-{environment}"));
    let environment = scalar(environment);
    let approve = fill(
        approve,
        &[
            common,
            &[("environment", &environment), ("approval", &approval)],
        ]
        .concat(),
    );
    let of_this = [
        ("gate", gate),
        ("needs", needs),
        ("approve", &approve),
        ("group", &group),
        ("environment", &environment),
        ("run", &command.join("\n")),
    ];
    fill(include_str!("files/ship.yml"), &[common, &of_this].concat())
}

/// What every workflow is filled with.
fn common<'a>(wish: &'a Wish, branch: &'a str) -> [(&'static str, &'a str); 3] {
    [
        ("checkout", CHECKOUT),
        ("action", &wish.action.0),
        ("branch", branch),
    ]
}

/// Fills the places `@name@` of a template. What is put in is not looked at again.
fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('@') {
        out.push_str(before);
        let named = values.iter().find_map(|(name, value)| {
            let rest = behind.strip_prefix(name)?.strip_prefix('@')?;
            Some((value, rest))
        });
        rest = match named {
            Some((value, after)) => {
                out.push_str(value);
                after
            }
            None => {
                out.push('@');
                behind
            }
        };
    }
    out + rest
}

/// The branch itself, where GitHub reads a pattern.
fn pattern(branch: &str) -> String {
    let mut pattern = String::with_capacity(branch.len());
    for character in branch.chars() {
        if "*?+[]!\\".contains(character) {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern
}

/// A text as YAML reads it back: plain where it is plain, else in quotes.
fn scalar(text: &str) -> String {
    let plain = text.starts_with(|it: char| it.is_ascii_alphabetic())
        && text
            .chars()
            .all(|it| it.is_ascii_alphanumeric() || "-_./".contains(it))
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n"
        );
    match plain {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_yaml::Value;

    fn wish(environment: &str, approval: Option<&str>, command: &str) -> Wish {
        Wish {
            branch: "main".to_owned(),
            action: ActionReference::default(),
            shipping: Some(Shipping {
                environment: environment.parse().unwrap(),
                approval: approval.map(|it| it.parse().unwrap()),
                command: command.to_owned(),
            }),
        }
    }

    fn read(wish: &Wish) -> Vec<Value> {
        let files = files(wish);
        let read = files.iter().map(|it| {
            serde_yaml::from_str(&it.text).unwrap_or_else(|error| panic!("{error}: {}", it.text))
        });
        read.collect()
    }

    #[test]
    fn what_was_typed_comes_back_as_it_was_typed() {
        for environment in ["production", "eu west", "it's: #1", "on", "123", "@run@"] {
            let command = "./deploy.sh --to @environment@\n\nif x; then\n  y: 'z'\nfi";
            let found = read(&wish(environment, Some("somebody"), command));
            let job = &found[2]["jobs"]["ship"];
            assert_eq!(job["environment"], environment);
            assert_eq!(
                job["concurrency"]["group"],
                format!("afterclick-{environment}")
            );
            let step = &job["steps"][2]["with"];
            assert_eq!(step["environment"], environment);
            let takes = &found[2]["on"]["workflow_dispatch"]["inputs"]["environment"];
            assert_eq!(takes["options"][0], environment);
            assert_eq!(step["run"], format!("{command}\n"));
            let approve = &found[2]["jobs"]["approve"];
            assert_eq!(approve["environment"]["name"], "somebody");
        }
    }

    #[test]
    fn without_an_approval_ship_needs_admit_alone() {
        let found = read(&wish("production", None, "./deploy.sh"));
        assert_eq!(found[2]["jobs"]["ship"]["needs"], "admit");
        assert!(found[2]["jobs"]["approve"].is_null());
    }

    #[test]
    fn a_branch_is_a_name_and_no_pattern() {
        let mut wish = wish("production", None, "x");
        wish.branch = "a+b!".to_owned();
        assert_eq!(read(&wish)[1]["on"]["push"]["branches"][0], "a\\+b\\!");
    }

    #[test]
    fn an_action_is_named_in_full() {
        for good in ["./", "afterclick/afterclick@v1", "a/b/c@0123abc"] {
            assert!(good.parse::<ActionReference>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "a@b",
            "a/b",
            "a/b@c d",
            "a/b@c\nx: y",
            "a/b@${{ x }}",
            "..",
        ] {
            assert!(bad.parse::<ActionReference>().is_err(), "{bad}");
        }
    }
}
