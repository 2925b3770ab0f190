use crate::change::Class;
use crate::facts::Language;
use crate::facts::fact::Call;
use crate::facts::tree::Scope;
use crate::review::Context;
use crate::review::deltas::compare::{FilePair, SideFacts};
use crate::review::deltas::delta::ScopeDelta;
use crate::review::record::finding::{Finding, name_of};

check! {
    /// A request that is refused is answered, and goes on all the same.
    ///
    /// ## What it does
    /// Looks at what stands before the handlers of a Gin server. It speaks when such a function
    /// stopped the request where it refused (`AbortWithStatus`), and now only answers.
    ///
    /// ## Why it matters
    /// To return from such a function does not stop the request: the next one is called, and does
    /// what was refused. The answer says no, so nobody notices.
    ///
    /// ## Example
    /// ```go
    /// c.AbortWithStatusJSON(401, problem) // before
    /// c.JSON(401, problem)                // after: the handler still runs
    /// ```
    ///
    /// ## Instead
    /// Abort where you refuse.
    "auth/request-not-stopped", Auth, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        let go = delta.file.after.language == Some(Language::Go);
        if !go || delta.file.class != Class::Source || delta.broken() {
            continue;
        }
        if !stands_before(&delta.file.after, delta.after) {
            continue;
        }
        let (was, is) = (stops(&delta.calls_before), stops(&delta.calls_after));
        let by_helper = delta
            .calls_after
            .iter()
            .filter(|it| helper(context, it))
            .count();
        let helped = delta
            .calls_before
            .iter()
            .filter(|it| helper(context, it))
            .count();
        if is.len() + by_helper >= was.len() + helped || !answers(context, delta) {
            continue;
        }
        let Some(first) = delta.calls_lost.iter().find(|it| aborts(it)) else {
            continue;
        };
        out.push(
            Finding::new(delta.file, delta.symbol(), "request goes on")
                .before(
                    first.place.line,
                    delta.base_file.before.code(&first.place.span),
                )
                .near(delta.line_after(first.place.line))
                .says(
                    format!(
                        "{} stopped a request that it refuses, and now only answers it. What comes after it still runs, so what was refused is done.",
                        name_of(delta.symbol())
                    ),
                    "Abort the request where it is refused, and test that the handler is not reached.",
                ),
        );
    }
}

fn aborts(call: &Call) -> bool {
    call.name.starts_with("Abort")
}

fn stops<'c>(calls: &[&'c Call]) -> Vec<&'c Call> {
    calls.iter().copied().filter(|it| aborts(it)).collect()
}

/// Whether a function stands before handlers: it calls the next one, or makes a function that does.
fn stands_before(side: &SideFacts<'_>, scope: &Scope) -> bool {
    let code = side.code(&scope.span);
    let head = code.lines().next().unwrap_or_default();
    code.contains(".Next()") || head.trim_end().ends_with("gin.HandlerFunc {")
}

/// Whether a function of the change that is called aborts.
fn helper(context: &Context<'_>, call: &Call) -> bool {
    let aborts = |file: &FilePair<'_>| {
        let named = |it: &&Scope| it.name == call.name;
        [&file.before, &file.after].into_iter().any(|side| {
            let mut scopes = side.tree.scopes.iter().filter(named);
            scopes.any(|it| side.code(&it.span).contains(".Abort"))
        })
    };
    context.files.iter().any(aborts)
}

/// Whether a function newly answers, itself or by a function that is handed the request.
fn answers(context: &Context<'_>, delta: &ScopeDelta<'_>) -> bool {
    let born = &context.alone().born;
    delta.calls_gained.iter().any(|it| {
        let writes = matches!(
            it.name.as_str(),
            "JSON" | "String" | "Status" | "IndentedJSON" | "Data" | "HTML" | "Redirect" | "XML"
        );
        writes || born.contains(&it.name) || it.name.to_lowercase().contains("error")
    })
}
