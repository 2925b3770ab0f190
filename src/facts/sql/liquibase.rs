//! Changes of a Liquibase changelog in XML, read tag by tag.

use super::{Operation, Source, Statement, identifier};

/// The changes of a changelog; nothing where the file is none.
pub(in crate::facts) fn read_changelog(text: &str) -> Vec<Statement> {
    if !text.contains("<databaseChangeLog") {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut change_set = String::new();
    let mut rollbacks = 0usize;
    let mut at = 0;
    let mut line = 1;
    let mut counted = 0;
    while let Some(open) = text[at..].find('<').map(|it| at + it) {
        if text[open..].starts_with("<!--") {
            at = text[open..]
                .find("-->")
                .map_or(text.len(), |it| open + it + 3);
            continue;
        }
        let Some(close) = text[open..].find('>').map(|it| open + it) else {
            break;
        };
        at = close + 1;
        line += text[counted..open].matches('\n').count() as u32;
        counted = open;
        let tag = &text[open + 1..close];
        let name = tag
            .split([' ', '\n', '\t', '\r', '/'])
            .next()
            .unwrap_or_default();
        let value = |key: &str| attribute(tag, key).unwrap_or_default();
        let (operation, column, detail) = match name {
            "changeSet" => {
                change_set = value("id").to_owned();
                continue;
            }
            "rollback" if !tag.ends_with('/') => {
                rollbacks += 1;
                continue;
            }
            _ if tag.starts_with("/rollback") => {
                rollbacks = rollbacks.saturating_sub(1);
                continue;
            }
            "createTable" => (Operation::CreateTable, "", ""),
            "dropTable" => (Operation::DropTable, "", ""),
            "renameTable" => (Operation::RenameTable, "", value("newTableName")),
            "dropColumn" => (Operation::DropColumn, value("columnName"), ""),
            "renameColumn" => (
                Operation::RenameColumn,
                value("oldColumnName"),
                value("newColumnName"),
            ),
            "modifyDataType" => (
                Operation::ChangeType,
                value("columnName"),
                value("newDataType"),
            ),
            "addNotNullConstraint" => (Operation::SetNotNull, value("columnName"), ""),
            "addForeignKeyConstraint" => (
                Operation::AddForeignKey,
                value("baseColumnNames"),
                value("onDelete"),
            ),
            "delete" if tag.ends_with('/') => (Operation::Delete, "", ""),
            _ => continue,
        };
        let table = match name {
            "addForeignKeyConstraint" => value("baseTableName"),
            "renameTable" => value("oldTableName"),
            _ => value("tableName"),
        };
        found.push(Statement {
            operation,
            table: identifier(table),
            name: identifier(column),
            filter: Vec::new(),
            detail: detail.to_lowercase(),
            line,
            span: open as u32..at as u32,
            down: rollbacks > 0,
            symbol: change_set.clone(),
            source: Source::File,
        });
    }
    found
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = tag;
    while let Some(at) = rest.find(name) {
        let before = rest[..at].chars().next_back();
        let after = rest[at + name.len()..].trim_start();
        if before.is_some_and(char::is_whitespace)
            && let Some(value) = after.strip_prefix('=')
        {
            let value = value.trim_start();
            let quote = value.chars().next().filter(|it| matches!(it, '"' | '\''))?;
            return value[1..].split(quote).next();
        }
        rest = &rest[at + name.len()..];
    }
    None
}
