//! Rules of addresses that are tried in order: the first one that fits decides, as in Spring
//! Security's `.requestMatchers("/admin/**").hasRole("ADMIN")`.

use crate::change::Class;
use crate::facts::fact::Call;
use crate::facts::tree::{Argument, Attribute, Expr, ExprKind};
use crate::review::conditions::rank::{self, keeps_out};
use crate::review::deltas::delta::ScopeDelta;
use crate::review::{Alone, Context};
use std::collections::BTreeMap;

/// A rule whose addresses are asked for less than before.
pub(crate) struct Weaker<'a> {
    /// The addresses.
    pub(crate) address: String,
    /// What was asked.
    pub(crate) asked: String,
    /// What is asked now.
    pub(crate) asks: String,
    /// The rule that decided.
    pub(crate) before: &'a Call,
    /// The rule that decides now.
    pub(crate) after: &'a Call,
    /// Whether the rule that decided is still there, behind another one.
    pub(crate) kept: bool,
    /// Whether the rule that decides now names the same addresses.
    pub(crate) stays: bool,
}

struct Rule<'a> {
    verb: String,
    address: String,
    asks: String,
    call: &'a Call,
}

/// The rules of a scope whose addresses are asked for less now.
pub(crate) fn weaker<'a>(delta: &ScopeDelta<'a>) -> Vec<Weaker<'a>> {
    let (before, after) = (chains(&delta.calls_before), chains(&delta.calls_after));
    let mut out = Vec::new();
    if before.len() != after.len() {
        return out;
    }
    for (old, new) in before.iter().zip(&after) {
        for (index, was) in old.iter().enumerate() {
            if old[..index].iter().any(|it| covers(it, was)) {
                continue;
            }
            let Some(is) = new.iter().find(|it| covers(it, was)) else {
                continue;
            };
            if !less(&was.asks, &is.asks) {
                continue;
            }
            let same = |it: &&Rule<'_>| it.verb == was.verb && it.address == was.address;
            out.push(Weaker {
                address: was.address.clone(),
                asked: was.asks.clone(),
                asks: is.asks.clone(),
                before: was.call,
                after: is.call,
                kept: new.iter().filter(same).any(|it| it.asks == was.asks),
                stays: same(&is),
            });
        }
    }
    out
}

/// Whether the change takes code away that answered requests, or newly keeps people out elsewhere:
/// a rule may go with its address.
pub(crate) fn goes_with_its_address(context: &Context<'_>) -> bool {
    let gone = context.unmatched().into_iter().any(|(file, scope, side)| {
        side == Alone::Gone && file.class == Class::Source && !scope.attributes.is_empty()
    });
    let keep_out = |it: &[Attribute]| it.iter().filter(|it| keeps_out(&it.name)).count();
    let mut pairs = context.matching.pairs().into_iter();
    let guarded = pairs.any(|((base, before), (head, after))| {
        let old = &context.files[base].before.tree.scopes[before];
        let new = &context.files[head].after.tree.scopes[after];
        keep_out(&new.attributes) > keep_out(&old.attributes)
    });
    gone || guarded
}

/// The rules of a scope, chain by chain, in the order in which they are tried.
fn chains<'a>(calls: &[&'a Call]) -> Vec<Vec<Rule<'a>>> {
    let mut found: BTreeMap<u32, Vec<Rule<'a>>> = BTreeMap::new();
    let mut sorted = calls.to_vec();
    sorted.sort_by_key(|it| it.place.span.end);
    for call in sorted {
        let rules = found.entry(call.place.span.start).or_default();
        let Some((verb, addresses)) = matcher(call) else {
            continue;
        };
        rules.extend(addresses.into_iter().map(|address| Rule {
            verb: verb.clone(),
            address,
            asks: asked(call),
            call,
        }));
    }
    found.into_values().filter(|it| !it.is_empty()).collect()
}

/// The verb and the addresses that a rule is about.
fn matcher(call: &Call) -> Option<(String, Vec<String>)> {
    let ExprKind::Member(object, _) = &call.callee.kind else {
        return None;
    };
    let ExprKind::Call(callee, arguments) = &object.kind else {
        return None;
    };
    match callee.last_name() {
        "anyRequest" | "anyExchange" => Some((String::new(), vec!["/**".to_owned()])),
        "requestMatchers" | "antMatchers" | "mvcMatchers" | "pathMatchers" | "securityMatcher" => {
            let mut verb = String::new();
            let mut addresses = Vec::new();
            for argument in arguments {
                match &argument.value.kind {
                    ExprKind::Member(of, name) if of.last_name() == "HttpMethod" => {
                        verb.clone_from(name);
                    }
                    _ => address(&argument.value, &mut addresses),
                }
            }
            if addresses.is_empty() {
                addresses.push("/**".to_owned());
            }
            Some((verb, addresses))
        }
        _ => None,
    }
}

/// Whether a call is a step of such a rule.
pub(crate) fn is_step(name: &str) -> bool {
    matches!(
        name,
        "anyRequest"
            | "anyExchange"
            | "requestMatchers"
            | "antMatchers"
            | "mvcMatchers"
            | "pathMatchers"
            | "hasRole"
            | "hasAnyRole"
            | "hasAuthority"
            | "hasAnyAuthority"
            | "authenticated"
            | "fullyAuthenticated"
            | "permitAll"
            | "denyAll"
    )
}

/// The addresses in an argument: a text, a list of them, a matcher made of one, or a name.
fn address(value: &Expr, out: &mut Vec<String>) {
    match &value.kind {
        ExprKind::Text(text) => out.push(text.clone()),
        ExprKind::List(parts) => parts.iter().for_each(|it| address(it, out)),
        ExprKind::Call(_, arguments) if !arguments.is_empty() => {
            arguments.iter().for_each(|it| address(&it.value, out));
        }
        _ => out.push(value.to_string()),
    }
}

/// What a rule asks for.
fn asked(call: &Call) -> String {
    let arguments: Vec<String> = call.arguments.iter().map(Argument::to_string).collect();
    format!("{}({})", call.name, arguments.join(", "))
}

/// Whether every request that the second rule is about meets the first one as well.
fn covers(wide: &Rule<'_>, narrow: &Rule<'_>) -> bool {
    if !wide.verb.is_empty() && wide.verb != narrow.verb {
        return false;
    }
    let address = narrow.address.as_str();
    wide.address == address
        || wide.address.strip_suffix("/**").is_some_and(|prefix| {
            let rest = address.strip_prefix(prefix);
            !prefix.contains('*') && rest.is_some_and(|it| it.is_empty() || it.starts_with('/'))
        })
}

/// Whether the second asks for less: to be signed in where it was a right, or nothing at all.
fn less(old: &str, new: &str) -> bool {
    let signed_in = |it: &str| {
        ["authenticated(", "fullyAuthenticated(", "rememberMe("]
            .iter()
            .any(|start| it.starts_with(start))
    };
    let open = |it: &str| it.starts_with("permitAll(") || it.starts_with("anonymous(");
    let right = |it: &str| it.starts_with("has") || it.starts_with("denyAll(");
    let closed = |it: &str| it.starts_with("denyAll(");
    !closed(new)
        && (!open(old) && open(new)
            || right(old) && signed_in(new)
            || rank::weaker(old, new) == Some(true))
}
