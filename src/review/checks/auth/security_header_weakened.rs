use crate::change::Class;
use crate::facts::tree::{Expr, ExprKind, Scope, Span};
use crate::review::Context;
use crate::review::deltas::settings::{compare_in, local, unreadable};
use crate::review::deltas::slots::{each_expr, number, slots};
use crate::review::record::finding::{Finding, name_of};

check! {
    /// A header that protects the visitor protects less than before.
    ///
    /// ## What it does
    /// Compares what a `Content-Security-Policy` allows scripts and frames, as a text, as lists of
    /// a library, or in settings: speaks when scripts written into the page, `eval`, or any address
    /// are newly allowed, unless a nonce or hash still says which. Speaks as well when browsers
    /// are told for a shorter time to insist on encryption (`Strict-Transport-Security`).
    ///
    /// ## Why it matters
    /// The policy is what stops a script that somebody managed to put into a page. With
    /// `'unsafe-inline'` it lets just that script run, and nothing looks different.
    ///
    /// ## Example
    /// ```js
    /// "script-src 'self'"                 // was
    /// "script-src 'self' 'unsafe-inline'"
    /// ```
    ///
    /// ## Instead
    /// Give the one script a nonce or a hash, or name the one address that it comes from.
    "auth/security-header-weakened", Auth, SPEAKS, run
}

/// What a policy allows, or how long a header holds.
struct Grant {
    kind: Kind,
    line: u32,
    span: Span,
}

#[derive(PartialEq)]
enum Kind {
    /// A directive of a policy and one source that it allows.
    Source(String, String),
    /// For how many seconds browsers insist on encryption.
    Seconds(f64),
}

/// A policy of one line for each directive: what decides which scripts run, and who may frame.
fn decides(directive: &str) -> bool {
    matches!(
        directive,
        "script-src" | "script-src-elem" | "script-src-attr" | "default-src" | "frame-ancestors"
    )
}

/// Whether a source lets in what somebody else wrote.
fn lets_in(directive: &str, source: &str) -> bool {
    match source {
        "*" | "https:" | "http:" | "https://*" | "http://*" => true,
        "unsafe-inline" | "unsafe-eval" | "data:" | "blob:" => directive.contains("-src"),
        _ => false,
    }
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        if local(&delta.file.path) || delta.file.class != Class::Source {
            continue;
        }
        let after = grants(delta.after);
        if after.is_empty() {
            continue;
        }
        let before = grants(delta.before);
        if let Some((was, is)) = weakened(&before, &after) {
            out.push(
                finding(
                    Finding::new(delta.file, delta.symbol(), fact(&is.kind)),
                    &is.kind,
                    delta.symbol(),
                )
                .before(was.line, delta.base_file.before.code(&was.span))
                .after(is.line, delta.file.after.code(&is.span)),
            );
        }
    }
    for file in context.files {
        if !file.after.exists || unreadable(file) || local(&file.path) {
            continue;
        }
        let deltas = compare_in(file, &file.before.settings, &file.after.settings);
        for (was, is) in &deltas.changed {
            let read = |value: &str| {
                let mut found = Vec::new();
                of_text(value, 0, &(0..0), &mut found);
                found
            };
            let (before, after) = (read(&was.value), read(&is.value));
            if let Some((_, grant)) = weakened(&before, &after) {
                let symbol = is.dotted();
                out.push(
                    finding(
                        Finding::new(file, &symbol, fact(&grant.kind)),
                        &grant.kind,
                        &symbol,
                    )
                    .before(was.line, &was.value)
                    .after(is.line, &is.value),
                );
            }
        }
    }
}

fn fact(kind: &Kind) -> String {
    match kind {
        Kind::Source(directive, source) => format!("{directive} {source}"),
        Kind::Seconds(_) => "strict-transport-security".to_owned(),
    }
}

fn finding(finding: Finding, kind: &Kind, symbol: &str) -> Finding {
    let symbol = name_of(symbol);
    match kind {
        Kind::Source(directive, _) if directive == "frame-ancestors" => finding.says(
            format!("The policy sent by {symbol} now lets any site show the page in a frame. There people can be made to click in it unawares."),
            "Name the sites that may.",
        ),
        Kind::Source(directive, source) => finding.says(
            format!(
                "The policy sent by {symbol} now lets {} (`{source}` in `{directive}`). A script that somebody managed to put into the page could run in the browsers of those who look at it.",
                match source.as_str() {
                    "unsafe-inline" => "scripts run that are written into the page",
                    "unsafe-eval" => "texts be run as scripts",
                    _ => "scripts come from anywhere",
                }
            ),
            "Give the one script a nonce or a hash, or name the one address that it comes from.",
        ),
        Kind::Seconds(_) => finding.says(
            format!("{symbol} tells browsers for a shorter time than before to insist on encryption. Whoever comes back after that can be led to the address without encryption, where others can read along."),
            "Keep the time, a year where nothing speaks against it.",
        ),
    }
}

/// The first thing that is newly allowed, and what stood there before.
fn weakened<'a>(before: &'a [Grant], after: &'a [Grant]) -> Option<(&'a Grant, &'a Grant)> {
    after.iter().find_map(|is| {
        let was = match &is.kind {
            Kind::Source(directive, source) => {
                let same = |it: &&Grant| matches!(&it.kind, Kind::Source(other, _) if other == directive);
                let held = |it: &&Grant| matches!(&it.kind, Kind::Source(_, it) if it.starts_with("nonce") || it.starts_with("sha") || it == "strict-dynamic");
                let named = source != "unsafe-eval" && after.iter().filter(same).any(|it| held(&it));
                let known = before.iter().any(|it| it.kind == is.kind);
                before
                    .iter()
                    .find(same)
                    .filter(|_| lets_in(directive, source) && !known && !named)?
            }
            Kind::Seconds(is) => {
                let all = |grants: &[Grant]| grants.iter().filter(|it| matches!(it.kind, Kind::Seconds(_))).count();
                let one = all(before) == 1 && all(after) == 1;
                before
                    .iter()
                    .find(|it| matches!(it.kind, Kind::Seconds(was) if *is < was / 2.0))
                    .filter(|_| one)?
            }
        };
        Some((was, is))
    })
}

/// What the code of a scope allows.
fn grants(scope: &Scope) -> Vec<Grant> {
    let mut out = Vec::new();
    each_expr(&scope.body, &mut |it| match &it.kind {
        ExprKind::Text(text) => of_text(text, it.line, &it.span, &mut out),
        ExprKind::Call(callee, arguments) => {
            let directive = directive(callee.last_name());
            if decides(&directive) {
                for argument in arguments {
                    sources(&directive, &argument.value, &mut out);
                }
            }
        }
        _ => {}
    });
    for slot in slots(scope) {
        let name = directive(slot.name);
        if decides(&name) {
            sources(&name, slot.value, &mut out);
        } else if slot.name.to_ascii_lowercase().contains("hsts")
            && let Some(seconds) = number(slot.value)
        {
            out.push(Grant {
                kind: Kind::Seconds(seconds),
                line: slot.line,
                span: slot.span.clone(),
            });
        }
    }
    out
}

/// `scriptSrc`, `CSP_SCRIPT_SRC` and `ScriptSources` are `script-src`.
fn directive(name: &str) -> String {
    let words = crate::facts::words::words(name);
    let words: Vec<&str> = words
        .iter()
        .map(String::as_str)
        .filter(|it| *it != "csp")
        .collect();
    match words.as_slice() {
        [kind, "src" | "sources" | "source"] => format!("{kind}-src"),
        words => words.join("-"),
    }
}

/// The texts of a list of sources.
fn sources(directive: &str, list: &Expr, out: &mut Vec<Grant>) {
    list.walk(&mut |it| {
        if let ExprKind::Text(text) = &it.kind {
            let known = decides(text) || text.contains(' ');
            if !known {
                out.push(Grant {
                    kind: Kind::Source(directive.to_owned(), source(text)),
                    line: it.line,
                    span: it.span.clone(),
                });
            }
        }
    });
}

/// A source without its quotes, in one way of writing.
fn source(text: &str) -> String {
    text.trim_matches(['\'', '"', ':'].as_slice())
        .to_ascii_lowercase()
        .replace('_', "-")
        + if text.ends_with(':') && text.len() > 1 {
            ":"
        } else {
            ""
        }
}

/// A policy, or a time of encryption, written as a text.
fn of_text(text: &str, line: u32, span: &Span, out: &mut Vec<Grant>) {
    let mut add = |kind| {
        out.push(Grant {
            kind,
            line,
            span: span.clone(),
        })
    };
    for part in text.split(';') {
        let mut words = part.split_whitespace();
        // `add_header Content-Security-Policy "default-src 'self'"` in a file of settings.
        let name = words.find(|it| decides(it.trim_start_matches(['"', '\''].as_slice())));
        if let Some(name) = name {
            for it in words {
                let name = name.trim_start_matches(['"', '\''].as_slice());
                add(Kind::Source(name.to_owned(), source(it)));
            }
        }
    }
    // Answers may be kept for a while as well; only this one speaks of hosts below.
    if text.contains("includeSubDomains")
        && let Some((_, rest)) = text.split_once("max-age=")
    {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        if let Ok(seconds) = digits.parse() {
            add(Kind::Seconds(seconds));
        }
    }
}
