use crate::change::Class;
use crate::facts::fact::Call;
use crate::facts::tree::{Expr, ExprKind, Operator};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::settings::local;
use crate::review::deltas::slots::{self, Slot};
use crate::review::record::finding::{Finding, name_of};

check! {
    /// A database that was emptied for developers only may be emptied elsewhere.
    ///
    /// ## What it does
    /// Looks at calls that delete a whole database or all of its tables (`EnsureDeleted`, `drop_all`,
    /// `dropDatabase`). It speaks when one was made in development or in tests only, and that condition
    /// is gone; when a library that makes the tables fit the code (`synchronize`) is on unless somebody
    /// switches it off; and when a plugin deletes its tables as soon as it is switched off.
    ///
    /// ## Why it matters
    /// The next start in production, where nobody has set anything, deletes everything.
    ///
    /// ## Example
    /// ```csharp
    /// if (app.Environment.IsDevelopment())
    ///     await db.Database.EnsureDeletedAsync();
    /// ```
    ///
    /// ## Instead
    /// Keep the condition, or leave it to a command that somebody has to type.
    "data/reset-unguarded", Data, SPEAKS, run
}

const ADVICE: &str = "Keep the condition, or leave it to a command that somebody has to type.";

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        if delta.file.class != Class::Source || local(&delta.file.path) || delta.broken() {
            continue;
        }
        resets(delta, out);
        synchronizes(delta, out);
        deactivates(delta, out);
    }
}

/// Whether a call empties a database.
fn empties(call: &Call) -> bool {
    let name = call.name.to_lowercase().replace('_', "");
    matches!(
        name.trim_end_matches("async"),
        "ensuredeleted"
            | "dropall"
            | "dropdatabase"
            | "dropalltables"
            | "resetdatabase"
            | "deletedatabase"
            | "fallbacktodestructivemigration"
    )
}

/// Whether a condition holds for developers and tests only.
fn for_developers(condition: &str) -> bool {
    words(condition).iter().any(|it| {
        matches!(
            it.as_str(),
            "dev"
                | "development"
                | "debug"
                | "local"
                | "test"
                | "testing"
                | "tests"
                | "production"
                | "prod"
        )
    })
}

fn resets(delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    let kept = |it: &Call| it.place.conditions.iter().any(|it| for_developers(it));
    let Some(was) = delta.calls_before.iter().find(|it| empties(it)) else {
        return;
    };
    let all = delta
        .calls_before
        .iter()
        .filter(|it| empties(it))
        .all(|it| kept(it));
    let Some(is) = delta.calls_after.iter().find(|it| empties(it) && !kept(it)) else {
        return;
    };
    // It may leave before.
    let leaves = delta
        .gained
        .iter()
        .any(|it| for_developers(&it.condition.to_string()));
    if !all || leaves {
        return;
    }
    out.push(
        Finding::new(delta.file, delta.symbol(), format!("reset {}", is.name))
            .before(was.place.line, delta.base_file.before.code(&was.place.span))
            .after(is.place.line, delta.file.after.code(&is.place.span))
            .says(
                format!(
                    "{} calls `{}`, which deletes the whole database, and no longer asks whether it runs for a developer. A start in production can delete everything.",
                    name_of(delta.symbol()),
                    is.name
                ),
                ADVICE,
            ),
    );
}

/// `synchronize: false` that is on unless somebody switches it off.
fn synchronizes(delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    let wanted = |it: &Slot<'_>| matches!(it.name, "synchronize" | "dropSchema");
    let changes = slots::changes(delta.before, delta.after, &delta.renames, &wanted);
    for (was, is) in changes.changed {
        if !slots::is_off(was.value) || !on_unless_set(is.value) {
            continue;
        }
        out.push(
            Finding::new(delta.file, delta.symbol(), format!("{} by default", is.name))
                .before(was.line, delta.base_file.before.code(&was.span))
                .after(is.line, delta.file.after.code(&is.span))
                .says(
                    format!(
                        "`{}` was off and is now on wherever nobody switches it off. On the next start the library may delete columns and tables, with what is in them, to make the database fit the code.",
                        is.name
                    ),
                    "Leave it off unless somebody asks for it on a database of their own, and use migrations.",
                ),
        );
    }
}

/// Whether a value is on where the environment says nothing: `x !== "false"`, `x ?? true`.
fn on_unless_set(value: &Expr) -> bool {
    let says_on = |it: &Expr| match &it.kind {
        ExprKind::Bool(value) => *value,
        ExprKind::Text(text) => text == "true",
        _ => false,
    };
    match &value.kind {
        ExprKind::Binary(Operator::NotEqual, left, right) => {
            let off = |it: &Expr| matches!(&it.kind, ExprKind::Text(text) if text == "false" || text == "0" || text == "off");
            let plain = format!("{left} {right}");
            (off(left) || off(right)) && !for_developers(&plain)
        }
        ExprKind::Binary(Operator::Or, _, right) => says_on(right),
        ExprKind::Call(callee, arguments) if arguments.len() == 2 => {
            matches!(callee.last_name(), "get" | "env" | "getOrDefault" | "bool")
                && arguments.last().is_some_and(|it| says_on(&it.value))
        }
        _ => false,
    }
}

/// A plugin that deletes its tables when it is switched off.
fn deactivates(delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    let off = words(&delta.after.name)
        .iter()
        .any(|it| it.starts_with("deactivat"));
    if !off {
        return;
    }
    let file = &delta.file.after;
    let deletes = |text: &str| {
        let text = text.to_lowercase();
        ["drop table", "dropifexists", "truncate table"]
            .iter()
            .any(|it| text.contains(it))
    };
    let emptied = |call: &Call| {
        deletes(file.code(&call.place.span))
            || file
                .tree
                .scopes
                .iter()
                .any(|it| it.name == call.name && deletes(file.code(&it.span)))
    };
    let Some(call) = delta.calls_gained.iter().find(|it| emptied(it)) else {
        return;
    };
    out.push(
        Finding::new(delta.file, delta.symbol(), "deletes when switched off")
            .after(call.place.line, file.code(&call.place.span))
            .says(
                format!(
                    "{} now deletes tables (`{}`). Whoever switches it off for a moment, such as to look for a fault, loses all that is stored there.",
                    name_of(delta.symbol()),
                    call.name
                ),
                "Delete only when it is uninstalled, and when the owner has asked for it.",
            ),
    );
}
