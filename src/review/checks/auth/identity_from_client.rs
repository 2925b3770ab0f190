use crate::facts::fact::Exit;
use crate::facts::tree::{Expr, ExprKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::code::draws;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::record::finding::Finding;

check! {
    /// Who or whose something is was worked out on the server and is now taken from the request.
    ///
    /// ## What it does
    /// Compares the arguments of calls. It speaks when an argument that names a user, an owner, an
    /// organisation or a project came from the session or was looked up, and now comes straight
    /// from what the client sent.
    ///
    /// ## Why it matters
    /// The client can send any number. The check is then made against what the caller chose.
    ///
    /// ## Example
    /// ```ts
    /// await checkAccess({ organizationId: await organizationOf(survey) })
    /// await checkAccess({ organizationId: input.organizationId })
    /// ```
    ///
    /// ## Instead
    /// Derive it from the thing that is touched, or from the session.
    "auth/identity-from-client", Auth, SPEAKS, run
}

const WHO: &[&str] = &[
    "user",
    "owner",
    "organization",
    "organisation",
    "org",
    "tenant",
    "workspace",
    "project",
    "team",
    "account",
    "customer",
    "company",
    "member",
    "author",
    "creator",
    "actor",
];

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        out.extend(bound(delta));
        for (before, after) in &delta.calls_changed {
            let (old, new) = (named(&before.arguments), named(&after.arguments));
            for (key, value) in &old {
                let names_somebody = words(key).iter().any(|it| WHO.contains(&it.as_str()));
                let Some((_, other)) = new.iter().find(|(it, _)| it == key) else {
                    continue;
                };
                if !names_somebody
                    || value == other
                    || !from_client(other)
                    || from_client(value)
                    || !server_side(value)
                {
                    continue;
                }
                out.push(
                    Finding::new(delta.file, delta.symbol(), format!("{} {key}", before.name))
                        .before(before.place.line, delta.base_file.before.code(&value.span))
                        .after(after.place.line, delta.file.after.code(&other.span))
                        .says(
                            format!(
                                "`{}` worked out `{key}` itself and now takes it from the request. The caller can name somebody else's.",
                                delta.symbol()
                            ),
                            "Derive it from the thing that is touched, or from the session.",
                        )
                        .speaks_if(!draws(delta.file) && !compared(delta, other)),
                );
            }
        }
    }
}

/// `ListByWorkspace(session.WorkspaceID)` that is handed the same of what was filled from the request.
fn bound(delta: &ScopeDelta<'_>) -> Option<Finding> {
    let filled: Vec<&str> = delta
        .calls_after
        .iter()
        .filter(|it| FILLS.contains(&it.name.as_str()))
        .flat_map(|it| &it.arguments)
        .filter_map(|it| match &it.value.kind {
            ExprKind::Name(name) => Some(name.as_str()),
            ExprKind::Unary(_, inner) => Some(inner.last_name()),
            _ => None,
        })
        .collect();
    if filled.is_empty() || draws(delta.file) {
        return None;
    }
    let names_somebody = |it: &str| words(it).iter().any(|it| WHO.contains(&it.as_str()));
    delta.calls_changed.iter().find_map(|(before, after)| {
        after.arguments.iter().find_map(|argument| {
            let ExprKind::Member(object, field) = &argument.value.kind else {
                return None;
            };
            let ExprKind::Name(from) = &object.kind else {
                return None;
            };
            let was = before.arguments.iter().find(|it| {
                matches!(&it.value.kind, ExprKind::Member(other, name)
                    if name == field && !filled.contains(&other.first_name()))
            })?;
            // What was filled may be set right afterwards.
            let set = delta.file.after.facts.assignments.iter().any(|it| {
                it.target == argument.value && it.place.span.start >= delta.after.span.start
            });
            let sent = filled.contains(&from.as_str()) && names_somebody(field);
            let ours = !after.arguments.contains(was) && !set;
            (sent && ours && !compared(delta, &argument.value)).then(|| {
                Finding::new(delta.file, delta.symbol(), format!("{} {field}", before.name))
                    .before(before.place.line, delta.base_file.before.code(&was.value.span))
                    .after(after.place.line, delta.file.after.code(&argument.value.span))
                    .says(
                        format!(
                            "`{}` took `{field}` from what it knows itself and now takes it from the request. The caller can name somebody else's.",
                            delta.symbol()
                        ),
                        "Derive it from the thing that is touched, or from the session.",
                    )
            })
        })
    })
}

/// Calls that fill a value with what the client sent.
const FILLS: &[&str] = &[
    "Bind",
    "BindJSON",
    "BindQuery",
    "ShouldBind",
    "ShouldBindJSON",
    "ShouldBindQuery",
    "BodyParser",
    "QueryParser",
    "Decode",
    "DecodeJSON",
];

/// Whether what the client sent is newly held against something.
fn compared(delta: &ScopeDelta<'_>, sent: &Expr) -> bool {
    let sent = sent.to_string();
    delta
        .gained
        .iter()
        .any(|it| it.exit != Exit::Leaves && it.condition.to_string().contains(&sent))
}

/// The keyword arguments and the entries of maps in the arguments.
fn named(arguments: &[crate::facts::tree::Argument]) -> Vec<(String, &Expr)> {
    let mut out = Vec::new();
    for argument in arguments {
        if let Some(name) = &argument.name {
            out.push((name.clone(), &argument.value));
        }
        entries(&argument.value, &mut out, 0);
    }
    out
}

fn entries<'a>(expr: &'a Expr, out: &mut Vec<(String, &'a Expr)>, depth: usize) {
    if depth > 6 {
        return;
    }
    match &expr.kind {
        ExprKind::Map(pairs) => {
            for (key, value) in pairs {
                out.push((key.to_string(), value));
                entries(value, out, depth + 1);
            }
        }
        ExprKind::List(parts) => parts.iter().for_each(|it| entries(it, out, depth + 1)),
        _ => {}
    }
}

/// Whether a value comes straight from what the client sent: `input.user`, `request.data["owner"]`.
fn from_client(expr: &Expr) -> bool {
    let mut names = Vec::new();
    let mut open = expr;
    loop {
        match &open.kind {
            ExprKind::Member(inner, name) => {
                names.push(name.as_str());
                open = inner;
            }
            ExprKind::Index(inner, _) => {
                names.push("");
                open = inner;
            }
            ExprKind::Call(callee, arguments) if !arguments.is_empty() => {
                if READS.contains(&callee.last_name()) {
                    return true;
                }
                if !matches!(callee.last_name(), "get" | "fetch") {
                    return false;
                }
                open = callee;
            }
            ExprKind::Name(name) => {
                names.push(name);
                break;
            }
            _ => return false,
        }
    }
    if names.len() < 2 {
        return false;
    }
    // From the start on: what is first said decides, the session or what was sent.
    for name in names.iter().rev() {
        if SENT.contains(name) {
            return true;
        }
        if words(name)
            .iter()
            .any(|it| SIGNED_IN.contains(&it.as_str()))
        {
            return false;
        }
    }
    names
        .last()
        .is_some_and(|it| matches!(*it, "req" | "request"))
}

/// Where frameworks keep what the client sent.
const SENT: &[&str] = &[
    "body",
    "query",
    "params",
    "form",
    "input",
    "payload",
    "parsedInput",
    "args",
    "data",
    "dto",
    "GET",
    "POST",
    "json",
];

/// Calls that read from what the client sent.
const READS: &[&str] = &[
    "Query",
    "PostForm",
    "FormValue",
    "QueryParam",
    "getParameter",
    "Param",
    "DefaultQuery",
];

/// Where frameworks keep who is signed in.
const SIGNED_IN: &[&str] = &[
    "user",
    "session",
    "auth",
    "principal",
    "identity",
    "account",
    "token",
    "claims",
    "state",
    "viewer",
    "current",
    "locals",
];

/// Looked up, or taken from the session.
fn server_side(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Call(..) | ExprKind::Propagate(_) => true,
        ExprKind::Member(..) => {
            let text = expr.to_string().to_lowercase();
            ["session", "ctx", "context", "current", "auth", "user"]
                .iter()
                .any(|it| text.contains(it))
        }
        ExprKind::Name(_) => false,
        _ => false,
    }
}
