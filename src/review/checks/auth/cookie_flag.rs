use crate::facts::fact::Call;
use crate::facts::setting::{Setting, ValueKind};
use crate::facts::tree::{Expr, ExprKind};
use crate::review::Context;
use crate::review::deltas::compare::SideFacts;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::literals::{literals, mentions};
use crate::review::deltas::settings::{compare_in, holds, local, nearest, off, on, unreadable};
use crate::review::deltas::slots::{is_off, is_on};
use crate::review::frameworks::cookies::weakened;
use crate::review::record::finding::{Finding, name_of};

check! {
    /// A cookie can be read by scripts, sent without encryption, or sent from other sites.
    ///
    /// ## What it does
    /// Compares the flags with which cookies are set, in code and in configuration. Speaks when
    /// `secure` or `httpOnly` is switched off or left out where it was on, and when `sameSite`
    /// becomes `none`.
    ///
    /// ## Why it matters
    /// The login cookie is the login: whoever has it is that user.
    ///
    /// ## Example
    /// ```js
    /// res.cookie("session", id, { secure: true })   // was: { secure: true, httpOnly: true }
    /// ```
    ///
    /// ## Instead
    /// Keep `secure`, `httpOnly` and `sameSite: lax` or stricter on every cookie that signs people in.
    "auth/cookie-flag", Auth, SPEAKS, run
}

const MENTIONS: &[&str] = &["ookie", "COOKIE", "session"];

/// What a cookie does without each flag.
fn flag(setting: &Setting) -> Option<(&'static str, &'static str)> {
    let key: String = setting
        .key()
        .rsplit('.')
        .next()
        .unwrap_or_default()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|it| it.to_ascii_lowercase())
        .collect();
    let cookie = setting.path.iter().any(|part| {
        let part = part.to_ascii_lowercase();
        part.contains("cookie") || part.contains("session")
    });
    if !cookie {
        return None;
    }
    Some(match key.as_str() {
        "secure"
        | "sessioncookiesecure"
        | "csrfcookiesecure"
        | "cookiesecure"
        | "securecookie"
        | "usesecurecookies" => ("secure", harm("secure")),
        "httponly" | "sessioncookiehttponly" | "csrfcookiehttponly" | "cookiehttponly" => {
            ("httpOnly", harm("httpOnly"))
        }
        "samesite" | "sessioncookiesamesite" | "csrfcookiesamesite" | "cookiesamesite" => {
            ("sameSite", harm("sameSite"))
        }
        _ => return None,
    })
}

fn harm(flag: &str) -> &'static str {
    match flag {
        "secure" => "can be sent over an unencrypted connection and read on the way",
        "httpOnly" => "can be read by any script on the page",
        _ => "is sent along when another site makes the visitor's browser call this one",
    }
}

fn kept(name: &str, setting: &Setting) -> Option<bool> {
    let value = setting.value.to_ascii_lowercase();
    if name == "sameSite" {
        return match value.as_str() {
            _ if value.contains("none") && setting.kind != ValueKind::Null => Some(false),
            "false" => Some(false),
            _ if value.contains("lax") || value.contains("strict") || value == "true" => Some(true),
            _ => None,
        };
    }
    match setting.kind {
        ValueKind::Expression => None,
        _ if on(&value) => Some(true),
        _ if off(&value) => Some(false),
        _ => None,
    }
}

fn run(context: &Context<'_>, found: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        if !local(&delta.file.path) {
            switched(delta, found);
        }
    }
    for file in context.files {
        if !file.before.exists
            || !file.after.exists
            || unreadable(file)
            || local(&file.path)
            || !mentions(file, MENTIONS)
        {
            continue;
        }
        for it in weakened(file) {
            let symbol = &file.after.tree.scopes[it.after.place.scope].path;
            found.push(
                Finding::new(file, symbol, format!("{} left out", it.flag))
                    .before(
                        it.before.place.line,
                        file.before.code(&it.before.place.span),
                    )
                    .after(it.after.place.line, file.after.code(&it.after.place.span))
                    .says(
                        format!(
                            "The cookie set by {} had `{}`, and no longer has it. It {}.",
                            name_of(symbol),
                            it.flag,
                            harm(it.flag)
                        ),
                        format!("Put `{}` back.", it.flag),
                    ),
            );
        }
        let code = (literals(&file.before), literals(&file.after));
        for (before, after) in [code, (&file.before.settings, &file.after.settings)] {
            let deltas = compare_in(file, before, after);
            for (was, is) in &deltas.changed {
                let Some((name, harm)) = flag(is) else {
                    continue;
                };
                if kept(name, was) != Some(false)
                    && kept(name, is) == Some(false)
                    && (kept(name, was) == Some(true) || was.kind == ValueKind::Expression)
                {
                    let (symbol, cookie) = names(is);
                    found.push(
                        Finding::new(file, &symbol, format!("{name} off"))
                            .before(was.line, &format!("{} = {}", was.key(), was.value))
                            .after(is.line, &format!("{} = {}", is.key(), is.value))
                            .says(
                                format!("The cookie set by {cookie} had `{name}` on and now has it off. It {harm}."),
                                format!("Keep `{name}` on."),
                            ),
                    );
                }
            }
            for was in &deltas.removed {
                let Some((name, harm)) = flag(was) else {
                    continue;
                };
                // The cookie is still set here, and nothing else sets the flag.
                let around = was.around();
                let again = after.iter().any(|it| {
                    flag(it).is_some_and(|(other, _)| other == name)
                        && kept(name, it) != Some(false)
                        && it.path.first() == was.path.first()
                }) || deltas
                    .added
                    .iter()
                    .any(|it| flag(it).is_some_and(|(other, _)| other == name));
                // A default that is set in another place now.
                let moved = stands(context, name, false) >= stands(context, name, true);
                if kept(name, was) != Some(true)
                    || again
                    || moved
                    || around.len() < 2
                    || !holds(after, around)
                {
                    continue;
                }
                let (symbol, cookie) = names(was);
                let mut finding = Finding::new(file, &symbol, format!("{name} left out"))
                    .before(was.line, &format!("{} = {}", was.key(), was.value))
                    .says(
                        format!("The cookie set by {cookie} had `{name}`, and no longer has it. It {harm}."),
                        format!("Put `{name}` back."),
                    );
                finding.line = nearest(after, &was.path);
                found.push(finding);
            }
        }
    }
}

/// How often one side of the whole change switches a protection on.
fn stands(context: &Context<'_>, name: &str, before: bool) -> usize {
    let sides = context
        .files
        .iter()
        .map(|it| if before { &*it.before } else { &*it.after });
    let count = |side: &SideFacts<'_>| {
        let code = literals(side);
        let all = code.iter().chain(&side.settings);
        all.filter(|it| {
            flag(it).is_some_and(|(flag, _)| flag == name) && kept(name, it) == Some(true)
        })
        .count()
    };
    sides.map(count).sum()
}

/// Calls that do nothing but switch a protection: `config.setHttpOnly(true)`, `csrf.Secure(false)`.
fn switched(delta: &ScopeDelta<'_>, found: &mut Vec<Finding>) {
    let switch = |call: &Call| -> Option<&'static str> {
        let name: String = call.name.replace('_', "").to_ascii_lowercase();
        let bare = name
            .strip_prefix("set")
            .or_else(|| name.strip_prefix("with"));
        match bare.unwrap_or(&name) {
            "secure" => Some("secure"),
            "httponly" => Some("httpOnly"),
            "samesite" => Some("sameSite"),
            _ => None,
        }
    };
    // `SameSite::None` sends a cookie along from every site, `SameSite::Lax` from none.
    let site = |flag: &str, value: &Expr, names: &[&str]| {
        let name = match &value.kind {
            ExprKind::Text(text) => text.to_ascii_lowercase(),
            _ => value.last_name().to_ascii_lowercase(),
        };
        flag == "sameSite" && names.contains(&name.as_str())
    };
    let near = delta
        .calls_before
        .iter()
        .chain(&delta.calls_after)
        .map(|it| it.callee.to_string())
        .chain([delta.file.path.clone(), delta.after.path.clone()])
        .any(|it| {
            let it = it.to_ascii_lowercase();
            it.contains("cookie") || it.contains("session") || it.contains("csrf")
        });
    for after in delta.calls_after.iter().filter(|_| near) {
        let (Some(flag), [only]) = (switch(after), after.arguments.as_slice()) else {
            continue;
        };
        let before = delta
            .calls_before
            .iter()
            .find(|it| it.callee.to_string() == after.callee.to_string())
            .or_else(|| only_one(&delta.calls_before, &after.name));
        let on = |it: &Expr| {
            is_on(it)
                || site(
                    flag,
                    it,
                    &["lax", "strict", "samesitelaxmode", "samesitestrictmode"],
                )
        };
        let off = |it: &Expr| is_off(it) || site(flag, it, &["none", "samesitenonemode"]);
        let was_on = before.is_some_and(|it| it.arguments.first().is_some_and(|it| on(&it.value)));
        let is_off = off(&only.value) && before.is_none_or(|_| was_on);
        // What was always on is now up to something else.
        let left_open = flag != "sameSite" && was_on && !on(&only.value) && !off(&only.value);
        if !is_off && !left_open {
            continue;
        }
        let mut finding =
            Finding::new(delta.file, delta.symbol(), format!("{flag} {}", only.value))
                .after(after.place.line, delta.file.after.code(&after.place.span))
                .says(
                    format!(
                        "The cookie set by {} {} `{flag}`. It {}.",
                        name_of(delta.symbol()),
                        if is_off {
                            "is now set without"
                        } else {
                            "no longer always has"
                        },
                        harm(flag)
                    ),
                    format!("Keep `{flag}` on."),
                );
        if let Some(before) = before {
            finding = finding.before(
                before.place.line,
                delta.base_file.before.code(&before.place.span),
            );
        }
        found.push(finding);
    }
}

fn names(setting: &Setting) -> (String, String) {
    let key = |place: usize| setting.path.get(place).map(ToString::to_string);
    let symbol = key(0).filter(|it| !it.is_empty());
    let shown = symbol.or_else(|| key(1)).unwrap_or_default();
    (shown.clone(), shown)
}

/// The one call of a name, where there is no other: the chain before it may have changed.
fn only_one<'c>(calls: &'c [&Call], name: &str) -> Option<&'c &'c Call> {
    let mut found = calls.iter().filter(|it| it.name == name);
    found.next().filter(|_| found.next().is_none())
}
