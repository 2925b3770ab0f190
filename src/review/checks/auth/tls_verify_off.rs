use crate::facts::tree::{Expr, ExprKind};
use crate::review::Context;
use crate::review::finding::{Finding, name_of};
use crate::review::slots::{Slot, each_expr, is_off, is_on, more_than_before, risen, touched};

check! {
    /// A connection no longer checks that it talks to the right server.
    ///
    /// ## What it does
    /// Looks for options that switch off the check of certificates (`verify=False`,
    /// `InsecureSkipVerify: true`, `rejectUnauthorized: false` and their like) and that were not
    /// there before. Beside a local address they are only recorded.
    ///
    /// ## Why it matters
    /// Whoever sits between the two can read and change everything, passwords included.
    ///
    /// ## Example
    /// ```python
    /// requests.post(url, json=body)               # before
    /// requests.post(url, json=body, verify=False) # after
    /// ```
    ///
    /// ## Instead
    /// Trust the right certificate: pass its authority instead of switching the check off.
    "auth/tls-verify-off", Auth, SPEAKS, run
}

fn off(slot: &Slot<'_>) -> bool {
    let name = slot.name.to_lowercase().replace(['_', '-'], "");
    let client = || {
        matches!(
            slot.owner.as_str(),
            "get"
                | "post"
                | "put"
                | "patch"
                | "delete"
                | "request"
                | "head"
                | "Client"
                | "AsyncClient"
                | "Session"
                | "send"
        )
    };
    match name.as_str() {
        "verify" => is_off(slot.value) && client(),
        "insecureskipverify"
        | "allowinsecurerequests"
        | "insecurehttps"
        | "trustservercertificate" => is_on(slot.value),
        "rejectunauthorized"
        | "strictssl"
        | "verifyssl"
        | "sslverify"
        | "verifypeer"
        | "checkhostname"
        | "verifycertificate"
        | "verifycerts"
        | "validatecerts"
        | "curloptsslverifypeer"
        | "curloptsslverifyhost"
        | "noderejectunauthorized"
        | "nodetlsrejectunauthorized"
        | "verifytls" => is_off(slot.value),
        "verifymode" => {
            slot.value.last_name() == "VERIFY_NONE" || slot.value.last_name() == "CERT_NONE"
        }
        _ => false,
    }
}

/// `danger_accept_invalid_certs(true)`, `curl_setopt(c, CURLOPT_SSL_VERIFYPEER, false)`.
fn switched_off(expr: &Expr) -> bool {
    let ExprKind::Call(callee, arguments) = &expr.kind else {
        return false;
    };
    match callee.last_name() {
        "danger_accept_invalid_certs" | "danger_accept_invalid_hostnames" => {
            arguments.iter().any(|it| is_on(&it.value))
        }
        "curl_setopt" => {
            arguments.len() == 3
                && arguments[1]
                    .value
                    .last_name()
                    .starts_with("CURLOPT_SSL_VERIFY")
                && is_off(&arguments[2].value)
        }
        "_create_unverified_context" => true,
        _ => false,
    }
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for scope in touched(context) {
        let mut found: Vec<(u32, crate::facts::tree::Span, String)> = risen(&scope, &off)
            .into_iter()
            .map(|it| (it.line, it.span, it.name))
            .collect();
        let calls = |of: &crate::facts::tree::Scope| {
            let mut seen = Vec::new();
            each_expr(&of.body, &mut |it| {
                if switched_off(it) {
                    seen.push((it.line, it.span.clone(), it.to_string()));
                }
            });
            seen
        };
        let (old, new) = (
            scope.before.map(calls).unwrap_or_default(),
            calls(scope.after),
        );
        if new.len() > old.len() {
            found.extend(new.into_iter().take(1));
        }
        let local = scope.file.after.code(&scope.after.span);
        let local = local.contains("localhost") || local.contains("127.0.0.1");
        for (line, span, name) in found {
            out.push(
                Finding::new(scope.file, &scope.after.path, format!("tls {name}"))
                    .after(line, scope.file.after.code(&span))
                    .says(
                        format!(
                            "{} connects without checking that it talks to the right server. Whoever sits in between can read and change what is sent.",
                            name_of(&scope.after.path)
                        ),
                        "Leave the check on, and trust the certificate or the authority that this server uses.",
                    )
                    .speaks_if(!local && !scope.broken() && (name.contains('(') || more_than_before(context, &off))),
            );
        }
    }
}
