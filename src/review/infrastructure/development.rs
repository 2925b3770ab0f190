//! What was there for a developer's machine only, and is everywhere now.

use crate::change::Class;
use crate::facts::fact::Call;
use crate::facts::tree::{Attribute, ExprKind, Scope, ScopeKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::settings::local;
use crate::review::record::finding::{Finding, name_of};

/// Looks for it in the code of a change.
pub(crate) fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        let aside = local(&delta.file.path) || delta.file.class != Class::Source;
        if !aside && !delta.broken() {
            everywhere(context, delta, out);
        }
    }
    for ((base, before), (head, after)) in context.matching.pairs() {
        let (base_file, file) = (&context.files[base], &context.files[head]);
        let old = &base_file.before.tree.scopes[before];
        let new = &file.after.tree.scopes[after];
        if old.attributes != new.attributes && file.class == Class::Source && !local(&file.path) {
            classes(file, [old, new], out);
        }
    }
}

/// Whether a condition asks whether this is a developer's machine.
fn asks(condition: &str) -> bool {
    let found = words(condition);
    let any = |list: &[&str]| found.iter().any(|it| list.contains(&it.as_str()));
    let development = any(&[
        "debug",
        "dev",
        "development",
        "local",
        "staging",
        "test",
        "testing",
    ]);
    let production = any(&["prod", "production"]);
    development && !condition.starts_with('!')
        || production && (condition.starts_with('!') || condition.contains("!="))
}

/// Whether a call shows or writes down what only developers should see, or starts from nothing.
fn reveals(name: &str) -> bool {
    let found = words(name);
    let has = |it: &str| found.iter().any(|word| word == it);
    let never = found
        .first()
        .is_some_and(|it| it == "disable" || it == "hide");
    !never
        && (has("sensitive")
            || has("pii")
            || has("detailed") && (has("errors") || has("error"))
            || has("developer") && has("exception")
            || has("error") && (has("details") || has("handler") && has("debug"))
            || has("errorhandler")
            || has("debugger")
            || has("stacktrace")
            || has("wiretap")
            || has("ensure") && has("deleted")
            || has("seed"))
}

/// Calls that reveal something and only developers made.
fn everywhere(context: &Context<'_>, delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    let guarded = |call: &Call| {
        let handed = call.arguments.iter().any(|it| asks(&it.value.to_string()));
        handed || call.place.conditions.iter().any(|it| asks(it))
    };
    // `if (!isDevelopment) return;` before it.
    let left = delta.file.after.facts.guards.iter().any(|it| {
        std::ptr::eq(&delta.file.after.tree.scopes[it.place.scope], delta.after)
            && asks(&it.condition.clone().negate().to_string())
    });
    let always = |call: &Call| call.place.conditions.is_empty() && !guarded(call) && !left;
    for after in delta.calls_after.iter().filter(|it| reveals(&it.name)) {
        let switched_off = after
            .arguments
            .last()
            .is_some_and(|it| it.value.kind == ExprKind::Bool(false));
        if !always(after) || switched_off {
            continue;
        }
        let same = || delta.calls_before.iter().filter(|it| it.name == after.name);
        if same().any(|it| !guarded(it)) {
            continue;
        }
        let [had, has] = context.deltas.call_counts(&after.name);
        let before = same().next();
        // Newly there: only what can do nothing but reveal.
        let known = matches!(
            after.name.as_str(),
            "EnableSensitiveDataLogging" | "UseDeveloperExceptionPage" | "EnableDetailedErrors"
        );
        if before.is_none() && (!known || has <= had) {
            continue;
        }
        let code = delta.file.after.code(&after.place.span);
        let mut finding = Finding::new(delta.file, delta.symbol(), format!("everywhere {}", after.name))
            .after(after.place.line, code.lines().last().unwrap_or(code))
            .says(
                format!(
                    "{} calls `{}` wherever it runs, {}. What customers have stored could stand in error pages and logs, or be lost.",
                    name_of(delta.symbol()),
                    after.name,
                    if before.is_some() {
                        "where it asked before whether this is a developer's machine"
                    } else {
                        "and not only on a developer's machine"
                    }
                ),
                "Call it on a developer's machine only.",
            );
        if let Some(before) = before {
            let code = delta.base_file.before.code(&before.place.span);
            finding = finding.before(before.place.line, code.lines().last().unwrap_or(code));
        }
        out.push(finding);
    }
}

/// Whether an annotation keeps a class to development: Spring's `@Profile({"local", "test"})`.
fn keeps_to_development(attribute: &Attribute) -> bool {
    let name = attribute.name.rsplit('.').next().unwrap_or(&attribute.name);
    if !matches!(name, "Profile" | "IfBuildProfile" | "Requires") {
        return false;
    }
    let mut profiles = Vec::new();
    for argument in &attribute.arguments {
        argument.value.walk(&mut |it| {
            if let ExprKind::Text(text) = &it.kind {
                profiles.push(text.to_ascii_lowercase());
            }
        });
    }
    let development = |it: &String| match it.strip_prefix('!') {
        Some(not) => not.starts_with("prod") || not == "live",
        None => matches!(
            it.as_str(),
            "dev"
                | "develop"
                | "development"
                | "local"
                | "test"
                | "tests"
                | "e2e"
                | "ci"
                | "demo"
                | "debug"
        ),
    };
    !profiles.is_empty() && profiles.iter().all(development)
}

/// Whether what a property switches on is there where the property is missing.
fn on_by_default(attribute: &Attribute) -> bool {
    attribute.name.ends_with("ConditionalOnProperty")
        && attribute.arguments.iter().any(|it| {
            it.name.as_deref() == Some("matchIfMissing") && it.value.kind == ExprKind::Bool(true)
        })
}

/// Classes for development that are no longer kept out of production.
fn classes(file: &FilePair<'_>, [old, new]: [&Scope; 2], out: &mut Vec<Finding>) {
    let lost = old.attributes.iter().find(|it| keeps_to_development(it));
    let kept = new.attributes.iter().any(|it| {
        keeps_to_development(it)
            || it
                .name
                .rsplit('.')
                .next()
                .is_some_and(|name| name == "Profile")
            || it.name.contains("Conditional") && !on_by_default(it)
    });
    // What is there for developers by its name or its property.
    let named = |it: &Attribute| {
        let text: Vec<String> = it.arguments.iter().map(ToString::to_string).collect();
        says_development(&text.join(" "))
    };
    let fresh = new.attributes.iter().find(|it| {
        let was = old
            .attributes
            .iter()
            .any(|old| old.name == it.name && !on_by_default(old));
        on_by_default(it) && was && (named(it) || says_development(&new.name))
    });
    let (what, attribute) = match (lost.filter(|_| !kept), fresh) {
        (Some(lost), _) => (format!("was kept to development by `{}`, and is in production as well", lost.name), lost),
        (None, Some(fresh)) => (
            "was there only where a property asked for it, and is now wherever the property is missing".to_owned(),
            fresh,
        ),
        _ => return,
    };
    let kind = match new.kind {
        ScopeKind::Class => "Whoever finds it there can use it.",
        _ => "It takes effect there.",
    };
    out.push(
        Finding::new(
            file,
            &new.path,
            format!("not only for development {}", attribute.name),
        )
        .before(old.line, &attribute.name)
        .near(new.line)
        .says(
            format!("{} {what}. {kind}", name_of(&new.path)),
            "Keep it out of production, off unless it is asked for.",
        ),
    );
}

fn says_development(text: &str) -> bool {
    words(text).iter().any(|it| {
        matches!(
            it.as_str(),
            "bypass"
                | "debug"
                | "demo"
                | "dev"
                | "development"
                | "fake"
                | "insecure"
                | "mock"
                | "seed"
                | "stub"
                | "test"
                | "testing"
        )
    })
}
