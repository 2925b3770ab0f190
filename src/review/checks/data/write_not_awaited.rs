use crate::review::Context;
use crate::review::conditions::awaited::findings;
use crate::review::conditions::requirement::writes;
use crate::review::record::finding::Finding;

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
    out.extend(findings(
        context,
        &writes,
        "What comes next may run before it, and if it fails nobody learns of it.",
        "Put the `await` back, or hand the work to a queue that keeps what was not done.",
    ));
}
