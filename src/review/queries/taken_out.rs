//! Queries that a change takes out into a function of their own, and what they ask for there.

use crate::change::Class;
use crate::facts::tree::{ExprKind, Scope};
use crate::review::code::draws;
use crate::review::deltas::slots::each_expr;
use crate::review::queries::lookup::{state, whose};
use crate::review::record::finding::{Finding, name_of};
use crate::review::{Alone, Context};
use std::collections::BTreeSet;

/// A query in the text of a program.
struct Query {
    table: String,
    /// The columns that its condition names.
    asked: BTreeSet<String>,
    line: u32,
}

/// Queries that a function no longer makes, where a new one makes the same with fewer conditions
/// about whose the rows are, or whether they still count.
pub(crate) fn asks_for_less(context: &Context<'_>, out: &mut Vec<Finding>) {
    let unmatched = context.unmatched();
    let born = unmatched
        .iter()
        .filter(|it| it.2 == Alone::New && it.0.class == Class::Source);
    let new: Vec<_> = born
        .flat_map(|(file, scope, _)| {
            queries(scope)
                .into_iter()
                .map(move |it| (*file, *scope, it))
        })
        .collect();
    if new.is_empty() {
        return;
    }
    let count = |text: &str, column: &str| text.to_lowercase().matches(column).count();
    for delta in &context.deltas.scopes {
        if draws(delta.file) {
            continue;
        }
        let still = queries(delta.after);
        for was in queries(delta.before) {
            if still.iter().any(|it| it.table == was.table) {
                continue;
            }
            let same = new.iter().find(|(_, scope, it)| {
                let called = delta.calls_after.iter().any(|it| it.name == scope.name);
                called
                    && it.table == was.table
                    && !it.asked.is_empty()
                    && it.asked.is_subset(&was.asked)
            });
            let Some((file, scope, is)) = same else {
                continue;
            };
            // The code may ask for it instead: `isExpired`.
            let fewer = |column: &str| {
                let word = column.split('_').next().unwrap_or(column);
                let stem = word.get(..6).unwrap_or(word);
                let said = if stem.len() < 5 { column } else { stem };
                let files = || context.files.iter();
                let had: usize = files().map(|it| count(it.before.text, said)).sum();
                let has: usize = files().map(|it| count(it.after.text, said)).sum();
                has < had
            };
            let mut gone = was.asked.difference(&is.asked);
            let Some(gone) =
                gone.find(|it| (whose(it) || state(it) || still_counts(it)) && fewer(it))
            else {
                continue;
            };
            out.push(
                Finding::new(file, &scope.path, format!("{} without {gone}", was.table))
                    .before(was.line, delta.base_file.before.line(was.line))
                    .after(is.line, file.after.line(is.line))
                    .says(
                        format!(
                            "{} asked for `{gone}` when it looked something up in `{}`. `{}`, which does it now, does not ask for it, and finds what was kept out before.",
                            name_of(delta.symbol()),
                            was.table,
                            scope.path
                        ),
                        "Ask for it there as well, and add a test with a row that must not be found.",
                    ),
            );
        }
    }
}

/// Whether a column says until when something counts, or whether it was used.
fn still_counts(column: &str) -> bool {
    let starts = [
        "expir", "used", "revoked", "consumed", "redeemed", "valid", "active",
    ];
    column
        .split('_')
        .any(|it| starts.iter().any(|start| it.starts_with(start)))
}

fn queries(scope: &Scope) -> Vec<Query> {
    let mut out = Vec::new();
    each_expr(&scope.body, &mut |it| {
        if let ExprKind::Text(text) = &it.kind {
            out.extend(query(text, it.line));
        }
    });
    out
}

fn query(text: &str, line: u32) -> Option<Query> {
    let one = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let one = one.to_ascii_lowercase();
    if !one.starts_with("select ") {
        return None;
    }
    let (_, from) = one.split_once(" from ")?;
    let table = from.split([' ', ',', ';']).next()?.to_owned();
    let (_, condition) = from.split_once(" where ")?;
    let end = [" order by ", " group by ", " limit ", " for update"];
    let condition = end
        .iter()
        .fold(condition, |rest, it| rest.split(it).next().unwrap_or(rest));
    let name = |it: char| it.is_ascii_alphanumeric() || it == '_' || it == '.';
    let words: Vec<&str> = condition.split_whitespace().collect();
    let mut asked = BTreeSet::new();
    for pair in words.windows(2) {
        let [word, next] = pair else { continue };
        let word = word.trim_start_matches('(');
        let compares = matches!(
            *next,
            "=" | "<" | ">" | "<=" | ">=" | "<>" | "!=" | "is" | "in" | "between"
        );
        let column = word.rsplit('.').next().unwrap_or(word);
        if compares
            && word.chars().all(name)
            && column.starts_with(|it: char| it.is_ascii_alphabetic())
        {
            asked.insert(column.to_owned());
        }
    }
    Some(Query { table, asked, line })
}

#[cfg(test)]
mod tests {
    use super::query;

    #[test]
    fn the_columns_of_a_condition() {
        let found = query(
            "SELECT id FROM links\n WHERE l.hash = ? AND used_at IS NULL AND (expires_at > NOW()) LIMIT 1",
            1,
        );
        let found = found.map(|it| (it.table, it.asked.into_iter().collect::<Vec<_>>()));
        let asked = ["expires_at", "hash", "used_at"]
            .map(str::to_owned)
            .to_vec();
        assert_eq!(found, Some(("links".to_owned(), asked)));
    }
}
