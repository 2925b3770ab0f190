use super::public_exposure::resource;
use crate::facts::setting::Setting;
use crate::review::Context;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::settings::{self, Deltas, Purpose, example, holds};
use crate::review::infrastructure::cluster::{self, Standing};
use crate::review::infrastructure::safeguard::rights;
use crate::review::record::finding::Finding;
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
    /// people's containers, change rights, or create and change what runs, when what held in one
    /// namespace holds in the whole cluster, and when somebody is given a stronger role. Reads conditions of statements that now match more, and roles that
    /// everybody has where somebody had them by name.
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
    rights::run(context, found);
    cluster(context, found);
}

/// Roles of a cluster that may do more, and those who get others or have them in more places.
fn cluster(context: &Context<'_>, found: &mut Vec<Finding>) {
    let files: Vec<&FilePair<'_>> = context
        .files
        .iter()
        .filter(|it| settings::purpose(it) == Some(Purpose::Manifest) && !settings::unreadable(it))
        .collect();
    for file in files.iter().filter(|it| it.after.exists) {
        let before = Standing::before(file, &files);
        roles(file, &before, found);
        given(file, &files, &before, found);
    }
}

fn roles(file: &FilePair<'_>, before: &Standing, found: &mut Vec<Finding>) {
    let mut told: BTreeMap<(String, String), (u32, bool, Vec<String>)> = BTreeMap::new();
    for (right, line) in cluster::rights(&file.after.settings) {
        let was = before.of(&right.role);
        // A role that is new comes with whatever it is for.
        if was.is_empty() || was.iter().any(|it| it.covers(&right)) {
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
        let name = cluster::plain(&role);
        let all = |it: &str| it == "*";
        let may = match (verbs.iter().any(|it| all(it)), all(&resource)) {
            (true, true) => "do anything with everything".to_owned(),
            (true, false) => format!("do anything with `{resource}`"),
            (false, true) => format!("{} everything", verbs.join(", ")),
            (false, false) => format!("{} `{resource}`", verbs.join(", ")),
        };
        found.push(
            Finding::new(file, &role, format!("{resource} {}", verbs.join(", ")))
                .near(line)
                .says(
                    format!(
                        "The role {name} may now also {may} in the cluster. Whatever runs with it, and whoever breaks into that, may do so as well."
                    ),
                    "Name the things it is for, or leave the right to those installations that need it.",
                )
                .speaks_if(far),
        );
    }
}

/// Those who are given another role than before, or have theirs in the whole cluster now.
fn given(
    file: &FilePair<'_>,
    files: &[&FilePair<'_>],
    before: &Standing,
    found: &mut Vec<Finding>,
) {
    for is in cluster::bindings(&file.after.settings) {
        let same = before.bindings.iter().find(|it| it.name == is.name);
        let was = same.or_else(|| {
            let plain = cluster::plain(&is.name);
            let mut known = before.bindings.iter();
            known.find(|it| cluster::plain(&it.name) == plain && it.subjects == is.subjects)
        });
        let strong = cluster::rank(&is.role);
        let new: Vec<&str> = is
            .subjects
            .iter()
            .filter(|it| was.is_none_or(|was| !was.subjects.contains(it)))
            .map(|it| it.1.as_str())
            .collect();
        let (fact, words) = if let Some(anybody) = new.iter().find(|it| cluster::anybody(it)) {
            (
                format!("{} for {anybody}", is.role),
                format!(
                    "now gives the role {} to `{anybody}`: everybody who reaches the cluster, or all that runs in it",
                    is.role
                ),
            )
        } else if let Some(was) = was {
            let stronger = match (cluster::rank(&was.role), strong) {
                (Some(old), Some(new)) => new > old,
                (None, Some(new)) => new > 2,
                _ => false,
            };
            if stronger {
                (
                    format!("{} instead of {}", is.role, was.role),
                    format!(
                        "gave the role {} and now gives {}, which allows more",
                        was.role, is.role
                    ),
                )
            } else if is.everywhere && !was.everywhere && cluster::reaches(file, files, &is.role) {
                (
                    format!("{} everywhere", is.role),
                    format!(
                        "gave the role {} in one namespace only, and now gives it in the whole cluster",
                        is.role
                    ),
                )
            } else {
                continue;
            }
        } else if strong == Some(4) && cluster::services(&is).any(|it| !cluster::born(files, it)) {
            (
                "cluster-admin".to_owned(),
                "gives full rights in the cluster to something that was there without it"
                    .to_owned(),
            )
        } else {
            continue;
        };
        found.push(
            Finding::new(file, &is.name, fact)
                .near(is.line)
                .says(
                    format!(
                        "`{}` {words}. Whatever runs with it, and whoever breaks into that, may do all of it.",
                        cluster::plain(&is.name)
                    ),
                    "Give a role of its own, with the rights that are needed, in the namespace where they are.",
                ),
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
                everywhere && (!reads(value) || !known) && !moved(deltas, value),
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

/// Whether another statement allowed an action on everything and is written otherwise now.
fn moved(deltas: &Deltas<'_>, action: &str) -> bool {
    deltas.removed.iter().any(|it| {
        let around = statement(it);
        it.value == action
            && deltas
                .removed
                .iter()
                .any(|other| other.value == "*" && around.is_some() && statement(other) == around)
    })
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
