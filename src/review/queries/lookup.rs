//! Look-ups: the keys that they ask for, and which of them say whose something is.

use crate::facts::fact::Call;
use crate::facts::tree::{Argument, Expr, ExprKind, Operator, StmtKind};
use crate::facts::words::words;

/// Words in the name of a call that looks something up or chooses what is touched.
const LOOKS_UP: &[&str] = &[
    "get", "find", "fetch", "load", "lookup", "by", "where", "filter", "exclude", "first", "one",
    "all", "list", "query", "select", "update", "delete", "destroy", "remove", "exists", "count",
    "many", "unique", "search", "read", "scope", "objects",
];

/// Words in the name of a call that makes something to show or to go to.
const MAKES: &[&str] = &["redirect", "url", "uri"];

/// Whether a call looks something up, or chooses what is touched, by its name.
pub fn looks_up(call: &Call) -> bool {
    let found = words(&call.name);
    let any = |list: &[&str]| found.iter().any(|it| list.contains(&it.as_str()));
    any(LOOKS_UP) && !any(MAKES)
}

/// Words that say whose something is.
pub const WHOSE: &[&str] = &[
    "user",
    "users",
    "owner",
    "owners",
    "account",
    "org",
    "organization",
    "organisation",
    "organizations",
    "organisations",
    "tenant",
    "team",
    "workspace",
    "project",
    "company",
    "customer",
    "member",
    "membership",
    "repo",
    "repository",
    "application",
    "environment",
    "group",
    "site",
    "shop",
    "store",
    "creator",
    "author",
    "uid",
    "namespace",
    "viewer",
    "profile",
    "business",
    "merchant",
    "vendor",
    "school",
    "client",
    "domain",
    "realm",
    "collection",
    "channel",
    "library",
];

/// Words of what belongs to somebody, and does not say who it is: `userCurrency`.
const TRAITS: &[&str] = &[
    "agent",
    "avatar",
    "currency",
    "kind",
    "locale",
    "language",
    "limit",
    "mode",
    "preferences",
    "rating",
    "ratings",
    "settings",
    "status",
    "theme",
    "timezone",
    "type",
    "zone",
];

/// Whether a name says whose something is.
pub fn whose(name: &str) -> bool {
    let found = words(name);
    found.iter().any(|it| WHOSE.contains(&it.as_str()))
        && !(found.len() > 1 && found.last().is_some_and(|it| TRAITS.contains(&it.as_str())))
}

/// Whose something must be by the name of a look-up: `findByIdAndTenantId`, `orderOfCustomer`.
pub fn owner_in_name(name: &str) -> Option<String> {
    let found = words(name);
    let from = found
        .iter()
        .position(|it| matches!(it.as_str(), "by" | "for" | "of"))?;
    let mut keys = found[from..].iter();
    keys.find(|it| WHOSE.contains(&it.as_str())).cloned()
}

/// Words of states that decide whether something may be seen or used.
const STATES: &[&str] = &[
    "deleted",
    "discarded",
    "archived",
    "revoked",
    "expired",
    "banned",
    "blocked",
    "suspended",
    "disabled",
    "hidden",
    "private",
    "visibility",
    "visible",
    "published",
    "approved",
    "active",
    "enabled",
    "confirmed",
    "verified",
    "draft",
    "locked",
    "trashed",
];

/// Whether a name says in what state something is.
pub fn state(name: &str) -> bool {
    words(name).iter().any(|it| STATES.contains(&it.as_str()))
}

/// The keys of a call and of all calls that it starts at.
pub fn chain_keys(call: &Call) -> Vec<String> {
    let mut out = keys(&call.arguments);
    let mut add = |expr: &Expr| {
        expr.walk(&mut |it| {
            if let ExprKind::Call(_, arguments) = &it.kind {
                out.extend(keys(arguments));
                // `orders_of(user).get(id)`.
                let owners = plain(arguments).into_iter().filter(|it| identifies(it));
                out.extend(owners.map(|it| it.last_name().to_owned()));
            }
        });
    };
    add(&call.callee);
    if let Some(origin) = &call.origin {
        add(origin);
    }
    out
}

/// An argument that names somebody or something that owns.
pub fn identifies(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Name(name) => whose(name) && !serves(name),
        ExprKind::Member(object, name) => {
            whose(name) || (whose(&object.to_string()) && is_id(name))
        }
        ExprKind::Call(callee, arguments) => {
            let name = callee.last_name();
            let names_id = words(name).last().is_some_and(|it| is_id(it));
            whose(name) && (arguments.is_empty() || names_id)
        }
        _ => false,
    }
}

/// Whether a bare name is that of something that is used, rather than of whoever owns something:
/// the client of an interface, the store of a cache.
fn serves(name: &str) -> bool {
    matches!(
        name,
        "client"
            | "store"
            | "repo"
            | "repository"
            | "collection"
            | "library"
            | "channel"
            | "environment"
    )
}

fn is_id(name: &str) -> bool {
    words(name)
        .last()
        .is_some_and(|it| matches!(it.as_str(), "id" | "uid" | "uuid" | "name" | "slug" | "key"))
}

/// The names of keyword arguments and of the keys of maps inside the arguments.
pub fn keys(arguments: &[Argument]) -> Vec<String> {
    let mut out = Vec::new();
    for argument in arguments {
        match &argument.name {
            Some(name) if !matches!(argument.value.kind, ExprKind::Map(_)) => {
                out.push(name.clone())
            }
            _ => {}
        }
        maps(&argument.value, &mut out, 0);
        compared(&argument.value, &mut out);
        if let ExprKind::Text(text) = &argument.value.kind {
            out.extend(columns(text));
        }
    }
    out
}

/// The columns that a condition of SQL compares with a value that is passed beside it:
/// `id = ? AND account_id = ?`.
fn columns(text: &str) -> Vec<String> {
    let asks = |it: &str| it.starts_with(['?', '$', ':', '@', '%']);
    let names = |it: &str| {
        it.chars()
            .all(|it| it.is_alphanumeric() || matches!(it, '_' | '.' | '"' | '`'))
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    let compared = words.windows(3).filter_map(|it| match it {
        [column, "=" | "IN" | "in", value] if asks(value.trim_start_matches('(')) => Some(*column),
        _ => None,
    });
    // `id=$1`.
    let tight = words.iter().filter_map(|it| {
        let (column, value) = it.split_once('=')?;
        (asks(value) && !column.is_empty()).then_some(column)
    });
    let column = |it: &str| it.trim_start_matches('(').to_owned();
    let all = compared.chain(tight).map(column).filter(|it| names(it));
    let last = |it: String| {
        it.rsplit('.')
            .next()
            .unwrap_or_default()
            .replace(['"', '`'], "")
    };
    all.map(last).collect()
}

/// `it => it.id == id && it.owner == owner`: what a condition among the arguments compares.
fn compared(expr: &Expr, out: &mut Vec<String>) {
    let condition = match &expr.kind {
        ExprKind::Function(_, body) => match body.as_slice() {
            [only] => match &only.kind {
                StmtKind::Return(Some(value)) | StmtKind::Expr(value) => value,
                _ => return,
            },
            _ => return,
        },
        _ => expr,
    };
    for part in condition.parts(Operator::And) {
        if let ExprKind::Binary(Operator::Equal, left, _) = &part.kind
            && part != condition
        {
            out.push(left.last_name().to_owned());
        }
    }
}

/// The keys of a map that limit something, those of inner conditions included.
pub fn maps(expr: &Expr, out: &mut Vec<String>, depth: usize) {
    if depth > 5 {
        return;
    }
    if let ExprKind::Map(pairs) = &expr.kind {
        for (key, value) in pairs {
            let key = key.to_string();
            match &value.kind {
                ExprKind::Map(_) if matches!(key.as_str(), "where" | "AND" | "and" | "filter") => {
                    maps(value, out, depth + 1);
                }
                // What is chosen to be returned, ordered or written does not limit anything.
                _ if matches!(
                    key.as_str(),
                    "select" | "include" | "data" | "orderBy" | "attributes"
                ) => {}
                // The name of a column or a field, not what is looked up in a table of functions.
                _ if key.contains(['[', '(']) => {}
                _ => out.push(key),
            }
        }
    } else if let ExprKind::Call(_, arguments) = &expr.kind {
        for argument in arguments {
            maps(&argument.value, out, depth + 1);
        }
    }
}

/// The positional arguments that are neither maps nor functions.
pub fn plain(arguments: &[Argument]) -> Vec<&Expr> {
    arguments
        .iter()
        .filter(|it| {
            it.name.is_none() && !matches!(it.value.kind, ExprKind::Map(_) | ExprKind::Function(..))
        })
        .map(|it| &it.value)
        .collect()
}

/// Whether a step of a query leaves only what the caller may see, by its name.
pub fn visible(name: &str) -> bool {
    let found = words(name);
    let any = |list: &[&str]| found.iter().any(|it| list.contains(&it.as_str()));
    // `is_accessible` and `accessible?` ask, `to_owned` copies.
    let first = found.first().map_or("", String::as_str);
    if name.ends_with('?') || matches!(first, "is" | "has" | "can" | "to" | "into" | "as") {
        return false;
    }
    any(&[
        "visible",
        "viewable",
        "accessible",
        "permitted",
        "readable",
        "owned",
        "listable",
        "authorized",
    ]) || (any(&["scope", "scoped", "restrict", "restricted"])
        && any(&[
            "user",
            "policy",
            "owner",
            "tenant",
            "permission",
            "account",
            "current",
        ]))
        || matches!(
            name,
            "policy_scope"
                | "accessible_by"
                | "for_user"
                | "forUser"
                | "ownedBy"
                | "byUser"
                | "forCurrentUser"
        )
}

/// Whether a local name stands among the arguments.
pub fn uses(arguments: &[Argument], name: &str) -> bool {
    let mut found = false;
    for argument in arguments {
        argument
            .value
            .walk(&mut |it| found |= matches!(&it.kind, ExprKind::Name(other) if other == name));
    }
    found
}
