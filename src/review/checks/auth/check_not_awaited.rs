use crate::review::Context;
use crate::review::checks::auth::guard_widened::decides;
use crate::review::conditions::awaited::{findings, taken_for_yes};
use crate::review::conditions::requirement::checks_something;
use crate::review::record::finding::Finding;

check! {
    /// A check is started, and nobody waits for what it says.
    ///
    /// ## What it does
    /// Speaks when a call that checks something stood alone behind `await`, and now stands there
    /// without it. Also when a check became asynchronous in the change, and what it answers is used
    /// as before without waiting for it.
    ///
    /// ## Why it matters
    /// The code goes on before the check has said no, and whoever should have been refused gets
    /// what they asked for.
    ///
    /// ## Example
    /// ```ts
    /// await requireAdmin(user);
    /// requireAdmin(user); // its refusal comes too late
    /// ```
    ///
    /// ## Instead
    /// Wait for the check before anything is done.
    "auth/check-not-awaited", Auth, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    out.extend(findings(
        context,
        &checks_something,
        "It goes on before the check has said no, and whoever should be refused gets through.",
        "Put the `await` back, and add a test that a stranger is refused.",
    ));
    let asks = |name: &str| decides(name) || checks_something(name);
    out.extend(taken_for_yes(context, &asks));
}
