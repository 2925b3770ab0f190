//! Changes of a Liquibase changelog, in XML, YAML or JSON.

use super::{Known, Operation, Source, Statement, identifier, read_file};
use crate::facts::setting::Setting;
use crate::facts::tree::Span;
use smol_str::SmolStr;

/// One change of a change set, whatever it is written in.
#[derive(Debug, Default)]
struct Change {
    kind: String,
    /// Its own values, such as `tableName`.
    values: Vec<(String, String)>,
    /// The values of each of its columns.
    columns: Vec<Vec<(String, String)>>,
    /// What stands in it as text: SQL, or the condition of a deletion.
    text: String,
    line: u32,
    span: Span,
    set: String,
    down: bool,
    /// Whether it is for developers and tests only.
    aside: bool,
}

fn named<'a>(values: &'a [(String, String)], key: &str) -> &'a str {
    let found = values.iter().find(|it| it.0 == key);
    found.map_or("", |it| it.1.as_str())
}

/// Whether a change set runs for developers and tests only, by what its context says.
fn aside(context: &str) -> bool {
    let mut names = context
        .split([',', ' ', '(', ')'])
        .filter(|it| !it.is_empty() && !it.eq_ignore_ascii_case("or"))
        .peekable();
    names.peek().is_some()
        && names.all(|it| {
            matches!(
                it.to_ascii_lowercase().as_str(),
                "test" | "tests" | "dev" | "development" | "local" | "demo" | "faker"
            )
        })
}

impl Change {
    fn value(&self, key: &str) -> &str {
        named(&self.values, key)
    }

    fn statement(&self, operation: Operation, table: &str, name: &str, detail: &str) -> Statement {
        Statement {
            operation,
            table: identifier(self.value(table)),
            name: identifier(name),
            filter: Vec::new(),
            detail: detail.to_lowercase(),
            line: self.line,
            span: self.span.clone(),
            down: self.down,
            symbol: self.set.clone(),
            source: Source::File,
        }
    }

    /// What SQL of its own says, at the place of the change.
    fn sql(&self, text: &str) -> Vec<Statement> {
        let found = read_file("", text, &mut Known::new()).found;
        let placed = found.into_iter().map(|it| Statement {
            line: self.line,
            span: self.span.clone(),
            down: self.down || it.down,
            symbol: self.set.clone(),
            ..it
        });
        placed.collect()
    }

    /// Adds what it does as statements.
    fn read(&self, out: &mut Vec<Statement>) {
        if self.aside {
            return;
        }
        let column = self.value("columnName");
        let constraint = self.value("constraintName");
        let new = |operation, name, detail| self.statement(operation, "tableName", name, detail);
        match self.kind.as_str() {
            "createTable" => out.push(new(Operation::CreateTable, "", "")),
            "dropTable" => out.push(new(Operation::DropTable, "", "")),
            "renameTable" => out.push(self.statement(
                Operation::RenameTable,
                "oldTableName",
                "",
                self.value("newTableName"),
            )),
            "addColumn" => {
                let columns = self.columns.iter();
                out.extend(
                    columns
                        .map(|it| new(Operation::AddColumn, named(it, "name"), named(it, "type"))),
                );
            }
            "dropColumn" => {
                let more = self.columns.iter().map(|it| named(it, "name"));
                let names = [column].into_iter().chain(more);
                out.extend(
                    names
                        .filter(|it| !it.is_empty())
                        .map(|it| new(Operation::DropColumn, it, "")),
                );
            }
            "renameColumn" => out.push(new(
                Operation::RenameColumn,
                self.value("oldColumnName"),
                self.value("newColumnName"),
            )),
            "modifyDataType" => {
                out.push(new(
                    Operation::ChangeType,
                    column,
                    self.value("newDataType"),
                ));
            }
            "addNotNullConstraint" => out.push(new(Operation::SetNotNull, column, "")),
            "dropNotNullConstraint" => out.push(new(Operation::DropNotNull, column, "")),
            "addDefaultValue" | "dropDefaultValue" => {
                out.push(new(Operation::SetDefault, column, ""));
            }
            "addForeignKeyConstraint" => out.push(self.statement(
                Operation::AddForeignKey,
                "baseTableName",
                self.value("baseColumnNames"),
                self.value("onDelete"),
            )),
            "addUniqueConstraint" | "addPrimaryKey" | "addCheckConstraint" => {
                let unique = if self.kind == "addPrimaryKey" {
                    "primary key"
                } else {
                    "unique"
                };
                let detail = match self.kind.as_str() {
                    "addCheckConstraint" => self.value("constraintBody").to_owned(),
                    _ => format!("{unique} ({})", self.value("columnNames")),
                };
                out.push(new(Operation::AddConstraint, "", &detail));
            }
            "dropUniqueConstraint" | "dropPrimaryKey" | "dropCheckConstraint" => {
                out.push(new(Operation::DropConstraint, constraint, ""));
            }
            "dropForeignKeyConstraint" => out.push(self.statement(
                Operation::DropConstraint,
                "baseTableName",
                constraint,
                "foreign key",
            )),
            "createIndex" => out.push(new(Operation::CreateIndex, self.value("indexName"), "")),
            "dropIndex" => out.push(new(Operation::DropIndex, self.value("indexName"), "")),
            "delete" => out.extend(self.sql(&format!(
                "DELETE FROM {}{}",
                self.value("tableName"),
                self.condition()
            ))),
            "update" => {
                let set: Vec<String> = self.columns.iter().filter_map(|it| set(it)).collect();
                out.extend(self.sql(&format!(
                    "UPDATE {} SET {}{}",
                    self.value("tableName"),
                    set.join(", "),
                    self.condition()
                )));
            }
            "sql" => out.extend(self.sql(match self.value("sql") {
                "" => &self.text,
                sql => sql,
            })),
            _ => {}
        }
    }

    fn condition(&self) -> String {
        let condition = match self.value("where") {
            "" => self.text.trim(),
            condition => condition,
        };
        match condition {
            "" => String::new(),
            condition => format!(" WHERE {condition}"),
        }
    }
}

/// `name = value` of a column in an update.
fn set(column: &[(String, String)]) -> Option<String> {
    let name = named(column, "name");
    let value = ["valueNumeric", "valueBoolean", "valueComputed", "valueDate"]
        .iter()
        .map(|it| named(column, it))
        .find(|it| !it.is_empty());
    let value = match (value, named(column, "value")) {
        (Some(value), _) => value.to_owned(),
        (None, "") => "NULL".to_owned(),
        (None, text) => format!("'{}'", text.replace('\'', "''")),
    };
    (!name.is_empty()).then(|| format!("{name} = {value}"))
}

/// The changes of a changelog in YAML or JSON; nothing where the settings are of none.
pub(in crate::facts) fn read_change_sets(settings: &[Setting], text: &str) -> Vec<Statement> {
    let mut found = Vec::new();
    let mut open: Option<(&[SmolStr], Change)> = None;
    for it in settings {
        let path = it.path.as_slice();
        let Some((kind, around, rest)) = change_of(path) else {
            continue;
        };
        if open.as_ref().is_none_or(|(known, _)| *known != around) {
            if let Some((_, change)) = open.take() {
                change.read(&mut found);
            }
            let before = text.get(..it.span.start as usize);
            let start = before.and_then(|it| it.rfind(kind));
            let context = settings.iter().find(|it| {
                it.path.len() == 4
                    && it.path[..3] == path[..3]
                    && matches!(it.key(), "context" | "contextFilter")
            });
            let change = Change {
                kind: kind.to_owned(),
                line: it.line,
                span: start.map_or(it.span.start, |at| at as u32)..it.span.end,
                set: path[1]
                    .strip_prefix("changeSet:")
                    .unwrap_or(&path[1])
                    .to_owned(),
                down: path[3] == "rollback",
                aside: context.is_some_and(|it| aside(&it.value)),
                ..Change::default()
            };
            open = Some((around, change));
        }
        let Some((_, change)) = &mut open else {
            continue;
        };
        change.span.end = change.span.end.max(it.span.end);
        let value = (it.key().to_owned(), it.value.clone());
        match rest {
            [] => change.text.clone_from(&it.value),
            [columns, column, ..] if columns == "columns" => {
                // Its place in the list tells the columns apart.
                if change.columns.last().map(|it| named(it, "")) != Some(column) {
                    change
                        .columns
                        .push(vec![(String::new(), column.to_string())]);
                }
                change
                    .columns
                    .last_mut()
                    .into_iter()
                    .for_each(|it| it.push(value.clone()));
            }
            _ => change.values.push(value),
        }
    }
    if let Some((_, change)) = open {
        change.read(&mut found);
    }
    found
}

/// The kind of the change that a path of a changelog belongs to, its own path, and what follows.
fn change_of(path: &[SmolStr]) -> Option<(&str, &[SmolStr], &[SmolStr])> {
    let [log, _, set, list, first, ..] = path else {
        return None;
    };
    let rollback = list == "rollback";
    if log != "databaseChangeLog" || set != "changeSet" || !(rollback || list == "changes") {
        return None;
    }
    // A list names an entry by what is in it: `addColumn:orders`, and then its kind; a way back may
    // hold a change without a list.
    let alone =
        rollback && first.bytes().all(|it| it.is_ascii_alphabetic()) && path.get(5) != Some(first);
    let at = if alone { 4 } else { 5 };
    Some((path.get(at)?, &path[..=at], &path[at + 1..]))
}

/// The changes of a changelog in XML, read tag by tag; nothing where the file is none.
pub(in crate::facts) fn read_changelog(text: &str) -> Vec<Statement> {
    if !text.contains("<databaseChangeLog") {
        return Vec::new();
    }
    let mut found = Vec::new();
    let (mut set, mut context) = (String::new(), false);
    let mut rollbacks = 0usize;
    // The change that is open, and where what stands in it begins.
    let mut change: Option<(Change, usize)> = None;
    let (mut at, mut line, mut counted) = (0, 1, 0);
    while let Some(open) = text[at..].find('<').map(|it| at + it) {
        let skipped = [("<!--", "-->"), ("<![CDATA[", "]]>")]
            .into_iter()
            .find(|it| text[open..].starts_with(it.0));
        if let Some((_, end)) = skipped {
            at = text[open..]
                .find(end)
                .map_or(text.len(), |it| open + it + end.len());
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
            .split([' ', '\n', '\t', '\r'])
            .next()
            .unwrap_or_default();
        let whole = tag.ends_with('/');
        let name = if whole {
            name.trim_end_matches('/')
        } else {
            name
        };
        match (&mut change, name) {
            (Some((inner, from)), _) if name.strip_prefix('/') == Some(&inner.kind) => {
                if inner.text.is_empty() && inner.kind == "sql" {
                    inner.text = plain(&text[*from..open]);
                }
                inner.span.end = at as u32;
                inner.read(&mut found);
                change = None;
            }
            (Some((inner, _)), "column") => inner.columns.push(attributes(tag)),
            (Some((inner, _)), "where") => {
                let end = text[at..].find('<').map_or(text.len(), |it| at + it);
                inner.text = plain(&text[at..end]);
            }
            (Some(_), _) => {}
            (None, "changeSet") => {
                let values = attributes(tag);
                named(&values, "id").clone_into(&mut set);
                context =
                    aside(named(&values, "context")) || aside(named(&values, "contextFilter"));
            }
            (None, "rollback") if !whole => rollbacks += 1,
            (None, "/rollback") => rollbacks = rollbacks.saturating_sub(1),
            (None, "databaseChangeLog") => {}
            (None, _) if name.starts_with(['/', '?', '!']) => {}
            (None, _) => {
                let new = Change {
                    kind: name.to_owned(),
                    values: attributes(tag),
                    line,
                    span: open as u32..at as u32,
                    set: set.clone(),
                    down: rollbacks > 0,
                    aside: context,
                    ..Change::default()
                };
                match whole {
                    true => new.read(&mut found),
                    false => change = Some((new, at)),
                }
            }
        }
    }
    found
}

/// The attributes of a tag.
fn attributes(tag: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = tag;
    while let Some((before, after)) = rest.split_once('=') {
        let name = before.split_whitespace().next_back().unwrap_or_default();
        let after = after.trim_start();
        let Some(quote) = after.chars().next().filter(|it| matches!(it, '"' | '\'')) else {
            rest = after;
            continue;
        };
        let Some((value, left)) = after[1..].split_once(quote) else {
            break;
        };
        found.push((name.to_owned(), plain(value)));
        rest = left;
    }
    found
}

/// Text of XML as it is meant.
fn plain(text: &str) -> String {
    let text = text.trim().replace("<![CDATA[", "").replace("]]>", "");
    [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text, |text, (written, meant)| text.replace(written, meant))
}
