use crate::change::Class;
use crate::facts::sql::Operation;
use crate::facts::tree::ExprKind;
use crate::facts::words::words;
use crate::review::Context;
use crate::review::deltas::key::Renames;
use crate::review::deltas::slots::{self, Slot, is_off, is_on, risen, touched};
use crate::review::record::finding::{Finding, name_of};

check! {
    /// New accounts start with more rights.
    ///
    /// ## What it does
    /// Records values that make a user an administrator by default, and lines that took the right
    /// away and are gone. It speaks when a column of the database gives the right to every new row.
    ///
    /// ## Why it matters
    /// Whoever signs up can do everything.
    ///
    /// ## Example
    /// ```go
    /// user.Perm.Admin = false // gone
    /// ```
    ///
    /// ## Instead
    /// Give these rights by hand, to people.
    "auth/admin-default", Auth, SPEAKS, run
}

fn is_right(name: &str) -> bool {
    let found = words(name);
    found
        .iter()
        .any(|it| matches!(it.as_str(), "admin" | "superuser" | "superadmin" | "staff"))
        && !found.iter().any(|it| {
            matches!(
                it.as_str(),
                "email" | "url" | "path" | "name" | "id" | "site"
            )
        })
}

fn grants(slot: &Slot<'_>) -> bool {
    (is_right(slot.name) && is_on(slot.value))
        || (words(slot.name).last().is_some_and(|it| it == "role")
            && matches!(&slot.value.kind, ExprKind::Text(text) if is_right(text) || text == "owner"))
}

/// Columns that give a right to every new row, and to those that are there where the column is new.
fn columns(context: &Context<'_>, out: &mut Vec<Finding>) {
    for placed in context.statements().forward() {
        let it = placed.statement;
        let written = matches!(it.operation, Operation::AddColumn | Operation::SetDefault);
        let given = it.detail.split_once("default").is_some_and(|(_, value)| {
            let value = value.trim_start_matches([' ', '=', ':', '(', ',']);
            let first = value
                .split([' ', ',', ')', ';', ':'])
                .next()
                .unwrap_or_default();
            let first = first.trim_matches(['\'', '"', '(']);
            let on = words(&it.name).last().is_some_and(|it| is_right(it))
                && matches!(first, "true" | "1" | "t" | "b'1'");
            let role = words(&it.name).last().is_some_and(|it| it == "role");
            on || role && (is_right(first) || first == "owner")
        });
        if !written || !given || placed.file.class != Class::Source {
            continue;
        }
        out.push(
            Finding::new(placed.file, &placed.symbol(), format!("default {}", placed.named()))
                .after(it.line, placed.code())
                .says(
                    format!(
                        "Every new row of `{}` gets `{}` by itself. Whoever signs up could do everything.",
                        it.table, it.name
                    ),
                    "Give these rights by hand, to people.",
                ),
        );
    }
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    columns(context, out);
    for scope in touched(context) {
        let mut found: Vec<(u32, &str, bool)> = risen(&scope, &grants)
            .into_iter()
            .map(|it| (it.line, it.name, true))
            .collect();
        if let Some(before) = scope.before {
            let wanted = |slot: &Slot<'_>| is_right(slot.name) && is_off(slot.value);
            let changes = slots::changes(before, scope.after, &Renames::default(), &wanted);
            found.extend(changes.lost.into_iter().map(|it| (it.line, it.name, false)));
        }
        for (line, name, given) in found {
            let finding = Finding::new(scope.file, &scope.after.path, format!("right {name}"));
            let finding = if given {
                finding.near(line)
            } else {
                finding.near(scope.after.line)
            };
            out.push(
                finding
                    .says(
                        format!(
                            "{} {} `{name}`. New accounts could start with more rights than they should.",
                            name_of(&scope.after.path),
                            if given { "now gives" } else { "no longer takes away" }
                        ),
                        "Give these rights by hand, to people.",
                    )
                    .speaks_if(false),
            );
        }
    }
}
