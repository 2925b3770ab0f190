//! Rules that say which addresses ask for which rights: Symfony's `access_control`.

use crate::facts::setting::Setting;
use crate::review::conditions::rank;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::settings::{Deltas, unreadable};
use crate::review::record::finding::Finding;

/// Rules that are gone, and rules that another one newly comes before.
pub(crate) fn weaker(file: &FilePair<'_>, deltas: &Deltas<'_>, out: &mut Vec<Finding>) {
    for was in &deltas.removed {
        let rule = was.path.iter().position(|it| it == "access_control");
        let Some(address) = rule.and_then(|it| was.path.get(it + 1)) else {
            continue;
        };
        if !matches!(was.key(), "roles" | "role" | "allow_if") {
            continue;
        }
        out.push(
            Finding::new(file, &was.dotted(), format!("rule for {address} is gone"))
                .before(was.line, &format!("{}: {}", was.key(), was.value))
                .says(
                    format!("The rule that asked for `{}` at `{address}` is gone. People who were kept out could get there.", was.value),
                    "Keep the rule, or say what keeps people out there now.",
                ),
        );
    }
    comes_too_late(file, out);
}

/// A rule of Symfony's `access_control`.
struct Rule<'a> {
    address: &'a str,
    roles: Vec<&'a Setting>,
    /// Whether it holds for some requests to the address only.
    sometimes: bool,
    line: u32,
}

/// The rules in their order: the first one that fits a request decides.
fn rules(settings: &[Setting]) -> Vec<Rule<'_>> {
    let mut out: Vec<Rule<'_>> = Vec::new();
    for setting in settings {
        let Some(at) = setting.path.iter().position(|it| it == "access_control") else {
            continue;
        };
        let (Some(address), Some(key)) = (setting.path.get(at + 1), setting.path.get(at + 2))
        else {
            continue;
        };
        let index = out.iter().position(|it| it.address == address.as_str());
        let index = index.unwrap_or_else(|| {
            out.push(Rule {
                address,
                roles: Vec::new(),
                sometimes: false,
                line: setting.line,
            });
            out.len() - 1
        });
        let rule = &mut out[index];
        match key.as_str() {
            "path" => {}
            "roles" | "role" => rule.roles.push(setting),
            _ => rule.sometimes = true,
        }
    }
    out.sort_by_key(|it| it.line);
    out
}

/// The beginning of all addresses that a rule is about, where it is plain.
fn beginning(address: &str) -> Option<&str> {
    let plain = address.strip_prefix('^')?;
    let simple = |it: char| it.is_alphanumeric() || matches!(it, '/' | '-' | '_');
    plain.chars().all(simple).then_some(plain)
}

/// The rule before it that decides in place of one that asks for more.
fn overtaken<'r, 'a>(rules: &'r [Rule<'a>], rule: &Rule<'_>) -> Option<&'r Rule<'a>> {
    let asked = rule.roles.first()?;
    let own = beginning(rule.address)?;
    rules
        .iter()
        .take_while(|it| it.address != rule.address)
        .filter(|it| !it.sometimes)
        .find(|it| {
            let less = |role: &&Setting| {
                role.value.contains("ANONYMOUS")
                    || rank::weaker(&asked.value, &role.value) == Some(true)
            };
            beginning(it.address).is_some_and(|start| own.starts_with(start))
                && !it.roles.is_empty()
                && it.roles.iter().all(less)
        })
}

/// Rules of Symfony's `access_control` that another one newly comes before.
fn comes_too_late(file: &FilePair<'_>, out: &mut Vec<Finding>) {
    if unreadable(file) {
        return;
    }
    let (before, after) = (rules(&file.before.settings), rules(&file.after.settings));
    for rule in &after {
        let Some(first) = overtaken(&after, rule) else {
            continue;
        };
        let known = before.iter().find(|it| it.address == rule.address);
        if known.is_none_or(|it| overtaken(&before, it).is_some()) {
            continue;
        }
        let (asked, instead) = (&rule.roles[0].value, &first.roles[0].value);
        out.push(
            Finding::new(file, "access_control", format!("{} comes after {}", rule.address, first.address))
                .after(first.line, &format!("{}: {instead}", first.address))
                .says(
                    format!(
                        "The rule that asks for `{asked}` at `{}` comes after one for `{}`, which decides first and asks for `{instead}`. People who were kept out could get there.",
                        rule.address, first.address
                    ),
                    "Put the rules for some addresses before those for all.",
                ),
        );
    }
}
