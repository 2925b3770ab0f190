//! Go's server that everything which is imported may add its pages to.

use crate::change::Class;
use crate::facts::fact::Call;
use crate::facts::tree::{Expr, ExprKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::deltas::compare::{FilePair, SideFacts};
use crate::review::deltas::settings::local;
use crate::review::record::finding::Finding;

/// Packages that add pages about the running process as soon as they are imported.
const PAGES: &[&str] = &[
    "\"net/http/pprof\"",
    "\"expvar\"",
    "\"golang.org/x/net/trace\"",
];

/// Pages about the running process that a server newly shows, because it serves whatever any package
/// has added.
pub(crate) fn served(context: &Context<'_>, out: &mut Vec<Finding>) {
    let sources = || {
        let wanted = |it: &&FilePair<'_>| it.class == Class::Source && it.path.ends_with(".go");
        context.files.iter().filter(wanted)
    };
    let adds = |text: &str| PAGES.iter().find(|it| text.contains(**it)).copied();
    let Some(page) = sources().find_map(|it| adds(it.after.text)) else {
        return;
    };
    let added = sources().any(|it| adds(it.before.text).is_some());
    for file in sources().filter(|it| !local(&it.path)) {
        let Some((line, code)) = open(&file.after) else {
            continue;
        };
        // Both were there before.
        if added && open(&file.before).is_some() || !file.before.exists {
            continue;
        }
        out.push(
            Finding::new(file, "", "default server")
                .after(line, code)
                .says(
                    format!(
                        "The server answers with whatever any package has added, and {page} adds pages about the running process. Whoever reaches it can read its memory and slow it down."
                    ),
                    "Serve those pages on an address that only the inside reaches, and give the public server a router of its own.",
                ),
        );
    }
}

/// Where a server is started with everything that packages have added.
fn open<'a>(side: &'a SideFacts<'_>) -> Option<(u32, &'a str)> {
    let shared = |it: &Expr| it.to_string().ends_with("http.DefaultServeMux");
    side.facts.calls.iter().find_map(|call| {
        let code = side.code(&call.place.span);
        let line = (call.place.line, code.lines().next().unwrap_or_default());
        match call.name.as_str() {
            "ListenAndServe" | "ListenAndServeTLS" => {
                let (first, last) = (call.arguments.first()?, call.arguments.last()?);
                let all = last.value.kind == ExprKind::Null || shared(&last.value);
                let several = call.arguments.len() > 1;
                (several && all && !inside(&first.value)).then_some(line)
            }
            "Server" | "http.Server" => server(call, &shared).then_some(line),
            _ => None,
        }
    })
}

/// `http.Server{Addr: address, Handler: http.DefaultServeMux}`.
fn server(call: &Call, shared: &dyn Fn(&Expr) -> bool) -> bool {
    let entries = call.arguments.iter().filter_map(|it| match &it.value.kind {
        ExprKind::Map(entries) => Some(entries),
        _ => None,
    });
    let entries: Vec<&(Expr, Expr)> = entries.flatten().collect();
    let of = |name: &str| entries.iter().find(|it| it.0.last_name() == name);
    let address = of("Addr").is_some_and(|it| !inside(&it.1));
    address && of("Handler").is_some_and(|it| shared(&it.1))
}

/// Whether an address is one that only the inside reaches, by its text or its name.
fn inside(address: &Expr) -> bool {
    let text = match &address.kind {
        ExprKind::Text(text) => text.as_str(),
        _ => address.last_name(),
    };
    let own = ["localhost", "127.0.0.1", "[::1]"];
    own.iter().any(|it| text.starts_with(it))
        || text.ends_with(":6060")
        || words(text).iter().any(|it| {
            matches!(
                it.as_str(),
                "admin" | "debug" | "diagnostics" | "internal" | "metrics" | "pprof" | "private"
            )
        })
}
