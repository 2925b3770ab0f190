//! Who may take on a role of the cloud, and which.

use super::{name, plain, shown};
use crate::facts::setting::Setting;
use crate::review::Context;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::settings::{self, Purpose, holds, local};
use crate::review::record::finding::Finding;
use smol_str::SmolStr;

/// Looks for conditions that match more, for everybody in the place of somebody, and for roles that
/// may do all.
pub(crate) fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    let wanted = |it| matches!(it, Purpose::Terraform | Purpose::CloudTemplate);
    for (file, purpose, deltas) in settings::changed(context, wanted) {
        if local(&file.path) {
            continue;
        }
        let gone = deltas.removed.iter().copied();
        let gone = gone.chain(deltas.changed.iter().map(|it| it.0));
        for was in gone {
            let Some(statement) = condition(was) else {
                continue;
            };
            let fresh = deltas.added.iter().copied();
            let mut fresh = fresh.chain(deltas.changed.iter().map(|it| it.1));
            let wider = fresh.find(|it| {
                condition(it) == Some(statement)
                    && !it.path.iter().any(|it| plain(it).ends_with("stringequals"))
                    && covers(&it.value, &was.value)
            });
            let denies = file.after.settings.iter().any(|it| {
                it.path.starts_with(statement)
                    && it.key().eq_ignore_ascii_case("effect")
                    && it.value == "Deny"
            });
            if let (Some(is), false) = (wider, denies) {
                let symbol = name(purpose, was);
                out.push(shown(file, &symbol, format!("condition {}", is.value), Some(was), Some(is)).says(
                    format!(
                        "{symbol} held for `{}` only, and now for all of `{}`. Whatever matches that, and whoever may make something that does, gets these rights.",
                        was.value, is.value
                    ),
                    "Name the one that needs it, without a `*`.",
                ));
                break;
            }
        }
        for (was, is) in &deltas.changed {
            if grants(is) && strong(&is.value) && !strong(&was.value) {
                let symbol = name(purpose, is);
                out.push(shown(file, &symbol, format!("role {}", is.value), Some(was), Some(is)).says(
                    format!(
                        "{symbol} gave the role `{}` and now gives `{}`, with which nearly everything can be read and changed. Whatever runs with it, and whoever breaks into it, may do that.",
                        was.value, is.value
                    ),
                    "Give the role for the one thing that is needed.",
                ));
            }
        }
        if purpose == Purpose::Terraform {
            everybody(context, file, out);
        }
    }
}

/// The path of the statement whose condition a setting is a part of.
fn condition(setting: &Setting) -> Option<&[SmolStr]> {
    let at = setting
        .path
        .iter()
        .position(|it| it.eq_ignore_ascii_case("condition"))?;
    setting.path.get(..at).filter(|it| !it.is_empty())
}

/// Whether a pattern with `*` matches a value and more.
fn covers(pattern: &str, value: &str) -> bool {
    if !pattern.contains('*') || pattern == value || value.is_empty() {
        return false;
    }
    let mut rest = value;
    let mut parts = pattern.split('*').peekable();
    let Some(first) = parts.next() else {
        return false;
    };
    let Some(after) = rest.strip_prefix(first) else {
        return false;
    };
    rest = after;
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.is_empty()
}

fn grants(setting: &Setting) -> bool {
    let role = matches!(setting.key(), "role" | "role_definition_name");
    let kind = setting.path.get(1).map_or("", SmolStr::as_str);
    role && (kind.contains("_iam_") || kind.contains("role_assignment"))
}

/// Roles with which nearly everything may be done.
fn strong(role: &str) -> bool {
    matches!(
        role,
        "roles/owner"
            | "roles/editor"
            | "roles/iam.securityAdmin"
            | "Owner"
            | "User Access Administrator"
    )
}

/// Everybody, where somebody had the same role by name.
fn everybody(context: &Context<'_>, file: &FilePair<'_>, out: &mut Vec<Finding>) {
    let member = |it: &Setting| {
        it.path
            .get(3)
            .is_some_and(|key| key == "member" || key == "members")
    };
    let role = |side: &[Setting], of: &[SmolStr]| {
        let own =
            |it: &&Setting| it.path.len() == 4 && it.path.starts_with(of) && it.key() == "role";
        side.iter().find(own).map(|it| it.value.clone())
    };
    let all = |value: &str| matches!(value, "allUsers" | "allAuthenticatedUsers");
    for is in &file.after.settings {
        let Some(resource) = is.path.get(..3) else {
            continue;
        };
        if !member(is) || !all(&is.value) || holds(&file.before.settings, resource) {
            continue;
        }
        let now = role(&file.after.settings, resource);
        let named = file.before.settings.iter().find(|it| {
            let Some(own) = it.path.get(..3) else {
                return false;
            };
            member(it)
                && !all(&it.value)
                && role(&file.before.settings, own) == now
                && !context
                    .files
                    .iter()
                    .any(|it| holds(&it.after.settings, own))
                && !file
                    .before
                    .settings
                    .iter()
                    .any(|it| it.path.starts_with(own) && all(&it.value))
        });
        let (Some(was), Some(now)) = (named, now) else {
            continue;
        };
        let symbol = name(Purpose::Terraform, is);
        out.push(shown(file, &symbol, format!("{now} for {}", is.value), Some(was), Some(is)).says(
            format!(
                "{symbol} gives the role `{now}` to everybody (`{}`), where `{}` had it by name. What only that one could reach is open to the internet.",
                is.value,
                was.value
            ),
            "Give it to those who need it, one service at a time.",
        ));
        return;
    }
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn a_pattern_covers_what_it_matches_and_more() {
        assert!(covers("repo:a/*", "repo:a/b:ref:refs/heads/main"));
        assert!(covers("repo:a/b:*", "repo:a/b:ref:refs/heads/main"));
        assert!(covers("*", "x"));
        assert!(!covers("repo:c/*", "repo:a/b"));
        assert!(!covers("repo:a/b", "repo:a/b"));
        assert!(!covers(
            "repo:a/b:ref:refs/tags/*",
            "repo:a/b:ref:refs/heads/main"
        ));
    }
}
