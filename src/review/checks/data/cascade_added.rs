use crate::facts::sql::{Operation, Statement};
use crate::facts::tree::{Argument, Expr, ExprKind, Scope, Span, Stmt, StmtKind};
use crate::review::Context;
use crate::review::queries::schema::Statements;
use crate::review::record::finding::Finding;
use std::collections::{BTreeMap, BTreeSet};

check! {
    /// Deleting one thing now deletes others with it.
    ///
    /// ## What it does
    /// Speaks when an association or a foreign key that kept, refused or emptied the rows that
    /// belong to a deleted one now deletes them. For an association, a column or a table that is
    /// new in the change it is only recorded.
    ///
    /// ## Why it matters
    /// One delete can take thousands of rows of other tables, and nobody is asked.
    ///
    /// ## Example
    /// ```ruby
    /// has_many :invoices, dependent: :restrict_with_exception
    /// has_many :invoices, dependent: :destroy
    /// ```
    ///
    /// ## Instead
    /// Refuse the deletion while such rows exist, or say how many rows one delete can take.
    "data/cascade-added", Data, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    associations(context, out);
    foreign_keys(context, out);
}

fn associations(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        let before = links(delta.before);
        for (key, link) in links(delta.after) {
            let known = before.get(&key);
            if !cascades(&link.action) || known.is_some_and(|it| cascades(&it.action)) {
                continue;
            }
            let was = known.map_or("", |it| it.action.as_str());
            let owner = if delta.after.path.is_empty() {
                key.clone()
            } else {
                format!("{}: {key}", delta.after.path)
            };
            let mut finding = Finding::new(delta.file, delta.symbol(), format!("cascade {key}"))
                .after(link.line, delta.file.after.code(&link.span))
                .says(
                    format!(
                        "In {owner}, deleting one record now also deletes the records that hang on it{}.",
                        match was {
                            "" if known.is_some() => "; they were left in place before",
                            "" => "",
                            it if it.contains("restrict") || it.contains("protect") =>
                                "; the deletion was refused before while there were any",
                            _ => "; they were kept before",
                        }
                    ),
                    "Refuse the deletion while such records exist, or say how many records one deletion can take.",
                )
                .speaks_if(known.is_some());
            if let Some(known) = known {
                finding = finding.before(known.line, delta.base_file.before.code(&known.span));
            }
            out.push(finding);
        }
    }
}

fn foreign_keys(context: &Context<'_>, out: &mut Vec<Finding>) {
    let statements = context.statements();
    let mut said = BTreeSet::new();
    for placed in statements.forward() {
        let it = placed.statement;
        if it.operation != Operation::AddForeignKey || !cascades(&it.detail) {
            continue;
        }
        let new = statements.fleeting(placed)
            || statements.is_new_column(&it.table, &it.name)
            || statements
                .is_new_column(&it.table, &format!("{}_id", it.name.trim_end_matches('s')))
            || it.table.starts_with('_')
            || it.table.is_empty();
        let described = placed.file.path.ends_with(".prisma");
        let rewritten = described
            && !migrated(statements, &it.table)
            && statements.gone.iter().any(|was| {
                (
                    was.statement.operation,
                    &was.statement.table,
                    &was.statement.name,
                ) == (it.operation, &it.table, &it.name)
            });
        let new = if described { !rewritten } else { new } || restored(context, it);
        if !said.insert((new, &placed.file.path, &it.table)) {
            continue;
        }
        out.push(
            Finding::new(
                placed.file,
                &placed.symbol(),
                format!("cascade {}", placed.named()),
            )
            .after(it.line, placed.code())
            .says(
                format!(
                    "Rows of `{}` are now deleted by themselves when the row that `{}` points to is deleted.",
                    it.table, it.name
                ),
                "Refuse the deletion while such rows exist, or say how many rows one deletion can take.",
            )
            .speaks_if(!new),
        );
    }
}

/// Whether the way back of the change gives the same key the same action: it is only written anew.
fn restored(context: &Context<'_>, key: &Statement) -> bool {
    context
        .files
        .iter()
        .flat_map(|it| &it.after.statements)
        .any(|it| {
            it.down
                && it.operation == Operation::AddForeignKey
                && (&it.table, &it.name) == (&key.table, &key.name)
                && cascades(&it.detail)
        })
}

/// Whether a migration of the change says the same about a table.
fn migrated(statements: &Statements<'_>, table: &str) -> bool {
    statements.forward().any(|it| {
        it.statement.operation == Operation::AddForeignKey
            && it.statement.table == table
            && it.file.path.ends_with(".sql")
    })
}

fn cascades(action: &str) -> bool {
    let action = action.to_lowercase();
    ["cascade", "destroy", "delete_all", "delete"]
        .iter()
        .any(|it| {
            action
                .split(['.', ' '])
                .any(|word| word == *it || word == "destroy_async")
        })
}

/// What happens to what hangs on a record.
struct Link {
    action: String,
    line: u32,
    span: Span,
}

/// The associations of a scope, by what they are called.
fn links(scope: &Scope) -> BTreeMap<String, Link> {
    let mut found = BTreeMap::new();
    for stmt in &scope.body {
        visit(stmt, "", &mut found);
    }
    found
}

fn visit(stmt: &Stmt, name: &str, found: &mut BTreeMap<String, Link>) {
    match &stmt.kind {
        StmtKind::Expr(expr) | StmtKind::Return(Some(expr)) => look(expr, name, found, 0),
        StmtKind::Assign { target, value, .. } => look(value, target.last_name(), found, 0),
        _ => {}
    }
}

fn look(expr: &Expr, name: &str, found: &mut BTreeMap<String, Link>, depth: usize) {
    if depth > 60 {
        return;
    }
    match &expr.kind {
        ExprKind::Call(callee, arguments) => {
            let first = arguments.first().map(|it| it.value.to_string());
            let what = callee.last_name().trim_start_matches('@');
            let what = what.rsplit(['.', '\\']).next().unwrap_or(what);
            // Entity Framework's `HasOne(…).OnDelete(DeleteBehavior.Restrict)`.
            if what == "OnDelete"
                && let ExprKind::Member(object, _) = &callee.kind
                && let Some(behaviour) = arguments.first()
            {
                found.entry(object.to_string()).or_insert(Link {
                    action: behaviour.value.last_name().to_ascii_lowercase(),
                    line: expr.line,
                    span: expr.span.clone(),
                });
            } else if let Some(action) = action_of(arguments, what) {
                let key = match name {
                    "" => first.unwrap_or_default().trim_matches('"').to_owned(),
                    name => name.to_owned(),
                };
                found.entry(key).or_insert(Link {
                    action,
                    line: expr.line,
                    span: expr.span.clone(),
                });
            }
            if what == "with_options"
                && let Some(action) = action_of(arguments, what)
            {
                with_options(&action, arguments, found);
            }
            look(callee, name, found, depth + 1);
            for argument in arguments {
                look(&argument.value, name, found, depth + 1);
            }
        }
        ExprKind::Map(pairs) => {
            for (key, value) in pairs {
                let key = match &key.kind {
                    ExprKind::Text(text) => text.as_str(),
                    _ => key.last_name(),
                };
                let path = match name {
                    "" => key.to_owned(),
                    name => format!("{name}.{key}"),
                };
                look(value, &path, found, depth + 1);
            }
        }
        _ => expr.each_child(&mut |child| look(child, name, found, depth + 1)),
    }
}

/// Rails' `with_options dependent: :destroy do … end`: what stands in the block and says nothing else
/// has the option.
fn with_options(action: &str, arguments: &[Argument], found: &mut BTreeMap<String, Link>) {
    let bodies = arguments.iter().filter_map(|it| match &it.value.kind {
        ExprKind::Function(_, body) => Some(body),
        _ => None,
    });
    for stmt in bodies.flatten() {
        let (StmtKind::Expr(call) | StmtKind::Return(Some(call))) = &stmt.kind else {
            continue;
        };
        let ExprKind::Call(callee, arguments) = &call.kind else {
            continue;
        };
        let own = action_of(arguments, callee.last_name()).filter(|it| !it.is_empty());
        let links = matches!(callee.last_name(), "has_many" | "has_one");
        if let (None, true, Some(first)) = (own, links, arguments.first()) {
            let key = first.value.to_string().trim_matches('"').to_owned();
            found.entry(key).or_insert(Link {
                action: action.to_owned(),
                line: call.line,
                span: call.span.clone(),
            });
        }
    }
}

/// What one option of an association says about deletion.
fn said(name: &str, value: &Expr) -> Option<String> {
    let value = value.to_string().replace('"', "");
    match name {
        "dependent" | "on_delete" | "onDelete" | "ondelete" => Some(value),
        "cascade" => {
            let all = value.to_lowercase();
            let removes = all.contains("all") || all.contains("remove") || all.contains("delete");
            removes.then(|| "cascade".to_owned())
        }
        "orphanRemoval" | "orphan_removal" => (value == "true").then(|| "cascade".to_owned()),
        _ => None,
    }
}

/// What an association says about deletion; empty where it is an association and says nothing.
fn action_of(arguments: &[Argument], what: &str) -> Option<String> {
    for argument in arguments {
        if let Some(name) = &argument.name
            && let Some(action) = said(name, &argument.value)
        {
            return Some(action);
        }
        if let ExprKind::Map(pairs) = &argument.value.kind {
            for (key, value) in pairs {
                let key = key.to_string().replace('"', "");
                if let Some(action) = said(&key, value) {
                    return Some(action);
                }
            }
        }
    }
    // A join table's rows are nothing without both sides.
    let through = arguments
        .iter()
        .any(|it| it.name.as_deref() == Some("through"));
    (matches!(
        what,
        "has_many"
            | "has_one"
            | "hasMany"
            | "hasOne"
            | "belongsTo"
            | "ForeignKey"
            | "OneToOneField"
            | "references"
            | "OneToMany"
            | "OneToOne"
            | "ManyToOne"
    ) && !through)
        .then(String::new)
}
