use crate::facts::fact::Call;
use crate::facts::sql::{Operation, Source, Statement};
use crate::facts::tree::{Argument, Expr, ExprKind};
use crate::facts::words::{says, words};
use crate::review::Context;
use crate::review::code::draws;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::key;
use crate::review::queries::handed_over;
use crate::review::queries::isolation::is_version;
use crate::review::queries::schema::stem;
use crate::review::queries::unused_steps;
use crate::review::record::finding::Finding;
use std::collections::BTreeSet;

check! {
    /// A delete or an update reaches more rows than before, or other rows.
    ///
    /// ## What it does
    /// Speaks when a condition of a delete or update is gone or gets an alternative, when a delete
    /// selects by another column, when a call that deletes loses the argument that names the owner, when fewer records
    /// are kept back from a deletion, and when a query is narrowed and the answer thrown away.
    ///
    /// ## Why it matters
    /// Rows of other customers are deleted or overwritten.
    ///
    /// ## Example
    /// ```go
    /// store.DeleteWithPathPrefix(path, user.ID)
    /// store.DeleteWithPathPrefix(path)
    /// ```
    ///
    /// ## Instead
    /// Keep the owner in the condition, and test that the rows of somebody else stay.
    "data/predicate-widened", Data, SPEAKS, run
}

const ADVICE: &str = "Put the condition back, or say where it is made sure now; test that the rows of somebody else stay.";

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    unused_steps::findings(context, out);
    handed_over::findings(context, out);
    let columns = columns(context);
    for delta in &context.deltas.scopes {
        let path = |symbol: &str| symbol.to_owned();
        let (before, after) = (path(&delta.before.path), path(&delta.after.path));
        let symbol = match delta.symbol() {
            "" => stem(&delta.file.path),
            symbol => symbol.to_owned(),
        };
        compare(
            (
                delta.base_file,
                &of(&delta.base_file.before.statements, &before),
            ),
            (delta.file, &of(&delta.file.after.statements, &after)),
            &symbol,
            &swaps(&columns, delta),
            out,
        );
        calls(delta, out);
        unconditional(context, delta, out);
        kept_back(delta, out);
    }
    for file in context.files {
        if file.before.language.is_some() || !file.before.exists || !file.after.exists {
            continue;
        }
        let all = |statements: &'_ [Statement]| {
            of(statements, "").into_iter().cloned().collect::<Vec<_>>()
        };
        let (before, after) = (all(&file.before.statements), all(&file.after.statements));
        compare(
            (file, &before.iter().collect::<Vec<_>>()),
            (file, &after.iter().collect::<Vec<_>>()),
            &stem(&file.path),
            &BTreeSet::new(),
            out,
        );
    }
}

fn of<'a>(statements: &'a [Statement], symbol: &str) -> Vec<&'a Statement> {
    statements
        .iter()
        .filter(|it| {
            it.symbol == symbol
                && !it.down
                && matches!(it.operation, Operation::Delete | Operation::Update)
        })
        .collect()
}

type Side<'a> = (&'a FilePair<'a>, &'a [&'a Statement]);

/// Pairs the statements of two sides that differ in nothing but their condition.
fn compare(
    (base, before): Side<'_>,
    (head, after): Side<'_>,
    symbol: &str,
    swaps: &BTreeSet<(String, String)>,
    out: &mut Vec<Finding>,
) {
    let mut open: Vec<Option<&Statement>> = after.iter().copied().map(Some).collect();
    let mut left = Vec::new();
    for was in before {
        let same = |it: &Statement| {
            (it.operation, &it.table, &it.filter) == (was.operation, &was.table, &was.filter)
        };
        match open.iter().position(|it| it.is_some_and(same)) {
            Some(index) => open[index] = None,
            None => left.push(*was),
        }
    }
    for was in left {
        let Some(index) = open.iter().position(|it| {
            it.is_some_and(|it| it.operation == was.operation && it.table == was.table)
        }) else {
            continue;
        };
        let Some(is) = open[index].take() else {
            continue;
        };
        judge((base, was), (head, is), symbol, swaps, out);
    }
}

fn judge(
    (base, was): (&FilePair<'_>, &Statement),
    (head, is): (&FilePair<'_>, &Statement),
    symbol: &str,
    swaps: &BTreeSet<(String, String)>,
    out: &mut Vec<Finding>,
) {
    let gone: Vec<&String> = was
        .filter
        .iter()
        .filter(|it| !is.filter.contains(it))
        .collect();
    let new: Vec<&String> = is
        .filter
        .iter()
        .filter(|it| !was.filter.contains(it))
        .collect();
    let opaque = |it: &&String| it.as_str() == "?";
    if gone.is_empty() || gone.iter().all(opaque) || new.iter().any(opaque) {
        return;
    }
    let destroys = was.operation == Operation::Delete
        || ["deleted", "discarded", "archived", "removed"]
            .iter()
            .any(|it| was.detail.contains(it));
    let widened = new.is_empty();
    let swapped = gone.len() == 1 && new.len() == 1;
    let renamed = swapped
        && (swaps.contains(&(gone[0].clone(), new[0].clone()))
            || swaps.contains(&(gone[0].clone(), String::new()))
            || swaps.contains(&(String::new(), new[0].clone())));
    let verb = match destroys {
        true => "deletes",
        false => "changes",
    };
    let names = |list: &[&String]| {
        list.iter()
            .map(|it| format!("`{it}`"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let versions = gone.iter().all(|it| is_version(it)) && !destroys;
    let concern = match widened {
        true if versions => format!(
            "In `{symbol}`, what changes rows of `{}` no longer asks for {}: of two people who change the same row at the same time, one loses what they wrote.",
            is.table,
            names(&gone)
        ),
        true => format!(
            "In `{symbol}`, what {verb} rows of `{}` no longer asks for {}: it now reaches rows that it left alone before, perhaps those of other people.",
            is.table,
            names(&gone)
        ),
        false => format!(
            "In `{symbol}`, what {verb} rows of `{}` now selects by {} instead of {}: other rows than before are reached.",
            is.table,
            names(&new),
            names(&gone)
        ),
    };
    let emptied = is.filter.is_empty() && is.source == Source::Text;
    out.push(
        Finding::new(
            head,
            symbol,
            format!("{:?} {} loses {}", is.operation, is.table, names(&gone)),
        )
        .before(was.line, base.before.code(&was.span))
        .after(is.line, head.after.code(&is.span))
        .says(concern, ADVICE)
        .speaks_if(
            !is.table.is_empty() && !emptied && (widened || swapped && destroys && !renamed),
        ),
    );
}

type Swaps = BTreeSet<(String, String)>;

/// Columns that other queries of the change swap in the same way: the model was changed, not the
/// condition of one delete.
fn swaps(columns: &Swaps, delta: &ScopeDelta<'_>) -> Swaps {
    let renames = delta.renames.iter();
    let renames = renames.map(|(old, new)| (old.to_lowercase(), new.to_lowercase()));
    renames.chain(columns.iter().cloned()).collect()
}

/// Columns that the statements of the change rename, drop or add.
fn columns(context: &Context<'_>) -> Swaps {
    let statements = context.files.iter().flat_map(|it| &it.after.statements);
    let swap = |it: &Statement| match it.operation {
        Operation::RenameColumn => Some((it.name.clone(), it.detail.clone())),
        Operation::DropColumn => Some((it.name.clone(), String::new())),
        Operation::AddColumn => Some((String::new(), it.name.clone())),
        _ => None,
    };
    statements.filter_map(swap).collect()
}

/// Calls that delete, and lost the argument that says whose.
fn calls(delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    for (before, after) in &delta.calls_changed {
        if !destroys(&before.name) {
            continue;
        }
        let kept = |it: &&Argument| {
            let key = key::full(&it.value, &delta.renames);
            after
                .arguments
                .iter()
                .any(|other| other.value.to_string() == key)
        };
        let mut lost: Vec<String> = Vec::new();
        if after.arguments.len() < before.arguments.len() {
            lost.extend(
                before
                    .arguments
                    .iter()
                    .filter(|it| !kept(it))
                    .map(|it| it.value.to_string()),
            );
        }
        for (was, is) in before.arguments.iter().zip(&after.arguments) {
            lost.extend(lost_keys(&was.value, &is.value));
        }
        lost.retain(|it| owner(it) && !still_named(it, after));
        let Some(what) = lost.first() else {
            continue;
        };
        out.push(
            Finding::new(
                delta.file,
                delta.symbol(),
                format!("{} loses {what}", before.name),
            )
            .before(before.place.line, delta.base_file.before.code(&before.place.span))
            .after(after.place.line, delta.file.after.code(&after.place.span))
            .says(
                format!(
                    "In `{}`, `{}` is no longer told `{what}`: it can now delete what belongs to somebody else.",
                    delta.symbol(),
                    before.name
                ),
                ADVICE,
            )
            // What a browser asks for is judged by the server.
            .speaks_if(!draws(delta.file)),
        );
    }
}

/// `db.Where("…").Delete(&Cart{})` that is `db.Delete(&Cart{})` now.
fn unconditional(context: &Context<'_>, delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    let chooses = |name: &str, arguments: &[Argument]| {
        let steps = words(name);
        let first = steps.first().map_or("", String::as_str);
        let step = matches!(
            first,
            "scopes" | "merge" | "where" | "filter" | "find" | "eq" | "exclude"
        );
        step && !arguments.is_empty()
    };
    let limits = |call: &Call| {
        let mut found = chooses(&call.name, &call.arguments);
        let mut look = |it: &Expr| {
            if let ExprKind::Call(callee, arguments) = &it.kind {
                found |= chooses(callee.last_name(), arguments);
            }
        };
        call.callee.walk(&mut look);
        if let Some(origin) = &call.origin {
            origin.walk(&mut look);
        }
        found
    };
    for before in &delta.calls_before {
        let same = |it: &&&Call| it.name == before.name && it.callee != before.callee;
        let Some(after) = delta.calls_after.iter().find(same) else {
            continue;
        };
        let root = before.callee.first_name();
        let same = before.arguments == after.arguments && root == after.callee.first_name();
        let deletes = words(&before.name)
            .iter()
            .any(|it| matches!(it.as_str(), "delete" | "destroy"));
        // SQLAlchemy's `update(Device).where(…).values(…)`.
        let statement = |call: &Call| {
            let mut found = None;
            call.callee.walk(&mut |it| {
                if let ExprKind::Call(callee, arguments) = &it.kind
                    && matches!(callee.kind, ExprKind::Name(_))
                    && matches!(callee.last_name(), "update" | "delete")
                    && arguments.len() == 1
                {
                    found = Some(it.clone());
                }
            });
            found
        };
        let made = statement(before).filter(|_| !delta.calls_after.iter().any(|it| limits(it)));
        let deletes = deletes || made.is_some();
        let same = same || made.is_some() && made == statement(after);
        // The condition may stand in a function that is new.
        let chosen_elsewhere = |it: &Call| {
            let mut steps = ["Where(", "where(", "filter("].iter();
            steps.any(|step| context.says_elsewhere(it, step))
        };
        // What is read as a statement on both sides is compared as one.
        let on = |statements: &[Statement], line| statements.iter().any(|it| it.line == line);
        let read = on(&delta.base_file.before.statements, before.place.line)
            && on(&delta.file.after.statements, after.place.line);
        if !deletes
            || !same
            || !limits(before)
            || limits(after)
            || chosen_elsewhere(after)
            || matches!(after.callee.kind, ExprKind::Name(_))
            || read
        {
            continue;
        }
        out.push(
            Finding::new(delta.file, delta.symbol(), format!("{} of everything", before.name))
                .before(before.place.line, delta.base_file.before.code(&before.place.span))
                .after(after.place.line, delta.file.after.code(&after.place.span))
                .says(
                    format!("In `{}`, what is deleted was chosen by a condition, and no longer is: everything there goes.", delta.symbol()),
                    ADVICE,
                )
                .speaks_if(!draws(delta.file) && delta.file.class == crate::change::Class::Source),
        );
    }
}

/// Keys that one map has and the other has not.
fn lost_keys(was: &Expr, is: &Expr) -> Vec<String> {
    let (ExprKind::Map(was), ExprKind::Map(is)) = (&was.kind, &is.kind) else {
        return Vec::new();
    };
    let keys: Vec<String> = is.iter().map(|(key, _)| key.to_string()).collect();
    if is
        .iter()
        .any(|(key, _)| matches!(key.kind, ExprKind::Spread(_)))
    {
        return Vec::new();
    }
    was.iter()
        .map(|(key, _)| key.to_string())
        .filter(|it| !keys.contains(it))
        .map(|it| it.replace('"', ""))
        .collect()
}

/// Whether a name says whose something is.
fn owner(name: &str) -> bool {
    const OWNERS: [&str; 17] = [
        "user",
        "owner",
        "org",
        "organization",
        "organisation",
        "tenant",
        "account",
        "team",
        "workspace",
        "project",
        "repo",
        "repository",
        "customer",
        "member",
        "creator",
        "author",
        "actor",
    ];
    says(name, &OWNERS)
}

/// Whether the call still says it, in its receiver or in another argument.
fn still_named(name: &str, after: &Call) -> bool {
    let mut rest = after.callee.to_string();
    for argument in &after.arguments {
        rest.push(' ');
        rest.push_str(&argument.to_string());
    }
    let rest = words(&rest);
    words(name)
        .iter()
        .filter(|it| owner(it))
        .any(|it| rest.contains(it))
}

fn destroys(name: &str) -> bool {
    words(name).first().is_some_and(|it| {
        matches!(
            it.as_str(),
            "delete" | "remove" | "destroy" | "purge" | "wipe" | "erase" | "prune" | "clear"
        )
    })
}

/// Queries of a routine about deletion that keep fewer records back.
fn kept_back(delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    let about = format!("{} {}", delta.file.path, delta.after.path);
    let deletes = words(&about).iter().any(|it| {
        it.starts_with("delet")
            || it.contains("deletion")
            || matches!(
                it.as_str(),
                "purge" | "prune" | "destroy" | "expire" | "cleanup"
            )
    });
    if !deletes {
        return;
    }
    for (before, after) in &delta.calls_changed {
        let keeps = match before.name.as_str() {
            "exclude" | "whereNot" | "not" => true,
            "filter" | "where" => false,
            _ => continue,
        };
        let ([was], [is]) = (&before.arguments[..], &after.arguments[..]) else {
            continue;
        };
        let (Some(old), Some(new)) = (&was.name, &is.name) else {
            continue;
        };
        let wider = match old == new {
            true => wider(new, &was.value, &is.value, keeps),
            // Asking whether something is there keeps back more than asking for an amount of it.
            false => keeps && number(&was.value).is_none() && number(&is.value).is_some(),
        };
        out.push(
            Finding::new(
                delta.file,
                delta.symbol(),
                format!("{} {old} {} {new} {}", before.name, was.value, is.value),
            )
            .before(before.place.line, delta.base_file.before.code(&before.place.span))
            .after(after.place.line, delta.file.after.code(&after.place.span))
            .says(
                format!(
                    "`{}` decides what is deleted, and its condition is different: `{old}: {}` was asked for, now it is `{new}: {}`. Records that were kept before may now be deleted.",
                    delta.symbol(),
                    was.value,
                    is.value
                ),
                "Count which records the new condition adds, and test with one that must stay.",
            )
            .speaks_if(wider),
        );
    }
}

/// Whether a moved limit lets more be deleted.
fn wider(name: &str, was: &Expr, is: &Expr, keeps: bool) -> bool {
    let (Some(was), Some(is)) = (number(was), number(is)) else {
        return false;
    };
    let above = name.ends_with("__gt") || name.ends_with("__gte");
    let below = name.ends_with("__lt") || name.ends_with("__lte");
    match (above, below) {
        (true, _) => (is > was) == keeps && is != was,
        (_, true) => (is < was) == keeps && is != was,
        _ => false,
    }
}

fn number(expr: &Expr) -> Option<f64> {
    match &expr.kind {
        ExprKind::Number(text) => text.replace('_', "").parse().ok(),
        _ => None,
    }
}
