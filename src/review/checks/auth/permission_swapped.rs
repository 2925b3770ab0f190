use crate::facts::fact::{Call, Usage};
use crate::facts::tree::{Argument, Expr, ExprKind};
use crate::facts::words::{likeness, words};
use crate::review::code::{draws, near};
use crate::review::conditions::rank::{only_reads, rank, weaker};
use crate::review::conditions::requirement::{Form, Requirement, checks_something};
use crate::review::conditions::subject::{Subject, subject};
use crate::review::deltas::delta::ScopeDelta;
use crate::review::record::finding::Finding;
use crate::review::{Alone, Context};
use std::collections::HashSet;

check! {
    /// A check asks for a weaker right, or for the right of another action.
    ///
    /// ## What it does
    /// Speaks when the right in a check is replaced by a sibling: another member of the same thing,
    /// another name in the argument of the check, a role that ranks lower.
    ///
    /// ## Why it matters
    /// The check is still there, so nobody looks twice; it just lets in more people.
    ///
    /// ## Example
    /// ```go
    /// if !user.Perm.Delete { return forbidden }
    /// if !user.Perm.Create { return forbidden }
    /// ```
    ///
    /// ## Instead
    /// Ask for the right that is named after the action.
    "auth/permission-swapped", Auth, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    let alone = Lone::of(context);
    for delta in &context.deltas.scopes {
        let from = out.len();
        requirements(context, &alone, delta, out);
        if out.len() == from {
            helpers(context, &alone, delta, out);
        }
        for (before, after) in &delta.calls_changed {
            constants(delta, before, after, out);
            if checks_something(&before.name)
                || checks_something(&before.callee.to_string())
                || decides(&before.name)
            {
                arguments(delta, before, after, out);
            }
        }
    }
}

/// Whether a call of this name is asked about rights: `isGranted`, `can`, `hasRole`.
fn decides(name: &str) -> bool {
    words(name).iter().any(|it| {
        matches!(
            it.as_str(),
            "granted"
                | "can"
                | "role"
                | "roles"
                | "perm"
                | "perms"
                | "permitted"
                | "permission"
                | "permissions"
                | "allowed"
                | "access"
                | "privilege"
                | "authorize"
                | "authorization"
                | "scope"
                | "scopes"
                | "policy"
                | "auth"
        )
    })
}

fn requirements(
    context: &Context<'_>,
    alone: &Lone<'_>,
    delta: &ScopeDelta<'_>,
    out: &mut Vec<Finding>,
) {
    let near = near(delta);
    for lost in &delta.lost {
        if subject(lost, &near) != Some(Subject::Permission) {
            continue;
        }
        let same_form = |it: &&Requirement| it.form == lost.form;
        let mut gained = delta.gained.iter().filter(same_form);
        let differs = |it: &&Requirement| differs_in_one_name(&lost.condition, &it.condition);
        let (gained, lowered) = match gained.clone().find(differs) {
            Some(gained) => (gained, false),
            None => match gained.find(|it| asks_for_less(lost, it)) {
                Some(gained) => (gained, true),
                None => continue,
            },
        };
        let (old, new) = (lost.condition.last_name(), gained.condition.last_name());
        if old == new || weaker(old, new) == Some(false) {
            continue;
        }
        // Siblings of one thing, or a right that ranks lower.
        let siblings = matches!(lost.condition.kind, ExprKind::Member(..) | ExprKind::Not(_))
            && rank(old).is_some()
            && rank(new).is_some();
        // One check given up for another that was there before.
        let given_up = alone.gone.contains(old) && !context.deltas.extracted(delta);
        let sure = siblings || lowered || weaker(old, new) == Some(true) || given_up;
        let written_now = alone.new.contains(new);
        out.push(
            finding(delta, lost, gained, old, new)
                .speaks_if(sure && !written_now && !draws(delta.file)),
        );
    }
}

/// A helper of the project that rules about access were decided with is gone, and another function
/// decides in its place.
fn helpers(
    context: &Context<'_>,
    alone: &Lone<'_>,
    delta: &ScopeDelta<'_>,
    out: &mut Vec<Finding>,
) {
    let rules = words(&delta.file.path).iter().any(|it| {
        matches!(
            it.as_str(),
            "authorization"
                | "access"
                | "permission"
                | "permissions"
                | "policy"
                | "policies"
                | "acl"
                | "rbac"
                | "security"
                | "voter"
        )
    });
    if !rules || draws(delta.file) || context.deltas.extracted(delta) {
        return;
    }
    let print = |it: &Call| {
        let arguments: Vec<String> = it.arguments.iter().map(ToString::to_string).collect();
        arguments.join(", ")
    };
    for lost in delta
        .calls_lost
        .iter()
        .filter(|it| it.result == Usage::Used)
    {
        let same = |it: &&Call| !it.arguments.is_empty() && print(it) == print(lost);
        let Some(gained) = delta.calls_gained.iter().find(same) else {
            continue;
        };
        if !alone.gone.contains(lost.name.as_str()) || alone.new.contains(gained.name.as_str()) {
            continue;
        }
        out.push(
            Finding::new(delta.file, delta.symbol(), format!("{} gave way", lost.name))
                .before(lost.place.line, delta.base_file.before.code(&lost.place.span))
                .after(gained.place.line, delta.file.after.code(&gained.place.span))
                .says(
                    format!(
                        "`{}` decided with `{}`, which is gone, and now decides with `{}`. Where the two differ, other people than before get through.",
                        delta.symbol(),
                        lost.name,
                        gained.name
                    ),
                    "Say where the two differ, and test such a case.",
                ),
        );
        return;
    }
}

/// `checkAdmin(user)` and `checkDevice(user, device)`: an administrator was asked for, and now only
/// something that names no rank.
fn asks_for_less(lost: &Requirement, gained: &Requirement) -> bool {
    let (ExprKind::Call(old, _), ExprKind::Call(new, _)) =
        (&lost.condition.kind, &gained.condition.kind)
    else {
        return false;
    };
    let (ExprKind::Member(a, x), ExprKind::Member(b, y)) = (&old.kind, &new.kind) else {
        return false;
    };
    lost.form == Form::Call
        && a == b
        && words(x).first() == words(y).first()
        && rank(x) > rank("manager")
        && rank(y).is_none()
}

/// The names of functions that stand on one side of the change only.
struct Lone<'a> {
    gone: HashSet<&'a str>,
    new: HashSet<&'a str>,
}

impl<'a> Lone<'a> {
    fn of(context: &Context<'a>) -> Self {
        let unmatched = context.unmatched();
        let on = |side: Alone| {
            let found = unmatched.iter().filter(|it| it.2 == side);
            found.map(|it| it.1.name.as_str()).collect()
        };
        Self {
            gone: on(Alone::Gone),
            new: on(Alone::New),
        }
    }
}

fn finding(
    delta: &ScopeDelta<'_>,
    lost: &Requirement,
    gained: &Requirement,
    old: &str,
    new: &str,
) -> Finding {
    Finding::new(delta.file, delta.symbol(), lost.condition.to_string())
        .before(lost.place.line, delta.base_file.before.code(&lost.place.span))
        .after(gained.place.line, delta.file.after.code(&gained.place.span))
        .says(
            format!(
                "`{}` asked for `{old}` and now asks for `{new}`. People who have the one but not the other could do it.",
                delta.symbol()
            ),
            "Ask for the right that is named after the action.",
        )
}

/// `user.Perm.Delete` and `user.Perm.Create`; `isAdmin(x)` and `isMember(x)`.
fn differs_in_one_name(left: &Expr, right: &Expr) -> bool {
    match (&left.kind, &right.kind) {
        (ExprKind::Not(a), ExprKind::Not(b)) => differs_in_one_name(a, b),
        (ExprKind::Member(a, x), ExprKind::Member(b, y)) => x != y && a == b,
        (ExprKind::Call(a, x), ExprKind::Call(b, y)) => {
            x == y && (differs_in_one_name(a, b) || likeness(a.last_name(), b.last_name()) >= 0.3)
        }
        (ExprKind::Name(a), ExprKind::Name(b)) => likeness(a, b) >= 0.3,
        _ => false,
    }
}

fn arguments(delta: &ScopeDelta<'_>, before: &Call, after: &Call, out: &mut Vec<Finding>) {
    let mut swaps = Vec::new();
    for (index, argument) in before.arguments.iter().enumerate() {
        let other = match &argument.name {
            Some(name) => after
                .arguments
                .iter()
                .find(|it| it.name.as_ref() == Some(name)),
            None => after.arguments.get(index).filter(|it| it.name.is_none()),
        };
        let Some(other) = other else { continue };
        compare(&argument.value, &other.value, &mut swaps, 0);
    }
    let mut asked = HashSet::new();
    for argument in &after.arguments {
        argument.value.walk(&mut |it| match &it.kind {
            ExprKind::Text(name) | ExprKind::Name(name) | ExprKind::Member(_, name) => {
                asked.insert(name.as_str());
            }
            _ => {}
        });
    }
    for (old, new) in swaps {
        // It has only moved to another place of a list.
        if asked.contains(old.as_str()) {
            continue;
        }
        if weaker(&old, &new) != Some(true) && !only_reads(&old, &new) {
            continue;
        }
        out.push(
            Finding::new(delta.file, delta.symbol(), format!("{} {old}", before.callee))
                .before(before.place.line, delta.base_file.before.code(&before.place.span))
                .after(after.place.line, delta.file.after.code(&after.place.span))
                .says(
                    format!(
                        "`{}` asked for `{old}` and now asks for `{new}`, which is less. More people could do it.",
                        delta.symbol()
                    ),
                    "Ask for the right that the action needs, or say why the weaker one is enough.",
                )
                .speaks_if(!draws(delta.file)),
        );
    }
}

/// Entries of maps that asked for a right and are now simply true.
fn constants(delta: &ScopeDelta<'_>, before: &Call, after: &Call, out: &mut Vec<Finding>) {
    for (old, new) in before.arguments.iter().zip(&after.arguments) {
        let (ExprKind::Map(old), ExprKind::Map(new)) = (&old.value.kind, &new.value.kind) else {
            continue;
        };
        for (key, value) in old {
            let ExprKind::Call(callee, _) = &value.kind else {
                continue;
            };
            let Some((_, now)) = new.iter().find(|(it, _)| it == key) else {
                continue;
            };
            if !decides(callee.last_name()) || now.kind != ExprKind::Bool(true) {
                continue;
            }
            out.push(
                Finding::new(delta.file, delta.symbol(), format!("{key} {value}"))
                    .before(before.place.line, delta.base_file.before.code(&value.span))
                    .after(after.place.line, &format!("{key}: true"))
                    .says(
                        format!(
                            "In `{}`, `{key}` depended on what the caller may do and is now always on. People without the right get it as well.",
                            delta.symbol()
                        ),
                        "Ask for the right again, or say why everybody may have it.",
                    )
                    .speaks_if(!draws(delta.file)),
            );
        }
    }
}

/// Values at the same place of two arguments that name different rights.
fn compare(left: &Expr, right: &Expr, swaps: &mut Vec<(String, String)>, depth: usize) {
    if depth > 8 || left == right {
        return;
    }
    match (&left.kind, &right.kind) {
        (ExprKind::Text(a), ExprKind::Text(b)) if a.len() < 60 && b.len() < 60 => {
            swaps.push((a.clone(), b.clone()));
        }
        (ExprKind::Member(x, a), ExprKind::Member(y, b)) if x == y => {
            swaps.push((a.clone(), b.clone()));
        }
        (ExprKind::Name(a), ExprKind::Name(b)) => swaps.push((a.clone(), b.clone())),
        (ExprKind::List(a), ExprKind::List(b)) if a.len() == b.len() => {
            for (a, b) in a.iter().zip(b) {
                compare(a, b, swaps, depth + 1);
            }
        }
        (ExprKind::Map(a), ExprKind::Map(b)) => {
            for (key, value) in a {
                if let Some((_, other)) = b.iter().find(|(it, _)| it == key) {
                    compare(value, other, swaps, depth + 1);
                }
            }
        }
        (ExprKind::Call(a, x), ExprKind::Call(b, y)) if a == b => pairwise(x, y, swaps, depth),
        _ => {}
    }
}

fn pairwise(
    left: &[Argument],
    right: &[Argument],
    swaps: &mut Vec<(String, String)>,
    depth: usize,
) {
    for (a, b) in left.iter().zip(right) {
        if a.name == b.name {
            compare(&a.value, &b.value, swaps, depth + 1);
        }
    }
}
