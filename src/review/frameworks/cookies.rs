//! Cookies by their name, wherever in a file they are set.

use crate::facts::fact::Call;
use crate::facts::tree::{Argument, Expr, ExprKind};
use crate::facts::words::words;
use crate::review::deltas::compare::{FilePair, SideFacts};
use crate::review::deltas::slots::{is_off, target_name};
use std::collections::BTreeSet;

/// A cookie that is set without a protection that it had.
pub struct Weakened<'a> {
    /// The protection: `secure`, `httpOnly` or `sameSite`.
    pub flag: &'static str,
    /// The call that set it before.
    pub before: &'a Call,
    /// The call that sets it now.
    pub after: &'a Call,
}

/// Cookies that are now set in another function, and without a protection that they had.
pub fn weakened<'a>(file: &'a FilePair<'_>) -> Vec<Weakened<'a>> {
    let (before, after) = (set(&file.before), set(&file.after));
    let mut out = Vec::new();
    for (name, flags, call) in &after {
        // One that was set in this way before, in another place, is nothing new.
        let known = before.iter().any(|it| it.0 == *name && it.1 == *flags);
        let Some((_, had, old)) = before.iter().find(|it| it.0 == *name) else {
            continue;
        };
        let place = |tree: &crate::facts::tree::Tree, call: &Call| {
            tree.scopes[call.place.scope].path.clone()
        };
        if known || place(&file.before.tree, old) == place(&file.after.tree, call) {
            continue;
        }
        out.extend(had.difference(flags).map(|flag| Weakened {
            flag,
            before: old,
            after: call,
        }));
    }
    out
}

/// Whether a call sets a cookie.
pub(in crate::review) fn sets(call: &Call) -> bool {
    if call.arguments.len() < 2 {
        return false;
    }
    let found = words(&call.name);
    let says = |list: &[&str]| found.iter().any(|it| list.contains(&it.as_str()));
    says(&["cookie"]) && !says(&["get", "delete", "clear", "remove", "has"])
}

/// The cookies that one side of a file sets: name, protections, call.
fn set<'a>(side: &'a SideFacts<'_>) -> Vec<(String, BTreeSet<&'static str>, &'a Call)> {
    let mut out = Vec::new();
    for call in &side.facts.calls {
        let Some(ExprKind::Text(name)) = call.arguments.first().map(|it| &it.value.kind) else {
            continue;
        };
        if !sets(call) {
            continue;
        }
        let mut flags = BTreeSet::new();
        for Argument { name, value } in &call.arguments {
            if let Some(name) = name {
                flags.extend(protection(name, value));
            }
            if let ExprKind::Map(pairs) = &value.kind {
                for (key, value) in pairs {
                    flags.extend(protection(target_name(key), value));
                }
            }
        }
        out.push((name.clone(), flags, call));
    }
    out
}

fn protection(name: &str, value: &Expr) -> Option<&'static str> {
    let none = matches!(&value.kind, ExprKind::Text(it) if it.eq_ignore_ascii_case("none"));
    if is_off(value) || none {
        return None;
    }
    match name.to_lowercase().replace(['_', '-'], "").as_str() {
        "secure" => Some("secure"),
        "httponly" => Some("httpOnly"),
        "samesite" => Some("sameSite"),
        _ => None,
    }
}
