use super::public_exposure::resource;
use crate::facts::setting::Setting;
use crate::review::Context;
use crate::review::cluster::{Right, rights};
use crate::review::compare::FilePair;
use crate::review::finding::Finding;
use crate::review::settings::{self, Deltas, Purpose, example, holds};
use smol_str::SmolStr;
use std::collections::BTreeMap;

check! {
    /// A role of the cloud may do more, to more things, or may be taken on by more people.
    ///
    /// ## What it does
    /// Reads the statements and attachments of roles in Terraform. Speaks when an existing role gets
    /// another policy, when a statement allows another action on everything or everything at all,
    /// when a new statement has no limit on what it touches, and when more services or accounts may
    /// take the role on. Rights on named things only are recorded. Reads the roles of a Kubernetes
    /// cluster as well: speaks when one that was there may now read secrets, run things in other
    /// people's containers, change rights, or create and change what runs.
    ///
    /// ## Why it matters
    /// Whatever runs with that role, and whoever breaks into it, may do all of this. For a module,
    /// that is so in every installation that updates.
    ///
    /// ## Example
    /// ```hcl
    /// actions   = ["s3:GetObject", "s3:*"]
    /// resources = ["*"]
    /// ```
    ///
    /// ## Instead
    /// Name the actions and the things they are for; put what is not always needed behind a variable.
    "production/cloud-rights-widened", Production, SPEAKS, run
}

fn run(context: &Context<'_>, found: &mut Vec<Finding>) {
    for (file, _, deltas) in settings::changed(context, |it| it == Purpose::Terraform) {
        if !example(&file.path) {
            attachments(context, file, &deltas, found);
            statements(file, &deltas, found);
        }
    }
    for (file, _, _) in settings::changed(context, |it| it == Purpose::Manifest) {
        cluster(file, found);
    }
}

/// Roles of a cluster that may do more.
fn cluster(file: &FilePair<'_>, found: &mut Vec<Finding>) {
    let before = rights(&file.before.settings);
    let mut told: BTreeMap<(String, String), (u32, bool, Vec<String>)> = BTreeMap::new();
    for (right, line) in rights(&file.after.settings) {
        let unlimited = Right {
            limited: false,
            ..right.clone()
        };
        // A role that is new comes with whatever it is for.
        let known = before.keys().any(|it| it.role == right.role);
        if !known || before.contains_key(&right) || before.contains_key(&unlimited) {
            continue;
        }
        let far = right.reaches_far() && !right.limited;
        let entry = told
            .entry((right.role, right.resource))
            .or_insert((line, false, Vec::new()));
        entry.1 |= far;
        entry.2.push(right.verb);
    }
    for ((role, resource), (line, far, verbs)) in told {
        let name = role.split_once('/').map_or(role.as_str(), |(_, name)| name);
        let verbs = verbs.join(", ");
        found.push(
            Finding::new(file, &role, format!("{resource} {verbs}"))
                .near(line)
                .says(
                    format!(
                        "The role {name} may now also {verbs} `{resource}` in the cluster. Whatever runs with it, and whoever breaks into that, may do so as well."
                    ),
                    "Name the things it is for, or leave the right to those installations that need it.",
                )
                .speaks_if(far),
        );
    }
}

fn attachment(setting: &Setting) -> bool {
    setting.path.first().is_some_and(|key| key == "resource")
        && setting.path.get(1).is_some_and(|kind| {
            kind.contains("policy_attachment")
                || kind.contains("iam_member")
                || kind.contains("iam_binding")
                || kind.contains("role_assignment")
        })
}

/// The name of a managed policy: the last part of what names it.
fn policy(value: &str) -> Option<&str> {
    let name = value.rsplit('/').next()?.trim_end_matches('"');
    let starts = name.starts_with(|first: char| first.is_ascii_uppercase());
    (starts
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte)))
    .then_some(name)
}

fn attachments(
    context: &Context<'_>,
    file: &FilePair<'_>,
    deltas: &Deltas<'_>,
    found: &mut Vec<Finding>,
) {
    let all = |settings: &[Setting]| -> Vec<String> {
        settings
            .iter()
            .filter_map(|it| policy(&it.value))
            .map(str::to_owned)
            .collect()
    };
    let before: Vec<String> = context
        .files
        .iter()
        .flat_map(|it| all(&it.before.settings))
        .collect();
    let fresh = deltas.added.iter().map(|it| (None, *it)).chain(
        deltas
            .changed
            .iter()
            .map(|(before, after)| (Some(*before), *after)),
    );
    for (was, setting) in fresh.filter(|(_, it)| attachment(it)) {
        let Some(name) = policy(&setting.value) else {
            continue;
        };
        let owner = resource(setting);
        let known = holds(
            &file.before.settings,
            &setting.path[..3.min(setting.path.len())],
        );
        // One policy for another on the same attachment is a swap: fewer rights as often as more.
        let swapped = was.and_then(|it| policy(&it.value)).or_else(|| {
            deltas
                .removed
                .iter()
                .filter(|it| {
                    it.path
                        .starts_with(&setting.path[..3.min(setting.path.len())])
                })
                .find_map(|it| policy(&it.value))
        });
        let there = before.iter().any(|it| it == name) && swapped.is_none();
        let narrower = ["ReadOnly", "PullOnly", "Minimal"]
            .iter()
            .any(|word| name.contains(word));
        if swapped == Some(name) {
            continue;
        }
        found.push(
            Finding::new(file, &owner, format!("policy {name} attached"))
                .speaks_if(known && !there && !(swapped.is_some() && narrower))
                .after(setting.line, file.after.code(&setting.span))
                .says(
                    match swapped {
                        Some(old) => format!(
                            "The role behind {owner} had the policy {old} and now has {name}. Whatever \
                             runs with it may do other things than before."
                        ),
                        None => format!(
                            "The role behind {owner} now also has the policy {name}. Whatever runs with \
                             it, and whoever breaks into it, may do all that this policy allows."
                        ),
                    },
                    "Say what needs it, or put it behind a variable that is off by default.",
                ),
        );
    }
}

fn statements(file: &FilePair<'_>, deltas: &Deltas<'_>, found: &mut Vec<Finding>) {
    let mut told: Vec<Vec<SmolStr>> = Vec::new();
    let fresh = deltas.added.iter().map(|it| (None, *it)).chain(
        deltas
            .changed
            .iter()
            .map(|(before, after)| (Some(*before), *after)),
    );
    for (was, setting) in fresh {
        let Some(statement) = statement(setting) else {
            continue;
        };
        let part = setting
            .path
            .get(statement.len())
            .map_or("", SmolStr::as_str);
        let kind = match part.to_ascii_lowercase().as_str() {
            "actions" | "action" => Part::Action,
            "resources" | "resource" => Part::Resource,
            "principals" | "principal" => Part::Principal,
            "condition" | "conditions" => Part::Condition,
            _ => continue,
        };
        let effect = |settings: &[Setting]| {
            settings.iter().any(|it| {
                it.path.starts_with(statement)
                    && it.key().eq_ignore_ascii_case("effect")
                    && it.value == "Deny"
            })
        };
        if effect(&file.after.settings) {
            continue;
        }
        let known = holds(&file.before.settings, statement);
        let name = statement_name(statement);
        let everywhere = file.after.settings.iter().any(|it| {
            it.path.starts_with(statement)
                && it.path.get(statement.len()).is_some_and(|key| {
                    key.eq_ignore_ascii_case("resources") || key.eq_ignore_ascii_case("resource")
                })
                && it.value == "*"
        });
        let value = setting.value.as_str();
        let (speaks, words) = match kind {
            Part::Action if value == "*" || value.ends_with(":*") => (
                known || everywhere,
                format!("{name} now allows every action of `{value}`."),
            ),
            Part::Action => (
                everywhere && (!reads(value) || !known),
                format!(
                    "{name} now allows `{value}`{}.",
                    if everywhere {
                        " on everything in the account"
                    } else {
                        ""
                    }
                ),
            ),
            Part::Resource if value == "*" => (
                known,
                format!("{name} was about named things and now covers everything in the account."),
            ),
            Part::Resource => (false, format!("{name} now also covers `{value}`.")),
            Part::Principal => (
                known && (value == "*" || was.is_none()),
                format!("{name} can now also be used by `{value}`."),
            ),
            Part::Condition
                if setting.path.len() > statement.len() + 2
                    && known
                    && (setting.path.iter().any(|key| key == "values") || was.is_none()) =>
            {
                // A further value of a condition that lets some in lets in more.
                let values = setting.path.iter().position(|key| key == "values");
                let Some(values) = values.filter(|at| (1..setting.path.len() - 1).contains(at))
                else {
                    continue;
                };
                let held = holds(&file.before.settings, &setting.path[..values]);
                let variable = file
                    .after
                    .settings
                    .iter()
                    .find(|it| {
                        it.path.len() == values + 1
                            && it.path[..values] == setting.path[..values]
                            && it.key() == "variable"
                    })
                    .map_or_else(
                        || setting.path[values - 1].clone(),
                        |it| it.value.as_str().into(),
                    );
                (
                    held,
                    format!(
                        "{name} was allowed only under a condition on `{variable}`, and that now accepts `{value}` as well."
                    ),
                )
            }
            Part::Condition => continue,
        };
        let swapped = deltas
            .removed
            .iter()
            .any(|it| it.path.len() == setting.path.len() && it.around() == setting.around());
        let key = statement.to_vec();
        let first = !told.contains(&key);
        found.push(
            Finding::new(
                file,
                &name,
                format!("{} {value}", setting.path[statement.len()]),
            )
            .speaks_if(speaks && first && !(swapped && kind != Part::Action && value != "*"))
            .after(setting.line, file.after.code(&setting.span))
            .says(
                format!(
                    "{words} Whatever runs with this role, and whoever breaks into it, may do that."
                ),
                "Name the things it is for, or put it behind a variable that is off by default.",
            ),
        );
        if speaks {
            told.push(key);
        }
    }
    // A condition that limited a statement, gone.
    for setting in &deltas.removed {
        let Some(statement) = statement(setting) else {
            continue;
        };
        let part = setting
            .path
            .get(statement.len())
            .map_or("", SmolStr::as_str);
        let limited = part.eq_ignore_ascii_case("condition");
        let place = [statement, &[part.into()]].concat();
        if limited
            && holds(&file.after.settings, statement)
            && !holds(&file.after.settings, &place)
            && !told.contains(&place)
        {
            let name = statement_name(statement);
            found.push(
                Finding::new(file, &name, "condition removed")
                    .before(setting.line, file.before.code(&setting.span))
                    .says(
                        format!("{name} was allowed only under a condition, and that is gone. It now holds in every case."),
                        "Put the condition back, or say why it is not needed.",
                    ),
            );
            told.push(place);
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Action,
    Resource,
    Principal,
    Condition,
}

/// Whether an action only looks.
fn reads(action: &str) -> bool {
    let verb = action.rsplit(':').next().unwrap_or_default();
    ["Get", "List", "Describe", "Head", "BatchGet"]
        .iter()
        .any(|it| verb.starts_with(it))
}

/// The path of the statement that a setting belongs to.
fn statement(setting: &Setting) -> Option<&[SmolStr]> {
    let at = setting
        .path
        .iter()
        .position(|key| key == "statement" || key == "Statement")?;
    // Several statements are told apart by name; a single one is not.
    let named = setting.path.get(at + 1)?;
    let direct = [
        "actions",
        "action",
        "resources",
        "resource",
        "principals",
        "principal",
        "condition",
        "effect",
        "sid",
    ];
    let end = if direct.contains(&named.to_ascii_lowercase().as_str()) {
        at + 1
    } else {
        at + 2
    };
    (end < setting.path.len()).then(|| &setting.path[..end])
}

fn statement_name(statement: &[SmolStr]) -> String {
    let last = statement.last().map_or("", SmolStr::as_str);
    if last.eq_ignore_ascii_case("statement") {
        statement[1..statement.len().min(3)].join(".")
    } else {
        last.to_owned()
    }
}
