use crate::facts::fact::Call;
use crate::facts::tree::{Argument, Expr, ExprKind, Operator, Scope, Stmt, StmtKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::code::is_tool;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::slots::{each_expr, each_stmt};
use crate::review::money::{definitions, expand};
use crate::review::queries::mybatis;
use crate::review::queries::schema::is_migration;
use crate::review::queries::texts::{gather, harmless, may_ask, query, quotes_a_value, values};
use crate::review::record::finding::Finding;
use std::borrow::Cow;
use std::collections::HashSet;

check! {
    /// A value that was passed beside a query is now written into it.
    ///
    /// ## What it does
    /// Speaks when a query with a placeholder becomes one that values are pasted into, and when a
    /// value is newly pasted between the quotes of a query. Any other new query of that kind is
    /// recorded.
    ///
    /// ## Why it matters
    /// Whoever chooses the value can change what the query does: read other people's rows, or
    /// delete them.
    ///
    /// ## Example
    /// ```go
    /// db.Query("SELECT * FROM users WHERE id = $1", id)
    /// db.Query("SELECT * FROM users WHERE id = " + id)
    /// ```
    ///
    /// ## Instead
    /// Put a placeholder into the query and pass the value beside it.
    "production/sql-by-concat", Production, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for it in mybatis::pasted(context) {
        let code = it.file.after.line(it.line);
        out.push(
            Finding::new(it.file, &it.symbol, format!("pasted {}", it.name))
                .after(it.line, code)
                .says(
                    format!(
                        "In `{0}`, `{1}` is written into the text of a query (`${{{1}}}`) instead of being passed beside it: whoever chooses the value can change what the query does.",
                        it.symbol, it.name
                    ),
                    format!("Pass it beside the query: `#{{{}}}`.", it.name),
                ),
        );
    }
    for delta in &context.deltas.scopes {
        let calls_before = told(&delta.calls_before, delta.before);
        let calls_after = told(&delta.calls_after, delta.after);
        if let Some((list, call)) = unlisted(context, delta, &calls_before, &calls_after) {
            out.push(
                Finding::new(delta.file, delta.symbol(), format!("unlisted {list}"))
                    .after(call.place.line, delta.file.after.code(&call.place.span))
                    .says(
                        format!(
                            "`{}` wrote into a query only what stands in `{list}`, and now writes what it was given: whoever chooses the value can change what the query does.",
                            delta.symbol()
                        ),
                        "Take the column or direction from a list of those that are allowed.",
                    )
                    .speaks_if(!is_tool(delta.file) && !is_migration(&delta.file.path)),
            );
            continue;
        }
        if let Some(it) = appended(delta) {
            out.push(
                Finding::new(delta.file, delta.symbol(), "appended with a value")
                    .after(it.line, delta.file.after.code(&it.span))
                    .says(
                        format!(
                            "In `{}`, a value is written between the quotes of a query: whoever chooses the value can change what the query does.",
                            delta.symbol()
                        ),
                        "Put a placeholder into the query and pass the value beside it.",
                    )
                    .speaks_if(!is_tool(delta.file) && !is_migration(&delta.file.path)),
            );
            continue;
        }
        let pasted = |calls: &[Cow<'_, Call>]| calls.iter().filter(|it| pastes(it)).count();
        let passed = |calls: &[Cow<'_, Call>]| calls.iter().filter(|it| passes(it)).count();
        if pasted(&calls_after) <= pasted(&calls_before) {
            continue;
        }
        let was = calls_before
            .iter()
            .find(|it| passes(it) && !calls_after.iter().any(|other| same(it, other)));
        // The same query, handed to something else, is not new.
        let known = |it: &Call| {
            let mut before = calls_before.iter();
            before.any(|other| same(it, other) || pastes(other) && query(it) == query(other))
        };
        let Some(call) = calls_after.iter().find(|it| pastes(it) && !known(it)) else {
            continue;
        };
        let swapped = passed(&calls_after) < passed(&calls_before);
        let in_quotes = query(call).is_some_and(quotes_a_value);
        let mut finding = Finding::new(delta.file, delta.symbol(), format!("pasted {}", call.callee))
            .after(call.place.line, delta.file.after.code(&call.place.span))
            .says(
                format!(
                    "In `{}`, a value is written into the text of a query instead of being passed beside it: whoever chooses the value can change what the query does.",
                    delta.symbol()
                ),
                "Put a placeholder into the query and pass the value beside it.",
            )
            .speaks_if(
                swapped && was.is_some_and(|it| placeholders(it) > placeholders(call))
                    || in_quotes && !is_tool(delta.file) && !is_migration(&delta.file.path),
            );
        if let Some(was) = was {
            finding = finding.before(was.place.line, delta.base_file.before.code(&was.place.span));
        }
        out.push(finding);
    }
}

/// A part that is put behind a query, with a value between its quotes, where none was:
/// `sql += $" AND name LIKE '%{term}%'"`.
fn appended<'a>(delta: &ScopeDelta<'a>) -> Option<&'a Stmt> {
    fn parts(scope: &Scope) -> Vec<&Stmt> {
        let mut out = Vec::new();
        each_stmt(&scope.body, &mut |it| {
            if let StmtKind::Assign {
                target,
                operator: Some(Operator::Add),
                value,
            } = &it.kind
                && words(target.last_name()).iter().any(|it| {
                    matches!(
                        it.as_str(),
                        "sql" | "query" | "where" | "statement" | "clause"
                    )
                })
                && quotes_a_value(value)
            {
                out.push(it);
            }
        });
        out
    }
    let after = parts(delta.after);
    (after.len() > parts(delta.before).len())
        .then(|| after.last().copied())
        .flatten()
}

/// A list of what may be written into a query that is no longer asked, and the query.
fn unlisted<'c>(
    context: &Context<'_>,
    delta: &ScopeDelta<'_>,
    before: &[Cow<'_, Call>],
    after: &'c [Cow<'_, Call>],
) -> Option<(String, &'c Call)> {
    let ordered = |call: &&Cow<'_, Call>| {
        query(call).is_some_and(|it| {
            let (mut text, mut pasted) = (String::new(), false);
            gather(it, &mut text);
            values(it, &mut |value| {
                pasted |= !matches!(value.kind, ExprKind::Number(_))
            });
            pasted && text.to_lowercase().contains("order by")
        })
    };
    let call = after.iter().find(ordered)?;
    before.iter().find(ordered)?;
    let mut listed: Vec<(&str, &Expr)> = Vec::new();
    each_expr(&delta.before.body, &mut |it| match &it.kind {
        // `columns[sort]`, `COLUMNS.get(sort)`, `ALLOWED.includes(sort)`, `in_array($sort, ALLOWED)`.
        ExprKind::Index(object, index) => listed.push((object.last_name(), &**index)),
        ExprKind::Binary(Operator::In | Operator::NotIn, value, list) => {
            listed.push((list.last_name(), &**value));
        }
        ExprKind::Call(callee, arguments) => match (callee.last_name(), arguments.as_slice()) {
            ("in_array", [value, list, ..]) => listed.push((list.value.last_name(), &value.value)),
            (
                "get" | "has" | "includes" | "include?" | "contains" | "Contains" | "fetch"
                | "TryGetValue",
                [value, ..],
            ) => {
                if let ExprKind::Member(object, _) = &callee.kind {
                    listed.push((object.last_name(), &value.value));
                }
            }
            _ => {}
        },
        _ => {}
    });
    let mut still = HashSet::new();
    let mut values = HashSet::new();
    each_expr(&delta.after.body, &mut |it| {
        still.insert(it.last_name().to_owned());
        values.insert(it.to_string());
    });
    let fixed =
        |name: &str| !name.is_empty() && !delta.before.parameters.iter().any(|it| it.name == name);
    let (list, _) = listed.into_iter().find(|(list, value)| {
        let plain = matches!(
            value.kind,
            ExprKind::Name(_) | ExprKind::Member(..) | ExprKind::Call(..) | ExprKind::Index(..)
        );
        plain && fixed(list) && !still.contains(*list) && values.contains(&value.to_string())
    })?;
    let taken_out = delta
        .calls_gained
        .iter()
        .any(|it| context.says_elsewhere(it, list));
    (!taken_out).then(|| (list.to_owned(), &**call))
}

/// The calls of a scope; in those that may ask a database, local names are replaced by what they
/// hold.
fn told<'a>(calls: &[&'a Call], scope: &Scope) -> Vec<Cow<'a, Call>> {
    let is_local = |it: &Argument| matches!(it.value.kind, ExprKind::Name(_));
    let mut known = None;
    let tell = |call: &&'a Call| {
        if !may_ask(call) || !call.arguments.iter().any(is_local) {
            return Cow::Borrowed(*call);
        }
        let known = known.get_or_insert_with(|| definitions(scope));
        let mut call = (*call).clone();
        for argument in call.arguments.iter_mut().filter(|it| is_local(it)) {
            argument.value = expand(&argument.value, known, 0);
        }
        Cow::Owned(call)
    };
    calls.iter().map(tell).collect()
}

fn same(left: &Call, right: &Call) -> bool {
    left.callee == right.callee && left.arguments == right.arguments
}

/// Whether values are written into the text of the query.
fn pastes(call: &Call) -> bool {
    if escapes(call) {
        return false;
    }
    query(call).is_some_and(|it| {
        let mut found = false;
        values(it, &mut |value| found |= !harmless(value));
        found
    })
}

/// Tagged templates pass their values beside the query.
fn escapes(call: &Call) -> bool {
    matches!(
        call.name.as_str(),
        "sql"
            | "queryRaw"
            | "$queryRaw"
            | "executeRaw"
            | "$executeRaw"
            | "SQL"
            | "gql"
            | "FromSql"
            | "FromSqlInterpolated"
            | "ExecuteSql"
            | "ExecuteSqlAsync"
            | "ExecuteSqlInterpolated"
            | "ExecuteSqlInterpolatedAsync"
    )
}

/// Whether the query has placeholders, and values beside it.
fn passes(call: &Call) -> bool {
    let Some(expr) = query(call) else {
        return false;
    };
    if escapes(call) {
        return matches!(expr.kind, ExprKind::Template(_));
    }
    call.arguments.len() > 1 && placeholders(call) > 0 && !pastes(call)
}

/// How many values the query takes from beside it.
fn placeholders(call: &Call) -> usize {
    let Some(expr) = query(call) else {
        return 0;
    };
    if escapes(call) {
        let mut count = 0;
        values(expr, &mut |_| count += 1);
        return count;
    }
    let mut text = String::new();
    gather(expr, &mut text);
    let named = text
        .split([':', '@', '$'])
        .skip(1)
        .filter(|it| it.starts_with(char::is_alphanumeric))
        .count();
    text.matches('?').count() + text.matches("%s").count() + text.matches("%(").count() + named
}
