//! What calls that register addresses are called, and how what they are told is written.

use crate::facts::tree::{Argument, Expr, ExprKind};

/// Names of calls that register an address, and the verb that they mean.
pub(super) fn verb(name: &str) -> Option<&'static str> {
    let lower = name.to_ascii_lowercase();
    // `router.add_post(..)`.
    let plain = match lower.strip_prefix("add_") {
        Some(rest @ ("get" | "post" | "put" | "patch" | "delete")) => rest,
        _ => &lower,
    };
    Some(match plain {
        "get" | "mapget" | "getmapping" => "GET",
        "post" | "mappost" | "postmapping" => "POST",
        "put" | "mapput" | "putmapping" => "PUT",
        "patch" | "mappatch" | "patchmapping" => "PATCH",
        "delete" | "mapdelete" | "deletemapping" | "del" => "DELETE",
        "any" | "all" | "route" | "handle" | "handlefunc" | "match" | "path" | "re_path"
        | "url" | "routes" | "add_url_rule" | "requestmapping" => "ANY",
        "use" | "pre" => "USE",
        _ => return None,
    })
}

/// Names of calls that only say where the addresses inside them are.
pub(super) fn groups(name: &str) -> bool {
    matches!(
        name.to_ascii_lowercase().as_str(),
        "group"
            | "combo"
            | "route"
            | "scope"
            | "namespace"
            | "with"
            | "subrouter"
            | "mapgroup"
            | "blueprint"
            | "prefix"
            | "router"
            | "nest"
    )
}

/// Calls around addresses that let only some through by their very name.
pub(super) fn guards_by_name(name: &str) -> bool {
    matches!(
        name,
        "authenticate"
            | "authenticated"
            | "constraints"
            | "middleware"
            | "pipe_through"
            | "protected"
    )
}

pub(super) fn plain_address(text: &str) -> bool {
    !text.contains(' ') && !text.contains("://")
}

pub(super) fn address(text: &str, verb: &str) -> bool {
    text.starts_with('/')
        || text.is_empty()
        || (verb == "ANY" && !text.contains(' ') && !text.contains("://"))
        || (!text.contains(' ') && !text.contains("://") && text.contains('/'))
}

/// A name of an action, such as `documents.restore`, where a handler follows.
pub(super) fn action(text: &str, rest: &[&Argument]) -> bool {
    let parts: Vec<&str> = text.split(['.', ':']).collect();
    let plain = |it: &&str| {
        !it.is_empty()
            && it
                .chars()
                .all(|it| it.is_alphanumeric() || matches!(it, '_' | '-'))
    };
    parts.len() > 1
        && parts.iter().all(plain)
        && rest.len() > 1
        && rest.iter().skip(1).any(|it| {
            matches!(
                it.value.kind,
                ExprKind::Function(..) | ExprKind::Name(_) | ExprKind::Member(..)
            )
        })
        && rest
            .iter()
            .all(|it| !matches!(it.value.kind, ExprKind::Map(_) | ExprKind::Text(_)))
}

/// Calls that put something around all addresses before them.
fn wraps(name: &str) -> bool {
    matches!(name, "layer" | "route_layer" | "wrap" | "with")
}

/// What a layer does, by the function that it is made from: `from_fn(require_admin)`.
fn layer(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Call(callee, arguments)
            if matches!(
                callee.last_name(),
                "from_fn" | "from_fn_with_state" | "fn_guard"
            ) =>
        {
            arguments
                .last()
                .map_or_else(String::new, |it| layer(&it.value))
        }
        _ => expr.to_string(),
    }
}

/// What a call adds to the addresses before it.
pub(super) fn added(name: &str, arguments: &[Argument], at: &Expr) -> String {
    match arguments {
        [only] if wraps(name) => return layer(&only.value),
        [only] if guards_by_name(name) => {
            if let ExprKind::Text(text) = &only.value.kind {
                return text.clone();
            }
        }
        _ => {}
    }
    let callee = Expr::new(ExprKind::Name(name.to_owned()), at.line, at.span.clone());
    let kind = ExprKind::Call(Box::new(callee), arguments.to_vec());
    Expr::new(kind, at.line, at.span.clone()).to_string()
}

/// What is passed, by its name where that is a text.
pub(super) fn passed(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Text(text) => text.clone(),
        _ => expr.to_string(),
    }
}

/// The names of everything that is passed, in lists or not.
pub(super) fn named(arguments: &[Argument]) -> Vec<String> {
    let values = arguments.iter().flat_map(|it| match &it.value.kind {
        ExprKind::List(parts) => parts.iter().collect(),
        _ => vec![&it.value],
    });
    values.map(passed).collect()
}

/// A call without what it is called on.
pub(super) fn call_of(name: &str, arguments: &[Argument]) -> String {
    let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
    format!("{name}({})", arguments.join(", "))
}
