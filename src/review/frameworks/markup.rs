//! Text that becomes markup, and frames that are no longer confined.

use crate::facts::fact::Call;
use crate::facts::tree::{Expr, ExprKind, Operator, Scope, StmtKind};
use crate::review::Context;
use crate::review::deltas::compare::{FilePair, SideFacts};
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::slots::{self, Slot, each_expr, each_stmt};
use crate::review::record::finding::{Finding, name_of};

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

/// `DOMPurify.sanitize(html)` around what a page shows as markup, that is gone.
pub fn uncleaned(context: &Context<'_>, delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    let purifies = |call: &Call| {
        let name = call.callee.to_string().to_ascii_lowercase();
        name.contains("purify")
            || name.contains("sanitizehtml")
            || name == "xss"
            || name.contains("bypasssecurity")
    };
    let shows = [
        "dangerouslySetInnerHTML",
        "innerHTML",
        "v-html",
        "@html",
        "__html",
    ];
    let marked = shows.iter().any(|it| delta.file.after.text.contains(it));
    let lost = delta
        .calls_lost
        .iter()
        .find(|it| purifies(it) && !it.name.contains("ypass"));
    let Some(lost) = lost.filter(|_| marked) else {
        return;
    };
    let stays = delta.calls_after.iter().any(|it| purifies(it));
    let [was, is] = context.deltas.call_counts(&lost.name);
    if stays || is >= was || context.deltas.extracted(delta) {
        return;
    }
    out.push(
        Finding::new(delta.file, delta.symbol(), format!("uncleaned {}", lost.callee))
            .before(lost.place.line, delta.base_file.before.code(&lost.place.span))
            .near(delta.line_after(lost.place.line))
            .says(
                format!(
                    "{} cleaned markup before it was shown (`{}`), and now shows it as it comes in. Somebody could put a script there that runs for everyone who looks at it.",
                    name_of(delta.symbol()),
                    lost.callee
                ),
                "Clean it right before it is shown.",
            ),
    );
}

/// How templates write a value as it is, and how they show it as a text: before and after it.
const RAW: &[(&str, &str)] = &[
    ("{{", "|safe"),
    ("{{", "| safe"),
    ("{{", "|raw"),
    ("{{", "| raw"),
    ("{!!", "!!}"),
    ("{{{", "}}}"),
    ("<%-", "%>"),
    ("<%==", "%>"),
    ("@Html.Raw(", ")"),
    ("th:utext=\"", "\""),
    ("v-html=\"", "\""),
];

/// Values that a template showed as a text and now writes as they are: `{{ comment.body|safe }}`.
pub fn written_raw(file: &FilePair<'_>, out: &mut Vec<Finding>) {
    const TEMPLATES: &[&str] = &[
        ".html",
        ".htm",
        ".jinja",
        ".jinja2",
        ".j2",
        ".twig",
        ".blade.php",
        ".ejs",
        ".hbs",
        ".handlebars",
        ".mustache",
        ".cshtml",
        ".vue",
        ".njk",
        ".liquid",
    ];
    if !TEMPLATES.iter().any(|it| file.path.ends_with(it)) || !file.before.exists {
        return;
    }
    let known = raw_values(file.before.text);
    for (value, line) in raw_values(file.after.text) {
        let shown = file.before.text.contains(&value) && !known.iter().any(|it| it.0 == value);
        if !shown {
            continue;
        }
        out.push(
            Finding::new(file, "", format!("raw {value}"))
                .after(line, file.after.line(line))
                .says(
                    format!("This page showed `{value}` as text and now puts it in as it is. Somebody could put a script there that runs for everyone who looks at it."),
                    "Show it as text, or clean it before.",
                ),
        );
        return;
    }
}

/// A value without what only changes its form: `nl2br($comment->body)` cleans nothing.
fn formatted(value: &str) -> &str {
    const FORMS: &[&str] = &[
        "nl2br",
        "trim",
        "ucfirst",
        "ucwords",
        "strtoupper",
        "strtolower",
    ];
    let inner = value.split_once('(').and_then(|(name, rest)| {
        let inner = rest.strip_suffix(')')?;
        FORMS.contains(&name.trim()).then(|| inner.trim())
    });
    inner.map_or(value, formatted)
}

/// The values that a template writes as they are, and the line of each.
fn raw_values(text: &str) -> Vec<(String, u32)> {
    let mut out = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        for (open, close) in RAW {
            for (at, _) in line.match_indices(open) {
                let rest = &line[at + open.len()..];
                let inside = rest.split(close).next().filter(|it| it.len() < rest.len());
                // The filter belongs to this value, not to a later one.
                let Some(inside) = inside.filter(|it| !it.contains("}}")) else {
                    continue;
                };
                let value = inside.split('|').next().unwrap_or(inside).trim();
                let value = formatted(value);
                let plain = |it: char| it.is_alphanumeric() || "_.$[]>-'\"".contains(it);
                if value.len() > 2 && value.chars().all(plain) {
                    out.push((value.to_owned(), number));
                }
            }
        }
    }
    out
}
