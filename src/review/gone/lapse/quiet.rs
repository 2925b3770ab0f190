//! What is gone without anybody missing it: what only tells, converts, draws or lets more through.

use crate::change::Class;
use crate::facts::tree::{Expr, ExprKind, StmtKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::conditions::idle::asks_a_flag;
use crate::review::conditions::presence::nothing_but_presence;
use crate::review::conditions::subject::sane;
use crate::review::deltas::slots::{each_expr, each_stmt};
use crate::review::gone::taken::Piece;
use crate::review::queries::everywhere::filtered;
use crate::review::queries::lookup::keys;

/// Whether a condition asks for more than that something is there, and neither for something bad
/// nor for a flag, which goes once all have it.
pub(super) fn asks(condition: &Expr) -> bool {
    !nothing_but_presence(condition)
        && !asks_a_flag(condition)
        && sane(condition) != Some(false)
        && !matches!(condition.kind, ExprKind::Bool(_) | ExprKind::Number(_))
}

/// Whether a call only tells what is going on: logs, metrics, messages on a screen.
pub(super) fn notes(callee: &Expr) -> bool {
    const NOTES: &[&str] = &[
        "log",
        "logs",
        "logger",
        "logging",
        "console",
        "debug",
        "info",
        "warn",
        "warning",
        "trace",
        "tracing",
        "print",
        "println",
        "printf",
        "puts",
        "metric",
        "metrics",
        "statsd",
        "span",
        "telemetry",
        "analytics",
        "posthog",
        "sentry",
        "breadcrumb",
        "flash",
        "toast",
        "instrument",
        "counter",
        "histogram",
        "gauge",
        "time",
        "deprecation",
        "deprecated",
        "require",
        "import",
        "autoload",
        "include",
        "cache",
        "memoize",
        "preload",
        "attr",
        "translate",
        "use",
        "tag",
        "box",
        "field",
        "fields",
        "render",
        "button",
        "classlist",
        "private",
        "protected",
        "public",
    ];
    let mut found = false;
    callee.walk(&mut |it| {
        if let ExprKind::Name(name) | ExprKind::Member(_, name) = &it.kind {
            found |= words(name).iter().any(|it| NOTES.contains(&it.as_str()));
        }
    });
    found
}

/// Whether a choice is gone whose work was done by a file that is gone as a whole: a feature was
/// taken away. What refused something was no part of it.
pub(super) fn of_a_feature(context: &Context<'_>, piece: &Piece<'_>) -> bool {
    let Piece::Statement(stmt) = piece else {
        return false;
    };
    if !matches!(stmt.kind, StmtKind::If { .. }) {
        return false;
    }
    let body = std::slice::from_ref(*stmt);
    let mut refuses = false;
    each_stmt(body, &mut |it| {
        refuses |= matches!(it.kind, StmtKind::Throw(_) | StmtKind::Return(_));
    });
    let mut called = Vec::new();
    each_expr(body, &mut |it| {
        if let ExprKind::Call(callee, _) = &it.kind {
            called.push(callee.last_name());
        }
    });
    let gone = |name: &str| {
        let mut files = context.files.iter();
        files.any(|it| {
            let whole = !it.after.exists && it.class == Class::Source;
            whole && it.before.tree.scopes.iter().any(|it| it.name == name)
        })
    };
    !refuses && called.into_iter().any(gone)
}

/// Whether a step or a key of a query is gone whose condition the change puts around every query.
pub(super) fn asked_everywhere(context: &Context<'_>, piece: &Piece<'_>) -> bool {
    let arguments = match piece {
        Piece::Argument(_, argument) => std::slice::from_ref(*argument),
        Piece::Call(Expr {
            kind: ExprKind::Call(_, arguments),
            ..
        }) => arguments,
        _ => return false,
    };
    let asked = keys(arguments);
    if !asked.is_empty() && asked.iter().all(|it| filtered(context, it)) {
        return true;
    }
    let mut names = Vec::new();
    for argument in arguments {
        if let ExprKind::Function(_, body) = &argument.value.kind {
            each_expr(body, &mut |it| {
                if let ExprKind::Member(_, name) = &it.kind {
                    names.push(name.as_str());
                }
            });
        }
    }
    names.into_iter().any(|it| filtered(context, it))
}

/// Whether a call changes only the form of a value, or how fast it is read.
pub(super) fn converts(name: &str) -> bool {
    const CONVERTS: &[&str] = &[
        "to",
        "as",
        "into",
        "from",
        "string",
        "str",
        "int",
        "float",
        "number",
        "bool",
        "list",
        "dict",
        "array",
        "map",
        "set",
        "tuple",
        "parse",
        "json",
        "stringify",
        "clone",
        "copy",
        "dup",
        "iter",
        "collect",
        "unwrap",
        "expect",
        "ok",
        "some",
        "err",
        "box",
        "arc",
        "rc",
        "ref",
        "borrow",
        "deref",
        "includes",
        "preload",
        "prefetch",
        "eager",
        "with",
        "load",
        "select",
        "order",
        "sort",
        "uniq",
        "unique",
        "distinct",
        "compact",
        "flatten",
        "reverse",
        "t",
        "i18n",
        "raw",
        "html",
        "reselect",
        "mark",
        "promise",
        "resolve",
        "await",
        "async",
        "then",
        "freeze",
        "frozen",
        "memo",
        "callback",
        "keys",
        "values",
        "entries",
        "first",
        "last",
        "get",
        "new",
        "of",
        "wrap",
        "format",
        "gettext",
        "lower",
        "upper",
        "decode",
        "encode",
        "bytes",
        "item",
        "include",
        "len",
        "error",
        "errors",
        "errorf",
        "sprintf",
        "sprint",
        "print",
        "join",
        "exists",
        "any",
        "none",
        "add",
        "append",
        "push",
        "on",
        "catch",
        "recover",
        "rescue",
        "or",
        "retry",
        "round",
        "floor",
        "ceil",
        "ceiling",
    ];
    // What C# calls to wait for a task where it is not awaited.
    if matches!(
        name,
        "Wait" | "GetAwaiter" | "GetResult" | "Result" | "ConfigureAwait"
    ) {
        return true;
    }
    let mut found = words(name);
    // `is_ok` and `is_some` say whether there is a value.
    if found.len() == 2 && found[0] == "is" {
        found.remove(0);
    }
    found.iter().any(|it| {
        matches!(
            it.as_str(),
            "to" | "unescape" | "unquote" | "decode" | "context"
        )
    }) || found.first().is_none_or(|it| {
        let number = it.starts_with("int") || it.starts_with("uint") || it.starts_with("float");
        number || CONVERTS.contains(&it.as_str())
    })
}

/// Whether an option says what something looks like, or leaves out part of what it is given to.
pub(super) fn looks(name: &str) -> bool {
    words(name).iter().any(|it| {
        matches!(
            it.as_str(),
            "class"
                | "style"
                | "title"
                | "label"
                | "placeholder"
                | "icon"
                | "description"
                | "color"
                | "only"
                | "if"
                | "unless"
                | "except"
                | "on"
                | "when"
        )
    })
}

/// Whether a call lets more through, so that less gets through without it.
pub(super) fn loosens(name: &str) -> bool {
    words(name).first().is_some_and(|it| {
        matches!(
            it.as_str(),
            "skip"
                | "allow"
                | "permit"
                | "disable"
                | "ignore"
                | "exempt"
                | "grant"
                | "can"
                | "drop"
                | "truncate"
        )
    })
}

/// Whether a function is there to log, measure or remember, by its name.
pub(super) fn tells(path: &str) -> bool {
    words(path).iter().any(|it| {
        matches!(
            it.as_str(),
            "log"
                | "logs"
                | "logger"
                | "logging"
                | "debug"
                | "trace"
                | "metric"
                | "metrics"
                | "stats"
                | "telemetry"
                | "analytics"
                | "cache"
                | "cached"
                | "caches"
                | "caching"
        )
    })
}

/// Whether a file fills a new database with what it begins with.
pub(super) fn plants(path: &str) -> bool {
    words(path)
        .iter()
        .any(|it| matches!(it.as_str(), "seed" | "seeds" | "seeder" | "seeders"))
}

/// Whether code answers with what it knows: what leaves such an answer is no longer told.
pub(super) fn answers(path: &str) -> bool {
    words(path).iter().any(|it| {
        matches!(
            it.as_str(),
            "serialize"
                | "serializer"
                | "serializers"
                | "presenter"
                | "presenters"
                | "transformer"
                | "transformers"
                | "json"
                | "response"
                | "responses"
        )
    })
}
