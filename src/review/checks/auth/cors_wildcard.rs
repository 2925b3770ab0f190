use crate::facts::tree::{Expr, ExprKind, Scope};
use crate::review::Context;
use crate::review::finding::{Finding, name_of};
use crate::review::slots::{self, Slot, each_expr, is_on, more_than_before, risen, touched};

check! {
    /// Any website may now call this service from a visitor's browser.
    ///
    /// ## What it does
    /// Looks at the origins that are allowed to call. It speaks when a list became `*` or whatever
    /// the caller says, and when that is new together with credentials.
    ///
    /// ## Why it matters
    /// A page that a signed-in user happens to open can read and change what is theirs.
    ///
    /// ## Example
    /// ```ts
    /// app.use(cors({ origin: allowed, credentials: true })); // before
    /// app.use(cors({ origin: true, credentials: true }));    // after
    /// ```
    ///
    /// ## Instead
    /// List the sites that may call.
    "auth/cors-wildcard", Auth, SPEAKS, run
}

fn is_origin(name: &str) -> bool {
    let name = name.to_lowercase().replace(['_', '-'], "");
    matches!(
        name.as_str(),
        "origin"
            | "origins"
            | "alloworigins"
            | "allowedorigins"
            | "alloworigin"
            | "allowedorigin"
            | "accesscontrolalloworigin"
            | "corsorigin"
            | "corsorigins"
            | "corsallowedorigins"
            | "corsoriginallowall"
            | "corsallowallorigins"
            | "allowallorigins"
    )
}

fn anybody(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Text(text) => text == "*",
        ExprKind::Bool(it) => *it,
        ExprKind::List(parts) => parts
            .iter()
            .any(|it| matches!(&it.kind, ExprKind::Text(text) if text == "*")),
        // A slice of Go.
        ExprKind::Call(callee, arguments) if callee.last_name().starts_with("[]") => arguments
            .iter()
            .flat_map(|it| it.value.children())
            .any(|it| matches!(&it.kind, ExprKind::Text(text) if text == "*")),
        ExprKind::Member(object, name) => {
            name.eq_ignore_ascii_case("origin")
                && object.last_name().eq_ignore_ascii_case("headers")
        }
        _ => false,
    }
}

fn open(slot: &Slot<'_>) -> bool {
    is_origin(&slot.name) && anybody(slot.value)
}

/// `header("Access-Control-Allow-Origin", "*")`
fn header(scope: &Scope) -> Option<(u32, crate::facts::tree::Span)> {
    let mut found = None;
    each_expr(&scope.body, &mut |it| {
        if let ExprKind::Call(_, arguments) = &it.kind
            && let [name, value, ..] = arguments.as_slice()
            && matches!(&name.value.kind, ExprKind::Text(text) if text.eq_ignore_ascii_case("access-control-allow-origin"))
            && (anybody(&value.value)
                || value
                    .value
                    .to_string()
                    .to_lowercase()
                    .contains("\"origin\""))
        {
            found = Some((it.line, it.span.clone()));
        }
    });
    found
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for scope in touched(context) {
        let credentials = slots::slots(scope.after).iter().any(|it| {
            let name = it.name.to_lowercase().replace(['_', '-'], "");
            name.contains("credentials") && is_on(it.value)
        });
        let text = scope.file.after.code(&scope.after.span);
        let about =
            text.to_lowercase().contains("cors") || text.to_lowercase().contains("access-control");
        for slot in risen(&scope, &open) {
            let before = slots::earlier(&scope, &slot);
            let finding = finding(&scope, slot.line, &slot.span);
            let finding = match (&before, scope.base_file) {
                (Some(before), Some(base)) => {
                    finding.before(before.line, base.before.code(&before.span))
                }
                _ => finding,
            };
            out.push(finding.speaks_if(
                about
                    && (before.is_some() || credentials)
                    && !scope.broken()
                    && more_than_before(context, &open),
            ));
        }
        if let Some((line, span)) = header(scope.after)
            && scope.before.is_none_or(|it| header(it).is_none())
        {
            let narrowed = scope.base_file.zip(scope.before).is_some_and(|(base, it)| {
                base.before
                    .code(&it.span)
                    .to_lowercase()
                    .contains("access-control-allow-origin")
            });
            out.push(
                finding(&scope, line, &span)
                    .speaks_if(narrowed || text.to_lowercase().contains("allow-credentials")),
            );
        }
    }
}

fn finding(scope: &slots::Touched<'_>, line: u32, span: &crate::facts::tree::Span) -> Finding {
    Finding::new(scope.file, &scope.after.path, "any origin")
        .after(line, scope.file.after.code(span))
        .says(
            format!(
                "{} now lets every website call it from a visitor's browser. A page that a signed-in user opens could act in their name.",
                name_of(&scope.after.path)
            ),
            "List the sites that may call.",
        )
}
