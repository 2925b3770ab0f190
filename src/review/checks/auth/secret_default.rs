use crate::change::Class;
use crate::facts::tree::{Argument, Expr, ExprKind, Operator, Scope, Span};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::code::is_tool;
use crate::review::deltas::settings::{compare_in, example, local, unreadable};
use crate::review::deltas::slots::slots;
use crate::review::record::finding::{Finding, name_of};
use std::collections::HashMap;

check! {
    /// A secret has a value in the code for when none is set.
    ///
    /// ## What it does
    /// Looks at secrets that are read from the environment, in code, in schemas of settings and in
    /// configuration. Speaks when one that had to be set now falls back to a text that stands in the
    /// repository.
    ///
    /// ## Why it matters
    /// Where the variable is forgotten, nothing fails any more: sessions and tokens are signed with
    /// a text that everybody can read, and anybody can sign their own.
    ///
    /// ## Example
    /// ```python
    /// SECRET_KEY = os.environ["SECRET_KEY"]                 # was
    /// SECRET_KEY = os.environ.get("SECRET_KEY", "changeme")
    /// ```
    ///
    /// ## Instead
    /// Stop at the start where the secret is missing.
    "auth/secret-default", Auth, SPEAKS, run
}

/// A secret that is read from outside: what it falls back to, and where.
struct Secret {
    fallback: bool,
    line: u32,
    span: Span,
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        let file = delta.file;
        if file.class != Class::Source || local(&file.path) || is_tool(file) || delta.broken() {
            continue;
        }
        let after = secrets(delta.after);
        if !after.values().any(|it| it.fallback) {
            continue;
        }
        let before = secrets(delta.before);
        let mut opened: Vec<(&String, &Secret, &Secret)> = after
            .iter()
            .filter(|it| it.1.fallback)
            .filter_map(|(name, is)| {
                Some((name, before.get(name).filter(|was| !was.fallback)?, is))
            })
            .collect();
        opened.sort_by_key(|it| it.2.line);
        if let Some((name, was, is)) = opened.first() {
            out.push(
                says(
                    Finding::new(file, delta.symbol(), format!("default of {name}")),
                    name,
                )
                .before(was.line, delta.base_file.before.code(&was.span))
                .after(is.line, file.after.code(&is.span)),
            );
        }
    }
    for file in context.files {
        if unreadable(file) || local(&file.path) || example(&file.path) {
            continue;
        }
        let deltas = compare_in(file, &file.before.settings, &file.after.settings);
        for (was, is) in deltas.changed {
            let secret = is_secret(is.key()) || is.path.iter().any(|it| is_secret(it));
            if secret && !falls_back(&was.value) && falls_back(&is.value) && was.value.contains('$')
            {
                out.push(
                    says(
                        Finding::new(file, &is.dotted(), format!("default of {}", is.key())),
                        is.key(),
                    )
                    .before(was.line, &format!("{}: {}", was.key(), was.value))
                    .after(is.line, &format!("{}: {}", is.key(), is.value)),
                );
            }
        }
    }
}

fn says(finding: Finding, name: &str) -> Finding {
    finding.says(
        format!(
            "{} had to be set, and now falls back to a text that stands in the code. Where it is forgotten, nothing fails, and whoever reads the code can sign or decrypt with it.",
            name_of(name)
        ),
        "Stop at the start where it is missing.",
    )
}

/// `${DB_PASSWORD:-postgres}` and `${jwt.secret:changeme}`: not `${X}`, `${X:}` and `${X:?missing}`.
fn falls_back(value: &str) -> bool {
    value.split("${").skip(1).any(|it| {
        let inner = it.split('}').next().unwrap_or_default();
        inner.split_once(':').is_some_and(|(_, rest)| {
            let rest = rest.trim_start_matches(['-', '=']);
            !rest.is_empty() && !rest.starts_with(['?', '$'])
        })
    })
}

fn is_secret(name: &str) -> bool {
    let found = words(name);
    let has = |list: &[&str]| found.iter().any(|it| list.contains(&it.as_str()));
    let about = has(&[
        "id", "name", "path", "file", "url", "length", "expiry", "ttl", "field", "header", "public",
    ]);
    !about
        && (has(&["secret", "secrets", "password", "passwd", "salt", "pepper"])
            || has(&["key", "token"])
                && has(&[
                    "signing",
                    "encryption",
                    "private",
                    "jwt",
                    "session",
                    "cookie",
                    "master",
                    "hmac",
                    "app",
                    "api",
                    "access",
                    "auth",
                ]))
}

/// The secrets that a scope reads from the environment, by name.
fn secrets(scope: &Scope) -> HashMap<String, Secret> {
    let mut out: HashMap<String, Secret> = HashMap::new();
    for slot in slots(scope) {
        let Some((variable, fallback)) = read(slot.value) else {
            continue;
        };
        if is_secret(slot.name) || is_secret(&variable) {
            let name = if is_secret(slot.name) {
                slot.name.to_owned()
            } else {
                variable
            };
            let it = Secret {
                fallback,
                line: slot.line,
                span: slot.span.clone(),
            };
            out.insert(name, it);
        }
    }
    out
}

/// The variable that a value reads from the environment or declares for it, and whether a text
/// stands in for it.
fn read(value: &Expr) -> Option<(String, bool)> {
    let text = |it: &Expr| matches!(&it.kind, ExprKind::Text(text) if !text.is_empty());
    match &value.kind {
        ExprKind::Binary(Operator::Or, left, right) => {
            let (name, fallback) = read(left)?;
            Some((name, fallback || text(right)))
        }
        ExprKind::Conditional(_, a, b) => {
            let (name, fallback) = read(a).or_else(|| read(b))?;
            Some((name, fallback || text(a) || text(b)))
        }
        ExprKind::Propagate(inner) => read(inner),
        // `process.env.JWT_SECRET`, `os.environ["SECRET_KEY"]`, `configuration["Jwt:Key"]`.
        ExprKind::Member(object, name) => environment(object).then(|| (name.clone(), false)),
        ExprKind::Index(object, index) => match &index.kind {
            ExprKind::Text(name) if environment(object) => Some((name.clone(), false)),
            _ => None,
        },
        ExprKind::Call(callee, arguments) => called(callee, arguments),
        _ => None,
    }
}

fn called(callee: &Expr, arguments: &[Argument]) -> Option<(String, bool)> {
    let text = |it: &Argument| match &it.value.kind {
        ExprKind::Text(text) => Some(text.clone()),
        _ => None,
    };
    let object = match &callee.kind {
        ExprKind::Member(object, _) => Some(&**object),
        _ => None,
    };
    let name = callee.last_name();
    // `env::var("X").unwrap_or("…")`, `z.string().default("…")`.
    let stands_in = matches!(
        name,
        "unwrap_or"
            | "unwrap_or_else"
            | "orElse"
            | "or"
            | "default"
            | "GetValueOrDefault"
            | "defaultTo"
    );
    if let Some(object) = object.filter(|_| stands_in) {
        let mut given = false;
        for argument in arguments {
            argument
                .value
                .walk(&mut |it| given |= matches!(&it.kind, ExprKind::Text(it) if !it.is_empty()));
        }
        let (name, fallback) =
            read(object).or_else(|| schema(object).then(|| (String::new(), false)))?;
        return Some((name, fallback || given));
    }
    let reads = words(name).iter().any(|it| {
        matches!(
            it.as_str(),
            "getenv"
                | "env"
                | "environ"
                | "get"
                | "fetch"
                | "var"
                | "config"
                | "str"
                | "string"
                | "getstring"
        )
    });
    let outside = object.is_none_or(environment)
        || words(name).iter().any(|it| it == "env" || it == "getenv");
    if reads
        && outside
        && let Some(variable) = arguments.first().and_then(text)
    {
        let given = arguments.iter().skip(1).any(|it| {
            let default = it.name.as_deref().is_none_or(|it| it == "default");
            default && text(it).is_some_and(|it| !it.is_empty())
        });
        return Some((variable, given));
    }
    // A function of their own: `secret("JWT_SECRET", "changeme")`.
    if object.is_none()
        && let Some(variable) = arguments.first().and_then(text)
        && is_variable(&variable)
        && is_secret(&variable)
    {
        let rest = || arguments.iter().skip(1);
        let given = rest().any(|it| text(it).is_some_and(|it| !it.is_empty()));
        return Some((variable, given));
    }
    // A step of a chain: `z.string().min(32)`.
    if schema(callee) {
        return Some((String::new(), false));
    }
    object.and_then(read)
}

/// `JWT_SECRET`: whether a text can only be the name of a variable of the environment.
fn is_variable(name: &str) -> bool {
    let plain = |it: char| it.is_ascii_uppercase() || it.is_ascii_digit() || it == '_';
    name.contains('_') && name.chars().all(plain)
}

/// Whether an expression stands for the variables of the environment or for settings.
fn environment(object: &Expr) -> bool {
    words(&object.to_string()).iter().any(|it| {
        matches!(
            it.as_str(),
            "env"
                | "environ"
                | "environment"
                | "config"
                | "configuration"
                | "settings"
                | "viper"
                | "secrets"
                | "os"
        )
    })
}

/// Whether an expression starts at a library that describes what settings look like.
fn schema(expr: &Expr) -> bool {
    matches!(
        expr.first_name(),
        "z" | "zod" | "Joi" | "joi" | "yup" | "t" | "v" | "envalid"
    )
}
