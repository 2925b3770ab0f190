use crate::facts::tree::{Expr, ExprKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::code::draws;
use crate::review::record::finding::Finding;

check! {
    /// A token or password is now accepted in the address of a request.
    ///
    /// ## What it does
    /// Speaks when code that reads credentials gets a new way to read one from the query of the
    /// address.
    ///
    /// ## Why it matters
    /// Addresses end up in logs, histories and the headers sent to other sites, and the token with
    /// them.
    ///
    /// ## Example
    /// ```go
    /// token := c.Header.Get("Authorization")
    /// token := c.Query("token")
    /// ```
    ///
    /// ## Instead
    /// Take credentials only from a header or a cookie.
    "auth/credential-from-url", Auth, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        let name = words(&delta.after.path);
        let reads_credentials = name.iter().any(|it| {
            matches!(
                it.as_str(),
                "auth"
                    | "authenticate"
                    | "authenticated"
                    | "authentication"
                    | "session"
                    | "signed"
                    | "current"
                    | "middleware"
                    | "credentials"
                    | "bearer"
            )
        });
        for call in &delta.calls_gained {
            let Some(key) = query_key(&call.callee, &call.arguments) else {
                continue;
            };
            let secret = words(&key).iter().any(|it| {
                matches!(
                    it.as_str(),
                    "token" | "password" | "apikey" | "secret" | "jwt" | "bearer"
                )
            });
            if !secret {
                continue;
            }
            out.push(
                Finding::new(delta.file, delta.symbol(), format!("query {key}"))
                    .after(call.place.line, delta.file.after.code(&call.place.span))
                    .says(
                        format!(
                            "`{}` now accepts `{key}` in the address of a request. Addresses are logged and passed on, and the credential with them.",
                            delta.symbol()
                        ),
                        "Take credentials only from a header or a cookie.",
                    )
                    .speaks_if(reads_credentials && !draws(delta.file)),
            );
        }
    }
}

/// The key that a call reads from the query of the address.
fn query_key(callee: &Expr, arguments: &[crate::facts::tree::Argument]) -> Option<String> {
    let name = callee.last_name().to_lowercase();
    let through = callee.to_string().to_lowercase();
    let query = matches!(
        name.as_str(),
        "query" | "getquery" | "defaultquery" | "queryparam" | "formvalue"
    ) || (matches!(name.as_str(), "get" | "fetch" | "getparameter")
        && (through.contains("query")
            || through.contains("searchparams")
            || through.contains(".args")));
    if !query {
        return None;
    }
    match &arguments.first()?.value.kind {
        ExprKind::Text(text) => Some(text.clone()),
        _ => None,
    }
}
