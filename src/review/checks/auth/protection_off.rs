use crate::facts::fact::Call;
use crate::facts::setting::{Setting, ValueKind};
use crate::facts::tree::{Expr, ExprKind, Operator, ScopeKind, Stmt, StmtKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::code::draws;
use crate::review::conditions::rank::keeps_out;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::settings::{self, Purpose, example, local, off, on};
use crate::review::deltas::slots::{self, Slot, SlotKind};
use crate::review::frameworks::passwords;
use crate::review::frameworks::{access_rules, aspnet};
use crate::review::infrastructure::clear_text;
use crate::review::record::finding::{Finding, name_of};

check! {
    /// A protection that was on is off now, or a way around one that was off is on.
    ///
    /// ## What it does
    /// Compares switches by their names: a rate limit, a second factor, the check of a signature, a
    /// sandbox. Speaks when one goes from on to off, in configuration and in defaults in code, and
    /// when a switch that skips or disables one goes from off to on. The same goes for Spring's
    /// `csrf().disable()`, for a rule that is gone from Symfony's `access_control` or comes after one
    /// that already lets people in there, for a function by which a server or an upload decided whom
    /// to let in (`allowRequest`, `fileFilter`), for connections that are newly made in the clear, for
    /// passwords that may newly be shorter than eight characters, and for ASP.NET Core's fallback
    /// policy and its count of failed logins.
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
    let forced = any(&[
        "enforce", "force", "forced", "require", "requires", "required",
    ]) && any(&[
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
    let locks = found
        .windows(2)
        .any(|it| it[0] == "lock" && it[1] == "strategy");
    if !(any(PROTECTS) || rate || forced || locks) {
        return None;
    }
    Some(!any(AROUND))
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    passwords::shorter(context, out);
    aspnet::opened(context, out);
    for delta in &context.deltas.scopes {
        if draws(delta.file) || local(&delta.file.path) {
            continue;
        }
        let wanted = |slot: &Slot<'_>| protects(&switch(slot)).is_some();
        let changes = slots::changes(delta.before, delta.after, &delta.renames, &wanted);
        for (before, after) in changes.changed {
            let Some(positive) = protects(&switch(&after)) else {
                continue;
            };
            if !turned(before.value, after.value, positive) {
                continue;
            }
            out.push(
                finding(
                    Finding::new(
                        delta.file,
                        delta.symbol(),
                        format!("{} {}", after.name, !positive),
                    ),
                    &format!("`{}` in {}", after.name, name_of(delta.symbol())),
                    positive,
                )
                .before(before.line, delta.base_file.before.code(&before.span))
                .after(after.line, delta.file.after.code(&after.span)),
            );
        }
        for lost in &changes.lost {
            let stays = context
                .files
                .iter()
                .any(|it| it.after.text.contains(lost.name));
            let set = matches!(lost.kind, SlotKind::Assigned | SlotKind::Local);
            if set && encrypts(lost.name) && answer(lost.value) == Some(true) && !stays {
                out.push(
                    finding(
                        Finding::new(delta.file, delta.symbol(), format!("{} gone", lost.name)),
                        &format!("`{}` in {}", lost.name, name_of(delta.symbol())),
                        true,
                    )
                    .before(lost.line, delta.base_file.before.code(&lost.span))
                    .near(delta.line_after(lost.line)),
                );
            }
        }
        decided(delta, out);
        emptied(delta, out);
        hooks(delta, out);
        clear_text::in_the_clear(context, delta, out);
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
        access_rules::weaker(file, &deltas, out);
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

/// What a slot switches: `skip` of `rateLimit({ skip: … })` says it only with its owner.
fn switch(slot: &Slot<'_>) -> String {
    match slot.name {
        "skip" | "enabled" | "enable" | "disabled" | "disable" => {
            format!("{}_{}", slot.owner, slot.name)
        }
        name => name.to_owned(),
    }
}

/// Whether a switch goes to the side on which nothing is protected.
fn turned(before: &Expr, after: &Expr, positive: bool) -> bool {
    let nothing = |it: &Expr| match &it.kind {
        ExprKind::Text(text) => matches!(text.as_str(), "none" | "disabled" | "null"),
        ExprKind::Null => true,
        _ => false,
    };
    match (answer(before), answer(after)) {
        (Some(was), Some(is)) => was != is && is != positive,
        // It was decided anew each time, and is not any more.
        (None, Some(is)) => matches!(before.kind, ExprKind::Function(..)) && is != positive,
        // One way to do it, and now none.
        (None, None) => {
            positive
                && matches!(&before.kind, ExprKind::Text(text) if !text.is_empty())
                && !nothing(before)
                && nothing(after)
        }
        _ => false,
    }
}

/// Whether a switch of this name has every request encrypted. Frameworks have it off.
fn encrypts(name: &str) -> bool {
    let found = words(name);
    let any = |list: &[&str]| found.iter().any(|it| list.contains(&it.as_str()));
    any(&["ssl", "https", "tls"]) && any(&["force", "forced", "enforce", "redirect"])
}

/// A block that decided when a protection is skipped and now always says yes: Doorkeeper's
/// `skip_authorization { |_, client| client.trusted? }`.
fn decided(delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    if let Some(positive) = asked(delta)
        && given(&delta.before.body).is_none()
        && !delta.before.body.is_empty()
        && given(&delta.after.body) == Some(!positive)
    {
        out.push(
            always(delta, &delta.after.name, positive)
                .before(
                    delta.before.line,
                    delta.base_file.before.code(&delta.before.span),
                )
                .after(delta.after.line, delta.file.after.code(&delta.after.span)),
        );
    }
    let block = |call: &Call| {
        let last = call.arguments.last()?;
        matches!(last.value.kind, ExprKind::Function(..)).then(|| last.value.clone())
    };
    for (before, after) in &delta.calls_changed {
        let (Some(was), Some(is), Some(positive)) =
            (block(before), block(after), protects(&after.name))
        else {
            continue;
        };
        if !turned(&was, &is, positive) {
            continue;
        }
        out.push(
            always(delta, &after.name, positive)
                .before(
                    before.place.line,
                    delta.base_file.before.code(&before.place.span),
                )
                .after(after.place.line, delta.file.after.code(&after.place.span)),
        );
    }
}

fn always(delta: &ScopeDelta<'_>, name: &str, positive: bool) -> Finding {
    Finding::new(delta.file, delta.symbol(), format!("{name} always")).says(
        format!(
            "`{name}` in {} was decided case by case, and its answer is now always `{}`. Nobody is asked any more.",
            name_of(delta.symbol()),
            !positive
        ),
        "Decide it by who or what is asking.",
    )
}

/// Whether a function says when something protects, or when it does not: `skip` of a limiter.
fn asked(delta: &ScopeDelta<'_>) -> Option<bool> {
    if delta.after.kind != ScopeKind::Function {
        return None;
    }
    let name = match delta.after.path.rsplit_once('.') {
        Some((owner, "skip")) => format!("{}_skip", owner.rsplit('.').next().unwrap_or(owner)),
        _ => delta.after.name.clone(),
    };
    let first = words(&name).into_iter().next().unwrap_or_default();
    let forces = matches!(first.as_str(), "require" | "requires" | "enforce" | "force");
    protects(&name).filter(|positive| !positive || forces)
}

/// The yes or no that is all that a body gives.
fn given(body: &[Stmt]) -> Option<bool> {
    match body {
        [only] => match &only.kind {
            StmtKind::Return(Some(value)) | StmtKind::Expr(value) => match value.kind {
                ExprKind::Bool(value) => Some(value),
                _ => None,
            },
            _ => None,
        },
        _ => None,
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

/// Lists of what decides who gets in, that nothing stands in any more: the `Authorization` of a
/// dashboard, the guards of a gateway.
fn emptied(delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    let guards = |it: &Expr| match &it.kind {
        ExprKind::Name(_) | ExprKind::Member(..) | ExprKind::Call(..) => keeps_out(it.last_name()),
        _ => false,
    };
    let lists = |it: &Slot<'_>| {
        let found = words(it.name);
        found.iter().any(|it| {
            matches!(
                it.as_str(),
                "auth"
                    | "authorization"
                    | "authorizers"
                    | "filters"
                    | "guards"
                    | "middleware"
                    | "policies"
            )
        })
    };
    let changes = slots::changes(delta.before, delta.after, &delta.renames, &lists);
    for (before, after) in changes.changed {
        let ExprKind::List(was) = &before.value.kind else {
            continue;
        };
        let decides = after.name.eq_ignore_ascii_case("authorization") && !was.is_empty();
        if !(decides || was.iter().any(guards)) || !holds_nothing(after.value) {
            continue;
        }
        out.push(
            Finding::new(delta.file, delta.symbol(), format!("emptied {}", after.name))
                .before(before.line, delta.base_file.before.code(&before.span))
                .after(after.line, delta.file.after.code(&after.span))
                .says(
                    format!(
                        "{} let only those in whom `{}` of `{}` let through, and now nothing stands there. Everybody gets in.",
                        name_of(delta.symbol()),
                        after.name,
                        if after.owner.is_empty() { delta.symbol() } else { after.owner }
                    ),
                    "Keep what decides who gets in, or say where it is decided now, and add a test that a stranger is refused.",
                ),
        );
    }
}

/// `[]`, `Array.Empty<Filter>()`, `List.of()`, nothing at all.
fn holds_nothing(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::List(parts) => parts.is_empty(),
        ExprKind::Null => true,
        ExprKind::Call(callee, arguments) => {
            arguments.is_empty()
                && matches!(callee.last_name(), "Empty" | "emptyList" | "empty" | "of")
        }
        _ => false,
    }
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
    if let Some(answer) = slots::unless_set(value) {
        return Some(answer);
    }
    match &value.kind {
        ExprKind::Bool(value) => Some(*value),
        ExprKind::Text(text) if on(text) => Some(true),
        ExprKind::Text(text) if off(text) => Some(false),
        ExprKind::Binary(Operator::Or, _, otherwise) => answer(otherwise),
        ExprKind::Call(_, arguments) => arguments.last().and_then(|it| answer(&it.value)),
        ExprKind::Function(_, body) => given(body),
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
