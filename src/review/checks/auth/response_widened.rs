use crate::facts::fact::Call;
use crate::facts::tree::{Expr, ExprKind, Scope};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::code::draws;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::settings::local;
use crate::review::deltas::slots::{self, each_expr, touched};
use crate::review::record::finding::{Finding, name_of};
use std::collections::BTreeMap;

check! {
    /// Something secret or private now leaves the server.
    ///
    /// ## What it does
    /// Looks at serialisers and answers. It speaks when one names a field that holds a secret
    /// (`password_hash`, `api_key`, `otp_secret` …) and did not before, when a call that took
    /// private fields out is gone while the answer is still sent, and when one that named its fields
    /// now sends all that there are.
    ///
    /// ## Why it matters
    /// Everyone who may see the answer sees the secret.
    ///
    /// ## Example
    /// ```js
    /// res.json(withoutPrivateFields(user)); // before
    /// res.json(user);                       // after
    /// ```
    ///
    /// ## Instead
    /// Name the fields that are sent; do not send everything.
    "auth/response-widened", Auth, SPEAKS, run
}

fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase().replace(['_', '-'], "");
    matches!(
        name.as_str(),
        "password"
            | "passwordhash"
            | "passworddigest"
            | "hashedpassword"
            | "encryptedpassword"
            | "apikey"
            | "apisecret"
            | "clientsecret"
            | "otpsecret"
            | "totpsecret"
            | "mfasecret"
            | "resettoken"
            | "resetpasswordtoken"
            | "confirmationtoken"
            | "sessiontoken"
            | "accesstoken"
            | "refreshtoken"
            | "privatekey"
            | "privatemetadata"
            | "recoverycodes"
            | "backupcodes"
            | "twofactorsecret"
            | "passwordsalt"
            | "remembertoken"
            | "webhooksecret"
            | "signingsecret"
    )
}

/// Whether a scope shapes what is sent out.
fn shapes_answers(path: &str, symbol: &str) -> bool {
    words(&format!("{path} {symbol}")).iter().any(|it| {
        matches!(
            it.as_str(),
            "serializer"
                | "serializers"
                | "presenter"
                | "presenters"
                | "response"
                | "responses"
                | "jbuilder"
                | "blueprint"
                | "resource"
                | "entity"
                | "transformer"
                | "representer"
        )
    })
}

fn shown(scope: &Scope) -> BTreeMap<String, u32> {
    let mut out = BTreeMap::new();
    let mut add = |name: &str, at: &Expr| {
        if is_secret(name) {
            out.insert(name.to_owned(), at.line);
        }
    };
    for slot in slots::slots(scope) {
        let hides = slots::is_off(slot.value)
            || matches!(slot.name, "exclude" | "except" | "write_only_fields")
            || slots::is_on(slot.value) && slot.name == "write_only";
        if slot.kind == slots::SlotKind::Named && !hides {
            add(slot.name, slot.value);
        }
        if matches!(
            slot.name,
            "fields" | "only" | "attributes" | "select" | "include" | "visible"
        ) && let ExprKind::List(parts) = &slot.value.kind
        {
            for part in parts {
                if let ExprKind::Text(text) = &part.kind {
                    add(text, part);
                }
            }
        }
    }
    each_expr(&scope.body, &mut |it| {
        if let ExprKind::Call(callee, arguments) = &it.kind
            && matches!(
                callee.last_name(),
                "attributes" | "attribute" | "field" | "fields" | "expose"
            )
        {
            for argument in arguments {
                if let ExprKind::Text(text) = &argument.value.kind
                    && is_secret(text)
                {
                    out.insert(text.clone(), it.line);
                }
            }
        }
    });
    out
}

fn takes_out(name: &str) -> bool {
    let found = words(name);
    let has = |it: &[&str]| found.iter().any(|word| it.contains(&word.as_str()));
    has(&[
        "filter", "omit", "sanitize", "strip", "redact", "mask", "exclude", "without", "remove",
        "hide", "scrub",
    ]) && has(&[
        "private",
        "protected",
        "sensitive",
        "secret",
        "secrets",
        "password",
        "passwords",
        "credentials",
        "hidden",
        "internal",
        "pii",
    ])
}

fn sends(name: &str) -> bool {
    matches!(
        name,
        "send"
            | "json"
            | "JSON"
            | "render"
            | "jsonify"
            | "JsonResponse"
            | "Response"
            | "respond"
            | "respond_with"
            | "Encode"
            | "JSONSuccess"
            | "ok"
            | "write"
            | "Ok"
            | "body"
    )
}

/// Whether the file asks which mode it runs in: what it shows may be for developers only.
fn conditional_on_mode(text: &str) -> bool {
    [
        "NODE_ENV",
        "isDev",
        "is_development",
        "DEBUG",
        "isProduction",
        "IsDevelopment",
        "debug",
    ]
    .iter()
    .any(|it| text.contains(it))
}

/// Values of an error that show the inside of the program, in what is sent.
fn inside(scope: &Scope) -> Vec<(String, u32)> {
    let mut out = Vec::new();
    each_expr(&scope.body, &mut |it| {
        let ExprKind::Call(callee, arguments) = &it.kind else {
            return;
        };
        let told = |name: &str| {
            matches!(
                name,
                "res"
                    | "reply"
                    | "c"
                    | "ctx"
                    | "w"
                    | "response"
                    | "Response"
                    | "NextResponse"
                    | "JSONResponse"
                    | "JsonResponse"
                    | "jsonify"
            )
        };
        if !sends(callee.last_name()) || !told(callee.first_name()) {
            return;
        }
        for argument in arguments {
            argument.value.walk(&mut |it| {
                if let ExprKind::Member(_, name) | ExprKind::Name(name) = &it.kind
                    && matches!(
                        name.as_str(),
                        "stack"
                            | "stackTrace"
                            | "StackTrace"
                            | "backtrace"
                            | "format_exc"
                            | "getTraceAsString"
                            | "getStackTrace"
                    )
                {
                    out.push((name.clone(), it.line));
                }
            });
        }
    });
    out
}

/// Serialisers that named the fields that they send, and send all that there are now: Laravel's
/// `parent::toArray()`, Django REST framework's `fields = "__all__"`.
fn everything(delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    if !shapes_answers(&delta.file.path, &delta.after.path) || draws(delta.file) {
        return;
    }
    let whole = |it: &Call| {
        let of_base = matches!(it.callee.first_name(), "parent" | "super");
        let model = it.callee.to_string().ends_with("resource.toArray");
        it.name == "toArray" && (of_base || model)
            || matches!(it.name.as_str(), "attributesToArray" | "getAttributes")
    };
    let named = |scope: &Scope| {
        let mut most = 0;
        each_expr(&scope.body, &mut |it| {
            if let ExprKind::Map(pairs) = &it.kind {
                most = most.max(pairs.len());
            }
        });
        most
    };
    let call = delta.calls_after.iter().find(|it| whole(it));
    let known = delta.calls_before.iter().any(|it| whole(it));
    let by_call = call
        .filter(|_| !known && named(delta.before) > 2)
        .map(|it| (it.place.line, delta.before.line));
    let wanted = |it: &slots::Slot<'_>| it.name == "fields";
    let changes = slots::changes(delta.before, delta.after, &delta.renames, &wanted);
    let mut by_name = changes.changed.iter().filter_map(|(was, is)| {
        let listed = matches!(&was.value.kind, ExprKind::List(parts) if parts.len() > 1);
        let all = matches!(&is.value.kind, ExprKind::Text(text) if text == "__all__");
        (listed && all).then_some((is.line, was.line))
    });
    let Some((line, was)) = by_call.or_else(|| by_name.next()) else {
        return;
    };
    out.push(
        Finding::new(delta.file, delta.symbol(), "sends everything")
            .before(was, delta.base_file.before.line(was))
            .after(line, delta.file.after.line(line))
            .says(
                format!(
                    "{} named the fields that it sends, and now sends all that there are, also those that are added later. What is private in them can be seen by everyone who may see the answer.",
                    name_of(delta.symbol())
                ),
                "Name the fields that are sent.",
            ),
    );
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        everything(delta, out);
    }
    for delta in &context.deltas.scopes {
        let Some((name, line)) = inside(delta.after).into_iter().next() else {
            continue;
        };
        let known = !inside(delta.before).is_empty();
        if !known && !draws(delta.file) && !local(&delta.file.path) {
            out.push(
                Finding::new(delta.file, delta.symbol(), format!("sends {name}"))
                    .after(line, delta.file.after.line(line))
                    .says(
                        format!(
                            "{} now sends where in the code an error happened (`{name}`) to whoever caused it. It shows how the program is built, and secrets that are at hand there.",
                            name_of(delta.symbol())
                        ),
                        "Write it to the log, and send a number by which it can be found.",
                    )
                    .speaks_if(!conditional_on_mode(delta.file.after.text)),
            );
        }
    }
    for delta in &context.deltas.scopes {
        let Some(lost) = delta.calls_lost.iter().find(|it| takes_out(&it.name)) else {
            continue;
        };
        let replaced = delta.calls_gained.iter().any(|it| takes_out(&it.name));
        let [was, is] = context.deltas.call_counts(&lost.name);
        let answers = delta.calls_after.iter().any(|it| sends(&it.name));
        out.push(
            Finding::new(delta.file, delta.symbol(), format!("filter {}", lost.name))
                .before(lost.place.line, delta.base_file.before.code(&lost.place.span))
                .near(delta.line_after(lost.place.line))
                .says(
                    format!(
                        "{} no longer takes private fields out of what it sends. Everyone who may see the answer could see them.",
                        name_of(delta.symbol())
                    ),
                    "Take the fields out again, or name the ones that are sent.",
                )
                .speaks_if(is < was && !replaced && answers && !draws(delta.file)),
        );
    }
    for scope in touched(context) {
        let shapes = shapes_answers(&scope.file.path, &scope.after.path);
        let known = scope.before.map(shown).unwrap_or_default();
        for (name, line) in shown(scope.after) {
            if known.contains_key(&name) || !shapes {
                continue;
            }
            let text = scope
                .file
                .after
                .text
                .lines()
                .nth(line.saturating_sub(1) as usize)
                .unwrap_or_default();
            out.push(
                Finding::new(scope.file, &scope.after.path, format!("field {name}"))
                    .after(line, text)
                    .says(
                        format!(
                            "{} now sends `{name}`. Everyone who may see the answer can see it.",
                            name_of(&scope.after.path)
                        ),
                        "Leave the field out, or show it only once to the one it belongs to.",
                    )
                    .speaks_if(scope.before.is_some() && !draws(scope.file) && !scope.broken()),
            );
        }
    }
}
