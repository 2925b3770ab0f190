//! Laravel's way to register addresses: chains that begin at `Route`, controllers by their class,
//! actions by their name.

use crate::facts::tree::{Expr, ExprKind};

/// Steps of a chain in front of a group that keep nobody out and add nothing to the address.
pub(super) fn passes_on(name: &str) -> bool {
    matches!(
        name,
        "as" | "controller"
            | "domain"
            | "missing"
            | "name"
            | "scopeBindings"
            | "where"
            | "whereNumber"
            | "whereUuid"
            | "withoutScopedBindings"
    )
}

/// Whether a call registers all addresses of a resource: `Route::resource("orders", …)`.
pub(super) fn registers_several(callee: &Expr) -> bool {
    callee.first_name() == "Route"
        && matches!(
            callee.last_name(),
            "resource" | "apiResource" | "singleton" | "apiSingleton"
        )
}

/// Where the addresses of a group are, and what they pass, as a group's first argument says it.
pub(super) fn attributes(pairs: &[(Expr, Expr)]) -> (String, Vec<String>) {
    let (mut prefix, mut passes) = (String::new(), Vec::new());
    for (key, value) in pairs {
        let key = match &key.kind {
            ExprKind::Name(key) | ExprKind::Text(key) => key.as_str(),
            _ => continue,
        };
        match (key, &value.kind) {
            ("prefix", ExprKind::Text(text)) => {
                prefix = format!("/{}", text.trim_start_matches('/'));
            }
            ("middleware", ExprKind::List(parts)) => {
                passes.extend(parts.iter().map(super::passed));
            }
            ("middleware", _) => passes.push(super::passed(value)),
            _ => {}
        }
    }
    (prefix, passes)
}

/// The controller of the group that a chain begins: `Route::controller(OrderController::class)`.
pub(super) fn controller(chain: &Expr) -> Option<String> {
    let mut open = Some(chain);
    while let Some(ExprKind::Call(callee, arguments)) = open.map(|it| &it.kind) {
        if callee.last_name() == "controller"
            && let [only] = arguments.as_slice()
        {
            return class(&only.value).map(str::to_owned);
        }
        open = match &callee.kind {
            ExprKind::Member(object, _) => Some(object),
            _ => None,
        };
    }
    None
}

/// `OrderController.show` for each way to say it: a list of class and action, `Class@action`, an
/// action in the group of a controller, a class that is called itself.
pub(super) fn handler(callee: &Expr, expr: &Expr, controller: Option<&str>) -> Option<String> {
    match &expr.kind {
        ExprKind::List(parts) => match parts.as_slice() {
            [of, action] => Some(format!("{}.{}", class(of)?, text(action)?)),
            _ => None,
        },
        ExprKind::Member(..) if callee.first_name() == "Route" => class(expr).map(str::to_owned),
        ExprKind::Text(text) => match (text.split_once('@'), controller) {
            (Some((of, action)), _) if plain(action) && plain_path(of) => {
                let of = of.rsplit('\\').next().unwrap_or(of);
                Some(format!("{of}.{action}"))
            }
            (None, Some(of)) if plain(text) => Some(format!("{of}.{text}")),
            _ => None,
        },
        _ => None,
    }
}

/// The last name of `App\Http\OrderController::class`.
fn class(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Member(of, name) if name == "class" => {
            Some(of.last_name()).filter(|it| !it.is_empty())
        }
        _ => None,
    }
}

fn text(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Text(text) => Some(text),
        _ => None,
    }
}

fn plain(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|it| it.is_alphanumeric() || it == '_')
}

fn plain_path(text: &str) -> bool {
    text.split('\\').all(plain)
}
