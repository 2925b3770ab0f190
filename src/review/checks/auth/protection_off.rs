use crate::facts::fact::Call;
use crate::facts::setting::{Setting, ValueKind};
use crate::facts::tree::{Expr, ExprKind, Operator};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::code::draws;
use crate::review::compare::FilePair;
use crate::review::delta::ScopeDelta;
use crate::review::finding::{Finding, name_of};
use crate::review::rank::weaker;
use crate::review::settings::{self, Purpose, example, local, off, on, unreadable};
use crate::review::slots::{self, Slot};

check! {
    /// A protection that was on is off now, or a way around one that was off is on.
    ///
    /// ## What it does
    /// Compares switches by their names: a rate limit, a second factor, the check of a signature, a
    /// sandbox. Speaks when one goes from on to off, in configuration and in defaults in code, and
    /// when a switch that skips or disables one goes from off to on. The same goes for Spring's
    /// `csrf().disable()`, for a rule that is gone from Symfony's `access_control` or comes after one
    /// that already lets people in there, for a function by which a server or an upload decided whom
    /// to let in (`allowRequest`, `fileFilter`), and for connections that are newly made in the clear.
    ///
    /// ## Why it matters
    /// Everybody who never set it has the protection one day and not the next, and nothing tells them.
    ///
    /// ## Example
    /// ```ts
    /// RATE_LIMITER_ENABLED = toBoolean(env.RATE_LIMITER_ENABLED ?? "false") // was "true"
    /// ```
    ///
    /// ## Instead
    /// Leave it on by default, and let those switch it off who have a reason.
    "auth/protection-off", Auth, SPEAKS, run
}

/// Words of things that keep people out.
const PROTECTS: &[&str] = &[
    "limiter",
    "ratelimit",
    "ratelimiter",
    "throttle",
    "throttling",
    "csrf",
    "xsrf",
    "captcha",
    "mfa",
    "2fa",
    "totp",
    "signature",
    "signatures",
    "sandbox",
    "sandboxed",
    "authentication",
    "authorization",
    "rbac",
    "acl",
    "lockout",
    "bruteforce",
];

/// Words of ways around.
const AROUND: &[&str] = &[
    "disable",
    "disabled",
    "skip",
    "bypass",
    "ignore",
    "insecure",
    "without",
    "no",
    "off",
    "exempt",
    "anonymous",
];

/// Whether the switch of this name protects when it is on, or when it is off.
fn protects(name: &str) -> Option<bool> {
    let found = words(name);
    let any = |list: &[&str]| found.iter().any(|it| list.contains(&it.as_str()));
    let rate = found
        .windows(2)
        .any(|it| it[0] == "rate" && it[1].starts_with("limit"));
    let forced = any(&["enforce", "require", "requires", "required"])
        && any(&[
            "security",
            "tls",
            "ssl",
            "encryption",
            "signed",
            "auth",
            "login",
            "password",
            "permission",
            "permissions",
            "verification",
            "https",
            "approval",
        ]);
    if !(any(PROTECTS) || rate || forced) {
        return None;
    }
    Some(!any(AROUND))
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        if draws(delta.file) || local(&delta.file.path) {
            continue;
        }
        let wanted = |slot: &Slot<'_>| protects(slot.name).is_some();
        let changes = slots::changes(delta.before, delta.after, &delta.renames, &wanted);
        for (before, after) in changes.changed {
            let (Some(was), Some(is), Some(positive)) = (
                answer(before.value),
                answer(after.value),
                protects(after.name),
            ) else {
                continue;
            };
            if was == is || is == positive {
                continue;
            }
            out.push(
                finding(
                    Finding::new(delta.file, delta.symbol(), format!("{} {is}", after.name)),
                    &format!("`{}` in {}", after.name, name_of(delta.symbol())),
                    positive,
                )
                .before(before.line, delta.base_file.before.code(&before.span))
                .after(after.line, delta.file.after.code(&after.span)),
            );
        }
        hooks(delta, out);
        in_the_clear(context, delta, out);
        let Some(call) = delta.calls_gained.iter().find(|it| switches_off(it)) else {
            continue;
        };
        let found = Finding::new(delta.file, delta.symbol(), "csrf disabled".to_owned());
        let found = match call.name.as_str() {
            "exempt" => found.says(
                format!(
                    "{} takes `{}` out of the check that a request comes from our own pages. Another site could send it for a signed-in user.",
                    name_of(delta.symbol()),
                    call.arguments.first().map_or_else(String::new, |it| it.value.to_string())
                ),
                "Keep the check, or say why no cookie signs anybody in there.",
            ),
            _ => finding(found, &format!("`csrf` in {}", name_of(delta.symbol())), false),
        };
        out.push(found.after(call.place.line, delta.file.after.code(&call.place.span)));
    }
    let wanted = |it| {
        !matches!(
            it,
            Purpose::Secrets | Purpose::Dependencies | Purpose::Flags
        )
    };
    for (file, _, deltas) in settings::changed(context, wanted) {
        if local(&file.path) || example(&file.path) {
            continue;
        }
        comes_too_late(file, out);
        for was in &deltas.removed {
            let rule = was.path.iter().position(|it| it == "access_control");
            let Some(address) = rule.and_then(|it| was.path.get(it + 1)) else {
                continue;
            };
            if !matches!(was.key(), "roles" | "role" | "allow_if") {
                continue;
            }
            out.push(
                Finding::new(file, &was.dotted(), format!("rule for {address} is gone"))
                    .before(was.line, &format!("{}: {}", was.key(), was.value))
                    .says(
                        format!("The rule that asked for `{}` at `{address}` is gone. People who were kept out could get there.", was.value),
                        "Keep the rule, or say what keeps people out there now.",
                    ),
            );
        }
        for (was, is) in deltas.changed {
            // `mfa.enabled` says in two keys what `mfa_enabled` says in one.
            let name = match (is.key(), is.around().last()) {
                ("enabled" | "enable" | "disabled" | "required", Some(around)) => {
                    format!("{around}_{}", is.key())
                }
                (key, _) => key.to_owned(),
            };
            let plain = |it: &Setting| it.kind != ValueKind::Expression;
            let Some(positive) = protects(&name).filter(|_| plain(was) && plain(is)) else {
                continue;
            };
            let flips = if positive {
                on(&was.value) && off(&is.value)
            } else {
                off(&was.value) && on(&is.value)
            };
            if !flips {
                continue;
            }
            out.push(
                finding(
                    Finding::new(file, &is.dotted(), format!("{name} {}", is.value)),
                    &format!("`{}`", is.dotted()),
                    positive,
                )
                .before(was.line, &format!("{}: {}", was.key(), was.value))
                .after(is.line, &format!("{}: {}", is.key(), is.value)),
            );
        }
    }
}

/// A rule of Symfony's `access_control`.
struct Rule<'a> {
    address: &'a str,
    roles: Vec<&'a Setting>,
    /// Whether it holds for some requests to the address only.
    sometimes: bool,
    line: u32,
}

/// The rules in their order: the first one that fits a request decides.
fn rules(settings: &[Setting]) -> Vec<Rule<'_>> {
    let mut out: Vec<Rule<'_>> = Vec::new();
    for setting in settings {
        let Some(at) = setting.path.iter().position(|it| it == "access_control") else {
            continue;
        };
        let (Some(address), Some(key)) = (setting.path.get(at + 1), setting.path.get(at + 2))
        else {
            continue;
        };
        let index = out.iter().position(|it| it.address == address.as_str());
        let index = index.unwrap_or_else(|| {
            out.push(Rule {
                address,
                roles: Vec::new(),
                sometimes: false,
                line: setting.line,
            });
            out.len() - 1
        });
        let rule = &mut out[index];
        match key.as_str() {
            "path" => {}
            "roles" | "role" => rule.roles.push(setting),
            _ => rule.sometimes = true,
        }
    }
    out.sort_by_key(|it| it.line);
    out
}

/// The beginning of all addresses that a rule is about, where it is plain.
fn beginning(address: &str) -> Option<&str> {
    let plain = address.strip_prefix('^')?;
    let simple = |it: char| it.is_alphanumeric() || matches!(it, '/' | '-' | '_');
    plain.chars().all(simple).then_some(plain)
}

/// The rule before it that decides in place of one that asks for more.
fn overtaken<'r, 'a>(rules: &'r [Rule<'a>], rule: &Rule<'_>) -> Option<&'r Rule<'a>> {
    let asked = rule.roles.first()?;
    let own = beginning(rule.address)?;
    rules
        .iter()
        .take_while(|it| it.address != rule.address)
        .filter(|it| !it.sometimes)
        .find(|it| {
            let less = |role: &&Setting| {
                role.value.contains("ANONYMOUS") || weaker(&asked.value, &role.value) == Some(true)
            };
            beginning(it.address).is_some_and(|start| own.starts_with(start))
                && !it.roles.is_empty()
                && it.roles.iter().all(less)
        })
}

/// Rules of Symfony's `access_control` that another one newly comes before.
fn comes_too_late(file: &FilePair<'_>, out: &mut Vec<Finding>) {
    if unreadable(file) {
        return;
    }
    let (before, after) = (rules(&file.before.settings), rules(&file.after.settings));
    for rule in &after {
        let Some(first) = overtaken(&after, rule) else {
            continue;
        };
        let known = before.iter().find(|it| it.address == rule.address);
        if known.is_none_or(|it| overtaken(&before, it).is_some()) {
            continue;
        }
        let (asked, instead) = (&rule.roles[0].value, &first.roles[0].value);
        out.push(
            Finding::new(file, "access_control", format!("{} comes after {}", rule.address, first.address))
                .after(first.line, &format!("{}: {instead}", first.address))
                .says(
                    format!(
                        "The rule that asks for `{asked}` at `{}` comes after one for `{}`, which decides first and asks for `{instead}`. People who were kept out could get there.",
                        rule.address, first.address
                    ),
                    "Put the rules for some addresses before those for all.",
                ),
        );
    }
}

/// Functions that were handed to a server to decide whom it lets in: socket.io's `allowRequest`.
fn hooks(delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    let decides = |it: &Slot<'_>| {
        matches!(
            it.name,
            "allowRequest"
                | "verifyClient"
                | "CheckOrigin"
                | "fileFilter"
                | "checkOrigin"
                | "isAuthorized"
                | "authorize"
                | "onAuthenticate"
                | "beforeConnect"
                | "allowed_request_origins"
                | "OriginPatterns"
        )
    };
    let changes = slots::changes(delta.before, delta.after, &delta.renames, &decides);
    for lost in changes.lost.iter().filter(|it| !it.owner.is_empty()) {
        let stays = delta.calls_after.iter().any(|it| it.name == lost.owner);
        if !changes.gained.is_empty() || !stays {
            continue;
        }
        out.push(
            Finding::new(delta.file, delta.symbol(), format!("hook {}", lost.name))
                .before(lost.line, delta.base_file.before.code(&lost.span))
                .near(delta.line_after(lost.line))
                .says(
                    format!(
                        "{} told `{}` whom to let in (`{}`), and no longer does. Whoever was turned away gets through.",
                        name_of(delta.symbol()),
                        lost.owner,
                        lost.name
                    ),
                    "Keep it, or say where it is decided now, and add a test that a stranger is refused.",
                ),
        );
    }
}

/// Connections that are newly made without encryption: gRPC's `insecure.NewCredentials()`.
fn in_the_clear(context: &Context<'_>, delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    let clear = |it: &Call| match it.name.as_str() {
        "NewCredentials" => it.callee.first_name() == "insecure",
        "WithInsecure" | "insecure_channel" | "usePlaintext" | "createInsecure" => true,
        _ => false,
    };
    let count = |calls: &[&Call]| calls.iter().filter(|it| clear(it)).count();
    if count(&delta.calls_after) <= count(&delta.calls_before) {
        return;
    }
    let Some(call) = delta.calls_after.iter().rev().find(|it| clear(it)) else {
        return;
    };
    let [was, is] = context.deltas.call_counts(&call.name);
    let secure = |it: &&&Call| {
        let found = words(&it.callee.to_string());
        found
            .iter()
            .any(|it| matches!(it.as_str(), "tls" | "ssl" | "secure"))
    };
    // Beside an encrypted connection, or in place of one.
    let Some(other) = delta.calls_before.iter().find(secure) else {
        return;
    };
    out.push(
        Finding::new(delta.file, delta.symbol(), format!("in the clear {}", call.callee))
            .before(other.place.line, delta.base_file.before.code(&other.place.span))
            .after(call.place.line, delta.file.after.code(&call.place.span))
            .says(
                format!(
                    "{} now also makes a connection without encryption. Whoever is in between can read and change what is sent, tokens and passwords included.",
                    name_of(delta.symbol())
                ),
                "Encrypt it, or allow it for this machine alone.",
            )
            .speaks_if(is > was),
    );
}

/// Spring's `http.csrf(it -> it.disable())` and `http.csrf().disable()`, Flask's
/// `csrf.exempt(view)`.
fn switches_off(call: &Call) -> bool {
    let disables = |text: &str| text.to_ascii_lowercase().contains("disable");
    match call.name.as_str() {
        "csrf" => call
            .arguments
            .iter()
            .any(|it| disables(&it.value.to_string())),
        "exempt" => words(call.callee.first_name())
            .iter()
            .any(|it| it == "csrf"),
        "disable" => call.callee.to_string().contains("csrf()"),
        _ => false,
    }
}

/// The yes or no that a value is, or falls back to.
fn answer(value: &Expr) -> Option<bool> {
    match &value.kind {
        ExprKind::Bool(value) => Some(*value),
        ExprKind::Text(text) if on(text) => Some(true),
        ExprKind::Text(text) if off(text) => Some(false),
        ExprKind::Binary(Operator::Or, _, otherwise) => answer(otherwise),
        ExprKind::Call(_, arguments) => arguments.last().and_then(|it| answer(&it.value)),
        _ => None,
    }
}

fn finding(finding: Finding, name: &str, positive: bool) -> Finding {
    finding.says(
        format!(
            "{name} {}. Whoever never set it loses the protection when this goes out.",
            if positive {
                "was on and is now off"
            } else {
                "left the protection on and now switches it off"
            }
        ),
        "Leave it on by default, and let those switch it off who have a reason.",
    )
}
