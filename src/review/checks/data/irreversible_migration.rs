use crate::facts::sql::Operation;
use crate::facts::tree::{Scope, StmtKind};
use crate::review::Context;
use crate::review::deltas::compare::FilePair;
use crate::review::queries::schema::{is_migration, stem};
use crate::review::record::finding::Finding;

check! {
    /// A migration changes data for good and says that there is no way back.
    ///
    /// ## What it does
    /// Speaks when a migration that deletes or overwrites data has an undoing step that raises or
    /// does nothing, or when a change takes the undoing step away. Where another concern already
    /// speaks about the same migration it is only recorded.
    ///
    /// ## Why it matters
    /// When the deploy goes wrong, going back needs a plan; without one it is improvised.
    ///
    /// ## Example
    /// ```ruby
    /// def down
    ///   raise ActiveRecord::IrreversibleMigration
    /// end
    /// ```
    ///
    /// ## Instead
    /// Write the way back, or the steps by which the data is restored from a backup.
    "data/irreversible-migration", Data, SPEAKS, run
}

const WAYS_BACK: [&str; 5] = ["down", "Down", "downgrade", "safe_down", "safeDown"];

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    let statements = context.statements();
    for file in context.files {
        let Some(after) = way_back(&file.after.tree.scopes) else {
            continue;
        };
        let open = stands_open(after);
        let taken_away =
            way_back(&file.before.tree.scopes).is_some_and(|before| !stands_open(before)) && open;
        let of_file = || {
            statements
                .forward()
                .filter(|it| std::ptr::eq(it.file, file))
                .map(|it| it.statement)
        };
        let drops = of_file().any(|it| {
            matches!(
                it.operation,
                Operation::DropTable
                    | Operation::DropColumn
                    | Operation::DropSchema
                    | Operation::Truncate
            ) || it.operation == Operation::Delete && it.filter.is_empty()
        });
        let rewrites = of_file().find(|it| {
            matches!(it.operation, Operation::Delete)
                || it.operation == Operation::ChangeType && raises(after)
        });
        if !open || !(taken_away || drops || rewrites.is_some()) {
            continue;
        }
        let migration = is_migration(&file.path) || drops;
        out.push(
            Finding::new(file, &stem(&file.path), "no way back")
                .after(after.line, file.after.code(&after.span))
                .says(
                    format!(
                        "The migration `{}` changes stored data and has no way back: its undoing step {}.",
                        stem(&file.path),
                        if raises(after) { "only raises an error" } else { "does nothing" },
                    ),
                    "Write the way back, or write down how the data is restored from a backup.",
                )
                .speaks_if(migration && !drops && (taken_away || raises(after)) && is_code(file)),
        );
    }
}

fn is_code(file: &FilePair<'_>) -> bool {
    file.after.language.is_some()
}

fn way_back(scopes: &[Scope]) -> Option<&Scope> {
    scopes.iter().find(|it| {
        let last = it.name.rsplit('.').next().unwrap_or(&it.name);
        WAYS_BACK.contains(&last)
    })
}

fn stands_open(scope: &Scope) -> bool {
    raises(scope)
        || scope.body.iter().all(|it| match &it.kind {
            StmtKind::Return(value) => value.as_ref().is_none_or(|it| {
                matches!(
                    it.kind,
                    crate::facts::tree::ExprKind::Null | crate::facts::tree::ExprKind::Name(_)
                )
            }),
            StmtKind::Expr(expr) => matches!(
                expr.kind,
                crate::facts::tree::ExprKind::Null
                    | crate::facts::tree::ExprKind::Name(_)
                    | crate::facts::tree::ExprKind::Text(_)
            ),
            _ => false,
        })
}

fn raises(scope: &Scope) -> bool {
    scope
        .body
        .iter()
        .any(|it| matches!(it.kind, StmtKind::Throw(_)))
}
