use crate::facts::fact::Call;
use crate::facts::sql::{Operation, Statement};
use crate::facts::tree::ScopeKind;
use crate::facts::words::words;
use crate::review::Context;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::queries::schema::is_migration;
use crate::review::record::finding::Finding;
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
    let statements = context.statements();
    for delta in &context.deltas.scopes {
        if delta.after.kind != ScopeKind::Function || !is_deletion(&delta.after.path) {
            continue;
        }
        let before = deleted(&delta.base_file.before.statements, &delta.before.path);
        let after = deleted(&delta.file.after.statements, &delta.after.path);
        // One table in the place of another is a rename, not a further deletion, and so is one way
        // to delete in the place of another.
        let count = |calls: &[&Call]| calls.iter().filter(|it| names_deletion(it)).count();
        let swapped = after.len() <= before.len()
            || (1..=count(&delta.calls_before)).contains(&count(&delta.calls_after));
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
                    .speaks_if(
                        !swapped
                            && !statements.is_new_table(&it.table)
                            && (!before.is_empty() || calls_deletion(&delta.calls_before)),
                    ),
            );
        }
        if !spoke {
            further_calls(context, delta, out);
        }
    }
    new_routines(context, out);
}

fn further_calls(context: &Context<'_>, delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    for call in delta.calls_gained.iter().filter(|it| names_deletion(it)) {
        let [before, after] = counts(context, call);
        if after <= before {
            continue;
        }
        out.push(
            Finding::new(
                delta.file,
                delta.symbol(),
                format!("also calls {}", call.callee),
            )
            .after(call.place.line, delta.file.after.code(&call.place.span))
            .says(
                format!(
                    "`{}` now also calls `{}`: whoever uses it may lose more than before.",
                    delta.symbol(),
                    call.callee
                ),
                "Make sure that this is meant, and that the people who use it are told.",
            )
            .speaks_if(takes_whole(delta, call)),
        );
    }
    let gains = delta.calls_gained.iter().any(names_deletion);
    for call in delta.calls_lost.iter().filter(|it| names_deletion(it)) {
        let [before, after] = counts(context, call);
        if after >= before {
            continue;
        }
        out.push(
            Finding::new(delta.file, delta.symbol(), format!("no longer calls {}", call.callee))
                .before(
                    call.place.line,
                    delta.base_file.before.code(&call.place.span),
                )
                .near(delta.line_after(call.place.line))
                .says(
                    format!(
                        "`{}` no longer calls `{}`: what used to be deleted along with it now stays.",
                        delta.symbol(),
                        call.callee
                    ),
                    "Say what deletes it now, or why it may stay: people expect that what they delete is gone.",
                )
                .speaks_if(!gains && before == 1 && after == 0 && !defined(context, call)),
        );
    }
}

/// How often the same thing is called on either side of the change.
fn counts(context: &Context<'_>, call: &Call) -> [usize; 2] {
    let callee = call.callee.to_string();
    let count = |calls: &[Call]| {
        calls
            .iter()
            .filter(|it| it.name == call.name && it.callee.to_string() == callee)
            .count()
    };
    context.files.iter().fold([0, 0], |[before, after], file| {
        [
            before + count(&file.before.facts.calls),
            after + count(&file.after.facts.calls),
        ]
    })
}

/// Whether deleting one thing now takes a whole of another kind with it: the organisation with the
/// user, the project with the team.
fn takes_whole(delta: &ScopeDelta<'_>, call: &Call) -> bool {
    const WHOLES: [&str; 14] = [
        "organization",
        "organisation",
        "org",
        "team",
        "workspace",
        "account",
        "user",
        "project",
        "company",
        "tenant",
        "customer",
        "repository",
        "subscription",
        "store",
    ];
    let own = words(&delta.after.path);
    let (Some(verb), [_, thing]) = (words(&call.name).first().cloned(), &words(&call.name)[..])
    else {
        return false;
    };
    begins_with_deletion(&delta.after.name)
        && begins_with_deletion(&verb)
        && WHOLES.contains(&thing.as_str())
        && !own.contains(thing)
}

/// Whether what a call runs is itself part of the change: taken away, moved or rewritten.
fn defined(context: &Context<'_>, call: &Call) -> bool {
    let chain = call.callee.to_string();
    let names: Vec<&str> = chain
        .split(['.', '(', ':'])
        .filter(|it| says_deletion(it))
        .collect();
    context.files.iter().any(|file| {
        file.before.tree.scopes.iter().any(|scope| {
            let name = scope.name.rsplit([':', '.']).next().unwrap_or(&scope.name);
            names.contains(&name)
        })
    })
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
    let chain = call.callee.to_string();
    let owner = chain.rsplit_once('.').map_or("", |(owner, _)| owner);
    begins_with_deletion(&call.name) && !call.name.starts_with(char::is_uppercase)
        || call.name.starts_with(char::is_uppercase)
            && begins_with_deletion(&call.name)
            && !owner.is_empty()
        || owner
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
