use crate::review::Context;
use crate::review::awaited::no_longer;
use crate::review::finding::{Finding, name_of};
use crate::review::requirement::writes;

check! {
    /// Something is stored or deleted, and nobody waits for it.
    ///
    /// ## What it does
    /// Speaks when a call that changes what is stored stood alone behind `await`, and now stands
    /// there without it.
    ///
    /// ## Why it matters
    /// The next step may run before it, an answer says that all went well before anything did, and
    /// an error reaches nobody: the process may even end before the row is there.
    ///
    /// ## Example
    /// ```js
    /// await db.exec("DELETE FROM links WHERE monitor_id = ?", [id]);
    /// db.exec("DELETE FROM links WHERE monitor_id = ?", [id]); // may delete what comes next
    /// ```
    ///
    /// ## Instead
    /// Wait for it, or hand it to a queue that keeps what was not done.
    "data/write-not-awaited", Data, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        let calls = no_longer(context, delta);
        let Some((before, after)) = calls.into_iter().find(|it| writes(&it.0.name)) else {
            continue;
        };
        out.push(
            Finding::new(delta.file, delta.symbol(), format!("await {}", before.callee))
                .before(before.place.line, &format!("await {}", before.name))
                .after(after.place.line, delta.file.after.code(&after.place.span))
                .says(
                    format!(
                        "{} no longer waits for `{}`. What comes next may run before it, and if it fails nobody learns of it.",
                        name_of(delta.symbol()),
                        before.name
                    ),
                    "Put the `await` back, or hand the work to a queue that keeps what was not done.",
                ),
        );
    }
}
