//! Models of a Prisma schema, as the tables, columns and foreign keys that they stand for.

use super::{Operation, Source, Statement};

/// The statements that would make what the schema describes.
pub(in crate::facts) fn read_schema(text: &str) -> Vec<Statement> {
    let mut found = Vec::new();
    let mut model: Option<String> = None;
    let mut offset = 0;
    for (index, whole) in text.split_inclusive('\n').enumerate() {
        let start = offset;
        offset += whole.len();
        let line = whole.split("//").next().unwrap_or_default();
        let mut words = line.split_whitespace();
        let (first, second) = (words.next().unwrap_or_default(), words.next());
        let mut add = |operation, table: &str, name: &str, detail: String| {
            let lead = whole.len() - whole.trim_start().len();
            let end = start + whole.trim_end().len();
            found.push(Statement {
                operation,
                table: table.to_lowercase(),
                name: name.to_lowercase(),
                filter: Vec::new(),
                detail: detail.to_lowercase(),
                line: index as u32 + 1,
                span: (start + lead).min(end) as u32..end as u32,
                down: false,
                symbol: table.to_owned(),
                source: Source::File,
            });
        };
        match (&model, first) {
            (None, "model") => {
                let name = second.unwrap_or_default().trim_end_matches('{');
                add(Operation::CreateTable, name, "", String::new());
                model = Some(name.to_owned());
            }
            (Some(_), "}") => model = None,
            (Some(table), name)
                if name.starts_with(|it: char| it.is_alphabetic()) && second.is_some() =>
            {
                let kind = second.unwrap_or_default();
                if let Some(relation) = line.split_once("@relation(") {
                    let action = relation
                        .1
                        .split_once("onDelete:")
                        .and_then(|(_, rest)| rest.split([',', ')']).next())
                        .unwrap_or_default();
                    add(
                        Operation::AddForeignKey,
                        table,
                        name,
                        action.trim().to_owned(),
                    );
                } else if !kind.ends_with("[]") {
                    add(Operation::AddColumn, table, name, kind.to_owned());
                }
                if line.split_whitespace().any(|it| it.starts_with("@unique")) {
                    add(Operation::CreateIndex, table, name, "unique".to_owned());
                }
            }
            // `@@unique([tenant, number])`
            (Some(table), name) if name.starts_with("@@unique") => {
                let fields = line.split(['[', ']']).nth(1).unwrap_or_default();
                let fields: String = fields.split_whitespace().collect();
                add(Operation::CreateIndex, table, &fields, "unique".to_owned());
            }
            _ => {}
        }
    }
    found
}
