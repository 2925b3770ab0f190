use crate::change::Class;
use crate::facts::tree::{Attribute, ExprKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::deltas::compare::SideFacts;
use crate::review::deltas::routes::{RoutePair, matched};
use crate::review::frameworks::around::last_name;
use crate::review::record::finding::Finding;
use std::collections::BTreeSet;

check! {
    /// An action that changes something can now be triggered by a link.
    ///
    /// ## What it does
    /// Compares the verb of each address. It speaks when one that took only POST, PUT, PATCH or
    /// DELETE now takes GET as well.
    ///
    /// ## Why it matters
    /// Browsers send GET for every link and picture, with the user's login, from any page. A
    /// picture on another site could trigger the action.
    ///
    /// ## Example
    /// ```go
    /// m.Post("/members/:action", membersAction)
    /// m.Get("/members/:action", membersAction)
    /// ```
    ///
    /// ## Instead
    /// Keep POST or DELETE for what changes something.
    "auth/state-change-on-get", Auth, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    decorated(context, out);
    for file in context.files {
        for RoutePair { before, after } in matched(file) {
            let safe = |verb: &str| matches!(verb, "GET" | "ANY");
            if safe(&before.verb)
                || !safe(&after.verb)
                || before.verb == "USE"
                || before.handler != after.handler
            {
                continue;
            }
            let name = format!("{} {}", after.verb, after.path);
            out.push(
                Finding::new(
                    file,
                    &name,
                    format!("{} {} {}", before.verb, after.path, after.handler),
                )
                .before(before.line, file.before.code(&before.span))
                .after(after.line, file.after.code(&after.span))
                .says(
                    concern(
                        &after.path,
                        &before.verb,
                        if after.verb == "GET" {
                            "GET"
                        } else {
                            "any kind of request"
                        },
                    ),
                    ADVICE,
                )
                .speaks_if(!reads(&after.handler, &after.path)),
            );
        }
    }
}

/// Verbs that decorators, annotations and attributes name: `@PostMapping`, `[HttpPost]`,
/// `@app.route("/x", methods=["POST"])`.
fn verbs(attributes: &[Attribute]) -> BTreeSet<&'static str> {
    let mut found = BTreeSet::new();
    for attribute in attributes {
        let name = last_name(&attribute.name).to_lowercase();
        let short = name
            .strip_suffix("mapping")
            .or_else(|| name.strip_prefix("http"))
            .or_else(|| name.strip_prefix("require_"))
            .unwrap_or(&name);
        found.extend(
            VERBS
                .iter()
                .copied()
                .find(|it| it.eq_ignore_ascii_case(short)),
        );
        if !matches!(short, "route" | "request" | "api_view" | "http_methods") {
            continue;
        }
        for argument in &attribute.arguments {
            let path = argument.name.as_deref() == Some("path");
            argument.value.walk(&mut |it| {
                let (ExprKind::Text(said) | ExprKind::Member(_, said)) = &it.kind else {
                    return;
                };
                let verb = VERBS
                    .iter()
                    .copied()
                    .find(|it| it.eq_ignore_ascii_case(said));
                found.extend(verb.filter(|_| !path));
            });
        }
    }
    found
}

const VERBS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE"];

/// Functions whose decorators said POST and now say GET.
fn decorated(context: &Context<'_>, out: &mut Vec<Finding>) {
    for ((base, before), (head, after)) in context.matching.pairs() {
        let (base_file, file) = (&context.files[base], &context.files[head]);
        let old = &base_file.before.tree.scopes[before];
        let new = &file.after.tree.scopes[after];
        let (took, takes) = (verbs(&old.attributes), verbs(&new.attributes));
        let Some(verb) = took.iter().next() else {
            continue;
        };
        if file.class != Class::Source || took.contains("GET") || !takes.contains("GET") {
            continue;
        }
        let line = |attributes: &[Attribute], line| attributes.first().map_or(line, |it| it.line);
        let code = |attributes: &[Attribute], side: &SideFacts<'_>| {
            let about = attributes
                .iter()
                .find(|it| !verbs(std::slice::from_ref(*it)).is_empty());
            about.map_or(String::new(), |it| side.code(&it.span).to_owned())
        };
        out.push(
            Finding::new(file, &new.path, format!("{verb} {}", new.name))
                .before(
                    line(&old.attributes, old.line),
                    &code(&old.attributes, &base_file.before),
                )
                .after(
                    line(&new.attributes, new.line),
                    &code(&new.attributes, &file.after),
                )
                .says(concern(&new.path, verb, "GET"), ADVICE)
                .speaks_if(!reads(&new.name, "")),
        );
    }
}

fn concern(what: &str, verb: &str, takes: &str) -> String {
    format!(
        "`{what}` took only {verb} and now takes {takes}. A link or a picture on another site could trigger it for a signed-in user."
    )
}

const ADVICE: &str = "Keep POST or DELETE for what changes something.";

/// Whether the names say that nothing is changed.
fn reads(handler: &str, path: &str) -> bool {
    let found = words(&format!("{handler} {path}"));
    found.iter().any(|it| {
        matches!(
            it.as_str(),
            "search"
                | "list"
                | "query"
                | "preview"
                | "export"
                | "download"
                | "health"
                | "status"
                | "index"
                | "show"
                | "view"
        )
    })
}
