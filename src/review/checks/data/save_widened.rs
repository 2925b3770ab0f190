use crate::facts::fact::Call;
use crate::review::Context;
use crate::review::record::finding::Finding;

check! {
    /// A save that wrote some fields now writes the whole record.
    ///
    /// ## What it does
    /// Speaks when a call that named the fields to write no longer names them.
    ///
    /// ## Why it matters
    /// Fields that somebody else changed in the meantime are overwritten with the values that this
    /// request read earlier; the change is lost without a trace.
    ///
    /// ## Example
    /// ```python
    /// check.save(update_fields=["name"])
    /// check.save()
    /// ```
    ///
    /// ## Instead
    /// Name the fields that this code means to change.
    "data/save-widened", Data, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        for (before, after) in &delta.calls_changed {
            if before.name != "save"
                || !names_fields(before)
                || names_fields(after)
                || before.callee != after.callee
            {
                continue;
            }
            out.push(
                Finding::new(delta.file, delta.symbol(), format!("{} saves all", before.callee))
                    .before(before.place.line, delta.base_file.before.code(&before.place.span))
                    .after(after.place.line, delta.file.after.code(&after.place.span))
                    .says(
                        format!(
                            "In `{}`, saving wrote only the fields that it changes; now it writes the whole record. A change that somebody else makes at the same moment is overwritten and lost.",
                            delta.symbol()
                        ),
                        "Name the fields that this code means to change.",
                    ),
            );
        }
    }
}

fn names_fields(call: &Call) -> bool {
    call.arguments.iter().any(|it| {
        matches!(
            it.name.as_deref(),
            Some("update_fields" | "fields" | "only")
        )
    })
}
