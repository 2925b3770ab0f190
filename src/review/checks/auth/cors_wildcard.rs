use crate::change::Class;
use crate::facts::fact::Place;
use crate::facts::setting::Setting;
use crate::facts::tree::{Expr, ExprKind, Operator, ScopeKind, Span, Stmt, StmtKind};
use crate::review::Context;
use crate::review::deltas::compare::{FilePair, SideFacts};
use crate::review::deltas::literals::{literals, mentions};
use crate::review::deltas::settings::{compare_in, local, on, unreadable};
use crate::review::deltas::slots::{is_on, target_name};
use crate::review::frameworks::origins;
use crate::review::record::finding::Finding;
use smol_str::SmolStr;

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
    let pattern = key.contains("pattern") || key.contains("regex");
    pattern && any_address(value)
        || value == "*"
        || value == "*:*"
        || on(value) && (all || key.ends_with("origin"))
}

fn run(context: &Context<'_>, found: &mut Vec<Finding>) {
    for file in context.files {
        let from = found.len();
        settings(file, found);
        if found.len() == from {
            code(file, found);
            found.extend(loosely(file));
            found.extend(origins::loosely(file));
        }
    }
}

/// A rule about other sites in code.
struct Rule {
    symbol: String,
    line: u32,
    span: Span,
    everyone: bool,
    /// Whether no condition stands around it.
    always: bool,
}

impl Rule {
    fn at(place: &Place, symbol: &str, everyone: bool) -> Self {
        Self {
            symbol: symbol.to_owned(),
            line: place.line,
            span: place.span.clone(),
            everyone,
            always: place.conditions.is_empty(),
        }
    }
}

/// What a name says, whatever language it is written in.
fn squeezed(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|it| it.to_ascii_lowercase()).collect()
}

/// Whether a name is one under which code says which sites may call it.
fn decides(name: &str) -> bool {
    matches!(
        squeezed(name)
            .trim_start_matches("set")
            .trim_start_matches("add")
            .trim_start_matches("with"),
        "alloworigin"
            | "alloworigins"
            | "allowedorigin"
            | "allowedorigins"
            | "allowedoriginfn"
            | "alloworiginfunc"
            | "alloworiginregex"
            | "alloworiginvaryrequestfunc"
            | "allowedoriginpattern"
            | "allowedoriginpatterns"
            | "isoriginallowed"
            | "origins"
            | "origin"
    )
}

/// Whether a pattern fits every address: `^https?://.*$`, in whatever signs a language puts around.
fn any_address(pattern: &str) -> bool {
    let bare = pattern.trim().trim_matches(['#', '/', '~', '@', '%']);
    let bare = bare.trim_start_matches("\\A").trim_end_matches("\\z");
    let bare = bare.trim_start_matches('^').trim_end_matches('$');
    let scheme = ["https?", "http", "https", "(http|https)", "(https?)"];
    let rest = bare
        .replace('\\', "")
        .split_once("://")
        .filter(|it| scheme.contains(&it.0))
        .map_or_else(|| bare.to_owned(), |it| it.1.to_owned());
    matches!(
        rest.trim_matches(['(', ')']),
        ".*" | ".+" | "*" | "[^/]+" | "[^/]*"
    )
}

/// Whether a value lets every site in: `Any`, a wildcard, a function that says yes to all.
fn lets_all(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Text(text) => text == "*" || any_address(text),
        ExprKind::Name(name) | ExprKind::Member(_, name) => matches!(name.as_str(), "Any" | "All"),
        ExprKind::List(parts) => parts.iter().any(lets_all),
        ExprKind::Call(callee, arguments) => {
            matches!(
                squeezed(callee.last_name()).as_str(),
                "any" | "all" | "mirrorrequest" | "anyorigin"
            ) && arguments.is_empty()
                || arguments.iter().any(|it| lets_all(&it.value))
        }
        ExprKind::Function(given, body) => yes(body) || there(given, body),
        _ => false,
    }
}

/// Whether a function only asks that a site says what it is: `source.present?`, `origin != null`.
fn there(given: &[String], body: &[Stmt]) -> bool {
    fn asked(value: &Expr) -> &Expr {
        match &value.kind {
            ExprKind::Not(inner) => asked(inner),
            ExprKind::Binary(Operator::NotEqual, it, null) if null.kind == ExprKind::Null => it,
            ExprKind::Call(callee, arguments) if arguments.is_empty() => match &callee.kind {
                ExprKind::Member(it, name) if name == "present?" => it,
                _ => value,
            },
            _ => value,
        }
    }
    let [only] = body else {
        return false;
    };
    matches!(
        &only.kind,
        StmtKind::Return(Some(value)) | StmtKind::Expr(value)
            if matches!(&asked(value).kind, ExprKind::Name(name) if given.contains(name))
    )
}

/// Whether a function only says yes.
fn yes(body: &[Stmt]) -> bool {
    match body {
        [only] => match &only.kind {
            StmtKind::Return(Some(value)) | StmtKind::Expr(value) => says_yes(value),
            _ => false,
        },
        _ => false,
    }
}

/// `true`, or an answer of it to a callback.
fn says_yes(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Bool(yes) => *yes,
        ExprKind::Binary(Operator::Or, _, fallback) => fallback.kind == ExprKind::Bool(true),
        ExprKind::Call(_, arguments) => match arguments.as_slice() {
            [error, yes] => {
                error.value.kind == ExprKind::Null && (is_on(&yes.value) || says_yes(&yes.value))
            }
            _ => false,
        },
        _ => false,
    }
}

/// Whether a function looks only at how an address ends: `evil-shop.example` ends like
/// `shop.example`.
fn only_ends(body: &[Stmt]) -> Option<&str> {
    let [only] = body else {
        return None;
    };
    let (StmtKind::Return(Some(value)) | StmtKind::Expr(value)) = &only.kind else {
        return None;
    };
    let ExprKind::Call(callee, arguments) = &value.kind else {
        return None;
    };
    let ends = matches!(
        squeezed(callee.last_name()).as_str(),
        "endswith" | "hassuffix"
    );
    arguments.iter().find_map(|it| match &it.value.kind {
        ExprKind::Text(text) if ends && text.contains('.') && !text.starts_with(['.', '/']) => {
            Some(text.as_str())
        }
        _ => None,
    })
}

/// Whether a value is what the other site says of itself: `req.headers.origin`.
fn reflects(value: &Expr) -> bool {
    let read = |it: &&Expr| {
        matches!(
            it.kind,
            ExprKind::Member(..) | ExprKind::Index(..) | ExprKind::Call(..)
        )
    };
    let origin = |it: &Expr| {
        let text = it.to_string().to_ascii_lowercase();
        ["origin\")", "origin\"]", ".origin", "http_origin"]
            .iter()
            .any(|end| text.contains(end))
    };
    value
        .parts(Operator::Or)
        .into_iter()
        .filter(read)
        .any(origin)
}

/// The rules of one side.
fn rules(side: &SideFacts<'_>, path: &str) -> Vec<Rule> {
    let mut out = Vec::new();
    let scope = |place: &Place| side.tree.scopes.get(place.scope).map_or("", |it| &it.path);
    // `origin` is the name of many things.
    let about = |name: &str, near: &str, place: &Place| {
        let cors = |it: &str| it.to_ascii_lowercase().contains("cors");
        !matches!(squeezed(name).as_str(), "origin" | "origins")
            || [path, near, scope(place)].into_iter().any(cors)
    };
    let function = |value: &Expr| {
        let path = value.to_string();
        let mut scopes = side.tree.scopes.iter();
        scopes.any(|it| it.path == path && it.kind == ScopeKind::Function)
    };
    for call in &side.facts.calls {
        let place = &call.place;
        let mut add = |everyone| out.push(Rule::at(place, scope(place), everyone));
        let name = squeezed(&call.name);
        let callee = call.callee.to_string();
        if matches!(name.as_str(), "allowanyorigin" | "allowallorigins")
            || matches!(name.as_str(), "permissive" | "verypermissive" | "allowall")
                && callee.to_ascii_lowercase().contains("cors")
        {
            add(true);
        } else if let [first, second] = call.arguments.as_slice()
            && let ExprKind::Text(header) = &first.value.kind
        {
            if header.eq_ignore_ascii_case("access-control-allow-origin") {
                add(lets_all(&second.value) || reflects(&second.value));
            }
        } else if decides(&call.name)
            && !call.arguments.is_empty()
            && about(&call.name, &callee, place)
        {
            add(call.arguments.iter().any(|it| lets_all(&it.value)));
        }
        // `app.register(cors, { … })`.
        let first = call.arguments.first().map_or("", |it| it.value.last_name());
        let near = format!("{callee} {first}");
        let mut option = |name: &str, value: &Expr| {
            // A function that is handed over is looked at where it stands.
            if decides(name) && about(name, &near, place) && !function(value) {
                add(lets_all(value));
            }
        };
        for argument in &call.arguments {
            if let Some(name) = &argument.name {
                option(name, &argument.value);
            }
            argument.value.walk(&mut |it| {
                if let ExprKind::Map(pairs) = &it.kind {
                    pairs
                        .iter()
                        .for_each(|(key, value)| option(target_name(key), value));
                }
            });
        }
    }
    let set = side.facts.assignments.iter();
    for it in set.filter(|it| decides(it.target.last_name())) {
        if about(it.target.last_name(), &it.target.to_string(), &it.place) {
            out.push(Rule::at(&it.place, scope(&it.place), lets_all(&it.value)));
        }
    }
    // A function that decides has a name of its own.
    for it in &side.tree.scopes {
        if decides(it.name.rsplit('.').next().unwrap_or_default()) && it.kind == ScopeKind::Function
        {
            out.push(Rule {
                symbol: it.path.clone(),
                line: it.line,
                span: it.span.clone(),
                everyone: yes(&it.body),
                always: true,
            });
        }
    }
    out
}

/// A function that decides by the end of an address, where none did.
fn loosely(file: &FilePair<'_>) -> Option<Finding> {
    let decided = |side: &'_ SideFacts<'_>| -> Option<(String, u32, String)> {
        let scopes = side.tree.scopes.iter();
        let mut functions = scopes.filter(|it| {
            it.kind == ScopeKind::Function
                && decides(it.name.rsplit('.').next().unwrap_or_default())
        });
        functions.find_map(|it| Some((it.path.clone(), it.line, only_ends(&it.body)?.to_owned())))
    };
    let (symbol, line, end) = decided(&file.after)?;
    let known = decided(&file.before).is_some();
    (!known && file.class == Class::Source && !local(&file.path)).then(|| {
        Finding::new(file, &symbol, format!("ends in {end}"))
            .after(line, file.after.line(line))
            .says(
                format!(
                    "Which other websites may call this one is decided by how their address ends, and `evil-{end}` ends in `{end}` as well. Whoever registers such an address could act with the login of a customer who opens it."
                ),
                "Compare the whole address with a list, or let the end begin with a dot.",
            )
    })
}

/// A list of sites, or a rule about them, that lets all in now.
fn code(file: &FilePair<'_>, found: &mut Vec<Finding>) {
    if !file.before.exists
        || !file.after.exists
        || file.class != Class::Source
        || local(&file.path)
        || !["cors", "Cors", "CORS", "llow-", "llow_"]
            .iter()
            .any(|it| file.after.text.contains(it))
    {
        return;
    }
    let path = file.path.as_str();
    let (before, after) = (rules(&file.before, path), rules(&file.after, path));
    // What is so under a condition only may be for developers.
    let opens = |it: &&Rule| it.everyone && it.always;
    let limits = |rules: &[Rule]| rules.iter().filter(|it| !it.everyone).count();
    // Other addresses may be there for everyone already.
    let everyone = |rules: &[Rule]| rules.iter().filter(|it| it.everyone).count();
    let code = |side: &SideFacts<'_>, it: &Rule| side.code(&it.span).to_owned();
    let known: Vec<String> = before
        .iter()
        .filter(|it| it.everyone)
        .map(|it| code(&file.before, it))
        .collect();
    let mut opened = after.iter().filter(opens);
    let Some(is) = opened.find(|it| !known.contains(&code(&file.after, it))) else {
        return;
    };
    if everyone(&after) <= everyone(&before) || limits(&after) >= limits(&before) {
        return;
    }
    let Some(was) = before.iter().find(|it| !it.everyone) else {
        return;
    };
    found.push(
        words(Finding::new(file, &is.symbol, "every site"))
            .before(was.line, file.before.code(&was.span))
            .after(is.line, file.after.code(&is.span)),
    );
}

fn settings(file: &FilePair<'_>, found: &mut Vec<Finding>) {
    if !file.after.exists || unreadable(file) || local(&file.path) || !mentions(file, MENTIONS) {
        return;
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
            let already = before.iter().any(|it| about(it) && everyone(it));
            // A pattern or a wildcard beside the sites that are listed in the same place.
            let limits = |it: &&Setting| {
                about(it) && !everyone(it) && !it.value.is_empty() && holder(it) == holder(is)
            };
            let stays = |it: &&Setting| {
                let mut now = after.iter();
                now.any(|now| now.path == it.path && now.value == it.value)
            };
            let beside = before.iter().filter(limits).find(stays);
            if !already {
                let was = was.copied().or(beside);
                found.push(tell(file, is, was, was.is_some()));
            }
        }
    }
}

/// Where a rule about other sites stands: what comes before the part that says so.
fn holder(setting: &Setting) -> &[SmolStr] {
    let says = |it: &SmolStr| it.to_ascii_lowercase().contains("origin");
    let end = setting.path.iter().position(says);
    &setting.path[..end.unwrap_or(setting.path.len())]
}

fn tell(file: &FilePair<'_>, is: &Setting, was: Option<&Setting>, speaks: bool) -> Finding {
    let symbol = match is.path.first() {
        Some(first) if !first.is_empty() => first.clone(),
        _ => is.path.get(1).cloned().unwrap_or_default(),
    };
    let mut finding = words(Finding::new(
        file,
        &symbol,
        format!("{} = {}", is.key(), is.value),
    ))
    .speaks_if(speaks)
    .after(is.line, &format!("{}: {}", is.key(), is.value));
    if let Some(was) = was {
        finding = finding.before(was.line, &format!("{}: {}", was.key(), was.value));
    }
    finding
}

fn words(finding: Finding) -> Finding {
    finding
        .says(
            "Only some other websites could call this one from a visitor's browser, and now every \
             website can. A page that a customer happens to open could act with the customer's login.",
            "List the sites that may call it.",
        )
}
