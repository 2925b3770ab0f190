//! The other dialects: MySQL, SQLite, SQL Server, ClickHouse, and what is common to all.

use super::{Operation, Parsed};
use sqlparser::ast::{
    AlterColumnOperation, AlterTableOperation, ColumnOption, Expr, FromTable, ObjectType, Query,
    ReferentialAction, RenameTableNameKind, SetExpr, Statement, TableConstraint, TableFactor,
    TableWithJoins,
};
use sqlparser::dialect::{
    ClickHouseDialect, Dialect, GenericDialect, MsSqlDialect, MySqlDialect, SQLiteDialect,
};
use sqlparser::parser::Parser;

/// Reads one statement in the first dialect that can.
pub(super) fn parse(code: &str) -> Option<Vec<Parsed>> {
    let dialects: [&dyn Dialect; 5] = [
        &MySqlDialect {},
        &SQLiteDialect {},
        &MsSqlDialect {},
        &ClickHouseDialect {},
        &GenericDialect {},
    ];
    let statements = dialects
        .iter()
        .find_map(|dialect| Parser::parse_sql(*dialect, code).ok())?;
    let mut found = Vec::new();
    for statement in &statements {
        read(statement, &mut found);
    }
    Some(found)
}

fn read(statement: &Statement, found: &mut Vec<Parsed>) {
    match statement {
        Statement::CreateTable(it) => {
            let detail = if it.temporary { "temporary" } else { "" };
            let table = it.name.to_string();
            found.push(Parsed::new(Operation::CreateTable, &table, "").detail(detail));
            for column in &it.columns {
                for option in &column.options {
                    read_option(&table, &column.name.to_string(), &option.option, found);
                }
            }
            for constraint in &it.constraints {
                read_constraint(&table, constraint, found);
            }
        }
        Statement::Drop {
            object_type,
            names,
            temporary,
            table,
            ..
        } => {
            for name in names {
                let name = name.to_string();
                let on = table.as_ref().map(ToString::to_string).unwrap_or_default();
                let detail = if *temporary { "temporary" } else { "" };
                found.push(match object_type {
                    ObjectType::Table => {
                        Parsed::new(Operation::DropTable, &name, "").detail(detail)
                    }
                    ObjectType::Schema | ObjectType::Database => {
                        Parsed::new(Operation::DropSchema, &name, "")
                    }
                    ObjectType::Index => Parsed::new(Operation::DropIndex, &on, &name),
                    _ => continue,
                });
            }
        }
        Statement::AlterTable(it) => {
            for operation in &it.operations {
                read_action(&it.name.to_string(), operation, found);
            }
        }
        Statement::RenameTable(renames) => {
            for it in renames {
                found.push(
                    Parsed::new(Operation::RenameTable, &it.old_name.to_string(), "")
                        .detail(&it.new_name.to_string()),
                );
            }
        }
        Statement::CreateIndex(it) => {
            let name = it
                .name
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default();
            let detail = if it.concurrently { "concurrently" } else { "" };
            let table = it.table_name.to_string();
            found.push(Parsed::new(Operation::CreateIndex, &table, &name).detail(detail));
        }
        Statement::Truncate(it) => {
            for target in &it.table_names {
                found.push(Parsed::new(
                    Operation::Truncate,
                    &target.name.to_string(),
                    "",
                ));
            }
        }
        Statement::Delete(it) => {
            let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &it.from;
            let table = match it.tables.first() {
                Some(table) => table.to_string(),
                None => from.first().map(table_name).unwrap_or_default(),
            };
            found.push(
                Parsed::new(Operation::Delete, &table, "").filter(filter(it.selection.as_ref())),
            );
        }
        Statement::Update(it) => {
            let set: Vec<String> = it.assignments.iter().map(ToString::to_string).collect();
            found.push(
                Parsed::new(Operation::Update, &table_name(&it.table), "")
                    .filter(filter(it.selection.as_ref()))
                    .detail(&set.join(", ")),
            );
        }
        Statement::Query(query) => read_query(query, found),
        _ => {}
    }
}

fn read_query(query: &Query, found: &mut Vec<Parsed>) {
    match &*query.body {
        SetExpr::Select(select) => {
            let table = select.from.first().map(table_name).unwrap_or_default();
            found.push(
                Parsed::new(Operation::Select, &table, "")
                    .filter(filter(select.selection.as_ref())),
            );
        }
        SetExpr::Delete(statement) | SetExpr::Update(statement) => read(statement, found),
        _ => {}
    }
}

fn read_action(table: &str, action: &AlterTableOperation, found: &mut Vec<Parsed>) {
    let one =
        |operation, name: &str, detail: &str| Parsed::new(operation, table, name).detail(detail);
    match action {
        AlterTableOperation::AddColumn { column_def, .. } => {
            let name = column_def.name.to_string();
            let options: Vec<String> = column_def.options.iter().map(ToString::to_string).collect();
            let detail = format!("{} {}", column_def.data_type, options.join(" "));
            found.push(one(Operation::AddColumn, &name, &detail));
            for option in &column_def.options {
                read_option(table, &name, &option.option, found);
            }
        }
        AlterTableOperation::DropColumn { column_names, .. } => {
            for name in column_names {
                found.push(one(Operation::DropColumn, &name.to_string(), ""));
            }
        }
        AlterTableOperation::RenameColumn {
            old_column_name,
            new_column_name,
        } => found.push(one(
            Operation::RenameColumn,
            &old_column_name.to_string(),
            &new_column_name.to_string(),
        )),
        AlterTableOperation::RenameTable { table_name } => {
            let (RenameTableNameKind::As(new) | RenameTableNameKind::To(new)) = table_name;
            found.push(one(Operation::RenameTable, "", &new.to_string()));
        }
        AlterTableOperation::ChangeColumn {
            old_name,
            new_name,
            data_type,
            options,
            ..
        } => {
            if old_name.value.eq_ignore_ascii_case(&new_name.value) {
                read_type(
                    table,
                    &old_name.to_string(),
                    &data_type.to_string(),
                    options,
                    found,
                );
            } else {
                found.push(one(
                    Operation::RenameColumn,
                    &old_name.to_string(),
                    &new_name.to_string(),
                ));
            }
        }
        AlterTableOperation::ModifyColumn {
            col_name,
            data_type,
            options,
            ..
        } => read_type(
            table,
            &col_name.to_string(),
            &data_type.to_string(),
            options,
            found,
        ),
        AlterTableOperation::AlterColumn { column_name, op } => {
            let (operation, detail) = match op {
                AlterColumnOperation::SetNotNull => (Operation::SetNotNull, String::new()),
                AlterColumnOperation::DropNotNull => (Operation::DropNotNull, String::new()),
                AlterColumnOperation::SetDataType { data_type, .. } => {
                    (Operation::ChangeType, data_type.to_string())
                }
                other => (Operation::SetDefault, other.to_string()),
            };
            found.push(one(operation, &column_name.to_string(), &detail));
        }
        AlterTableOperation::AddConstraint { constraint, .. } => {
            let before = found.len();
            read_constraint(table, constraint, found);
            if found.len() == before {
                found.push(one(Operation::AddConstraint, "", &constraint.to_string()));
            }
        }
        AlterTableOperation::DropConstraint { name, .. }
        | AlterTableOperation::DropForeignKey { name, .. } => {
            found.push(one(Operation::DropConstraint, &name.to_string(), ""));
        }
        AlterTableOperation::DropIndex { name } => {
            found.push(one(Operation::DropIndex, &name.to_string(), ""));
        }
        AlterTableOperation::DisableRowLevelSecurity => {
            found.push(one(Operation::DisableRowSecurity, "", ""));
        }
        AlterTableOperation::EnableRowLevelSecurity => {
            found.push(one(Operation::EnableRowSecurity, "", ""));
        }
        AlterTableOperation::DropPartitions { .. } => {
            found.push(one(Operation::Truncate, "partition", ""));
        }
        _ => {}
    }
}

fn read_type(
    table: &str,
    name: &str,
    data_type: &str,
    options: &[ColumnOption],
    found: &mut Vec<Parsed>,
) {
    found.push(Parsed::new(Operation::ChangeType, table, name).detail(data_type));
    if options.contains(&ColumnOption::NotNull) {
        found.push(Parsed::new(Operation::SetNotNull, table, name));
    }
}

fn read_option(table: &str, column: &str, option: &ColumnOption, found: &mut Vec<Parsed>) {
    if let ColumnOption::ForeignKey(key) = option {
        found.push(
            Parsed::new(Operation::AddForeignKey, table, column)
                .detail(&on_delete(key.on_delete.as_ref())),
        );
    }
}

fn read_constraint(table: &str, constraint: &TableConstraint, found: &mut Vec<Parsed>) {
    if let TableConstraint::ForeignKey(key) = constraint {
        let column = key
            .columns
            .first()
            .map(ToString::to_string)
            .unwrap_or_default();
        found.push(
            Parsed::new(Operation::AddForeignKey, table, &column)
                .detail(&on_delete(key.on_delete.as_ref())),
        );
    }
}

fn on_delete(action: Option<&ReferentialAction>) -> String {
    action.map(ToString::to_string).unwrap_or_default()
}

fn table_name(table: &TableWithJoins) -> String {
    match &table.relation {
        TableFactor::Table { name, .. } => name.to_string(),
        _ => String::new(),
    }
}

/// The columns that the condition compares; `?` where it compares none.
fn filter(condition: Option<&Expr>) -> Vec<String> {
    let Some(condition) = condition else {
        return Vec::new();
    };
    let mut columns = Vec::new();
    let mut open = vec![condition];
    while let Some(expr) = open.pop() {
        match expr {
            Expr::Identifier(name) => columns.push(super::identifier(&name.value)),
            Expr::CompoundIdentifier(names) => {
                columns.extend(names.last().map(|name| super::identifier(&name.value)));
            }
            Expr::BinaryOp { left, right, .. }
            | Expr::Like {
                expr: left,
                pattern: right,
                ..
            }
            | Expr::ILike {
                expr: left,
                pattern: right,
                ..
            } => open.extend([&**left, &**right]),
            Expr::UnaryOp { expr, .. }
            | Expr::Nested(expr)
            | Expr::IsNull(expr)
            | Expr::IsNotNull(expr)
            | Expr::IsTrue(expr)
            | Expr::IsFalse(expr)
            | Expr::IsNotTrue(expr)
            | Expr::IsNotFalse(expr)
            | Expr::InSubquery { expr, .. }
            | Expr::Cast { expr, .. } => open.push(expr),
            Expr::InList { expr, list, .. } => {
                open.push(expr);
                open.extend(list);
            }
            Expr::Between {
                expr, low, high, ..
            } => open.extend([&**expr, &**low, &**high]),
            _ => {}
        }
    }
    columns.retain(|it| it != super::embedded::HOLE);
    if columns.is_empty() {
        columns.push("?".to_owned());
    }
    columns
}
