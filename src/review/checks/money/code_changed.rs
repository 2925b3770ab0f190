use crate::change::Class;
use crate::facts::words::words;
use crate::review::Context;
use crate::review::code::draws;
use crate::review::money::{about_money, says_money};
use crate::review::record::finding::{Finding, name_of};

check! {
    /// Code about money is different, in whatever way.
    ///
    /// ## What it does
    /// Records every function whose path, name or calls are about money (invoices, payments,
    /// prices, balances, credits …) and in which something differs, new and deleted ones as well. It
    /// never speaks: it says which surface a change touches.
    ///
    /// ## Why it matters
    /// A change to what people pay deserves a second look, even where no check knows the pattern.
    ///
    /// ## Example
    /// ```ruby
    /// def duration
    ///   to_date - from_date # was: to_date - period_start
    /// end
    /// ```
    ///
    /// ## Instead
    /// Nothing to do.
    "money/code-changed", Money, RECORDS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        if delta.file.class != Class::Source
            || draws(delta.file)
            || !delta.differs()
            || !about_money(delta)
        {
            continue;
        }
        out.push(
            Finding::new(delta.file, delta.symbol(), "changed")
                .near(delta.after.line)
                .says(
                    format!("{} has changed.", name_of(delta.symbol())),
                    "Nothing to do.",
                )
                .speaks_if(false),
        );
    }
    for (file, scope, _) in context.unmatched() {
        let found = words(&format!("{} {}", file.path, scope.path))
            .into_iter()
            .collect();
        if file.class == Class::Source && !draws(file) && says_money(&found) {
            out.push(
                Finding::new(file, &scope.path, "new or gone")
                    .says(
                        format!("{} is new or gone.", name_of(&scope.path)),
                        "Nothing to do.",
                    )
                    .speaks_if(false),
            );
        }
    }
}
