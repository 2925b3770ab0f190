//! Conditions of deletions and updates that let more rows through than it looks: an alternative beside
//! all that had to hold, a value that a library leaves out where it is empty or missing, rows in which
//! nothing stands.

use crate::change::Class;
use crate::facts::fact::Call;
use crate::facts::tree::{Expr, ExprKind, Operator, StmtKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::code::draws;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::record::finding::{Finding, name_of};

/// Those that are new.
pub(crate) fn findings(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        if delta.file.class == Class::Source && !draws(delta.file) && !delta.broken() {
            loosened(delta, out);
            zero_left_out(delta, out);
            nothing_excluded(delta, out);
        }
    }
    missing_left_out(context, out);
}

/// gorm's `Where(&Document{FolderID: folder})`: what is zero or empty in it is no condition at all.
fn zero_left_out(delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    let after = &delta.file.after;
    let changes_rows = |it: &&Call| {
        matches!(
            it.name.as_str(),
            "Delete" | "Update" | "Updates" | "UpdateColumn" | "UpdateColumns"
        )
    };
    if !delta.file.path.ends_with(".go") || !delta.calls_after.iter().any(changes_rows) {
        return;
    }
    let by_struct = |it: &&&Call, code: &str| {
        let last = code
            .rsplit("Where(")
            .next()
            .unwrap_or_default()
            .trim_start();
        it.name == "Where" && last.starts_with('&') && last.contains('{')
    };
    let written = |it: &&&Call| {
        let first = it.arguments.first().map(|it| &it.value.kind);
        it.name == "Where" && matches!(first, Some(ExprKind::Text(text)) if text.contains('?'))
    };
    let base = &delta.base_file.before;
    let known = |it: &&Call| by_struct(&it, base.code(&it.place.span));
    let was = delta.calls_before.iter().find(written);
    let now = delta
        .calls_after
        .iter()
        .find(|it| by_struct(it, after.code(&it.place.span)));
    if let (Some(before), Some(is)) = (was, now)
        && !delta.calls_before.iter().any(known)
    {
        out.push(
            Finding::new(delta.file, delta.symbol(), "zero values are left out")
                .before(before.place.line, delta.base_file.before.code(&before.place.span))
                .after(is.place.line, after.code(&is.place.span))
                .says(
                    format!(
                        "{} deletes or changes rows by conditions that were written out, and now by a struct, of which the library leaves out what is zero, empty or false. Where a value is, rows of everybody else go as well.",
                        name_of(delta.symbol())
                    ),
                    "Write the condition out, or name the fields that count beside the struct.",
                ),
        );
    }
}

/// Django's `exclude(at__gt=cutoff)` in the place of `filter(at__lt=cutoff)`: rows in which nothing
/// stands were left alone, and are taken now.
fn nothing_excluded(delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    let field = |call: &Call, ends: &[&str]| -> Option<String> {
        call.arguments.iter().find_map(|it| {
            let (field, end) = it.name.as_deref()?.rsplit_once("__")?;
            ends.contains(&end).then(|| field.to_owned())
        })
    };
    let deletes = delta.calls_after.iter().any(|it| many(it));
    for is in delta.calls_after.iter().filter(|it| it.name == "exclude") {
        let Some(name) = field(is, &["gt", "gte"]) else {
            continue;
        };
        let filters = |it: &&&Call| {
            it.name == "filter" && field(it, &["lt", "lte"]).as_deref() == Some(name.as_str())
        };
        let was = delta.calls_before.iter().find(filters);
        let still = delta.calls_after.iter().any(|it| filters(&it))
            || delta
                .file
                .after
                .code(&delta.after.span)
                .contains(&format!("{name}__isnull"));
        let Some(was) = was.filter(|_| deletes && !still) else {
            continue;
        };
        out.push(
            Finding::new(delta.file, delta.symbol(), format!("rows without {name}"))
                .before(was.place.line, delta.base_file.before.code(&was.place.span))
                .after(is.place.line, delta.file.after.code(&is.place.span))
                .says(
                    format!(
                        "{} took only rows whose `{name}` was old enough, and now all but those whose `{name}` is too new. Rows without `{name}` are taken as well, and they were left alone before.",
                        name_of(delta.symbol())
                    ),
                    "Ask for what is old enough, or leave out rows without it.",
                ),
        );
    }
}

/// A field that may newly be missing, by which a deletion of many rows chooses them: Prisma and TypeORM
/// leave a condition out that is `undefined`.
fn missing_left_out(context: &Context<'_>, out: &mut Vec<Finding>) {
    let declared = |text: &str, mark: &str| -> Vec<String> {
        let lines = text.lines().filter_map(|line| {
            let (name, _) = line.trim().split_once(mark)?;
            let name = name.rsplit(' ').next().unwrap_or(name);
            let plain = name.chars().all(|it| it.is_alphanumeric() || it == '_');
            (plain && !name.is_empty()).then(|| name.to_owned())
        });
        lines.collect()
    };
    let scripts = || {
        let typed = |it: &&FilePair<'_>| it.path.ends_with(".ts") && it.class == Class::Source;
        context.files.iter().filter(typed)
    };
    let newly: Vec<String> = scripts()
        .flat_map(|file| {
            let required = |text: &str| {
                let mut found = declared(text, "!: ");
                found.extend(declared(text, ": "));
                found
            };
            let (was, stays) = (required(file.before.text), required(file.after.text));
            let known = declared(file.before.text, "?: ");
            let count =
                |list: &[String], name: &String| list.iter().filter(|it| *it == name).count();
            let is = declared(file.after.text, "?: ");
            is.into_iter()
                .filter(move |it| count(&was, it) > count(&stays, it) && !known.contains(it))
        })
        .collect();
    if newly.is_empty() {
        return;
    }
    for file in scripts() {
        let calls = file.after.facts.calls.iter();
        for call in calls.filter(|it| matches!(it.name.as_str(), "deleteMany" | "updateMany")) {
            let mut keys = Vec::new();
            for argument in &call.arguments {
                argument.value.walk(&mut |it| {
                    if let ExprKind::Map(pairs) = &it.kind {
                        for (key, value) in pairs {
                            if let ExprKind::Member(_, name) = &value.kind
                                && key.to_string().trim_matches('"') == name
                            {
                                keys.push(name.clone());
                            }
                        }
                    }
                });
            }
            let Some(name) = keys.iter().find(|it| newly.contains(it)) else {
                continue;
            };
            let symbol = file
                .after
                .tree
                .scopes
                .get(call.place.scope)
                .map_or("", |it| it.path.as_str());
            out.push(
                Finding::new(file, symbol, format!("{name} may be missing"))
                    .after(call.place.line, file.after.code(&call.place.span))
                    .says(
                        format!(
                            "{} chooses rows by `{name}`, which had to be given and may be missing now. The library leaves out a condition that is missing: rows of everybody are deleted or changed.",
                            name_of(symbol)
                        ),
                        "Refuse the call where it is missing, before anything is deleted.",
                    ),
            );
        }
    }
}

fn loosened(delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    if !delta.calls_after.iter().any(|it| many(it)) {
        return;
    }
    let side = &delta.file.after;
    for (before, after) in &delta.calls_changed {
        // The condition is one of the deletion, not of another query beside it.
        let step = side.code(&after.place.span);
        let of_deletion = delta.calls_after.iter().filter(|it| many(it)).any(|it| {
            let origin = it.origin.as_ref();
            side.code(&it.place.span).contains(step)
                || origin.is_some_and(|it| side.code(&it.span).contains(step))
        });
        if !of_deletion || !matches!(after.name.as_str(), "Where" | "where" | "filter" | "Filter") {
            continue;
        }
        let (Some(was), Some(is)) = (condition(before), condition(after)) else {
            continue;
        };
        let held = was.parts(Operator::And);
        let ways = is.parts(Operator::Or);
        if held.len() < 2 || ways.len() < 2 || was.parts(Operator::Or).len() > 1 {
            continue;
        }
        let same = |it: &Expr| it.to_string() == was.to_string();
        let Some(new) = ways.iter().find(|it| !same(it)) else {
            continue;
        };
        // What else had to hold may be said of the new way as well.
        let said: Vec<String> = new
            .parts(Operator::And)
            .iter()
            .map(|it| it.to_string())
            .collect();
        let dropped = held
            .iter()
            .filter(|it| !said.contains(&it.to_string()))
            .count();
        if !ways.iter().any(|it| same(it)) || dropped < 2 {
            continue;
        }
        out.push(
            Finding::new(delta.file, delta.symbol(), "another way in")
                .before(before.place.line, delta.base_file.before.code(&before.place.span))
                .after(after.place.line, delta.file.after.code(&after.place.span))
                .says(
                    format!(
                        "{} deletes or changes rows for which several things had to hold, and now also takes rows of which only `{new}` holds. What kept the others from it (`{was}`) is not asked of them.",
                        name_of(delta.symbol())
                    ),
                    "Put the alternatives in parentheses beside what has to hold for all, and test that the rest stays.",
                ),
        );
    }
}

/// Whether a call deletes or changes many rows at once.
fn many(call: &Call) -> bool {
    let found = words(&call.name);
    let first = found.first().map_or("", String::as_str);
    let verb = matches!(
        first,
        "delete" | "destroy" | "remove" | "purge" | "update" | "execute"
    );
    let many = found
        .iter()
        .any(|it| matches!(it.as_str(), "all" | "many" | "range" | "where"));
    let executes = first == "execute" && found.iter().any(|it| it == "delete" || it == "update");
    (verb && many && first != "execute")
        || executes
        || matches!(call.name.as_str(), "Delete" | "delete")
}

/// The condition that a step of a query is handed.
fn condition(call: &Call) -> Option<&Expr> {
    let value = &call.arguments.first()?.value;
    match &value.kind {
        ExprKind::Function(_, body) => match body.as_slice() {
            [only] => match &only.kind {
                StmtKind::Return(Some(value)) | StmtKind::Expr(value) => Some(value),
                _ => None,
            },
            _ => None,
        },
        ExprKind::Binary(..) => Some(value),
        _ => None,
    }
}
