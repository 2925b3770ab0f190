use crate::facts::Language;
use crate::facts::fact::{Assignment, Call};
use crate::facts::tree::{Expr, ExprKind, Operator, ScopeKind, StmtKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::code::draws;
use crate::review::conditions::requirement::writes;
use crate::review::deltas::compare::SideFacts;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::slots::{each_stmt, target_name};
use crate::review::record::finding::{Finding, name_of};

check! {
    /// What an update does not mention is emptied, where it used to stay.
    ///
    /// ## What it does
    /// Looks at functions that copied a value only if it was sent: `if (change.phone != null) …`,
    /// `change.phone ?? member.phone`, `change.dict(exclude_unset=True)`. It speaks when the same value
    /// is now copied in every case, or when all of what was sent is copied at once, values that are
    /// missing included.
    ///
    /// ## Why it matters
    /// Whoever changes one field loses the others. Nothing fails, and it is noticed much later.
    ///
    /// ## Example
    /// ```csharp
    /// if (change.Phone is not null) member.Phone = change.Phone;  // before
    /// entry.CurrentValues.SetValues(change);                      // after
    /// ```
    ///
    /// ## Instead
    /// Copy what was sent, and test an update that mentions one field only.
    "data/update-overwrites", Data, SPEAKS, run
}

/// A value that was copied only if it was there.
struct Kept<'a> {
    target: &'a Expr,
    source: &'a Expr,
    line: u32,
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        if delta.after.kind != ScopeKind::Function || draws(delta.file) || delta.broken() {
            continue;
        }
        all_fields(context, delta, out);
        out.extend(replaced(context, delta));
        let kept = kept(&assignments(&delta.base_file.before, delta.before));
        if kept.is_empty() {
            continue;
        }
        let still = assignments(&delta.file.after, delta.after);
        let found = kept.iter().find_map(|it| {
            let always = still.iter().find(|now| overwrites(it, now));
            always.map(|now| (it, now.place.line, now.target.to_string()))
        });
        let found = found.or_else(|| {
            let entries = entries(delta);
            kept.iter().find_map(|it| {
                let same = |(key, value): &&(&str, &Expr)| {
                    *key == it.target.last_name() && empties(value, it.source, delta)
                };
                let (key, value) = entries.iter().find(same)?;
                Some((it, value.line, (*key).to_owned()))
            })
        });
        let found = found.or_else(|| {
            let first = kept
                .iter()
                .find(|it| !still.iter().any(|now| now.target == *it.target))?;
            let call = delta
                .calls_gained
                .iter()
                .find(|it| copies_all(it, first.source))?;
            Some((first, call.place.line, call.callee.to_string()))
        });
        let Some((was, line, now)) = found else {
            continue;
        };
        // Refused before, where it is missing.
        let after = &delta.file.after;
        let refused = after.facts.guards.iter().any(|it| {
            std::ptr::eq(&after.tree.scopes[it.place.scope], delta.after)
                && it.condition.to_string().contains(&was.source.to_string())
        });
        out.push(
            Finding::new(delta.file, delta.symbol(), format!("overwrites {now}"))
                .before(was.line, delta.base_file.before.line(was.line))
                .after(line, delta.file.after.line(line))
                .says(
                    format!(
                        "{} changed `{}` only if a value for it was sent, and now does in every case. Whoever sends only one of the values loses the others.",
                        name_of(delta.symbol()),
                        was.target
                    ),
                    "Leave alone what was not sent, and test an update that mentions one value only.",
                )
                .speaks_if(!refused && !context.deltas.extracted(delta)),
        );
    }
}

/// Options that leave out what was not sent: pydantic's `exclude_unset=True`.
fn all_fields(context: &Context<'_>, delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    let leaves_out = |call: &&&Call| {
        call.arguments.iter().any(|it| {
            let name = it.name.as_deref().unwrap_or_default();
            let found = words(name);
            let has = |it: &str| found.iter().any(|word| word == it);
            (has("exclude") || has("skip") || has("ignore") || has("omit"))
                && (has("unset")
                    || has("none")
                    || has("null")
                    || has("undefined")
                    || has("defaults"))
                && it.value.kind != ExprKind::Bool(false)
        })
    };
    let Some(was) = delta.calls_before.iter().find(leaves_out) else {
        return;
    };
    let dumps = |it: &&&Call| {
        it.name == was.name || matches!(it.name.as_str(), "dict" | "model_dump" | "dump" | "asdict")
    };
    if delta.calls_after.iter().any(|it| leaves_out(&it)) {
        return;
    }
    let Some(is) = delta.calls_after.iter().find(dumps) else {
        return;
    };
    // What is only shown may be shown whole.
    let changes = delta.calls_after.iter().any(|it| {
        writes(&it.name) || matches!(it.name.as_str(), "setattr" | "commit" | "add" | "values")
    });
    out.push(
        Finding::new(delta.file, delta.symbol(), format!("all fields of {}", is.callee))
            .before(was.place.line, delta.base_file.before.code(&was.place.span))
            .after(is.place.line, delta.file.after.code(&is.place.span))
            .says(
                format!(
                    "{} took only those values that were sent, and now takes all of them, those that are missing included. Whoever sends one of the values could lose the others.",
                    name_of(delta.symbol())
                ),
                "Leave alone what was not sent, and test an update that mentions one value only.",
            )
            .speaks_if(changes && !context.deltas.extracted(delta)),
    );
}

/// The entries of maps that a function makes in every case: not those that are spread only if a
/// condition holds, and not what is handed to something that leaves values out.
fn entries<'a>(delta: &'a ScopeDelta<'_>) -> Vec<(&'a str, &'a Expr)> {
    fn inside<'a>(expr: &'a Expr, out: &mut Vec<(&'a str, &'a Expr)>) {
        match &expr.kind {
            ExprKind::Map(pairs) => {
                for (key, value) in pairs {
                    out.push((target_name(key), value));
                    inside(value, out);
                }
            }
            ExprKind::Spread(_) | ExprKind::Conditional(..) | ExprKind::Binary(..) => {}
            ExprKind::Call(callee, arguments) => {
                let found = words(&callee.to_string());
                let picks = found.iter().any(|it| {
                    matches!(
                        it.as_str(),
                        "clean"
                            | "compact"
                            | "defined"
                            | "filter"
                            | "omit"
                            | "pick"
                            | "prune"
                            | "strip"
                    )
                });
                if !picks {
                    arguments.iter().for_each(|it| inside(&it.value, out));
                }
            }
            _ => expr.each_child(&mut |it| inside(it, out)),
        }
    }
    let mut out = Vec::new();
    each_stmt(&delta.after.body, &mut |stmt| match &stmt.kind {
        StmtKind::Return(Some(value)) | StmtKind::Expr(value) | StmtKind::Assign { value, .. } => {
            inside(value, &mut out);
        }
        _ => {}
    });
    out
}

/// Whether a value is the one that was sent, or nothing where it was not.
fn empties(value: &Expr, source: &Expr, delta: &ScopeDelta<'_>) -> bool {
    let nothing = |it: &Expr| {
        it.kind == ExprKind::Null || matches!(&it.kind, ExprKind::Text(text) if text.is_empty())
    };
    // Libraries for databases leave out what is `undefined`.
    let scripts = matches!(
        delta.file.after.language,
        Some(Language::TypeScript | Language::Tsx | Language::JavaScript)
    );
    match &value.kind {
        ExprKind::Binary(Operator::Or, sent, otherwise) => **sent == *source && nothing(otherwise),
        _ => value == source && !scripts,
    }
}

/// What a function gives values to.
fn assignments<'a>(
    side: &'a SideFacts<'_>,
    scope: &crate::facts::tree::Scope,
) -> Vec<&'a Assignment> {
    let all = side.facts.assignments.iter();
    all.filter(|it| {
        std::ptr::eq(&side.tree.scopes[it.place.scope], scope)
            && matches!(it.target.kind, ExprKind::Member(..) | ExprKind::Index(..))
            && it.operator.is_none()
    })
    .collect()
}

/// Those that depend on nothing but that there is a value.
fn kept<'a>(all: &[&'a Assignment]) -> Vec<Kept<'a>> {
    let mut out = Vec::new();
    for it in all {
        let kept = |source: &'a Expr| Kept {
            target: &it.target,
            source,
            line: it.place.line,
        };
        match &it.value.kind {
            // `sent.phone ?? member.phone`.
            ExprKind::Binary(Operator::Or, sent, otherwise) if **otherwise == it.target => {
                out.push(kept(sent));
            }
            ExprKind::Conditional(condition, sent, otherwise)
                if **otherwise == it.target && asks_for(&condition.to_string(), sent) =>
            {
                out.push(kept(sent));
            }
            ExprKind::Member(..) | ExprKind::Index(..) | ExprKind::Call(..)
                if it
                    .place
                    .conditions
                    .iter()
                    .any(|asked| asks_for(asked, &it.value)) =>
            {
                out.push(kept(&it.value));
            }
            _ => {}
        }
    }
    out
}

/// Whether a condition asks whether a value is there.
fn asks_for(condition: &str, value: &Expr) -> bool {
    let value = value.to_string();
    let rest = match condition.split_once(value.as_str()) {
        Some((before, after)) => format!("{before}{after}"),
        // `"phone" in sent`, `sent.has("phone")`.
        None => {
            let name = value.rsplit(['.', '[']).next().unwrap_or(&value);
            let name = name.trim_matches(|it: char| !it.is_alphanumeric() && it != '_');
            let said = condition.contains(&format!("\"{name}\""));
            let asks = condition.contains(" in ") || condition.contains("has");
            return said && asks && !condition.starts_with('!');
        }
    };
    matches!(
        rest.trim(),
        "!= null" | "null !=" | "!= undefined" | "undefined !=" | ""
    ) || matches!(
        rest.trim(),
        ".HasValue" | ".isPresent()" | ".present?" | ".is_some()"
    )
}

/// Whether the same is now given in every case.
fn overwrites(kept: &Kept<'_>, now: &Assignment) -> bool {
    let same = now.target == *kept.target;
    let source = kept.source.to_string();
    let emptied = matches!(&now.value.kind, ExprKind::Binary(Operator::Or, sent, otherwise)
        if **sent == *kept.source && otherwise.kind == ExprKind::Null);
    let copied = now.value == *kept.source
        || emptied
        || matches!(&now.value.kind, ExprKind::Call(callee, _)
            if matches!(callee.last_name(), "unwrap_or_default" | "GetValueOrDefault")
                && callee.to_string().starts_with(&source));
    same && copied && now.place.conditions.is_empty()
}

/// Whether a call copies all of what was sent: `SetValues(sent)`, `copyProperties(sent, member)`.
fn copies_all(call: &Call, source: &Expr) -> bool {
    let copies = matches!(
        call.name.as_str(),
        "SetValues" | "copyProperties" | "Map" | "map" | "Adapt" | "updateValue" | "CopyTo"
    );
    let sent = source.first_name();
    let plain = call
        .arguments
        .iter()
        .any(|it| matches!(&it.value.kind, ExprKind::Name(name) if name == sent));
    let onto = call.name == "SetValues" || call.arguments.len() > 1;
    // What is missing may be left out.
    let picks = call.arguments.iter().any(|it| {
        let found = words(&it.value.to_string());
        found
            .iter()
            .any(|it| matches!(it.as_str(), "null" | "ignore" | "exclude" | "skip" | "omit"))
    });
    copies && plain && onto && call.arguments.len() < 3 && !picks
}

/// A relation that something was added to, and that is now set to it: Laravel's `sync`, Django's
/// `set`. Whatever else it held goes.
fn replaced(context: &Context<'_>, delta: &ScopeDelta<'_>) -> Option<Finding> {
    let sets = |name: &str| match name {
        "syncWithoutDetaching" => Some("sync"),
        "add" if delta.file.path.ends_with(".py") => Some("set"),
        _ => None,
    };
    let receiver = |it: &Call| match &it.callee.kind {
        ExprKind::Member(object, _) if object.kind != ExprKind::Null => Some(object.to_string()),
        _ => None,
    };
    // `sync($ids, false)` only adds.
    let keeps = |it: &Call| it.arguments.len() > 1;
    let (was, is) = delta.calls_lost.iter().find_map(|was| {
        let set = sets(&was.name)?;
        let mut gained = delta.calls_gained.iter();
        let is = gained.find(|is| is.name == set && receiver(is) == receiver(was) && !keeps(is))?;
        Some((was, is))
    })?;
    let relation = receiver(was)?;
    Some(
        Finding::new(delta.file, delta.symbol(), format!("sets {relation}"))
            .before(was.place.line, delta.base_file.before.code(&was.place.span))
            .after(is.place.line, delta.file.after.code(&is.place.span))
            .says(
                format!(
                    "{} added to `{relation}` and left the rest of it alone, and now sets it to what it is given. Whatever else was there is gone.",
                    name_of(delta.symbol())
                ),
                "Add to it, or make sure that all of it is given each time.",
            )
            .speaks_if(!context.deltas.extracted(delta)),
    )
}
