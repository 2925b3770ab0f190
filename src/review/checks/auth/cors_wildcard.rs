use crate::facts::setting::Setting;
use crate::facts::tree::{Expr, ExprKind, Scope, ScopeKind, Span, Stmt, StmtKind, Tree};
use crate::review::Context;
use crate::review::compare::FilePair;
use crate::review::delta::ScopeDelta;
use crate::review::finding::Finding;
use crate::review::literals::{literals, mentions};
use crate::review::settings::{compare_in, local, on, unreadable};
use crate::review::slots::{each_expr, each_stmt, slots};

check! {
    /// Any website may now call this one from its visitors' browsers.
    ///
    /// ## What it does
    /// Compares which other sites may call this one (CORS), in code and in configuration. Speaks
    /// when a list of sites, or a rule about them, becomes every site. A new configuration that
    /// begins that way is recorded.
    ///
    /// ## Why it matters
    /// A page that a customer happens to visit can then act here with the customer's login, and read
    /// the answers.
    ///
    /// ## Example
    /// ```js
    /// cors({ origin: true, credentials: true })   // was: { origin: allowed, credentials: true }
    /// ```
    ///
    /// ## Instead
    /// List the sites that may call it.
    "auth/cors-wildcard", Auth, SPEAKS, run
}

const CONCERN: &str = "Only some other websites could call this one from a visitor's browser, and now every \
                       website can. A page that a customer happens to open could act with the customer's login.";
const ADVICE: &str = "List the sites that may call it.";

const MENTIONS: &[&str] = &["ors", "CORS", "Allow-Origin", "origins"];

/// Whether a setting is about who may call.
fn about(setting: &Setting) -> bool {
    let key: String = setting
        .path
        .iter()
        .map(|part| part.to_ascii_lowercase().replace(['-', '_'], ""))
        .collect::<Vec<_>>()
        .join(".");
    key.contains("accesscontrolalloworigin")
        || key.contains("cors")
            && ["origin", "allowall", "anyorigin"]
                .iter()
                .any(|it| key.contains(it))
        || key.contains("allowedorigins")
        || key.contains("alloworigins")
        || key.contains("allowallorigins")
        || key.contains("alloweddomains")
}

/// Whether it lets every site call.
fn everyone(setting: &Setting) -> bool {
    let value = setting.value.trim();
    let key = setting
        .dotted()
        .to_ascii_lowercase()
        .replace(['-', '_'], "");
    let all = key.contains("allowall") || key.contains("anyorigin") || key.ends_with("originsall");
    value == "*" || value == "*:*" || on(value) && (all || key.ends_with("origin"))
}

/// A function, pattern or layer by which every site may call, where only some could before.
fn opened(delta: &ScopeDelta<'_>) -> Option<Finding> {
    let before = origins(delta.before, &delta.base_file.before.tree);
    let after = origins(delta.after, &delta.file.after.tree);
    let is = after.iter().find(|it| it.open)?;
    let was = before.iter().find(|it| !it.open)?;
    if before.iter().any(|it| it.open) || local(&delta.file.path) {
        return None;
    }
    Some(
        Finding::new(delta.file, delta.symbol(), "every origin")
            .before(was.line, delta.base_file.before.code(&was.span))
            .after(is.line, delta.file.after.code(&is.span))
            .says(CONCERN, ADVICE),
    )
}

/// Which sites may call, as code says it.
struct Origins {
    open: bool,
    line: u32,
    span: Span,
}

fn origins(scope: &Scope, tree: &Tree) -> Vec<Origins> {
    // A function that is handed over has a scope of its own.
    let lets_all = |value: &Expr| {
        let path = value.to_string();
        let function = tree
            .scopes
            .iter()
            .find(|it| it.path == path && it.kind == ScopeKind::Function);
        function.map_or_else(|| lets_all(value), |it| answers_all(&it.body))
    };
    let named = |name: &str| {
        let name = name.to_ascii_lowercase().replace(['_', '-', '$'], "");
        matches!(
            name.as_str(),
            "origin"
                | "origins"
                | "allowedorigins"
                | "alloworigins"
                | "alloworigin"
                | "allowedorigin"
                | "alloworiginregex"
                | "alloworiginfunc"
                | "alloworiginrequestfunc"
                | "setisoriginallowed"
                | "withorigins"
                | "alloworiginvaryrequestfunc"
                | "alloworiginfn"
                | "allowedoriginfn"
        )
    };
    let mut out: Vec<Origins> = slots(scope)
        .into_iter()
        .filter(|it| named(it.name))
        .map(|it| Origins {
            open: lets_all(it.value),
            line: it.line,
            span: it.span,
        })
        .collect();
    each_expr(&scope.body, &mut |it| {
        let ExprKind::Call(callee, arguments) = &it.kind else {
            return;
        };
        let name = callee.last_name();
        let all = matches!(
            name,
            "AllowAnyOrigin" | "allow_any_origin" | "very_permissive" | "permissive"
        );
        if all || named(name) && !arguments.is_empty() {
            out.push(Origins {
                open: all || arguments.iter().any(|it| lets_all(&it.value)),
                line: it.line,
                span: it.span.clone(),
            });
        }
    });
    out
}

/// Whether a value lets every site in: `true`, `.*`, a function that says yes to all.
fn lets_all(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Bool(open) => *open,
        ExprKind::Text(text) => {
            let bare = text.trim_matches(['^', '$', '/'].as_slice());
            let bare = bare
                .trim_start_matches("https?:")
                .trim_start_matches("https:");
            matches!(
                bare.trim_start_matches(['/', '\\'].as_slice()),
                "*" | ".*" | ".+"
            )
        }
        ExprKind::List(parts) => parts
            .iter()
            .any(|it| matches!(&it.kind, ExprKind::Text(text) if text == "*")),
        ExprKind::Call(callee, _) => {
            matches!(callee.last_name(), "mirror_request" | "any")
                && callee.to_string().contains("rigin")
        }
        ExprKind::Function(_, body) => answers_all(body),
        _ => false,
    }
}

/// Whether a function that is asked about an origin looks at nothing, or only at how it ends:
/// `evil-example.com` ends like `example.com`.
fn answers_all(body: &[Stmt]) -> bool {
    let (mut asks, mut ends, mut yes) = (false, false, false);
    each_stmt(body, &mut |it| {
        asks |= matches!(
            it.kind,
            StmtKind::If { .. } | StmtKind::Switch { .. } | StmtKind::Loop { .. }
        );
    });
    each_expr(body, &mut |it| match &it.kind {
        ExprKind::Call(callee, arguments) => {
            let name = callee.last_name();
            let ending = matches!(
                name,
                "endsWith" | "HasSuffix" | "endswith" | "EndsWith" | "ends_with"
            );
            let loose = arguments.iter().any(|it| {
                matches!(&it.value.kind, ExprKind::Text(text) if !text.starts_with(['.', '/']) && text.contains('.'))
            });
            ends |= ending && loose;
            asks |= !ending
                && matches!(
                    name,
                    "includes"
                        | "has"
                        | "contains"
                        | "Contains"
                        | "test"
                        | "indexOf"
                        | "match"
                        | "some"
                        | "any"
                        | "get"
                        | "find"
                );
        }
        ExprKind::Binary(operator, ..) => asks |= operator.compares(),
        ExprKind::Bool(true) => yes = true,
        _ => {}
    });
    ends || !asks && yes
}

fn run(context: &Context<'_>, found: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        found.extend(opened(delta));
    }
    for file in context.files {
        if !file.after.exists || unreadable(file) || local(&file.path) || !mentions(file, MENTIONS)
        {
            continue;
        }
        let code = (literals(&file.before), literals(&file.after));
        for (before, after) in [code, (&file.before.settings, &file.after.settings)] {
            let deltas = compare_in(file, before, after);
            for (was, is) in &deltas.changed {
                if about(is) && everyone(is) && !everyone(was) {
                    found.push(tell(file, is, Some(was), true));
                }
            }
            for is in deltas.added.iter().filter(|it| about(it) && everyone(it)) {
                // A list that lost its sites in the same place.
                let was = deltas
                    .removed
                    .iter()
                    .find(|it| about(it) && !everyone(it) && it.path.first() == is.path.first());
                let before = before.iter().any(|it| about(it) && everyone(it));
                if !before {
                    found.push(tell(file, is, was.copied(), was.is_some()));
                }
            }
        }
    }
}

fn tell(file: &FilePair<'_>, is: &Setting, was: Option<&Setting>, speaks: bool) -> Finding {
    let symbol = match is.path.first() {
        Some(first) if !first.is_empty() => first.clone(),
        _ => is.path.get(1).cloned().unwrap_or_default(),
    };
    let mut finding = Finding::new(file, &symbol, format!("{} = {}", is.key(), is.value))
        .speaks_if(speaks)
        .after(is.line, &format!("{}: {}", is.key(), is.value))
        .says(CONCERN, ADVICE);
    if let Some(was) = was {
        finding = finding.before(was.line, &format!("{}: {}", was.key(), was.value));
    }
    finding
}
