use crate::facts::fact::Exit;
use crate::review::Context;
use crate::review::code::{draws, near};
use crate::review::conditions::presence::nothing_but_presence;
use crate::review::conditions::requirement::Form;
use crate::review::conditions::subject::{sane, subject};
use crate::review::deltas::delta::{Changed, Direction};
use crate::review::record::finding::Finding;

check! {
    /// A check lets in those it kept out, and keeps out those it let in.
    ///
    /// ## What it does
    /// Speaks when a condition that leaves the function is negated while what happens then stays
    /// the same.
    ///
    /// ## Why it matters
    /// One character turns a lock around, and code that is only tried with an admin still works.
    ///
    /// ## Example
    /// ```go
    /// if !ctx.CanRead() { return notFound }
    /// if ctx.CanRead() { return notFound }
    /// ```
    ///
    /// ## Instead
    /// Turn it back, and test with somebody who may and somebody who may not.
    "auth/guard-inverted", Auth, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        let near = near(delta);
        for Changed {
            before,
            after,
            direction,
        } in &delta.changed
        {
            if *direction != Direction::Inverted || before.exit != after.exit {
                continue;
            }
            let about = subject(before, &near).or_else(|| subject(after, &near));
            let serious = before.form == Form::Guard
                && before.exit != Exit::Leaves
                && before.said == after.said
                && !nothing_but_presence(&before.condition);
            let mended =
                sane(&after.condition) == Some(true) && sane(&before.condition) == Some(false);
            if mended || about.is_none() && !serious {
                continue;
            }
            out.push(
                Finding::new(delta.file, delta.symbol(), before.condition.to_string())
                    .before(before.place.line, delta.base_file.before.code(&before.place.span))
                    .after(after.place.line, delta.file.after.code(&after.place.span))
                    .says(
                        format!(
                            "The check in `{}` is turned around: it now lets in those it kept out, and keeps out those it let in.",
                            delta.symbol()
                        ),
                        "Turn it back, and test with somebody who may and somebody who may not.",
                    )
                    .speaks_if(serious && !draws(delta.file)),
            );
        }
    }
}
