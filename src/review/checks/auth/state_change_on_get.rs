use crate::facts::words::words;
use crate::review::Context;
use crate::review::finding::Finding;
use crate::review::routes::{RoutePair, matched};

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
                Finding::new(file, &name, format!("{} {} {}", before.verb, after.path, after.handler))
                    .before(before.line, file.before.code(&before.span))
                    .after(after.line, file.after.code(&after.span))
                    .says(
                        format!(
                            "The address `{}` took only {} and now takes {}. A link or a picture on another site could trigger it for a signed-in user.",
                            after.path,
                            before.verb,
                            if after.verb == "GET" { "GET" } else { "any kind of request" }
                        ),
                        "Keep POST or DELETE for what changes something.",
                    )
                    .speaks_if(!reads(&after.handler, &after.path)),
            );
        }
    }
}

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
