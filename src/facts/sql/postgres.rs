//! PostgreSQL, by the parser that reads the most real migrations.

use super::{Operation, Parsed, identifier};
use squawk_syntax::{SourceFile, SyntaxKind, SyntaxNode};

/// Reads one statement. None where it is not PostgreSQL.
pub(super) fn parse(code: &str) -> Option<Vec<Parsed>> {
    let root = SourceFile::parse(code).syntax_node();
    let wrong = root
        .descendants_with_tokens()
        .any(|it| it.kind() == SyntaxKind::ERROR);
    // What is another dialect's may read as two statements here, or as half of one.
    let statements = root
        .children()
        .filter(|it| it.kind() != SyntaxKind::EMPTY_STMT)
        .count();
    let halved = root
        .children()
        .any(|it| it.kind() == SyntaxKind::DELETE && !has_token(&it, SyntaxKind::FROM_KW));
    if wrong || halved || statements > 1 {
        return None;
    }
    let mut found = Vec::new();
    for statement in root.children() {
        read(&statement, &mut found);
    }
    Some(found)
}

fn read(node: &SyntaxNode, found: &mut Vec<Parsed>) {
    let table = table(node);
    match node.kind() {
        SyntaxKind::CREATE_TABLE | SyntaxKind::CREATE_TABLE_AS => {
            let head = node.text().to_string().to_ascii_lowercase();
            let temporary = head
                .split_whitespace()
                .take(4)
                .any(|it| it.starts_with("temp"));
            let detail = if temporary { "temporary" } else { "" };
            found.push(Parsed::new(Operation::CreateTable, &table, "").detail(detail));
            read_foreign_keys(node, &table, found);
        }
        SyntaxKind::DROP_TABLE => {
            for name in named(node, SyntaxKind::TABLE_NAME_REF) {
                found.push(Parsed::new(Operation::DropTable, &name, ""));
            }
        }
        SyntaxKind::DROP_SCHEMA | SyntaxKind::DROP_DATABASE => {
            let name = node
                .children()
                .filter(|it| it.kind() != SyntaxKind::IF_EXISTS)
                .map(|it| it.text().to_string())
                .next()
                .unwrap_or_default();
            found.push(Parsed::new(Operation::DropSchema, &name, ""));
        }
        SyntaxKind::ALTER_TABLE => {
            for action in node.children() {
                read_action(&action, &table, found);
            }
        }
        SyntaxKind::CREATE_INDEX => {
            let name = child(node, SyntaxKind::INDEX).map(|it| it.text().to_string());
            let concurrently = has_token(node, SyntaxKind::CONCURRENTLY_KW);
            let detail = if concurrently { "concurrently" } else { "" };
            let name = name.unwrap_or_default();
            found.push(Parsed::new(Operation::CreateIndex, &table, &name).detail(detail));
        }
        SyntaxKind::DROP_INDEX => {
            for name in named(node, SyntaxKind::INDEX_REF) {
                found.push(Parsed::new(Operation::DropIndex, "", &name));
            }
        }
        SyntaxKind::CREATE_POLICY | SyntaxKind::ALTER_POLICY => {
            let name = node
                .children()
                .find(|it| matches!(it.kind(), SyntaxKind::POLICY | SyntaxKind::POLICY_REF))
                .map(|it| it.text().to_string())
                .unwrap_or_default();
            let tail: Vec<String> = node
                .children()
                .filter(|it| {
                    !matches!(
                        it.kind(),
                        SyntaxKind::POLICY | SyntaxKind::POLICY_REF | SyntaxKind::ON_TABLE
                    )
                })
                .map(|it| it.text().to_string())
                .collect();
            found.push(Parsed::new(Operation::Policy, &table, &name).detail(&tail.join(" ")));
        }
        SyntaxKind::DROP_POLICY => {
            let name = child(node, SyntaxKind::POLICY_REF).map(|it| it.text().to_string());
            let name = name.unwrap_or_default();
            found.push(Parsed::new(Operation::DropPolicy, &table, &name));
        }
        SyntaxKind::TRUNCATE => {
            for name in named(node, SyntaxKind::TABLE_NAME_REF) {
                found.push(Parsed::new(Operation::Truncate, &name, ""));
            }
        }
        SyntaxKind::DELETE => {
            let filter = filter(node);
            found.push(Parsed::new(Operation::Delete, &table, "").filter(filter));
        }
        SyntaxKind::UPDATE => {
            let set = child(node, SyntaxKind::SET_CLAUSE)
                .map(|it| it.text().to_string())
                .unwrap_or_default();
            let set = set.trim_start().get(3..).unwrap_or_default().to_owned();
            let filter = filter(node);
            found.push(
                Parsed::new(Operation::Update, &table, "")
                    .filter(filter)
                    .detail(&set),
            );
        }
        SyntaxKind::SELECT => {
            let filter = filter(node);
            found.push(Parsed::new(Operation::Select, &table, "").filter(filter));
        }
        SyntaxKind::WITH_CLAUSE => {}
        _ => {
            // `WITH … DELETE`, and whatever else wraps a statement.
            for inner in node.children() {
                if matches!(
                    inner.kind(),
                    SyntaxKind::DELETE | SyntaxKind::UPDATE | SyntaxKind::SELECT
                ) {
                    read(&inner, found);
                }
            }
        }
    }
}

fn read_action(action: &SyntaxNode, table: &str, found: &mut Vec<Parsed>) {
    let column = |kind: SyntaxKind| {
        child(action, kind)
            .map(|it| it.text().to_string())
            .unwrap_or_default()
    };
    match action.kind() {
        SyntaxKind::DROP_COLUMN => {
            let name = column(SyntaxKind::COLUMN_NAME_REF);
            found.push(Parsed::new(Operation::DropColumn, table, &name));
        }
        SyntaxKind::ADD_COLUMN => {
            let name = column(SyntaxKind::COLUMN_NAME);
            let text = action.text().to_string();
            let at = text.find(&name).map_or(0, |at| at + name.len());
            found.push(
                Parsed::new(Operation::AddColumn, table, &name)
                    .detail(text.get(at..).unwrap_or_default()),
            );
            read_foreign_keys(action, table, found);
        }
        SyntaxKind::ALTER_COLUMN => {
            let name = column(SyntaxKind::COLUMN_NAME_REF);
            let Some(option) = action
                .children()
                .find(|it| it.kind() != SyntaxKind::COLUMN_NAME_REF)
            else {
                return;
            };
            let operation = match option.kind() {
                SyntaxKind::SET_TYPE => Operation::ChangeType,
                SyntaxKind::SET_NOT_NULL => Operation::SetNotNull,
                SyntaxKind::DROP_NOT_NULL => Operation::DropNotNull,
                SyntaxKind::SET_DEFAULT | SyntaxKind::DROP_DEFAULT => Operation::SetDefault,
                _ => return,
            };
            let detail = match option.kind() {
                SyntaxKind::SET_TYPE => option
                    .children()
                    .map(|it| it.text().to_string())
                    .next()
                    .unwrap_or_default(),
                _ => option.text().to_string(),
            };
            found.push(Parsed::new(operation, table, &name).detail(&detail));
        }
        SyntaxKind::ADD_CONSTRAINT => {
            let before = found.len();
            read_foreign_keys(action, table, found);
            if found.len() == before {
                let text = action.text().to_string();
                found.push(Parsed::new(Operation::AddConstraint, table, "").detail(&text));
            }
        }
        SyntaxKind::DROP_CONSTRAINT => {
            let name = action
                .children()
                .find(|it| !matches!(it.kind(), SyntaxKind::IF_EXISTS))
                .map(|it| it.text().to_string())
                .unwrap_or_default();
            found.push(Parsed::new(Operation::DropConstraint, table, &name));
        }
        SyntaxKind::RENAME_COLUMN => {
            let old = column(SyntaxKind::COLUMN_NAME_REF);
            let new = column(SyntaxKind::COLUMN_NAME);
            found.push(Parsed::new(Operation::RenameColumn, table, &old).detail(&new));
        }
        SyntaxKind::TABLE_RENAME_TO => {
            let new = column(SyntaxKind::TABLE_NAME);
            found.push(Parsed::new(Operation::RenameTable, table, "").detail(&new));
        }
        SyntaxKind::ENABLE_RLS => {
            found.push(Parsed::new(Operation::EnableRowSecurity, table, ""));
        }
        SyntaxKind::DISABLE_RLS => {
            found.push(Parsed::new(Operation::DisableRowSecurity, table, ""));
        }
        SyntaxKind::NO_FORCE_RLS => {
            found.push(Parsed::new(Operation::DisableRowSecurity, table, "").detail("no force"));
        }
        SyntaxKind::DISABLE_TRIGGER | SyntaxKind::ENABLE_TRIGGER => {
            let text = action.text().to_string();
            let name = text.split_whitespace().last().unwrap_or_default();
            let operation = match action.kind() {
                SyntaxKind::DISABLE_TRIGGER => Operation::DropTrigger,
                _ => Operation::CreateTrigger,
            };
            found.push(Parsed::new(operation, table, name));
        }
        _ => {}
    }
}

/// Foreign keys anywhere inside, with what happens when the other row goes.
fn read_foreign_keys(node: &SyntaxNode, table: &str, found: &mut Vec<Parsed>) {
    for key in node.descendants() {
        let name = match key.kind() {
            SyntaxKind::FOREIGN_KEY_CONSTRAINT => key
                .descendants()
                .find(|it| it.kind() == SyntaxKind::COLUMN_NAME_REF),
            SyntaxKind::REFERENCES_CONSTRAINT => key
                .parent()
                .and_then(|column| child(&column, SyntaxKind::COLUMN_NAME)),
            _ => continue,
        };
        let name = name.map(|it| it.text().to_string()).unwrap_or_default();
        let action = child(&key, SyntaxKind::ON_DELETE_ACTION)
            .and_then(|it| it.children().next())
            .map(|it| it.text().to_string())
            .unwrap_or_default();
        let valid = child(&key, SyntaxKind::NOT_VALID).map_or("", |_| " not valid");
        found.push(
            Parsed::new(Operation::AddForeignKey, table, &name).detail(&format!("{action}{valid}")),
        );
    }
}

fn child(node: &SyntaxNode, kind: SyntaxKind) -> Option<SyntaxNode> {
    node.children().find(|it| it.kind() == kind)
}

fn has_token(node: &SyntaxNode, kind: SyntaxKind) -> bool {
    node.children_with_tokens().any(|it| it.kind() == kind)
}

/// The first table that a statement names.
fn table(node: &SyntaxNode) -> String {
    node.descendants()
        .find(|it| {
            matches!(
                it.kind(),
                SyntaxKind::TABLE_NAME | SyntaxKind::TABLE_NAME_REF | SyntaxKind::RELATION_NAME_REF
            )
        })
        .map(|it| identifier(&it.text().to_string()))
        .unwrap_or_default()
}

fn named(node: &SyntaxNode, kind: SyntaxKind) -> Vec<String> {
    node.descendants()
        .filter(|it| it.kind() == kind)
        .map(|it| it.text().to_string())
        .collect()
}

/// The columns that the condition compares, those of inner queries left out; `?` where it
/// compares none.
fn filter(node: &SyntaxNode) -> Vec<String> {
    let Some(clause) = node.children().find(|it| {
        matches!(
            it.kind(),
            SyntaxKind::WHERE_CLAUSE | SyntaxKind::WHERE_CURRENT_OF
        )
    }) else {
        return Vec::new();
    };
    let mut columns = Vec::new();
    let mut open = vec![clause];
    while let Some(node) = open.pop() {
        match node.kind() {
            SyntaxKind::SELECT => {}
            SyntaxKind::FIELD_EXPR => {
                columns.push(identifier(&node.text().to_string()));
            }
            SyntaxKind::NAME_REF => columns.push(identifier(&node.text().to_string())),
            SyntaxKind::CALL_EXPR => {
                // The name of the function is none of a column.
                open.extend(node.children().skip(1));
            }
            _ => open.extend(node.children()),
        }
    }
    columns.retain(|it| it != super::embedded::HOLE);
    if columns.is_empty() {
        columns.push("?".to_owned());
    }
    columns
}
