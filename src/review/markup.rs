//! Text that becomes markup, and frames that are no longer confined.

use super::Context;
use super::compare::{FilePair, SideFacts};
use super::delta::ScopeDelta;
use super::finding::{Finding, name_of};
use super::slots::{self, Slot, each_expr, each_stmt};
use crate::facts::tree::{Expr, ExprKind, Operator, Scope, StmtKind};

/// `it.textContent = name` that is now `it.innerHTML = name`, and React's `{name}` that is now
/// `dangerouslySetInnerHTML={{ __html: name }}`.
pub fn put_as_markup(delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    let raw = |scope: &Scope| {
        let mut found: Vec<Expr> = Vec::new();
        each_expr(&scope.body, &mut |it| {
            if let ExprKind::Map(entries) = &it.kind {
                let html = entries.iter().filter(|it| it.0.last_name() == "__html");
                found.extend(html.map(|it| it.1.clone()));
            }
        });
        found
    };
    let known = raw(delta.before);
    for value in raw(delta.after) {
        let mut shown_before = false;
        each_expr(&delta.before.body, &mut |it| shown_before |= *it == value);
        if shown_before && !known.contains(&value) && !matches!(value.kind, ExprKind::Text(_)) {
            out.push(
                Finding::new(delta.file, delta.symbol(), format!("markup {value}"))
                    .after(value.line, delta.file.after.code(&value.span))
                    .says(shown(delta, &value), "Show it as text, or clean it before."),
            );
        }
    }

    let put = |scope: &Scope, members: &[&str]| {
        let mut found: Vec<(Expr, u32)> = Vec::new();
        each_stmt(&scope.body, &mut |it| {
            if let StmtKind::Assign { target, value, .. } = &it.kind
                && matches!(&target.kind, ExprKind::Member(_, name) if members.contains(&name.as_str()))
            {
                found.push((value.clone(), it.line));
            }
        });
        found
    };
    let texts = put(delta.before, &["textContent", "innerText"]);
    for (value, line) in put(delta.after, &["innerHTML", "outerHTML"]) {
        let Some((_, was)) = texts.iter().find(|it| it.0 == value) else {
            continue;
        };
        out.push(
            Finding::new(delta.file, delta.symbol(), format!("markup {value}"))
                .before(*was, &value.to_string())
                .after(line, &value.to_string())
                .says(shown(delta, &value), "Show it as text, or clean it before."),
        );
    }
}

/// `<iframe sandbox>` whose contents may do everything now.
pub fn unconfined(delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    let confines = |it: &Slot<'_>| it.name == "sandbox";
    let changes = slots::changes(delta.before, delta.after, &delta.renames, &confines);
    let frame = delta.file.after.code(&delta.after.span).contains("iframe");
    let Some(lost) = changes
        .lost
        .first()
        .filter(|_| frame && changes.gained.is_empty())
    else {
        return;
    };
    out.push(
        Finding::new(delta.file, delta.symbol(), "sandbox".to_owned())
            .before(lost.line, delta.base_file.before.code(&lost.span))
            .near(delta.line_after(lost.line))
            .says(
                format!(
                    "{} put something into a frame of its own that could do little (`sandbox`), and no longer limits it. A page in it could act for whoever looks at it.",
                    name_of(delta.symbol())
                ),
                "Keep the limits, and allow only what the page in the frame needs.",
            ),
    );
}

/// Calls that put text into a page as it is.
fn raw(name: &str) -> bool {
    matches!(
        name,
        "html_safe"
            | "mark_safe"
            | "raw"
            | "Raw"
            | "HTML"
            | "HtmlString"
            | "SafeString"
            | "bypassSecurityTrustHtml"
            | "safeHtml"
            | "markSafe"
    )
}

/// Values that were put into a page as text and now as they are.
pub fn shown_raw(context: &Context<'_>, delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    for call in delta.calls_gained.iter().filter(|it| raw(&it.name)) {
        let value = match (call.arguments.as_slice(), &call.callee.kind) {
            ([only], _) => &only.value,
            ([], ExprKind::Member(object, _)) => object,
            _ => continue,
        };
        let known = |it: &Expr| *it == *value;
        let mut before = false;
        each_expr(&delta.before.body, &mut |it| before |= known(it));
        let fixed = matches!(value.kind, ExprKind::Text(_) | ExprKind::Number(_));
        let [old, new] = context.deltas.call_counts(&call.name);
        if fixed || !before || new <= old {
            continue;
        }
        out.push(
            Finding::new(
                delta.file,
                delta.symbol(),
                format!("{}({value})", call.name),
            )
            .after(call.place.line, delta.file.after.code(&call.place.span))
            .says(shown(delta, value), "Show it as text, or clean it before."),
        );
    }
}

/// What it means that a value is no longer shown as text.
fn shown(delta: &ScopeDelta<'_>, value: &Expr) -> String {
    format!(
        "`{}` showed `{value}` as text and now puts it into the page as it is. Somebody could put a script there that runs for everyone who looks at it.",
        delta.symbol()
    )
}

/// Whether a name goes into a text that is markup.
pub fn shown_in_markup(scope: &Scope, name: &str) -> bool {
    let mut found = false;
    each_expr(&scope.body, &mut |it| {
        let markup = |it: &Expr| matches!(&it.kind, ExprKind::Text(text) if text.contains('<') && text.contains('>'));
        let holds = |it: &Expr| it.first_name() == name;
        found |= match &it.kind {
            ExprKind::Template(parts) => parts.iter().any(markup) && parts.iter().any(holds),
            ExprKind::Binary(Operator::Add, ..) => {
                let parts = it.parts(Operator::Add);
                parts.iter().any(|it| markup(it)) && parts.iter().any(|it| holds(it))
            }
            _ => false,
        };
    });
    found
}

/// Go's `html/template`, which writes every value so that it stays a text, replaced by
/// `text/template`, which writes it as it is.
pub fn template_unescaped(file: &FilePair<'_>, out: &mut Vec<Finding>) {
    let [html, text] = ["\"html/template\"", "\"text/template\""];
    let imports = |side: &SideFacts<'_>, package: &str| -> Option<u32> {
        let lines = side.text.lines().take(200);
        let at = lines.zip(1..).find(|(line, _)| {
            let line = line.trim_end();
            line.ends_with(package) && !line.trim_start().starts_with("//")
        });
        at.map(|it| it.1)
    };
    let (before, after) = (&*file.before, &*file.after);
    if !file.path.ends_with(".go")
        || imports(after, html).is_some()
        || imports(before, text).is_some()
    {
        return;
    }
    let (Some(was), Some(is)) = (imports(before, html), imports(after, text)) else {
        return;
    };
    out.push(
        Finding::new(file, "", "text/template")
            .before(was, before.line(was))
            .after(is, after.line(is))
            .says(
                "The templates of this file were written out so that a value stays a text (`html/template`), and values now go in as they are (`text/template`). Whoever can choose a value could put a script into the page.",
                "Use `html/template` for whatever a browser shows.",
            ),
    );
}
