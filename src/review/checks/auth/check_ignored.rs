use crate::change::Class;
use crate::facts::Language;
use crate::review::Context;
use crate::review::code::{draws, is_tool};
use crate::review::conditions::answers::{Reach, answers, raises};
use crate::review::record::finding::{Finding, name_of};

check! {
    /// A check is still made, and nobody looks at what it says.
    ///
    /// ## What it does
    /// Compares what becomes of the answer of calls that verify, check or authorize something.
    /// Speaks when one decided, or left the function with its error, and its answer is now thrown
    /// away: assigned to `_`, caught and dropped, or not looked at.
    ///
    /// ## Why it matters
    /// It reads as if it were checked, and everybody passes.
    ///
    /// ## Example
    /// ```rust
    /// let _ = verify_password(&hash, &given); // was: verify_password(&hash, &given)?;
    /// ```
    ///
    /// ## Instead
    /// Let the answer decide, and test that a wrong one is refused.
    "auth/check-ignored", Auth, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        let aside = draws(delta.file) || is_tool(delta.file) || delta.broken();
        if aside || delta.file.class != Class::Source {
            continue;
        }
        let language = delta.file.after.language;
        let before = answers(delta.before, delta.base_file.before.language);
        let after = answers(delta.after, language);
        for (name, was) in before {
            let now = delta.renames.get(&name).unwrap_or(&name);
            let Some(is) = after.get(now).filter(|it| it.reach < was.reach) else {
                continue;
            };
            // It may raise by itself now, or have done so under another name.
            let by_result = matches!(language, Some(Language::Rust | Language::Go));
            if was.reach == Reach::Decides
                && is.reach == Reach::Alone
                && (!by_result && raises(now) || changed(context, now))
                || matches!(is.reach, Reach::Propagated(_)) && was.reach == Reach::Decides
            {
                continue;
            }
            out.push(
                Finding::new(delta.file, delta.symbol(), format!("answer of {name}"))
                    .before(was.line, delta.base_file.before.line(was.line))
                    .after(is.line, delta.file.after.line(is.line))
                    .says(
                        format!(
                            "{} still calls `{name}`, and no longer looks at what it says. Whoever it says no to gets through.",
                            name_of(delta.symbol())
                        ),
                        "Let its answer decide, and test that a wrong one is refused.",
                    ),
            );
        }
    }
}

/// Whether a function of this name is new or another one in the change.
fn changed(context: &Context<'_>, name: &str) -> bool {
    context.deltas.scopes.iter().any(|it| it.after.name == name)
        || context.unmatched().iter().any(|it| it.1.name == name)
}
