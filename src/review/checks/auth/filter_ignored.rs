use crate::change::Class;
use crate::facts::fact::Call;
use crate::facts::words::words;
use crate::review::code::draws;
use crate::review::queries::lookup::{chain_keys, whose};
use crate::review::record::finding::{Finding, name_of};
use crate::review::{Alone, Context};

check! {
    /// A query passes by every filter of its model, where only one was in the way.
    ///
    /// ## What it does
    /// Looks for queries that newly leave out all filters that a model puts on every query
    /// (`IgnoreQueryFilters()`, `withoutGlobalScopes()`, `unscoped`). It speaks where a filter of the
    /// project keeps customers apart, or where the query asked before for what was deleted only
    /// (`onlyTrashed`), and nothing in the query says whose the rows are.
    ///
    /// ## Why it matters
    /// Whoever opens the trash or the archive sees that of every other customer as well.
    ///
    /// ## Example
    /// ```php
    /// File::onlyTrashed()->get();                                   // before
    /// File::withoutGlobalScopes()->whereNotNull('deleted_at')->get(); // after
    /// ```
    ///
    /// ## Instead
    /// Leave out the one filter that is in the way, by its name.
    "auth/filter-ignored", Auth, SPEAKS, run
}

/// Whether a call leaves out all filters of a model.
fn ignores_all(call: &Call) -> bool {
    call.arguments.is_empty()
        && matches!(
            call.name.as_str(),
            "IgnoreQueryFilters" | "withoutGlobalScopes" | "unscoped" | "newQueryWithoutScopes"
        )
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    let kept_apart = || {
        context.files.iter().any(|file| {
            let filters = file.after.facts.calls.iter().filter(|it| {
                matches!(
                    it.name.as_str(),
                    "HasQueryFilter" | "addGlobalScope" | "default_scope"
                )
            });
            filters.into_iter().any(|it| {
                let code = file.after.code(&it.place.span);
                code.split(|it: char| !(it.is_alphanumeric() || it == '_'))
                    .any(whose)
            })
        })
    };
    // Of functions that were there, and of those that are new beside them.
    let mut places = Vec::new();
    for delta in &context.deltas.scopes {
        if delta.calls_before.iter().any(|it| ignores_all(it)) {
            continue;
        }
        let calls = &delta.calls_after;
        places.extend(
            calls
                .iter()
                .filter(|it| ignores_all(it))
                .map(|it| (delta.file, delta.symbol(), *it, calls.clone())),
        );
    }
    for (file, scope, side) in context.unmatched() {
        let here = |it: &&Call| {
            file.after
                .tree
                .scopes
                .get(it.place.scope)
                .is_some_and(|it| std::ptr::eq(it, scope))
        };
        if side == Alone::New {
            let calls: Vec<&Call> = file.after.facts.calls.iter().filter(here).collect();
            places.extend(
                calls
                    .iter()
                    .filter(|it| ignores_all(it))
                    .map(|it| (file, scope.path.as_str(), *it, calls.clone())),
            );
        }
    }
    for (file, symbol, call, calls) in places {
        let trashed = file.before.facts.calls.iter().any(|it| {
            matches!(
                it.name.as_str(),
                "onlyTrashed" | "withTrashed" | "only_deleted" | "with_deleted"
            ) && it.callee.first_name() == call.callee.first_name()
        });
        let aside = words(&format!("{} {symbol}", file.path)).iter().any(|it| {
            matches!(
                it.as_str(),
                "admin"
                    | "admins"
                    | "backfill"
                    | "command"
                    | "commands"
                    | "console"
                    | "job"
                    | "jobs"
                    | "migration"
                    | "migrations"
                    | "migrator"
                    | "purge"
                    | "seed"
                    | "seeder"
                    | "seeders"
                    | "task"
                    | "tasks"
                    | "worker"
            )
        });
        let says_whose = |it: &&Call| {
            chain_keys(it).iter().any(|it| whose(it))
                || whose(&it.name) && it.callee.to_string().contains(&call.callee.to_string())
        };
        let told = calls.iter().any(says_whose)
            || calls.iter().any(|it| {
                matches!(it.name.as_str(), "Where" | "where")
                    && it.arguments.iter().any(|it| {
                        it.value
                            .to_string()
                            .split(|it: char| !(it.is_alphanumeric() || it == '_'))
                            .any(whose)
                    })
            });
        if file.class != Class::Source || draws(file) || aside || told {
            continue;
        }
        out.push(
            Finding::new(file, symbol, format!("filters {}", call.name))
                .after(call.place.line, file.after.code(&call.place.span))
                .says(
                    format!(
                        "{} now passes by every filter of the model (`{}`), also by the one that keeps customers apart. One customer could reach what is another's.",
                        name_of(symbol),
                        call.name
                    ),
                    "Leave out the one filter that is in the way, by its name, or say whose the rows are in the query.",
                )
                .speaks_if(trashed || kept_apart()),
        );
    }
}
