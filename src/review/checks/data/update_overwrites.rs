use crate::facts::fact::{Assignment, Call};
use crate::facts::tree::{Expr, ExprKind, Operator, ScopeKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::code::draws;
use crate::review::compare::SideFacts;
use crate::review::finding::{Finding, name_of};

check! {
    /// What an update does not mention is emptied, where it used to stay.
    ///
    /// ## What it does
    /// Looks at functions that copied a value only if it was sent: `if (change.phone != null) …`,
    /// `change.phone ?? member.phone`. It speaks when the same value is now copied in every case, or
    /// when all of what was sent is copied at once, values that are missing included.
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
    let copied = now.value == *kept.source
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
