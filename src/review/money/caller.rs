//! What a caller of the service sends.

use super::value::{ROUNDING, converts};
use crate::facts::Language;
use crate::facts::tree::{Expr, ExprKind, Parameter, Scope, ScopeKind, StmtKind};
use crate::facts::words::words;
use crate::review::deltas::compare::SideFacts;
use crate::review::deltas::slots::{each_expr, each_stmt};
use std::collections::HashMap;

/// Whether a value comes from what a caller of the service sends. What was looked up by something
/// that the caller sent is our own.
pub fn from_caller(expr: &Expr) -> bool {
    const PARTS: &[&str] = &[
        "body", "query", "POST", "GET", "form", "json", "params", "data",
    ];
    // What frameworks hand to a function as what was sent.
    const SENT: &[&str] = &["body", "dto", "input", "payload"];
    let request = |it: &Expr| {
        matches!(
            it.first_name(),
            "req" | "request" | "ctx" | "c" | "Request" | "$request" | "r"
        )
    };
    match &expr.kind {
        ExprKind::Member(object, name) => {
            (request(object) && PARTS.contains(&name.as_str()))
                || matches!(&object.kind, ExprKind::Name(it) if SENT.contains(&it.as_str()))
                || from_caller(object)
        }
        ExprKind::Index(object, _) => {
            matches!(&object.kind, ExprKind::Name(name) if matches!(name.as_str(), "params" | "_POST" | "_GET" | "_REQUEST" | "$_POST" | "$_GET"))
                || from_caller(object)
        }
        ExprKind::Call(callee, arguments) => {
            let name = callee.last_name();
            let reads = arguments
                .iter()
                .any(|it| matches!(it.value.kind, ExprKind::Text(_)))
                && (matches!(
                    name,
                    "FormValue" | "PostForm" | "PostFormValue" | "QueryParam" | "getParameter"
                ) || (matches!(name, "get" | "input" | "fetch") && from_caller_object(callee)));
            let first = words(name).first().cloned().unwrap_or_default();
            let passes = converts(callee)
                || ROUNDING.contains(&name)
                || matches!(
                    first.as_str(),
                    "parse" | "to" | "decimal" | "atoi" | "money" | "abs"
                );
            // Laravel's `$request->validated()` and its like.
            let all = matches!(name, "validate" | "validated" | "all" | "safe")
                && matches!(&callee.kind, ExprKind::Member(object, _)
                    if matches!(&object.kind, ExprKind::Name(it) if matches!(it.as_str(), "request" | "$request")));
            // A record's `request.lines()`.
            let field = arguments.is_empty() && from_caller(callee);
            reads
                || all
                || field
                || (passes && arguments.iter().any(|it| from_caller(&it.value)))
                || matches!(&callee.kind, ExprKind::Member(object, _) if passes && from_caller(object))
        }
        ExprKind::Binary(_, a, b) => from_caller(a) || from_caller(b),
        ExprKind::Conditional(_, a, b) => from_caller(a) || from_caller(b),
        ExprKind::Unary(_, it) | ExprKind::Propagate(it) => from_caller(it),
        ExprKind::List(parts) => parts.iter().any(from_caller),
        _ => false,
    }
}

/// Whether a price or an amount in a value comes from the caller that did not before:
/// `product.price * body.quantity` that is now `body.price * body.quantity`.
pub fn price_from_caller(before: &Expr, after: &Expr) -> bool {
    let mut found = false;
    after.walk(&mut |it| {
        let read = match &it.kind {
            ExprKind::Member(..) | ExprKind::Index(..) => true,
            // `params.fetch(:price, product.price)`.
            ExprKind::Call(callee, _) => matches!(callee.last_name(), "fetch" | "get" | "input"),
            _ => false,
        };
        if read && names_price(it) && from_caller(it) {
            let (mut known, mut ours) = (false, false);
            before.walk(&mut |was| {
                known |= was == it;
                ours |= names_price(was)
                    && matches!(
                        was.kind,
                        ExprKind::Member(..) | ExprKind::Call(..) | ExprKind::Index(..)
                    )
                    && !from_caller(was);
            });
            found |= ours && !known;
        }
    });
    found
}

fn names_price(expr: &Expr) -> bool {
    let name = match &expr.kind {
        ExprKind::Index(_, key) => match &key.kind {
            ExprKind::Text(key) => key,
            _ => return false,
        },
        ExprKind::Call(callee, arguments)
            if matches!(callee.last_name(), "fetch" | "get" | "input") =>
        {
            match arguments.first().map(|it| &it.value.kind) {
                Some(ExprKind::Text(key)) => key,
                _ => return false,
            }
        }
        _ => expr.last_name(),
    };
    words(name).last().is_some_and(|it| {
        matches!(
            it.as_str(),
            "amount" | "cents" | "cost" | "fee" | "price" | "total"
        )
    })
}

/// What local names of a function stand for that is part of what a caller sends: parameters of a
/// type that is made for it, and what loops and anonymous functions go through of them.
pub fn sent(side: &SideFacts<'_>, scope: &Scope) -> HashMap<String, Expr> {
    let mut found = HashMap::new();
    let payload = |line| Expr::new(ExprKind::Name("payload".to_owned()), line, 0..0);
    for parameter in scope.parameters.iter().filter(|it| is_sent(side, it)) {
        found.insert(parameter.name.clone(), payload(scope.line));
    }
    // Rails' `def order_params = params.require(:order).permit(:note)`.
    for it in &side.tree.scopes {
        // The text of a function stays where its body is let go.
        let takes = || side.code(&it.span).contains("params.");
        if it.kind == ScopeKind::Function && it.name.ends_with("_params") && takes() {
            let params = Expr::new(ExprKind::Name("params".to_owned()), it.line, 0..0);
            found.insert(it.name.clone(), params);
        }
    }
    let mut element = |name: &str, of: &Expr| {
        let index = Expr::new(ExprKind::Number("0".to_owned()), of.line, of.span.clone());
        let kind = ExprKind::Index(Box::new(of.clone()), Box::new(index));
        let value = Expr::new(kind, of.line, of.span.clone());
        found.entry(name.to_owned()).or_insert(value);
    };
    each_stmt(&scope.body, &mut |stmt| {
        if let StmtKind::Loop {
            over: Some(over), ..
        } = &stmt.kind
            && let Some(name) = loop_variable(side, stmt.span.start, over)
                .or_else(|| loop_variable_after(side, stmt.span.end, over))
        {
            element(name, over);
        }
    });
    each_expr(&scope.body, &mut |it| {
        if let ExprKind::Call(callee, arguments) = &it.kind
            && let ExprKind::Member(object, _) = &callee.kind
        {
            for argument in arguments {
                if let ExprKind::Function(names, _) = &argument.value.kind
                    && let [name, ..] = names.as_slice()
                {
                    element(name, object);
                }
            }
        }
    });
    found
}

/// Whether a parameter is what a caller sends, where types say so.
fn is_sent(side: &SideFacts<'_>, parameter: &Parameter) -> bool {
    let typed = matches!(side.language, Some(Language::Java | Language::CSharp));
    let says = |name: &str| {
        words(name).last().is_some_and(|it| {
            matches!(
                it.as_str(),
                "body" | "cmd" | "command" | "dto" | "form" | "input" | "payload" | "request"
            )
        })
    };
    let name = parameter.type_name.split('<').next().unwrap_or_default();
    let servlet = matches!(name, "HttpServletRequest" | "HttpRequest" | "ServerRequest");
    let bound = parameter.attributes.iter().any(|it| {
        let name = it.name.rsplit('.').next().unwrap_or(&it.name);
        matches!(
            name,
            "RequestBody" | "FromBody" | "FromForm" | "Body" | "ModelAttribute"
        )
    });
    typed && !servlet && (bound || says(name) || says(&parameter.name))
}

/// The name that a loop gives to each element: the last one before what it goes through.
fn loop_variable<'t>(side: &SideFacts<'t>, from: u32, over: &Expr) -> Option<&'t str> {
    let header = side.code(&(from..over.span.start));
    let plain = |it: &char| it.is_alphanumeric() || *it == '_';
    let skipped =
        |it: &str| it.is_empty() || matches!(it, "in" | "of" | "range" | "await" | "each");
    header
        .split(|it: char| !plain(&it))
        .rfind(|it| !skipped(it))
        .filter(|it| !matches!(*it, "for" | "foreach" | "while" | "if" | "until"))
}

/// The same in PHP, where it stands behind: `foreach ($lines as $index => $line)`.
fn loop_variable_after<'t>(side: &SideFacts<'t>, to: u32, over: &Expr) -> Option<&'t str> {
    let rest = side.code(&(over.span.end..to)).trim_start();
    let header = rest.strip_prefix("as ")?.split([')', '{', ':']).next()?;
    let name = header.rsplit("=>").next()?.trim().trim_start_matches('&');
    Some(name.trim_start_matches('$')).filter(|it| !it.is_empty())
}

fn from_caller_object(callee: &Expr) -> bool {
    matches!(&callee.kind, ExprKind::Member(object, _) if from_caller(object)
        || matches!(&object.kind, ExprKind::Name(name) if matches!(name.as_str(), "request" | "req" | "$request" | "searchParams" | "params")))
}
