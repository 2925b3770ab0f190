use crate::facts::fact::Call;
use crate::facts::sql::{Operation, Statement};
use crate::facts::tree::ScopeKind;
use crate::facts::words::words;
use crate::review::Context;
use crate::review::delta::ScopeDelta;
use crate::review::finding::Finding;
use crate::review::schema::{Statements, is_migration};
use std::collections::BTreeSet;

check! {
    /// A routine that deletes one kind of thing now deletes another kind as well.
    ///
    /// ## What it does
    /// Speaks when a function that deletes, such as the one that closes an account, gains a query
    /// that deletes rows of another table. A new routine that deletes, a further call, and one that
    /// is gone are recorded.
    ///
    /// ## Why it matters
    /// People who press the same button as yesterday lose more than yesterday.
    ///
    /// ## Example
    /// ```ts
    /// async function deleteUser(id) {
    ///   await prisma.invite.deleteMany({ where: { creatorId: id } });
    ///   await prisma.user.delete({ where: { id } });
    /// }
    /// ```
    ///
    /// ## Instead
    /// Say in the dialog and in the release notes what else is deleted, or hand it to another owner.
    "data/deletes-more", Data, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    let statements = Statements::of(context.files);
    for delta in &context.deltas.scopes {
        if delta.after.kind != ScopeKind::Function || !is_deletion(&delta.after.path) {
            continue;
        }
        let before = deleted(&delta.base_file.before.statements, &delta.before.path);
        let mut spoke = false;
        for placed in statements.forward() {
            let it = placed.statement;
            if !std::ptr::eq(placed.file, delta.file)
                || it.symbol != delta.after.path
                || it.operation != Operation::Delete
                || it.filter.is_empty()
                || it.table.is_empty()
                || before.contains(it.table.as_str())
                || is_migration(&placed.file.path)
            {
                continue;
            }
            spoke = true;
            out.push(
                Finding::new(delta.file, delta.symbol(), format!("also deletes {}", it.table))
                    .after(it.line, placed.code())
                    .says(
                        format!(
                            "`{}` now also deletes rows of `{}`, which it left alone before. Whoever uses it loses more than before.",
                            delta.symbol(),
                            it.table
                        ),
                        "Make sure that the people who use it are told, and that these rows may go; otherwise hand them to another owner.",
                    )
                    .speaks_if(!before.is_empty() || calls_deletion(&delta.calls_before)),
            );
        }
        if !spoke {
            further_calls(context, delta, out);
        }
    }
    new_routines(context, out);
}

fn further_calls(context: &Context<'_>, delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    let both = [(&delta.calls_gained, true), (&delta.calls_lost, false)];
    for (calls, more) in both {
        for call in calls.iter().filter(|it| names_deletion(it)) {
            let [before, after] = context.deltas.call_counts(&call.name);
            if before == after {
                continue;
            }
            let (fact, concern) = match more {
                true => ("more", "now also calls"),
                false => ("less", "no longer calls"),
            };
            let finding = Finding::new(
                delta.file,
                delta.symbol(),
                format!("deletes {fact}: {}", call.callee),
            );
            let finding = match more {
                true => finding.after(call.place.line, delta.file.after.code(&call.place.span)),
                false => finding.before(
                    call.place.line,
                    delta.base_file.before.code(&call.place.span),
                ),
            };
            out.push(
                finding
                    .says(
                        format!(
                            "`{}` {concern} `{}`: what is deleted with it, and what stays, is different from before.",
                            delta.symbol(),
                            call.callee
                        ),
                        "Make sure that this is meant, and that the people who use it are told.",
                    )
                    .speaks_if(false),
            );
        }
    }
}

fn new_routines(context: &Context<'_>, out: &mut Vec<Finding>) {
    for (index, file) in context.files.iter().enumerate() {
        for (number, scope) in file.after.tree.scopes.iter().enumerate() {
            if scope.kind == ScopeKind::File
                || context.matching.before((index, number)).is_some()
                || !begins_with_deletion(&scope.name)
                || crate::review::code::draws(file)
            {
                continue;
            }
            out.push(
                Finding::new(file, &scope.path, "new routine that deletes")
                    .after(scope.line, file.after.code(&scope.span))
                    .says(
                        format!("`{}` is new and deletes.", scope.path),
                        "Make sure of who may use it, and of what cannot be restored afterwards.",
                    )
                    .speaks_if(false),
            );
        }
    }
}

fn deleted<'a>(statements: &'a [Statement], symbol: &str) -> BTreeSet<&'a str> {
    statements
        .iter()
        .filter(|it| it.symbol == symbol && it.operation == Operation::Delete)
        .map(|it| it.table.as_str())
        .collect()
}

fn calls_deletion(calls: &[&Call]) -> bool {
    calls.iter().any(|it| names_deletion(it))
}

/// Whether a call deletes by what it, or the job that it starts, is called.
fn names_deletion(call: &Call) -> bool {
    begins_with_deletion(&call.name)
        || call
            .callee
            .to_string()
            .split('.')
            .any(|part| part.starts_with(char::is_uppercase) && says_deletion(part))
}

fn is_deletion(path: &str) -> bool {
    path.split('.').any(begins_with_deletion) || says_deletion(path)
}

fn begins_with_deletion(name: &str) -> bool {
    let name = name.rsplit([':', '.']).next().unwrap_or(name);
    words(name).first().is_some_and(|it| {
        matches!(
            it.as_str(),
            "delete" | "destroy" | "purge" | "erase" | "yank" | "wipe"
        )
    })
}

fn says_deletion(name: &str) -> bool {
    words(name).iter().any(|it| {
        matches!(
            it.as_str(),
            "delete" | "destroy" | "purge" | "erase" | "yank" | "deletion" | "wipe"
        )
    })
}
