use crate::review::Context;
use crate::review::awaited::no_longer;
use crate::review::finding::{Finding, name_of};
use crate::review::requirement::checks_something;

check! {
    /// A check is started, and nobody waits for what it says.
    ///
    /// ## What it does
    /// Speaks when a call that checks something stood alone behind `await`, and now stands there
    /// without it.
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
    for delta in &context.deltas.scopes {
        let calls = no_longer(context, delta);
        let Some((before, after)) = calls.into_iter().find(|it| checks_something(&it.0.name))
        else {
            continue;
        };
        out.push(
            Finding::new(delta.file, delta.symbol(), format!("await {}", before.callee))
                .before(before.place.line, &format!("await {}", before.name))
                .after(after.place.line, delta.file.after.code(&after.place.span))
                .says(
                    format!(
                        "{} no longer waits for `{}`. It goes on before the check has said no, and whoever should be refused gets through.",
                        name_of(delta.symbol()),
                        before.name
                    ),
                    "Put the `await` back, and add a test that a stranger is refused.",
                ),
        );
    }
}
