//! What is gone without anybody missing it: what only tells, converts, draws or lets more through.

use crate::facts::tree::{Expr, ExprKind};
use crate::facts::words::words;
use crate::review::conditions::presence::nothing_but_presence;
use crate::review::conditions::subject::sane;

/// Whether a condition asks for more than that something is there, and does not ask for something
/// bad.
pub(super) fn asks(condition: &Expr) -> bool {
    !nothing_but_presence(condition)
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
