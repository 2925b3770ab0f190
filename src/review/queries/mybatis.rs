//! Statements of MyBatis, in annotations and in mappers: `#{name}` is passed beside the query,
//! `${name}` is written into it.

use crate::facts::tree::{Attribute, Expr, ExprKind};
use crate::facts::words::says;
use crate::review::Context;
use crate::review::deltas::compare::FilePair;
use std::collections::{BTreeMap, BTreeSet};

/// A value that is newly written into a statement.
pub(crate) struct Pasted<'a> {
    pub(crate) file: &'a FilePair<'a>,
    pub(crate) symbol: String,
    pub(crate) name: String,
    pub(crate) line: u32,
}

/// The values that a change newly writes into statements.
pub(crate) fn pasted<'a>(context: &Context<'a>) -> Vec<Pasted<'a>> {
    let mut out = Vec::new();
    for ((base, before), (head, after)) in context.matching.pairs() {
        let (base_file, file) = (&context.files[base], &context.files[head]);
        let old = &base_file.before.tree.scopes[before];
        let new = &file.after.tree.scopes[after];
        if new.attributes.is_empty() || old.attributes == new.attributes {
            continue;
        }
        if let Some(name) = newly(&annotated(&old.attributes), &annotated(&new.attributes)) {
            let line = new.attributes.first().map_or(new.line, |it| it.line);
            out.push(Pasted {
                file,
                symbol: new.path.clone(),
                name,
                line,
            });
        }
    }
    for file in context.files {
        if !file.path.ends_with(".xml") || !file.after.text.contains("<mapper") {
            continue;
        }
        let known = mapped(file.before.text);
        for (id, (line, text)) in mapped(file.after.text) {
            let was = known.get(id).map_or("", |it| it.1);
            if let Some(name) = newly(was, text).filter(|_| !was.is_empty()) {
                out.push(Pasted {
                    file,
                    symbol: id.to_owned(),
                    name,
                    line,
                });
            }
        }
    }
    out
}

/// The texts of the annotations that hold statements.
fn annotated(attributes: &[Attribute]) -> String {
    let mut text = String::new();
    let holds = |it: &&Attribute| {
        let name = it.name.rsplit('.').next().unwrap_or(&it.name);
        matches!(name, "Select" | "Update" | "Insert" | "Delete")
    };
    for attribute in attributes.iter().filter(holds) {
        for argument in &attribute.arguments {
            argument.value.walk(&mut |it: &Expr| {
                if let ExprKind::Text(part) = &it.kind {
                    text.push_str(part);
                    text.push(' ');
                }
            });
        }
    }
    text
}

/// The statements of a mapper by their names: the line where each begins, and its text.
fn mapped(text: &str) -> BTreeMap<&str, (u32, &str)> {
    let mut out = BTreeMap::new();
    for tag in ["<select ", "<update ", "<insert ", "<delete ", "<sql "] {
        for (at, _) in text.match_indices(tag) {
            let rest = &text[at..];
            let close = format!("</{}>", tag[1..].trim());
            let body = &rest[..rest.find(&close).unwrap_or(rest.len())];
            let id = body
                .split("id=\"")
                .nth(1)
                .and_then(|it| it.split('"').next());
            let line = u32::try_from(text[..at].matches('\n').count()).unwrap_or_default() + 1;
            out.extend(id.map(|id| (id, (line, body))));
        }
    }
    out
}

/// A value that was passed beside the statement and is written into it, or that newly stands
/// between its quotes. Names of columns and tables cannot be passed beside it.
fn newly(before: &str, after: &str) -> Option<String> {
    let (bound, known) = (named(before, "#{"), named(before, "${"));
    let column = |it: &str| {
        says(
            it,
            &[
                "column",
                "columns",
                "direction",
                "field",
                "order",
                "schema",
                "sort",
                "table",
            ],
        )
    };
    let quoted = |name: &str| {
        let mark = format!("${{{name}}}");
        after
            .match_indices(&mark)
            .any(|(at, _)| after[..at].matches('\'').count() % 2 == 1)
    };
    named(after, "${")
        .into_iter()
        .filter(|it| !known.contains(it) && !column(it))
        .find(|it| bound.contains(it) || quoted(it))
        .map(str::to_owned)
}

/// The names that stand behind a mark.
fn named<'t>(text: &'t str, mark: &str) -> BTreeSet<&'t str> {
    text.split(mark)
        .skip(1)
        .filter_map(|it| it.split_once('}'))
        .map(|(name, _)| name.split(',').next().unwrap_or(name).trim())
        .collect()
}
