//! Rows that go or change through an object mapper: what the chain of calls selects.

use super::{Call, Context, Fact, Operation, Reader, identifier, name_of, plain};
use crate::facts::tree::{Argument, Expr, ExprKind};

/// Whether a call of this name narrows what its receiver selects.
pub(super) fn filters(name: &str) -> bool {
    name.starts_with("where")
        || name.starts_with("filter")
        || name.starts_with("exclude")
        || name.starts_with("find")
        || matches!(
            name,
            "andwhere"
                | "orwhere"
                | "not"
                | "eq"
                | "in"
                | "limit"
                | "take"
                | "first"
                | "last"
                | "match"
                | "having"
                | "only"
                | "joins"
                | "merge"
                | "rewhere"
                | "offset"
                | "ids"
        )
}

/// Links that select as much as they were given.
fn neutral(name: &str) -> bool {
    matches!(
        name,
        "all"
            | "objects"
            | "query"
            | "unscoped"
            | "inbatches"
            | "findeach"
            | "withdeleted"
            | "table"
            | "from"
            | "newquery"
            | "withtrashed"
            | "createquerybuilder"
            | "delete"
            | "using"
            | "model"
            | "session"
            | "into"
            | "update"
            | "set"
            | "getrepository"
            | "unfiltered"
    )
}

/// What a chain of calls selects from.
struct Selection {
    table: String,
    keys: Vec<String>,
    whole: bool,
}

/// Reads a call as one that deletes or changes rows, where it is one.
pub(super) fn read(reader: &mut Reader<'_>, call: &Call<'_>, context: &Context) {
    let Some(receiver) = call.receiver() else {
        return;
    };
    if call.name == "delete" && reader.source.contains("drizzle") && !context.filtered {
        drizzle(reader, call, receiver, context);
    }
    let operation = match call.name {
        "deleteall" | "destroyall" | "rawdelete" | "deletemany" | "executedelete"
        | "executedeleteasync" | "deleteallinbatch" => Operation::Delete,
        "delete" | "destroy" | "del" | "clear" => Operation::Delete,
        "truncate" => Operation::Truncate,
        "updateall" | "updatemany" | "executeupdate" | "executeupdateasync" => Operation::Update,
        "update" => Operation::Update,
        _ => return,
    };
    let Some(mut selection) = selection(receiver) else {
        return;
    };
    if context.filtered {
        selection.whole = false;
    }
    // `User.destroy({ where: … })`.
    let says_which = call.name == "destroy" && call.named(&["where"]).is_some();
    let bulk = says_which
        || !matches!(
            call.name,
            "delete" | "destroy" | "del" | "clear" | "update" | "truncate"
        );
    match operation {
        Operation::Truncate if !call.arguments.is_empty() || !selection.whole => return,
        Operation::Truncate => {}
        // One row by its number, one object, or something else entirely.
        _ if !bulk && !deletes_query(call, receiver) => return,
        _ => narrow(call, &mut selection, operation),
    }
    // `db.Where(…).Delete(&user)` names the model last.
    if call.name == "delete"
        && !starts_upper(&selection.table)
        && let Some(model) = call.arguments.iter().find(|it| it.name.is_none())
        && matches!(receiver.kind, ExprKind::Call(..))
    {
        selection.table = name_of(&model.value);
    }
    let mut keys = selection.keys;
    if !selection.whole && keys.is_empty() {
        keys.push("?".to_owned());
    }
    keys.sort();
    keys.dedup();
    let detail = match operation {
        Operation::Update => call
            .arguments
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", "),
        _ => String::new(),
    };
    let mut fact = Fact::new(operation, selection.table, "").detail(detail);
    fact.filter = keys;
    reader.add(call, context, fact);
}

/// `db.delete(users)` without a condition after it.
fn drizzle(reader: &mut Reader<'_>, call: &Call<'_>, receiver: &Expr, context: &Context) {
    if let (ExprKind::Name(client), [argument]) = (&receiver.kind, call.arguments)
        && matches!(client.as_str(), "db" | "tx" | "trx" | "database")
        && let ExprKind::Name(table) = &argument.value.kind
    {
        reader.add(call, context, Fact::new(Operation::Delete, table, ""));
    }
}

/// Whether `x.delete()` deletes what a query selects, rather than one thing.
fn deletes_query(call: &Call<'_>, receiver: &Expr) -> bool {
    let ExprKind::Call(callee, arguments) = &receiver.kind else {
        return plain(receiver.last_name()) == "objects";
    };
    let name = plain(callee.last_name());
    if finds_one(&name) {
        return false;
    }
    if filters(&name) || selects_by_call(&name, arguments) {
        return true;
    }
    if call.arguments.iter().any(|it| it.name.is_none()) && call.name != "update" {
        return false;
    }
    matches!(
        name.as_str(),
        "all" | "table" | "query" | "createquerybuilder" | "newquery" | "from"
    )
}

/// Whether what a look-up gives is one object that is then deleted: `find(id)`, `findOrFail(id)`.
fn finds_one(name: &str) -> bool {
    matches!(
        name,
        "find" | "findorfail" | "findby" | "findone" | "findbyid" | "first" | "firstorfail"
    )
}

/// `Select(q.Eq("UserID", id))` selects rows, `Select("id", "name")` columns.
fn selects_by_call(name: &str, arguments: &[Argument]) -> bool {
    name == "select"
        && arguments
            .first()
            .is_some_and(|it| matches!(it.value.kind, ExprKind::Call(..)))
}

/// Takes the condition out of the arguments of the last call.
fn narrow(call: &Call<'_>, selection: &mut Selection, operation: Operation) {
    let positional: Vec<&Argument> = call
        .arguments
        .iter()
        .filter(|it| it.name.is_none())
        .collect();
    if let Some(condition) = call.named(&["where"]) {
        take_keys(condition, selection);
        return;
    }
    let many = matches!(call.name, "deletemany" | "updatemany");
    match positional.first().map(|it| &it.value) {
        Some(Expr {
            kind: ExprKind::Map(pairs),
            ..
        }) if many && operation == Operation::Delete && pairs.is_empty() => {}
        Some(
            condition @ Expr {
                kind: ExprKind::Map(_),
                ..
            },
        ) if many && operation == Operation::Delete => take_keys(condition, selection),
        // `updateMany(filter, change)`.
        Some(first) if many && positional.len() > 1 => take_keys(first, selection),
        // `updateAll(change, condition)`.
        Some(_) if call.name == "updateall" && positional.len() > 1 => {
            take_keys(&positional[1].value, selection);
        }
        Some(_) if operation == Operation::Delete && call.name != "rawdelete" => {
            selection.whole = false;
        }
        _ => {}
    }
}

fn take_keys(condition: &Expr, selection: &mut Selection) {
    match &condition.kind {
        ExprKind::Map(pairs) => {
            for (key, _) in pairs {
                selection.whole = false;
                selection.keys.push(name_of(key).to_lowercase());
            }
        }
        _ => selection.whole = false,
    }
}

/// What a chain selects, where it begins at something that stands for a table.
fn selection(receiver: &Expr) -> Option<Selection> {
    let mut found = Selection {
        table: String::new(),
        keys: Vec::new(),
        whole: true,
    };
    let mut relation = None;
    let mut open = receiver;
    for _ in 0..64 {
        match &open.kind {
            ExprKind::Call(callee, arguments) => {
                let name = plain(callee.last_name());
                if matches!(
                    name.as_str(),
                    "table" | "query" | "from" | "model" | "getrepository" | "delete" | "update"
                ) && let Some(first) = arguments.first()
                    && found.table.is_empty()
                {
                    found.table = name_of(&first.value);
                }
                if filters(&name) || selects_by_call(&name, arguments) {
                    found.whole = false;
                    keys_of(arguments, &mut found.keys, 0);
                } else if !neutral(&name) {
                    // `knex('users').del()`.
                    if let ExprKind::Name(_) = callee.kind
                        && matches!(name.as_str(), "knex" | "db" | "trx" | "tx")
                    {
                        found.table = arguments.first().map(|it| name_of(&it.value))?;
                        return Some(found);
                    }
                    found.whole = false;
                    // `user.addresses()` are rows of their own.
                    if arguments.is_empty() && name.ends_with('s') {
                        relation = relation.or(Some(callee.last_name()));
                    }
                }
                open = match &callee.kind {
                    ExprKind::Member(object, _) => object,
                    _ => return (!found.table.is_empty()).then_some(found),
                };
            }
            ExprKind::Member(object, name) => {
                if neutral(&plain(name)) {
                    open = object;
                    continue;
                }
                if found.table.is_empty() {
                    found.table = name.clone();
                }
                // A client's model is a table; what hangs on an object belongs to that object.
                let client = plain(object.last_name());
                let stands_for_table = matches!(
                    client.as_str(),
                    "prisma"
                        | "tx"
                        | "db"
                        | "trx"
                        | "database"
                        | "context"
                        | "dbcontext"
                        | "client"
                        | "models"
                ) || object.last_name().ends_with("Context")
                    || starts_upper(name);
                if !stands_for_table {
                    found.whole = false;
                }
                return Some(found);
            }
            ExprKind::Name(name) => {
                if found.table.is_empty() {
                    found.table = match relation {
                        Some(relation) if !starts_upper(name) => relation.to_owned(),
                        _ => name.clone(),
                    };
                    if !starts_upper(name) && !plain(name).ends_with("repository") {
                        found.whole = false;
                    }
                }
                return Some(found);
            }
            ExprKind::Propagate(inner) | ExprKind::Spread(inner) => open = inner,
            _ => return None,
        }
    }
    None
}

/// The columns that arguments of a condition name.
fn keys_of(arguments: &[Argument], keys: &mut Vec<String>, depth: usize) {
    if depth > 8 {
        return;
    }
    for (index, argument) in arguments.iter().enumerate() {
        match (&argument.name, &argument.value.kind) {
            (Some(name), _) => keys.push(name.to_lowercase()),
            (None, ExprKind::Map(pairs)) => {
                keys.extend(pairs.iter().map(|(key, _)| name_of(key).to_lowercase()));
            }
            (None, ExprKind::Text(text)) if index == 0 => keys_of_text(text, keys),
            // `q.And(q.Eq("UserID", id), …)`, `eq(users.id, id)`.
            (None, ExprKind::Call(_, inner)) => keys_of(inner, keys, depth + 1),
            (None, ExprKind::Member(_, name)) if index == 0 && depth > 0 => {
                keys.push(name.to_lowercase());
            }
            _ => {}
        }
    }
}

/// The columns of `owner = ? AND name = ?`.
fn keys_of_text(text: &str, keys: &mut Vec<String>) {
    let lower = text.to_lowercase().replace(" or ", " and ");
    for part in lower.split(" and ") {
        let column: String = part
            .trim_start_matches(['(', ' ', '"', '`'])
            .chars()
            .take_while(|it| it.is_alphanumeric() || matches!(it, '_' | '.' | '"' | '`'))
            .collect();
        if !column.is_empty() {
            keys.push(identifier(&column));
        }
    }
}

fn starts_upper(name: &str) -> bool {
    name.starts_with(char::is_uppercase)
}
