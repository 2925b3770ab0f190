use crate::facts::tree::{Expr, ExprKind, Scope};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::deltas::settings::deltas;
use crate::review::deltas::slots::{each_expr, touched};
use crate::review::record::finding::{Finding, name_of};

check! {
    /// Who somebody is comes from a header that anyone can write.
    ///
    /// ## What it does
    /// Looks for reads of headers such as `Remote-User` or `X-Forwarded-User` that are new, in code
    /// that does not ask whether the request came through a trusted proxy. Headers with an address
    /// (`X-Forwarded-For`) are only recorded.
    ///
    /// ## Why it matters
    /// A visitor can say who they are by writing a line into the request.
    ///
    /// ## Example
    /// ```go
    /// user := r.Header.Get("Remote-User")
    /// ```
    ///
    /// ## Instead
    /// Accept such a header only from your own proxy, and only if the proxy removes it from outside.
    "auth/trust-proxy-header", Auth, SPEAKS, run
}

/// Whether a header says who somebody is; none where it says where they are.
fn names_somebody(header: &str) -> Option<bool> {
    let header = header.to_lowercase().replace('_', "-");
    let header = header.trim_start_matches("http-");
    match header {
        "remote-user"
        | "x-remote-user"
        | "x-forwarded-user"
        | "x-forwarded-email"
        | "x-auth-user"
        | "x-auth-request-user"
        | "x-auth-request-email"
        | "x-user-id"
        | "x-authenticated-user"
        | "x-webauth-user" => Some(true),
        "x-forwarded-for" | "x-real-ip" | "cf-connecting-ip" | "true-client-ip" => Some(false),
        _ => None,
    }
}

fn reads(scope: &Scope) -> Vec<(String, bool, u32, crate::facts::tree::Span)> {
    let mut out = Vec::new();
    let mut take = |text: &Expr, at: &Expr| {
        let header = match &text.kind {
            ExprKind::Text(header) => header.clone(),
            // `fiber.HeaderXForwardedFor`, `X_FORWARDED_FOR`.
            ExprKind::Member(_, name) | ExprKind::Name(name) => words(name)
                .join("-")
                .trim_start_matches("header-")
                .to_owned(),
            _ => return,
        };
        if let Some(who) = names_somebody(&header) {
            out.push((header, who, at.line, at.span.clone()));
        }
    };
    each_expr(&scope.body, &mut |it| match &it.kind {
        ExprKind::Call(callee, arguments) => {
            let found = words(callee.last_name());
            let read = found.first().is_some_and(|first| {
                matches!(
                    first.as_str(),
                    "get" | "header" | "headers" | "fetch" | "value" | "find"
                )
            });
            if let (true, Some(first)) = (read, arguments.first()) {
                take(&first.value, it);
            }
        }
        ExprKind::Index(_, index) => take(index, it),
        _ => {}
    });
    out
}

/// Settings that trust a wider range of addresses than before.
fn ranges(context: &Context<'_>, out: &mut Vec<Finding>) {
    for file in context.files {
        let deltas = deltas(file);
        for (was, is) in deltas.changed {
            let key = is.dotted().to_lowercase();
            if !["trust", "allow", "proxies", "proxy", "whitelist"]
                .iter()
                .any(|it| key.contains(it))
            {
                continue;
            }
            let (old, new) = (networks(&was.value), networks(&is.value));
            let wider = new.iter().find(|wide| {
                !old.contains(wide)
                    && old.iter().any(|it| {
                        it.1 > wide.1
                            && wide.1 < 32
                            && it.0 >> (32 - wide.1.max(1)) == wide.0 >> (32 - wide.1.max(1))
                    })
            });
            let Some((address, length)) = wider else {
                continue;
            };
            let [a, b, c, d] = address.to_be_bytes();
            let shown = format!("{a}.{b}.{c}.{d}/{length}");
            out.push(
                Finding::new(file, &is.dotted(), format!("trusts {shown}"))
                    .before(was.line, &format!("{}: {}", was.key(), was.value))
                    .after(is.line, &format!("{}: {}", is.key(), is.value))
                    .says(
                        format!(
                            "`{}` now trusts every address in {shown}, which is more than before. Somebody who has one of them can say who and where they are.",
                            is.key()
                        ),
                        "Trust only the network that your own machines are in.",
                    ),
            );
        }
    }
}

/// The networks in a value: address and length of the prefix.
fn networks(value: &str) -> Vec<(u32, u32)> {
    value
        .split([',', ' ', ';', '\n'])
        .filter_map(|it| {
            let (address, length) = it.trim().split_once('/')?;
            let parts: Vec<u8> = address
                .split('.')
                .map(|it| it.parse().ok())
                .collect::<Option<_>>()?;
            let address = u32::from_be_bytes(parts.try_into().ok()?);
            let length: u32 = length.parse().ok().filter(|it| *it <= 32)?;
            Some((address, length))
        })
        .collect()
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    ranges(context, out);
    for scope in touched(context) {
        let headers = reads(scope.after);
        if headers.is_empty() {
            continue;
        }
        let known: Vec<String> = scope
            .before
            .map(|it| reads(it).into_iter().map(|it| it.0).collect())
            .unwrap_or_default();
        let text = scope.file.after.code(&scope.after.span).to_lowercase();
        let asks = ["trust", "proxy", "proxies", "allowed_ip", "internal"]
            .iter()
            .any(|it| text.contains(it));
        let place = words(&format!("{} {}", scope.file.path, scope.after.path));
        let limits = place.iter().any(|it| {
            matches!(
                it.as_str(),
                "limit"
                    | "limits"
                    | "limiter"
                    | "limiters"
                    | "throttle"
                    | "throttles"
                    | "throttling"
            )
        });
        for (header, who, line, span) in headers {
            if known.contains(&header) {
                continue;
            }
            out.push(
                Finding::new(scope.file, &scope.after.path, format!("header {header}"))
                    .after(line, scope.file.after.code(&span))
                    .says(
                        format!(
                            "{} takes from the header `{header}` {}. A visitor can write that header and say what they like.",
                            name_of(&scope.after.path),
                            if who { "who is calling" } else { "where a request comes from" }
                        ),
                        "Accept it only from your own proxy, and see that the proxy removes what comes from outside.",
                    )
                    .speaks_if((who || limits && scope.before.is_some()) && !asks && !scope.broken()),
            );
        }
    }
}
