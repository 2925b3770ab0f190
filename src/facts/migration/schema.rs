//! Changes of a schema, by the names that migration tools give them.

use super::django;
use super::{Call, Context, Fact, Operation, Reader, flatten, name_of, plain, value_of};
use crate::facts::tree::{Expr, ExprKind};

/// Whether a call with a block is about one table, and if so whether that table is born there.
pub(super) fn opens_table(call: &Call<'_>) -> Option<bool> {
    match call.name {
        "createtable" | "createjointable" | "createtableifnotexists" => Some(true),
        "changetable" | "altertable" | "updatetable" => Some(false),
        "create" if on_schema(call) => Some(true),
        "table" if on_schema(call) => Some(false),
        _ => None,
    }
}

fn on_schema(call: &Call<'_>) -> bool {
    call.receiver().is_some_and(|it| {
        let name = plain(it.last_name());
        name == "schema" || name == "schemabuilder" || it.first_name() == "Schema"
    })
}

/// Reads a call as a change of a schema, where it is one.
pub(super) fn read(reader: &mut Reader<'_>, call: &Call<'_>, context: &Context) {
    if django::read(reader, call, context) {
        return;
    }
    let mut add = |fact: Fact| reader.add(call, context, fact);
    let strings = call.strings();
    let table = || table_and_rest(call, context, &strings).0;
    let string = |index: usize| strings.get(index).cloned().unwrap_or_default();
    match call.name {
        "droptable" | "droptableifexists" | "droptables" | "dropifexists" | "drop"
            if call.name != "drop" && call.name != "dropifexists" || on_schema(call) =>
        {
            if let Some(name) = call.named(&["name"]) {
                add(Fact::new(Operation::DropTable, name_of(name), ""));
                return;
            }
            for argument in call.arguments.iter().filter(|it| it.name.is_none()) {
                let mut names = Vec::new();
                flatten(&argument.value, &mut names);
                if names.is_empty() && !plain_value(&argument.value) {
                    names.push(name_of(&argument.value));
                }
                for name in names.into_iter().filter(|it| !it.is_empty()) {
                    add(Fact::new(Operation::DropTable, name, ""));
                }
            }
        }
        "dropjointable" => {
            add(Fact::new(Operation::DropTable, strings.join("_"), ""));
        }
        // A project's own helper: the connection, the table, the columns.
        "droptablecolumn" | "droptablecolumns" => {
            for column in strings.iter().skip(1) {
                add(Fact::new(Operation::DropColumn, string(0), column.as_str()));
            }
        }
        "dropcolumn"
        | "dropcolumns"
        | "removecolumn"
        | "removecolumns"
        | "dropconstrainedforeignid" => {
            let (table, columns) = table_and_rest(call, context, &strings);
            if columns.is_empty() {
                add(Fact::new(Operation::DropColumn, &*table, "").detail("computed"));
            }
            // Rails gives the type after the column, so that it can be undone.
            let take = if call.name == "removecolumn" && context.table.is_none() {
                1
            } else {
                usize::MAX
            };
            for column in columns.into_iter().take(take) {
                add(Fact::new(Operation::DropColumn, &*table, column));
            }
        }
        "remove" if block_call(call, context) => {
            for column in &strings {
                add(Fact::new(Operation::DropColumn, table(), column));
            }
        }
        "removereference" | "removebelongsto" | "removereferences" => {
            let (table, columns) = table_and_rest(call, context, &strings);
            for column in columns.into_iter().take(1) {
                add(Fact::new(
                    Operation::DropColumn,
                    &*table,
                    format!("{column}_id"),
                ));
            }
        }
        "dropsoftdeletes" if block_call(call, context) => {
            add(Fact::new(Operation::DropColumn, table(), "deleted_at"));
        }
        "removetimestamps" | "droptimestamps" => {
            add(Fact::new(Operation::DropColumn, table(), "created_at"));
            add(Fact::new(Operation::DropColumn, table(), "updated_at"));
        }
        "renamecolumn" => {
            let (table, names) = table_and_rest(call, context, &strings);
            let named = |names: &[&str]| call.named(names).map(name_of);
            let old = named(&["name"]).or_else(|| names.first().cloned());
            let new = named(&["newname"]).or_else(|| names.get(1).cloned());
            add(
                Fact::new(Operation::RenameColumn, table, old.unwrap_or_default())
                    .detail(new.unwrap_or_default()),
            );
        }
        "rename" if block_call(call, context) => {
            add(Fact::new(Operation::RenameColumn, table(), string(0)).detail(string(1)));
        }
        "renametable" => {
            add(Fact::new(Operation::RenameTable, string(0), "").detail(string(1)));
        }
        "rename" if on_schema(call) => {
            add(Fact::new(Operation::RenameTable, string(0), "").detail(string(1)));
        }
        "changecolumnnull" | "changenull" => {
            let nullable = call
                .arguments
                .iter()
                .find_map(|it| match it.value.kind {
                    ExprKind::Bool(value) => Some(value),
                    _ => None,
                })
                .unwrap_or(true);
            let operation = if nullable {
                Operation::DropNotNull
            } else {
                Operation::SetNotNull
            };
            let (table, columns) = table_and_rest(call, context, &strings);
            add(Fact::new(
                operation,
                table,
                columns.first().cloned().unwrap_or_default(),
            ));
        }
        "changecolumn" | "altercolumn" | "modifycolumn" => alter_column(call, context, add),
        "changecolumndefault" => {
            let (table, columns) = table_and_rest(call, context, &strings);
            let column = columns.first().cloned().unwrap_or_default();
            add(Fact::new(Operation::SetDefault, table, column));
        }
        "change" | "alter" if block_call(call, context) => {
            // Knex says `t.float('x').alter()`, Laravel `$table->string('x', 10)->nullable()->change()`,
            // Rails `t.change :x, :string`.
            let mut step = call.receiver();
            let mut inner = step.and_then(called);
            while let (Some(expr), Some((_, []))) = (step, &inner) {
                step = match &expr.kind {
                    ExprKind::Call(callee, _) => match &callee.kind {
                        ExprKind::Member(object, _) => Some(object),
                        _ => None,
                    },
                    _ => None,
                };
                inner = step.and_then(called).or(inner.filter(|_| step.is_some()));
            }
            let (column, detail) = match inner {
                Some((name, arguments)) if strings.is_empty() => (
                    arguments
                        .first()
                        .map(|it| name_of(&it.value))
                        .unwrap_or_default(),
                    format!("{name}({})", rest(&arguments[1.min(arguments.len())..])),
                ),
                _ => (
                    string(0),
                    rest(&call.arguments[1.min(call.arguments.len())..]),
                ),
            };
            add(Fact::new(Operation::ChangeType, table(), column).detail(detail));
        }
        "addcolumn" | "addcolumns" => {
            let (table, columns) = table_and_rest(call, context, &strings);
            let column = columns.first().cloned().or_else(|| {
                let value = call.arguments.iter().rev().find(|it| it.name.is_none())?;
                let ExprKind::Call(_, arguments) = &value.value.kind else {
                    return None;
                };
                arguments.first().map(|it| name_of(&it.value))
            });
            let named = call.named(&["name"]).map(name_of);
            let column = named.or(column).unwrap_or_default();
            add(Fact::new(Operation::AddColumn, table, column).detail(rest(call.arguments)));
        }
        "addreference" | "addbelongsto" => {
            let (table, columns) = table_and_rest(call, context, &strings);
            let column = columns.first().cloned().unwrap_or_default();
            add(Fact::new(
                Operation::AddColumn,
                &*table,
                format!("{column}_id"),
            ));
            if let Some(key) = call.named(&["foreignkey"]) {
                let action = value_of(key, &["ondelete"])
                    .map(name_of)
                    .unwrap_or_default();
                add(Fact::new(Operation::AddForeignKey, table, column).detail(action));
            }
        }
        "addforeignkey" | "createforeignkey" => {
            let action = call
                .named(&["ondelete"])
                .or_else(|| deep(call, "ondelete"))
                .map(|it| last(&name_of(it)))
                .unwrap_or_default();
            let named = call.named(&["table"]).map(name_of);
            let (table, column) = if call.expr_is("create_foreign_key") {
                (string(1), string(2))
            } else {
                (string(0), string(1))
            };
            // Inside of Alembic's batches the table is that of the batch.
            let batch = context
                .table
                .clone()
                .filter(|_| call.expr_is("create_foreign_key"));
            let table = named.or(batch).unwrap_or(table);
            add(Fact::new(Operation::AddForeignKey, table, column).detail(action));
        }
        "ondelete" if begins_in_schema(call, context) => {
            let action = call.arguments.first().map(|it| name_of(&it.value));
            let table = context.table.clone().unwrap_or_default();
            add(
                Fact::new(Operation::AddForeignKey, table, chained_column(call))
                    .detail(action.unwrap_or_default()),
            );
        }
        "cascadeondelete" if context.table.is_some() => {
            let table = context.table.clone().unwrap_or_default();
            add(Fact::new(Operation::AddForeignKey, table, chained_column(call)).detail("cascade"));
        }
        "removeforeignkey"
        | "dropforeign"
        | "dropforeignkey"
        | "dropconstraint"
        | "removecheckconstraint"
        | "dropcheckconstraint"
        | "removeconstraint" => {
            let (table, names) = table_and_rest(call, context, &strings);
            let name = names.first().cloned().unwrap_or_default();
            add(Fact::new(Operation::DropConstraint, table, name));
        }
        "addindex" | "createindex" => {
            let concurrently = rest(call.arguments).to_lowercase().contains("concurrently");
            let (table, names) = table_and_rest(call, context, &strings);
            let name = names.first().cloned().unwrap_or_default();
            let detail = if concurrently { "concurrently" } else { "" };
            add(Fact::new(Operation::CreateIndex, table, name).detail(detail));
        }
        "removeindex" | "dropindex" | "dropunique" => {
            let (table, names) = table_and_rest(call, context, &strings);
            let name = names.first().cloned().unwrap_or_default();
            add(Fact::new(Operation::DropIndex, table, name));
        }
        "createtable" | "createjointable" | "createtableifnotexists" => {
            let name = call
                .named(&["name"])
                .or_else(|| call.arguments.first().map(|it| &it.value))
                .map(name_of)
                .unwrap_or_default();
            add(Fact::new(Operation::CreateTable, name, ""));
        }
        "create" if on_schema(call) => {
            add(Fact::new(Operation::CreateTable, string(0), ""));
        }
        _ if block_call(call, context)
            && !context.born
            && !context.changed
            && !strings.is_empty() =>
        {
            let operation = match call.name {
                "index" | "unique" | "primary" | "fulltext" => Operation::CreateIndex,
                "foreign" | "constraint" | "checkconstraint" => Operation::AddConstraint,
                _ => Operation::AddColumn,
            };
            add(Fact::new(operation, table(), string(0)).detail(format!(
                "{} {}",
                call.name,
                rest(&call.arguments[1..])
            )));
        }
        _ => {}
    }
}

fn alter_column(call: &Call<'_>, context: &Context, mut add: impl FnMut(Fact)) {
    let strings = call.strings();
    let (table, columns) = table_and_rest(call, context, &strings);
    let column = columns.first().cloned().unwrap_or_default();
    if let Some(new) = call.named(&["newcolumnname"]) {
        add(Fact::new(Operation::RenameColumn, &*table, &*column).detail(name_of(new)));
    }
    // `nullable: false` that was so before narrows nothing.
    let never_null = |names: &[&str]| {
        call.named(names)
            .is_some_and(|it| matches!(it.kind, ExprKind::Bool(false)))
    };
    if never_null(&["nullable", "null", "allownull"])
        && !never_null(&["existingnullable", "oldnullable"])
    {
        add(Fact::new(Operation::SetNotNull, &*table, &*column));
    }
    let may_be_null = |names: &[&str]| {
        call.named(names)
            .is_some_and(|it| matches!(it.kind, ExprKind::Bool(true)))
    };
    if may_be_null(&["nullable", "null", "allownull"])
        && !may_be_null(&["existingnullable", "oldnullable"])
    {
        add(Fact::new(Operation::DropNotNull, &*table, &*column));
    }
    let typed = call
        .named(&["type"])
        .map(ToString::to_string)
        .or_else(|| columns.get(1).cloned());
    if let Some(typed) = typed {
        let limit = call.named(&["limit", "maxlength"]).map(ToString::to_string);
        let detail = match limit {
            Some(limit) => format!("{typed}({limit})"),
            None => typed,
        };
        add(Fact::new(Operation::ChangeType, table, column).detail(detail));
    }
}

/// The table that a call is about, and its other strings: from names, from the block around it,
/// from the chain before it, or from its first argument.
fn table_and_rest(call: &Call<'_>, context: &Context, strings: &[String]) -> (String, Vec<String>) {
    if let Some(table) = call.named(&["table", "tablename"]) {
        let mut columns: Vec<String> = call.named(&["name"]).map(name_of).into_iter().collect();
        columns.extend(strings.iter().cloned());
        return (name_of(table), columns);
    }
    if let Some(table) = chained_table(call) {
        return (table, strings.to_vec());
    }
    if let Some(table) = &context.table {
        // Rails names the table inside a block as well when it means another.
        return (table.clone(), strings.to_vec());
    }
    let first = call.arguments.iter().find(|it| it.name.is_none());
    match first.map(|it| &it.value) {
        Some(Expr {
            kind: ExprKind::Text(_),
            ..
        }) => (
            strings.first().cloned().unwrap_or_default(),
            strings.get(1..).unwrap_or_default().to_vec(),
        ),
        Some(other) => (name_of(other), strings.to_vec()),
        None => (String::new(), Vec::new()),
    }
}

/// The table of `schema.alterTable('t').dropColumn('c')` and its like.
fn chained_table(call: &Call<'_>) -> Option<String> {
    let mut open = call.receiver();
    while let Some(expr) = open {
        let ExprKind::Call(callee, arguments) = &expr.kind else {
            return None;
        };
        if matches!(
            plain(callee.last_name()).as_str(),
            "altertable" | "gettable" | "table" | "createtable"
        ) {
            return arguments.first().map(|it| name_of(&it.value));
        }
        open = match &callee.kind {
            ExprKind::Member(object, _) => Some(object),
            _ => None,
        };
    }
    None
}

/// The column of `t.foreign('c').references(…).onDelete(…)`.
fn chained_column(call: &Call<'_>) -> String {
    let mut found = String::new();
    let mut open = call.receiver();
    while let Some(expr) = open {
        let ExprKind::Call(callee, arguments) = &expr.kind else {
            break;
        };
        if let Some(first) = arguments.first() {
            found = name_of(&first.value);
        }
        open = match &callee.kind {
            ExprKind::Member(object, _) => Some(object),
            _ => None,
        };
    }
    found
}

fn begins_in_schema(call: &Call<'_>, context: &Context) -> bool {
    context.table.is_some()
        || call.receiver().and_then(called).is_some_and(|(name, _)| {
            matches!(
                name.as_str(),
                "references" | "foreign" | "on" | "intable" | "onupdate"
            )
        })
}

/// Whether a call is made on the argument of a block that is about a table.
fn block_call(call: &Call<'_>, context: &Context) -> bool {
    context.table.is_some() && call.begins_at_name()
}

fn called(expr: &Expr) -> Option<(String, &[crate::facts::tree::Argument])> {
    match &expr.kind {
        ExprKind::Call(callee, arguments) => Some((plain(callee.last_name()), arguments)),
        _ => None,
    }
}

fn rest(arguments: &[crate::facts::tree::Argument]) -> String {
    arguments
        .iter()
        .filter(|it| !matches!(it.value.kind, ExprKind::Function(..)))
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

/// Whether it is a value that names no table, such as the `true` of `dropTable(name, true)`.
fn plain_value(expr: &Expr) -> bool {
    matches!(
        expr.kind,
        ExprKind::Bool(_)
            | ExprKind::Number(_)
            | ExprKind::Null
            | ExprKind::Function(..)
            | ExprKind::Map(_)
    )
}

/// A named value anywhere in the arguments, such as inside `new TableForeignKey({…})`.
fn deep<'a>(call: &Call<'a>, name: &str) -> Option<&'a Expr> {
    let mut found = None;
    for argument in call.arguments {
        argument.value.walk(&mut |it| {
            if found.is_none() {
                found = value_of(it, &[name]);
            }
        });
    }
    found
}

fn last(name: &str) -> String {
    name.rsplit('.').next().unwrap_or(name).to_owned()
}

impl Call<'_> {
    fn expr_is(&self, name: &str) -> bool {
        self.callee.last_name() == name
    }
}
