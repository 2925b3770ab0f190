use crate::change::Class;
use crate::facts::fact::Call;
use crate::facts::tree::{Argument, Expr, ExprKind};
use crate::review::Context;
use crate::review::compare::{FilePair, SideFacts};
use crate::review::finding::{Finding, name_of};
use crate::review::key::Renames;
use crate::review::record::Tier;
use crate::review::slots::{self, Slot, SlotKind, is_off, is_on, risen, touched};
use std::collections::BTreeSet;

check! {
    /// A cookie lost a protection: it can be read, or is sent, in more places.
    ///
    /// ## What it does
    /// Compares the options `secure`, `httpOnly` and `sameSite` of cookies and sessions. It speaks
    /// when one is switched off, or when one that was on is gone from a cookie that is still set.
    ///
    /// ## Why it matters
    /// A login cookie that scripts can read, or that travels unencrypted or with requests of other
    /// sites, lets somebody else act as the user.
    ///
    /// ## Example
    /// ```ts
    /// res.cookie("session", id, { httpOnly: true, secure: true }); // before
    /// res.cookie("session", id, { secure: true });                 // after
    /// ```
    ///
    /// ## Instead
    /// Keep `secure`, `httpOnly` and `sameSite` on every cookie that identifies somebody.
    "auth/cookie-flag", Auth, SPEAKS, run
}

/// What a slot protects, by its name.
fn flag(slot: &Slot<'_>) -> Option<&'static str> {
    let name = slot.name.to_lowercase().replace(['_', '-'], "");
    match name.as_str() {
        "secure" | "sessioncookiesecure" | "csrfcookiesecure" | "cookiesecure" => Some("secure"),
        "httponly" | "sessioncookiehttponly" | "cookiehttponly" => Some("httpOnly"),
        "samesite" | "sessioncookiesamesite" | "cookiesamesite" => Some("sameSite"),
        _ => None,
    }
}

fn of_cookie(slot: &Slot<'_>, text: &str) -> bool {
    let says = |it: &str| {
        let it = it.to_lowercase();
        it.contains("cookie") || it.contains("session")
    };
    if says(&slot.name) || says(&slot.owner) {
        return true;
    }
    let near = text
        .lines()
        .skip((slot.line as usize).saturating_sub(8))
        .take(14)
        .any(says);
    near && slot.kind == SlotKind::Named
}

fn weak(slot: &Slot<'_>) -> bool {
    match flag(slot) {
        Some("sameSite") => {
            matches!(&slot.value.kind, ExprKind::Text(it) if it.eq_ignore_ascii_case("none"))
                || matches!(slot.value.last_name(), "SameSiteNoneMode" | "None")
                || slot.value.kind == ExprKind::Bool(false)
        }
        Some(_) => is_off(slot.value),
        None => false,
    }
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for scope in touched(context) {
        let text = scope.file.after.text;
        for slot in risen(&scope, &|it| weak(it) && of_cookie(it, text)) {
            let before = slots::earlier(&scope, &slot);
            let finding =
                finding(&scope, &slot).after(slot.line, scope.file.after.code(&slot.span));
            // A new cookie may have its reasons; one that loses a protection has not.
            out.push(finding.speaks_if(before.is_some() && !scope.broken()));
        }
        let (Some(before), Some(base)) = (scope.before, scope.base_file) else {
            continue;
        };
        let wanted = |slot: &Slot<'_>| flag(slot).is_some();
        let changes = slots::changes(before, scope.after, &Renames::new(), &wanted);
        for lost in &changes.lost {
            let on = is_on(lost.value)
                || (flag(lost) == Some("sameSite") && !weak(lost))
                || !matches!(lost.value.kind, ExprKind::Bool(_) | ExprKind::Null);
            if !on || weak(lost) || !of_cookie(lost, base.before.text) {
                continue;
            }
            let replaced = changes.gained.iter().any(|it| flag(it) == flag(lost));
            let same_call = |it: &Slot<'_>| !lost.owner.is_empty() && it.owner == lost.owner;
            let still = slots::slots(scope.after).iter().any(same_call)
                || scope.file.after.facts.calls.iter().any(|it| {
                    it.place.scope == scope.index && it.name == lost.owner && !lost.owner.is_empty()
                });
            let assigned = lost.owner.is_empty();
            out.push(
                finding(&scope, lost)
                    .before(lost.line, base.before.code(&lost.span))
                    .near(scope.after.line)
                    .speaks_if((still || assigned) && !replaced && !scope.broken()),
            );
        }
    }
    for file in context.files {
        if file.class == Class::Source {
            set_elsewhere(file, out);
        }
    }
}

/// Cookies that are set in another function than before, by their name.
fn set_elsewhere(file: &FilePair<'_>, out: &mut Vec<Finding>) {
    let (before, after) = (set(&file.before), set(&file.after));
    for (name, flags, call) in &after {
        let Some((_, had, old)) = before.iter().find(|it| it.0 == *name) else {
            continue;
        };
        // One that was set in this way before, in another place, is nothing new.
        if before.iter().any(|it| it.0 == *name && it.1 == *flags) {
            continue;
        }
        let symbol = &file.after.tree.scopes[call.place.scope].path;
        for gone in had.difference(flags) {
            if out
                .iter()
                .any(|it| it.path == file.path && it.symbol == *symbol && it.tier == Tier::Speaks)
            {
                continue;
            }
            out.push(
                words(file, symbol, gone)
                    .before(old.place.line, file.before.code(&old.place.span))
                    .after(call.place.line, file.after.code(&call.place.span)),
            );
        }
    }
}

/// The cookies that one side of a file sets: name, flags, call.
fn set<'a>(side: &'a SideFacts<'_>) -> Vec<(String, BTreeSet<&'static str>, &'a Call)> {
    let mut out = Vec::new();
    for call in &side.facts.calls {
        let Some(Argument { value, .. }) = call.arguments.first() else {
            continue;
        };
        let ExprKind::Text(name) = &value.kind else {
            continue;
        };
        let found = crate::facts::words::words(&call.name);
        if call.arguments.len() < 2
            || !found.iter().any(|it| it == "cookie")
            || found
                .iter()
                .any(|it| matches!(it.as_str(), "get" | "delete" | "clear" | "remove" | "has"))
        {
            continue;
        }
        let mut flags = BTreeSet::new();
        for Argument { name, value } in &call.arguments {
            if let Some(name) = name {
                flags.extend(on(name, value));
            }
            if let ExprKind::Map(pairs) = &value.kind {
                for (key, value) in pairs {
                    flags.extend(on(slots::target_name(key), value));
                }
            }
        }
        out.push((name.clone(), flags, call));
    }
    out
}

fn on(name: &str, value: &Expr) -> Option<&'static str> {
    let slot = Slot {
        name: name.to_owned(),
        owner: String::new(),
        value,
        operator: None,
        kind: SlotKind::Named,
        line: value.line,
        span: value.span.clone(),
    };
    if weak(&slot) { None } else { flag(&slot) }
}

fn finding(scope: &slots::Touched<'_>, slot: &Slot<'_>) -> Finding {
    words(
        scope.file,
        &scope.after.path,
        flag(slot).unwrap_or_default(),
    )
}

fn words(file: &FilePair<'_>, symbol: &str, flag: &str) -> Finding {
    let what = match flag {
        "secure" => "may now be sent over an unencrypted connection",
        "httpOnly" => "can now be read by scripts in the page",
        _ => "is now sent along with requests that other sites start",
    };
    Finding::new(file, symbol, format!("cookie {flag}")).says(
        format!(
            "In {}, a cookie {what}. Somebody could take over a signed-in user's session.",
            name_of(symbol)
        ),
        "Keep secure, httpOnly and sameSite on every cookie that identifies somebody.",
    )
}
