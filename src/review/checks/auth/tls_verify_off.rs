use crate::facts::setting::{Setting, ValueKind};
use crate::facts::tree::{Expr, ExprKind, Span, Tree};
use crate::review::Context;
use crate::review::deltas::compare::{FilePair, SideFacts};
use crate::review::deltas::literals::{conditional, literals, mentions};
use crate::review::deltas::settings::{
    self, Purpose, compare_in, holds, local, off, on, unreadable,
};
use crate::review::deltas::slots::{each_expr, slots};
use crate::review::frameworks::always::{body, says_yes};
use crate::review::record::finding::{Finding, name_of};
use smol_str::SmolStr;

check! {
    /// A connection no longer checks whom it talks to.
    ///
    /// ## What it does
    /// Looks for the settings by which libraries, databases and tools check the certificate of the
    /// other side, in code and in configuration. Speaks when one is switched off that was on, when a
    /// connection is told not to check, or when the function or class that is to check says yes to
    /// everybody. It stays silent where the project already did so, and on a developer's own machine.
    ///
    /// ## Why it matters
    /// Whoever sits between the two can read and change everything, passwords included, and nobody
    /// notices.
    ///
    /// ## Example
    /// ```python
    /// requests.post(url, data, verify=False)
    /// ```
    ///
    /// ## Instead
    /// Add the certificate of the other side to those that are trusted.
    "auth/tls-verify-off", Auth, SPEAKS, run
}

/// Words that stand wherever such a setting does: a look before the work.
const MENTIONS: &[&str] = &[
    "verify",
    "Verify",
    "VERIFY",
    "sslmode",
    "UNAUTHORIZED",
    "rejectUnauthorized",
    "invalid_certs",
    "strictSSL",
    "strict-ssl",
    "check_hostname",
    "nsecure",
    "NSECURE",
    "TrustServerCertificate",
    "SKIP_SSL",
    "skip_ssl",
];

fn run(context: &Context<'_>, found: &mut Vec<Finding>) {
    callbacks(context, found);
    let mut gone: Vec<String> = Vec::new();
    let mut fresh = Vec::new();
    for file in context.files {
        if !file.after.exists || !mentions(file, MENTIONS) || local(&file.path) || unreadable(file)
        {
            continue;
        }
        let code = (literals(&file.before), literals(&file.after));
        for (before, after) in [code, (&file.before.settings, &file.after.settings)] {
            let deltas = compare_in(file, before, after);
            for setting in &deltas.removed {
                if unchecked(setting) {
                    gone.push(key(setting));
                }
            }
            for (was, is) in &deltas.changed {
                if unchecked(is) && !unchecked(was) {
                    fresh.push(finding(file, is, Some(was)));
                }
            }
            for setting in &deltas.added {
                // A chart's new part brings values that nothing relies on yet.
                let brought = settings::purpose(file) == Some(Purpose::ChartValues)
                    && !holds(before, setting.around());
                // Only if somebody asks for it.
                let chosen = conditional(&file.after, &setting.span);
                if unchecked(setting) {
                    let (key, finding) = finding(file, setting, None);
                    fresh.push((key, finding.speaks_if(!brought && !chosen)));
                }
            }
        }
    }
    for (key, finding) in fresh {
        // As often in the whole change as before: moved.
        let [before, after] = counts(context, &key);
        if after <= before {
            continue;
        }
        // It stood elsewhere before: moved.
        match gone.iter().position(|it| *it == key) {
            Some(at) => {
                gone.remove(at);
            }
            None => found.push(finding),
        }
    }
}

/// Functions and classes that are to check the other side, and say yes to everybody.
fn callbacks(context: &Context<'_>, found: &mut Vec<Finding>) {
    let files = || context.files.iter();
    let before: usize = files().map(|it| trusting(&it.before).len()).sum();
    let after: usize = files().map(|it| trusting(&it.after).len()).sum();
    if after <= before {
        return;
    }
    for file in context.files.iter().filter(|it| !local(&it.path)) {
        let known = trusting(&file.before);
        let new = trusting(&file.after);
        if new.len() <= known.len() {
            continue;
        }
        let said: Vec<&str> = known.iter().map(|it| file.before.code(&it.span)).collect();
        let fresh = |it: &&Trusting<'_>| !said.contains(&file.after.code(&it.span));
        let Some(it) = new.iter().find(fresh) else {
            continue;
        };
        let code = file.after.code(&it.span);
        // Only if somebody asks for it.
        let chosen = conditional(&file.after, &it.span);
        found.push(
            Finding::new(file, it.symbol, format!("trusts everybody {}", it.by))
                .after(it.line, code)
                .says(
                    format!(
                        "{} takes whatever certificate the other side shows (`{}`). Someone in between could read and change what is sent, passwords included.",
                        name_of(it.symbol),
                        it.by
                    ),
                    "Trust the certificate of that server instead of trusting every one.",
                )
                .speaks_if(!chosen),
        );
    }
}

/// Something that is to check the other side of a connection, and says yes to everybody.
struct Trusting<'a> {
    symbol: &'a str,
    by: &'a str,
    line: u32,
    span: Span,
}

fn trusting<'a>(side: &'a SideFacts<'_>) -> Vec<Trusting<'a>> {
    let words = [
        "ertificate",
        "ostname",
        "Trust",
        "checkServer",
        "verify_server",
        "unverified",
    ];
    if !words.iter().any(|it| side.text.contains(it)) {
        return Vec::new();
    }
    let mut out = Vec::new();
    for scope in side.tree.scopes.iter() {
        let checks = matches!(
            scope.name.as_str(),
            "checkServerTrusted" | "verify_server_cert" | "verifyServerCert"
        );
        if checks && says_yes(&scope.body) {
            out.push(Trusting {
                symbol: &scope.path,
                by: &scope.name,
                line: scope.line,
                span: scope.span.clone(),
            });
        }
        let mut add = |by: &'a str, at: &'a Expr| {
            out.push(Trusting {
                symbol: &scope.path,
                by,
                line: at.line,
                span: at.span.clone(),
            });
        };
        for slot in slots(scope).into_iter().filter(|it| decides(it.name)) {
            if yields(&side.tree, slot.value) {
                add(slot.name, slot.value);
            }
        }
        each_expr(&scope.body, &mut |it| {
            let ExprKind::Call(callee, arguments) = &it.kind else {
                return;
            };
            let name = callee.last_name();
            if name == "_create_unverified_context" {
                add(name, it);
            } else if decides(name) || matches!(name, "loadTrustMaterial" | "trustManager") {
                let given = arguments.iter().filter(|it| it.name.is_none());
                if given.map(|it| &it.value).any(|it| yields(&side.tree, it)) {
                    add(name, it);
                }
            }
        });
    }
    out
}

/// Whether what has this name decides whether the other side is who it says.
fn decides(name: &str) -> bool {
    let plain: String = name.chars().filter(|it| *it != '_').collect();
    let plain = plain.to_ascii_lowercase();
    plain.ends_with("certificatevalidationcallback")
        || plain.ends_with("certificatecustomvalidationcallback")
        || plain.ends_with("hostnameverifier")
        || matches!(
            plain.as_str(),
            "checkserveridentity" | "badcertificatecallback"
        )
}

/// Whether a value says yes to everybody: a function, or something whose name says so.
fn yields(tree: &Tree, value: &Expr) -> bool {
    const EVERYBODY: &[&str] = &[
        "acceptany",
        "acceptall",
        "allowall",
        "insecuretrust",
        "noophostname",
        "nullhostname",
        "trustall",
        "trustany",
        "trusteverything",
    ];
    if let Some(body) = body(tree, value) {
        return says_yes(body);
    }
    let name: String = match &value.kind {
        ExprKind::Function(..) => return false,
        ExprKind::Text(_) => return false,
        _ => value.to_string(),
    };
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let plain = plain.to_ascii_lowercase();
    EVERYBODY.iter().any(|it| plain.contains(it))
}

/// How often either side of the whole change says under this key not to check.
fn counts(context: &Context<'_>, wanted: &str) -> [usize; 2] {
    let count = |side: &SideFacts<'_>| {
        let code = literals(side);
        let all = code.iter().chain(&side.settings);
        all.filter(|it| key(it) == wanted && unchecked(it)).count()
    };
    context.files.iter().fold([0, 0], |[before, after], file| {
        [before + count(&file.before), after + count(&file.after)]
    })
}

/// The last key, without its case and joints.
fn key(setting: &Setting) -> String {
    let last = setting.key().rsplit('.').next().unwrap_or_default();
    last.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|it| it.to_ascii_lowercase())
        .collect()
}

/// Whether a setting says not to check the other side.
fn unchecked(setting: &Setting) -> bool {
    let value = setting.value.as_str();
    let literal = setting.kind != ValueKind::Expression;
    match key(setting).as_str() {
        "verify" => {
            let caller = setting.path.iter().rev().nth(1).map_or("", SmolStr::as_str);
            let called = [
                "get",
                "post",
                "put",
                "patch",
                "delete",
                "head",
                "request",
                "Session",
                "Client",
                "AsyncClient",
                "session",
                "client",
            ];
            setting.kind == ValueKind::Bool && value == "false" && called.contains(&caller)
                || setting.key().ends_with("session.verify") && value == "false"
                // Guzzle's `RequestOptions::VERIFY => false`.
                || setting.key().contains("RequestOptions") && value == "false"
        }
        "insecureskipverify"
        | "insecureskiptlsverify"
        | "tlsskipverify"
        | "skiptlsverify"
        | "dangeracceptinvalidcerts"
        | "dangeracceptinvalidhostnames"
        | "allowinsecurerequests"
        | "trustservercertificate"
        | "sslinsecure"
        | "skipssl"
        | "skiptls"
        | "disablessl"
        | "disabletls"
        | "tlsinsecure" => literal && on(value),
        "rejectunauthorized" | "strictssl" | "sslverify" | "tlsverify" | "verifyssl"
        | "verifytls" | "verifycertificate" | "verifycerts" | "sslverifypeer" | "sslverifyhost"
        | "verifypeer" | "verifyhostname" | "checkhostname" => literal && off(value),
        "nodetlsrejectunauthorized" | "gitsslnoverify" => {
            key(setting) == "nodetlsrejectunauthorized" && value == "0"
                || key(setting) == "gitsslnoverify" && on(value)
        }
        "verifymode" => value.contains("VERIFY_NONE") || value.contains("CERT_NONE"),
        "sslmode" => matches!(value, "disable" | "allow"),
        "curloptsslverifypeer" | "curloptsslverifyhost" => literal && off(value),
        // A switch of a chart or a store that speaks of nothing but the connection.
        "insecure" if setting.kind == ValueKind::Bool => on(value),
        it if it.ends_with("skipssl") || it.ends_with("skiptlsverify") => literal && on(value),
        _ => literal && value.contains("sslmode=disable") && !inside(value),
    }
}

/// An address of this machine, or of a service beside it.
fn inside(value: &str) -> bool {
    [
        "localhost",
        "127.0.0.1",
        "@db",
        "@postgres",
        "host.docker.internal",
    ]
    .iter()
    .any(|it| value.contains(it))
}

fn finding(file: &FilePair<'_>, after: &Setting, before: Option<&Setting>) -> (String, Finding) {
    let symbol = match after.path.first() {
        Some(first) if !first.is_empty() => first.as_str(),
        _ => after.key(),
    };
    let where_ = if symbol == after.key() {
        "This connection"
    } else {
        symbol
    };
    let mut finding = Finding::new(file, symbol, format!("{} = {}", key(after), after.value))
        .after(after.line, &format!("{} = {}", after.key(), after.value))
        .says(
            format!(
                "{where_} no longer checks that it talks to the right server (`{}` is `{}`). \
                 Someone in between could read and change what is sent, passwords included.",
                after.key(),
                after.value
            ),
            "Trust the certificate of that server instead of trusting every one.",
        );
    if let Some(before) = before {
        finding = finding.before(before.line, &format!("{} = {}", before.key(), before.value));
    }
    (key(after), finding)
}
