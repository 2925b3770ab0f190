use crate::change::Class;
use crate::policy::{POLICY_PATH, Policy, Weakening, compare, invalid_head};
use crate::review::Context;
use crate::review::checks::all;
use crate::review::deltas::compare::FilePair;
use crate::review::record::finding::Finding;
use crate::review::record::suppress::{Ignores, MARK};

check! {
    /// The change makes the review itself see, say or hold less.
    ///
    /// ## What it does
    /// Compares the policy before and after. It speaks when the change brings a suppression, an
    /// exclusion, a weaker mode, less care or a comment that asks for silence, when it deletes the
    /// policy, and when it makes it invalid. None of it counts for the change that brings it.
    ///
    /// ## Why it matters
    /// Whoever can switch off the alarm in the same change does not need to pass it.
    ///
    /// ## Example
    /// ```yaml
    /// suppress:
    ///   - check: auth/guard-removed
    ///     reason: noisy
    /// ```
    ///
    /// ## Instead
    /// Let somebody else agree to it, in a change of its own.
    "production/policy-weakened", Production, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    let known: Vec<&str> = all().map(|check| check.id).collect();
    for file in context.files {
        if file.path == file.base_path && file.before.text == file.after.text {
            continue;
        }
        if file.path == POLICY_PATH || file.base_path == POLICY_PATH {
            let weaker = match after(file, &known) {
                Ok(head) => compare(context.policy, &head),
                Err(weakening) => vec![*weakening],
            };
            out.extend(weaker.into_iter().map(|it| finding(file, it)));
        } else if file.class == Class::Source && file.after.text.contains(MARK) {
            let ignores = Ignores::read(file.before.text, file.after.text, &known);
            out.extend(
                ignores
                    .brought()
                    .iter()
                    .map(|it| finding(file, it.weakening())),
            );
        }
    }
}

fn after(file: &FilePair<'_>, known: &[&str]) -> Result<Policy, Box<Weakening>> {
    if !file.after.exists || file.path != POLICY_PATH {
        return Ok(Policy::default());
    }
    Policy::parse(file.after.text, known).map_err(|mistakes| Box::new(invalid_head(&mistakes)))
}

fn finding(file: &FilePair<'_>, weakening: Weakening) -> Finding {
    let mut finding = Finding::new(file, &weakening.key, weakening.key.clone())
        .says(weakening.what, weakening.advice);
    finding.line = weakening.line;
    finding.before = weakening.before;
    finding.after = weakening.after;
    finding
}
