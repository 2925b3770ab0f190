use crate::facts::fact::Call;
use crate::facts::tree::{Expr, ExprKind, Operator};
use crate::review::Context;
use crate::review::finding::Finding;
use crate::review::settings::local;

check! {
    /// A database query is put together from text, where values used to be passed apart.
    ///
    /// ## What it does
    /// Compares the queries of a function. Speaks when one that was a fixed text with placeholders is
    /// now put together from values. A new query of that kind is recorded. Names in capitals and
    /// values that are quoted on the way stay silent.
    ///
    /// ## Why it matters
    /// Whoever chooses such a value can change the query, and read or delete what they like.
    ///
    /// ## Example
    /// ```go
    /// db.Query("select * from users where id = " + id)   // was: "… id = $1", id
    /// ```
    ///
    /// ## Instead
    /// Pass values as parameters.
    "production/sql-by-concatenation", Production, SPEAKS, run
}

fn run(context: &Context<'_>, found: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        if local(&delta.file.path) {
            continue;
        }
        let open = |calls: &[&Call]| calls.iter().filter(|it| assembled(it).is_some()).count();
        if open(&delta.calls_after) <= open(&delta.calls_before) {
            continue;
        }
        let known: Vec<String> = delta
            .calls_before
            .iter()
            .filter(|it| assembled(it).is_some())
            .map(|it| print(it))
            .collect();
        for call in &delta.calls_after {
            let Some(value) = assembled(call).filter(|_| !known.contains(&print(call))) else {
                continue;
            };
            let was = delta
                .calls_before
                .iter()
                .find(|it| it.name == call.name && parameterised(it));
            let still = delta
                .calls_after
                .iter()
                .filter(|it| parameterised(it))
                .count();
            let before = delta
                .calls_before
                .iter()
                .filter(|it| parameterised(it))
                .count();
            let mut finding = Finding::new(delta.file, delta.symbol(), format!("query holds {value}"))
                .speaks_if(was.is_some() && still < before)
                .after(call.place.line, delta.file.after.code(&call.place.span))
                .says(
                    format!(
                        "{} used to pass values to its database query apart from the text, and now \
                         writes `{value}` into it. Whoever chooses that value can change the query, and \
                         read or delete what they like.",
                        delta.symbol()
                    ),
                    "Pass it as a parameter again.",
                );
            if let Some(was) = was {
                finding =
                    finding.before(was.place.line, delta.base_file.before.code(&was.place.span));
            }
            found.push(finding);
        }
    }
}

fn print(call: &Call) -> String {
    call.arguments
        .first()
        .map_or_else(String::new, |it| it.value.to_string())
}

/// Words that a query begins with.
fn query(text: &str) -> bool {
    let text = text.trim_start().to_ascii_lowercase();
    ["select ", "insert into", "update ", "delete from", "with "]
        .iter()
        .any(|it| text.starts_with(it))
        || [" where ", "= ?", "= $1", "= %s", "= :"]
            .iter()
            .any(|it| text.contains(it))
}

/// A fixed text with places for values.
fn parameterised(call: &Call) -> bool {
    call.arguments
        .first()
        .is_some_and(|first| match &first.value.kind {
            ExprKind::Text(text) => {
                query(text)
                    && ["$1", "?", "%s", ":", "@"]
                        .iter()
                        .any(|it| text.contains(it))
            }
            _ => false,
        })
}

/// The value that is written into the text of a query.
fn assembled(call: &Call) -> Option<String> {
    let first = &call.arguments.first()?.value;
    match &first.kind {
        ExprKind::Template(parts) => {
            let text: String = parts
                .iter()
                .filter_map(|it| match &it.kind {
                    ExprKind::Text(text) => Some(text.as_str()),
                    _ => None,
                })
                .collect();
            let value = parts.iter().find(|it| loose(it))?;
            query(&text).then(|| value.to_string())
        }
        ExprKind::Binary(Operator::Add | Operator::Remainder, ..) => {
            let mut parts = first.parts(Operator::Add);
            if parts.len() < 2 {
                parts = first.children();
            }
            let begins = parts
                .iter()
                .any(|it| matches!(&it.kind, ExprKind::Text(text) if query(text)));
            let value = parts.iter().find(|it| loose(it))?;
            begins.then(|| value.to_string())
        }
        ExprKind::Call(callee, arguments)
            if matches!(callee.last_name(), "Sprintf" | "format" | "sprintf") =>
        {
            let begins = arguments
                .iter()
                .any(|it| matches!(&it.value.kind, ExprKind::Text(text) if query(text)));
            let value = arguments.iter().skip(1).find(|it| loose(&it.value))?;
            begins.then(|| value.value.to_string())
        }
        _ => None,
    }
}

/// Whether a part may hold anything: no text, number, constant, table or quoted value.
fn loose(expr: &Expr) -> bool {
    if matches!(
        expr.kind,
        ExprKind::Text(_) | ExprKind::Number(_) | ExprKind::Bool(_)
    ) {
        return false;
    }
    let name = expr.last_name();
    let constant = name.chars().next().is_some_and(char::is_uppercase);
    let lower = expr.to_string().to_ascii_lowercase();
    let known = [
        "quote",
        "escape",
        "sanitize",
        "table",
        "column",
        "placeholder",
        "join",
        "schema",
        "arel",
        "limit",
        "order",
        "sort",
        "prefix",
        "param",
        "int(",
        "to_i",
    ]
    .iter()
    .any(|it| lower.contains(it));
    !constant && !known
}
