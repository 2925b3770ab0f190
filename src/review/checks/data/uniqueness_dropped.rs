use crate::change::Class;
use crate::facts::fact::{Call, Place};
use crate::facts::sql::Operation;
use crate::facts::tree::{Argument, Expr, ExprKind, ScopeKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::deltas::compare::{FilePair, SideFacts};
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::slots::{is_on, target_name};
use crate::review::queries::lookup::looks_up;
use crate::review::queries::schema::{Placed, Statements, is_migration};
use crate::review::record::finding::{Finding, name_of};

check! {
    /// A second row of the same kind can come to be.
    ///
    /// ## What it does
    /// Speaks when a migration drops a unique index or constraint and puts no other one on the
    /// table, when a schema or a model no longer declares a field or a group of fields unique, and
    /// when code that changed a row or made it where there was none (`update_or_create`) now only
    /// makes it.
    ///
    /// ## Why it matters
    /// Code that looks first and then inserts is right until two requests come at the same time.
    /// Then only the database can refuse the second account, order or payment, and once there are
    /// duplicates the rule cannot be put back without deleting some of them.
    ///
    /// ## Example
    /// ```ruby
    /// remove_index :payments, :idempotency_key, unique: true
    /// ```
    ///
    /// ## Instead
    /// Keep it unique, or put the new rule on in the same migration.
    "data/uniqueness-dropped", Data, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    let statements = context.statements();
    for placed in statements.forward().filter(|it| drops(it)) {
        if !statements.fleeting(placed) && !made_anew(statements, placed) {
            let it = placed.statement;
            let what = format!("`{}`", placed.named());
            let finding = Finding::new(placed.file, &placed.symbol(), format!("unique {what}"))
                .after(it.line, placed.code());
            out.push(says(
                finding,
                &format!("{what}, by which the database refused duplicates, is dropped"),
            ));
        }
    }
    for placed in &statements.gone {
        let it = placed.statement;
        let declared = it.operation == Operation::CreateIndex
            && it.detail == "unique"
            && placed.file.after.exists
            && !is_migration(&placed.file.path);
        if declared && stays(statements, placed) {
            let what = format!("`{}`", placed.named());
            let finding = Finding::new(placed.file, &it.symbol, format!("unique {what}"))
                .before(it.line, placed.file.before.code(&it.span));
            out.push(says(finding, &format!("{what} is no longer unique")));
        }
    }
    for file in context.files {
        rules(file, out);
    }
    for delta in &context.deltas.scopes {
        fields(delta, out);
        only_makes(context, delta, out);
    }
}

fn says(finding: Finding, what: &str) -> Finding {
    finding.says(
        format!(
            "{what}. When two requests come at the same time, the database stores both, and a second account, order or payment is there. The rule cannot come back while there are duplicates."
        ),
        "Keep it unique, or put the new rule on in the same change.",
    )
}

/// Whether words say that something may be there once.
fn unique(text: &str) -> bool {
    words(text).iter().any(|it| {
        matches!(
            it.as_str(),
            "unique" | "uniq" | "unq" | "uq" | "uidx" | "uix" | "uniqueness"
        )
    })
}

/// Whether a statement takes a unique index or constraint away, by its name or by what it says.
fn drops(placed: &Placed<'_>) -> bool {
    let it = placed.statement;
    let constraint = it.operation == Operation::DropConstraint;
    // What PostgreSQL calls a unique constraint: `users_email_key`.
    let foreign = it.name.starts_with("fk") || it.name.ends_with("foreign_key");
    let by_default = constraint && it.name.ends_with("_key") && !foreign;
    // What Hibernate calls one: `uk_users_email`.
    let by_hibernate = it.name.starts_with("uk_");
    (constraint || it.operation == Operation::DropIndex)
        && (by_default || by_hibernate || unique(&it.name) || unique(placed.code()))
}

/// Whether the change puts a rule on the same table, or takes away what the rule was about.
fn made_anew(statements: &Statements<'_>, dropped: Placed<'_>) -> bool {
    let table = dropped.statement.table.as_str();
    let name = dropped.statement.name.as_str();
    // The file's own, also where a dump of the schema in the same change says them.
    let file = dropped.file;
    let own = file.after.statements.iter().filter(|it| !it.down);
    let own = own.map(|statement| Placed { file, statement });
    statements.forward().chain(own).any(|placed| {
        let it = placed.statement;
        let here = table.is_empty() || it.table == table;
        match it.operation {
            Operation::CreateIndex | Operation::AddConstraint => {
                let code = placed.code().to_lowercase();
                // A changelog may say as well that an index is not.
                let plain = ["unique=\"false\"", "unique: false", "\"unique\": false"];
                let unique = unique(&it.detail)
                    || unique(&code) && !plain.iter().any(|it| code.contains(it));
                let key = code.contains("primary key") || it.detail.starts_with("primary key");
                here && (unique || key)
            }
            Operation::DropTable => here || name.starts_with(&it.table),
            Operation::DropColumn => here && !it.name.is_empty() && name.contains(&it.name),
            Operation::RenameTable => true,
            _ => false,
        }
    })
}

/// Whether what a schema said to be unique is still there.
fn stays(statements: &Statements<'_>, gone: &Placed<'_>) -> bool {
    let it = gone.statement;
    let same = |other: &Placed<'_>| {
        let other = other.statement;
        other.table == it.table
            && match other.operation {
                Operation::CreateTable => true,
                Operation::AddColumn => it.name.split(',').any(|name| name == other.name),
                _ => false,
            }
    };
    let again = |other: &Placed<'_>| {
        let other = other.statement;
        other.operation == Operation::CreateIndex
            && other.detail == "unique"
            && other.table == it.table
    };
    !statements.gone.iter().any(same) && !statements.new.iter().any(again)
}

/// Groups of fields that a file of models declared unique.
fn rules(file: &FilePair<'_>, out: &mut Vec<Finding>) {
    let declares = file.class == Class::Source && file.after.exists;
    if !declares || is_migration(&file.path) {
        return;
    }
    let was = said(&file.before);
    if was.is_empty() || grouped(file) {
        return;
    }
    let now = said(&file.after);
    for (place, what) in was {
        let scopes = &file.before.tree.scopes;
        let Some(scope) = scopes.get(place.scope) else {
            continue;
        };
        let model = scope.path.trim_end_matches(".Meta");
        let stays = file.after.tree.scopes.iter().any(|it| it.path == model);
        if stays && !now.iter().any(|it| it.1 == what) {
            let finding = Finding::new(file, model, format!("unique {what}"))
                .before(place.line, file.before.code(&place.span));
            out.push(says(finding, &no_longer(model, &what)));
        }
    }
}

fn no_longer(model: &str, what: &str) -> String {
    format!("{} no longer says that `{what}` is unique", name_of(model))
}

/// Whether a file declares as many groups of fields unique as before, or more.
fn grouped(file: &FilePair<'_>) -> bool {
    let (was, is) = (said(&file.before).len(), said(&file.after).len());
    is > 0 && is >= was
}

/// The groups that one side of a file declares unique.
fn said<'a>(side: &'a SideFacts<'_>) -> Vec<(&'a Place, String)> {
    let calls = side.facts.calls.iter().filter(|it| {
        matches!(
            it.name.as_str(),
            "UniqueConstraint" | "UniqueIndex" | "IsUnique" | "uniqueIndex"
        )
    });
    let calls = calls.map(|it| {
        let fields = it.arguments.first().map(|it| it.value.to_string());
        // `HasIndex(it => it.Key).IsUnique()`.
        (&it.place, fields.unwrap_or_else(|| indexed(side, it)))
    });
    // `index.Fields("email").Unique()`; a list can be made `unique()` as well.
    let chained = side.facts.calls.iter().filter(|it| {
        matches!(it.name.as_str(), "Unique" | "unique")
            && it.arguments.is_empty()
            && it.callee.to_string().contains('"')
    });
    let chained = chained.map(|it| (&it.place, indexed(side, it)));
    let lists = side
        .facts
        .assignments
        .iter()
        .filter(|it| matches!(it.target.last_name(), "unique_together" | "uniqueTogether"));
    let lists = lists.map(|it| (&it.place, it.value.to_string()));
    calls.chain(chained).chain(lists).collect()
}

/// What an index without arguments of its own is on, as it is written.
fn indexed(side: &SideFacts<'_>, call: &Call) -> String {
    let code = side.code(&call.place.span);
    let (object, _) = code.rsplit_once('.').unwrap_or((code, ""));
    object.split_whitespace().collect()
}

/// Fields that a model declared unique, each by itself.
fn fields(delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    let declares = matches!(delta.before.kind, ScopeKind::Class | ScopeKind::File);
    if !declares || is_migration(&delta.file.path) || delta.broken() {
        return;
    }
    for (before, after) in &delta.calls_changed {
        let mut lost = Vec::new();
        fewer(&before.arguments, &after.arguments, &mut lost, 0);
        let Some((name, line)) = lost.first().filter(|_| !grouped(delta.file)) else {
            continue;
        };
        let what = match name.as_str() {
            "" => before.target.as_deref().unwrap_or(&before.name),
            field => field,
        };
        let finding = Finding::new(delta.file, delta.symbol(), format!("unique {what}"))
            .before(*line, delta.base_file.before.line(*line))
            .near(delta.line_after(*line));
        out.push(says(finding, &no_longer(delta.symbol(), what)));
    }
}

/// `update_or_create(…)` that is `create(…)` now.
fn only_makes(context: &Context<'_>, delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    let joined = |it: &Call| it.name.to_lowercase().replace('_', "");
    let either = |it: &Call| {
        matches!(
            joined(it).trim_end_matches('!'),
            "updateorcreate"
                | "getorcreate"
                | "findorcreateby"
                | "findorcreate"
                | "findorinitializeby"
                | "createorfindby"
                | "firstorcreate"
                | "firstornew"
                | "upsert"
                | "insertorupdate"
                | "updateorinsert"
                | "addorupdate"
        )
    };
    let makes = |it: &Call| {
        matches!(
            joined(it).trim_end_matches('!'),
            "create" | "insert" | "add" | "new" | "insertone"
        )
    };
    let aside = delta.file.class != Class::Source || is_migration(&delta.file.path);
    let looks = |it: &Call| looks_up(it) || either(it);
    if aside || !delta.gained.is_empty() || delta.calls_gained.iter().any(looks) {
        return;
    }
    let Some(lost) = delta.calls_lost.iter().find(|it| either(it)) else {
        return;
    };
    let root = lost.callee.first_name();
    let now = delta
        .calls_gained
        .iter()
        .find(|it| makes(it) && it.callee.first_name() == root);
    let Some(now) = now.filter(|_| !root.is_empty()) else {
        return;
    };
    let finding = Finding::new(
        delta.file,
        delta.symbol(),
        format!("{} makes only", lost.name),
    )
    .before(
        lost.place.line,
        delta.base_file.before.code(&lost.place.span),
    )
    .after(now.place.line, delta.file.after.code(&now.place.span))
    .speaks_if(!context.deltas.extracted(delta));
    let who = name_of(delta.symbol());
    out.push(finding.says(
        format!(
            "{who} changed what was there already (`{}`), and now makes another one each time (`{}`). What comes twice is stored twice.",
            lost.name, now.name
        ),
        "Look for what is there first, in one step with making it.",
    ));
}

/// Names of fields whose options said `unique: true` and no longer do, and the line of each.
fn fewer(before: &[Argument], after: &[Argument], lost: &mut Vec<(String, u32)>, depth: usize) {
    let entry =
        |it: &Argument| -> Option<(String, Expr)> { Some((it.name.clone()?, it.value.clone())) };
    let (old, new): (Vec<_>, Vec<_>) = (
        before.iter().filter_map(entry).collect(),
        after.iter().filter_map(entry).collect(),
    );
    options("", &old, &new, lost, depth);
    for (old, new) in before.iter().zip(after) {
        maps("", &old.value, &new.value, lost, depth + 1);
    }
    // `index({ email: 1 }, { unique: true })`.
    for old in before.iter().skip(after.len()) {
        let nothing = Expr::new(
            ExprKind::Map(Vec::new()),
            old.value.line,
            old.value.span.clone(),
        );
        maps("", &old.value, &nothing, lost, depth + 1);
    }
}

fn maps(field: &str, old: &Expr, new: &Expr, lost: &mut Vec<(String, u32)>, depth: usize) {
    if depth > 6 || old == new {
        return;
    }
    match (&old.kind, &new.kind) {
        (ExprKind::Map(old), ExprKind::Map(new)) => {
            let entries = |it: &[(Expr, Expr)]| -> Vec<(String, Expr)> {
                let named = it.iter();
                named
                    .map(|it| (target_name(&it.0).to_owned(), it.1.clone()))
                    .collect()
            };
            options(field, &entries(old), &entries(new), lost, depth);
        }
        (ExprKind::Call(a, old), ExprKind::Call(b, new)) if a == b => {
            fewer(old, new, lost, depth + 1);
        }
        _ => {}
    }
}

fn options(
    field: &str,
    old: &[(String, Expr)],
    new: &[(String, Expr)],
    lost: &mut Vec<(String, u32)>,
    depth: usize,
) {
    for (name, value) in old {
        let now = new.iter().find(|it| it.0 == *name).map(|it| &it.1);
        match now {
            _ if name == "unique" && is_on(value) && !now.is_some_and(is_on) => {
                lost.push((field.to_owned(), value.line));
            }
            Some(now) => maps(name, value, now, lost, depth + 1),
            None => {}
        }
    }
}
